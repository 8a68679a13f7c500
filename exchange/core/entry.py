"""What the store is asked to keep, and what it gives back: values only.

- An `Entry` is one message with everything that follows from it. It is committed whole or
  not at all: statement, receipt, ledger leaf, deliveries and the change to the register.
- A refused message is an entry too (`Verdict.REJECTED`): it is receipted and repeated
  identically. So is one that waits for its predecessor (`Verdict.HELD`).
- A digest over octets is a message digest, one over canonical content a content digest; what
  refers to a document uses the content digest.

Example:
    >>> Message(sender=BodyId("CN-CB-0103"), message_id=..., digest=..., received_at=...)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from exchange.core.declarations import Declared
from exchange.core.lifecycle import Change, Mode
from exchange.core.model import (
    BodyId,
    ContentDigest,
    DocumentId,
    Fingerprint,
    Kind,
    MessageDigest,
    MessageId,
    Status,
)

DeliveryId = NewType("DeliveryId", str)
"""A UUID in lower case; also the message id under which a delivery is pushed."""
Sequence = NewType("Sequence", int)
"""Position in the ledger of the first receipt of a message: 0, 1, 2 and so on, dense."""


class Verdict(StrEnum):
    """What the hub decided about a message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HELD = "held"
    """Accepted by the gates, waiting for the status change before it (STC-02)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery of one document by one sender; sender and message id name it."""

    sender: BodyId
    message_id: MessageId
    digest: MessageDigest
    addressees: tuple[str, ...] = ()
    """As the sender gave them, bodies or economies; none means *register only*. Order and
    repetition mean nothing."""
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttestation:
    """What an attestation says to the register."""

    attestation_id: str
    certificate_number: str
    scheme: str
    revision: int
    status: Status
    since: datetime
    """From when the status holds."""
    expires_at: datetime | None = None
    """The first instant after the last valid day, in the issuer's zone; `None` is open."""
    parts: frozenset[str] = frozenset()
    """What its scope consists of, see `exchange.core.parts` (STC-07)."""
    taken_over: bool = False
    """Older than the hub: the first entry may have any revision and status (ATT-03)."""
    replaces: tuple[tuple[DocumentId, ContentDigest], ...] = ()
    """Header/Replaces (HDR-06)."""
    words: str = ""
    """What the search finds it by, see `exchange.core.index_entry`; empty is never found."""
    next_surveillance: date | None = None
    """The day by which the next surveillance is due."""
    parents: tuple[ContentDigest, ...] = ()
    """The attestations whose sub-certificate it is (REL-01)."""
    taken_from: tuple[ContentDigest, ...] = ()
    """The attestations of another body that a transfer takes over (TRF-01)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatusChange:
    """What a status change says to the register."""

    attestation_id: str
    certificate_number: str
    attestation_digest: ContentDigest
    """Content digest of the latest revision of the attestation (STC-01)."""
    sequence: int
    """Counted per attestation from 1 (STC-02)."""
    previous: Status
    new: Status
    change: Change
    effective_at: datetime
    added: frozenset[str] = frozenset()
    """Parts that come into the scope."""
    removed: frozenset[str] = frozenset()
    """Parts that leave the scope."""
    acts_for: frozenset[BodyId] = frozenset()
    """Other issuers whose attestations this signer may change as their successor (STC-09)."""
    vouches_for: frozenset[BodyId] = frozenset()
    """Other issuers whose attestations this signer may restrict and transfer by legal act, as
    the authority that vouches for them (STC-09)."""
    replaces: tuple[tuple[DocumentId, ContentDigest], ...] = ()
    """Header/Replaces (HDR-06)."""
    reasons: tuple[str, ...] = ()
    """Codes of `MRHUB-REASON`."""
    suspension_end: datetime | None = None
    """The first instant after the last day of a suspension, in the issuer's zone."""
    next_surveillance: date | None = None
    """The day by which the next surveillance is due, if the change says so."""
    successor: ContentDigest | None = None
    """Of a transfer: the attestation that takes the place (TRF-02)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An accepted document, without its octets."""

    content_digest: ContentDigest
    document_id: DocumentId
    kind: Kind
    issuer: BodyId
    scheme: str | None = None
    """SchemeID, for the filters of those who pull."""
    claim: NewAttestation | NewStatusChange | None = None
    """What it changes in the register; `None` changes nothing."""
    signer: Fingerprint | None = None
    """The key certificate that signed it."""
    declared: tuple[Declared, ...] = ()
    """What a declaration says about each scheme."""
    about: str | None = None
    """What it is about where it changes nothing in the register; `None` is itself alone."""

    @property
    def order_key(self) -> str:
        """Statements with the same key reach each addressee in the order of their commits."""
        if self.claim is None:
            return self.about or self.document_id
        return f"{self.issuer}/{self.claim.certificate_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """A signed receipt: its octets, and what is needed to find it."""

    receipt_id: DocumentId
    stage: str
    """A value of `exchange.core.receipt_document.Stage`."""
    outcome: str
    """A value of `exchange.core.receipt_document.Outcome`."""
    issuer: BodyId
    produced_at: datetime
    data: bytes
    """The octets, byte-exact."""
    message_digest: MessageDigest
    content_digest: ContentDigest | None = None
    """`None` when the message was not read that far."""
    previous: bytes | None = None
    """SHA-256 of the octets of the receipt before this one."""
    digest: bytes = field(init=False)
    """SHA-256 of `data`."""

    def __post_init__(self) -> None:
        """Compute the digest from the octets, so that they never differ."""
        object.__setattr__(self, "digest", sha256(self.data).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One addressee that shall get the statement."""

    delivery_id: DeliveryId
    addressee: BodyId
    """A body; the service has resolved economies."""
    mode: Mode
    next_at: datetime
    """From when it may be handed out; for a push the first attempt."""
    deadline: datetime | None = None
    """When the hub gives up; `None` waits for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """Whose suspension a document was refused under."""

    body: BodyId
    key: Fingerprint | None
    """The key that signed the document, if the refusal is about one."""
    code: str
    """Of the refusal, in the words of `exchange.codes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which recipient a notice tells about which cause, and which part of it."""

    cause: int
    """Its number among the causes."""
    addressee: BodyId
    part: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRemoval:
    """An order by which the octets of a statement are deleted."""

    statement: ContentDigest
    order: str
    """Court or authority, number and date."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message and everything that follows from it, committed together."""

    message: Message
    verdict: Verdict = Verdict.ACCEPTED
    statement: Statement | None = None
    """Given unless refused."""
    data: bytes = b""
    """The octets that arrived. Of a refused message they may be left empty: then only its
    digest is kept."""
    receipt: ReceiptRecord
    deliveries: tuple[NewDelivery, ...] = ()
    evidence: bytes | None = None
    """The authorisation on which the hub signed, when it issued the statement itself."""
    hold_until: datetime | None = None
    """For `Verdict.HELD`: when waiting ends (STC-02: 24 hours after arrival)."""
    actions: int | None = None
    """For an action: how many there were when it was decided. It enters only as the next one."""
    interrupted: Interrupted | None = None
    """For a refusal: whose suspension it was refused under."""
    pushed: Mapping[BodyId, datetime] = field(default_factory=dict)
    """Bodies to which the hub pushes, with the instant at which it would give up; those who are
    told because they received the certificate before pull, unless they stand here."""
    token: bytes = b""
    """For an attestation: 16 random octets, which become the token of the QR address when a
    certificate begins with it."""
    told: Told | None = None
    """For a notice of this hub: whom it tells what."""
    removal: NewRemoval | None = None
    """For a notice of this hub: the statement whose octets go with its commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What is durable now."""

    sequence: Sequence
    """The position of the receipt in the ledger."""
    verdict: Verdict
    receipt: bytes
    """The first receipt, byte-exact."""
    receipt_digest: bytes
    content_digest: ContentDigest | None
    repeated: bool = False
    """The same message was there before; nothing was written."""
    duplicate: bool = False
    """Another message had brought the same content before; the statement was not stored
    twice, and who had got it already does not get it again."""
    deliveries: tuple[DeliveryId, ...] = ()
    """Those that were made by this commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message with its first receipt."""

    sequence: Sequence
    message: Message
    verdict: Verdict
    receipt: bytes
    receipt_digest: bytes
    content_digest: ContentDigest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatement:
    """A statement with its octets."""

    sequence: Sequence
    content_digest: ContentDigest
    document_id: DocumentId
    kind: Kind
    issuer: BodyId
    scheme: str | None
    message_digest: MessageDigest
    data: bytes | None
    """`None` when the octets were removed by order; receipts and proofs still hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A receipt with its place in the ledger."""

    index: int
    receipt_id: DocumentId
    stage: str
    outcome: str
    issuer: BodyId
    produced_at: datetime
    content_digest: ContentDigest | None
    message_sequence: Sequence
    sender: BodyId
    """Who sent the message."""
    delivery_id: DeliveryId | None
    addressee: BodyId | None
    """The addressee of the delivery, for acknowledgements."""
    previous: bytes | None
    digest: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A signed checkpoint of the ledger."""

    size: int
    root: bytes
    note: bytes
    """The C2SP signed note."""
    signed_at: datetime
