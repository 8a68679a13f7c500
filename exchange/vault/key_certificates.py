"""Self-issued key certificates: how a fresh key is shown to the world.

- Trust comes from the signed list, so a key certificate needs no authority above it.
- A signing key may sign documents and nothing else; a transport key may be client and
  server and nothing else; none may issue others.

Source: RFC 5280, sections 4.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.core.model import KeyRole
from exchange.vault.vault import KeyKind, KeyName, NewKey, PrivateKey, PublicKey, split_name

LONGEST_NAME: Final = 64
"""Upper bound of a name in a certificate, in characters (RFC 5280, appendix A.1)."""
SERIAL_BITS: Final = 127
"""Random bits of a serial number; 64 are asked for (CA/Browser Forum, section 7.1)."""


def make_key(kind: KeyKind) -> PrivateKey:
    """Make a private key."""
    match kind:
        case KeyKind.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyKind.EC_P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyKind.RSA_3072:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)
        case KeyKind.ED25519:
            return ed25519.Ed25519PrivateKey.generate()


def self_issued(private: PrivateKey, key: KeyName, new: NewKey, serial: int) -> bytes:
    """Return a key certificate for a key, signed with itself, DER.

    Args:
        private: The key.
        key: Its name; body and role stand in the certificate for people.
        new: What else the certificate says.
        serial: Positive, at most 159 bits.
    """
    return _signed(_draft_of(private.public_key(), key, new, serial), private)


def self_issued_by(
    public: PublicKey, key: KeyName, new: NewKey, serial: int, sign: Callable[[bytes], bytes]
) -> bytes:
    """Return what `self_issued` does, for a key that only a token can use.

    The library signs certificates with keys in memory only. So a throw-away key of the same
    kind signs first, which makes octets of the right form, and the token's own signature over
    the same content takes the place of that one.

    Args:
        public: The public half.
        key: Its name.
        new: What else the certificate says.
        serial: Positive, at most 159 bits.
        sign: Returns the token's signature over some octets, as certificates have it: with
            SHA-256, in DER for ECDSA, PKCS#1 v1.5 for RSA.
    """
    throw_away: PrivateKey
    if isinstance(public, ed25519.Ed25519PublicKey):
        throw_away = ed25519.Ed25519PrivateKey.generate()
    elif isinstance(public, rsa.RSAPublicKey):
        throw_away = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        throw_away = ec.generate_private_key(ec.SECP256R1())
    drafted = _signed(_draft_of(public, key, new, serial), throw_away)
    certificate = asn1_x509.Certificate.load(drafted)
    certificate["signature_value"] = sign(certificate["tbs_certificate"].dump())
    return bytes(certificate.dump())


def _draft_of(public: PublicKey, key: KeyName, new: NewKey, serial: int) -> x509.CertificateBuilder:
    _, role = split_name(key)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, new.economy),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, new.organisation[:LONGEST_NAME]),
            # With its suffix, so that people can tell apart the keys of one role.
            x509.NameAttribute(NameOID.COMMON_NAME, " ".join(key.split("/"))),
        ]
    )
    return _draft(
        public,
        name,
        not_before=new.not_before,
        not_after=new.not_after,
        serial=serial,
        transport=role is KeyRole.TRANSPORT,
        hosts=new.hosts,
    )


def leaf_certificate(
    private: PrivateKey, name: x509.Name, *, not_before: datetime, not_after: datetime, serial: int
) -> bytes:
    """Return an end-entity certificate that may sign, signed with its own key, DER.

    Args:
        private: The key.
        name: Subject and issuer.
        not_before: Start of its validity, aware UTC.
        not_after: End of its validity, aware UTC.
        serial: Positive, at most 159 bits.
    """
    draft = _draft(
        private.public_key(), name, not_before=not_before, not_after=not_after, serial=serial
    )
    return _signed(draft, private)


def _signed(draft: x509.CertificateBuilder, private: PrivateKey) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return draft.sign(private, None).public_bytes(Encoding.DER)
    # Deterministic (RFC 6979), so that nothing rests on the randomness of one moment.
    deterministic = True if isinstance(private, ec.EllipticCurvePrivateKey) else None
    return draft.sign(private, hashes.SHA256(), ecdsa_deterministic=deterministic).public_bytes(
        Encoding.DER
    )


def _draft(
    public: PublicKey,
    name: x509.Name,
    *,
    not_before: datetime,
    not_after: datetime,
    serial: int,
    transport: bool = False,
    hosts: tuple[str, ...] = (),
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(content_commitment=not transport), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if transport:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(_hosts(hosts)), critical=False)
    return builder


def _usage(*, content_commitment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _hosts(hosts: Iterable[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names
