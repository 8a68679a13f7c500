"""Many rows of one table, written as the engine takes them.

SQLAlchemy prepares each row of a statement by itself, which takes longer than SQLite takes to
write it. For SQLite a statement is put into words once, values are prepared column by column, and
the driver gets tuples. PostgreSQL's driver batches by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Insert, LargeBinary, TextClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from exchange.store.columns import Identifier

_SQLITE: Final[Dialect] = sqlite.dialect()

Prepare = Callable[[Any], Any]


def write_rows(
    connection: Connection, statement: Insert | TextClause, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows with one statement; there is at least one, and all have the same columns."""
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    words, names, prepared = _worded(statement, tuple(rows[0]))
    columns: list[Iterable[Any]] = list(zip(*map(itemgetter(*names), rows), strict=True))
    for place, prepare in prepared:
        columns[place] = map(prepare, columns[place])
    connection.exec_driver_sql(words, list(zip(*columns, strict=True)))


@cache
def _worded(
    statement: Insert | TextClause, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[tuple[int, Prepare], ...]]:
    """Return the words of a statement, its values in their order, and what prepares them."""
    compiled: Any = statement.compile(dialect=_SQLITE, column_keys=list(columns))
    names = tuple(compiled.positiontup)
    if len(names) < 2:  # noqa: PLR2004
        raise ValueError("expected several columns, found one")
    found = (_prepares(compiled.binds[name].type) for name in names)
    prepared = tuple((place, one) for place, one in enumerate(found) if one is not None)
    return str(compiled), names, prepared


def _prepares(kind: TypeEngine[Any]) -> Prepare | None:
    """Return what prepares values of a type; the driver takes octets as they are."""
    if isinstance(kind, LargeBinary):
        return None
    if isinstance(kind, Identifier):
        return kind.written
    return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
