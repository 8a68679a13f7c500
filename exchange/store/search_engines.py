"""How the index of the search is asked for the newest rows that have every clause.

- SQLite walks the lists of the tokens from the end, which is the order that is wanted.
- PostgreSQL gives what an index of tokens finds in no order. So it looks at the newest rows one
  after the other first: a common word fills a page from there. Where it does not, the index is
  asked for a window of places: two bitmaps, of the tokens and of the places, are laid over each
  other, and only rows that are in both are read. What does not fill a page from there either is
  taken as a whole if it is little, and in wider and wider windows if it is much.
- A question for a number goes to the index at once: few certificates have it.
- The planner of PostgreSQL does not know which words go together or never do, and guesses scans of
  whole tables from it; while a window is asked for, it is left no other choice. Where the whole
  index is asked, the bound is an expression that it cannot look up: it would read every place
  below the bound from the index of places.

Source: PostgreSQL manual, sections 11.5, 12.9 and 20.7.1; https://sqlite.org/fts5.html, 4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, text

from exchange.core.index_entry import Facet
from exchange.core.searching import Clause
from exchange.store.search_tables import PLACES

Ask = Callable[[int, int], list[int]]
"""Gives so many places below a place, the highest first; fewer are all there are."""

NEWEST: Final = 4_096
"""Rows that PostgreSQL looks at in their order before it asks the index."""
WINDOW: Final = 65_536 * PLACES
"""Places of the first window of the index: those of so many statements."""
FEW: Final = 3_000
"""Rows that PostgreSQL takes from the index as a whole, whatever their order."""
_WIDER: Final = 4
_NUMBER: Final = f"{Facet.NUMBER.value}:"


def _sqlite(connection: Connection, clauses: Sequence[Clause]) -> Ask:
    # A token has letters, digits, colons and dots only.
    asked = " AND ".join(
        "(" + " OR ".join(f'"{one.text}"' + " *" * one.is_prefix for one in clause) + ")"
        for clause in clauses
    )

    def ask(low: int, chunk: int) -> list[int]:
        found = connection.execute(_SQLITE, {"asked": asked, "low": low, "chunk": chunk})
        return list(found.scalars())

    return ask


def _postgresql(connection: Connection, clauses: Sequence[Clause]) -> Ask:
    asked = " & ".join(
        "(" + " | ".join(f"'{one.text}'" + ":*" * one.is_prefix for one in clause) + ")"
        for clause in clauses
    )
    rare = any(map(_is_rare, clauses))

    def ask(low: int, chunk: int) -> list[int]:
        given: dict[str, Any] = {"asked": asked, "low": low, "chunk": chunk}
        if rare:
            return list(connection.execute(ALL, given).scalars())
        edge = connection.execute(EDGE, {"low": low, "newest": NEWEST}).scalar_one_or_none()
        found = list(connection.execute(NEAR, {**given, "edge": edge or 0}).scalars())
        if edge is None or len(found) >= chunk:
            return found
        return found + _behind(connection, asked, edge, chunk - len(found))

    return ask


def _behind(connection: Connection, asked: str, low: int, wanted: int) -> list[int]:
    """Return what is found below a place, behind the rows that were looked at."""
    width = WINDOW
    found = _window(connection, asked, low, width, wanted)
    low -= width
    if low <= 0 or len(found) >= wanted:
        return found
    given = {"asked": asked, "low": low, "most": FEW}
    some = list(connection.execute(SOME, given).scalars())
    if len(some) < FEW:
        return (found + sorted(some, reverse=True))[:wanted]
    while low > 0 and len(found) < wanted:
        width *= _WIDER
        found += _window(connection, asked, low, width, wanted - len(found))
        low -= width
    return found


def _window(connection: Connection, asked: str, low: int, width: int, wanted: int) -> list[int]:
    connection.execute(BITMAPS)
    given = {"asked": asked, "low": low, "edge": max(low - width, 0), "chunk": wanted}
    found = list(connection.execute(IN_WINDOW, given).scalars())
    connection.execute(_AS_BEFORE)
    return found


def _is_rare(clause: Clause) -> bool:
    """Tell whether a clause is about one number, which few certificates have."""
    return all(one.text.startswith(_NUMBER) for one in clause)


ASK: Final[Mapping[str, Callable[[Connection, Sequence[Clause]], Ask]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
_SQLITE: Final = text(
    "SELECT rowid FROM search_words WHERE search_words MATCH :asked AND rowid < :low "
    "ORDER BY rowid DESC LIMIT :chunk"
)
EDGE: Final = text(
    "SELECT place FROM search_words WHERE place < :low ORDER BY place DESC OFFSET :newest LIMIT 1"
)
# The expression in the condition must not be one that the index answers.
NEAR: Final = text(
    "SELECT place FROM (SELECT place, words FROM search_words WHERE place < :low "
    "AND place >= :edge ORDER BY place DESC OFFSET 0) AS newest "
    "WHERE words @@ CAST(:asked AS tsquery) ORDER BY place DESC LIMIT :chunk"
)
# A materialized query is planned as if all of it were wanted, and stops when enough is read.
IN_WINDOW: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place >= :edge AND place < :low) "
    "SELECT place FROM found ORDER BY place DESC LIMIT :chunk"
)
SOME: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place + 0 < :low) "
    "SELECT place FROM found LIMIT :most"
)
ALL: Final = text(
    "WITH found AS MATERIALIZED (SELECT place FROM search_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND place + 0 < :low) "
    "SELECT place FROM found ORDER BY place DESC LIMIT :chunk"
)
# Until the transaction ends, or it is taken back.
BITMAPS: Final = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)"
)
_AS_BEFORE: Final = text(
    "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'on', true)"
)
