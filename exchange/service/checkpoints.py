"""Checkpoints: the ledger's size and root, signed, and kept outside the database as well.

- A grown ledger gets a checkpoint at every turn of the duty, and once more at the end.
- The file is written first and made durable, then the database: a back-up that is restored
  finds a file that knows more, and the hub signs nothing until an operator decides.
- The operator decides with the setting `accept_restored_size`: exactly that many entries.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import structlog

from exchange.codes.service import StoreCode
from exchange.core.checkpoint import (
    Checkpoint,
    checkpoint_body,
    may_sign,
    read_checkpoint,
    signed_note,
)
from exchange.core.entry import StoredCheckpoint
from exchange.core.model import KeyRole
from exchange.errors import Finding, RejectedError, StoreError
from exchange.service.hub import Hub
from exchange.vault.vault import key_name

_log = structlog.get_logger(__name__)


async def check_ledger(hub: Hub) -> None:
    """Hold the ledger against the last signed checkpoint; note it when it has forgotten.

    Raises:
        StoreError: The file of the last checkpoint cannot be read.
    """
    kept = await asyncio.to_thread(_read, hub.settings.checkpoint_file)
    size = await hub.store.tree_size()
    inside = kept is not None and 0 < kept.size <= size
    try:
        may_sign(
            kept,
            size=size,
            root_then=await hub.store.root(kept.size) if kept is not None and inside else None,
            signed_before=await hub.store.latest_checkpoint() is not None,
        )
    except StoreError as error:
        if hub.settings.accept_restored_size == size:
            _log.warning("restored-ledger-accepted", action="checkpoint", size=size)
            return
        hub.refuses_to_sign = (error.findings[0].message,)
        _log.error("refuses-to-sign", action="checkpoint", cause=error.findings[0].message)


async def sign_checkpoint(hub: Hub) -> StoredCheckpoint | None:
    """Sign the ledger as it is now, if it has grown.

    Raises:
        StoreError: The database or the file of the last checkpoint fails.
        VaultError: The checkpoint key cannot be used.
    """
    if hub.refuses_to_sign:
        return None
    size = await hub.store.tree_size()
    before = await hub.store.latest_checkpoint()
    if size == 0 or (before is not None and before.size == size):
        return None
    root = await hub.store.root(size)
    name = key_name(hub.id, KeyRole.CHECKPOINT)
    origin = hub.settings.origin
    body = checkpoint_body(origin, size, root)
    signature = await hub.vault.sign_note(name, body)
    note = signed_note(body, origin, await hub.vault.public_key(name), signature)
    checkpoint = StoredCheckpoint(size=size, root=root, note=note, signed_at=hub.clock())
    await asyncio.to_thread(_write, hub.settings.checkpoint_file, note)
    await hub.store.save_checkpoint(checkpoint)
    _log.info("checkpoint-signed", action="checkpoint", size=size)
    return checkpoint


def _read(path: Path) -> Checkpoint | None:
    try:
        return read_checkpoint(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, RejectedError) as exc:
        raise StoreError(Finding(code=StoreCode.CHECKPOINT_MISSING, message=str(exc))) from exc


def _write(path: Path, note: bytes) -> None:
    """Replace the file so that a crash leaves the old one or the new one, never half."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise StoreError(
            Finding(code=StoreCode.UNWRITABLE, path=path.name, message=str(exc).lower())
        ) from exc
