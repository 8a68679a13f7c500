"""Signatures that no station of the road relies on: other operators' lists, and anyone's XML.

`check` is the engine of gate 3 under a policy of the caller's choice and without a schema.
What it returns is of a type of its own, which no gate accepts.

    checked = check(parse(data, FOREIGN_LIMITS, reading=FOREIGN.reading), policy=FOREIGN)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from exchange.core.algorithms import ALGORITHMS, AlgorithmTable
from exchange.core.certificate import KeyCertificate
from exchange.core.limits import MIB, Limits
from exchange.core.model import ContentDigest, Indication
from exchange.core.signature_policy import Policy
from exchange.core.signature_proof import prove
from exchange.core.xml import Parsed, read_canonical

FOREIGN_LIMITS: Final = Limits(max_bytes=32 * MIB, max_elements=2_000_000, max_namespaces=100_000)
"""Sizes for documents of others: the largest national list seen has 7 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A signature that holds under a named policy; entitles nobody to anything."""

    policy: str
    content: bytes
    """Canonical octets covered by the signature."""
    root: etree._Element
    """A tree parsed from `content`."""
    content_digest: ContentDigest
    certificate: KeyCertificate
    further_certificates: tuple[bytes, ...]
    """What else KeyInfo carried, DER: material for a path, and nothing more."""
    signed_at: datetime | None
    """The claimed time of signing; None for plain XML-DSig."""
    signature_algorithm: str
    digest_algorithm: str
    canonicalization: str
    indication: Indication = Indication.TOTAL_PASSED
    """The verdict on format, cryptography and constraints, without a path."""


def check(parsed: Parsed, *, policy: Policy, algorithms: AlgorithmTable = ALGORITHMS) -> Checked:
    """Return what the signature of any XML document proves under a policy.

    Raises:
        SignatureError: It proves nothing under this policy.
    """
    proof = prove(parsed, policy, algorithms)
    return Checked(
        policy=policy.name,
        content=proof.content,
        root=read_canonical(proof.content),
        content_digest=proof.content_digest,
        certificate=proof.certificate,
        further_certificates=proof.further_certificates,
        signed_at=proof.signed_at,
        signature_algorithm=proof.algorithm.uri,
        digest_algorithm=proof.digest_uri,
        canonicalization=proof.canonicalization,
    )
