"""Who suspended a certificate, told from the octets of its statements.

An authority lifts only what it suspended itself (STC-09). The columns of the register do not say
who moved a status, so the accepted documents are folded once more, in the order of signing:
- A revision that renews what has expired ends the suspension under which it expired.
- Where several have suspended at once, across a gap, each of them has: nobody takes over the
  suspension of another by saying the same, from before it or from behind it.
- What cannot be told from all status changes is not told at all.

Example:
    >>> suspenders(kept, before=3)
    frozenset({'CN-AB-CNAS'})
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from exchange.core.certificates import KeptCertificate, KeptStatement
from exchange.core.lifecycle import RESTRICTIONS, Change
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Kind, Status
from exchange.core.xml import parse
from exchange.errors import MalformedError

_KEEPS: Final = frozenset({Status.SUSPENDED, Status.EXPIRED})
"""In which somebody has suspended it still: an end by the clock lifts nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """What a status change says."""

    sequence: int
    previous: Status
    new: Status
    change: Change
    signer: BodyId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    """What a revision says; its status is not known where it was removed by order."""

    status: Status | None


_Said = _Moved | _Declared
Suspenders = frozenset[BodyId]
NOBODY: Final[Suspenders] = frozenset()


def suspenders(kept: KeptCertificate, *, before: int) -> Suspenders:
    """Return who suspended a certificate, as it stands before a change.

    Args:
        kept: The certificate with every accepted statement.
        before: The number of that change; every number before it has to be there.

    Returns:
        Nobody when it is not suspended, nor has expired so, or a status change is missing or was
        removed by order.
    """
    said = []
    for statement in kept.statements:
        read = _read(statement)
        if read is None:
            return NOBODY
        said.append(read)
    ordered = _in_turn(said)
    turns = [one.sequence for one in ordered if isinstance(one, _Moved)]
    if turns[: before - 1] != list(range(1, before)):
        return NOBODY
    status, by = Status.ACTIVE, NOBODY
    for one in ordered:
        if isinstance(one, _Declared):
            status, by = _after_revision(one, status, by, kept.issuer)
        elif one.sequence < before:
            status, by = _after_change(one, status, by)
    return by


def _read(one: KeptStatement) -> _Said | None:
    """Return what a statement says, `None` where a status change cannot be read."""
    is_revision = one.kind is Kind.ATTESTATION
    if one.data is None:
        return _Declared(status=None) if is_revision else None
    try:
        root = parse(one.data, Limits()).root
    except MalformedError:
        return None
    if is_revision:
        declared = root.find("{*}Status/{*}Code")
        return None if declared is None else _Declared(status=Status(declared.text or ""))
    says = {str(child.tag).rpartition("}")[2]: (child.text or "").strip() for child in root}
    return _Moved(
        sequence=int(says["Sequence"]),
        previous=Status(says["PreviousStatus"]),
        new=Status(says["NewStatus"]),
        change=Change(says["ChangeType"]),
        signer=one.issuer,
    )


def _in_turn(said: Iterable[_Said]) -> list[_Said]:
    """Return those whose turn has come, in the order of signing, as `exchange.core.life` does."""
    ordered: list[_Said] = []
    waiting: list[_Said] = []
    early: dict[int, _Moved] = {}
    sequence = 0

    def takes(one: _Said) -> bool:
        nonlocal sequence
        if isinstance(one, _Declared):
            if not early:
                ordered.append(one)
            return not early
        if one.sequence != sequence + 1:
            is_early = one.change in RESTRICTIONS and one.sequence > sequence
            return is_early and early.setdefault(one.sequence, one) is one
        found: _Moved | None = one
        while found is not None:
            ordered.append(found)
            sequence += 1
            found = early.pop(sequence + 1, None)
        return True

    for arrival in said:
        waiting.append(arrival)
        while (ready := next((one for one in waiting if takes(one)), None)) is not None:
            waiting.remove(ready)
    return ordered


def _after_revision(
    one: _Declared, status: Status, by: Suspenders, issuer: BodyId
) -> tuple[Status, Suspenders]:
    # Of one that was removed it is known that nothing but a renewal follows an expiry.
    said = one.status or (Status.ACTIVE if status is Status.EXPIRED else status)
    if said not in _KEEPS:
        return said, NOBODY
    return said, by or frozenset({issuer})


def _after_change(one: _Moved, status: Status, by: Suspenders) -> tuple[Status, Suspenders]:
    if one.previous is status or status is not Status.SUSPENDED:
        if one.new not in _KEEPS:
            return one.new, NOBODY
        suspends = one.previous is not Status.SUSPENDED and one.new is Status.SUSPENDED
        return one.new, frozenset({one.signer}) if suspends else by
    if one.change not in RESTRICTIONS or one.new is Status.ACTIVE:
        return status, by
    if one.new is Status.SUSPENDED:
        by |= {one.signer}
    return one.new, by if one.new in _KEEPS else NOBODY
