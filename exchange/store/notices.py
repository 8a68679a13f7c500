"""Notices in the database: causes, who is told of them, and whom they were told.

Who rests on a cause is found by `exchange.store.resting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from exchange.core.entry import Told
from exchange.core.grounds import Ground, Known
from exchange.core.model import BodyId, ContentDigest
from exchange.core.notices import Recipient, Resting, StoredCause
from exchange.store import causes
from exchange.store.bell import Bell
from exchange.store.notice_tables import CAUSES, NOTICES
from exchange.store.postgres import PostgreSQL
from exchange.store.resting import look_for_late, note_late, pairs
from exchange.store.sqlite import SQLite
from exchange.store.switching import SwitchingStore
from exchange.store.tables import REGISTER, STATEMENTS
from exchange.store.tracking import TrackingStore


class NoticeStore(SwitchingStore, TrackingStore):
    """The part of the store that is about notices."""

    _database: SQLite | PostgreSQL
    _bell: Bell

    async def known_grounds(self) -> dict[str, Known]:
        """Return the standing that was written down last about each subject."""
        return await self._database.read(causes.standings)

    async def note_causes(self, found: Sequence[Ground], *, at: datetime) -> int:
        """Write down what stands otherwise than was written down last.

        Args:
            found: How it stands, of what may have changed.
            at: Now.

        Returns:
            How many causes are new: of several processes one writes each of them.
        """
        noted = await self._database.write(lambda c: causes.note(c, found, at))
        if noted:
            self._bell.ring((causes.BELL,))
        return noted

    async def note_late(self, after: int, *, at: datetime) -> tuple[int, int]:
        """Write down anew what stands, for those who were handed something since.

        Args:
            after: Everything before this position of the ledger was looked at.
            at: Now.

        Returns:
            How many causes were written down, and what is looked at now.
        """
        # To look costs no turn of the writer, and there is hardly ever anybody.
        is_late, looked = await self._database.read(lambda c: look_for_late(c, after))
        if not is_late:
            return 0, looked
        noted, looked = await self._database.write(lambda c: note_late(c, after, at))
        if noted:
            self._bell.ring((causes.BELL,))
        return noted, looked

    async def claim_cause(self, *, at: datetime, until: datetime) -> StoredCause | None:
        """Return the first cause that is not told to everybody; nobody else gets it before then."""
        # To look costs no turn of the writer, and there is hardly ever one.
        if not await self._database.read(causes.is_open):
            return None
        return await self._database.write(lambda c: causes.claim(c, at, until))

    async def finish_cause(self, number: int, *, at: datetime) -> None:
        """Remember that everybody who rests on a cause was told."""
        await self._database.write(
            lambda c: c.execute(
                update(CAUSES)
                .where(CAUSES.c.number == number, CAUSES.c.finished_at.is_(None))
                .values(finished_at=at, claimed_until=None)
            )
        )

    async def recipients(self, cause: StoredCause) -> tuple[Recipient, ...]:
        """Return everybody who received something about a certificate that rests on a cause."""
        return await self._database.read(lambda c: _recipients(c, cause))

    async def resting(
        self, cause: StoredCause, addressee: BodyId, *, after: int = -1, limit: int
    ) -> tuple[Resting, ...]:
        """Return certificates that rest on a cause and that one recipient received, in pages."""
        return await self._database.read(lambda c: _resting(c, cause, addressee, after, limit))

    async def told(self, cause: int) -> frozenset[tuple[BodyId, int]]:
        """Return whom a cause was told, and which parts."""
        return await self._database.read(
            lambda c: frozenset(
                (BodyId(row.addressee), int(row.part))
                for row in c.execute(
                    select(NOTICES.c.addressee, NOTICES.c.part).where(NOTICES.c.cause == cause)
                )
            )
        )


def told_row(told: Told, statement: int) -> dict[str, Any]:
    """Return the row of a notice of this hub."""
    return {
        "statement": statement,
        "cause": told.cause,
        "addressee": told.addressee,
        "part": told.part,
        "parts": told.parts,
    }


def _recipients(connection: Connection, cause: StoredCause) -> tuple[Recipient, ...]:
    found = pairs(cause)
    rows = connection.execute(
        select(found.c.addressee, func.count().label("certificates"))
        .group_by(found.c.addressee)
        .order_by(found.c.addressee)
    )
    return tuple(
        Recipient(addressee=BodyId(row.addressee), certificates=row.certificates) for row in rows
    )


def _resting(
    connection: Connection, cause: StoredCause, addressee: BodyId, after: int, limit: int
) -> tuple[Resting, ...]:
    found = pairs(cause, addressee)
    page = (
        select(found.c.first)
        .where(found.c.first > after)
        .order_by(found.c.first)
        .limit(limit)
        .subquery("page")
    )
    rows = connection.execute(
        select(
            REGISTER.c.first,
            REGISTER.c.attestation_id,
            REGISTER.c.certificate_number,
            REGISTER.c.issuer,
            REGISTER.c.scheme,
            STATEMENTS.c.content_digest,
        )
        .join(page, page.c.first == REGISTER.c.first)
        .join(STATEMENTS, STATEMENTS.c.sequence == REGISTER.c.statement)
        .order_by(REGISTER.c.first)
    )
    return tuple(
        Resting(
            key=row.first,
            attestation_id=row.attestation_id,
            certificate_number=row.certificate_number,
            issuer=BodyId(row.issuer),
            scheme=row.scheme,
            content_digest=ContentDigest(row.content_digest),
        )
        for row in rows
    )
