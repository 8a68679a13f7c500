"""A certificate that takes over one of another body: whether that one leads to it.

- A transfer is two statements: the attestation of the accepting body, and the status change of the
  old body, or of its authority, that names it. Several bodies may accept; one is named.
- Until it is named nobody can tell whether it took the place: *unknown*. Once the old certificate
  leads to another one, it *failed* for ever.
- Who is named by a change under a key that was stopped since was not named.

All is read from the signed octets of both certificates, never from a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from exchange.codes.verification import StandingCode, UnknownCode
from exchange.core.entry import NewAttestation, NewStatusChange
from exchange.core.life import Life, Standing
from exchange.core.lifecycle import FINAL_STATUSES, Change
from exchange.core.model import ContentDigest, Status
from exchange.core.rules.judge import Accepted
from exchange.core.snapshot import Snapshot
from exchange.core.verification import (
    Evidence,
    EvidenceKind,
    Permanence,
    Question,
    Result,
    Verdict,
    Verification,
)
from exchange.core.verification_family import decided
from exchange.core.verification_gates import key_since
from exchange.errors import ExchangeError


def taken_from(life: Life) -> ContentDigest | None:
    """Return the attestation that a certificate takes over; the first one named counts (TRF-01)."""
    for one in life.ordered:
        if isinstance(one.claim, NewAttestation) and one.claim.taken_from:
            return one.claim.taken_from[0]
    return None


def leads_to(
    life: Life,
    now: Standing | None,
    endings: Iterable[tuple[ContentDigest, Accepted | ExchangeError | None]],
    snapshot: Snapshot,
    at: datetime,
) -> ContentDigest | None:
    """Return the attestation that took the place of a certificate, as its own statements say.

    Args:
        life: Of the certificate.
        now: What stands of it, with what replaced it; `None` where no revision can be read.
        endings: What the gates gave of each statement.
        snapshot: What is laid over.
        at: Now, aware UTC.
    """
    if now is not None:
        ended = now.status is Status.SUPERSEDED
        named = [(now.by, now.successor)] if ended else []
    else:
        named = list(_transfers(life, at))
    if not named:
        return None
    by, successor = named[-1]
    said = next((ending for digest, ending in endings if digest == by), None)
    doubts = isinstance(said, Accepted) and any(key_since(said.trusted, snapshot, at))
    return None if doubts else successor


def _transfers(life: Life, at: datetime) -> Iterator[tuple[ContentDigest, ContentDigest | None]]:
    """Yield the transfers of a certificate whose revisions were removed by order."""
    for one in life.ordered:
        if (
            isinstance(one.claim, NewStatusChange)
            and (one.claim.change, one.claim.new) == (Change.TRANSFER, Status.SUPERSEDED)
            and one.claim.effective_at <= at
        ):
            yield one.content_digest, one.claim.successor


def not_handed_over(found: Verification, before: Verification | None) -> Verification:
    """Return the answer about a certificate to which the one it takes over does not lead.

    Args:
        found: About this certificate alone.
        before: About the one that it takes over, where that is here.
    """
    stands = next(one for one in found.verdicts if one.question is Question.STANDING)
    elsewhere = before is not None and before.successor is not None
    is_said = stands.result is Result.FAILED or stands.code is UnknownCode.NOT_REACHED
    if is_said or (stands.result is Result.UNKNOWN and not elsewhere):
        return found
    old = None if before is None else before.now
    code = StandingCode.TRANSFERRED_ELSEWHERE if elsewhere else StandingCode.TRANSFER_UNCONFIRMED
    # What has ended otherwise will not be handed over any more.
    ended = elsewhere or (old is not None and old.status in FINAL_STATUSES)
    digest = None if before is None else before.content_digest
    named = () if digest is None else (Evidence(kind=EvidenceKind.STATEMENT, value=digest.hex()),)
    verdict = Verdict(
        question=Question.STANDING,
        result=Result.FAILED if elsewhere else Result.UNKNOWN,
        code=code,
        message=code.summary,
        since=old.since if elsewhere and old is not None else None,
        permanence=Permanence.FINAL if ended else Permanence.TEMPORARY,
        evidence=(*named, *stands.evidence),
    )
    return decided(found, stands, verdict)
