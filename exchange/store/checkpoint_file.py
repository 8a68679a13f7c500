"""The last signed checkpoint, kept outside the database.

A signed checkpoint is a promise to everybody. The file has to know of every promise, so the
order is: the records are durable, the checkpoint is signed, the file is written, the database
remembers it, and only then is it shown. A crash in between leaves a file with a promise that
nobody has seen; it is true all the same, since it covers records that were durable before.
So the file is never behind what was shown, and never ahead of the ledger, unless somebody
restored the database to less: then nothing is signed until an operator decides.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from exchange.codes.store import StoreCode
from exchange.core.checkpoint import Checkpoint, read_checkpoint
from exchange.errors import Finding, StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFile:
    """One file with one signed note."""

    path: Path

    async def read(self) -> Checkpoint | None:
        """Return what was promised last; `None` when there is no file.

        Raises:
            StoreError: The file cannot be read.
            RejectedError: It holds no checkpoint.
        """
        note = await self.note()
        return None if note is None else read_checkpoint(note)

    async def note(self) -> bytes | None:
        """Return the signed note itself; `None` when there is no file."""
        try:
            return await asyncio.to_thread(self.path.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise self._failed(exc) from exc

    async def write(self, note: bytes) -> None:
        """Replace the note; when this returns it is on the disk.

        Raises:
            StoreError: It is not; the checkpoint must not be shown.
        """
        try:
            await asyncio.to_thread(self._write, note)
        except OSError as exc:
            raise self._failed(exc) from exc

    def _write(self, note: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may share the folder: each writes a file of its own beside it.
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.partial")
        with partial.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    async def set_aside(self) -> Path | None:
        """Make room for a new beginning, by decision of an operator.

        The old promise is kept beside, under the size that it spoke of.

        Returns:
            Where it is now; `None` when there was none.
        """
        kept = await self.read()
        if kept is None:
            return None
        aside = self.path.with_name(f"{self.path.name}.{kept.size}.set-aside")
        try:
            await asyncio.to_thread(self.path.rename, aside)
        except OSError as exc:
            raise self._failed(exc) from exc
        return aside

    def _failed(self, exc: OSError) -> StoreError:
        return StoreError(
            Finding(code=StoreCode.CHECKPOINT_FILE, path=str(self.path), message=str(exc))
        )
