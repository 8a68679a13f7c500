"""Deliveries that the hub gave up: listed, and begun again by an operator."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, exists, text, update

from exchange.codes.service import RefusedCode
from exchange.core.deliveries import DeliveryRecord
from exchange.core.entry import DeliveryId
from exchange.core.lifecycle import Act, Delivery, sources, target
from exchange.errors import Finding, RefusedError
from exchange.store import deliveries
from exchange.store.tables import DELIVERIES, HOLDS, STATEMENTS, HoldState

# A name of its own, so that it stands beside a question about statements.
_STATEMENT: Final = STATEMENTS.alias("kept")
_REFUSED: Final = exists().where(
    HOLDS.c.message == DELIVERIES.c.message, HOLDS.c.state == HoldState.REFUSED
)
_KEPT: Final = exists().where(
    _STATEMENT.c.sequence == DELIVERIES.c.statement, _STATEMENT.c.body.is_not(None)
)
MAY_BE_SENT_AGAIN: Final = and_(~_REFUSED, _KEPT)
"""Of a dead letter: there is something to hand over, which the register did not refuse."""


def dead_letters(connection: Connection, after: int, limit: int) -> tuple[DeliveryRecord, ...]:
    """Return dead letters behind a position, oldest first."""
    dead = text(f"deliveries.state = '{Delivery.ABANDONED}'")
    return deliveries.records(
        connection,
        deliveries.RECORDS.where(dead, DELIVERIES.c.position > after)
        .order_by(DELIVERIES.c.position)
        .limit(limit),
    )


def resend(
    connection: Connection, delivery_id: DeliveryId, at: datetime, deadline: datetime | None
) -> DeliveryRecord:
    """Begin again with a dead letter.

    Raises:
        RefusedError: It is not one, or its status change never entered: handing that out would
            let an addressee act on what the register refused. Or it was removed by order.
    """
    changed = connection.execute(
        update(DELIVERIES)
        .where(
            DELIVERIES.c.delivery_id == delivery_id,
            DELIVERIES.c.state.in_(sources(Act.RESEND)),
            MAY_BE_SENT_AGAIN,
        )
        .values(state=target(Act.RESEND), next_at=at, deadline=deadline, attempts=0, changed_at=at)
    )
    if not changed.rowcount:
        raise RefusedError(
            Finding(code=RefusedCode.DELIVERY_STATE, message="expected a dead letter, found none")
        )
    found = deliveries.find(connection, delivery_id)
    if found is None:
        raise LookupError(delivery_id)
    return found
