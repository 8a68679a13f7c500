"""Questions to the register, answered newest first, in pages by key.

- Rows of older revisions and statuses are passed over, and what the row of the register does not
  admit; after `MOST_PASSED` of them the page ends early and says that there may be more. So the
  time of an answer has a bound, whatever is asked.
- PostgreSQL looks at the newest rows first, in their order: a common word fills a page from
  there. What is not common is then looked up in the index as a whole; where that is much, more
  of the newest rows are looked at first. Its planner guesses wrong where words go together or
  never do, so the choice is made here.
- SQLite walks the lists of the tokens from the end, which is the order that is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, text

from exchange.core.certificates import CertificateKey
from exchange.core.index_entry import Facet
from exchange.core.model import BodyId, Fingerprint, Status
from exchange.core.searching import Clause, Question, Row, Sight
from exchange.store import dictionaries
from exchange.store import search as index
from exchange.store.engine import Record
from exchange.store.reader import Reader
from exchange.store.search import Progress, place_of
from exchange.store.search_tables import PLACES
from exchange.store.statements import Unpack
from exchange.store.tables import REGISTER, SIGNERS, STATEMENTS

MOST_PASSED: Final = 4_000
"""Rows that one page passes over at most."""
_CHUNK: Final = 24
"""Rows that are asked for at first beyond those of the page; each further question doubles it."""
_MOST_CHUNK: Final = 1_024
_NEWEST: Final = 4_096
"""Rows that PostgreSQL looks at in their order before it asks the index."""
_FEW: Final = 3_000
"""Rows that PostgreSQL takes from the index, whatever their order; more are a common word."""
_NEWER: Final = 65_536
"""Rows that it looks at in their order for a common word before it sorts all that is found."""
_FIRST: Final = 1 << 62
_NUMBER: Final = f"{Facet.NUMBER.value}:"


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
    asked = _MATCH[connection.dialect.name](clauses)
    common = not any(map(_is_rare, clauses))
    low = _FIRST if after is None else after
    found: list[tuple[int, Record]] = []
    passed, chunk = 0, limit + 1 + _CHUNK
    while True:
        places = _ASK[connection.dialect.name](connection, asked, low, chunk, common)
        rows = _rows(connection, places)
        for place in places:
            low = place
            row = rows.get(place)
            if row is None or not question.admits(_row(row), sight, at):
                passed += 1
                continue
            if len(found) == limit:
                return Hits(hits=_hits(connection, found, unpack), after=found[-1][0])
            found.append((place, row))
        if len(places) < chunk:
            return Hits(hits=_hits(connection, found, unpack), after=None)
        if passed >= MOST_PASSED:
            return Hits(hits=_hits(connection, found, unpack), after=low)
        chunk = min(chunk * 2, 1_024)


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
    return tuple(
        Hit(
            place=place,
            first=CertificateKey(row.first),
            attestation_id=row.attestation_id,
            certificate_number=row.certificate_number,
            row=_row(row),
            signer=None if row.fingerprint is None else Fingerprint(row.fingerprint),
            data=None if (body := bodies.get(row.sequence)) is None else unpack(body),
        )
        for place, row in found
    )


def _sqlite_match(clauses: Sequence[Clause]) -> str:
    """Return an FTS5 expression; a token has letters, digits, colons and dots only."""
    return " AND ".join(
        "(" + " OR ".join(f'"{one.text}"' + " *" * one.is_prefix for one in clause) + ")"
        for clause in clauses
    )


def _postgresql_match(clauses: Sequence[Clause]) -> str:
    return " & ".join(
        "(" + " | ".join(f"'{one.text}'" + ":*" * one.is_prefix for one in clause) + ")"
        for clause in clauses
    )


def _is_rare(clause: Clause) -> bool:
    """Tell whether a clause is about one number, which few certificates have."""
    return all(one.text.startswith(_NUMBER) for one in clause)


def _ask_sqlite(
    connection: Connection,
    asked: str,
    low: int,
    chunk: int,
    common: bool,  # noqa: FBT001
) -> list[int]:
    del common
    found = connection.execute(_SQLITE, {"asked": asked, "low": low, "chunk": chunk})
    return list(found.scalars())


def _ask_postgresql(
    connection: Connection,
    asked: str,
    low: int,
    chunk: int,
    common: bool,  # noqa: FBT001
) -> list[int]:
    given: dict[str, Any] = {"asked": asked, "low": low, "chunk": chunk}
    if not common:
        return list(connection.execute(_FAR, given).scalars())
    found, edge = _newest(connection, given, _NEWEST)
    if edge is None or len(found) >= chunk:
        return found
    few = list(connection.execute(_SOME, {**given, "low": edge, "most": _FEW}).scalars())
    if len(few) < _FEW:
        return (found + sorted(few, reverse=True))[:chunk]
    rest = {**given, "low": edge, "chunk": chunk - len(found)}
    more, edge = _newest(connection, rest, _NEWER)
    if edge is not None and len(more) < rest["chunk"]:
        rest |= {"low": edge, "chunk": rest["chunk"] - len(more)}
        more += connection.execute(_FAR, rest).scalars()
    return found + more


def _newest(
    connection: Connection, given: dict[str, Any], rows: int
) -> tuple[list[int], int | None]:
    """Return what is found in so many rows, and where they end; `None` at the end of all."""
    edge = connection.execute(_EDGE, {"low": given["low"], "newest": rows}).scalar_one_or_none()
    return list(connection.execute(_NEAR, {**given, "edge": edge or 0}).scalars()), edge


_MATCH: Final = {"sqlite": _sqlite_match, "postgresql": _postgresql_match}
_ASK: Final = {"sqlite": _ask_sqlite, "postgresql": _ask_postgresql}
_SQLITE: Final = text(
    "SELECT rowid FROM search_words WHERE search_words MATCH :asked AND rowid < :low "
    "ORDER BY rowid DESC LIMIT :chunk"
)
_EDGE: Final = text(
    "SELECT place FROM search_words WHERE place < :low ORDER BY place DESC OFFSET :newest LIMIT 1"
)
# The expression in the condition must not be one that the index answers.
_NEAR: Final = text(
    "SELECT place FROM (SELECT place, words FROM search_words WHERE place < :low "
    "AND place >= :edge ORDER BY place DESC OFFSET 0) AS newest "
    "WHERE words @@ CAST(:asked AS tsquery) ORDER BY place DESC LIMIT :chunk"
)
# A materialized query is planned as if all of it were wanted, and stops when enough is read.
_SOME: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place < :low) SELECT place FROM found LIMIT :most"
)
_FAR: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place < :low) "
    "SELECT place FROM found ORDER BY place DESC LIMIT :chunk"
)
