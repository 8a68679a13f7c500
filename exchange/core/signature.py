"""Gate 3: does the signature prove who signed what?

- A `Signed` is made here and nowhere else; whoever holds one knows that the signature holds.
- The whole checklist applies (`signature_policy.STATEMENT`); no station of the road takes less.
- The gate does not lean on gate 2: every attack on the structure is refused here too.
- Later gates read `content`, the canonical octets that were signed, and nothing else.
- The signing time is a claim: gate 4 judges at the proof time, and whether the claim fits.

    signed = verify(conforming, snapshot.algorithms)

Source: ETSI EN 319 132-1 v1.2.1 (XAdES baseline B-B), ETSI EN 319 102-1 v1.3.1, XML-DSig 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import AlgorithmTable
from exchange.core.certificate import KeyCertificate
from exchange.core.model import ContentDigest, Indication, Kind
from exchange.core.schema import Conforming
from exchange.core.signature_elements import refused
from exchange.core.signature_policy import STATEMENT
from exchange.core.signature_proof import prove


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What was signed, and by whom; later gates read only `content`."""

    kind: Kind
    version: str
    """The schema version that the document conforms to."""
    data: bytes
    """The octets exactly as they arrived, for the archive."""
    content: bytes
    """Canonical octets covered by the signature, never the octets that arrived."""
    content_digest: ContentDigest
    """SHA-256 of `content`, whatever digest the signature used."""
    certificate: KeyCertificate
    """The key certificate that the signature value was verified with."""
    signed_at: datetime
    """The claimed time of signing, UTC; inside the validity of the key certificate."""
    signature_algorithm: str
    """The identifier of the signature algorithm."""
    indication: Indication = Indication.TOTAL_PASSED
    """The verdict on format, cryptography and constraints (EN 319 102-1, clause 5.3)."""


def verify(conforming: Conforming, algorithms: AlgorithmTable) -> Signed:
    """Return what was signed, and by whom.

    Args:
        conforming: A document of gate 2.
        algorithms: The table in force.

    Raises:
        SignatureError: The signature does not prove it.
    """
    proof = prove(conforming.parsed, STATEMENT, algorithms)
    if proof.signed_at is None:
        raise refused(
            SignatureCode.PROPERTIES_MISSING, "expected signed properties", conforming.parsed.root
        )
    return Signed(
        kind=conforming.kind,
        version=conforming.version,
        data=conforming.parsed.data,
        content=proof.content,
        content_digest=proof.content_digest,
        certificate=proof.certificate,
        signed_at=proof.signed_at,
        signature_algorithm=proof.algorithm.uri,
    )
