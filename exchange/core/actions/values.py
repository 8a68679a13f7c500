"""What an administrator can say, as values: one action is one person's word.

- An action says one thing: it founds, proposes, approves, rejects, suspends, or notes that an
  approved change is active. It is signed by the person who says it and sealed by the hub.
- A change says how an entry shall stand from now on, whole, and names the entry that it was
  made from: what changed in between makes the proposal outdated, and nothing is overwritten.
- Persons are known by their key and by the digest of an identity document, never by name
  alone: one person with two names is still one person.

Source: house, section 3 (action); `schemas/action/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from exchange.core.certificate import KeyCertificate
from exchange.core.model import BodyId, ContentDigest, DocumentId, Economy, Fingerprint
from exchange.core.trust_values import Body, Operator

PersonId = NewType("PersonId", str)
"""`<body id>/<name>` with a name of lower-case letters, digits and hyphens: `XX-HUB-01/li-wei`."""
EntryDigest = NewType("EntryDigest", bytes)
"""SHA-256 of a body's entry as `exchange.core.trust_writing` writes it, 32 bytes."""


class AdministratorRole(StrEnum):
    """What a person may do for a body (house, section 2)."""

    TRUST_OFFICER = "trust-officer"
    """Proposes, approves, rejects and suspends."""
    OPERATOR = "operator"
    """Runs the hub: publishes lists and sees everything; changes no trust."""
    AUDITOR = "auditor"
    """Sees everything, changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """A person who acts for a body, known by a key of their own."""

    person: PersonId
    body: BodyId
    role: AdministratorRole
    name: str
    """As people write it, in any script."""
    certificate: KeyCertificate
    """Of the person's own key; it signs actions and opens connections, nothing else."""
    identity: bytes
    """SHA-256 of the identity document that was shown at enrolment, 32 bytes."""

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the person's key certificate."""
        return self.certificate.fingerprint


class Channel(StrEnum):
    """How a fingerprint was confirmed, beside the way on which the key came."""

    IN_PERSON = "in-person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Who sent a key, and how its fingerprint was confirmed over a second channel."""

    document: bytes
    """SHA-256 of the letter or agreement, 32 bytes."""
    title: str
    """What the letter or agreement is called."""
    sent_by: str
    """The person or office at the body that sent it."""
    confirmed_by: PersonId
    """The administrator who heard the fingerprint over the second channel."""
    confirmed_with: str
    """The person at the other end."""
    confirmed_at: datetime
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOfPossession:
    """A signature by the arriving key itself over who brings it to whom.

    What is signed: `exchange.core.actions.possession.possession_octets`.
    """

    made_at: datetime
    algorithm: str
    """Identifier of the algorithm table; for Ed25519 that of RFC 9231."""
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What has to come with a key certificate that stands in an entry for the first time."""

    fingerprint: Fingerprint
    proof: ProofOfPossession
    evidence: Evidence | None
    """Approval is refused without it; a proposal may wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyChange:
    """How the entry of a body shall stand, keys and accreditations included."""

    body: Body
    base: EntryDigest | None
    """The entry that this was made from; `None` for a body that is new."""
    arrivals: tuple[Arrival, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorChange:
    """A person who may act for a body from now on, or no longer."""

    administrator: Administrator
    removed: bool = False
    replaces: PersonId | None = None
    """A lost officer whose place this person takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """A list that the hub publishes for an economy, and in whose name."""

    territory: Economy
    operator: Operator


Change = BodyChange | AdministratorChange | ListChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """When an approved change takes effect."""

    at: datetime
    """From this instant on; one that has passed means at once."""
    when_fetched: bool = False
    """Earlier than `at`: as soon as every partner has fetched the list that announces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The ceremony: who begins, under which offline root. Signed by the root itself."""

    hub: Body
    """The operator's entry with its first receipt, checkpoint, list and transport keys."""
    lists: tuple[ListChange, ...]
    """The operator's own list at least."""
    officers: tuple[Administrator, ...]
    """Trust officers, three at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """One person's word that trust shall change."""

    changes: tuple[Change, ...]
    activation: Activation
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """A second person's word, about exactly what was shown to them."""

    proposal: ContentDigest
    shown: bytes
    """`Effects.digest` of what-will-change as it was shown, 32 bytes."""
    evidence: tuple[tuple[Fingerprint, Evidence], ...] = ()
    """Evidence that the proposal still waited for."""
    confirms_shrinking: bool = False
    """The second confirmation without which no list becomes empty or much shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """An officer's word that a proposal shall not take effect; its proposer may withdraw it so."""

    proposal: ContentDigest
    reason: str


class SubjectKind(StrEnum):
    """What can be suspended by one person."""

    KEY = "key"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Emergency: takes effect at once, on one person's word, until two persons lift it."""

    kind: SubjectKind
    body: BodyId
    key: Fingerprint | None
    """The key, where one key is meant; `None` suspends the body."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate:
    """The hub's note that all partners have fetched what a proposal announced."""

    proposal: ContentDigest


Word = Found | Propose | Approve | Reject | Suspend | Activate
"""What one action says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action as it stands in its document."""

    action_id: DocumentId
    hub: BodyId
    made_at: datetime
    """When the person signed it; a claim, as every signing time."""
    word: Word
    person: PersonId | None
    """Who says it; `None` for the founding and for what the hub notes by itself."""
    key: Fingerprint | None
    """The person's key certificate."""
    signature: bytes | None
    """The person's own signature over the digest of the word (`exchange.core.actions.person`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAction:
    """An action whose seal was verified, with where it stands in the ledger's order."""

    action: Action
    digest: ContentDigest
    """Content digest of the sealed statement: how other actions name it."""
    word_digest: bytes
    """SHA-256 of the exclusive canonical form of the Word element, 32 bytes: what the person's
    own signature covers."""
    sealed_by: Fingerprint
    """The hub's receipt key certificate, or the root's for the founding."""
    at: datetime
    """The signing time of the seal, whole seconds: from it everything is counted, so that the
    statements alone decide."""
