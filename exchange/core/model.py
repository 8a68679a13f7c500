"""The nouns of the house: small frozen values that every layer speaks in.

- Look-alike strings and octets are told apart by `NewType`.
- Closed choices are enumerations whose values are the words used on the wire.
- A *message digest* covers the octets sent; a *content digest* covers the canonical
  signed content. They are never mixed: a signature can be encoded again, so documents
  refer to each other by content digest only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

BodyId = NewType("BodyId", str)
"""A body as the trust lists name it, such as `CN-CB-0103`; never an acronym alone."""
Economy = NewType("Economy", str)
"""ISO 3166-1 alpha-2, or a registered code of a multi-economy body (`XG`, `XS`)."""
DocumentId = NewType("DocumentId", str)
"""`urn:uuid:…` in lower case, chosen by whoever drafts the document."""
MessageId = NewType("MessageId", str)
"""A UUID in lower case without prefix, chosen by whoever submits."""
MessageDigest = NewType("MessageDigest", bytes)
"""SHA-256 of the octets sent, 32 bytes."""
ContentDigest = NewType("ContentDigest", bytes)
"""SHA-256 of the exclusive canonical form without the signature, 32 bytes."""
Fingerprint = NewType("Fingerprint", bytes)
"""SHA-256 of the DER octets of a key certificate, 32 bytes."""
KeyId = NewType("KeyId", bytes)
"""SHA-256 of the DER SubjectPublicKeyInfo, 32 bytes; the same for a renewed certificate."""
SnapshotId = NewType("SnapshotId", str)
"""Hexadecimal SHA-256 over the versions of everything that a verdict depended on."""


class Kind(StrEnum):
    """The kinds of statement; a kind is a schema, a rule file and a projection."""

    ATTESTATION = "attestation"
    STATUS_CHANGE = "status-change"
    RECEIPT = "receipt"
    TRUST_LIST = "trust-list"
    ACTION = "action"
    DECLARATION = "declaration"
    """What a body says of its register here: how complete, how open, as of when."""
    NOTICE = "notice"
    """The hub's word to a recipient that something under certificates it received has changed."""
    VERIFICATION = "verification"
    """The hub's signed answer about one certificate; an answer, never a message."""


class KeyRole(StrEnum):
    """What a key may be used for: one role for each key."""

    ATTESTATION = "attestation"
    STATUS = "status"
    RECOGNITION = "recognition"
    RECEIPT = "receipt"
    CHECKPOINT = "checkpoint"
    LIST = "list"
    TRANSPORT = "transport"


class Custody(StrEnum):
    """Where a private key is kept; shown on the list and in every verdict."""

    OWN = "own"
    HUB = "hub"


class BodyRole(StrEnum):
    """What a body is, in the words of ISO/IEC 17000 and of the house."""

    HUB_OPERATOR = "hub-operator"
    ACCREDITATION_BODY = "accreditation-body"
    CERTIFICATION_BODY = "certification-body"
    LABORATORY = "laboratory"
    RECOGNITION_AUTHORITY = "recognition-authority"


class Status(StrEnum):
    """The life of an attestation (documents and rules, section 8.1)."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Indication(StrEnum):
    """Main status indications of a validation. Source: ETSI EN 319 102-1, clause 5.1.3."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a validation did not pass. Source: ETSI EN 319 102-1, table 6."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
