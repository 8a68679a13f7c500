"""SQLite: one process owns the file, one thread writes, a few read.

- The owner holds an operating system lock beside the file for as long as it runs; a second
  start is refused. Two writers would also wake the WAL-reset bug of SQLite before 3.51.3, so
  the connection that writes is the only one that ever checkpoints.
- WAL and `synchronous=FULL`: what was answered survives a power cut.
- A whole transaction is one hop to the writer thread, where an asynchronous driver would hop
  once for each statement.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from exchange.codes.store import StoreCode
from exchange.errors import Finding, StoreError
from exchange.store.engine import FAULTS, T, Work, translated

READERS: Final = 2
"""Threads that read while one writes."""

# The file's pages are in the system's cache as well, so ours is kept small: with 64 MiB the
# hub grew by as much over its first hundred thousand messages.
_WRITER: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-6144",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA wal_autocheckpoint=16384",
    "PRAGMA trusted_schema=OFF",
)
_READER: Final = (
    "PRAGMA query_only=ON",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-2048",
    "PRAGMA trusted_schema=OFF",
)


def _engine(path: Path, pragmas: tuple[str, ...], begin: str) -> Engine:
    """Return an engine whose transactions begin as said."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        # Each connection stays in the thread that opened it, except for closing.
        connect_args={"check_same_thread": False, "isolation_level": None},
    )

    def connected(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


class OwnerLock:
    """The operating system's lock on `<file>.lock`, gone with the process that held it."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            StoreError: Another process, or another store in this one, holds it.
        """
        path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(self._descriptor)
            raise StoreError(
                Finding(
                    code=StoreCode.OWNED_BY_ANOTHER_PROCESS,
                    path=str(database),
                    message="expected to be the only hub on this file, found another",
                )
            ) from exc

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


class SQLite:
    """A database in one file."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        """Prepare threads and engines; connections are opened where they are used."""
        self.path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._write_engine = _engine(path, _WRITER, "BEGIN IMMEDIATE")
        self._read_engine = _engine(path, _READER, "BEGIN")
        self._write_connection: Connection | None = None
        self._local = threading.local()
        self._opened: list[Connection] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[SQLite]:
        """Own the file until the block ends.

        Raises:
            StoreError: Another process owns it, or it cannot be opened.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = OwnerLock(path)
        except OSError as exc:
            raise translated(exc) from exc
        database = cls(path)
        try:
            yield database
        finally:
            # Readers first, so that the writer is the last and leaves no log behind.
            await asyncio.to_thread(database._close)
            lock.release()

    def _close(self) -> None:
        self._readers.shutdown()
        for connection in self._opened:
            connection.close()
        self._writer.submit(self._close_writer)
        self._writer.shutdown()

    def _close_writer(self) -> None:
        if self._write_connection is not None:
            self._write_connection.close()

    async def write(self, work: Work[T]) -> T:
        """Run the work in the writer thread; it ends even when the caller goes away."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._write, work)

    def _write(self, work: Work[T]) -> T:
        try:
            if self._write_connection is None:
                self._write_connection = self._write_engine.connect()
            with self._write_connection.begin():
                return work(self._write_connection)
        except FAULTS as exc:
            raise translated(exc) from exc

    async def read(self, work: Work[T]) -> T:
        """Run the work in one of the reader threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        try:
            connection: Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._read_engine.connect()
                self._local.connection = connection
                self._opened.append(connection)
            with connection.begin():
                return work(connection)
        except FAULTS as exc:
            raise translated(exc) from exc

    async def size(self) -> int:
        """Return the octets of the file and its write-ahead log."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    async def scrub(self, _tables: Sequence[str]) -> None:
        """Empty the write-ahead log, so that what was overwritten in the file is nowhere else.

        Raises:
            StoreError: Somebody reads what was there before for longer than we wait.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._scrub)

    def _scrub(self) -> None:
        try:
            if self._write_connection is None:
                self._write_connection = self._write_engine.connect()
            driver: Any = self._write_connection.connection.driver_connection
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute("PRAGMA secure_delete=OFF")
        except FAULTS as exc:
            raise translated(exc) from exc
        if busy:
            raise StoreError(
                Finding(code=StoreCode.UNAVAILABLE, message="the log could not be emptied yet")
            )

    @asynccontextmanager
    async def hints(self) -> AsyncIterator[AsyncIterator[str]]:
        """Give nothing: no other process can make work in this file."""
        yield _silence()


async def _silence() -> AsyncIterator[str]:
    await asyncio.Event().wait()
    yield ""
