"""Take over: the addressee's side of a delivery, from the hub's hands into a database of its own.

Steps:
 1. the hub's receipt is genuine, and about exactly these octets;
 2. the statement passes the five gates at its proof time, the arrival that the receipt proves;
 3. an acknowledgement is drafted, with the findings, and signed with our receipt key;
 4. statement and acknowledgement are committed together in our own database;
 5. only then is the acknowledgement released; the same delivery again gets the same octets.

The addressee keeps no register of its own here: it may never have been sent what came before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from exchange.codes.service import PeerCode
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.core.entry import Entry, Message, ReceiptRecord, Verdict
from exchange.core.examine import examine
from exchange.core.model import BodyId, DocumentId, KeyRole, MessageDigest, MessageId
from exchange.core.projection import project
from exchange.core.receipt import Receipted, read_receipt
from exchange.core.receipt_document import Outcome, Receipt, Stage, report
from exchange.core.rules.judge import Accepted
from exchange.core.signing import complete
from exchange.core.snapshot import Snapshot
from exchange.errors import Finding, MalformedError, PeerError, RejectedError
from exchange.service.examination import draft
from exchange.store.store import Store
from exchange.vault.vault import Vault, key_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the hub handed over."""

    delivery_id: MessageId
    """Names the delivery, and the message under which we keep it."""
    statement: bytes
    receipt: bytes
    """The hub's signed receipt of the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What became of a delivery."""

    acknowledgement: bytes
    """Signed and durable; the first one for this delivery."""
    outcome: Outcome
    findings: tuple[Finding, ...]
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who takes over: a body with its keys, its lists and its database."""

    body: BodyId
    store: Store
    vault: Vault
    snapshot: Snapshot


async def take_over(
    addressee: Addressee, delivered: Delivered, *, at: datetime, receipt_id: DocumentId
) -> TakenOver:
    """Examine a delivery, keep it, and return the signed acknowledgement.

    Args:
        addressee: Who takes over.
        delivered: What the hub handed over.
        at: Now, aware UTC.
        receipt_id: A fresh identifier for the acknowledgement.

    Raises:
        PeerError: The hub's receipt does not prove what it should; nothing was kept.
        UndecidedError: The lists are too old to say; nothing was kept.
        StoreError: Nothing was kept.
        VaultError: Nothing was kept.
    """
    digest = MessageDigest(sha256(delivered.statement).digest())
    receipted = _receipted(addressee, delivered, digest, at)  # 1
    ending = _examined(addressee, delivered, receipted.receipt.received_at)  # 2
    outcome = _outcome(ending)
    findings = ending.findings
    acknowledgement = Receipt(
        receipt_id=receipt_id,
        stage=Stage.ACKNOWLEDGED,
        outcome=outcome,
        issuer=addressee.body,
        message_id=receipted.receipt.message_id,
        sender=receipted.receipt.sender,
        addressees=receipted.receipt.addressees,
        message_digest=digest,
        kind=receipted.receipt.kind,
        content_digest=receipted.receipt.content_digest,
        previous=receipted.digest,
        received_at=at,
        produced_at=at,
        snapshot_id=addressee.snapshot.id,
        findings=report(findings),
    )
    record = await _signed(addressee, acknowledgement)  # 3
    accepted = ending if isinstance(ending, Accepted) else None
    committed = await addressee.store.commit(  # 4
        Entry(
            message=Message(
                sender=receipted.receipt.issuer,
                message_id=delivered.delivery_id,
                digest=digest,
                addressees=(addressee.body,),
                received_at=at,
            ),
            verdict=Verdict.REJECTED if accepted is None else Verdict.ACCEPTED,
            statement=(
                None
                if accepted is None
                else replace(project(accepted, addressee.snapshot.trust), claim=None)
            ),
            data=delivered.statement,
            receipt=record,
        )
    )
    return TakenOver(
        acknowledgement=committed.receipt,
        outcome=outcome,
        findings=findings,
        repeated=committed.repeated,
    )


def _receipted(
    addressee: Addressee, delivered: Delivered, digest: MessageDigest, at: datetime
) -> Receipted:
    try:
        receipted = read_receipt(delivered.receipt, addressee.snapshot, at, message_digest=digest)
    except RejectedError as error:
        raise PeerError(
            Finding(code=PeerCode.BAD_RECEIPT, message=str(error)[:500]), *error.findings
        ) from error
    if receipted.receipt.stage is not Stage.ACCEPTED:
        raise PeerError(
            Finding(
                code=PeerCode.BAD_RECEIPT,
                path="/Receipt/Stage",
                message=f"expected accepted, found {receipted.receipt.stage.value}",
            )
        )
    return receipted


def _examined(addressee: Addressee, delivered: Delivered, at: datetime) -> Accepted | RejectedError:
    try:
        return examine(delivered.statement, addressee.snapshot, at)
    except RejectedError as error:
        return error


def _outcome(ending: Accepted | RejectedError) -> Outcome:
    if isinstance(ending, MalformedError):
        return Outcome.UNREADABLE
    if isinstance(ending, RejectedError):
        return Outcome.REJECTED
    return Outcome.ACCEPTED_WITH_WARNINGS if ending.findings else Outcome.ACCEPTED


async def _signed(addressee: Addressee, receipt: Receipt) -> ReceiptRecord:
    """Return our receipt, signed with our receipt key."""
    name = key_name(addressee.body, KeyRole.RECEIPT)
    certificates = await addressee.vault.certificates(name)
    drafted = draft(receipt, certificates)
    certificate = read_certificate(certificates[0])
    algorithm = ALGORITHMS.for_key(certificate.public_key)
    value = await addressee.vault.sign(name, drafted.octets, algorithm)
    return drafted.record(complete(drafted.to_sign(certificate, algorithm), value))
