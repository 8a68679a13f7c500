"""How much stands on a list, and whether another edition of it would be much shorter.

- Counted are active bodies, and their granted keys of which documents are still accepted.
- Lists with nothing in them have been served elsewhere, to partners who then refused everybody:
  what loses all of its keys or bodies, or a fifth, needs a second confirmation.

Example:
    >>> shrinks(size_of(before.bodies, at), size_of(after.bodies, at))
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from exchange.core.trust_values import Body, BodyState, KeyStatus

SHRINKS_BY: Final = 5
"""A list shrinks when it loses this part of its granted keys or active bodies: a fifth."""


class ListSize(NamedTuple):
    """What counts on a list."""

    keys: int
    """Granted keys of active bodies."""
    bodies: int
    """Active bodies."""

    def __str__(self) -> str:
        """Say it in a sentence."""
        return f"{self.keys} granted keys of {self.bodies} active bodies"


def size_of(bodies: Iterable[Body], at: datetime) -> ListSize:
    """Return what counts among the entries of a list.

    Args:
        bodies: The entries as they stand, the newest state of each.
        at: Keys whose documents are no longer accepted at this instant do not count.
    """
    active = [one for one in bodies if one.history[0].state is BodyState.ACTIVE]
    return ListSize(
        keys=sum(
            key.status is KeyStatus.GRANTED and at < key.accepted_until
            for one in active
            for key in one.keys
        ),
        bodies=len(active),
    )


def shrinks(was: ListSize, will: ListSize) -> bool:
    """Tell whether a list would lose all of its keys or bodies, or a fifth of them."""
    return any(
        lost > 0 and lost * SHRINKS_BY >= number
        for number, lost in (
            (was.keys, was.keys - will.keys),
            (was.bodies, was.bodies - will.bodies),
        )
    )
