"""Keys and key certificates as objects of a PKCS#11 token: how they are called and found.

- A private key, its certificate and those above it have one label, the name of the key, and an
  identifier: SHA-1 of the public key, as tokens do; those above it have one octet more.
- A private key is sensitive, cannot be extracted, signs and does nothing else.
- The private key gets its name last. What a power cut leaves behind has no name, so it neither
  stands in the way nor is taken for a key.
- Which certificate belongs to a key is not believed but proved: the key signs, the certificate
  verifies.

Everything here runs in the device's thread. Source: PKCS#11 3.0, sections 4.4, 4.6 and 4.9.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters
from pkcs11.util.rsa import decode_rsa_private_key

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import ALGORITHMS
from exchange.errors import Finding, VaultError
from exchange.vault.device import LOST, token_fault, translated
from exchange.vault.token_signing import sign_note_with, sign_with
from exchange.vault.vault import (
    KeyKind,
    KeyName,
    PrivateKey,
    PublicKey,
    collected,
    is_key_name,
)

_UNNAMED: Final = "unfinished"
_ED25519_PARAMETERS: Final = bytes.fromhex("06032b6570")
"""The object identifier 1.3.101.112 (RFC 8410), DER."""
_CHALLENGE: Final = b"which certificate belongs to this key\n"
_CURVES: Final = {KeyKind.EC_P256: "secp256r1", KeyKind.EC_P384: "secp384r1"}
_RSA_BITS: Final = 3072
_PRIVATE: Final[Mapping[Attribute, Any]] = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
    Attribute.DERIVE: False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """One key of a token with its certificates."""

    private: pkcs11.PrivateKey = field(repr=False)
    public: PublicKey
    certificates: tuple[bytes, ...]
    """Leaf first, DER."""


def read_keys(session: pkcs11.Session) -> Mapping[KeyName, TokenKey]:
    """Return every key that has a name of our form.

    Raises:
        VaultError: A key could be taken out of the token, has no certificate that belongs to
            it, or two have one name; each in a finding of its own.
    """
    found: dict[KeyName, TokenKey] = {}
    faults: list[Finding] = []
    with translated("reading the token"):
        for private in list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})):
            name = _label(private)
            if not is_key_name(name):
                continue
            key = KeyName(name)
            with collected(faults):
                if key in found:
                    raise token_fault(VaultCode.DAMAGED, f"{key}: two keys have this name")
                found[key] = _read(session, key, private)
    if faults:
        raise VaultError(*faults)
    return found


def make_pair(session: pkcs11.Session, kind: KeyKind) -> tuple[pkcs11.PrivateKey, PublicKey]:
    """Make a key pair in the token; the private key has no name yet."""
    public_template = {Attribute.TOKEN: False}
    with translated("making a key"):
        if kind is KeyKind.RSA_3072:
            public, private = session.generate_keypair(
                KeyType.RSA,
                _RSA_BITS,
                capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
                public_template=public_template,
                private_template=dict(_PRIVATE),
                label=_UNNAMED,
                store=True,
            )
            numbers = rsa.RSAPublicNumbers(
                int.from_bytes(public[Attribute.PUBLIC_EXPONENT]),
                int.from_bytes(public[Attribute.MODULUS]),
            )
            discard(public)
            return private, numbers.public_key()
        edwards = kind is KeyKind.ED25519
        domain = session.create_domain_parameters(
            KeyType.EC_EDWARDS if edwards else KeyType.EC,
            {
                Attribute.EC_PARAMS: _ED25519_PARAMETERS
                if edwards
                else encode_named_curve_parameters(_CURVES[kind])
            },
            local=True,
        )
        public, private = domain.generate_keypair(
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            public_template=public_template,
            private_template=dict(_PRIVATE),
            label=_UNNAMED,
            store=True,
        )
        point = public[Attribute.EC_POINT]
        # The certificate shows it from now on.
        discard(public)
        return private, _public(kind, point)


def bring(session: pkcs11.Session, private: PrivateKey) -> Any:
    """Put a key that was made elsewhere into the token; it has no name yet."""
    with translated("bringing a key in"):
        return session.create_object(
            {
                Attribute.CLASS: ObjectClass.PRIVATE_KEY,
                **_secret(private),
                **_PRIVATE,
                Attribute.LABEL: _UNNAMED,
            }
        )


def keep(
    session: pkcs11.Session,
    key: KeyName,
    private: pkcs11.PrivateKey,
    certificates: Sequence[bytes],
) -> TokenKey:
    """Write the certificates, then give the private key its name; all or nothing.

    Raises:
        VaultError: The name is taken, or key and certificate do not belong together.
    """
    made: list[Any] = [private]
    try:
        with translated(f"keeping {key}"):
            _require_times(session, key, 0)
            leaf = x509.load_der_x509_certificate(certificates[0])
            identifier = _identifier(leaf)
            for number, der in enumerate(certificates):
                above = bytes([number]) if number else b""
                made.append(_write_certificate(session, key, identifier + above, der))
            private[Attribute.ID] = identifier
            private[Attribute.LABEL] = key
            # Another process may have had the same idea; neither is kept, and nobody used it yet.
            _require_times(session, key, 1)
            return _read(session, key, private)
    except BaseException:
        for one in made:
            discard(one)
        raise


def discard(one: Any) -> None:
    """Destroy an object that nobody has used yet; what cannot be destroyed has no name."""
    try:
        one.destroy()
    except pkcs11.PKCS11Error:
        return


def _label(one: Any) -> str:
    """Return the label of an object; an object of others may have none that is text."""
    try:
        return str(one[Attribute.LABEL])
    except (UnicodeDecodeError, pkcs11.AttributeTypeInvalid):
        return ""


def _require_times(session: pkcs11.Session, key: KeyName, times: int) -> None:
    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: str(key)}
    if len(list(session.get_objects(wanted))) != times:
        raise token_fault(VaultCode.KEY_EXISTS, f"{key} exists")


def _read(session: pkcs11.Session, key: KeyName, private: Any) -> TokenKey:
    """Return a key with the certificates of its name that belong to it."""
    if private[Attribute.EXTRACTABLE] or not private[Attribute.SENSITIVE]:
        raise token_fault(VaultCode.EXTRACTABLE, f"{key} can be taken out of the token")
    found = [
        (one[Attribute.ID], one[Attribute.VALUE])
        for one in session.get_objects(
            {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: str(key)}
        )
    ]
    identifier = private[Attribute.ID]
    chain = tuple(der for one, der in sorted(found) if one.startswith(identifier))
    if not chain:
        raise token_fault(VaultCode.DAMAGED, f"{key} has no certificate")
    try:
        public = x509.load_der_x509_certificate(chain[0]).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as exc:
        raise token_fault(VaultCode.DAMAGED, f"{key}: the certificate cannot be read") from exc
    if not isinstance(
        public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
    ):
        raise token_fault(VaultCode.DAMAGED, f"{key}: expected an EC, RSA or Ed25519 key")
    _prove(key, private, public)
    return TokenKey(private=private, public=public, certificates=chain)


def _prove(key: KeyName, private: Any, public: PublicKey) -> None:
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(sign_note_with(private, _CHALLENGE), _CHALLENGE)
        else:
            row = ALGORITHMS.for_key(public)
            row.verify(public, sign_with(private, _CHALLENGE, row), _CHALLENGE)
    except LOST:
        raise
    except (InvalidSignature, LookupError, pkcs11.PKCS11Error) as exc:
        raise token_fault(VaultCode.DAMAGED, f"{key}: the certificate is of another key") from exc


def _write_certificate(
    session: pkcs11.Session, key: KeyName, identifier: bytes, der: bytes
) -> pkcs11.Object:
    certificate = x509.load_der_x509_certificate(der)
    return session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.LABEL: str(key),
            Attribute.ID: identifier,
            Attribute.SUBJECT: certificate.subject.public_bytes(),
            Attribute.VALUE: der,
        }
    )


def _identifier(leaf: x509.Certificate) -> bytes:
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    # A name among the objects of one token, as PKCS#11 suggests it; nothing rests on its strength.
    return hashlib.sha1(spki, usedforsecurity=False).digest()


def _public(kind: KeyKind, point: bytes) -> PublicKey:
    """Return a public key from the point that the token shows, an OCTET STRING in DER."""
    if kind is KeyKind.ED25519:
        return ed25519.Ed25519PublicKey.from_public_bytes(point[2:])
    curve = ec.SECP256R1() if kind is KeyKind.EC_P256 else ec.SECP384R1()
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, point[2:])


def _secret(private: PrivateKey) -> dict[Attribute, Any]:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return {
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.EC_PARAMS: _ED25519_PARAMETERS,
            Attribute.VALUE: private.private_bytes_raw(),
        }
    if isinstance(private, rsa.RSAPrivateKey):
        return decode_rsa_private_key(
            private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
    width = (private.curve.key_size + 7) // 8
    return {
        Attribute.KEY_TYPE: KeyType.EC,
        Attribute.EC_PARAMS: encode_named_curve_parameters(private.curve.name),
        Attribute.VALUE: private.private_numbers().private_value.to_bytes(width),
    }
