"""The index of the search, written in the transaction of the statement.

- `keep` adds a row for each certificate that is new, or has another status than before; `forget`
  takes rows out when a document is removed by order, with the very tokens that were put in, as a
  contentless index wants it.
- The row of a later revision has what the revisions before it said as well, as far as their
  octets are kept; so it is written anew when one of them is removed.
- What was there before the index is put into it in steps (`index_more`), which are continued
  after a stop: a register of a million certificates is not indexed while a hub starts.

Source: https://sqlite.org/fts5.html, sections 4.4.3 and 6.3; PostgreSQL manual, section 12.9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, text, update

from exchange.core.index_entry import EDITION, Facet, entry_of, facet, with_former
from exchange.core.model import BodyId, Kind, Status
from exchange.store.rows import write_rows
from exchange.store.search_tables import NUMBERS, PLACES, SEARCH_PROGRESS
from exchange.store.statements import Unpack
from exchange.store.tables import REGISTER, STATEMENTS
from exchange.store.view import View

_STATUSES: Final = {number: status for status, number in NUMBERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far what was there before the index has been put into it."""

    done: int
    of: int

    @property
    def is_complete(self) -> bool:
        """Whether every statement is in the index."""
        return self.done >= self.of


def keep(connection: Connection, view: View, words: Mapping[int, str], unpack: Unpack) -> None:
    """Add the rows of everything that a batch has changed in the register.

    A first revision of this batch needs no look at what is kept.

    Args:
        connection: Inside the transaction of the batch.
        view: What it has changed.
        words: Index entries of the attestations of this batch, by sequence.
        unpack: Gives the octets of earlier ones, whose status has changed.
    """
    fresh: dict[int, str] = {}
    wanted: dict[int, tuple[int, Status]] = {}
    for key, record in view.changed.items():
        statement = view.statements[key]
        place = place_of(statement, record.status)
        if statement in words and statement == record.first:
            fresh[place] = _with_status(words[statement], record.status)
        else:
            wanted[place] = (statement, record.status)
    if wanted:
        fresh |= _absent(connection, wanted, unpack, words)
    _add(connection, fresh)


def forget(connection: Connection, statement: int, unpack: Unpack) -> None:
    """Take a revision out of the index, before its octets are removed.

    What later revisions say stays, without what this one said.
    """
    revised = {statement, *_after(connection, statement)}
    places = _present(
        connection, [one * PLACES + number for one in revised for number in _STATUSES]
    )
    if not places:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_REMOVE, [{"place": place} for place in places])
    else:
        entries = _entries(connection, revised, unpack)
        rows = _rows(places, entries)
        connection.execute(_DELETE, [{"place": place, "words": rows[place]} for place in places])
    later = [place for place in places if place // PLACES != statement]
    _add(connection, _rows(later, _entries(connection, revised - {statement}, unpack, statement)))


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
    wanted = {
        place_of(one.sequence, Status(one.status)): (one.sequence, Status(one.status))
        for one in found
    }
    _add(connection, _absent(connection, wanted, unpack))
    then = row.until if len(found) < limit else found[-1].sequence + 1
    connection.execute(update(SEARCH_PROGRESS).values(next=then))
    return Progress(done=then, of=row.until)


def place_of(statement: int, status: Status) -> int:
    """Return the number of the row of a revision with a status."""
    return statement * PLACES + NUMBERS[status]


def _with_status(entry: str, status: Status) -> str:
    return f"{entry} {facet(Facet.STATUS, status.value)}" if entry else ""


def _add(connection: Connection, rows: Mapping[int, str]) -> None:
    # In their order: both engines append to an index rather than open it again.
    values = [{"place": place, "words": rows[place]} for place in sorted(rows) if rows[place]]
    if values:
        write_rows(connection, _INSERT[connection.dialect.name], values)


def _present(connection: Connection, places: Iterable[int]) -> list[int]:
    return [
        place
        for place in places
        if connection.execute(_KNOWN[connection.dialect.name], {"place": place}).first()
    ]


def _absent(
    connection: Connection,
    wanted: Mapping[int, tuple[int, Status]],
    unpack: Unpack,
    words: Mapping[int, str] | None = None,
) -> dict[int, str]:
    """Return the rows that are not there yet, of statements with a status, by their place."""
    places = wanted.keys() - _present(connection, wanted)
    statements = {wanted[place][0] for place in places}
    return _rows(places, _entries(connection, statements, unpack, words=words or {}))


def _rows(places: Iterable[int], entries: Mapping[int, str]) -> dict[int, str]:
    return {
        place: _with_status(entries.get(place // PLACES, ""), _STATUSES[place % PLACES])
        for place in places
    }


def _entries(
    connection: Connection,
    statements: Collection[int],
    unpack: Unpack,
    without: int = -1,
    *,
    words: Mapping[int, str] | None = None,
) -> dict[int, str]:
    """Return the index entries of statements that are kept, from their octets.

    Args:
        connection: Inside a transaction.
        statements: Which.
        unpack: Gives octets.
        without: A revision that counts no more.
        words: Entries that are known already.
    """
    made = dict(words or {})
    those = _revisions(connection, statements)
    wanted = {one for each in those.values() for one in each} - made.keys() - {without}
    rows = connection.execute(_KEPT.where(STATEMENTS.c.sequence.in_(wanted)))
    for row in rows:
        made[row.sequence] = entry_of(unpack(row.body), BodyId(row.issuer))
    made.pop(without, None)
    return {
        one: with_former(made.get(one, ""), [made[each] for each in earlier[:-1] if each in made])
        for one, earlier in those.items()
    }


def _revisions(connection: Connection, statements: Collection[int]) -> dict[int, list[int]]:
    """Return each of these revisions behind all that came before it."""
    firsts = {
        row.sequence: row.sequence if row.subject is None else row.subject
        for row in connection.execute(_SUBJECTS.where(STATEMENTS.c.sequence.in_(statements)))
    }
    later: dict[int, list[int]] = {}
    revised = {first for one, first in firsts.items() if one != first}
    if revised:
        for row in connection.execute(_LATER.where(STATEMENTS.c.subject.in_(revised))):
            later.setdefault(row.subject, []).append(row.sequence)
    return {
        one: [first, *(each for each in later.get(first, ()) if each <= one)]
        for one, first in firsts.items()
    }


def _after(connection: Connection, statement: int) -> list[int]:
    """Return the revisions of the same certificate that came later."""
    first = connection.execute(_SUBJECTS.where(STATEMENTS.c.sequence == statement)).one_or_none()
    if first is None or first.subject is None:
        return []
    found = connection.execute(_LATER.where(STATEMENTS.c.subject == first.subject))
    return [row.sequence for row in found if row.sequence > statement]


_SUBJECTS: Final = select(STATEMENTS.c.sequence, STATEMENTS.c.subject)
_KEPT: Final = select(STATEMENTS.c.sequence, STATEMENTS.c.issuer, STATEMENTS.c.body).where(
    STATEMENTS.c.body.is_not(None)
)
# Of all but first revisions; the index of subjects has no others.
_LATER: Final = (
    select(STATEMENTS.c.sequence, STATEMENTS.c.subject)
    .where(
        STATEMENTS.c.subject != STATEMENTS.c.sequence,
        STATEMENTS.c.kind == Kind.ATTESTATION.value,
    )
    .order_by(STATEMENTS.c.sequence)
)
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
