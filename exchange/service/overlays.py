"""Lay something over the snapshot in force: what is stopped, what authorities say.

- The parts of a snapshot are kept before anything is judged by it, so that every verdict can
  be replayed.
- Several may want to lay something over at the same time, or put another generation in force
  meanwhile. Nothing is lost: whoever finds that the snapshot has changed begins again from
  the one that is in force then.

Example:
    >>> await lay_over(hub, lambda snapshot: snapshot.with_interruptions(interruptions))
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.core.snapshot import Snapshot
from exchange.service.hub import Hub


async def lay_over(hub: Hub, change: Callable[[Snapshot], Snapshot]) -> bool:
    """Judge by a changed snapshot from the next document on.

    Args:
        hub: The hub; its generation stays the same.
        change: Returns what is to be in force instead of what is; cheap, and called again
            when something else has changed meanwhile.

    Returns:
        Whether anything has changed.

    Raises:
        StoreError: The parts cannot be kept; what was in force stays in force.
    """
    while True:
        examiner = hub.examiner
        before = examiner.snapshot
        after = change(before)
        if after.id == before.id:
            return False
        await hub.store.keep_snapshot(after.id, after.parts(), at=hub.clock())
        if hub.examiner is examiner and examiner.snapshot is before:
            examiner.interrupt(after)
            return True
