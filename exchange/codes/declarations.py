"""Codes of the rules about declarations: what a body says of its register here.

As in `exchange.codes.rules`, a code is the rule's own identifier behind `rule.`.
"""

from __future__ import annotations

from exchange.codes import Code


class DeclarationCode(Code):
    """Gate 5 and the register, rules about declarations."""

    DCL_01 = (
        "rule.DCL-01",
        "a scheme is not registered, or lies outside the scope of the key that signed",
        "declare schemes of the register for which the status key of the body is granted",
    )
    DCL_02 = (
        "rule.DCL-02",
        "the instant that is confirmed lies in the future, or more than 24 hours back",
        "confirm the register as it is now, and send the declaration the same day",
    )
    DCL_03 = (
        "rule.DCL-03",
        "a scheme is declared twice in one declaration",
        "name each scheme once",
    )
    DCL_04 = (
        "rule.DCL-04",
        "a declaration of this body about the scheme is as new or newer",
        "confirm a later instant than the last declaration does",
    )
    DCL_05 = (
        "rule.DCL-05",
        "the register here counts another number of active certificates",
        "compare both registers; send what is missing, or the status changes that are",
    )
    DCL_06 = (
        "rule.DCL-06",
        "a declaration names a document that it replaces",
        "leave Replaces out: a later declaration takes the place of the one before by itself",
    )
