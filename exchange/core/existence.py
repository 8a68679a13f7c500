"""Since when is a document known to exist? The proof time that gate 4 judges at.

- A signing time is a claim. What proves is somebody else's word: the hub that received the
  document says so in its receipt, a time-stamping authority in a token.
- Revoked-before and revoked-after are told apart by nothing else: the same document is
  accepted at a proof time before the revocation and refused at one after it.
- A receipt is judged at the instant at which it says that it was made. Where its own key was
  revoked or stopped since, it proves nothing: whoever has the key can write any date.

Example:
    >>> existence = by_receipt(receipt, document, snapshot, now=now)
    >>> examine(document, snapshot, existence.at)

Source: ETSI EN 319 102-1, clauses 5.2.6.4 and 5.5 (proofs of existence).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from exchange.codes.existence import ExistenceCode
from exchange.core.model import MessageDigest
from exchange.core.periods import in_zulu
from exchange.core.receipt import read_receipt
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import POLICY, KeyEntry, KeyStatus
from exchange.core.xml import parse
from exchange.errors import Finding, TrustError


class ProofKind(StrEnum):
    """What proves that a document existed."""

    RECEIPT = "receipt"
    TIME_STAMP = "time-stamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Existence:
    """From this instant on a document is known to exist."""

    kind: ProofKind
    at: datetime
    """The latest instant that the proof leaves open, aware UTC."""
    by: str
    """Who says so: a body, or the subject of a time-stamping authority."""
    digest: MessageDigest
    """SHA-256 of the octets that existed."""


def by_receipt(receipt: bytes, document: bytes, snapshot: Snapshot, *, now: datetime) -> Existence:
    """Return since when a hub's receipt proves that a document exists.

    Args:
        receipt: The octets of the receipt.
        document: The octets of the document, exactly as they were sent.
        snapshot: Everything that the verdict on the receipt depends on.
        now: The instant of judgement.

    Raises:
        RejectedError: The receipt is at fault, is about other octets, or proves nothing.
        UndecidedError: The trust lists are too old to say.
    """
    digest = MessageDigest(sha256(document).digest())
    conforming = conform(parse(receipt, snapshot.limits), snapshot.catalogue, snapshot.limits)
    made_at = verify(conforming, snapshot.algorithms).signed_at
    require_past(made_at, now)
    receipted = read_receipt(receipt, snapshot, made_at, message_digest=digest)
    _require_kept(receipted.trusted.key, snapshot, now)
    return Existence(
        kind=ProofKind.RECEIPT,
        at=receipted.receipt.received_at,
        by=receipted.trusted.body.id,
        digest=digest,
    )


def require_past(made_at: datetime, now: datetime) -> None:
    """Refuse a proof from the future.

    Raises:
        TrustError: It says that it was made later than clocks may differ.
    """
    if made_at > now + POLICY.clock_tolerance:
        raise existence_fault(
            ExistenceCode.FROM_FUTURE, f"expected up to {in_zulu(now)}, found {in_zulu(made_at)}"
        )


def _require_kept(key: KeyEntry, snapshot: Snapshot, now: datetime) -> None:
    """Refuse the receipt of a key that others may have by now."""
    stop = snapshot.interruptions.key_at(key.fingerprint, now)
    if stop is not None or key.status_at(now) in {KeyStatus.REVOKED, KeyStatus.SUSPENDED}:
        raise existence_fault(
            ExistenceCode.KEY_LOST,
            f"expected a receipt key of {key.body} that nobody stopped, "
            f"found {stop.what.value if stop else key.status.name.lower()} "
            f"since {in_zulu(stop.since if stop else key.periods[0].not_before)}",
        )


def existence_fault(code: ExistenceCode, message: str) -> TrustError:
    """Return the error of a proof of existence."""
    return TrustError(Finding(code=code, message=message))
