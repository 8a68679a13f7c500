"""Do the key certificates above a key hold together: from its issuer up to an anchor?

- Each is an authority's, has issued the one below it (name and signature), is strong and has
  not ended. An anchor's signature over itself is not looked at: the list names the anchor.
- Where the policy of the role is hard, every certificate that can be revoked says where that
  can be asked; otherwise documents would be put off for ever.

Deliberately not here: lengths of paths, constraints of names and policies, which
pyhanko-certvalidator holds against RFC 5280, section 6, whenever revocation is asked
(`exchange.service.revocation`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from exchange.codes.keys import KeyCode
from exchange.core.certificate import KeyCertificate
from exchange.core.model import KeyRole
from exchange.core.periods import in_zulu
from exchange.core.revocation import POLICIES
from exchange.core.revocation_sources import sources_of
from exchange.core.role_requirements import KeyRequirements
from exchange.errors import Finding

_LONGEST_PATH: Final = 6
"""Authorities above a key certificate; each costs a signature to verify."""


def path_findings(
    certificate: KeyCertificate,
    path: Sequence[KeyCertificate],
    *,
    role: KeyRole,
    at: datetime,
    demanded: KeyRequirements,
) -> Iterator[Finding]:
    """Yield what keeps a path from leading from a key certificate to its anchor.

    Args:
        certificate: The key certificate that arrives.
        path: Certification authorities above it, the issuer first and the anchor last; none
            for a key certificate that was issued by itself.
        role: What the key is to be used for.
        at: When it arrives, aware UTC.
        demanded: What is demanded of the keys of this role.
    """
    if not path:
        subject = x509.load_der_x509_certificate(certificate.der).subject
        if subject.public_bytes() != certificate.issuer_der:
            yield key_finding(
                KeyCode.PATH_MISSING,
                f"expected the key certificates above it, from {certificate.issuer[:80]} on",
            )
        return
    if len(path) > _LONGEST_PATH:
        yield key_finding(
            KeyCode.PATH_BROKEN, f"expected up to {_LONGEST_PATH} authorities, found {len(path)}"
        )
        return
    below = certificate
    for number, authority in enumerate(path, 1):
        yield from _link(
            f"authority {number} of the path",
            below,
            authority,
            demanded,
            at,
            is_anchor=number == len(path),
        )
        below = authority
    if not POLICIES[role].hard:
        return
    for number, one in enumerate((certificate, *path[:-1])):
        if not sources_of(one.der):
            where = f"authority {number} of the path" if number else "key certificate"
            yield key_finding(
                KeyCode.NO_REVOCATION_SOURCE,
                f"{where}: expected a distribution point or an OCSP address, found none",
            )


def _link(
    where: str,
    below: KeyCertificate,
    authority: KeyCertificate,
    demanded: KeyRequirements,
    at: datetime,
    *,
    is_anchor: bool,
) -> Iterator[Finding]:
    if not authority.is_authority:
        yield key_finding(KeyCode.PATH_BROKEN, f"{where}: expected an authority, found a signer")
    if not _issued_by(below, authority):
        yield key_finding(
            KeyCode.PATH_BROKEN,
            f"{where}: expected the issuer of {below.subject[:60]}, found {authority.subject[:60]}",
        )
    # Nobody relies on the signature that an anchor has made over itself.
    if not _strong(authority, demanded) or (authority.weakly_issued and not is_anchor):
        yield key_finding(KeyCode.PATH_WEAK, f"{where}: its key, or its signature, is too weak")
    if not at < authority.not_after:
        yield key_finding(
            KeyCode.PATH_WEAK, f"{where}: has ended at {in_zulu(authority.not_after)}"
        )


def _issued_by(below: KeyCertificate, authority: KeyCertificate) -> bool:
    """Tell whether one key certificate was issued by another: its name and its signature."""
    try:
        x509.load_der_x509_certificate(below.der).verify_directly_issued_by(
            x509.load_der_x509_certificate(authority.der)
        )
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _strong(authority: KeyCertificate, demanded: KeyRequirements) -> bool:
    """Tell whether an authority's key is at least what is demanded of the keys below it."""
    key = authority.public_key
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= (demanded.min_rsa_bits or 0)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in {*demanded.curves, "secp521r1"}
    return True


def key_finding(code: KeyCode, message: str) -> Finding:
    """Return a finding about a key certificate that arrives."""
    return Finding(code=code, path="KeyCertificate", message=message)
