"""Which of a body's keys in the vault signs now: the one that the trust list grants.

- The vault may hold several keys for one purpose, told apart by a suffix: `XX-HUB-01/receipt`
  and `XX-HUB-01/receipt-2027`. A new one is brought onto the list like the key of any partner,
  and signs from the instant at which the list grants it.
- Of several that are granted the newest signs, so a rotation needs no switch.
- A key that is suspended, revoked, or whose signing has ended is never chosen while another
  one is granted. Where none is granted the list decides nothing, and the key without a suffix
  is the one, as at the first start: readers will say what they think of it.
- Of that one `stop` says whether it is suspended or revoked; then whoever asked does not sign.

Example:
    >>> await own_key(vault, body, KeyRole.RECEIPT, snapshot, at)
    OwnKey(name='XX-HUB-01/receipt-2027', …)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from exchange.codes.trust import TrustCode
from exchange.core.interruptions import (
    NOTHING_INTERRUPTED,
    Interruption,
    Interruptions,
    Stopped,
    stopped,
)
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.errors import Finding
from exchange.vault.vault import KeyName, Vault, key_name, split_name

_STOPS: Final[Mapping[KeyStatus | None, Stopped]] = MappingProxyType(
    {KeyStatus.SUSPENDED: Stopped.SUSPENDED, KeyStatus.REVOKED: Stopped.REVOKED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A key of the vault that signs for a body now."""

    name: KeyName
    certificates: tuple[bytes, ...]
    """DER, leaf first."""
    stop: Interruption | None
    """What forbids that it signs; nothing does for a key that is granted or stands on no list."""

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the key certificate."""
        return Fingerprint(sha256(self.certificates[0]).digest())

    @property
    def refusal(self) -> Finding | None:
        """Why nothing may be signed with it, if it is stopped."""
        if self.stop is None:
            return None
        is_suspended = self.stop.what is Stopped.SUSPENDED
        body, role = split_name(self.name)
        return Finding(
            code=TrustCode.KEY_SUSPENDED if is_suspended else TrustCode.KEY_REVOKED,
            message=stopped(f"{role.value} key of {body}", self.stop),
        )


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
        key = OwnKey(name=name, certificates=certificates, stop=None)
        entry = entries.get(key.fingerprint)
        if entry is None or (among is not None and key.fingerprint not in among):
            continue
        if best is None or entry.signs_from > best[0]:
            best = entry.signs_from, key
    if best is not None:
        return best[1]
    name = key_name(body_id, role)
    certificates = await vault.certificates(name)
    stop = stop_of(
        Fingerprint(sha256(certificates[0]).digest()),
        listed=listed,
        at=at,
        interruptions=interruptions,
    )
    return OwnKey(name=name, certificates=certificates, stop=stop)


def stop_of(
    fingerprint: Fingerprint, *, listed: Body | None, at: datetime, interruptions: Interruptions
) -> Interruption | None:
    """Return what forbids a key to sign: the word of administrators, or what its list says."""
    stop = interruptions.key_at(fingerprint, at)
    if stop is not None or listed is None:
        return stop
    for key in listed.keys:
        what = _STOPS.get(key.status_at(at)) if key.fingerprint == fingerprint else None
        if what is not None:
            since = next(one.not_before for one in key.periods if one.not_before <= at)
            return Interruption(what=what, since=since)
    return None


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
