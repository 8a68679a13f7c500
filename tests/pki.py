"""Keys and key certificates for tests: made in memory, thrown away with the process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from exchange.core.algorithms import ALGORITHMS
from exchange.core.signing import complete, prepare

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2028, 1, 1, tzinfo=UTC)
SIGNED_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
AnyKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_CURVES: dict[str, ec.EllipticCurve] = {
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
    "brainpool": ec.BrainpoolP256R1(),
}


@cache
def private_key(kind: str, number: int = 0) -> AnyKey:
    """Return the key of a kind and number, the same one for the whole session."""
    del number
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key with its key certificate, and those of its issuers."""

    key: AnyKey
    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The key certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def value(self, octets: bytes, algorithm: str | None = None) -> bytes:
        """Return a signature value over some octets, by the default algorithm or another."""
        key = self.key
        assert not isinstance(key, ed25519.Ed25519PrivateKey)
        row = (
            ALGORITHMS.signatures[algorithm] if algorithm else ALGORITHMS.for_key(key.public_key())
        )
        return row.sign(key, octets)

    def sign(
        self, draft: bytes, *, at: datetime = SIGNED_AT, algorithm: str | None = None
    ) -> bytes:
        """Return a signed document as the hub would make it."""
        assert not isinstance(self.key, ed25519.Ed25519PrivateKey)
        chain = [self.der, *(issuer.public_bytes(Encoding.DER) for issuer in self.issuers)]
        to_sign = prepare(draft, certificates=chain, signed_at=at, algorithm=algorithm)
        return complete(to_sign, to_sign.algorithm.sign(self.key, to_sign.octets))


def name(text: str) -> x509.Name:
    """Return a distinguished name with a common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def make_signer(
    kind: str = "p256",
    *,
    number: int = 0,
    subject: str = "认证机构 Certification Body 0103",
    issuer: Signer | None = None,
    authority: bool = False,
    may_sign: bool | None = True,
    purposes: tuple[str, ...] = (),
    critical: str | None = None,
    digest: hashes.SHA256 | hashes.SHA384 | None = None,
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
    serial: int | None = None,
) -> Signer:
    """Return a signer whose key certificate has the properties asked for.

    Args:
        kind: The kind of key.
        number: Tells keys of one kind apart.
        subject: The common name.
        issuer: Who issues it; itself when left out.
        authority: Whether it may issue others.
        may_sign: Whether its key usage allows signatures; None for no key usage at all.
        purposes: Extended key usages.
        critical: An identifier of an unknown critical extension.
        digest: The digest of its own signature.
        not_before: Start of its validity.
        not_after: End of its validity.
        serial: Its serial number; random when left out.
    """
    key = private_key(kind, number)
    by = issuer.certificate.subject if issuer else name(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if may_sign is not None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=may_sign and not authority,
                content_commitment=may_sign and not authority,
                key_encipherment=not may_sign,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    if purposes:
        identifiers = [x509.ObjectIdentifier(purpose) for purpose in purposes]
        builder = builder.add_extension(x509.ExtendedKeyUsage(identifiers), critical=False)
    if critical:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(critical), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    signing = issuer.key if issuer else key
    chosen = None if isinstance(signing, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    certificate = builder.sign(signing, chosen)
    issuers = () if issuer is None else (issuer.certificate, *issuer.issuers)
    return Signer(key=key, certificate=certificate, issuers=issuers)
