"""Held status changes that do not enter: listed, and ended with a signed receipt (STC-02).

The receipt continues the chain of the message and gets a leaf of its own. A status change that was
released meanwhile has not waited in vain, so its end is refused.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from exchange.codes.service import RefusedCode
from exchange.core.entry import Committed, Message, Verdict
from exchange.core.entry import Sequence as Number
from exchange.core.hold import Hold, Lapse
from exchange.core.ledger import LeafKind
from exchange.core.model import BodyId, ContentDigest, Kind, MessageDigest, MessageId
from exchange.errors import Finding, RefusedError
from exchange.store.batch import Batch
from exchange.store.engine import Record
from exchange.store.holds import Ended
from exchange.store.tables import HOLDS, MESSAGES, RECEIPTS, STATEMENTS, HoldState

_HOLD: Final = (
    select(
        HOLDS.c.message,
        HOLDS.c.issuer,
        HOLDS.c.attestation_id,
        HOLDS.c.waiting_for,
        HOLDS.c.until,
        HOLDS.c.fault,
        STATEMENTS.c.content_digest,
        STATEMENTS.c.kind,
        MESSAGES.c.sender,
        MESSAGES.c.message_id,
        MESSAGES.c.digest,
        MESSAGES.c.addressees,
        MESSAGES.c.received_at,
        RECEIPTS.c.digest.label("receipt_digest"),
    )
    .join(STATEMENTS, STATEMENTS.c.sequence == HOLDS.c.message)
    .join(MESSAGES, MESSAGES.c.sequence == HOLDS.c.message)
    .join(RECEIPTS, RECEIPTS.c.position == HOLDS.c.message)
)
_LATER: Final = RECEIPTS.alias("later")
_TOLD: Final = exists().where(
    # The index leads through the statement. An end of one delivery is not the end of the hold.
    _LATER.c.statement == HOLDS.c.message,
    _LATER.c.message == HOLDS.c.message,
    _LATER.c.leaf_kind == LeafKind.FAILED.value,
    _LATER.c.delivery_id.is_(None),
)


def lapsed(connection: Connection, at: datetime, limit: int) -> tuple[Hold, ...]:
    """Return what has waited in vain: its time has run out and the gap is still there."""
    return _holds(connection, and_(HOLDS.c.state == HoldState.WAITING, HOLDS.c.until <= at), limit)


def untold(connection: Connection, limit: int) -> tuple[Hold, ...]:
    """Return what was refused when its turn came, and whose sender has no receipt of that."""
    return _holds(connection, and_(HOLDS.c.state == HoldState.REFUSED, ~_TOLD), limit)


def _holds(connection: Connection, condition: ColumnElement[bool], limit: int) -> tuple[Hold, ...]:
    rows = connection.execute(_HOLD.where(condition).order_by(HOLDS.c.message).limit(limit))
    return tuple(map(_hold, rows))


def _hold(row: Record) -> Hold:
    return Hold(
        sequence=Number(row.message),
        message=Message(
            sender=BodyId(row.sender),
            message_id=MessageId(row.message_id),
            digest=MessageDigest(row.digest),
            addressees=tuple(json.loads(row.addressees)),
            received_at=row.received_at,
        ),
        kind=Kind(row.kind),
        content_digest=ContentDigest(row.content_digest),
        receipt_digest=row.receipt_digest,
        attestation_id=row.attestation_id,
        issuer=BodyId(row.issuer),
        waiting_for=row.waiting_for,
        until=row.until,
        fault=row.fault,
    )


def lapse(connection: Connection, item: Lapse, body: bytes, batch: Batch) -> Committed:
    """End a hold and add its receipt.

    Raises:
        RefusedError: It was released, or has been told its end already.
    """
    message = item.hold.sequence
    row = connection.execute(
        select(HOLDS.c.state, _TOLD.label("told")).where(HOLDS.c.message == message)
    ).one_or_none()
    # One that waited in vain may wait again, and is told again.
    told_already = row is not None and row.told and row.state != HoldState.WAITING
    state = None if row is None or told_already else row.state
    # What this batch has decided stands in no table yet.
    state = next((one.state for one in batch.ended if one.message == message), state)
    told = any(r["message"] == message and not r["delivery_id"] for r in batch.receipts)
    if told or state not in (HoldState.WAITING, HoldState.REFUSED):
        raise RefusedError(
            Finding(
                code=RefusedCode.DELIVERY_STATE,
                message=f"expected a status change that waits in vain, found it {state or 'ended'}",
            )
        )
    batch.add_receipt(item.receipt, body, message=message, statement=message, kind=LeafKind.FAILED)
    if state == HoldState.WAITING:
        batch.ended.append(Ended(message=message, state=HoldState.REFUSED, fault=item.code))
        batch.refused.append((message, item.code, item.at))
    return Committed(
        sequence=item.hold.sequence,
        verdict=Verdict.HELD,
        receipt=item.receipt.data,
        receipt_digest=item.receipt.digest,
        content_digest=item.hold.content_digest,
    )
