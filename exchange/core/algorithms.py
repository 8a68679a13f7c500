"""Which algorithms a signature may use: a table with the source of each row.

- A row is bound to the kind of key, for ECDSA also to the curve; nothing is inferred.
- There is no HMAC, no SHA-1, no MD5 and no DSA, under any policy: no row, no way in.
- An ECDSA signature value is `r || s` of fixed length, never DER (RFC 9231, section 2.3.6).
- RSASSA-PSS takes the parameters that its identifier fixes: MGF1 with the same digest and
  a salt of the digest's length (RFC 9231, section 2.3.10).

    algorithm = ALGORITHMS.for_key(public_key)      # the default for that key
    algorithm.verify(public_key, value, octets)     # raises InvalidSignature
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
"""The kinds of public key that a key certificate may be for. No row of the table fits Ed25519:
such keys sign checkpoints and nothing in XML."""
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""The kinds of private key that make such signatures."""
_ED25519_BITS: Final = 256


class Scheme(StrEnum):
    """The mathematics of a signature algorithm."""

    ECDSA = "ecdsa"
    RSA_PSS = "rsa-pss"
    RSA_PKCS1 = "rsa-pkcs1-v1.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestAlgorithm:
    """One row of the table of digests."""

    uri: str
    """The identifier in `ds:DigestMethod`."""
    name: str
    """The name of FIPS 180-4, in the spelling of `hashlib`."""
    size: int
    """Length of a digest, in bytes."""
    compute: Callable[[bytes], bytes]
    """Octets in, digest out."""
    source: str
    """Where the identifier is defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureAlgorithm:
    """One row of the table of signature algorithms."""

    uri: str
    """The identifier in `ds:SignatureMethod`."""
    name: str
    """A short name for people and settings, such as `ecdsa-p256-sha256`."""
    scheme: Scheme
    hash: hashes.HashAlgorithm
    curve: str | None = None
    """For ECDSA: the one curve that this row is bound to."""
    width: int = 0
    """For ECDSA: length of each of r and s, in bytes."""
    source: str
    """Where the identifier is defined, and who recommends it."""

    def fits(self, key: PublicKey) -> bool:
        """Return whether a key is of the kind, and on the curve, of this row."""
        if self.scheme is Scheme.ECDSA:
            return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == self.curve
        return isinstance(key, rsa.RSAPublicKey)

    def value_length(self, key: PublicKey) -> int:
        """Return the length of every signature value with a key, in bytes."""
        if self.scheme is Scheme.ECDSA:
            return 2 * self.width
        return (key_bits(key) + 7) // 8

    def verify(self, key: PublicKey, value: bytes, octets: bytes) -> None:
        """Check a signature value over some octets.

        Args:
            key: A key that `fits` this row.
            value: The signature value as it stands in the XML, decoded.
            octets: What was signed.

        Raises:
            InvalidSignature: The value is not a signature of these octets with this key,
                or is not encoded in the only way there is.
        """
        if len(value) != self.value_length(key):
            raise InvalidSignature
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                r = int.from_bytes(value[: self.width])
                s = int.from_bytes(value[self.width :])
                if r == 0 or s == 0:
                    # Zero is what CVE-2022-21449 let through; it is never a signature.
                    raise InvalidSignature
                key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(self.hash))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(value, octets, _padding(self), self.hash)
            else:
                raise InvalidSignature
        except (ValueError, UnsupportedAlgorithm) as exc:
            raise InvalidSignature from exc

    def sign(self, key: PrivateKey, octets: bytes) -> bytes:
        """Return the signature value over some octets, as it stands in the XML before Base64.

        For vaults whose key is in memory; one with a device calls `from_der` instead.
        """
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return self.from_der(key.sign(octets, ec.ECDSA(self.hash)))
        return key.sign(octets, _padding(self), self.hash)

    def from_der(self, signature: bytes) -> bytes:
        """Return `r || s` of fixed length for a DER encoded ECDSA signature.

        Source: RFC 9231, section 2.3.6, and RFC 4050, section 3.3.
        """
        r, s = decode_dss_signature(signature)
        return r.to_bytes(self.width) + s.to_bytes(self.width)


def key_bits(key: PublicKey) -> int:
    """Return the size of a public key as people state it, in bits."""
    return _ED25519_BITS if isinstance(key, ed25519.Ed25519PublicKey) else key.key_size


def _padding(algorithm: SignatureAlgorithm) -> padding.AsymmetricPadding:
    """Return the RSA padding of a row."""
    if algorithm.scheme is Scheme.RSA_PSS:
        return padding.PSS(mgf=padding.MGF1(algorithm.hash), salt_length=algorithm.hash.digest_size)
    return padding.PKCS1v15()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmTable:
    """The algorithms in force; part of every snapshot."""

    version: str
    """Names the table in a verdict."""
    signatures: Mapping[str, SignatureAlgorithm]
    """By identifier; what is not here does not exist."""
    digests: Mapping[str, DigestAlgorithm]
    """By identifier; what is not here does not exist."""

    def for_key(self, key: PublicKey) -> SignatureAlgorithm:
        """Return the first row that fits a key: the default to sign with.

        Raises:
            LookupError: No row fits.
        """
        for algorithm in self.signatures.values():
            if algorithm.fits(key):
                return algorithm
        message = "no signature algorithm of the table fits this key"
        raise LookupError(message)


def _sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _sha384(octets: bytes) -> bytes:
    return hashlib.sha384(octets).digest()


def _sha512(octets: bytes) -> bytes:
    return hashlib.sha512(octets).digest()


SHA256_URI: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_MORE_2001: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007: Final = "http://www.w3.org/2007/05/xmldsig-more#"

_DIGESTS: Final = (
    DigestAlgorithm(
        uri=SHA256_URI,
        name="sha256",
        size=32,
        compute=_sha256,
        source="XML Encryption 1.1, section 5.7.2; ETSI TS 119 312 v1.5.1, table 1",
    ),
    DigestAlgorithm(
        uri=f"{_MORE_2001}sha384",
        name="sha384",
        size=48,
        compute=_sha384,
        source="RFC 9231, section 2.1.3; ETSI TS 119 312 v1.5.1, table 1",
    ),
    DigestAlgorithm(
        uri="http://www.w3.org/2001/04/xmlenc#sha512",
        name="sha512",
        size=64,
        compute=_sha512,
        source="XML Encryption 1.1, section 5.7.3; ETSI TS 119 312 v1.5.1, table 1",
    ),
)

_SIGNATURES: Final = (
    SignatureAlgorithm(
        uri=f"{_MORE_2001}ecdsa-sha256",
        name="ecdsa-p256-sha256",
        scheme=Scheme.ECDSA,
        hash=hashes.SHA256(),
        curve="secp256r1",
        width=32,
        source="RFC 9231, section 2.3.6; FIPS 186-5; ETSI TS 119 312 v1.5.1, table 4",
    ),
    SignatureAlgorithm(
        uri=f"{_MORE_2001}ecdsa-sha384",
        name="ecdsa-p384-sha384",
        scheme=Scheme.ECDSA,
        hash=hashes.SHA384(),
        curve="secp384r1",
        width=48,
        source="RFC 9231, section 2.3.6; FIPS 186-5; ETSI TS 119 312 v1.5.1, table 4",
    ),
    *(
        SignatureAlgorithm(
            uri=f"{_MORE_2007}{digest.name}-rsa-MGF1",
            name=f"rsa-pss-{digest.name}",
            scheme=Scheme.RSA_PSS,
            hash=digest,
            source="RFC 9231, section 2.3.10; RFC 8017, section 8.1; ETSI TS 119 312, table 3",
        )
        for digest in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
    ),
    *(
        SignatureAlgorithm(
            uri=f"{_MORE_2001}rsa-{digest.name}",
            name=f"rsa-{digest.name}",
            scheme=Scheme.RSA_PKCS1,
            hash=digest,
            source="RFC 9231, section 2.3.2 to 2.3.4; RFC 8017, section 8.2; ETSI TS 119 312",
        )
        for digest in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
    ),
)

ALGORITHMS: Final = AlgorithmTable(
    version="2026-1",
    signatures=MappingProxyType({row.uri: row for row in _SIGNATURES}),
    digests=MappingProxyType({row.uri: row for row in _DIGESTS}),
)
"""The table in force."""
