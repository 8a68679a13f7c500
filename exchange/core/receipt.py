"""Receipts: signed statements about a message, and the acknowledgements of partners.

Rules, in order (RCP of documents and rules, section 10):
 1. a receipt passes gates 1 to 4 like every statement, its key having the role *receipt*;
 2. its issuer is the body that the key belongs to;
 3. stage and outcome fit each other (`FITS`, RCP-03);
 4. it was produced at or after the arrival that it reports (RCP-04);
 5. a refusal says why, an acceptance has nothing fatal in it (RCP-05);
 6. a signature that did not pass has a sub-indication (RCP-06);
 7. where the reader knows the message or the receipt before, they agree (RCP-01, RCP-02).

Receipts get no receipt. They are made from a template and checked by one verification:

    draft = write(Receipt(...))           # then signed with the issuer's receipt key
    receipted = read_receipt(data, snapshot, at)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from exchange.codes import Code, every_code
from exchange.codes.rules import RuleCode
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
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted, establish
from exchange.core.xml import parse
from exchange.errors import Finding, RuleError, Severity

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
    """The hub gave up handing the message over: its deadline passed."""


class Outcome(StrEnum):
    """What became of the message at that step."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted-with-warnings"
    UNREADABLE = "unreadable"
    REJECTED = "rejected"


GOOD: Final = frozenset({Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_WARNINGS})

FITS: Final[Mapping[Stage, frozenset[Outcome]]] = {
    Stage.ACCEPTED: GOOD,
    Stage.REJECTED: frozenset({Outcome.REJECTED, Outcome.UNREADABLE}),
    Stage.ACKNOWLEDGED: frozenset(Outcome),
    Stage.FAILED: frozenset({Outcome.REJECTED}),
}
"""Which outcomes may stand with which stage (RCP-03)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipted:
    """A receipt whose signature, key and content were checked."""

    receipt: Receipt
    trusted: Trusted
    digest: bytes
    """SHA-256 of the octets of the receipt: what the next receipt refers to."""


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
    return escape(_NOT_XML.sub("\ufffd", value))


def _attribute(value: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", value))


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _octets(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def write(receipt: Receipt) -> bytes:
    """Return the unsigned XML of a receipt, ready for signing.

    Source: `schemas/receipt/receipt-1.xsd`.
    """
    parts = [
        f'<Receipt xmlns="{NAMESPACE}" Id="R-{receipt.receipt_id[9:]}" schemaVersion="1.0">',
        f"<ReceiptID>{receipt.receipt_id}</ReceiptID>",
        f"<Stage>{receipt.stage.value}</Stage>",
        f"<Outcome>{receipt.outcome.value}</Outcome>",
        f"<Issuer>{_text(receipt.issuer)}</Issuer>",
        f"<MessageID>{receipt.message_id}</MessageID>",
        f"<Sender>{_text(receipt.sender)}</Sender>",
        *(f"<Addressee>{_text(addressee)}</Addressee>" for addressee in receipt.addressees),
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
        parts.append(f"<KeyFingerprint>{result.key.hex()}</KeyFingerprint>")
    parts.append("</SignatureResult>")
    return "".join(parts)


def _finding(finding: ReportedFinding) -> str:
    path = f"<Path>{_text(finding.path)}</Path>" if finding.path.strip() else ""
    return (
        f"<Finding code={_attribute(finding.code)} severity={_attribute(finding.severity.value)}>"
        f"{path}<Message>{_text(finding.message)}</Message></Finding>"
    )


def read(root: etree._Element) -> Receipt:
    """Return the values of a receipt that is valid under its schema.

    Args:
        root: The `Receipt` element, parsed from canonical signed octets.
    """
    texts: dict[str, str] = {}
    addressees: list[str] = []
    findings: list[ReportedFinding] = []
    signature: SignatureResult | None = None
    for child in root:
        name = etree.QName(child).localname
        if name == "Addressee":
            addressees.append(child.text or "")
        elif name == "Finding":
            findings.append(_read_finding(child))
        elif name == "SignatureResult":
            signature = _read_signature_result(child)
        else:
            texts[name] = child.text or ""
    return Receipt(
        receipt_id=DocumentId(texts["ReceiptID"]),
        stage=Stage(texts["Stage"]),
        outcome=Outcome(texts["Outcome"]),
        issuer=BodyId(texts["Issuer"]),
        message_id=MessageId(texts["MessageID"]),
        sender=BodyId(texts["Sender"]),
        addressees=tuple(addressees),
        message_digest=MessageDigest(base64.b64decode(texts["MessageDigest"])),
        kind=Kind(texts["StatementKind"]) if "StatementKind" in texts else None,
        content_digest=(
            ContentDigest(base64.b64decode(texts["ContentDigest"]))
            if "ContentDigest" in texts
            else None
        ),
        custody=Custody(texts["Custody"]) if "Custody" in texts else None,
        previous=(
            base64.b64decode(texts["PreviousReceipt"]) if "PreviousReceipt" in texts else None
        ),
        received_at=datetime.fromisoformat(texts["ReceivedDateTime"]),
        produced_at=datetime.fromisoformat(texts["ProducedDateTime"]),
        snapshot_id=SnapshotId(texts["SnapshotID"]),
        signature=signature,
        findings=tuple(findings),
    )


def _read_finding(element: etree._Element) -> ReportedFinding:
    texts = {etree.QName(child).localname: child.text or "" for child in element}
    return ReportedFinding(
        code=element.get("code", ""),
        severity=Severity(element.get("severity", "")),
        path=texts.get("Path", ""),
        message=texts["Message"],
    )


def _read_signature_result(element: etree._Element) -> SignatureResult:
    texts = {etree.QName(child).localname: child.text or "" for child in element}
    return SignatureResult(
        indication=Indication(texts["Indication"]),
        sub_indication=(
            SubIndication(texts["SubIndication"]) if "SubIndication" in texts else None
        ),
        signed_at=datetime.fromisoformat(texts["SigningTime"]) if "SigningTime" in texts else None,
        key=Fingerprint(bytes.fromhex(texts["KeyFingerprint"]))
        if "KeyFingerprint" in texts
        else None,
    )


def read_receipt(
    data: bytes,
    snapshot: Snapshot,
    at: datetime,
    *,
    message_digest: MessageDigest | None = None,
    previous: bytes | None = None,
) -> Receipted:
    """Check a receipt and return what it says.

    Args:
        data: The octets of the receipt, exactly as they arrived.
        snapshot: Everything that the verdict depends on.
        at: The instant at which it is known to have existed, aware UTC.
        message_digest: SHA-256 of the message that it must be about, where the reader knows it.
        previous: SHA-256 of the receipt that it must follow, where the reader knows it.

    Raises:
        RejectedError: The receipt is at fault; at station 9 the caller turns it into `PeerError`.
        UndecidedError: The trust lists are too old to say.

    Source: rules RCP-01 to RCP-07.
    """
    conforming = conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits)
    signed = verify(conforming, snapshot.algorithms)
    trusted = establish(signed, snapshot, at)
    if signed.kind is not Kind.RECEIPT:
        raise RuleError(
            Finding(
                code=RuleCode.RCP_03,
                path="/",
                message=f"expected a receipt, found a statement of kind {signed.kind.value}",
            )
        )
    receipt = read(signed.root)
    findings = (
        *_about(receipt, message_digest, previous),
        *judge_receipt(receipt),
    )
    if findings:
        raise RuleError(*findings)
    return Receipted(receipt=receipt, trusted=trusted, digest=sha256(data).digest())


def _about(
    receipt: Receipt, message_digest: MessageDigest | None, previous: bytes | None
) -> Iterator[Finding]:
    """Hold a receipt against what its reader knows (RCP-01, RCP-02)."""
    if message_digest is not None and receipt.message_digest != message_digest:
        yield Finding(
            code=RuleCode.RCP_01,
            path="/Receipt/MessageDigest",
            message=f"expected {message_digest.hex()}, found {receipt.message_digest.hex()}",
        )
    if previous is not None and receipt.previous not in (None, previous):
        yield Finding(
            code=RuleCode.RCP_02,
            path="/Receipt/PreviousReceipt",
            message="expected the digest of the receipt before this one, found another",
        )


def judge_receipt(receipt: Receipt) -> Iterator[Finding]:
    """Yield what is wrong inside a receipt, whoever wrote it.

    Source: rules RCP-03 to RCP-06; RCP-07 is the required element `SnapshotID` of the schema.
    """
    if receipt.outcome not in FITS[receipt.stage]:
        yield Finding(
            code=RuleCode.RCP_03,
            path="/Receipt/Outcome",
            message=f"outcome {receipt.outcome.value} does not fit stage {receipt.stage.value}",
        )
    if receipt.produced_at < receipt.received_at:
        yield Finding(
            code=RuleCode.RCP_04,
            path="/Receipt/ProducedDateTime",
            message=f"expected {_instant(receipt.received_at)} or later, "
            f"found {_instant(receipt.produced_at)}",
        )
    fatal = any(finding.severity is Severity.FATAL for finding in receipt.findings)
    if fatal is (receipt.outcome in GOOD):
        yield Finding(
            code=RuleCode.RCP_05,
            path="/Receipt/Finding",
            message="an acceptance has a fatal finding"
            if fatal
            else f"outcome {receipt.outcome.value} names no fatal finding",
        )
    result = receipt.signature
    if (
        result is not None
        and result.indication is not Indication.TOTAL_PASSED
        and result.sub_indication is None
    ):
        yield Finding(
            code=RuleCode.RCP_06,
            path="/Receipt/SignatureResult",
            message=f"indication {result.indication.value} has no sub-indication",
        )


def known_code(finding: ReportedFinding) -> Code | None:
    """Return our own code for a finding that somebody reported, if we have it."""
    return next((code for code in every_code() if code.value == finding.code), None)
