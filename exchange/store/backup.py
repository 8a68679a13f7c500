"""A copy of the whole database while the hub runs; the dictionaries are part of it.

SQLite copies itself (`VACUUM INTO`) from one consistent state, without stopping the writer.
PostgreSQL has its own tool, `pg_dump`, which is called when it is there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from exchange.codes.store import StoreCode
from exchange.errors import Finding, StoreError
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite

_TIMEOUT_SECONDS: Final = 6 * 3600


def _failed(path: Path, message: str) -> StoreError:
    return StoreError(Finding(code=StoreCode.BACKUP, path=str(path), message=message))


async def back_up(database: SQLite | PostgreSQL, path: Path) -> None:
    """Write a back-up to a new file.

    Raises:
        StoreError: The file exists, or the copy failed; then no file is left behind.
    """
    if await asyncio.to_thread(path.exists):
        raise _failed(path, "expected a new file, found one that exists")
    if isinstance(database, SQLite):
        await asyncio.to_thread(_copy_file, database.path, path)
    else:
        await _dump(database, path)


def _copy_file(source: Path, path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            # A reader never checkpoints: two that do so are what the WAL-reset bug needs.
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute("VACUUM INTO ?", (str(partial),))
        _settle(partial, path)
    except (OSError, sqlite3.Error) as exc:
        partial.unlink(missing_ok=True)
        raise _failed(path, str(exc)) from exc


def _settle(partial: Path, path: Path) -> None:
    """Give the finished copy its name once its octets are on the disk."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def _complaint(process: asyncio.subprocess.Process) -> str:
    """Return what a program complained of; when nobody waits any more, end it first."""
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.communicate()
        raise
    return said.decode(errors="replace").strip()[:300]


async def _dump(database: PostgreSQL, path: Path) -> None:
    tool = shutil.which("pg_dump")
    if tool is None:
        raise _failed(path, "expected pg_dump on the path, found none: install it, or run it there")
    partial = path.with_name(path.name + ".partial")
    dsn = database.url.set(drivername="postgresql", password=None).render_as_string()
    # The password goes through the environment, where other users cannot read it.
    secret = {} if database.url.password is None else {"PGPASSWORD": str(database.url.password)}
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            process = await asyncio.create_subprocess_exec(
                tool,
                "--format=custom",
                f"--file={partial}",
                f"--dbname={dsn}",
                env={**os.environ, **secret},
                stderr=asyncio.subprocess.PIPE,
            )
            complaint = await _complaint(process)
        if process.returncode:
            raise _failed(path, complaint)
        await asyncio.to_thread(_settle, partial, path)
    except (OSError, TimeoutError) as exc:
        raise _failed(path, str(exc)) from exc
    finally:
        await asyncio.to_thread(partial.unlink, missing_ok=True)
