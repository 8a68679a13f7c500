"""A worker as the hub's process sees it: started, asked over a socket, and ended.

It builds its snapshot by itself; one that arrives at another snapshot than this process is of no
use and is ended before it answers anything.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from exchange.core.limits import KIB
from exchange.core.model import SnapshotId
from exchange.core.snapshot import Snapshot
from exchange.service.examination import Materials
from exchange.service.frames import LENGTH, Broken, Overlay, encode

START_SECONDS: Final = 60.0
"""How long a worker may take to load schemas and trust lists."""


@dataclass(slots=True, eq=False)
class Worker:
    """One process and the socket to it."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    judges_by: SnapshotId
    worn: int = 0
    """Octets that it has read, as whoever replaces it counts them."""

    async def ask(self, request: Any) -> Any:
        """Send one frame and return the answer to it."""
        self.writer.write(encode(request))
        await self.writer.drain()
        head = await self.reader.readexactly(LENGTH.size)
        body = await self.reader.readexactly(LENGTH.unpack(head)[0])
        return pickle.loads(body)  # noqa: S301 - from our own child

    async def judge_by(self, snapshot: Snapshot) -> None:
        """Lay over what the worker has built what this snapshot has laid over it.

        Raises:
            ConnectionError: The worker arrives at another snapshot: it is of no more use.
        """
        if self.judges_by == snapshot.id:
            return
        overlay = Overlay(
            snapshot_id=snapshot.id,
            interruptions=snapshot.interruptions,
            revocation=snapshot.revocation,
        )
        made = await self.ask(overlay)
        if made != snapshot.id:
            raise ConnectionError("a worker has made another snapshot")
        self.judges_by = snapshot.id

    def kill(self) -> None:
        """End the process now."""
        self.writer.close()
        with suppress(ProcessLookupError):
            self.process.kill()

    async def close(self) -> None:
        """Let the process go: its socket is closed, so it ends by itself."""
        self.writer.close()
        try:
            async with asyncio.timeout(5):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()


async def start_worker(materials: Materials, expected: SnapshotId) -> Worker:
    """Return a worker that has built the same snapshot as this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        # The connection first: from the start of the process on, somebody must answer for it.
        reader, writer = await asyncio.open_connection(sock=ours, limit=1024 * KIB)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "exchange.service.worker",
                stdin=theirs.fileno(),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except BaseException:
            writer.close()
            raise
    worker = Worker(process, reader, writer, expected)
    try:
        async with asyncio.timeout(START_SECONDS):
            snapshot_id = await worker.ask(materials)
        _require_same(snapshot_id, expected)
    except BaseException:
        worker.kill()
        # Killed, it ends at once; a process that nobody waits for would stay in the table.
        await asyncio.shield(worker.process.wait())
        raise
    return worker


def _require_same(answer: SnapshotId | Broken, expected: SnapshotId) -> None:
    """Let a worker pass that judges by what this process judges by."""
    if isinstance(answer, Broken):
        raise _not_started(answer.message)
    if answer != expected:
        # Schemas or code lists on disk are not those that this process has read.
        raise _not_started("it has built another snapshot; restart the hub")


def _not_started(cause: str) -> RuntimeError:
    return RuntimeError(f"a worker did not start: {cause}")
