"""Codes of the rules about receipts, the hub's and those that acknowledge a delivery.

As in `exchange.codes.rules`, a code is the rule's own identifier behind `rule.`.
"""

from __future__ import annotations

from exchange.codes import Code


class ReceiptCode(Code):
    """Rules about receipts and acknowledgements."""

    RCP_01 = (
        "rule.RCP-01",
        "the receipt is about another message",
        "issue the receipt for the digest of the octets received",
    )
    RCP_02 = (
        "rule.RCP-02",
        "the receipt does not follow the last receipt of the message",
        "name the digest of the receipt before this one",
    )
    RCP_03 = (
        "rule.RCP-03",
        "stage and outcome of the receipt do not fit, or go back",
        "use an outcome of the stage",
    )
    RCP_04 = (
        "rule.RCP-04",
        "the receipt was produced before the message was received",
        "set the clock of the system that produces the receipts",
    )
    RCP_05 = (
        "rule.RCP-05",
        "a refusal gives no reason, or an acceptance gives a fatal one",
        "give at least one fatal finding with a refusal, and none with an acceptance",
    )
    RCP_06 = (
        "rule.RCP-06",
        "a signature result that did not pass has no sub-indication",
        "give the sub-indication of ETSI EN 319 102-1",
    )
