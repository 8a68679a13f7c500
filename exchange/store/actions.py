"""Actions in the order of the ledger, and the documents that were refused under a suspension.

An action enters only as the next one after those that it was decided on. The number is counted
under the lock of the ledger, so two that race are told apart here: one enters, the other is
`store.overtaken`, and its hub decides again on what it had not seen.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from exchange.codes.service import RefusedCode
from exchange.codes.store import StoreCode
from exchange.core.entry import Committed, Interrupted, Message, Verdict
from exchange.core.entry import Sequence as Number
from exchange.core.ledger import LeafKind
from exchange.core.model import BodyId, ContentDigest, Fingerprint, MessageDigest, MessageId
from exchange.core.trust_records import Notice, RefusedMeanwhile, StoredAction
from exchange.errors import Finding, RefusedError, StoreError
from exchange.store.batch import Batch
from exchange.store.statements import Unpack
from exchange.store.tables import MESSAGES, RECEIPTS, STATEMENTS
from exchange.store.trust_tables import ACTIONS, REFUSED_UNDER_SUSPENSION


def count(connection: Connection) -> int:
    """Return how many actions there are, which is the number of the newest."""
    return int(
        connection.execute(select(func.coalesce(func.max(ACTIONS.c.number), 0))).scalar_one()
    )


def enter(
    connection: Connection, batch: Batch, decided_on: int, digest: ContentDigest, at: datetime
) -> None:
    """Give the statement at the batch's next position the next number.

    Raises:
        StoreError: Others were committed since it was decided.
    """
    found = batch.actions[-1]["number"] if batch.actions else count(connection)
    if found != decided_on:
        raise StoreError(
            Finding(
                code=StoreCode.OVERTAKEN,
                message=f"expected to follow {decided_on} actions, found {found}",
            )
        )
    batch.actions.append(
        {
            "number": found + 1,
            "statement": batch.position,
            "digest": digest,
            "received_at": at,
        }
    )


def number_of(connection: Connection, digest: ContentDigest) -> int | None:
    """Return the number of the action with this content, if it is one."""
    found = connection.execute(
        select(ACTIONS.c.number)
        .join(STATEMENTS, STATEMENTS.c.sequence == ACTIONS.c.statement)
        .where(STATEMENTS.c.content_digest == digest)
    ).scalar_one_or_none()
    return None if found is None else int(found)


_ACTIONS: Final = (
    select(
        ACTIONS.c.number,
        ACTIONS.c.statement,
        ACTIONS.c.digest,
        ACTIONS.c.received_at,
        STATEMENTS.c.body,
        RECEIPTS.c.body.label("receipt"),
    )
    .join(STATEMENTS, STATEMENTS.c.sequence == ACTIONS.c.statement)
    .join(RECEIPTS, RECEIPTS.c.position == ACTIONS.c.statement)
)


def read(
    connection: Connection, after: int, limit: int, unpack: Unpack
) -> tuple[StoredAction, ...]:
    """Return actions in their order.

    Raises:
        StoreError: The octets of one are gone: what was decided could not be proven any more.
    """
    rows = connection.execute(
        _ACTIONS.where(ACTIONS.c.number > after).order_by(ACTIONS.c.number).limit(limit)
    ).all()
    for row in rows:
        if row.body is None:
            raise StoreError(
                Finding(
                    code=StoreCode.DAMAGED,
                    message=f"expected the octets of action {row.number}, found none",
                )
            )
    return tuple(
        StoredAction(
            number=row.number,
            sequence=Number(row.statement),
            digest=ContentDigest(row.digest),
            data=unpack(row.body),
            receipt=unpack(row.receipt),
            received_at=row.received_at,
        )
        for row in rows
    )


def suspended_row(sequence: int, interrupted: Interrupted) -> dict[str, Any]:
    """Return the row of a document that was refused under a suspension."""
    return {
        "message": sequence,
        "body": interrupted.body,
        "key": interrupted.key,
        "code": interrupted.code,
        "told_at": None,
    }


_REFUSED: Final = (
    select(
        REFUSED_UNDER_SUSPENSION.c.message,
        REFUSED_UNDER_SUSPENSION.c.body,
        REFUSED_UNDER_SUSPENSION.c.key,
        REFUSED_UNDER_SUSPENSION.c.code,
        REFUSED_UNDER_SUSPENSION.c.told_at,
        MESSAGES.c.sender,
        MESSAGES.c.message_id,
        MESSAGES.c.digest,
        MESSAGES.c.addressees,
        MESSAGES.c.received_at,
        RECEIPTS.c.digest.label("receipt_digest"),
    )
    .join(MESSAGES, MESSAGES.c.sequence == REFUSED_UNDER_SUSPENSION.c.message)
    .join(RECEIPTS, RECEIPTS.c.position == REFUSED_UNDER_SUSPENSION.c.message)
)


def refused(
    connection: Connection,
    bodies: Collection[BodyId],
    sender: BodyId | None,
    untold: bool,  # noqa: FBT001
    after: int,
    limit: int,
) -> tuple[RefusedMeanwhile, ...]:
    """Return documents that were refused under a suspension, oldest first.

    Args:
        connection: Inside a transaction.
        bodies: Whose suspension; empty asks for all.
        sender: Who sent them; `None` asks for all.
        untold: Only those whose senders have not been told that it was lifted.
        after: The sequence of the last one of the page before.
        limit: How many at most.
    """
    query = _REFUSED.where(REFUSED_UNDER_SUSPENSION.c.message > after)
    if bodies:
        query = query.where(REFUSED_UNDER_SUSPENSION.c.body.in_(sorted(bodies)))
    if sender is not None:
        query = query.where(MESSAGES.c.sender == sender)
    if untold:
        query = query.where(REFUSED_UNDER_SUSPENSION.c.told_at.is_(None))
    rows = connection.execute(query.order_by(REFUSED_UNDER_SUSPENSION.c.message).limit(limit))
    return tuple(
        RefusedMeanwhile(
            sequence=Number(row.message),
            message=Message(
                sender=BodyId(row.sender),
                message_id=MessageId(row.message_id),
                digest=MessageDigest(row.digest),
                addressees=tuple(json.loads(row.addressees)),
                received_at=row.received_at,
            ),
            interrupted=Interrupted(
                body=BodyId(row.body),
                key=None if row.key is None else Fingerprint(row.key),
                code=row.code,
            ),
            receipt_digest=row.receipt_digest,
            told_at=row.told_at,
        )
        for row in rows
    )


def tell(connection: Connection, notice: Notice, body: bytes, batch: Batch) -> Committed:
    """Add a notice behind the negative receipt of a refused document.

    Raises:
        RefusedError: Its sender has been told before.
    """
    sequence = notice.refused.sequence
    told = connection.execute(
        update(REFUSED_UNDER_SUSPENSION)
        .where(
            REFUSED_UNDER_SUSPENSION.c.message == sequence,
            REFUSED_UNDER_SUSPENSION.c.told_at.is_(None),
        )
        .values(told_at=notice.at)
    ).rowcount
    if not told:
        raise RefusedError(
            Finding(
                code=RefusedCode.DELIVERY_STATE,
                message="expected a sender who was not told yet, found none",
            )
        )
    batch.add_receipt(
        notice.receipt, body, message=sequence, statement=None, kind=LeafKind.REJECTED
    )
    return Committed(
        sequence=sequence,
        verdict=Verdict.REJECTED,
        receipt=notice.receipt.data,
        receipt_digest=notice.receipt.digest,
        content_digest=notice.receipt.content_digest,
    )


def receipts_of(
    connection: Connection, sequence: Number, unpack: Unpack
) -> tuple[tuple[int, bytes], ...]:
    """Return the positions and octets of every receipt about one message."""
    rows = connection.execute(
        select(RECEIPTS.c.position, RECEIPTS.c.body)
        .where(RECEIPTS.c.position >= sequence, RECEIPTS.c.message == sequence)
        .order_by(RECEIPTS.c.position)
    )
    return tuple((row.position, unpack(row.body)) for row in rows)
