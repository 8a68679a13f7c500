"""One examination, wherever it runs: in the hub's own process or in a worker.

- Plain functions over values that travel between processes; no clock, no database, no keys.
- A job names the snapshot that it is to be judged by; another one is never used silently.
- An acceptance comes back with its receipt drafted and canonicalised, so that the process
  that owns the keys only has to sign it.
- A refusal comes back as a value, with whatever was learned about the document before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.certificate import KeyCertificate
from exchange.core.code_lists import CodeLists
from exchange.core.entry import Message, ReceiptRecord, Statement
from exchange.core.examine import examine_together
from exchange.core.limits import Limits
from exchange.core.model import (
    BodyId,
    ContentDigest,
    Custody,
    DocumentId,
    Fingerprint,
    Indication,
    Kind,
    SnapshotId,
)
from exchange.core.projection import project
from exchange.core.receipt_document import (
    Outcome,
    Receipt,
    SignatureResult,
    Stage,
    report,
    write,
)
from exchange.core.rules.judge import Accepted
from exchange.core.schema import Catalogue, conform
from exchange.core.signature import Signed, verify
from exchange.core.signing import ToSign, prepare_written
from exchange.core.snapshot import Snapshot
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import KeyEntry, LegalBasis
from exchange.core.xml import parse
from exchange.errors import (
    ExchangeError,
    Finding,
    RejectedError,
    RuleError,
    TrustError,
    UndecidedError,
)
from exchange.service.materials import load_catalogue, load_code_lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What a snapshot is built from, in a shape that travels between processes."""

    hub: BodyId
    production: bool
    lists: tuple[bytes, ...]
    """Signed trust lists, byte-exact."""
    pins: frozenset[Fingerprint]
    """Fingerprints of the keys that may sign the list of lists."""
    read_at: datetime
    """The instant at which the lists were judged; the same in every process."""
    receipt_certificates: tuple[bytes, ...]
    """DER octets of the hub's receipt key certificate and its chain."""


def build_snapshot(materials: Materials, previous: Sequence[TrustList] = ()) -> Snapshot:
    """Return the snapshot of these materials; the same id in every process.

    Args:
        materials: What to build from.
        previous: The lists in force before, so that none can be rolled back.

    Raises:
        RejectedError: A trust list cannot be used.
        SettingsError: Schemas or code lists are missing or damaged.
    """
    catalogue, code_lists = release_parts()
    limits = Limits()
    lists = read_lists(
        materials.lists,
        catalogue=catalogue,
        limits=limits,
        algorithms=ALGORITHMS,
        pinned=materials.pins,
        at=materials.read_at,
        previous=previous,
    )
    return Snapshot.build(
        catalogue=catalogue,
        limits=limits,
        algorithms=ALGORITHMS,
        trust=Trust.build(lists),
        code_lists=code_lists,
        hub=materials.hub,
        production=materials.production,
    )


@lru_cache(maxsize=1)
def release_parts() -> tuple[Catalogue, CodeLists]:
    """Return what comes with the release and stays the same while the process lives."""
    return load_catalogue(), load_code_lists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One document to be examined, and what its receipt will say about the message."""

    snapshot_id: SnapshotId
    data: bytes
    message: Message | None
    """`None` for a dry run: nothing is receipted."""
    at: datetime
    """The proof time."""
    receipt_id: DocumentId
    produced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedReceipt:
    """A receipt that only lacks its signature; travels between processes."""

    receipt: Receipt
    octets: bytes
    """What the receipt key has to sign."""
    before: bytes
    """What precedes the signature value."""
    after: bytes
    """What follows it."""
    content_digest: bytes
    signer: Fingerprint
    """The key certificate that the receipt names: its key has to sign, whatever else rotates."""

    def to_sign(self, certificate: KeyCertificate, algorithm: SignatureAlgorithm) -> ToSign:
        """Return what is to be signed, with the key that has to do it."""
        return ToSign(
            octets=self.octets,
            algorithm=algorithm,
            certificate=certificate,
            content_digest=self.content_digest,
            before=self.before,
            after=self.after,
        )

    def record(self, data: bytes) -> ReceiptRecord:
        """Return what the store keeps of the receipt, now that it is signed."""
        return ReceiptRecord(
            receipt_id=self.receipt.receipt_id,
            stage=self.receipt.stage.value,
            outcome=self.receipt.outcome.value,
            issuer=self.receipt.issuer,
            produced_at=self.receipt.produced_at,
            data=data,
            message_digest=self.receipt.message_digest,
            content_digest=self.receipt.content_digest,
            previous=self.receipt.previous,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known about a document once its signature was verified."""

    kind: Kind
    content_digest: ContentDigest
    signature: SignatureResult
    custody: Custody | None = None
    """Known once the key was found on a list."""
    legal: LegalBasis | None = None
    """On what the signatures of the key count; beside a custody, `None` says that no law gives
    them a level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """All gates were passed."""

    statement: Statement
    learned: Learned
    warnings: tuple[Finding, ...]
    receipt: DraftedReceipt | None
    """`None` for a dry run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A gate was not passed, or cannot be decided yet."""

    ending: type[ExchangeError]
    findings: tuple[Finding, ...]
    retry_after: timedelta | None = None
    learned: Learned | None = None
    """What the earlier gates found, if gate 3 was passed."""

    def error(self) -> ExchangeError:
        """Return the error as it was raised."""
        if self.retry_after is not None:
            return UndecidedError(*self.findings, retry_after=self.retry_after)
        return self.ending(*self.findings)


def run(
    jobs: Sequence[Job], snapshot: Snapshot, certificates: tuple[bytes, ...]
) -> list[Passed | Failed]:
    """Examine several documents together; each gets the verdict that it would get alone.

    Raises:
        RuntimeError: A job names another snapshot: the caller mixed two generations.
    """
    if any(job.snapshot_id != snapshot.id for job in jobs):
        raise RuntimeError("a job names a snapshot that this process does not have")
    endings = examine_together([job.data for job in jobs], snapshot, [job.at for job in jobs])
    return [
        _concluded(job, ending, snapshot, certificates)
        for job, ending in zip(jobs, endings, strict=True)
    ]


def _concluded(
    job: Job,
    ending: Accepted | ExchangeError,
    snapshot: Snapshot,
    certificates: tuple[bytes, ...],
) -> Passed | Failed:
    try:
        if isinstance(ending, ExchangeError):
            raise ending
        accepted = ending
        statement = project(accepted, snapshot.trust, at=job.at)
    except RejectedError as error:
        return Failed(
            ending=type(error),
            findings=error.findings,
            learned=_learned_before(error, job.data, snapshot),
        )
    except UndecidedError as error:
        return Failed(ending=UndecidedError, findings=error.findings, retry_after=error.retry_after)
    learned = _learned(accepted)
    receipt = None
    if job.message is not None:
        outcome = Outcome.ACCEPTED_WITH_WARNINGS if accepted.findings else Outcome.ACCEPTED
        receipt = draft(
            Receipt(
                receipt_id=job.receipt_id,
                stage=Stage.ACCEPTED,
                outcome=outcome,
                issuer=snapshot.hub,
                message_id=job.message.message_id,
                sender=job.message.sender,
                addressees=job.message.addressees,
                message_digest=job.message.digest,
                kind=learned.kind,
                content_digest=learned.content_digest,
                custody=learned.custody,
                received_at=job.message.received_at,
                produced_at=job.produced_at,
                snapshot_id=snapshot.id,
                signature=learned.signature,
                findings=report(accepted.findings),
            ),
            certificates,
        )
    return Passed(statement=statement, learned=learned, warnings=accepted.findings, receipt=receipt)


def draft(receipt: Receipt, certificates: tuple[bytes, ...]) -> DraftedReceipt:
    """Return a receipt ready for the signature of its issuer."""
    written = write(receipt)
    to_sign = prepare_written(
        written, written, certificates=certificates, signed_at=receipt.produced_at
    )
    return DraftedReceipt(
        receipt=receipt,
        octets=to_sign.octets,
        before=to_sign.before,
        after=to_sign.after,
        content_digest=to_sign.content_digest,
        signer=Fingerprint(sha256(certificates[0]).digest()),
    )


def _learned(accepted: Accepted) -> Learned:
    return _describe(accepted.trusted.signed, accepted.trusted.key)


def _describe(signed: Signed, key: KeyEntry | None) -> Learned:
    return Learned(
        kind=signed.kind,
        content_digest=signed.content_digest,
        custody=key.custody if key is not None else None,
        legal=key.legal if key is not None else None,
        signature=SignatureResult(
            indication=Indication.TOTAL_PASSED,
            signed_at=signed.signed_at,
            key=signed.certificate.fingerprint,
        ),
    )


def _learned_before(error: RejectedError, data: bytes, snapshot: Snapshot) -> Learned | None:
    """Walk the gates again that were passed before the refusal; refusals are rare."""
    if not isinstance(error, TrustError | RuleError):
        return None
    parsed = parse(data, snapshot.limits)
    signed = verify(conform(parsed, snapshot.catalogue, snapshot.limits), snapshot.algorithms)
    listed = snapshot.trust.by_fingerprint.get(signed.certificate.fingerprint)
    return _describe(signed, listed.key if listed is not None else None)
