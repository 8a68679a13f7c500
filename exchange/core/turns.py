"""The steps of a certificate's life: what one status change makes of what stands.

A change has a turn: the number behind that of the last one. A restriction does not wait for it,
but ahead of its turn it only takes away. `exchange.core.admission` decides by these steps, and
`exchange.core.life` folds by them, so that both say the same.

Example:
    >>> in_turn(place, suspension).status
    <Status.SUSPENDED: 'suspended'>
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from exchange.core.entry import NewStatusChange
from exchange.core.lifecycle import FINAL_STATUSES, RESTRICTIONS
from exchange.core.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What status changes change, at one point of their sequence."""

    status: Status
    since: datetime
    sequence: int
    """Of the last change whose turn has come; 0 before the first."""
    parts: frozenset[str] = frozenset()


def is_restriction(claim: NewStatusChange) -> bool:
    """Tell whether a change takes effect on arrival, ahead of its turn if need be."""
    return claim.change in RESTRICTIONS


def in_turn(place: Place, claim: NewStatusChange) -> Place:
    """Return the place after a change whose turn it is.

    A restriction that does not start from here has its effect as far as it takes away; anything
    else that does not start from here has none.
    """
    if claim.previous is not place.status:
        after = ahead(place, claim) if is_restriction(claim) else place
        return replace(after, sequence=claim.sequence)
    moved = claim.new is not place.status
    return Place(
        status=claim.new,
        since=claim.effective_at if moved else place.since,
        sequence=claim.sequence,
        parts=place.parts - claim.removed | claim.added,
    )


def ahead(place: Place, claim: NewStatusChange) -> Place:
    """Return the place with a restriction whose turn has not come: it only takes away."""
    status = _restricted(place.status, claim.new)
    return replace(
        place,
        status=status,
        since=claim.effective_at if status is not place.status else place.since,
        parts=place.parts - claim.removed,
    )


def _restricted(status: Status, new: Status) -> Status:
    if status in FINAL_STATUSES or new is Status.ACTIVE:
        return status
    if status is Status.EXPIRED and new is Status.SUSPENDED:
        return status
    return new


def caught_up(
    place: Place, early: Sequence[NewStatusChange]
) -> tuple[Place, tuple[NewStatusChange, ...]]:
    """Let those take their turn whose turn has come.

    Args:
        place: At the gap.
        early: Restrictions that stand ahead of their turn, by sequence number.

    Returns:
        The place at the next gap, and what still stands ahead of it.
    """
    left = list(early)
    while left and left[0].sequence <= place.sequence + 1:
        place = in_turn(place, left.pop(0))
    return place, tuple(left)


def missing(sequence: int, early: Iterable[NewStatusChange]) -> tuple[int, ...]:
    """Return the numbers that are missing before what stands ahead of its turn."""
    there = {claim.sequence for claim in early}
    return tuple(n for n in range(sequence + 1, max(there, default=0)) if n not in there)


def standing_of(place: Place, early: Iterable[NewStatusChange]) -> Place:
    """Return what stands: the place at the gap with everything that is ahead of its turn."""
    return reduce(ahead, early, place)
