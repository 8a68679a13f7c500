"""Messages, statements and receipts: found again, byte for byte, by those who may see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from exchange.core.entry import (
    DeliveryId,
    Message,
    StoredMessage,
    StoredReceipt,
    StoredStatement,
    Verdict,
)
from exchange.core.entry import Sequence as Number
from exchange.core.ledger import NO_CONTENT
from exchange.core.model import (
    BodyId,
    ContentDigest,
    DocumentId,
    Kind,
    MessageDigest,
    MessageId,
)
from exchange.store.engine import Record
from exchange.store.ledger import CONTENT
from exchange.store.tables import DELIVERIES, KEPT, MESSAGES, RECEIPTS, STATEMENTS

FIRST: Final = MESSAGES.alias("first_message")
"""The message that brought a statement first: it has the number of the statement."""

Unpack = Callable[[bytes], bytes]
"""Gives the octets of a compressed body."""


def addressees(names: Iterable[str]) -> str:
    """Return addressees as they are kept and compared: sorted, each once."""
    return json.dumps(sorted(set(names)), ensure_ascii=False, separators=(",", ":"))


_MESSAGES: Final = (
    select(
        MESSAGES.c.sequence,
        MESSAGES.c.sender,
        MESSAGES.c.message_id,
        MESSAGES.c.digest,
        MESSAGES.c.addressees,
        MESSAGES.c.received_at,
        MESSAGES.c.verdict,
        MESSAGES.c.statement,
        CONTENT.label("content_digest"),
        RECEIPTS.c.digest.label("receipt_digest"),
        RECEIPTS.c.body,
    )
    .join(RECEIPTS, RECEIPTS.c.position == MESSAGES.c.sequence)
    .outerjoin(STATEMENTS, STATEMENTS.c.sequence == RECEIPTS.c.statement)
    .where(MESSAGES.c.message_id.in_(bindparam("names", expanding=True)))
)


def _message(row: Record, unpack: Unpack) -> StoredMessage:
    return StoredMessage(
        sequence=Number(row.sequence),
        message=Message(
            sender=BodyId(row.sender),
            message_id=MessageId(row.message_id),
            digest=MessageDigest(row.digest),
            addressees=tuple(json.loads(row.addressees)),
            received_at=row.received_at,
        ),
        verdict=Verdict(row.verdict),
        receipt=unpack(row.body),
        receipt_digest=row.receipt_digest,
        content_digest=content_of(row.content_digest),
    )


def content_of(digest: bytes) -> ContentDigest | None:
    """Return a content digest as it stands in a leaf, `None` for the zeros of no content."""
    return None if digest == NO_CONTENT else ContentDigest(digest)


def find_messages(
    connection: Connection, keys: Sequence[tuple[BodyId, MessageId]], unpack: Unpack
) -> dict[tuple[BodyId, MessageId], StoredMessage]:
    """Return those of the messages that are there, by sender and message id."""
    wanted = set(keys)
    rows = connection.execute(_MESSAGES, {"names": list({name for _, name in wanted})})
    return {
        (row.sender, row.message_id): _message(row, unpack)
        for row in rows
        if (row.sender, row.message_id) in wanted
    }


_STATEMENT: Final = select(
    STATEMENTS.c.sequence,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.document_id,
    STATEMENTS.c.kind,
    STATEMENTS.c.issuer,
    STATEMENTS.c.scheme,
    MESSAGES.c.digest.label("message_digest"),
    STATEMENTS.c.body,
).join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)


def find_statement(
    connection: Connection, digest: ContentDigest, unpack: Unpack
) -> StoredStatement | None:
    """Return the statement with this content."""
    row = connection.execute(_STATEMENT.where(STATEMENTS.c.content_digest == digest)).one_or_none()
    if row is None:
        return None
    return StoredStatement(
        sequence=Number(row.sequence),
        content_digest=ContentDigest(row.content_digest),
        document_id=DocumentId(row.document_id),
        kind=Kind(row.kind),
        issuer=BodyId(row.issuer),
        scheme=row.scheme,
        message_digest=MessageDigest(row.message_digest),
        data=None if row.body is None else unpack(row.body),
    )


def visible_to(connection: Connection, digest: ContentDigest, body: BodyId) -> bool:
    """Tell whether the body submitted or issued the statement or is an addressee of it."""
    sent = exists().where(
        and_(MESSAGES.c.statement == STATEMENTS.c.sequence, MESSAGES.c.sender == body)
    )
    addressed = exists().where(
        and_(DELIVERIES.c.statement == STATEMENTS.c.sequence, DELIVERIES.c.addressee == body)
    )
    found = connection.execute(
        select(STATEMENTS.c.sequence).where(
            STATEMENTS.c.content_digest == digest,
            or_(STATEMENTS.c.issuer == body, sent, addressed),
        )
    ).one_or_none()
    return found is not None


def find_receipts(
    connection: Connection, digest: ContentDigest, unpack: Unpack
) -> tuple[StoredReceipt, ...]:
    """Return every receipt about a statement, in the order of the ledger."""
    rows = connection.execute(
        select(
            RECEIPTS.c.position,
            RECEIPTS.c.receipt_id,
            RECEIPTS.c.stage,
            RECEIPTS.c.outcome,
            RECEIPTS.c.issuer,
            RECEIPTS.c.produced_at,
            CONTENT.label("content_digest"),
            RECEIPTS.c.message,
            RECEIPTS.c.delivery_id,
            RECEIPTS.c.previous,
            RECEIPTS.c.digest,
            RECEIPTS.c.body,
            MESSAGES.c.sender,
            DELIVERIES.c.addressee,
        )
        .join(STATEMENTS, STATEMENTS.c.sequence == RECEIPTS.c.statement)
        .join(MESSAGES, MESSAGES.c.sequence == RECEIPTS.c.message)
        .outerjoin(DELIVERIES, DELIVERIES.c.delivery_id == RECEIPTS.c.delivery_id)
        .where(STATEMENTS.c.content_digest == digest)
        .order_by(RECEIPTS.c.position)
    )
    return tuple(
        StoredReceipt(
            index=row.position,
            receipt_id=DocumentId(row.receipt_id),
            stage=row.stage,
            outcome=row.outcome,
            issuer=BodyId(row.issuer),
            produced_at=row.produced_at,
            content_digest=content_of(row.content_digest),
            message_sequence=Number(row.message),
            sender=BodyId(row.sender),
            delivery_id=None if row.delivery_id is None else DeliveryId(row.delivery_id),
            addressee=None if row.addressee is None else BodyId(row.addressee),
            previous=row.previous,
            digest=row.digest,
            data=unpack(row.body),
        )
        for row in rows
    )


def find_kept(
    connection: Connection, message: Number, purpose: str, unpack: Unpack
) -> bytes | None:
    """Return what else was kept with a message: `refused` octets, or the `evidence`."""
    body = connection.execute(
        select(KEPT.c.body).where(KEPT.c.message == message, KEPT.c.purpose == purpose)
    ).scalar_one_or_none()
    return None if body is None else unpack(body)
