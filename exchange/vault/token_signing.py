"""Signature values from a token: the hash is made outside, the token does the mathematics.

- Modules differ in which combinations of hash and signature they know (SoftHSM 2.6.1 has no
  ECDSA with SHA-256 in one step), and none needs to see whole documents.
- RSA with PKCS#1 v1.5 gets the DigestInfo, RSA-PSS the digest and its parameters.

Everything here runs in the device's thread. Source: PKCS#11 3.0, sections 6.1.6, 6.1.10 and
6.3.12; RFC 8017, section 9.2.
"""

from __future__ import annotations

from typing import Any, Final

from asn1crypto.algos import DigestInfo
from cryptography.hazmat.primitives import hashes
from pkcs11 import MGF, Mechanism

from exchange.core.algorithms import Scheme, SignatureAlgorithm

_PSS: Final = {
    "sha256": (Mechanism.SHA256, MGF.SHA256),
    "sha384": (Mechanism.SHA384, MGF.SHA384),
    "sha512": (Mechanism.SHA512, MGF.SHA512),
}


def sign_with(private: Any, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Return the signature value of a token's key over some octets, as it stands in the XML."""
    hashing = hashes.Hash(algorithm.hash)
    hashing.update(octets)
    digest = hashing.finalize()
    match algorithm.scheme:
        case Scheme.ECDSA:
            value = private.sign(digest, mechanism=Mechanism.ECDSA)
        case Scheme.RSA_PSS:
            digesting, masking = _PSS[algorithm.hash.name]
            value = private.sign(
                digest,
                mechanism=Mechanism.RSA_PKCS_PSS,
                mechanism_param=(digesting, masking, algorithm.hash.digest_size),
            )
        case Scheme.RSA_PKCS1:
            information = DigestInfo(
                {"digest_algorithm": {"algorithm": algorithm.hash.name}, "digest": digest}
            ).dump()
            value = private.sign(information, mechanism=Mechanism.RSA_PKCS)
    return bytes(value)


def sign_note_with(private: Any, octets: bytes) -> bytes:
    """Return the Ed25519 signature of a token's key over the octets of a note."""
    return bytes(private.sign(octets, mechanism=Mechanism.EDDSA))
