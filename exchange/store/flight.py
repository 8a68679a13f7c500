"""Documents by the bodies that a rehearsal is about: on their way, and judged lately.

Which key signed a document stands in the document, so candidates are found by their issuer and
the caller reads the key from the octets.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text

from exchange.core.entry import DeliveryId, Verdict
from exchange.core.entry import Sequence as Number
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.store.engine import Record
from exchange.store.statements import Unpack
from exchange.store.tables import (
    DELIVERIES,
    FINAL_STATES,
    HOLDS,
    MESSAGES,
    STATEMENTS,
    HoldState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An accepted document, with the instant at which it was judged."""

    sequence: Number
    content_digest: ContentDigest
    kind: Kind
    issuer: BodyId
    received_at: datetime
    """Its proof time."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """A document that has not reached everybody: a delivery that is open, or a hold."""

    document: Judged
    delivery_id: DeliveryId | None
    """`None` for a status change that waits for the one before it."""
    addressee: BodyId | None
    mode: Mode | None
    state: Delivery


_DOCUMENT: Final = (
    STATEMENTS.c.sequence,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.kind,
    STATEMENTS.c.issuer,
    STATEMENTS.c.body,
    MESSAGES.c.received_at,
)


def in_flight(
    connection: Connection, issuers: Collection[BodyId], limit: int, unpack: Unpack
) -> tuple[InFlight, ...]:
    """Return open deliveries and holds of documents by these issuers, oldest first."""
    rows = connection.execute(
        select(
            *_DOCUMENT,
            DELIVERIES.c.delivery_id,
            DELIVERIES.c.addressee,
            DELIVERIES.c.mode,
            DELIVERIES.c.state,
        )
        .join(STATEMENTS, STATEMENTS.c.sequence == DELIVERIES.c.statement)
        .join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)
        .where(
            text(f"deliveries.state NOT IN ({FINAL_STATES})"),
            STATEMENTS.c.issuer.in_(sorted(issuers)),
            STATEMENTS.c.body.is_not(None),
        )
        .order_by(DELIVERIES.c.position)
        .limit(limit)
    )
    open_deliveries = tuple(
        InFlight(
            document=_judged(row, unpack),
            delivery_id=DeliveryId(row.delivery_id),
            addressee=BodyId(row.addressee),
            mode=Mode(row.mode),
            state=Delivery(row.state),
        )
        for row in rows
    )
    held = connection.execute(
        select(*_DOCUMENT)
        .join(HOLDS, HOLDS.c.message == STATEMENTS.c.sequence)
        .join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)
        .where(
            HOLDS.c.state == HoldState.WAITING,
            HOLDS.c.issuer.in_(sorted(issuers)),
            STATEMENTS.c.body.is_not(None),
        )
        .order_by(HOLDS.c.message)
        .limit(limit)
    )
    return open_deliveries + tuple(
        InFlight(
            document=_judged(row, unpack),
            delivery_id=None,
            addressee=None,
            mode=None,
            state=Delivery.HELD,
        )
        for row in held
    )


def judged(
    connection: Connection,
    issuers: Collection[BodyId],
    since: datetime,
    after: int,
    limit: int,
    unpack: Unpack,
) -> tuple[Judged, ...]:
    """Return accepted documents by these issuers that arrived since, oldest first."""
    rows = connection.execute(
        select(*_DOCUMENT)
        .join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)
        .where(
            STATEMENTS.c.sequence > after,
            STATEMENTS.c.issuer.in_(sorted(issuers)),
            STATEMENTS.c.body.is_not(None),
            MESSAGES.c.received_at >= since,
            MESSAGES.c.verdict != Verdict.REJECTED.value,
        )
        .order_by(STATEMENTS.c.sequence)
        .limit(limit)
    )
    return tuple(_judged(row, unpack) for row in rows)


def _judged(row: Record, unpack: Unpack) -> Judged:
    return Judged(
        sequence=Number(row.sequence),
        content_digest=ContentDigest(row.content_digest),
        kind=Kind(row.kind),
        issuer=BodyId(row.issuer),
        received_at=row.received_at,
        data=unpack(row.body),
    )
