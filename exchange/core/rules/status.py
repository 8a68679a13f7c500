"""The rule about the status that a certificate declares.

Whether it may follow the status of the register is decided there, in
`exchange.core.admission`; STA-02 is about recognition requests and waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.model import Status
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

_PATH: Final = "/Attestation/Status"
_WORDS: Final = frozenset(status.value for status in Status)


def status_agrees_with_dates(case: AttestationCase) -> Iterator[Finding]:
    """The status is known, has begun, and an active certificate has not expired.

    The expiry date is the last valid day, in the zone of the issuing body.

    Source: STA-01; documents and rules, section 8.1.
    """
    document = case.document
    status = document.status.status
    if status not in _WORDS:
        yield Finding(
            code=RuleCode.STA_01,
            path=f"{_PATH}/Code",
            message=f"expected one of {', '.join(sorted(_WORDS))}, found {quoted(status)}",
        )
        return
    today = case.today
    expiry = document.validity.expiry_date
    if expiry is not None:
        if status == Status.ACTIVE and today > expiry:
            yield Finding(
                code=RuleCode.STA_01,
                path=f"{_PATH}/Code",
                message=f"expected expired since the last valid day was {expiry}, found active",
            )
        elif status == Status.EXPIRED and today <= expiry:
            yield Finding(
                code=RuleCode.STA_01,
                path=f"{_PATH}/Code",
                message=f"expected a status other than expired until {expiry}, found expired",
            )
    if not document.validity.original_issue_date <= document.status.since <= today:
        yield Finding(
            code=RuleCode.STA_01,
            path=f"{_PATH}/Since",
            message=f"expected a day from {document.validity.original_issue_date} to {today}, "
            f"found {document.status.since}",
        )
    mark = document.taken_over
    if mark is not None and mark.original_status not in _WORDS:
        yield Finding(
            code=RuleCode.STA_01,
            path="/Attestation/TakenOver/OriginalStatus",
            message=f"expected one of {', '.join(sorted(_WORDS))}, "
            f"found {quoted(mark.original_status)}",
        )
