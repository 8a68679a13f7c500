"""What a stranger needs to verify this hub's receipts and checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.core.checkpoint import verifier_key
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.service.hub import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Public keys; the trust lists say the same about the receipt key."""

    hub: BodyId
    receipt_certificates: tuple[bytes, ...]
    """DER, leaf first."""
    receipt_key: Fingerprint
    origin: str
    """The name of the ledger."""
    checkpoint_key: str
    """A verifier key of C2SP signed-note."""


async def keys_to_verify_with(hub: Hub) -> Keys:
    """Return the hub's public keys.

    Raises:
        VaultError: A key is not there.
    """
    origin = hub.settings.origin
    public = await hub.vault.public_key((await hub.own_key(KeyRole.CHECKPOINT)).name)
    return Keys(
        hub=hub.id,
        receipt_certificates=hub.certificates,
        receipt_key=hub.receipt_key.fingerprint,
        origin=origin,
        checkpoint_key=verifier_key(origin, public),
    )
