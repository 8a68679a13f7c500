"""The search of the register: the index that is written with each commit, and questions to it.

- `keep` adds rows in the transaction of the statement; `forget` takes them out when a document is
  removed by order, with the very tokens that were put in, as a contentless index wants it.
- A question is answered newest first, in pages by key. Rows of older revisions and statuses are
  passed over, and what the row of the register does not admit; after `MOST_PASSED` of them the
  page ends early and says that there may be more.
- PostgreSQL looks at the newest rows first, in their order: a common word fills a page from
  there. What is not common is then looked up in the index as a whole. Its planner guesses wrong
  where words go together or never do, so the choice is made here.

Source: https://sqlite.org/fts5.html, sections 4.4.3 and 6.3; PostgreSQL manual, section 12.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text, update

from exchange.core.certificates import CertificateKey
from exchange.core.index_entry import EDITION, Facet, entry_of, facet
from exchange.core.model import BodyId, Kind, Status
from exchange.core.searching import Clause, Question, Row, Sight
from exchange.store.engine import Record
from exchange.store.register import View
from exchange.store.search_tables import NUMBERS, PLACES, SEARCH_PROGRESS
from exchange.store.statements import Unpack
from exchange.store.tables import REGISTER, STATEMENTS

MOST_PASSED: Final = 4_000
"""Rows that one page passes over at most."""
_CHUNK: Final = 64
"""Rows that are asked for at first beyond those of the page; each further question doubles it."""
_NEWEST: Final = 4_096
"""Rows that PostgreSQL looks at in their order before it asks the index."""
_FIRST: Final = 1 << 62
_STATUSES: Final = {number: status for status, number in NUMBERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A certificate that was found, with its latest revision as it is kept."""

    place: int
    first: CertificateKey
    attestation_id: str
    certificate_number: str
    row: Row
    data: bytes | None
    """`None` when the octets were removed by order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page."""

    hits: tuple[Hit, ...]
    after: int | None
    """The place at which the next page begins, `None` when there is nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far what was there before the index has been put into it."""

    done: int
    of: int

    @property
    def is_complete(self) -> bool:
        """Whether every statement is in the index."""
        return self.done >= self.of


# Writing.


def keep(connection: Connection, view: View, words: Mapping[int, str], unpack: Unpack) -> None:
    """Add the rows of everything that a batch has changed in the register.

    Args:
        connection: Inside the transaction of the batch.
        view: What it has changed.
        words: Index entries of the attestations of this batch, by sequence.
        unpack: Gives the octets of earlier ones, whose status has changed.
    """
    fresh: dict[int, str] = {}
    earlier: dict[int, tuple[int, Status]] = {}
    for key, record in view.changed.items():
        statement = view.statements[key]
        place = _place(statement, record.status)
        if statement in words:
            fresh[place] = _with_status(words[statement], record.status)
        else:
            earlier[place] = (statement, record.status)
    if earlier:
        for place in _present(connection, earlier):
            del earlier[place]
    if earlier:
        entries = _entries(connection, {statement for statement, _ in earlier.values()}, unpack)
        for place, (statement, status) in earlier.items():
            fresh[place] = _with_status(entries.get(statement, ""), status)
    _add(connection, fresh)


def forget(connection: Connection, statement: int, unpack: Unpack) -> None:
    """Take a revision out of the index, before its octets are removed."""
    places = _present(connection, [statement * PLACES + number for number in _STATUSES])
    if not places:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_REMOVE, [{"place": place} for place in places])
        return
    entry = _entries(connection, {statement}, unpack).get(statement, "")
    connection.execute(
        _DELETE,
        [
            {"place": place, "words": _with_status(entry, _STATUSES[place % PLACES])}
            for place in places
        ],
    )


def progress(connection: Connection) -> Progress:
    """Return how far the index is."""
    row = connection.execute(_PROGRESS).one()
    return Progress(done=row.next, of=row.until)


def index_more(connection: Connection, limit: int, unpack: Unpack) -> Progress:
    """Put some more of what was there before into the index."""
    row = connection.execute(_PROGRESS).one()
    if row.edition != EDITION:
        raise ValueError(f"expected an index of edition {EDITION}, found {row.edition}")
    found = connection.execute(
        select(STATEMENTS.c.sequence, REGISTER.c.status)
        .join(REGISTER, REGISTER.c.first == STATEMENTS.c.subject)
        .where(
            STATEMENTS.c.sequence >= row.next,
            STATEMENTS.c.sequence < row.until,
            STATEMENTS.c.kind == Kind.ATTESTATION.value,
            REGISTER.c.statement == STATEMENTS.c.sequence,
        )
        .order_by(STATEMENTS.c.sequence)
        .limit(limit)
    ).all()
    wanted = {_place(one.sequence, Status(one.status)): one for one in found}
    for place in _present(connection, wanted):
        del wanted[place]
    entries = _entries(connection, {one.sequence for one in wanted.values()}, unpack)
    _add(
        connection,
        {
            place: _with_status(entries.get(one.sequence, ""), Status(one.status))
            for place, one in wanted.items()
        },
    )
    then = row.until if len(found) < limit else found[-1].sequence + 1
    connection.execute(update(SEARCH_PROGRESS).values(next=then))
    return Progress(done=then, of=row.until)


def _place(statement: int, status: Status) -> int:
    return statement * PLACES + NUMBERS[status]


def _with_status(entry: str, status: Status) -> str:
    return f"{entry} {facet(Facet.STATUS, status.value)}" if entry else ""


def _add(connection: Connection, rows: Mapping[int, str]) -> None:
    # In their order: both engines append to an index rather than open it again.
    values = [{"place": place, "words": rows[place]} for place in sorted(rows) if rows[place]]
    if values:
        connection.execute(_INSERT[connection.dialect.name], values)


def _present(connection: Connection, places: Iterable[int]) -> list[int]:
    return [
        place
        for place in places
        if connection.execute(_KNOWN[connection.dialect.name], {"place": place}).first()
    ]


def _entries(connection: Connection, statements: set[int], unpack: Unpack) -> dict[int, str]:
    """Return the index entries of statements that are kept, from their octets."""
    rows = connection.execute(
        select(STATEMENTS.c.sequence, STATEMENTS.c.issuer, STATEMENTS.c.body).where(
            STATEMENTS.c.sequence.in_(statements), STATEMENTS.c.body.is_not(None)
        )
    ).all()
    return {row.sequence: entry_of(unpack(row.body), BodyId(row.issuer)) for row in rows}


_PROGRESS: Final = select(
    SEARCH_PROGRESS.c.edition, SEARCH_PROGRESS.c.next, SEARCH_PROGRESS.c.until
)
_INSERT: Final = {
    "sqlite": text("INSERT INTO search_words (rowid, words) VALUES (:place, :words)"),
    "postgresql": text(
        "INSERT INTO search_words (place, words) VALUES "
        "(:place, array_to_tsvector(string_to_array(:words, ' '))) ON CONFLICT DO NOTHING"
    ),
}
_DELETE: Final = text(
    "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', :place, :words)"
)
_REMOVE: Final = text("DELETE FROM search_words WHERE place = :place")
_KNOWN: Final = {
    "sqlite": text("SELECT 1 FROM search_words_docsize WHERE id = :place"),
    "postgresql": text("SELECT 1 FROM search_words WHERE place = :place"),
}


# Asking.


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
    low = _FIRST if after is None else after
    found: list[tuple[int, Record]] = []
    passed, chunk = 0, limit + 1 + _CHUNK
    while True:
        places = _ASK[connection.dialect.name](connection, asked, low, chunk)
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
        .where(
            STATEMENTS.c.sequence.in_({place // PLACES for place in places}),
            REGISTER.c.statement == STATEMENTS.c.sequence,
        )
    )
    return {_place(row.sequence, Status(row.status)): row for row in rows}


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


def _ask_sqlite(connection: Connection, asked: str, low: int, chunk: int) -> list[int]:
    found = connection.execute(_SQLITE, {"asked": asked, "low": low, "chunk": chunk})
    return list(found.scalars())


def _ask_postgresql(connection: Connection, asked: str, low: int, chunk: int) -> list[int]:
    given = {"asked": asked, "low": low, "chunk": chunk}
    edge = connection.execute(_EDGE, {"low": low, "newest": _NEWEST}).scalar_one_or_none()
    found = list(connection.execute(_NEAR, {**given, "edge": edge or 0}).scalars())
    if edge is not None and len(found) < chunk:
        rest = {**given, "low": edge, "chunk": chunk - len(found)}
        found += connection.execute(_FAR, rest).scalars()
    return found


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
_FAR: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place < :low) "
    "SELECT place FROM found ORDER BY place DESC LIMIT :chunk"
)
