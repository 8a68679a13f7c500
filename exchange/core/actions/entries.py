"""Where an entry stands: its digest, and the state of each of its keys at an instant.

- The state of a key follows from its periods and its two last instants; nothing else is kept.
- An entry is named by the digest of what the list says of the body, so that a change made from
  another entry is noticed.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from exchange.core.actions.life import KeyState
from exchange.core.actions.values import EntryDigest
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.core.trust_writing import write_entry
from exchange.core.xml import canonical


def entry_digest(body: Body) -> EntryDigest:
    """Return the digest that names the entry of a body, 32 bytes."""
    return EntryDigest(sha256(canonical(write_entry(body))).digest())


def key_state(entry: KeyEntry, at: datetime) -> KeyState:
    """Return where a listed key stands at an instant.

    Example:
        >>> key_state(entry, entry.signs_until)
        <KeyState.RETIRING: 'retiring'>
    """
    status = entry.status_at(at)
    if status is None:
        return KeyState.APPROVED
    if status is KeyStatus.REVOKED:
        return KeyState.REVOKED
    if status is KeyStatus.WITHDRAWN or at >= entry.accepted_until:
        return KeyState.RETIRED
    if status is KeyStatus.SUSPENDED:
        return KeyState.SUSPENDED
    return KeyState.RETIRING if at >= entry.signs_until else KeyState.ACTIVE
