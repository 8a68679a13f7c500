"""What a worker does for a verification: plain functions over values that travel.

- `Inquired` carries a certificate with all its octets; many are answered together.
- `Upload` carries octets of a stranger: they are judged alone, as if they had arrived now, and
  what comes back says which certificate of the register they might be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.core.document.attestation import Attestation
from exchange.core.examine import examine_together
from exchange.core.model import BodyId, ContentDigest, KeyRole, Kind, SnapshotId
from exchange.core.rules.judge import Accepted
from exchange.core.schema import conform
from exchange.core.signature import Signed, verify
from exchange.core.snapshot import Snapshot
from exchange.core.verification import Asked, Match, Shown, Verdict, Verification
from exchange.core.verification import GoodsAnswer as Answer
from exchange.core.verification_gates import gate_verdicts
from exchange.core.verification_goods import answer_goods
from exchange.core.verification_kept import Inquiry, verify_together
from exchange.core.verification_names import compare
from exchange.core.verification_shown import Sight, holder_names, shown
from exchange.core.xml import parse
from exchange.errors import ExchangeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired:
    """One inquiry about a certificate of the register."""

    snapshot_id: SnapshotId
    inquiry: Inquiry

    @property
    def size(self) -> int:
        """Octets that are examined for it."""
        inquiry = self.inquiry
        statements = (*inquiry.certificate.statements, *inquiry.replacing)
        return sum(len(one.data or b"") for one in statements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Octets that somebody holds up, and what they want to know."""

    snapshot_id: SnapshotId
    data: bytes
    asked: Asked
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedUpload:
    """What the gates say of uploaded octets."""

    verdicts: tuple[Verdict, ...]
    """The first five."""
    kind: Kind | None
    """Known once it is valid under its schema."""
    content_digest: ContentDigest | None
    """Known once its signature was verified as one of a listed key of its issuer."""
    issuer: BodyId | None = None
    """As the document claims, whether it is genuine or not."""
    number: str = ""
    certificate: Shown | None = None
    """Of a document that passed."""
    goods: tuple[Answer, ...] = ()
    holder: Match | None = None
    """How the name that was typed fits: names and trading names, as of a registered one."""


def run_inquiries(asked: Sequence[Inquired], snapshot: Snapshot) -> list[Verification]:
    """Answer several inquiries together.

    Raises:
        RuntimeError: An inquiry names another snapshot: the caller mixed two generations.
    """
    if any(one.snapshot_id != snapshot.id for one in asked):
        raise RuntimeError("an inquiry names a snapshot that this process does not have")
    return verify_together([one.inquiry for one in asked], snapshot)


def judge_uploads(uploads: Sequence[Upload], snapshot: Snapshot) -> list[JudgedUpload]:
    """Judge octets that are held up, each alone."""
    return [_judged(one, snapshot) for one in uploads]


def _judged(upload: Upload, snapshot: Snapshot) -> JudgedUpload:
    (ending,) = examine_together([upload.data], snapshot, [upload.at])
    verdicts = gate_verdicts(ending, snapshot, upload.at, upload.at)
    if not isinstance(ending, Accepted):
        return _refused(upload, verdicts, snapshot)
    document, signed = ending.document, ending.trusted.signed
    if not isinstance(document, Attestation):
        return JudgedUpload(
            verdicts=verdicts, kind=signed.kind, content_digest=signed.content_digest
        )
    return JudgedUpload(
        verdicts=verdicts,
        kind=signed.kind,
        content_digest=signed.content_digest,
        issuer=document.header.issuer,
        number=document.certificate_number,
        certificate=shown(document, Sight.CONTENT),
        goods=answer_goods(document, upload.asked.goods),
        holder=None
        if upload.asked.holder is None
        else compare(upload.asked.holder, holder_names(document)),
    )


def _refused(upload: Upload, verdicts: tuple[Verdict, ...], snapshot: Snapshot) -> JudgedUpload:
    """Walk the gates again as far as they were passed; refusals are rare."""
    try:
        parsed = parse(upload.data, snapshot.limits)
        conforming = conform(parsed, snapshot.catalogue, snapshot.limits)
    except ExchangeError:
        return JudgedUpload(verdicts=verdicts, kind=None, content_digest=None)
    root = parsed.root
    issuer = root.findtext("{*}Header/{*}Issuer")
    number = root.findtext("{*}CertificateNumber")
    try:
        signed = verify(conforming, snapshot.algorithms)
        digest = signed.content_digest if _is_by(signed, issuer, snapshot) else None
    except ExchangeError:
        digest = None
    return JudgedUpload(
        verdicts=verdicts,
        kind=conforming.kind,
        content_digest=digest,
        issuer=None if issuer is None else BodyId(issuer.strip()),
        number=(number or "").strip(),
    )


def _is_by(signed: Signed, issuer: str | None, snapshot: Snapshot) -> bool:
    """Tell whether a key of the issuer signed, good or not: the words alone prove nothing."""
    listed = snapshot.trust.by_fingerprint.get(signed.certificate.fingerprint)
    return (
        listed is not None
        and listed.body.id == (issuer or "").strip()
        and (signed.kind is not Kind.ATTESTATION or listed.key.role is KeyRole.ATTESTATION)
    )
