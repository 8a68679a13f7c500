"""How much is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from exchange.core.lifecycle import FINAL, Delivery
from exchange.store.tables import DELIVERIES, HOLDS, MESSAGES, RECEIPTS, STATEMENTS, HoldState


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How much is kept."""

    messages: int
    statements: int
    receipts: int
    open_deliveries: int
    dead_letters: int
    held: int
    statement_bytes: int
    """Octets of the statements as they arrived."""
    bytes_on_disk: int
    """Size of the database, write-ahead log included."""


def count(connection: Connection, bytes_on_disk: int) -> Figures:
    """Return the figures of one consistent state."""

    def rows(table: Table) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    states = {
        row.state: row.number
        for row in connection.execute(
            select(DELIVERIES.c.state, func.count().label("number")).group_by(DELIVERIES.c.state)
        )
    }
    held = connection.execute(
        select(func.count()).select_from(HOLDS).where(HOLDS.c.state == HoldState.WAITING)
    ).scalar_one()
    octets = connection.execute(select(func.coalesce(func.sum(STATEMENTS.c.size), 0))).scalar_one()
    return Figures(
        messages=rows(MESSAGES),
        statements=rows(STATEMENTS),
        receipts=rows(RECEIPTS),
        open_deliveries=sum(n for state, n in states.items() if Delivery(state) not in FINAL),
        dead_letters=states.get(Delivery.ABANDONED, 0),
        held=int(held),
        statement_bytes=int(octets),
        bytes_on_disk=bytes_on_disk,
    )
