"""Status changes that wait for the one before them (STC-02), and how the waiting ends in vain.

A status change across a gap is stored and receipted as held. Either the missing one arrives and
its turn comes; or its time runs out, or its turn shows that it may not enter. Whoever sent it gets
a second signed receipt then: the first said that it waits, and a promise is not left hanging.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.core.entry import Message, ReceiptRecord, Sequence
from exchange.core.model import BodyId, ContentDigest, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A status change that waits, or waited in vain, for the one before it."""

    sequence: Sequence
    """Of its message."""
    message: Message
    kind: Kind
    content_digest: ContentDigest
    receipt_digest: bytes
    """SHA-256 of the receipt that said that it is held."""
    attestation_id: str
    issuer: BodyId
    waiting_for: int
    """The sequence number of the status change that is missing."""
    until: datetime
    fault: str | None
    """The code of the rule that refused it when its turn came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """The hub's own signed statement that a held status change does not enter."""

    hold: Hold
    receipt: ReceiptRecord
    at: datetime
    code: str
    """Why: STC-02 when its time ran out, otherwise the rule that refused it."""
