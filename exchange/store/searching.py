"""Questions to the register, answered newest first, in pages by key.

- Rows of older revisions and statuses are passed over, and what the row of the register does not
  admit; after `MOST_PASSED` of them the page ends early and says that there may be more. So the
  time of an answer has a bound, whatever is asked.
- How the index is asked is the engine's own (`exchange.store.search_engines`).
- A former number, or whatever an earlier revision said, stands in the row of the latest one; a
  hit says whether there are earlier ones, and under which numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, or_, select

from exchange.core.certificates import CertificateKey
from exchange.core.model import BodyId, Fingerprint, Status
from exchange.core.searching import Question, Row, Sight
from exchange.store import dictionaries
from exchange.store import search as index
from exchange.store.engine import Record
from exchange.store.reader import Reader
from exchange.store.search import Progress, place_of
from exchange.store.search_engines import ASK
from exchange.store.search_tables import PLACES
from exchange.store.statements import Unpack
from exchange.store.tables import (
    FORMER_NUMBERS,
    HOLDS,
    MESSAGES,
    REGISTER,
    SIGNERS,
    STATEMENTS,
    HoldState,
)

MOST_PASSED: Final = 4_000
"""Rows that one page passes over at most."""
_CHUNK: Final = 24
"""Rows that are asked for at first beyond those of the page; each further question doubles it."""
_MOST_CHUNK: Final = 1_024
_FIRST: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A certificate that was found, with its latest revision as it is kept."""

    place: int
    first: CertificateKey
    attestation_id: str
    certificate_number: str
    row: Row
    signer: Fingerprint | None
    """The key certificate that signed it."""
    data: bytes | None
    """`None` when the octets were removed by order."""
    is_revised: bool = False
    """Whether it has earlier revisions, which may be what was found."""
    former_numbers: tuple[str, ...] = ()
    """That it had before."""
    heard_at: datetime | None = None
    """When the last statement about it arrived that was not refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page."""

    hits: tuple[Hit, ...]
    after: int | None
    """The place at which the next page begins, `None` when there is nothing behind."""


class Searching(Reader):
    """The part of the store that is about the search."""

    async def search(
        self,
        question: Question,
        *,
        sight: Sight,
        after: int | None,
        limit: int,
        at: datetime,
    ) -> Hits:
        """Return a page of what a question finds, newest first.

        Args:
            question: What is searched for.
            sight: Whose certificates may be shown.
            after: The place at which the page before ended, `None` for the first.
            limit: Certificates of the page.
            at: Now.
        """
        return await self._read(
            lambda c, unpack: search(
                c, question, sight=sight, after=after, limit=limit, at=at, unpack=unpack
            )
        )

    async def search_progress(self) -> Progress:
        """Return how far the index is."""
        return await self._database.read(index.progress)

    async def index_more(self, limit: int) -> Progress:
        """Put some more of what was there before the index into it."""
        return await self._database.write(
            lambda c: index.index_more(c, limit, dictionaries.unpacker(c, self._codec))
        )


def search(
    connection: Connection,
    question: Question,
    *,
    sight: Sight,
    after: int | None,
    limit: int,
    at: datetime,
    unpack: Unpack,
) -> Hits:
    """Return a page of what a question finds, newest first.

    Args:
        connection: One consistent state.
        question: What is searched for.
        sight: Whose certificates may be shown.
        after: The place at which the page before ended, `None` for the first.
        limit: Certificates of the page.
        at: Now.
        unpack: Gives octets.
    """
    clauses = question.clauses(sight, at)
    if not all(clauses):
        return Hits(hits=(), after=None)
    ask = ASK[connection.dialect.name](connection, clauses)
    low = _FIRST if after is None else after
    found: list[tuple[int, Record]] = []
    passed, chunk = 0, limit + 1 + _CHUNK
    while True:
        places = ask(low, chunk)
        rows = _rows(connection, places)
        for place in places:
            low = place
            row = rows.get(place)
            if row is None or not question.admits(_row(row), sight, at):
                passed += 1
                continue
            if len(found) == limit:
                # Under no other status is it seen again, whatever becomes of it meanwhile.
                seen = found[-1][0] // PLACES * PLACES
                return Hits(hits=_hits(connection, found, unpack), after=seen)
            found.append((place, row))
        if len(places) < chunk:
            return Hits(hits=_hits(connection, found, unpack), after=None)
        if passed >= MOST_PASSED:
            return Hits(hits=_hits(connection, found, unpack), after=low)
        chunk = min(chunk * 2, _MOST_CHUNK)


def _rows(connection: Connection, places: Sequence[int]) -> dict[int, Record]:
    """Return the rows of the register that stand behind places, where they are current."""
    rows = connection.execute(
        select(
            STATEMENTS.c.sequence,
            SIGNERS.c.fingerprint,
            REGISTER.c.first,
            REGISTER.c.attestation_id,
            REGISTER.c.certificate_number,
            REGISTER.c.issuer,
            REGISTER.c.scheme,
            REGISTER.c.status,
            REGISTER.c.since,
            REGISTER.c.expires_at,
        )
        .join(REGISTER, REGISTER.c.first == STATEMENTS.c.subject)
        .outerjoin(SIGNERS, SIGNERS.c.id == STATEMENTS.c.signer)
        .where(
            STATEMENTS.c.sequence.in_({place // PLACES for place in places}),
            REGISTER.c.statement == STATEMENTS.c.sequence,
        )
    )
    return {place_of(row.sequence, Status(row.status)): row for row in rows}


def _row(row: Record) -> Row:
    return Row(
        issuer=BodyId(row.issuer),
        scheme=row.scheme,
        status=Status(row.status),
        since=row.since,
        expires_at=row.expires_at,
    )


def _hits(
    connection: Connection, found: Sequence[tuple[int, Record]], unpack: Unpack
) -> tuple[Hit, ...]:
    bodies = {
        row.sequence: row.body
        for row in connection.execute(
            select(STATEMENTS.c.sequence, STATEMENTS.c.body).where(
                STATEMENTS.c.sequence.in_([row.sequence for _, row in found])
            )
        )
    }
    firsts = [row.first for _, row in found]
    former: dict[int, list[str]] = {}
    if any(row.first != row.sequence for _, row in found):
        for one in connection.execute(_FORMER.where(FORMER_NUMBERS.c.certificate.in_(firsts))):
            former.setdefault(one.certificate, []).append(one.certificate_number)
    heard = _heard(connection, firsts)
    return tuple(
        Hit(
            place=place,
            first=CertificateKey(row.first),
            attestation_id=row.attestation_id,
            certificate_number=row.certificate_number,
            row=_row(row),
            signer=None if row.fingerprint is None else Fingerprint(row.fingerprint),
            data=None if (body := bodies.get(row.sequence)) is None else unpack(body),
            is_revised=row.first != row.sequence,
            former_numbers=tuple(former.get(row.first, ())),
            heard_at=heard.get(row.first),
        )
        for place, row in found
    )


def _heard(connection: Connection, firsts: Sequence[int]) -> dict[int, datetime]:
    """Return when the last statement about each certificate arrived."""
    heard: dict[int, datetime] = {}
    for question in (_BEGUN, _SINCE):
        for row in connection.execute(question, {"firsts": list(firsts)}):
            heard[row.first] = max(row.received_at, heard.get(row.first, row.received_at))
    return heard


_FORMER: Final = select(FORMER_NUMBERS.c.certificate, FORMER_NUMBERS.c.certificate_number).order_by(
    FORMER_NUMBERS.c.certificate_number
)
# Two questions, since each has an index of its own.
_BEGUN: Final = select(MESSAGES.c.sequence.label("first"), MESSAGES.c.received_at).where(
    MESSAGES.c.sequence.in_(bindparam("firsts", expanding=True))
)
_SINCE: Final = (
    select(STATEMENTS.c.subject.label("first"), MESSAGES.c.received_at)
    .join(MESSAGES, MESSAGES.c.sequence == STATEMENTS.c.sequence)
    .outerjoin(HOLDS, HOLDS.c.message == STATEMENTS.c.sequence)
    .where(
        STATEMENTS.c.subject.in_(bindparam("firsts", expanding=True)),
        STATEMENTS.c.subject != STATEMENTS.c.sequence,
        or_(HOLDS.c.state.is_(None), HOLDS.c.state != HoldState.REFUSED),
    )
)
