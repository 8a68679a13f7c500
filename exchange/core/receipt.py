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

    draft = write(Receipt(...))  # receipt_document; then signed with the issuer's receipt key
    receipted = read_receipt(data, snapshot, at)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from exchange.codes import Code, every_code
from exchange.codes.receipts import ReceiptCode
from exchange.core.document.cursor import words_of
from exchange.core.document.read import read
from exchange.core.model import Indication, MessageDigest
from exchange.core.receipt_document import Outcome, Receipt, ReportedFinding, Stage
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted, establish
from exchange.core.xml import parse
from exchange.errors import Finding, RuleError, Severity

GOOD: Final = frozenset({Outcome.ACCEPTED, Outcome.ACCEPTED_WITH_WARNINGS})

FITS: Final[Mapping[Stage, frozenset[Outcome]]] = {
    Stage.ACCEPTED: GOOD,
    Stage.REJECTED: frozenset({Outcome.REJECTED, Outcome.UNREADABLE}),
    Stage.ACKNOWLEDGED: frozenset(Outcome),
    Stage.FAILED: frozenset({Outcome.REJECTED}),
}
"""Which outcomes may stand with which stage (RCP-03)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipted:
    """A receipt whose signature, key and content were checked."""

    receipt: Receipt
    trusted: Trusted
    digest: bytes
    """SHA-256 of the octets of the receipt: what the next receipt refers to."""


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
    receipt = read(signed.kind, words_of(signed.content, trusted.tags))
    if not isinstance(receipt, Receipt):
        raise RuleError(
            Finding(
                code=ReceiptCode.RCP_03,
                path="/",
                message=f"expected a receipt, found a statement of kind {signed.kind.value}",
            )
        )
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
            code=ReceiptCode.RCP_01,
            path="/Receipt/MessageDigest",
            message=f"expected {message_digest.hex()}, found {receipt.message_digest.hex()}",
        )
    if previous is not None and receipt.previous not in (None, previous):
        yield Finding(
            code=ReceiptCode.RCP_02,
            path="/Receipt/PreviousReceipt",
            message="expected the digest of the receipt before this one, found another",
        )


def judge_receipt(receipt: Receipt) -> Iterator[Finding]:
    """Yield what is wrong inside a receipt, whoever wrote it.

    Source: rules RCP-03 to RCP-06; RCP-07 is the required element `SnapshotID` of the schema.
    """
    if receipt.outcome not in FITS[receipt.stage]:
        yield Finding(
            code=ReceiptCode.RCP_03,
            path="/Receipt/Outcome",
            message=f"outcome {receipt.outcome.value} does not fit stage {receipt.stage.value}",
        )
    if receipt.produced_at < receipt.received_at:
        yield Finding(
            code=ReceiptCode.RCP_04,
            path="/Receipt/ProducedDateTime",
            message=f"expected {receipt.received_at.isoformat()} or later, "
            f"found {receipt.produced_at.isoformat()}",
        )
    fatal = any(finding.severity is Severity.FATAL for finding in receipt.findings)
    if fatal is (receipt.outcome in GOOD):
        yield Finding(
            code=ReceiptCode.RCP_05,
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
            code=ReceiptCode.RCP_06,
            path="/Receipt/SignatureResult",
            message=f"indication {result.indication.value} has no sub-indication",
        )


def known_code(finding: ReportedFinding) -> Code | None:
    """Return our own code for a finding that somebody reported, if we have it."""
    return next((code for code in every_code() if code.value == finding.code), None)
