"""Rules about status changes, as far as the document decides them.

What the register decides (STC-01, STC-02, the status there, who may change it) stands in
`exchange.core.admission`; the table of moves in `exchange.core.lifecycle`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.calendar_days import add_months
from exchange.core.lifecycle import CHANGES, Change
from exchange.core.model import Status
from exchange.core.periods import day_in
from exchange.core.rules.case import ChangeCase, quoted
from exchange.errors import Finding

_STATUSES: Final = frozenset(status.value for status in Status)
_CHANGES: Final = frozenset(change.value for change in Change)

REASONS: Final = "MRHUB-REASON"
"""The code list of reasons. Source: documents and rules, section 7.3; the CCC grounds."""

RESTRICTING: Final = frozenset({"suspend", "withdraw", "cancel"})
BACK_DATED: Final = frozenset({"correct", "expire"})
"""Changes that may record what happened before they were decided."""

LONGEST_SUSPENSION_MONTHS: Final = 6


def move_is_possible(case: ChangeCase) -> Iterator[Finding]:
    """The change type makes a move that the table of moves has.

    Source: STC-03; documents and rules, section 8.1.
    """
    change = case.document
    unknown = False
    for name, found, words in (
        ("PreviousStatus", change.previous_status, _STATUSES),
        ("NewStatus", change.new_status, _STATUSES),
        ("ChangeType", change.change_type, _CHANGES),
    ):
        if found not in words:
            unknown = True
            yield Finding(
                code=StatusChangeCode.STC_03,
                path=f"/StatusChange/{name}",
                message=f"expected one of {', '.join(sorted(words))}, found {quoted(found)}",
            )
    if unknown:
        return
    move = (Status(change.previous_status), Status(change.new_status))
    if move not in CHANGES[Change(change.change_type)]:
        yield Finding(
            code=StatusChangeCode.STC_03,
            path="/StatusChange/ChangeType",
            message=f"expected a change that leads from {move[0]} to {move[1]}, "
            f"found {change.change_type}",
        )


def restriction_has_reason(case: ChangeCase) -> Iterator[Finding]:
    """Suspension, withdrawal and cancellation give a known reason that fits.

    A cancellation at the holder's request states the day of the request; a withdrawal is for
    cause, so the holder's request alone is none.

    Source: STC-04; the CCC grounds.
    """
    change = case.document
    if change.change_type not in RESTRICTING:
        return
    codes = [reason.code for reason in change.reasons]
    for number, code in enumerate(codes, 1):
        if not case.code_lists.contains(REASONS, code, change.decision_date):
            yield Finding(
                code=StatusChangeCode.STC_04,
                path=f"/StatusChange/Reason[{number}]/Code",
                message=f"expected a reason of the list {REASONS}, found {quoted(code)}",
            )
    at_request = "holderRequest" in codes
    if change.change_type == Change.CANCEL and at_request and change.request_date is None:
        yield Finding(
            code=StatusChangeCode.STC_04,
            path="/StatusChange/RequestDate",
            message="expected the day of the holder's request, found none",
        )
    if change.change_type == Change.WITHDRAW and set(codes) == {"holderRequest"}:
        yield Finding(
            code=StatusChangeCode.STC_04,
            path="/StatusChange/Reason/Code",
            message="expected a cause for a withdrawal, found only the holder's request, "
            "which is a cancellation",
        )


def effective_after_decision(case: ChangeCase) -> Iterator[Finding]:
    """The change takes effect on the day of its decision or later.

    A correction and an expiry may be dated back: they record what has happened.

    Source: STC-05.
    """
    change = case.document
    effective = day_in(case.body.time_zone, change.effective_at)
    if effective < change.decision_date and change.change_type not in BACK_DATED:
        yield Finding(
            code=StatusChangeCode.STC_05,
            path="/StatusChange/EffectiveDateTime",
            message=f"expected {change.decision_date} or later, found {effective}",
        )


def suspension_ends(case: ChangeCase) -> Iterator[Finding]:
    """A suspension has an end, at most six months after it takes effect.

    Source: STC-06; ISO/IEC 17021-1, 9.6.5.
    """
    change = case.document
    if change.change_type != Change.SUSPEND:
        return
    latest = add_months(day_in(case.body.time_zone, change.effective_at), LONGEST_SUSPENSION_MONTHS)
    if change.suspension_end is None or change.suspension_end > latest:
        yield Finding(
            code=StatusChangeCode.STC_06,
            path="/StatusChange/SuspensionEnd",
            message=f"expected {latest} or earlier, found {change.suspension_end or 'no end'}",
        )


def scope_change_is_given(case: ChangeCase) -> Iterator[Finding]:
    """An extension says what is added, a reduction what is removed, and something is left.

    Neither does the contrary. What is left is known to the register, so that part is decided in
    `exchange.core.admission`.

    Source: STC-07; ISO/IEC 17021-1, 9.6.
    """
    change = case.document
    if change.change_type not in {Change.EXTEND, Change.REDUCE}:
        return
    adds = change.change_type == Change.EXTEND
    if not change.scope_changes:
        yield Finding(
            code=StatusChangeCode.STC_07,
            path="/StatusChange/ScopeChange",
            message=f"expected what is {'added' if adds else 'removed'}, found nothing",
        )
    for number, scope_change in enumerate(change.scope_changes, 1):
        if scope_change.is_added is not adds:
            yield Finding(
                code=StatusChangeCode.STC_07,
                path=f"/StatusChange/ScopeChange[{number}]",
                message=f"expected {'an addition' if adds else 'a removal'}, "
                f"found {'a removal' if adds else 'an addition'}",
            )
