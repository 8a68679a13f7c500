"""What every vault promises, tried on both kinds: encrypted files, and a PKCS#11 token."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import ALGORITHMS, Scheme
from exchange.core.certificate import signing_certificate
from exchange.core.signature_policy import STATEMENT
from exchange.errors import VaultError
from exchange.vault.brought import read_brought
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.vault import KeyKind, KeyName, Vault
from tests.vault.conftest import PASS, new_key
from tests.vault.keys_elsewhere import BAD, CHECKPOINT, GOOD, SECRET, STATUS, TRANSPORT, Bad, Good

NAME = KeyName("CN-CB-0103/attestation")
ECDSA = next(row for row in ALGORITHMS.signatures.values() if row.name == "ecdsa-p256-sha256")
RSA = [row for row in ALGORITHMS.signatures.values() if row.scheme is not Scheme.ECDSA]


async def refused(attempt: Coroutine[Any, Any, object]) -> VaultError:
    with pytest.raises(VaultError) as caught:
        await attempt
    assert PASS not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA_3072])
async def test_generated_key_signs_with_every_algorithm_that_fits_it(
    vault: Vault, kind: KeyKind
) -> None:
    (leaf,) = await vault.generate(NAME, new_key(kind))
    key = signing_certificate(leaf, STATEMENT.keys).public_key
    fitting = [row for row in ALGORITHMS.signatures.values() if row.fits(key)]

    for row in fitting:
        value = await vault.sign(NAME, b"octets", row)

        row.verify(key, value, b"octets")
        assert len(value) == row.value_length(key)
    assert len(fitting) == (6 if kind is KeyKind.RSA_3072 else 1)
    assert load_der_public_key(await vault.public_key(NAME)) == key


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_generated_certificate_is_signed_with_its_own_key(
    vault: Vault, kind: KeyKind
) -> None:
    name = CHECKPOINT if kind is KeyKind.ED25519 else NAME

    (leaf,) = await vault.generate(name, new_key(kind))

    certificate = x509.load_der_x509_certificate(leaf)
    certificate.verify_directly_issued_by(certificate)
    assert "华信认证中心" in certificate.subject.rfc4514_string()
    assert name.split("/")[0] in certificate.subject.rfc4514_string()
    assert certificate.signature_hash_algorithm is None or (
        certificate.signature_hash_algorithm.name == "sha256"
    )


async def test_generated_certificates_have_long_serial_numbers_of_their_own(vault: Vault) -> None:
    made = [await vault.generate(KeyName(f"{NAME}-{n}"), new_key()) for n in range(4)]
    serials = {x509.load_der_x509_certificate(leaf).serial_number for (leaf,) in made}

    assert len(serials) == 4
    assert all(0 < serial < 2**159 for serial in serials)
    assert max(serial.bit_length() for serial in serials) > 100


async def test_checkpoint_key_signs_notes(vault: Vault) -> None:
    await vault.generate(CHECKPOINT, new_key(KeyKind.ED25519))

    value = await vault.sign_note(CHECKPOINT, b"note\n")

    public = await vault.public_key(CHECKPOINT)
    Ed25519PublicKey.from_public_bytes(public).verify(value, b"note\n")


async def test_keys_are_there_when_the_vault_is_opened_again(place: VaultPlace) -> None:
    async with opened(place, create=True) as vault:
        before = await vault.generate(NAME, new_key())
        await vault.generate(TRANSPORT, new_key(hosts=("localhost",)))
        await vault.generate(CHECKPOINT, new_key(KeyKind.ED25519))

    async with opened(place) as vault:
        assert vault.names() == tuple(sorted((NAME, TRANSPORT, CHECKPOINT)))
        assert await vault.certificates(NAME) == before
        value = await vault.sign(NAME, b"octets", ECDSA)
        ECDSA.verify(signing_certificate(before[0], STATEMENT.keys).public_key, value, b"octets")
        await vault.check()


async def test_wrong_algorithm_is_refused(vault: Vault) -> None:
    await vault.generate(NAME, new_key())
    await vault.generate(CHECKPOINT, new_key(KeyKind.ED25519))
    p384 = next(r for r in ALGORITHMS.signatures.values() if r.curve == "secp384r1")

    for attempt in (
        vault.sign(NAME, b"octets", RSA[0]),
        vault.sign(NAME, b"octets", p384),
        vault.sign(CHECKPOINT, b"octets", ECDSA),
        vault.sign_note(NAME, b"octets"),
    ):
        assert (await refused(attempt)).code is VaultCode.ALGORITHM


@pytest.mark.parametrize("name", ["SG-CB-0601/attestation", "SG-CB-0601/transport"])
async def test_unknown_key_is_refused(vault: Vault, name: str) -> None:
    key = KeyName(name)
    for attempt in (
        vault.certificates(key),
        vault.public_key(key),
        vault.sign(key, b"octets", ECDSA),
        vault.sign_note(key, b"octets"),
    ):
        assert (await refused(attempt)).code is VaultCode.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("CN-CB-0103/checkpoint", KeyKind.EC_P256),
        ("CN-CB-0103/status", KeyKind.ED25519),
        ("CN-CB-0103/transport", KeyKind.ED25519),
    ],
)
async def test_ed25519_is_for_checkpoints_and_they_for_ed25519(
    vault: Vault, name: str, kind: KeyKind
) -> None:
    found = await refused(vault.generate(KeyName(name), new_key(kind)))

    assert found.code is VaultCode.ALGORITHM


async def test_malformed_name_is_refused(vault: Vault) -> None:
    found = await refused(vault.generate(KeyName("../x/attestation"), new_key()))

    assert found.code is VaultCode.KEY_NAME


@pytest.mark.parametrize("name", [NAME, TRANSPORT])
async def test_generate_never_overwrites_a_key(vault: Vault, name: KeyName) -> None:
    before = await vault.generate(name, new_key())

    assert (await refused(vault.generate(name, new_key()))).code is VaultCode.KEY_EXISTS
    assert await vault.certificates(name) == before


async def test_two_who_make_a_key_of_one_name_at_once_make_one(place: VaultPlace) -> None:
    async with opened(place, create=True) as one, opened(place) as two:
        answers = await asyncio.gather(
            *(vault.generate(NAME, new_key()) for vault in (one, two)), return_exceptions=True
        )

        (kept,) = [answer for answer in answers if isinstance(answer, tuple)]
        (lost,) = [answer for answer in answers if isinstance(answer, VaultError)]
        assert lost.code is VaultCode.KEY_EXISTS
    async with opened(place) as again:
        assert await again.certificates(NAME) == kept
        await again.sign(NAME, b"octets", ECDSA)


async def test_check_takes_over_keys_that_another_has_made_since(place: VaultPlace) -> None:
    async with opened(place, create=True) as hub, opened(place) as operator:
        made = await operator.generate(NAME, new_key())
        await operator.generate(TRANSPORT, new_key())
        assert hub.names() == ()

        await hub.check()

        assert hub.names() == (NAME, TRANSPORT)
        assert await hub.certificates(NAME) == made
        await hub.sign(NAME, b"octets", ECDSA)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
async def test_brought_key_signs_and_stays(place: VaultPlace, case: Good) -> None:
    signer = case.signer()
    key, *others = case.files(signer)

    async with opened(place, create=True) as vault:
        kept = await vault.import_key(case.key, read_brought(key, case.secret, *others))

        assert kept[0] == signer.der
        assert len(kept) == (2 if case.issued else 1)
    async with opened(place) as vault:
        assert await vault.certificates(case.key) == kept
        if case.key == CHECKPOINT:
            value = await vault.sign_note(case.key, b"octets")
            Ed25519PublicKey.from_public_bytes(await vault.public_key(case.key)).verify(
                value, b"octets"
            )
            return
        public = signer.certificate.public_key()
        for row in ALGORITHMS.signatures.values():
            if row.fits(public):  # type: ignore[arg-type]  # one of the kinds that sign
                row.verify(public, await vault.sign(case.key, b"octets", row), b"octets")  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
async def test_brought_key_that_can_never_work_is_refused_when_it_arrives(
    vault: Vault, case: Bad
) -> None:
    key, *others = case.files()

    async def bring() -> None:
        await vault.import_key(case.key, read_brought(key, case.secret, *others))

    found = await refused(bring())

    assert found.code is case.code
    assert case.said in str(found)
    assert vault.names() == ()


async def test_brought_key_never_takes_the_place_of_another(vault: Vault) -> None:
    before = await vault.generate(STATUS, new_key())
    (file,) = GOOD[0].files(GOOD[0].signer())

    found = await refused(vault.import_key(STATUS, read_brought(file, None)))

    assert found.code is VaultCode.KEY_EXISTS
    assert await vault.certificates(STATUS) == before


async def test_transport_key_opens_connections_and_no_other_does(vault: Vault) -> None:
    await vault.generate(TRANSPORT, new_key(hosts=("127.0.0.1", "localhost")))
    await vault.generate(NAME, new_key())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    vault.identify(context, TRANSPORT)

    for name, code in (
        (NAME, VaultCode.ALGORITHM),
        (KeyName("SG-CB-0601/transport"), VaultCode.UNKNOWN_KEY),
    ):
        with pytest.raises(VaultError) as caught:
            vault.identify(context, name)
        assert caught.value.code is code


async def test_wrong_secrets_open_nothing(place: VaultPlace) -> None:
    async with opened(place, create=True) as vault:
        await vault.generate(TRANSPORT, new_key())
        await vault.generate(NAME, new_key())
    wrong = [(replace(place, pass_phrase="a guess"), VaultCode.PASS_PHRASE)]  # noqa: S106
    if place.token is not None:
        guess = replace(place.token, pin="a guess")
        wrong.append((replace(place, token=guess), VaultCode.PIN))

    async def attempt(guessed: VaultPlace) -> None:
        async with opened(guessed):
            pass

    for guessed, code in wrong:
        found = await refused(attempt(guessed))
        assert found.code is code
        assert "guess" not in str(found)


async def test_nothing_shows_a_key_or_a_secret(vault: Vault, place: VaultPlace) -> None:
    await vault.generate(NAME, new_key())
    pin = place.token.pin if place.token else PASS

    for shown in (repr(vault), str(vault), repr(place)):
        assert PASS not in shown
        assert pin not in shown
    assert repr(vault).endswith("with 1 keys>")


async def test_many_tasks_sign_at_once(vault: Vault) -> None:
    (leaf,) = await vault.generate(NAME, new_key())
    key = signing_certificate(leaf, STATEMENT.keys).public_key

    values = await asyncio.gather(
        *(vault.sign(NAME, b"%d" % number, ECDSA) for number in range(300))
    )

    for number, value in enumerate(values):
        ECDSA.verify(key, value, b"%d" % number)


def test_many_threads_with_vaults_of_their_own_sign_at_once(place: VaultPlace) -> None:
    # Four threads with a session each crash the process (the pitfall that asks for one thread).
    begun = threading.Barrier(4)
    faults: list[Exception] = []

    async def sign_many() -> None:
        async with opened(place) as vault:
            begun.wait(30)
            for number in range(100):
                await vault.sign(NAME, b"%d" % number, ECDSA)

    async def prepare() -> None:
        async with opened(place, create=True) as vault:
            await vault.generate(NAME, new_key())

    def work(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            asyncio.run(body())
        except (VaultError, threading.BrokenBarrierError) as exc:
            faults.append(exc)

    asyncio.run(prepare())
    threads = [threading.Thread(target=work, args=(sign_many,)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []
