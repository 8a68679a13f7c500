"""Which of a body's keys in the vault signs now: the one that the trust list grants.

- The vault may hold several keys for one purpose, told apart by a suffix: `XX-HUB-01/receipt`
  and `XX-HUB-01/receipt-2027`. A new one is brought onto the list like the key of any partner,
  and signs from the instant at which the list grants it.
- Of several that are granted the newest signs, so a rotation needs no switch.
- A key that is suspended, revoked, or whose signing has ended is never chosen while another
  one is granted. Where none is granted the list decides nothing, and the key without a suffix
  signs, as at the first start: readers will say what they think of it.

Example:
    >>> await own_key(vault, body, KeyRole.RECEIPT, snapshot, at)
    OwnKey(name='XX-HUB-01/receipt-2027', …)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from exchange.core.interruptions import NOTHING_INTERRUPTED, Interruptions
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.vault.vault import KeyName, Vault, key_name, split_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A key of the vault that signs for a body now."""

    name: KeyName
    certificates: tuple[bytes, ...]
    """DER, leaf first."""
    granted: bool
    """Whether the list grants it; `False` for the one that signs because none is granted."""

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the key certificate."""
        return Fingerprint(sha256(self.certificates[0]).digest())


async def own_key(
    vault: Vault,
    body_id: BodyId,
    role: KeyRole,
    *,
    listed: Body | None,
    at: datetime,
    interruptions: Interruptions = NOTHING_INTERRUPTED,
    among: Collection[Fingerprint] | None = None,
) -> OwnKey:
    """Return the key that signs for a body now.

    Args:
        vault: Keeps the keys.
        body_id: Whose key.
        role: For which purpose.
        listed: The body's entry; `None` while it stands on no list.
        at: Now.
        interruptions: What administrators have stopped.
        among: Only these, where another list restricts them further: a delegation names the
            list keys that it is given to.

    Raises:
        VaultError: The vault has no key for this purpose at all.
    """
    entries = {
        key.fingerprint: key
        for key in (() if listed is None else listed.keys)
        if key.role is role and _signs(key, interruptions, at)
    }
    best: tuple[datetime, OwnKey] | None = None
    for name in vault.names():
        if split_name(name) != (body_id, role):
            continue
        certificates = await vault.certificates(name)
        key = OwnKey(name=name, certificates=certificates, granted=True)
        entry = entries.get(key.fingerprint)
        if entry is None or (among is not None and key.fingerprint not in among):
            continue
        if best is None or entry.signs_from > best[0]:
            best = entry.signs_from, key
    if best is not None:
        return best[1]
    name = key_name(body_id, role)
    return OwnKey(name=name, certificates=await vault.certificates(name), granted=False)


async def kept_key(
    vault: Vault, body_id: BodyId, role: KeyRole, fingerprint: Fingerprint
) -> KeyName | None:
    """Return the name under which the vault keeps the key of a certificate, if it does.

    Raises:
        VaultError: The vault cannot be read.
    """
    for name in vault.names():
        if split_name(name) == (body_id, role):
            found = await vault.certificates(name)
            if sha256(found[0]).digest() == fingerprint:
                return name
    return None


def _signs(key: KeyEntry, interruptions: Interruptions, at: datetime) -> bool:
    return (
        key.status_at(at) is KeyStatus.GRANTED
        and at < key.signs_until
        and interruptions.key_at(key.fingerprint, at) is None
    )
