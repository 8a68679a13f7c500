"""Key certificates: whatever octets stand in KeyInfo, they are read or refused."""

from __future__ import annotations

from typing import Final

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import ALGORITHMS, key_bits
from exchange.core.certificate import KeyPolicy, read_certificate, signing_certificate
from exchange.core.model import KeyRole
from exchange.errors import SignatureError
from exchange.vault.vault import key_name
from tests.pki import make_signer
from tests.world import ISSUER, START, make_world

MIB: Final = 1024 * 1024
TLS_FEATURE: Final = "1.3.6.1.5.5.7.1.24"
ALTERNATIVE_NAME: Final = "2.5.29.17"


def of_issuer() -> bytes:
    """Return a valid key certificate."""
    return make_world().vault.certificates_now(key_name(ISSUER, KeyRole.ATTESTATION))[0]


def with_serial(number: int) -> bytes:
    """Return the key certificate with another serial number; its signature does not matter."""
    certificate = asn1_x509.Certificate.load(of_issuer())
    certificate["tbs_certificate"]["serial_number"] = number
    octets: bytes = certificate.dump(force=True)
    return octets


def with_version(number: int) -> bytes:
    """Return the key certificate with another version."""
    old = bytes.fromhex("a003020102")
    found = of_issuer()
    assert found.count(old) == 1
    return found.replace(old, old[:-1] + bytes((number,)))


def with_extension(identifier: str, value: bytes) -> bytes:
    """Return a key certificate with one extension, whose value may be nonsense."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(START)
        .not_valid_after(START)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(identifier), value), critical=False
        )
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def test_certificate_of_a_checkpoint_key_is_read_and_signs_nothing_in_xml() -> None:
    signer = make_signer("ed25519")

    certificate = read_certificate(signer.der)

    assert isinstance(certificate.public_key, Ed25519PublicKey)
    assert key_bits(certificate.public_key) == 256
    with pytest.raises(LookupError):
        ALGORITHMS.for_key(certificate.public_key)
    with pytest.raises(SignatureError) as caught:
        signing_certificate(signer.der, KeyPolicy())
    assert caught.value.code is SignatureCode.KEY_MISMATCH


@pytest.mark.parametrize("name", sorted(ALGORITHMS.signatures))
def test_no_algorithm_of_the_table_verifies_with_a_checkpoint_key(name: str) -> None:
    key = read_certificate(make_signer("ed25519").der).public_key
    algorithm = ALGORITHMS.signatures[name]

    with pytest.raises(InvalidSignature):
        algorithm.verify(key, bytes(algorithm.value_length(key)), b"octets")


@pytest.mark.parametrize(
    ("der", "code"),
    [
        (bytes.fromhex("3006300402003000"), SignatureCode.CERTIFICATE_SERIAL),
        (with_serial(0), SignatureCode.CERTIFICATE_SERIAL),
        (with_serial(-1), SignatureCode.CERTIFICATE_SERIAL),
        (with_serial(1 << 160), SignatureCode.CERTIFICATE_SERIAL),
        (with_serial(1 << 20_000), SignatureCode.CERTIFICATE_SERIAL),
        (with_version(1), SignatureCode.CERTIFICATE_UNREADABLE),
        (with_version(66), SignatureCode.CERTIFICATE_UNREADABLE),
        (
            with_extension(TLS_FEATURE, bytes.fromhex("3003020142")),
            SignatureCode.CERTIFICATE_UNREADABLE,
        ),
        (
            with_extension(ALTERNATIVE_NAME, bytes.fromhex("3005a303300101")),
            SignatureCode.CERTIFICATE_UNREADABLE,
        ),
    ],
    ids=[
        "serial without octets",
        "serial zero",
        "serial negative",
        "serial of 21 octets",
        "serial that cannot be printed",
        "version 2",
        "version 67",
        "unknown TLS feature",
        "x400 address",
    ],
)
def test_read_certificate_odd_der_is_refused(der: bytes, code: SignatureCode) -> None:
    with pytest.raises(SignatureError) as caught:
        read_certificate(der)

    assert caught.value.code is code


def test_read_certificate_longest_serial_is_read() -> None:
    assert read_certificate(with_serial((1 << 160) - 1)).serial == (1 << 160) - 1


@given(
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3)
)
@settings(max_examples=2_000, deadline=None)
def test_read_certificate_any_octets_are_read_or_refused(edits: list[tuple[int, int]]) -> None:
    octets = bytearray(of_issuer())
    for at, value in edits:
        octets[at % len(octets)] = value

    try:
        signing_certificate(bytes(octets), KeyPolicy())
    except SignatureError as exc:
        assert exc.findings  # noqa: PT017 - both endings are right


def test_read_certificate_remembers_little_whatever_strangers_send() -> None:
    remembered = read_certificate.cache_parameters()["maxsize"]
    longest = 16 * 1024
    with pytest.raises(SignatureError):
        read_certificate(b"\x30" * (longest + 1))

    assert remembered * longest <= 64 * MIB
