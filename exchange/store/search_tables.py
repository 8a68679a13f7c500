"""The index of the search: one row for each statement and status, made of tokens.

- `search_words` is a contentless FTS5 table on SQLite and a column of tokens under GIN on
  PostgreSQL. No engine splits, folds or ranks: they get tokens of `exchange.core.words`, between
  blanks, and are asked for tokens.
- The number of a row is `place`: the sequence of the revision times eight, and its status. A
  status that a certificate gets later is a further row with the same words; what is current is
  decided by the register, so rows are only ever added, but for removals by order.
- Positions are not kept: a phrase is found by the pairs that it consists of.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Table

from exchange.core.model import Status
from exchange.store.columns import Number
from exchange.store.tables import METADATA

PLACES: Final = 8
"""Rows that one statement can have: as many as there are statuses, and one more."""
NUMBERS: Final = {
    Status.DRAFT: 0,
    Status.ACTIVE: 1,
    Status.SUSPENDED: 2,
    Status.WITHDRAWN: 3,
    Status.CANCELLED: 4,
    Status.EXPIRED: 5,
    Status.SUPERSEDED: 6,
}
"""Of statuses, in `place`; never changed, since rows stand under them."""

SEARCH_PROGRESS: Final = Table(
    "search_progress",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=False),
    # Of tokens and facets; what another edition made is made again.
    Column("edition", Number, nullable=False),
    # Statements from here on and before `until` are not in the index yet.
    Column("next", Number, nullable=False),
    Column("until", Number, nullable=False),
    CheckConstraint("id = 1", name="single"),
    sqlite_strict=True,
)

WORDS: Final = "search_words"
"""The table that no engine describes as the other does."""

# Every octet beyond ASCII is part of a token to this tokenizer, so tokens stay as they are.
_FTS5: Final = (
    f"CREATE VIRTUAL TABLE {WORDS} USING fts5(words, content='', detail=none, "
    "tokenize=\"ascii tokenchars ':.'\")"
)
_TABLE: Final = f"CREATE TABLE {WORDS} (place bigint PRIMARY KEY, words tsvector NOT NULL)"
_COLUMN: Final = f"ALTER TABLE {WORDS} ALTER COLUMN words SET STORAGE MAIN"
# What waits to be sorted into the index is read by every question, so it is kept short.
_GIN: Final = (
    f"CREATE INDEX {WORDS}_gin ON {WORDS} USING gin (words) "
    "WITH (fastupdate = on, gin_pending_list_limit = 512)"
)
MAKE: Final = {
    "sqlite": (_FTS5,),
    "postgresql": (_TABLE, _COLUMN, _GIN),
}


def is_of_search(name: str | None) -> bool:
    """Tell whether a table or index is the index of the search, or a shadow of it."""
    return name is not None and name.startswith(WORDS)
