"""What the store keeps about trust beside the statements themselves, as values.

- Actions are statements; here stand only their numbers. The state of trust is never kept: it
  is folded from the actions, in the order of these numbers.
- A published list is kept with its octets for good, so that "what was trusted when" has an
  answer after any change.

Example:
    >>> [action.number for action in await store.actions(after=0, limit=100)]
    [1, 2, 3]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from exchange.core.entry import Interrupted, Message, ReceiptRecord, Sequence
from exchange.core.model import BodyId, ContentDigest, Economy
from exchange.core.trust_values import ListType


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAction:
    """An action as it was committed."""

    number: int
    """1, 2, 3 and so on, dense, in the order of the ledger; the founding is 1."""
    sequence: Sequence
    """Of the message that brought it."""
    digest: ContentDigest
    """Content digest of the sealed statement."""
    data: bytes
    """The sealed statement, byte-exact."""
    receipt: bytes
    """The first receipt, byte-exact."""
    received_at: datetime
    """Its proof time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedList:
    """A signed list that this hub has published; type, territory and sequence name it."""

    type: ListType
    territory: Economy
    sequence: int
    issued_at: datetime
    next_update: datetime
    actions: int
    """How many actions it shows: what was decided after them is not on it yet."""
    data: bytes
    """The octets, byte-exact."""
    digest: bytes = field(init=False)
    """SHA-256 of `data`."""

    def __post_init__(self) -> None:
        """Compute the digest from the octets, so that they never differ."""
        object.__setattr__(self, "digest", sha256(self.data).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Which version of a list a partner holds, by its own word."""

    partner: BodyId
    name: str
    """File name of the list, such as `CN.xml`."""
    sequence: int
    """Sequence number of the list that the partner holds."""
    keys: int
    """How many keys it holds from all lists; zero is an alarm."""
    at: datetime
    """When it said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationData:
    """A revocation list or an answer of an OCSP responder, as it was fetched."""

    url: str
    data: bytes
    fetched_at: datetime
    next_update: datetime | None
    """Until when it says that it is fresh; `None` when it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMeanwhile:
    """A document that was refused while its key or its body was suspended."""

    sequence: Sequence
    """Of its message."""
    message: Message
    interrupted: Interrupted
    receipt_digest: bytes
    """SHA-256 of the negative receipt, which a later notice follows."""
    told_at: datetime | None
    """When its sender was told that the suspension was lifted; `None` until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The hub's signed word that what a document was refused under does not stand any more."""

    refused: RefusedMeanwhile
    receipt: ReceiptRecord
    at: datetime
