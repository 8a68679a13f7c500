"""A back-up from another process than the hub's, whether the hub runs or not.

The copy is consistent and nobody waits for it: SQLite reads one state beside the writer, and
PostgreSQL dumps one. The hub's lock on its file is not needed and not taken.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from exchange.codes.store import StoreCode
from exchange.errors import Finding, StoreError
from exchange.store.backup import back_up
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite


async def back_up_beside(url: str, path: Path) -> None:
    """Write a consistent copy of a hub's database to a new file.

    Args:
        url: As in the hub's settings.
        path: The file to write; it must not exist.

    Raises:
        StoreError: There is no such database, the file exists, or the copy failed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise _failed(path, "expected the URL of a database") from exc
    if parsed.get_backend_name() != "sqlite":
        async with PostgreSQL.open(parsed) as database:
            await back_up(database, path)
        return
    source = Path(parsed.database or "")
    if not source.is_file():  # noqa: ASYNC240 - nothing else runs in this process
        raise _failed(path, f"expected a database at {source}, found none")
    await back_up(SQLite(source), path)


def _failed(path: Path, message: str) -> StoreError:
    return StoreError(Finding(code=StoreCode.BACKUP, path=str(path), message=message))
