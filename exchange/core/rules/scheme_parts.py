"""What the rules of several schemes ask alike: membership in a list, a limit, a licence.

Each scheme asks under a code of its own, so that a sender sees which scheme refuses.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.codes import Code
from exchange.core.document.measured import Limit, MarkLicence
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import Measure
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding


def fault(code: Code, path: str, expected: str, found: str) -> Finding:
    """Return the finding that something was expected and something else found."""
    return Finding(code=code, path=path, message=f"expected {expected}, found {found}")


def is_listed(case: AttestationCase, list_id: str, value: CodedValue) -> bool:
    """Tell whether a coded value is of this list and on it on the decision date."""
    day = case.document.decision.decision_date
    return value.list_id == list_id and case.code_lists.contains(list_id, value.value, day)


def outside_list(
    case: AttestationCase, list_id: str, value: CodedValue, code: Code, path: str
) -> Iterator[Finding]:
    """Yield a finding where a coded value is not of this list."""
    if not is_listed(case, list_id, value):
        day = case.document.decision.decision_date
        found = f"{quoted(value.list_id)} {quoted(value.value)}"
        yield fault(code, path, f"a code of {list_id} on {day}", found)


def beyond_limit(value: Measure, limit: Limit, code: Code, path: str) -> Iterator[Finding]:
    """Yield a finding where a value does not keep its limit, or stands in another unit."""
    if value.unit != limit.measure.unit:
        unit = quoted(limit.measure.unit)
        yield fault(code, path, f"a value in {unit} as its limit", quoted(value.unit))
    elif not limit.admits(value):
        yield fault(code, path, limit.in_words(), f"{value.amount}")


def licence_outside(
    case: AttestationCase, licence: MarkLicence, mark: str, code: Code, path: str
) -> Iterator[Finding]:
    """Yield a finding where a licence is for another mark or runs outside the certificate."""
    if licence.mark != mark:
        yield fault(code, f"{path}/Mark", f"the mark {mark}", quoted(licence.mark))
    validity = case.document.validity
    first, last = validity.effective_date, validity.expiry_date
    if not first <= licence.valid_from <= licence.valid_to or (
        last is not None and licence.valid_to > last
    ):
        yield fault(
            code,
            f"{path}/ValidTo",
            f"a period inside {first} to {last or 'an open end'}",
            f"{licence.valid_from} to {licence.valid_to}",
        )
