"""Switching: what waits for a partner goes the way that the partner has now.

- A delivery is pushed or pulled as it was when its message arrived. A partner that gives up its
  endpoint would never be reached by what waits, one that gets an endpoint may never ask again.
- Only what nobody is handing out is switched: a push that is under way ends as it began, and a
  lease that a partner holds runs out first. So nothing goes both ways.
- When it was made stays: a notice that is late does not become punctual.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    TextClause,
    and_,
    case,
    literal,
    or_,
    select,
    text,
    update,
)

from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId
from exchange.store.batch import PUSHES
from exchange.store.bell import Bell
from exchange.store.columns import Instant
from exchange.store.notify import notify
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.tables import DELIVERIES, FINAL_STATES

_AT_ONCE: Final = 1000
"""Deliveries that one transaction switches; commits go on in between."""


class SwitchingStore:
    """The part of the store that is about partners who change between push and pull."""

    _database: SQLite | PostgreSQL
    _bell: Bell

    async def switch_modes(self, pushed: Mapping[BodyId, datetime], *, at: datetime) -> int:
        """Let what waits for a partner go the way that the partner has now.

        Args:
            pushed: Everybody that is pushed to, with the instant of giving up.
            at: Now.

        Returns:
            How many deliveries were switched.
        """
        switched = 0
        # To look costs no turn of the writer, and there is hardly ever anything.
        while await self._database.read(lambda c: _wrong(c, pushed, at)):
            woken = await self._database.write(lambda c: _switch(c, pushed, at))
            switched += sum(woken.values())
            self._bell.ring(tuple(woken))
        return switched


def _wrong(
    connection: Connection, pushed: Mapping[BodyId, datetime], at: datetime
) -> list[tuple[str, str, Mode]]:
    """Return some deliveries that go another way than their addressee, and the way they go."""
    found: list[tuple[str, str, Mode]] = []
    for mode in Mode:
        query = (
            select(DELIVERIES.c.delivery_id, DELIVERIES.c.addressee)
            .where(*_idle(mode, at), _elsewhere(mode, pushed))
            .limit(_AT_ONCE)
        )
        found += ((row.delivery_id, row.addressee, mode) for row in connection.execute(query))
    return found


def _idle(mode: Mode, at: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return the conditions, in the words of the partial indexes, that nobody hands it out."""
    return (
        text(f"deliveries.mode = '{mode}'"),
        text(f"deliveries.state NOT IN ({FINAL_STATES})"),
        or_(DELIVERIES.c.state != Delivery.LEASED, DELIVERIES.c.next_at <= at),
    )


def _elsewhere(mode: Mode, pushed: Mapping[BodyId, datetime]) -> ColumnElement[bool]:
    names = sorted(pushed)
    if mode is Mode.PUSH:
        return DELIVERIES.c.addressee.not_in(names)
    return DELIVERIES.c.addressee.in_(names)


def _switch(
    connection: Connection, pushed: Mapping[BodyId, datetime], at: datetime
) -> dict[str, int]:
    """Switch some, and return who is to be woken, with how many there are for each."""
    woken: dict[str, int] = {}
    for identifier, addressee, mode in _wrong(connection, pushed, at):
        other = Mode.PULL if mode is Mode.PUSH else Mode.PUSH
        is_held = DELIVERIES.c.state == Delivery.HELD
        changed = connection.execute(
            update(DELIVERIES)
            .where(and_(DELIVERIES.c.delivery_id == identifier, *_idle(mode, at)))
            .values(
                mode=other.value,
                state=case((is_held, Delivery.HELD.value), else_=Delivery.READY.value),
                # What is held waits on; everything else may go at once.
                next_at=case((is_held, DELIVERIES.c.next_at), else_=literal(at, Instant)),
                deadline=pushed.get(BodyId(addressee)) if other is Mode.PUSH else None,
                attempts=0,
                changed_at=at,
            )
        )
        name = PUSHES if other is Mode.PUSH else addressee
        woken[name] = woken.get(name, 0) + changed.rowcount
    notify(connection, tuple(woken))
    return woken
