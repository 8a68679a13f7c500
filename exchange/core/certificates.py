"""A certificate as the register keeps it: every statement about it, byte-exact, in their order.

What a verdict rests on is this and the snapshot; the columns of the register only help to find it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from exchange.core.entry import Sequence
from exchange.core.model import BodyId, ContentDigest, Kind

CertificateKey = NewType("CertificateKey", int)
"""The number of a certificate in this register: the sequence of its first statement. It stays the
same through revisions, corrections of the certificate number and status changes."""

TOKEN_BYTES = 16
"""Octets of the token in a QR address: 128 bits, random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStatement:
    """One statement about a certificate."""

    sequence: Sequence
    kind: Kind
    issuer: BodyId
    content_digest: ContentDigest
    received_at: datetime
    """The proof time: when it arrived here, as its receipt says."""
    data: bytes | None
    """The octets; `None` when they were removed by order."""
    held: bool = False
    """A status change that still waits for the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCertificate:
    """Everything that was said about one certificate, in the order of the commits."""

    key: CertificateKey
    issuer: BodyId
    attestation_id: str
    certificate_number: str
    """The present one; a correction may have changed it."""
    scheme: str
    token: bytes
    """Of its QR address, `TOKEN_BYTES` octets; the same for every revision."""
    former_numbers: tuple[str, ...] = ()
    """Numbers that a correction replaced."""
    successor: CertificateKey | None = None
    """The certificate that took its place, by a transfer or as a replacement: its number and its
    token lead there."""
    statements: tuple[KeptStatement, ...] = ()
    """Revisions and status changes."""
