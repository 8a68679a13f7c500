"""Checkpoints: the ledger's size and root, signed, and kept outside the database as well.

- A grown ledger gets a checkpoint at every turn of the duty, and once more at the end.
- The file is written first and made durable, then the database: a back-up that is restored
  finds a file that knows more, and the hub signs nothing until an operator decides.
- A checkpoint key that is suspended or revoked signs none; the ledger grows on, and the first
  checkpoint of another key, or of this one when it is restored, covers it all.
- The operator decides with the setting `accept_restored_size`: exactly that many entries.
"""

from __future__ import annotations

import structlog

from exchange.core.checkpoint import checkpoint_body, signed_note
from exchange.core.entry import StoredCheckpoint
from exchange.core.model import KeyRole
from exchange.errors import StoreError
from exchange.service.hub import Hub
from exchange.store.checkpoint_file import CheckpointFile

_log = structlog.get_logger(__name__)


async def check_ledger(hub: Hub) -> None:
    """Hold the ledger against the last signed checkpoint; note it when it has forgotten.

    Raises:
        StoreError: The database or the file cannot be read.
        RejectedError: The file holds no checkpoint.
    """
    kept = await CheckpointFile(path=hub.settings.checkpoint_file).read()
    try:
        await hub.store.check_checkpoint(kept)
    except StoreError as error:
        size = await hub.store.tree_size()
        if hub.settings.accept_restored_size == size:
            _log.warning("restored-ledger-accepted", action="checkpoint", size=size)
            return
        hub.refuses_to_sign = error.findings
        _log.error("refuses-to-sign", action="checkpoint", cause=error.findings[0].message)


async def sign_checkpoint(hub: Hub) -> StoredCheckpoint | None:
    """Sign the ledger as it is now, if it has grown.

    Raises:
        StoreError: The database or the file of the last checkpoint fails.
        VaultError: The checkpoint key cannot be used.
    """
    if hub.refuses_to_sign:
        return None
    async with hub.signing:
        return await _sign_grown(hub)


async def _sign_grown(hub: Hub) -> StoredCheckpoint | None:
    size = await hub.store.tree_size()
    before = await hub.store.latest_checkpoint()
    if size == 0 or (before is not None and before.size == size):
        return None
    root = await hub.store.root(size)
    key = await hub.own_key(KeyRole.CHECKPOINT)
    if key.refusal is not None:
        if not hub.checkpoints_stopped:
            _log.error("refuses-to-sign", action="checkpoint", cause=key.refusal.message)
        hub.checkpoints_stopped = (key.refusal,)
        return None
    hub.checkpoints_stopped = ()
    name, origin = key.name, hub.settings.origin
    body = checkpoint_body(origin, size, root)
    signature = await hub.vault.sign_note(name, body)
    note = signed_note(body, origin, await hub.vault.public_key(name), signature)
    checkpoint = StoredCheckpoint(size=size, root=root, note=note, signed_at=hub.clock())
    await CheckpointFile(path=hub.settings.checkpoint_file).write(note)
    await hub.store.save_checkpoint(checkpoint)
    _log.info("checkpoint-signed", action="checkpoint", size=size)
    return checkpoint
