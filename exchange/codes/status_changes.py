"""Codes of the rules about the life of a certificate: its status changes and its transfer.

As in `exchange.codes.rules`, a code is the rule's own identifier behind `rule.`.
"""

from __future__ import annotations

from exchange.codes import Code


class StatusChangeCode(Code):
    """Gate 5, rules about status changes and transfers."""

    STC_01 = (
        "rule.STC-01",
        "the status change names no known attestation, or not its latest revision",
        "name the attestation and the content digest of its latest revision",
    )
    STC_02 = (
        "rule.STC-02",
        "the sequence number does not follow the last one",
        "send the missing status change first, or use the next number",
    )
    STC_03 = (
        "rule.STC-03",
        "this move from the previous to the new status is not allowed, or has another name",
        "use the status that the register shows and a change type that leads to the new one",
    )
    STC_04 = (
        "rule.STC-04",
        "the reason for the change is missing or does not fit it",
        "give the reason of the change, and the date of a request where it rests on one",
    )
    STC_05 = (
        "rule.STC-05",
        "the change takes effect before it was decided",
        "let the change take effect on the day of its decision or later",
    )
    STC_06 = (
        "rule.STC-06",
        "the suspension is longer than six months, or has no end",
        "restore, withdraw or reduce within six months",
    )
    STC_07 = (
        "rule.STC-07",
        "the change of scope is missing, or removes the whole scope",
        "say what is added or removed; to remove everything, withdraw",
    )
    STC_09 = (
        "rule.STC-09",
        "the body that signed may not change the status of this attestation",
        "let the issuer, its successor or its authority sign the change",
    )
    TRF_01 = (
        "rule.TRF-01",
        "the certificate that is taken over is unknown, suspended, ended or of the same body",
        "name the latest revision of an active certificate of another body, restored if need be",
    )
    TRF_02 = (
        "rule.TRF-02",
        "the transfer does not name the attestation that takes the certificate over",
        "wait until the accepting body has registered its attestation, then name that as successor",
    )
