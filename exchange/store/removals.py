"""Removal by order: the octets of a statement go with the commit of the notice that says so.

- Deleted are the octets, what the search finds them by, the parts of the scope in the register,
  the claim of a status change that waited, and copies of the octets that were kept with refused
  messages. What is not handed over yet is not handed over any more, and what waits for its turn
  never enters; a restriction that stands ahead of it keeps its place, without its scope.
- What stays is what receipts and proofs need, and how the certificate is named: digests,
  identifiers, number, issuer, scheme and the dates of its status.
- The same content is refused when it comes again.
- On SQLite deleted octets are overwritten and the log is emptied (`scrub`); on PostgreSQL dead
  rows are cleared by VACUUM, and the pages are written over by what comes later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from exchange.codes.notices import NoticeCode
from exchange.codes.service import RefusedCode
from exchange.core.entry import NewRemoval
from exchange.core.lifecycle import FINAL, Delivery
from exchange.core.model import ContentDigest
from exchange.core.notices import Removal
from exchange.errors import Finding, RefusedError, RuleError
from exchange.store import dictionaries, holds, register, search, search_tables
from exchange.store.columns import Number
from exchange.store.compression import Codec
from exchange.store.notice_tables import REMOVALS
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.statements import FIRST, Unpack
from exchange.store.tables import DELIVERIES, KEPT, MESSAGES, REGISTER, STATEMENTS

_REMOVED: Final = STATEMENTS.alias("removed")
_NOTICE: Final = STATEMENTS.alias("notice")
_FIND: Final = (
    select(
        _REMOVED.c.content_digest,
        REMOVALS.c.by_order,
        REMOVALS.c.removed_at,
        _NOTICE.c.content_digest.label("notice_digest"),
        _NOTICE.c.body,
    )
    .join(_REMOVED, _REMOVED.c.sequence == REMOVALS.c.statement)
    .join(_NOTICE, _NOTICE.c.sequence == REMOVALS.c.notice)
)
_FORGET_OCTETS: Final = (
    update(STATEMENTS)
    .where(STATEMENTS.c.sequence == bindparam("which", type_=Number))
    .values(body=None)
)
_FORGET_PARTS: Final = (
    update(REGISTER)
    .where(REGISTER.c.statement == bindparam("which", type_=Number))
    .values(parts="[]")
)
_FORGET_COPIES: Final = delete(KEPT).where(
    KEPT.c.purpose == "refused",
    KEPT.c.message.in_(
        select(MESSAGES.c.sequence).where(
            MESSAGES.c.digest.in_(
                select(FIRST.c.digest).where(FIRST.c.sequence == bindparam("which", type_=Number))
            )
        )
    ),
)
_STOP: Final = (
    update(DELIVERIES)
    .where(
        DELIVERIES.c.statement == bindparam("which", type_=Number),
        DELIVERIES.c.state.not_in(sorted(FINAL)),
    )
    .values(
        state=Delivery.ABANDONED.value,
        next_at=None,
        last_code=NoticeCode.REMOVED.value,
        changed_at=bindparam("then"),
    )
)


_MERGE: Final = "INSERT INTO search_words (search_words, rank) VALUES ('merge', {})"
_PAGES: Final = 500
"""Pages of the index that are merged in one step; commits go on in between."""
_NOTHING_LEFT: Final = 2
"""A step that changes fewer rows has merged nothing. Source: sqlite.org/fts5.html, 6.8."""


class RemovalStore:
    """The part of the store that is about what was removed by order."""

    _database: SQLite | PostgreSQL
    _codec: Codec

    async def removal(self, content_digest: ContentDigest) -> Removal | None:
        """Return by which order a statement was removed, with the signed notice; `None` if not."""
        return await self._database.read(
            lambda c: find(c, content_digest, dictionaries.unpacker(c, self._codec))
        )

    async def scrub(self) -> None:
        """Overwrite what was deleted, as far as the engine can while the hub runs.

        FTS5 marks what was taken out of the index, and forgets it when segments are merged.

        Raises:
            StoreError: It could not be done; the octets are in no row all the same.
        """
        if isinstance(self._database, SQLite):
            pages = -_PAGES  # All segments become one, as by an optimisation that can wait.
            while await self._database.write(partial(_merge, pages=pages)) >= _NOTHING_LEFT:
                pages = _PAGES
        await self._database.scrub(("statements", "kept", "register", "holds", search_tables.WORDS))


def _merge(connection: Connection, *, pages: int) -> int:
    """Merge some of the index; returns how many rows that has changed."""
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    count = "SELECT total_changes()"
    before = connection.exec_driver_sql(count).scalar_one()
    connection.exec_driver_sql(_MERGE.format(pages))
    return int(connection.exec_driver_sql(count).scalar_one() - before)


def find(connection: Connection, digest: ContentDigest, unpack: Unpack) -> Removal | None:
    """Return the removal of a statement."""
    row = connection.execute(_FIND.where(_REMOVED.c.content_digest == digest)).one_or_none()
    if row is None:
        return None
    return Removal(
        content_digest=ContentDigest(row.content_digest),
        order=row.by_order,
        removed_at=row.removed_at,
        notice_digest=ContentDigest(row.notice_digest),
        notice=unpack(row.body),
    )


def enter(
    connection: Connection, entering: Iterable[Mapping[str, Any]], new: NewRemoval, position: int
) -> dict[str, Any]:
    """Return the row of a removal.

    Args:
        connection: Inside the transaction that commits the notice.
        entering: The removals before it in the same transaction.
        new: What is removed, by which order.
        position: Of the notice.

    Raises:
        RefusedError: There is no such statement, or it was removed before.
    """
    which = connection.execute(
        select(STATEMENTS.c.sequence).where(
            STATEMENTS.c.content_digest == new.statement, STATEMENTS.c.body.is_not(None)
        )
    ).scalar_one_or_none()
    if which is None or any(row["statement"] == which for row in entering):
        raise RefusedError(
            Finding(
                code=RefusedCode.NOT_FOUND,
                message=f"expected a statement with octets, found none for {new.statement.hex()}",
            )
        )
    return {
        "statement": which,
        "notice": position,
        "by_order": new.order,
        "removed_at": new.at,
    }


def carry_out(connection: Connection, rows: Sequence[dict[str, Any]], unpack: Unpack) -> None:
    """Delete the octets, after the notices were written."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        # What is deleted is overwritten with zeros, in this connection from now on.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    connection.execute(insert(REMOVALS), rows)
    for row in rows:
        which = {"which": row["statement"]}
        # The index gives up only what it is shown once more.
        search.forget(connection, row["statement"], unpack)
        for clause in (_FORGET_COPIES, _FORGET_OCTETS, _FORGET_PARTS):
            connection.execute(clause, which)
        register.forget_gap(connection, row["statement"])
        holds.forget(connection, row["statement"])
        connection.execute(_STOP, {**which, "then": row["removed_at"]})


def refuse_again(
    connection: Connection, digest: ContentDigest, entering: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse content that was removed by order and comes again.

    Args:
        connection: Inside the transaction that it comes in.
        digest: Of the content.
        entering: The removals before it in the same transaction.

    Raises:
        RuleError: It was.
    """
    going = {int(row["statement"]): str(row["by_order"]) for row in entering}
    known = select(STATEMENTS.c.sequence, REMOVALS.c.by_order).outerjoin(
        REMOVALS, REMOVALS.c.statement == STATEMENTS.c.sequence
    )
    row = connection.execute(known.where(STATEMENTS.c.content_digest == digest)).one_or_none()
    removed = None if row is None else going.get(row.sequence, row.by_order)
    if removed is not None:
        raise RuleError(
            Finding(
                code=NoticeCode.REMOVED,
                path="/",
                message=f"expected a document that may be kept, found one removed by {removed}",
            )
        )
