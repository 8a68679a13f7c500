"""A key certificate: an X.509 certificate, read once and judged by hand.

- "Certificate" alone is the holder's document in this house; X.509 is always *key certificate*.
- Path libraries look neither at the size nor at the curve nor at the purpose of the leaf
  (measured), so `signing_certificate` does, for every signature.
- Reading is remembered by the octets of the key certificate, never by document.

Source: RFC 5280; ETSI EN 319 412-2 and -3; checklist points 24 and 26.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import PublicKey
from exchange.core.der import has_positive_serial
from exchange.core.model import Fingerprint, KeyId
from exchange.errors import Finding, SignatureError

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)

_REMEMBERED: Final = 4096
"""Key certificates kept in memory. Strangers choose them, before any signature is verified,
so all of them together have to stay small: 64 MB, were each of them of the longest kind."""
_LONGEST: Final = 16 * 1024
"""Longest key certificate that is read, in bytes; real ones have 0.5 to 3 KB."""
_SERIAL_BITS: Final = 160
"""Longest serial number, in bits. Source: RFC 5280, section 4.1.2.2, 20 octets."""
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    # A TLS feature (RFC 7633) that the library does not know.
    KeyError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""How the library complains; they have no common ancestor (found by changing octets)."""

MACHINE_PURPOSES: Final = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH.dotted_string,
        ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,
        ExtendedKeyUsageOID.CODE_SIGNING.dotted_string,
        ExtendedKeyUsageOID.TIME_STAMPING.dotted_string,
        ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string,
    }
)
"""Purposes that are not the signing of documents (RFC 5280, section 4.2.1.12)."""
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)
"""Extensions that may be critical, because a rule of ours or none depends on them."""
_WEAK: Final = (hashes.MD5, hashes.SHA1, hashes.SHA224)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyCertificate:
    """One key certificate, with what the gates need of it; equal when the octets are."""

    der: bytes
    fingerprint: Fingerprint
    """SHA-256 of the DER octets."""
    key_id: KeyId
    """SHA-256 of the DER SubjectPublicKeyInfo."""
    public_key: PublicKey
    subject: str
    """The subject's name in the form of RFC 4514."""
    issuer: str
    """The issuer's name in the form of RFC 4514."""
    issuer_der: bytes
    """The issuer's name as it is encoded; names are compared in this form."""
    serial: int
    """Positive."""
    not_before: datetime
    not_after: datetime
    is_authority: bool
    """Whether it may issue others."""
    may_sign: bool
    """Whether its key usage allows digital signatures or content commitment."""
    purposes: frozenset[str] | None
    """Extended key usages as dotted identifiers, or None where the extension is absent."""
    weakly_issued: bool
    """Whether its issuer signed it with SHA-1, MD5 or less."""
    unknown_critical: bool
    """Whether it has a critical extension that nothing here understands."""

    def __eq__(self, other: object) -> bool:
        """Compare by octets."""
        return isinstance(other, KeyCertificate) and other.der == self.der

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash(self.der)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """What we demand of a key certificate that signs."""

    min_rsa_bits: int = 3072
    """Shortest RSA modulus, in bits (ETSI TS 119 312: 3000 and up beyond 2028)."""
    curves: frozenset[str] = frozenset({"secp256r1", "secp384r1"})
    """The curves of the algorithm table."""
    client_purpose: bool = False
    """Whether client authentication alone is purpose enough. Default: no."""
    pinned: bool = False
    """Whether whoever asks knows the key certificate by its SHA-256, so that the digests with
    which others vouched for it (its issuer, the signed properties) prove nothing more, and may
    be SHA-1. Default: no."""


@lru_cache(maxsize=_REMEMBERED)
def read_certificate(der: bytes) -> KeyCertificate:
    """Return a key certificate from its DER octets.

    Raises:
        SignatureError: It cannot be read, or says something that no key certificate may.
    """
    if len(der) > _LONGEST:
        message = f"expected a key certificate of at most {_LONGEST} bytes, found {len(der)}"
        raise _refused(SignatureCode.CERTIFICATE_UNREADABLE, message)
    if not has_positive_serial(der):
        code = SignatureCode.CERTIFICATE_SERIAL
        if der[:1] != b"\x30":
            code = SignatureCode.CERTIFICATE_UNREADABLE
        raise _refused(code, "expected a key certificate with a positive serial number")
    try:
        certificate = x509.load_der_x509_certificate(der)
        public_key = certificate.public_key()
        extensions = {extension.oid: extension for extension in certificate.extensions}
        usage = _value(extensions, x509.KeyUsage)
        purposes = _value(extensions, x509.ExtendedKeyUsage)
        basic = _value(extensions, x509.BasicConstraints)
        serial = certificate.serial_number
        weak = certificate.signature_hash_algorithm
        subject = certificate.subject.rfc4514_string()
        issuer = certificate.issuer.rfc4514_string()
        issuer_der = certificate.issuer.public_bytes()
        spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        not_before = certificate.not_valid_before_utc
        not_after = certificate.not_valid_after_utc
    except _UNREADABLE as exc:
        raise _refused(
            SignatureCode.CERTIFICATE_UNREADABLE, "the key certificate cannot be read"
        ) from exc
    if serial.bit_length() > _SERIAL_BITS:
        message = f"expected a serial number of at most {_SERIAL_BITS // 8} octets"
        raise _refused(SignatureCode.CERTIFICATE_SERIAL, message)
    if not isinstance(public_key, PublicKey):
        raise _refused(
            SignatureCode.KEY_MISMATCH,
            f"expected an EC, RSA or Ed25519 key, found {type(public_key).__name__}",
        )
    return KeyCertificate(
        der=der,
        fingerprint=Fingerprint(hashlib.sha256(der).digest()),
        key_id=KeyId(hashlib.sha256(spki).digest()),
        public_key=public_key,
        subject=subject,
        issuer=issuer,
        issuer_der=issuer_der,
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        is_authority=(basic is not None and basic.ca)
        or (usage is not None and usage.key_cert_sign),
        may_sign=usage is not None and (usage.digital_signature or usage.content_commitment),
        purposes=None if purposes is None else frozenset(oid.dotted_string for oid in purposes),
        weakly_issued=isinstance(weak, _WEAK),
        unknown_critical=any(
            extension.critical and oid not in _UNDERSTOOD for oid, extension in extensions.items()
        ),
    )


_CHECKS: Final[tuple[tuple[SignatureCode, Callable[[KeyCertificate], bool], str], ...]] = (
    (
        SignatureCode.CERTIFICATE_AUTHORITY,
        lambda c: c.is_authority,
        "expected the key of a signer, found that of a certification authority",
    ),
    (
        SignatureCode.CERTIFICATE_KEY_USAGE,
        lambda c: not c.may_sign,
        "expected key usage digitalSignature or nonRepudiation",
    ),
    (
        SignatureCode.CERTIFICATE_ALGORITHM,
        lambda c: c.weakly_issued,
        "expected a key certificate that was issued with SHA-256 or stronger",
    ),
    (
        SignatureCode.CERTIFICATE_EXTENSION,
        lambda c: c.unknown_critical,
        "expected no critical extension beyond those of RFC 5280 that are understood here",
    ),
)

_VOUCHED: Final = frozenset({SignatureCode.CERTIFICATE_ALGORITHM})
"""What is wrong with an issuer's word alone."""


@lru_cache(maxsize=_REMEMBERED)
def signing_certificate(der: bytes, policy: KeyPolicy) -> KeyCertificate:
    """Return the key certificate that a signature may rest on, or refuse it.

    Raises:
        SignatureError: It cannot be read, is one of an authority, or its usage, purpose,
            curve or size is not what the policy demands.
    """
    certificate = read_certificate(der)
    require_signing(certificate, policy)
    return certificate


def require_signing(certificate: KeyCertificate, policy: KeyPolicy) -> None:
    """Refuse a key certificate that no signature may rest on.

    Raises:
        SignatureError: As `signing_certificate`.
    """
    for code, fails, message in _CHECKS:
        if fails(certificate) and not (policy.pinned and code in _VOUCHED):
            raise _refused(code, message)
    key = certificate.public_key
    if isinstance(key, ed25519.Ed25519PublicKey):
        raise _refused(
            SignatureCode.KEY_MISMATCH, f"expected an EC or RSA key, found {type(key).__name__}"
        )
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < policy.min_rsa_bits:
            raise _refused(
                SignatureCode.WEAK_KEY,
                f"expected an RSA key of {policy.min_rsa_bits} bits or more, found {key.key_size}",
            )
    elif key.curve.name not in policy.curves:
        raise _refused(
            SignatureCode.WEAK_KEY,
            f"expected a curve of {', '.join(sorted(policy.curves))}, found {key.curve.name}",
        )
    purposes = certificate.purposes
    if purposes is not None and purposes <= MACHINE_PURPOSES:
        client = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string})
        if not (policy.client_purpose and purposes == client):
            raise _refused(
                SignatureCode.CERTIFICATE_PURPOSE,
                "expected an extended key usage that allows documents, or none at all",
            )


def _value(
    extensions: Mapping[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]],
    kind: type[_Extension],
) -> _Extension | None:
    """Return an extension's value when the key certificate has it."""
    found = extensions.get(kind.oid)
    return found.value if found is not None and isinstance(found.value, kind) else None


def _refused(code: SignatureCode, message: str) -> SignatureError:
    """Make the error of this module."""
    return SignatureError(Finding(code=code, path="KeyInfo/X509Data", message=message))
