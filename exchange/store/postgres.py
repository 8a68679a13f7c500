"""PostgreSQL 15 and later, through asyncpg; several hub processes may share it.

- `synchronous_commit=on` is set for our sessions whatever the server's default is: what was
  answered survives a power cut.
- Notifications are hints that wake a waiting process early. Nothing depends on them.
- Prepared statements are used, so PgBouncer must not run in transaction mode in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from exchange.store.engine import FAULTS, T, Work, translated

CHANNEL: Final = "exchange_work"
"""The channel on which processes tell each other for whom there is work."""
CONNECTIONS: Final = 8
_TIMEOUT_SECONDS: Final = 30


class PostgreSQL:
    """A database on a server."""

    name = "postgresql"

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        """Keep the engine; connections are opened as needed."""
        self.url = url
        self._engine = engine

    @classmethod
    @asynccontextmanager
    async def open(cls, url: URL) -> AsyncIterator[PostgreSQL]:
        """Hold a pool of connections until the block ends."""
        engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=False,
            pool_timeout=_TIMEOUT_SECONDS,
            connect_args={
                "timeout": _TIMEOUT_SECONDS,
                "command_timeout": _TIMEOUT_SECONDS,
                "server_settings": {
                    "application_name": "exchange",
                    "synchronous_commit": "on",
                    "jit": "off",
                    "timezone": "UTC",
                },
            },
        )
        try:
            yield cls(url, engine)
        finally:
            await engine.dispose()

    async def write(self, work: Work[T]) -> T:
        """Run the work in a transaction of its own."""
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except FAULTS as exc:
            raise translated(exc) from exc

    async def read(self, work: Work[T]) -> T:
        """Run the work on one consistent state."""
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                return await connection.run_sync(work)
        except FAULTS as exc:
            raise translated(exc) from exc

    async def size(self) -> int:
        """Return the octets of the database with its indexes."""
        return await self.read(
            lambda connection: int(
                connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            )
        )

    async def scrub(self, tables: Sequence[str]) -> None:
        """Clear dead rows; their pages are written over by what comes later.

        Raises:
            StoreError: It took too long; the engine does it by itself later.
        """
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                for table in tables:
                    await connection.execute(text(f'VACUUM "{table}"'))
        except FAULTS as exc:
            raise translated(exc) from exc

    @asynccontextmanager
    async def hints(self) -> AsyncIterator[AsyncIterator[str]]:
        """Listen on a connection of its own; when it is lost the hints end, nothing else."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()

        def heard(_connection: Any, _process: int, _channel: str, payload: object) -> None:
            queue.put_nowait(str(payload))

        def lost(_connection: Any) -> None:
            queue.put_nowait(None)

        async with AsyncExitStack() as stack:
            try:
                dsn = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
                connection: Any = await asyncpg.connect(dsn, timeout=_TIMEOUT_SECONDS)
                stack.push_async_callback(connection.close)
                connection.add_termination_listener(lost)
                await connection.add_listener(CHANNEL, heard)
            except (asyncpg.PostgresError, OSError) as exc:
                raise translated(exc) from exc
            yield _taken(queue.get)


async def _taken(get: Callable[[], Any]) -> AsyncIterator[str]:
    while (payload := await get()) is not None:
        yield payload
