"""The vault of a running hub is looked at again: by the hour, and when the lists name a new key.

- What was right at the start may be wrong later: a back-up that left a key readable by others,
  a certificate that somebody exchanged. It is said, and nothing is mended silently.
- A key of the hub has to exist before it can be proposed, since it proves its possession. So a
  key that the lists name and the open vault does not know is there when the vault is read
  again, and the hub goes on with it without a restart.
"""

from __future__ import annotations

from hashlib import sha256

import structlog

from exchange.core.model import Fingerprint
from exchange.service.hub import Hub

_log = structlog.get_logger(__name__)


async def look_at_vault(hub: Hub) -> None:
    """Check the vault as at the start.

    Raises:
        VaultError: Something is not as it should be; the keys in use stay those of before.
    """
    before = set(hub.vault.names())
    await hub.vault.check()
    new = sorted(set(hub.vault.names()) - before)
    _log.info("vault-checked", action="vault", keys=len(hub.vault.names()), new=new)


async def take_over_new_keys(hub: Hub) -> None:
    """Read the vault again when the lists name a key of the hub that it does not know yet.

    Raises:
        VaultError: The vault cannot be read.
    """
    missing = await _missing(hub)
    if missing <= hub.keys_missed:
        # Looked for already: such a key is kept elsewhere, and nobody waits for it.
        return
    hub.keys_missed = missing
    await look_at_vault(hub)
    hub.keys_missed = await _missing(hub)


async def _missing(hub: Hub) -> frozenset[Fingerprint]:
    listed = hub.trust.bodies.get(hub.id)
    if listed is None:
        return frozenset()
    kept = {
        Fingerprint(sha256((await hub.vault.certificates(name))[0]).digest())
        for name in hub.vault.names()
        if name.startswith(f"{hub.id}/")
    }
    return frozenset(key.fingerprint for key in listed.keys) - kept
