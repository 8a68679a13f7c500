"""What becomes of a delivery: handed out, acknowledged or given up; values only.

A delivery begins as the `NewDelivery` of an entry and ends with the first signed answer of its
addressee, or with the hub's own statement that it gave up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.core.entry import DeliveryId, ReceiptRecord, Sequence
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import (
    BodyId,
    ContentDigest,
    DocumentId,
    Kind,
    MessageDigest,
    MessageId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery that was handed to the addressee who pulls."""

    delivery_id: DeliveryId
    addressee: BodyId
    sender: BodyId
    message_id: MessageId
    message_digest: MessageDigest
    """SHA-256 of `data`."""
    content_digest: ContentDigest
    document_id: DocumentId
    kind: Kind
    issuer: BodyId
    scheme: str | None
    order_key: str
    data: bytes
    receipt: bytes
    """The hub's receipt of the message; the acknowledgement names its digest as previous."""
    receipt_digest: bytes
    attempts: int
    """How often it was handed out, this time included."""
    created_at: datetime
    leased_until: datetime
    deadline: datetime | None


PushClaim = Leased
"""A delivery that one pusher holds until `leased_until`; the same facts are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """The state of one delivery."""

    delivery_id: DeliveryId
    position: int
    """Order of handing out, and the cursor for paging."""
    message_sequence: Sequence
    content_digest: ContentDigest
    kind: Kind
    addressee: BodyId
    mode: Mode
    state: Delivery
    order_key: str
    attempts: int
    next_at: datetime | None
    """When something happens next; `None` only in a final state."""
    deadline: datetime | None
    last_code: str | None
    """The code of the last fault, in the words of `exchange.codes`."""
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The signed answer of an addressee."""

    delivery_id: DeliveryId
    addressee: BodyId
    receipt: ReceiptRecord
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The hub's own signed statement that it gave up: the delivery becomes a dead letter."""

    delivery_id: DeliveryId
    receipt: ReceiptRecord
    at: datetime
    code: str
    """Why, in the words of `exchange.codes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The receipt that ended a delivery: the first one counts."""

    delivery_id: DeliveryId
    index: int
    """Its position in the ledger."""
    receipt: bytes
    receipt_digest: bytes
    outcome: str
    repeated: bool = False
