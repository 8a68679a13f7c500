"""Causes: what stands otherwise than before, written down once, claimed and told.

A cause is written down while the ledger's lock is held, so that of several processes one writes it
and the size of the ledger is that of the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, or_, select, update

from exchange.core.document.notice import Standing
from exchange.core.grounds import Ground, Known, changes, read_ground, write_ground
from exchange.core.model import ContentDigest
from exchange.core.notices import StoredCause
from exchange.store import ledger
from exchange.store.engine import Record
from exchange.store.notice_tables import CAUSES
from exchange.store.notify import notify

BELL: Final = "/causes"
"""The name under which those are woken who tell recipients; no body is called so."""

_CAUSE: Final = select(
    CAUSES.c.number,
    CAUSES.c.subject,
    CAUSES.c.cause,
    CAUSES.c.standing,
    CAUSES.c.since,
    CAUSES.c.action,
    CAUSES.c.up_to,
    CAUSES.c.noted_at,
)
_LAST: Final = (
    select(func.max(CAUSES.c.number).label("number")).group_by(CAUSES.c.subject).subquery()
)


def standings(connection: Connection) -> dict[str, Known]:
    """Return the standing that was written down last about each subject."""
    rows = connection.execute(
        select(CAUSES.c.subject, CAUSES.c.standing, CAUSES.c.list_sequence, CAUSES.c.actions).join(
            _LAST, _LAST.c.number == CAUSES.c.number
        )
    )
    return {
        row.subject: Known(
            standing=Standing(row.standing), sequence=row.list_sequence, actions=row.actions
        )
        for row in rows
    }


def note(connection: Connection, found: Iterable[Ground], at: datetime) -> int:
    """Write down what is new, and return how many causes that are."""
    up_to = ledger.lock(connection).size
    new = list(changes(found, standings(connection)))
    if not new:
        return 0
    last = connection.execute(select(func.max(CAUSES.c.number))).scalar_one() or 0
    connection.execute(
        insert(CAUSES),
        [
            {
                "number": last + place,
                "subject": ground.subject,
                "cause": write_ground(ground.cause, ground.schemes),
                "body": ground.cause.body,
                "standing": (ground.standing or Standing.LIFTED).value,
                "since": ground.since,
                "action": ground.action,
                "list_sequence": ground.sequence,
                "actions": ground.actions,
                "up_to": up_to,
                "noted_at": at,
                "claimed_until": None,
                "finished_at": None,
            }
            for place, ground in enumerate(new, 1)
        ],
    )
    notify(connection, (BELL,))
    return len(new)


def is_open(connection: Connection) -> bool:
    """Return whether any cause is not told to everybody."""
    found = select(CAUSES.c.number).where(CAUSES.c.finished_at.is_(None)).limit(1)
    return connection.execute(found).one_or_none() is not None


def claim(connection: Connection, at: datetime, until: datetime) -> StoredCause | None:
    """Return the first cause that nobody tells now, and keep it from others until then."""
    free = or_(CAUSES.c.claimed_until.is_(None), CAUSES.c.claimed_until <= at)
    number = connection.execute(
        select(CAUSES.c.number)
        .where(CAUSES.c.finished_at.is_(None), free)
        .order_by(CAUSES.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if number is None:
        return None
    connection.execute(update(CAUSES).where(CAUSES.c.number == number).values(claimed_until=until))
    row = connection.execute(_CAUSE.where(CAUSES.c.number == number)).one()
    found = stored(row)
    before = connection.execute(
        select(CAUSES.c.standing, CAUSES.c.up_to)
        .where(CAUSES.c.subject == row.subject, CAUSES.c.number < number)
        .order_by(CAUSES.c.number.desc())
        .limit(1)
    ).first()
    if before is None or before.standing != found.standing:
        return found
    return replace(found, told_up_to=before.up_to)


def stored(row: Record) -> StoredCause:
    """Return a cause as it was written down."""
    cause, schemes = read_ground(row.cause)
    return StoredCause(
        number=row.number,
        cause=cause,
        schemes=schemes,
        standing=Standing(row.standing),
        since=row.since,
        action=None if row.action is None else ContentDigest(row.action),
        up_to=row.up_to,
        noted_at=row.noted_at,
    )
