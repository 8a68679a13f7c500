"""A database as the store sees it: a place where plain functions run inside a transaction.

SQL is written once, as functions over a SQLAlchemy connection (`Work`). SQLite runs them in
threads, PostgreSQL through asyncpg; neither kind of waiting shows in the functions. The faults
of drivers become ours here and nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Row
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    SQLAlchemyError,
)

from exchange.codes.service import StoreCode
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
    next, so the two have different codes.
    """
    # asyncpg reports values that it cannot encode as an interface error of its own.
    of_item = isinstance(
        exc, IntegrityError | DataError | ValueError | TypeError | OverflowError
    ) or (isinstance(exc, InterfaceError) and not exc.connection_invalidated)
    code = StoreCode.UNWRITABLE if of_item else StoreCode.UNAVAILABLE
    # A driver quotes parameters, which are contents; the first line says what happened.
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig is not None else exc
    message = str(cause).partition("\n")[0][:200]
    return StoreError(Finding(code=code, message=f"{type(cause).__name__}: {message}"))
