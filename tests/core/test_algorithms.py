"""The table of algorithms: bound to keys, sourced, and without a way around."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from exchange.core.algorithms import ALGORITHMS, Scheme, SignatureAlgorithm
from tests.pki import private_key

_ROWS = tuple(ALGORITHMS.signatures.values())


def _key(row: SignatureAlgorithm) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    key = private_key({"secp256r1": "p256", "secp384r1": "p384"}.get(row.curve or "", "rsa3072"))
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return key


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_table_row_verifies_its_own_signature_and_no_other(row: SignatureAlgorithm) -> None:
    key = _key(row)
    value = row.sign(key, b"octets")

    row.verify(key.public_key(), value, b"octets")
    for wrong_value, octets in (
        (value, b"other octets"),
        (value[:-1], b"octets"),
        (value + b"\0", b"octets"),
        (b"\0" + value, b"octets"),
        (b"", b"octets"),
        (bytes(len(value)), b"octets"),
        (b"\xff" * len(value), b"octets"),
        (bytes([value[0] ^ 1]) + value[1:], b"octets"),
    ):
        with pytest.raises(InvalidSignature):
            row.verify(key.public_key(), wrong_value, octets)


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_table_row_names_its_source(row: SignatureAlgorithm) -> None:
    assert "RFC 9231" in row.source
    assert row.uri.startswith("http://www.w3.org/")


def test_table_has_no_weak_algorithm() -> None:
    words = ("sha1", "md5", "hmac", "dsa-sha1", "sha224", "ripemd")

    assert not [
        u for u in (*ALGORITHMS.signatures, *ALGORITHMS.digests) if any(w in u for w in words)
    ]


@pytest.mark.parametrize("kind", ["p521", "secp256k1", "brainpool"])
def test_for_key_outside_the_table_there_is_no_default(kind: str) -> None:
    key = private_key(kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    with pytest.raises(LookupError):
        ALGORITHMS.for_key(key.public_key())
    assert not [row for row in _ROWS if row.fits(key.public_key())]


def test_pss_with_another_salt_length_is_refused() -> None:
    row = next(row for row in _ROWS if row.scheme is Scheme.RSA_PSS)
    key = private_key("rsa3072")
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=20)

    with pytest.raises(InvalidSignature):
        row.verify(key.public_key(), key.sign(b"octets", pss, hashes.SHA256()), b"octets")


def test_from_der_gives_two_numbers_of_fixed_length() -> None:
    row = next(row for row in _ROWS if row.curve == "secp384r1")
    key = _key(row)
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    lengths = {len(row.from_der(key.sign(b"x", ec.ECDSA(hashes.SHA384())))) for _ in range(20)}

    assert lengths == {96}
