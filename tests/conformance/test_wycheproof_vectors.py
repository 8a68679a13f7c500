"""Signature values that were made to break verifiers.

Source: C2SP Wycheproof, testvectors_v1.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from exchange.core.algorithms import ALGORITHMS

_BY_NAME = {row.name: row for row in ALGORITHMS.signatures.values()}


@pytest.mark.parametrize(
    ("file", "algorithm", "tests"),
    [
        ("ecdsa_secp256r1_sha256_p1363_test.json", "ecdsa-p256-sha256", 250),
        ("ecdsa_secp384r1_sha384_p1363_test.json", "ecdsa-p384-sha384", 250),
        ("rsa_pss_2048_sha256_mgf1_32_test.json", "rsa-pss-sha256", 50),
    ],
)
def test_wycheproof_every_verdict_is_ours(
    fixtures: Path, file: str, algorithm: str, tests: int
) -> None:
    vectors = json.loads((fixtures / "vectors" / "wycheproof" / file).read_text("utf-8"))
    row = _BY_NAME[algorithm]
    differing, run = [], 0
    for group in vectors["testGroups"]:
        key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
        assert row.fits(key)
        for test in group["tests"]:
            run += 1
            try:
                row.verify(key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
                verdict = "valid"
            except InvalidSignature:
                verdict = "invalid"
            if verdict != test["result"]:
                differing.append((test["tcId"], test["comment"], verdict))

    assert differing == []
    assert run >= tests


def test_wycheproof_der_is_never_taken_for_two_numbers(fixtures: Path) -> None:
    file = fixtures / "vectors" / "wycheproof" / "ecdsa_secp256r1_sha256_test.json"
    row = _BY_NAME["ecdsa-p256-sha256"]
    for group in json.loads(file.read_text("utf-8"))["testGroups"]:
        key = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        for test in group["tests"]:
            if test["result"] == "valid":
                with pytest.raises(InvalidSignature):
                    row.verify(key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
