"""The rules that are not decided yet, each with what it waits for, and those that were dropped.

A rule waits for the documents that it is about: it is no debt of the rules that are here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.core.rules.entry import Decided, Rule
from exchange.errors import Severity

_TIME_STAMPS: Final = "issue 3: time-stamps and proofs of existence"
_RECOGNITION: Final = "the issue on recognition: requests, decisions and arrangements"
_ENVELOPES: Final = "dropped by issue 2: there is no envelope document"

_LATER: Final = (
    (_TIME_STAMPS, Decided.LATER, "SIG-09:W"),
    (
        _RECOGNITION,
        Decided.LATER,
        (
            "REQ-03:I STA-02 RRQ-01 RRQ-02 RRQ-03 RRQ-04 RRQ-05 RRQ-06 RRQ-07 RRQ-08 RRQ-09:W "
            "RDC-01 RDC-02 RDC-03 RDC-04 RDC-05 RDC-06:W RDC-07 RDC-08:W RDC-09 ARR-01 ARR-02 "
            "ARR-03 ARR-04 ARR-05 ARR-06:W"
        ),
    ),
    (
        _ENVELOPES,
        Decided.DROPPED,
        "ENV-01 ENV-02 ENV-03 ENV-04 ENV-05 ENV-06 ENV-07 ENV-08 ENV-09 ENV-10 ENV-11 ENV-12",
    ),
)
"""Rules that wait, by what they wait for; the severity stands behind those that are not fatal."""

_SUMMARIES: Final = {
    "SIG-09": "Long-lived documents carry a signature time-stamp",
    "REQ-03": "Equivalents are given for requirements that the receiver lists as equivalent",
    "STA-02": "A recognition request names an active attestation",
    "RRQ": "Recognition requests",
    "RDC": "Recognition decisions",
    "ARR": "Recognition arrangements",
    "ENV": "Envelopes",
}
"""What a rule, or its group, is about."""

_SEVERITIES: Final = {
    "": Severity.FATAL,
    "W": Severity.WARNING,
    "I": Severity.INFORMATION,
}


def _waiting() -> Iterator[Rule]:
    for reason, decided, names in _LATER:
        for name in names.split():
            rule_id, _, severity = name.partition(":")
            summary = _SUMMARIES.get(rule_id) or _SUMMARIES[rule_id.rpartition("-")[0]]
            yield Rule(
                id=rule_id,
                severity=_SEVERITIES[severity],
                summary=summary,
                source="documents and rules, section 10",
                decided=decided,
                where=reason,
            )


WAITING: Final = tuple(_waiting())
"""Rules that are not decided yet, each with its reason."""
