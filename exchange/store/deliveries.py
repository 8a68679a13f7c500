"""The outbox: handing out, pushing and giving up.

- A lease is a next action time: when it has passed, the delivery counts as ready. There is no
  job that takes leases back.
- The turn: for one addressee and order key only the earliest open delivery is handed out.
- Every change names the states from which the table allows it (`sources`), inside the
  statement, so two processes cannot both make it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from exchange.core.deliveries import DeliveryRecord, Leased
from exchange.core.entry import DeliveryId
from exchange.core.entry import Sequence as Number
from exchange.core.lifecycle import IN_TURN, Act, Delivery, Mode, sources, target
from exchange.core.model import (
    BodyId,
    ContentDigest,
    DocumentId,
    Kind,
    MessageDigest,
    MessageId,
)
from exchange.store.columns import Instant, String
from exchange.store.engine import Record
from exchange.store.statements import FIRST, Unpack
from exchange.store.tables import DELIVERIES, FINAL_STATES, MESSAGES, RECEIPTS, STATEMENTS

POSITIONS: Final = 1 << 20
"""Places from one message to the next: for its addressees, and for deliveries that are released
behind it."""

_EARLIER: Final = DELIVERIES.alias("earlier")


def _open(name: str) -> TextClause:
    """Return the condition of the partial indexes, in their words."""
    return text(f"{name}.state NOT IN ({FINAL_STATES})")


def _in_turn(mode: Mode) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return the conditions of being handed out when the time has come."""
    earlier = (
        exists()
        .where(
            _EARLIER.c.addressee == DELIVERIES.c.addressee,
            _EARLIER.c.order_key == DELIVERIES.c.order_key,
            _EARLIER.c.position < DELIVERIES.c.position,
            _EARLIER.c.state.in_(sorted(IN_TURN)),
            _open("earlier"),
        )
        .correlate(DELIVERIES)
    )
    return (
        text(f"deliveries.mode = '{mode}'"),
        DELIVERIES.c.state.in_(sources(Act.LEASE)),
        _open("deliveries"),
        ~earlier,
    )


def _due(mode: Mode, at: datetime) -> Select[*tuple[Any, ...]]:
    """Return the deliveries that may be handed out now."""
    return select(DELIVERIES.c.delivery_id).where(*_in_turn(mode), DELIVERIES.c.next_at <= at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an addressee asks for."""

    addressee: BodyId
    limit: int
    kinds: Collection[Kind] = ()
    """Empty asks for all: a filter narrows, it grants nothing."""
    schemes: Collection[str] = ()
    """Empty asks for all."""


def lease(
    connection: Connection, demand: Demand, at: datetime, until: datetime, unpack: Unpack
) -> tuple[Leased, ...]:
    """Hand out what is due to one addressee, in the order of the commits."""
    due = (
        _due(Mode.PULL, at)
        .where(DELIVERIES.c.addressee == demand.addressee)
        .order_by(DELIVERIES.c.position)
        .limit(demand.limit)
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )
    if demand.kinds:
        due = due.where(DELIVERIES.c.kind.in_(sorted(demand.kinds)))
    if demand.schemes:
        due = due.where(
            or_(DELIVERIES.c.scheme.in_(sorted(demand.schemes)), DELIVERIES.c.scheme.is_(None))
        )
    return _hand_out(connection, due, at, until, unpack)


def claim_pushes(
    connection: Connection, limit: int, at: datetime, until: datetime, unpack: Unpack
) -> tuple[Leased, ...]:
    """Claim pushes that are due, whoever they go to, the longest due first.

    Those that are due since the same instant go out in the order of the commits.
    """
    due = (
        _due(Mode.PUSH, at)
        .order_by(DELIVERIES.c.next_at, DELIVERIES.c.position)
        .limit(limit)
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )
    return _hand_out(connection, due, at, until, unpack)


def _hand_out(
    connection: Connection,
    due: Select[*tuple[Any, ...]],
    at: datetime,
    until: datetime,
    unpack: Unpack,
) -> tuple[Leased, ...]:
    identifiers = connection.execute(due).scalars().all()
    if not identifiers:
        return ()
    connection.execute(
        update(DELIVERIES)
        .where(
            DELIVERIES.c.delivery_id.in_(identifiers), DELIVERIES.c.state.in_(sources(Act.LEASE))
        )
        .values(
            state=target(Act.LEASE),
            next_at=until,
            attempts=DELIVERIES.c.attempts + 1,
            changed_at=at,
        )
    )
    rows = connection.execute(
        select(
            DELIVERIES.c.delivery_id,
            DELIVERIES.c.addressee,
            DELIVERIES.c.order_key,
            DELIVERIES.c.attempts,
            DELIVERIES.c.created_at,
            DELIVERIES.c.deadline,
            DELIVERIES.c.next_at,
            MESSAGES.c.sender,
            MESSAGES.c.message_id,
            FIRST.c.digest.label("message_digest"),
            STATEMENTS.c.content_digest,
            STATEMENTS.c.document_id,
            STATEMENTS.c.kind,
            STATEMENTS.c.issuer,
            STATEMENTS.c.scheme,
            STATEMENTS.c.body,
            RECEIPTS.c.body.label("receipt"),
            RECEIPTS.c.digest.label("receipt_digest"),
        )
        .join(MESSAGES, MESSAGES.c.sequence == DELIVERIES.c.message)
        .join(STATEMENTS, STATEMENTS.c.sequence == DELIVERIES.c.statement)
        .join(FIRST, FIRST.c.sequence == DELIVERIES.c.statement)
        .join(RECEIPTS, RECEIPTS.c.position == DELIVERIES.c.message)
        # A document that was removed by order is not handed out any more.
        .where(DELIVERIES.c.delivery_id.in_(identifiers), STATEMENTS.c.body.is_not(None))
        .order_by(DELIVERIES.c.position)
    )
    return tuple(_leased(row, unpack) for row in rows)


def _leased(row: Record, unpack: Unpack) -> Leased:
    return Leased(
        delivery_id=DeliveryId(row.delivery_id),
        addressee=BodyId(row.addressee),
        sender=BodyId(row.sender),
        message_id=MessageId(row.message_id),
        message_digest=MessageDigest(row.message_digest),
        content_digest=ContentDigest(row.content_digest),
        document_id=DocumentId(row.document_id),
        kind=Kind(row.kind),
        issuer=BodyId(row.issuer),
        scheme=row.scheme,
        order_key=row.order_key,
        data=unpack(row.body),
        receipt=unpack(row.receipt),
        receipt_digest=row.receipt_digest,
        attempts=row.attempts,
        created_at=row.created_at,
        leased_until=row.next_at,
        deadline=row.deadline,
    )


def attempted(
    connection: Connection,
    delivery_id: DeliveryId,
    at: datetime,
    next_at: datetime | None,
    code: str,
) -> bool:
    """Note that an attempt failed; without a next time the delivery becomes a dead letter.

    Returns:
        Whether the delivery was in a state that allows it. An acknowledgement may have come
        first, which is no fault.
    """
    act = Act.FAIL if next_at is not None else Act.ABANDON
    changed = connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.delivery_id == delivery_id, DELIVERIES.c.state.in_(sources(act)))
        .values(state=target(act), next_at=next_at, last_code=code, changed_at=at)
    )
    return bool(changed.rowcount)


def overdue(connection: Connection, at: datetime, limit: int) -> tuple[DeliveryRecord, ...]:
    """Return open deliveries whose deadline has passed and whose lease, if any, has run out."""
    return records(
        connection,
        RECORDS.where(
            DELIVERIES.c.state.in_(sorted(IN_TURN)),
            _open("deliveries"),
            DELIVERIES.c.deadline <= at,
            or_(DELIVERIES.c.state != Delivery.LEASED, DELIVERIES.c.next_at <= at),
        )
        .order_by(DELIVERIES.c.position)
        .limit(limit),
    )


RECORDS: Final = select(
    DELIVERIES.c.delivery_id,
    DELIVERIES.c.position,
    DELIVERIES.c.message,
    STATEMENTS.c.content_digest,
    DELIVERIES.c.kind,
    DELIVERIES.c.addressee,
    DELIVERIES.c.mode,
    DELIVERIES.c.state,
    DELIVERIES.c.order_key,
    DELIVERIES.c.attempts,
    DELIVERIES.c.next_at,
    DELIVERIES.c.deadline,
    DELIVERIES.c.last_code,
    DELIVERIES.c.created_at,
    DELIVERIES.c.changed_at,
).join(STATEMENTS, STATEMENTS.c.sequence == DELIVERIES.c.statement)


def records(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[DeliveryRecord, ...]:
    """Return what a query over `RECORDS` finds."""
    return tuple(
        DeliveryRecord(
            delivery_id=DeliveryId(row.delivery_id),
            position=row.position,
            message_sequence=Number(row.message),
            content_digest=ContentDigest(row.content_digest),
            kind=Kind(row.kind),
            addressee=BodyId(row.addressee),
            mode=Mode(row.mode),
            state=Delivery(row.state),
            order_key=row.order_key,
            attempts=row.attempts,
            next_at=row.next_at,
            deadline=row.deadline,
            last_code=row.last_code,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in connection.execute(query)
    )


def find(connection: Connection, delivery_id: DeliveryId) -> DeliveryRecord | None:
    """Return one delivery."""
    found = records(connection, RECORDS.where(DELIVERIES.c.delivery_id == delivery_id))
    return found[0] if found else None


def of_statement(connection: Connection, digest: ContentDigest) -> tuple[DeliveryRecord, ...]:
    """Return every delivery of a statement, by addressee."""
    return records(
        connection,
        RECORDS.where(STATEMENTS.c.content_digest == digest).order_by(DELIVERIES.c.addressee),
    )


def next_push_at(connection: Connection) -> datetime | None:
    """Return when the next push is due, claims that run out included."""
    found: datetime | None = connection.execute(
        select(func.min(DELIVERIES.c.next_at)).where(*_in_turn(Mode.PUSH))
    ).scalar_one_or_none()
    return found


Closing = tuple[DeliveryId, datetime, str | None]
"""Which delivery, when, and with which code."""


def close(connection: Connection, act: Act, closings: Sequence[Closing]) -> None:
    """Bring deliveries to a final state; the caller has checked that the table allows it."""
    if closings:
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.delivery_id == bindparam("which"))
            .values(
                state=target(act),
                next_at=None,
                changed_at=bindparam("then", type_=Instant),
                last_code=func.coalesce(bindparam("why", type_=String), DELIVERIES.c.last_code),
            ),
            [{"which": which, "then": then, "why": why} for which, then, why in closings],
        )
