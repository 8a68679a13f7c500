"""A notice as values: what the hub tells a recipient about the ground under its certificates.

- A notice has one cause: a key, a body, an accreditation, a statement that was removed by order,
  or a delivery that its recipient has not acknowledged.
- It is written and read by this project alone: `exchange.core.notice_writing` writes what
  `notice` reads.

Source: `schemas/notice/notice-1.xsd`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, assert_never

from exchange.core.document.cursor import Cursor
from exchange.core.document.read_parts import header
from exchange.core.document.values import Digest, Header, LocalName
from exchange.core.model import BodyId, ContentDigest, Fingerprint


class Standing(StrEnum):
    """How it stands with the cause from then on."""

    SUSPENDED = "suspended"
    """By one person or for a time: what rests on it does not count meanwhile."""
    REVOKED = "revoked"
    """A key, for ever."""
    WITHDRAWN = "withdrawn"
    """A body or an accreditation, for ever."""
    LIFTED = "lifted"
    """What was suspended counts again."""
    REMOVED = "removed"
    """The octets of a statement are gone; receipts and proofs stay."""
    LATE = "late"
    """A recipient has not acknowledged a notice in time."""


class Duration(StrEnum):
    """Whether a standing can still change."""

    TEMPORARY = "temporary"
    FINAL = "final"


class KeyCause(NamedTuple):
    """A signing key."""

    fingerprint: Fingerprint
    body: BodyId


class BodyCause(NamedTuple):
    """A certification body, a laboratory or whoever else stands on a list."""

    body: BodyId


class AccreditationCause(NamedTuple):
    """An accreditation of a body; authority, number and standard name it."""

    authority: BodyId
    number: str
    standard: str
    body: BodyId


class RemovalCause(NamedTuple):
    """An order by which a statement was removed."""

    order: str
    """Court or authority, number and date, as the operator gave them."""
    statement: ContentDigest


class DeliveryCause(NamedTuple):
    """A notice that was delivered and is not acknowledged."""

    recipient: BodyId
    statement: ContentDigest


Cause = KeyCause | BodyCause | AccreditationCause | RemovalCause | DeliveryCause
"""What a notice is about."""


def subject_of(cause: Cause) -> str:
    """Return what a cause is about, as one word; notices with the same one follow each other."""
    match cause:
        case KeyCause():
            return f"key/{cause.fingerprint.hex()}"
        case BodyCause():
            return f"body/{cause.body}"
        case AccreditationCause():
            return f"accreditation/{cause.body}/{cause.authority}/{cause.number}/{cause.standard}"
        case RemovalCause():
            return f"removal/{cause.statement.hex()}"
        case DeliveryCause():
            return f"delivery/{cause.recipient}/{cause.statement.hex()}"
        case _:
            assert_never(cause)


class NoticedCertificate(NamedTuple):
    """A certificate that rests on the cause and that the addressee has received."""

    attestation_id: str
    certificate_number: str
    issuer: BodyId
    scheme_id: str
    digest: Digest
    """Of the latest revision that was delivered to the addressee."""


class Notice(NamedTuple):
    """Everything that a notice states."""

    header: Header
    cause: Cause
    action: ContentDigest | None
    """The administrators' action, or the list of another operator, that is the reason."""
    standing: Standing
    duration: Duration
    since: datetime
    texts: tuple[LocalName, ...]
    """The notice as one sentence, once per language."""
    addressee: BodyId | None
    """`None` where it is said to everybody."""
    part: int
    parts: int
    certificates: tuple[NoticedCertificate, ...]
    text_languages: frozenset[tuple[str, ...]]


def notice(cursor: Cursor) -> Notice:
    """Take a notice that is valid under its schema."""
    cursor.enter("Notice")
    first = header(cursor)
    cursor.enter("Cause")
    cause = _cause(cursor)
    action = cursor.optional_octets("Action")
    return Notice(
        first,
        cause,
        None if action is None else ContentDigest(action),
        cursor.choice("Standing", Standing),
        cursor.choice("Duration", Duration),
        cursor.instant("Since"),
        cursor.local_names("Text"),
        BodyId(cursor.word("Addressee")) if cursor.sees("Addressee") else None,
        cursor.count("Part"),
        cursor.count("Parts"),
        _certificates(cursor),
        cursor.languages(),
    )


def _cause(cursor: Cursor) -> Cause:
    match cursor.name():
        case "Key":
            cursor.enter("Key")
            return KeyCause(Fingerprint(cursor.octets("Fingerprint")), BodyId(cursor.word("Body")))
        case "Body":
            cursor.enter("Body")
            return BodyCause(BodyId(cursor.word("Body")))
        case "Accreditation":
            cursor.enter("Accreditation")
            return AccreditationCause(
                BodyId(cursor.word("Authority")),
                cursor.word("Number"),
                cursor.word("Standard"),
                BodyId(cursor.word("Body")),
            )
        case "Removal":
            cursor.enter("Removal")
            return RemovalCause(cursor.word("Order"), ContentDigest(cursor.octets("Statement")))
        case _:
            cursor.enter("Delivery")
            return DeliveryCause(
                BodyId(cursor.word("Recipient")), ContentDigest(cursor.octets("Statement"))
            )


def _certificates(cursor: Cursor) -> tuple[NoticedCertificate, ...]:
    found = []
    while cursor.sees("Certificate"):
        cursor.enter("Certificate")
        found.append(
            NoticedCertificate(
                cursor.word("AttestationID"),
                cursor.word("CertificateNumber"),
                BodyId(cursor.word("Issuer")),
                cursor.word("SchemeID"),
                cursor.digest("Digest"),
            )
        )
    return tuple(found)
