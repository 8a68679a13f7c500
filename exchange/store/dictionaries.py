"""Dictionaries for compression: trained from what is there, kept beside it, never changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, insert, select

from exchange.store import ledger
from exchange.store.compression import Codec, Subject, dictionary_of, train
from exchange.store.statements import Unpack
from exchange.store.tables import DICTIONARIES, RECEIPTS, STATEMENTS

SAMPLES: Final = 1_000
"""Newest bodies of a subject that a dictionary is made from, at most."""
FEWEST: Final = 100
"""Fewer samples than this make no dictionary: it would know their data, not their form."""


def load(connection: Connection, codec: Codec) -> None:
    """Teach the codec every dictionary that it does not know yet."""
    rows = connection.execute(
        select(DICTIONARIES.c.id, DICTIONARIES.c.subject, DICTIONARIES.c.body).order_by(
            DICTIONARIES.c.id
        )
    )
    for row in rows:
        if not codec.knows(row.id):
            codec.learn(row.id, row.subject, row.body)


def unpacker(connection: Connection, codec: Codec) -> Unpack:
    """Return the function that unpacks frames, asking the database for a new dictionary.

    Another process may have trained it a moment ago.
    """

    def unpack(frame: bytes) -> bytes:
        if not codec.knows(dictionary_of(frame)):
            load(connection, codec)
        return codec.unpack(frame)

    return unpack


def samples(connection: Connection, codec: Codec, subject: Subject) -> list[bytes]:
    """Return the newest bodies of a subject."""
    table, order = {
        Subject.STATEMENT: (STATEMENTS, STATEMENTS.c.sequence),
        Subject.RECEIPT: (RECEIPTS, RECEIPTS.c.position),
    }[subject]
    unpack = unpacker(connection, codec)
    bodies = connection.execute(
        select(table.c.body).where(table.c.body.is_not(None)).order_by(order.desc()).limit(SAMPLES)
    ).scalars()
    return [unpack(body) for body in bodies]


def add(connection: Connection, subject: Subject, bodies: list[bytes]) -> bool:
    """Train and keep a dictionary.

    Returns:
        Whether there was enough to learn from.
    """
    # Under the lock of all writers, so that two processes do not take the same id.
    ledger.lock(connection)
    highest = connection.execute(select(func.max(DICTIONARIES.c.id))).scalar_one()
    dictionary_id = (highest or 0) + 1
    if len(bodies) < FEWEST or (body := train(bodies, dictionary_id)) is None:
        return False
    connection.execute(
        insert(DICTIONARIES).values(
            id=dictionary_id, subject=subject, samples=len(bodies), body=body
        )
    )
    return True
