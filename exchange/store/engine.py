"""A database as the store sees it: a place where plain functions run inside a transaction.

SQL is written once, as functions over a SQLAlchemy connection (`Work`). SQLite runs them in
threads, PostgreSQL through asyncpg; neither kind of waiting shows in the functions. The faults
of drivers become ours here and nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, Row
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
)

from exchange.codes.store import StoreCode
from exchange.errors import Finding, StoreError

T = TypeVar("T")
Record = Row[*tuple[Any, ...]]
"""A row whose columns were listed; it becomes a value before it leaves the store."""
Work = Callable[[Connection], T]
"""Something done inside one transaction."""

FAULTS: tuple[type[Exception], ...] = (
    SQLAlchemyError,
    OSError,
    # Values that a driver cannot encode: half a surrogate pair, a number beyond 64 bits.
    ValueError,
    TypeError,
    OverflowError,
)
"""What comes out of a database call when it fails."""


class Database(Protocol):
    """One database."""

    name: str
    """`sqlite` or `postgresql`."""

    async def write(self, work: Work[T]) -> T:
        """Run the work in a transaction that is durable when this returns.

        Raises:
            StoreError: Nothing was written.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Run work that only reads, on one consistent state.

        Raises:
            StoreError: The database did not answer.
        """
        ...

    async def size(self) -> int:
        """Return the octets that the database takes on disk."""
        ...

    def hints(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Give the names for whom other processes have made work; never to be relied on."""
        ...


def translated(exc: Exception) -> StoreError:
    """Return our error for the fault of a driver.

    Whether a single item or the whole database is at fault decides what the committer does
    next, so the two have different codes. Drivers quote parameters in their messages, which are
    contents; ours names the kind of fault only, and the original is behind it.
    """
    causes = [exc]
    while (cause := _behind(causes[-1])) is not None:
        causes.append(cause)
    state = next(filter(None, (getattr(cause, "sqlstate", None) for cause in causes)), "")
    lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
    of_item = not lost and (state[:2] in _OF_ITEM or any(isinstance(c, _VALUES) for c in causes))
    code = StoreCode.UNWRITABLE if of_item else StoreCode.UNAVAILABLE
    name = type(causes[-1]).__name__
    return StoreError(Finding(code=code, message=f"{name} {state}".rstrip()))


_VALUES: Final = (IntegrityError, DataError, ValueError, TypeError, OverflowError)
_OF_ITEM: Final = frozenset({"22", "23"})
"""Data exception, integrity constraint violation. Source: PostgreSQL, appendix A."""


def _behind(exc: BaseException) -> Exception | None:
    """Return the fault that a fault wraps."""
    behind = exc.orig if isinstance(exc, StatementError) else exc.__cause__
    return behind if isinstance(behind, Exception) else None
