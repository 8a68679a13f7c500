"""Keys that a list has announced and that will never begin: their change was overtaken or stopped.

What once stood on a list stays on it (TSL-10), so a key whose change does not happen any more
stands there as withdrawn from the instant at which it would have begun. It never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from exchange.core.actions.values import BodyChange, Change
from exchange.core.model import BodyId, Fingerprint
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    BodyState,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
)

Announcement = tuple[tuple[Change, ...], datetime]
"""What was approved for a day, and the day."""


def with_withdrawn(
    standing: Mapping[BodyId, Body],
    announced: Iterable[Fingerprint],
    announcements: Iterable[Announcement],
) -> dict[BodyId, Body]:
    """Return entries with every key on them that a list has announced.

    Args:
        standing: Entries as they are in force, with what is announced still.
        announced: Every key that was ever approved.
        announcements: Every change that was ever approved, oldest first.
    """
    listed = {key.fingerprint for body in standing.values() for key in body.keys}
    missing = set(announced) - listed
    found = dict(standing)
    if not missing:
        return found
    last = {entry.fingerprint: (body, entry, day) for body, entry, day in _brought(announcements)}
    for fingerprint in sorted(missing & last.keys()):
        body, entry, day = last[fingerprint]
        never = KeyPeriod(status=KeyStatus.WITHDRAWN, not_before=day, not_after=None)
        # A body that was to come with the key is shown as one that has ended before it began.
        known = found.get(body.id) or replace(
            body, history=(BodyPeriod(state=BodyState.ENDED, since=day),), keys=()
        )
        found[body.id] = replace(known, keys=(*known.keys, replace(entry, periods=(never,))))
    return found


def _brought(
    announcements: Iterable[Announcement],
) -> Iterator[tuple[Body, KeyEntry, datetime]]:
    for changes, day in announcements:
        for change in changes:
            if isinstance(change, BodyChange):
                for key in change.body.keys:
                    yield change.body, key, day
