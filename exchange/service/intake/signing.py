"""Signing rows: with the attestation key of the body, in its own vault, and with no other.

The hub signs nothing here. A body whose key is in the custody of the hub has its drafts issued
(`exchange issue`); everyone else's key never leaves the vault that it is in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from exchange.core.model import BodyId, KeyRole
from exchange.core.signing import complete, prepare
from exchange.core.snapshot import Snapshot
from exchange.errors import VaultError
from exchange.service.own_keys import OwnKey, own_key
from exchange.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSigner:
    """Signs drafts in the name of one body."""

    vault: Vault
    key: OwnKey
    clock: Callable[[], datetime]

    @classmethod
    async def of(
        cls, vault: Vault, body: BodyId, snapshot: Snapshot, clock: Callable[[], datetime]
    ) -> RowSigner:
        """Return the signer with the key that the trust list grants now.

        Raises:
            VaultError: The vault has none, or it was stopped.
        """
        key = await own_key(
            vault,
            body,
            KeyRole.ATTESTATION,
            listed=snapshot.trust.bodies.get(body),
            at=clock(),
            interruptions=snapshot.interruptions,
        )
        if key.refusal is not None:
            raise VaultError(key.refusal)
        return cls(vault=vault, key=key, clock=clock)

    async def sign(self, draft: bytes) -> bytes:
        """Return the signed document.

        Raises:
            RejectedError: The draft is no document that may be signed.
            VaultError: The key cannot be used.
        """
        to_sign = prepare(draft, certificates=self.key.certificates, signed_at=self.clock())
        value = await self.vault.sign(self.key.name, to_sign.octets, to_sign.algorithm)
        return complete(to_sign, value)
