"""Codes of the rules about notices, and of what the hub says when nobody answers one.

As in `exchange.codes.rules`, a code of a rule is its own identifier behind `rule.`.
"""

from __future__ import annotations

from exchange.codes import Code


class NoticeCode(Code):
    """Gate 5, rules about notices, and their late acknowledgement."""

    NTC_01 = (
        "rule.NTC-01",
        "the standing is none that this cause can have",
        "a key is suspended, revoked or lifted, a body suspended, withdrawn or lifted",
    )
    NTC_02 = (
        "rule.NTC-02",
        "temporary or final does not fit the standing",
        "mark a suspension temporary, and what cannot come back final",
    )
    NTC_03 = (
        "rule.NTC-03",
        "the number of the part is beyond the number of parts",
        "count the parts from 1 to their number",
    )
    NTC_04 = (
        "rule.NTC-04",
        "a notice to a recipient names no recipient or no certificate, or one to everybody does",
        "name the recipient and its certificates, except where a statement was removed",
    )
    NTC_05 = (
        "rule.NTC-05",
        "the notice is issued before what it tells",
        "issue the notice when the standing holds",
    )
    NTC_06 = (
        "rule.NTC-06",
        "a certificate stands twice in one notice",
        "name each certificate once",
    )
    STC_08 = (
        "rule.STC-08",
        "a recipient has not acknowledged within 24 hours that something changed",
        "ask the recipient; its accreditation authority is told after 72 hours",
    )
    REMOVED = (
        "notice.removed",
        "the document was removed from this hub by order",
        "read the signed notice, which names the order; do not send the document again",
    )
