"""Keys that were made elsewhere, read with suspicion before a vault keeps them.

- What is brought is PKCS#8 (in PEM also the older forms), encrypted or not, with the key
  certificates in the same file or beside it, in any order.
- A key that can never work is refused when it arrives: too short, on another curve, of a kind
  that its role has not, or with a certificate that is of another key or of an authority.
- Nothing of the key, its pass phrase or its file stands in an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from exchange.codes.vault import VaultCode
from exchange.core.certificate import KeyPolicy, signing_certificate
from exchange.core.model import KeyRole
from exchange.errors import Finding, SignatureError, VaultError
from exchange.vault.vault import Brought, KeyName, PrivateKey, require_kind, split_name

_POLICY: Final = KeyPolicy()
"""As for statements: the sizes and curves that gate 3 demands."""
_LONGEST: Final = 64 * 1024
"""Longest file that is read, in bytes; an RSA key of 16 384 bits with five certificates fits."""


def read_brought(octets: bytes, pass_phrase: str | None, *others: bytes) -> Brought:
    """Return a private key with its certificates.

    Args:
        octets: The private key, in PEM or DER; certificates may follow it in PEM.
        pass_phrase: What the key is encrypted with; `None` for a key in clear.
        others: Files of certificates, in PEM or DER.

    Raises:
        VaultError: It is no such key, the pass phrase is wrong, or no certificate is of it.
    """
    if any(len(one) > _LONGEST for one in (octets, *others)):
        raise _fault(VaultCode.IMPORT, f"expected files of at most {_LONGEST} bytes")
    private = _private(octets, pass_phrase.encode() if pass_phrase is not None else None)
    # A key in DER is alone in its file.
    files = (octets, *others) if b"-----BEGIN" in octets else others
    certificates = [one for data in files for one in _certificates(data)]
    return Brought(private=private, certificates=_in_order(private, certificates))


def require_keepable(key: KeyName, brought: Brought) -> None:
    """Refuse what could never be used under this name.

    Raises:
        VaultError: The name, the kind of key, its size or its certificate does not fit.
    """
    _, role = split_name(key)
    private, leaf = brought.private, brought.certificates[0]
    require_kind(key, is_ed25519=isinstance(private, ed25519.Ed25519PrivateKey))
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < _POLICY.min_rsa_bits:
        raise _fault(
            VaultCode.IMPORT,
            f"{key}: expected {_POLICY.min_rsa_bits} bits or more, found {private.key_size}",
        )
    if isinstance(private, ec.EllipticCurvePrivateKey) and (
        private.curve.name not in _POLICY.curves
    ):
        raise _fault(
            VaultCode.IMPORT,
            f"{key}: expected a curve of {', '.join(sorted(_POLICY.curves))}, "
            f"found {private.curve.name}",
        )
    if _public_octets(x509.load_der_x509_certificate(leaf)) != _octets(private):
        raise _fault(VaultCode.IMPORT, f"{key}: the certificate is of another key")
    if role in {KeyRole.TRANSPORT, KeyRole.CHECKPOINT}:
        return
    try:
        signing_certificate(leaf, _POLICY)
    except SignatureError as exc:
        raise VaultError(
            Finding(code=VaultCode.IMPORT, message=f"{key}: {exc.findings[0].message}")
        ) from exc


def _private(octets: bytes, pass_phrase: bytes | None) -> PrivateKey:
    load = load_pem_private_key if b"-----BEGIN" in octets else load_der_private_key
    try:
        private = load(octets, pass_phrase)
    except TypeError as exc:
        said = "is encrypted" if pass_phrase is None else "is not encrypted"
        raise _fault(VaultCode.PASS_PHRASE, f"the key that was brought {said}") from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        if pass_phrase is not None:
            raise _fault(
                VaultCode.PASS_PHRASE, "the pass phrase does not open the key that was brought"
            ) from exc
        raise _fault(VaultCode.IMPORT, "expected a private key in PKCS#8, PEM or DER") from exc
    if not isinstance(
        private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    ):
        raise _fault(VaultCode.IMPORT, "expected an EC, RSA or Ed25519 key")
    return private


def _certificates(data: bytes) -> Iterable[x509.Certificate]:
    """Return the certificates of a file, in PEM or DER; a file of keys alone has none."""
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            return x509.load_pem_x509_certificates(data)
        if b"-----BEGIN" in data:
            return ()
        return (x509.load_der_x509_certificate(data),)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as exc:
        raise _fault(VaultCode.IMPORT, "a certificate that was brought cannot be read") from exc


def _in_order(private: PrivateKey, found: list[x509.Certificate]) -> tuple[bytes, ...]:
    """Return the certificates from the leaf upwards; what belongs to no path is refused."""
    try:
        chain = [next(one for one in found if _public_octets(one) == _octets(private))]
    except StopIteration:
        raise _fault(
            VaultCode.IMPORT,
            "expected the certificate of the key, "
            + (f"found {len(found)} of other keys" if found else "found none"),
        ) from None
    left = [one for one in found if one != chain[0]]
    while left:
        above = next((one for one in left if one.subject == chain[-1].issuer), None)
        if above is None:
            raise _fault(VaultCode.IMPORT, "found a certificate that stands above none of the key")
        chain.append(above)
        left = [one for one in left if one != above]
    return tuple(one.public_bytes(Encoding.DER) for one in chain)


def _octets(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_octets(certificate: x509.Certificate) -> bytes:
    try:
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise _fault(VaultCode.IMPORT, "a certificate that was brought cannot be read") from exc
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _fault(code: VaultCode, message: str) -> VaultError:
    return VaultError(Finding(code=code, message=message))
