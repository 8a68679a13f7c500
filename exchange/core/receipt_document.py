"""What a receipt says, and its XML form: written from a template, read back from it.

The form is `schemas/receipt/receipt-1.xsd`. Whether a receipt is to be believed is decided in
`exchange.core.receipt`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from exchange.core.document.blanks import SEPARATOR, blank_text
from exchange.core.document.cursor import Cursor, words_of
from exchange.core.model import (
    BodyId,
    ContentDigest,
    Custody,
    DocumentId,
    Fingerprint,
    Indication,
    Kind,
    MessageDigest,
    MessageId,
    SnapshotId,
    SubIndication,
)
from exchange.core.trust_markup import attribute, escaped
from exchange.errors import Finding, Severity

NAMESPACE: Final = "urn:mrhub:receipt:1"
MAX_FINDINGS: Final = 100
"""Findings written into one receipt; the rest are counted in the last one."""


class Stage(StrEnum):
    """The step of the road that a receipt proves."""

    ACCEPTED = "accepted"
    """The issuer examined the message, committed it durably and put it into its ledger."""
    REJECTED = "rejected"
    """The issuer examined the message and refuses it; the refusal is committed too."""
    ACKNOWLEDGED = "acknowledged"
    """The addressee took the message over and says what became of it."""
    FAILED = "failed"
    """The hub gave up: the deadline for handing the message over passed, or a held status change
    did not enter."""


class Outcome(StrEnum):
    """What became of the message at that step."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted-with-warnings"
    UNREADABLE = "unreadable"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureResult:
    """What the issuer found about the signature of the message."""

    indication: Indication
    sub_indication: SubIndication | None = None
    signed_at: datetime | None = None
    """The claimed signing time, aware UTC."""
    key: Fingerprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """A finding as somebody else wrote it: the code may be newer than this software."""

    code: str
    severity: Severity
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Everything that a receipt says."""

    receipt_id: DocumentId
    stage: Stage
    outcome: Outcome
    issuer: BodyId
    message_id: MessageId
    sender: BodyId
    addressees: tuple[str, ...] = ()
    """As the sender gave them: bodies, economies, or none for *register only*."""
    message_digest: MessageDigest
    kind: Kind | None = None
    """`None` when the message could not be read that far."""
    content_digest: ContentDigest | None = None
    custody: Custody | None = None
    """Where the key that signed the statement is kept."""
    previous: bytes | None = None
    """SHA-256 of the octets of the receipt before this one for the same message."""
    received_at: datetime
    produced_at: datetime
    snapshot_id: SnapshotId
    signature: SignatureResult | None = None
    findings: tuple[ReportedFinding, ...] = ()


def report(findings: tuple[Finding, ...]) -> tuple[ReportedFinding, ...]:
    """Return our findings as they stand in a receipt; at most `MAX_FINDINGS`."""
    return tuple(
        ReportedFinding(
            code=finding.code.value,
            severity=finding.severity,
            path=finding.path,
            message=finding.message,
        )
        for finding in findings[:MAX_FINDINGS]
    )


# XML 1.0, production 2 (Char): what a message quoted from a hostile document may contain
# beyond it would make the receipt itself unreadable.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(value: str) -> str:
    return escaped(_NOT_XML.sub("\ufffd", value))


def _attribute(value: str) -> str:
    return f'"{attribute(_NOT_XML.sub(chr(0xFFFD), value))}"'


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _octets(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _body(name: str) -> str:
    """Return a body, or an economy that stands for the bodies in it, with its scheme.

    Source: `schemas/code-lists/identifier-schemes.json`.
    """
    kind = name.split("-")[1] if "-" in name else "ISO3166-1"
    return f' schemeID="{"CAB" if kind == "CB" else kind}">{_text(name)}'


def write(receipt: Receipt) -> bytes:
    """Return the unsigned XML of a receipt, ready for signing: its exclusive canonical form.

    So nothing has to be parsed before it is signed.

    Source: `schemas/receipt/receipt-1.xsd`.
    """
    parts = [
        f'<Receipt xmlns="{NAMESPACE}" Id="R-{receipt.receipt_id[9:]}" schemaVersion="1.0">',
        f"<ReceiptID>{receipt.receipt_id}</ReceiptID>",
        f"<Stage>{receipt.stage.value}</Stage>",
        f"<Outcome>{receipt.outcome.value}</Outcome>",
        f"<Issuer{_body(receipt.issuer)}</Issuer>",
        f"<MessageID>{receipt.message_id}</MessageID>",
        f"<Sender{_body(receipt.sender)}</Sender>",
        *(f"<Addressee{_body(addressee)}</Addressee>" for addressee in receipt.addressees),
        f"<MessageDigest>{_octets(receipt.message_digest)}</MessageDigest>",
    ]
    if receipt.kind is not None:
        parts.append(f"<StatementKind>{receipt.kind.value}</StatementKind>")
    if receipt.content_digest is not None:
        parts.append(f"<ContentDigest>{_octets(receipt.content_digest)}</ContentDigest>")
    if receipt.custody is not None:
        parts.append(f"<Custody>{receipt.custody.value}</Custody>")
    if receipt.previous is not None:
        parts.append(f"<PreviousReceipt>{_octets(receipt.previous)}</PreviousReceipt>")
    parts += [
        f"<ReceivedDateTime>{_instant(receipt.received_at)}</ReceivedDateTime>",
        f"<ProducedDateTime>{_instant(receipt.produced_at)}</ProducedDateTime>",
        f"<SnapshotID>{receipt.snapshot_id}</SnapshotID>",
    ]
    if receipt.signature is not None:
        parts.append(_signature_result(receipt.signature))
    parts += (_finding(finding) for finding in receipt.findings)
    parts.append("</Receipt>")
    return "".join(parts).encode()


def _signature_result(result: SignatureResult) -> str:
    parts = [f"<SignatureResult><Indication>{result.indication.value}</Indication>"]
    if result.sub_indication is not None:
        parts.append(f"<SubIndication>{result.sub_indication.value}</SubIndication>")
    if result.signed_at is not None:
        parts.append(f"<SigningTime>{_instant(result.signed_at)}</SigningTime>")
    if result.key is not None:
        parts.append(f"<KeyFingerprint>{_octets(result.key)}</KeyFingerprint>")
    parts.append("</SignatureResult>")
    return "".join(parts)


def _finding(finding: ReportedFinding) -> str:
    # A path is a token of 300 characters without angle brackets; a message has 4000.
    place = " ".join(re.sub("[<>]", "", _NOT_XML.sub("\ufffd", finding.path)).split())[:300]
    path = f"<Path>{_text(place.strip())}</Path>" if _shows(place) else ""
    message = finding.message[:4000]
    return (
        f"<Finding code={_attribute(finding.code)} severity={_attribute(finding.severity.value)}>"
        f"{path}<Message>{_text(message if _shows(message) else finding.code)}</Message></Finding>"
    )


def _shows(text: str) -> bool:
    """Tell whether there is anything to see in a text; nobody reads a document without."""
    return bool(text.strip()) and blank_text(f"{SEPARATOR}{text}{SEPARATOR}") is None


def read(content: bytes) -> Receipt:
    """Return the values of a receipt that is valid under its schema.

    Args:
        content: Its canonical octets, without the signature.

    Raises:
        SchemaError: As `receipt`.
    """
    return receipt(Cursor(words_of(content)))


def receipt(cursor: Cursor) -> Receipt:
    """Take a receipt that is valid under its schema.

    Raises:
        SchemaError: A value is none that we know, where the schema leaves room for later ones;
            or an instant or digest is one that only libxml2 reads.
    """
    cursor.enter("Receipt")
    found = Receipt(
        receipt_id=DocumentId(cursor.word("ReceiptID")),
        stage=cursor.choice("Stage", Stage),
        outcome=cursor.choice("Outcome", Outcome),
        issuer=BodyId(cursor.word("Issuer")),
        message_id=MessageId(cursor.word("MessageID")),
        sender=BodyId(cursor.word("Sender")),
        addressees=cursor.words("Addressee"),
        message_digest=MessageDigest(cursor.octets("MessageDigest")),
        kind=cursor.optional_choice("StatementKind", Kind),
        content_digest=_content_digest(cursor),
        custody=cursor.optional_choice("Custody", Custody),
        previous=cursor.optional_octets("PreviousReceipt"),
        received_at=cursor.instant("ReceivedDateTime"),
        produced_at=cursor.instant("ProducedDateTime"),
        snapshot_id=SnapshotId(cursor.word("SnapshotID")),
        signature=_read_signature_result(cursor) if cursor.sees("SignatureResult") else None,
        findings=_read_findings(cursor),
    )
    cursor.end()
    return found


def _content_digest(cursor: Cursor) -> ContentDigest | None:
    found = cursor.optional_octets("ContentDigest")
    return None if found is None else ContentDigest(found)


def _read_signature_result(cursor: Cursor) -> SignatureResult:
    cursor.enter("SignatureResult")
    indication = cursor.choice("Indication", Indication)
    sub_indication = cursor.optional_choice("SubIndication", SubIndication)
    signed_at = cursor.instant("SigningTime") if cursor.sees("SigningTime") else None
    key = cursor.optional_octets("KeyFingerprint")
    return SignatureResult(
        indication=indication,
        sub_indication=sub_indication,
        signed_at=signed_at,
        key=None if key is None else Fingerprint(key),
    )


def _read_findings(cursor: Cursor) -> tuple[ReportedFinding, ...]:
    found = []
    while cursor.sees("Finding"):
        code = cursor.attribute("code")
        severity = Severity(cursor.attribute("severity"))
        cursor.enter("Finding")
        found.append(
            ReportedFinding(
                code=code,
                severity=severity,
                path=cursor.optional_word("Path") or "",
                message=cursor.word("Message"),
            )
        )
    return tuple(found)
