"""The vault in a token: what a token may do to us, and what we never let it do."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.attributes import AttributeMapper
from pkcs11.util.ec import encode_named_curve_parameters

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.errors import VaultError
from exchange.vault.device import DEVICE, DeviceThread, TokenPlace, acquire, current, release
from exchange.vault.files import FileVault
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.pkcs11 import PKCS11Vault
from exchange.vault.vault import KeyName
from tests.softhsm import SoftHSM
from tests.vault.conftest import PASS, new_key

NAME = KeyName("CN-CB-0103/attestation")
OTHER = KeyName("CN-CB-0103/status")
ECDSA = next(row for row in ALGORITHMS.signatures.values() if row.name == "ecdsa-p256-sha256")


@asynccontextmanager
async def open_token(place: TokenPlace) -> AsyncIterator[PKCS11Vault]:
    vault = await PKCS11Vault.open(place)
    try:
        yield vault
    finally:
        await vault.close()


async def in_session(place: TokenPlace, call: Callable[[Any], Any]) -> Any:
    """Do something to a token behind the back of every vault."""

    def work() -> Any:
        session = acquire(place)
        try:
            return call(session)
        finally:
            release(place)

    return await DEVICE.run(work, 30)


async def refused_to_open(place: TokenPlace) -> VaultError:
    with pytest.raises(VaultError) as caught:
        await PKCS11Vault.open(place)
    assert place.pin not in str(caught.value)
    return caught.value


async def test_private_key_is_made_in_the_token_and_cannot_leave_it(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())

        def read_out(session: Any) -> None:
            (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
            assert key[Attribute.LABEL] == NAME
            for attribute in ("SENSITIVE", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "LOCAL"):
                assert key[getattr(Attribute, attribute)] is True
            for attribute in ("EXTRACTABLE", "DECRYPT", "UNWRAP", "DERIVE"):
                assert key[getattr(Attribute, attribute)] is False
            with pytest.raises(pkcs11.AttributeSensitive):
                key[Attribute.VALUE]
            with pytest.raises(pkcs11.PKCS11Error):
                key[Attribute.EXTRACTABLE] = True

        await in_session(token, read_out)


async def test_token_holds_one_private_key_and_one_certificate_for_each_name(
    token: TokenPlace,
) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        await vault.generate(OTHER, new_key())

        objects = await in_session(
            token,
            lambda session: sorted(
                (one[Attribute.CLASS].name, one[Attribute.LABEL]) for one in session.get_objects()
            ),
        )

    assert objects == [
        ("CERTIFICATE", NAME),
        ("CERTIFICATE", OTHER),
        ("PRIVATE_KEY", NAME),
        ("PRIVATE_KEY", OTHER),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A place that does not lead to a token."""

    name: str
    change: dict[str, str]
    code: VaultCode


MISSING = (
    Missing(name="no such file", change={"module": "/no/such.so"}, code=VaultCode.MODULE),
    Missing(name="no module", change={"module": "libc.so.6"}, code=VaultCode.MODULE),
    Missing(name="no such token", change={"token": "nowhere"}, code=VaultCode.MODULE),
    Missing(name="another pin", change={"pin": "a guess"}, code=VaultCode.PIN),
    Missing(name="no pin", change={"pin": ""}, code=VaultCode.PIN),
)


@pytest.mark.parametrize("case", MISSING, ids=lambda case: case.name)
async def test_token_that_does_not_open_is_named(token: TokenPlace, case: Missing) -> None:
    place = replace(token, **case.change)  # type: ignore[arg-type]  # texts only
    with pytest.raises(VaultError) as caught:
        await PKCS11Vault.open(place)

    assert caught.value.code is case.code
    assert "guess" not in str(caught.value)


async def test_wrong_pin_is_refused_also_while_another_vault_is_logged_in(
    token: TokenPlace,
) -> None:
    # The module itself would not ask again: a login is the process's, not the session's.
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())

        found = await refused_to_open(replace(token, pin="a guess"))

        assert found.code is VaultCode.PIN


async def test_token_that_came_after_the_module_was_loaded_is_found(softhsm: SoftHSM) -> None:
    for _ in range(2):
        async with open_token(softhsm.token()) as vault:
            assert vault.names() == ()


async def test_transport_keys_stay_out_of_the_token(token: TokenPlace, tmp_path: Path) -> None:
    name = KeyName("CN-CB-0103/transport")
    async with open_token(token) as vault:
        with pytest.raises(VaultError) as caught:
            await vault.generate(name, new_key())
        assert caught.value.code is VaultCode.ALGORITHM
        await vault.generate(NAME, new_key())
        with pytest.raises(VaultError) as caught:
            vault.identify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), NAME)
        assert caught.value.code is VaultCode.ALGORITHM

    place = VaultPlace(folder=tmp_path / "vault", pass_phrase=PASS, token=token)
    async with opened(place, create=True) as both:
        await both.generate(name, new_key())
        assert both.names() == (NAME, name)
    assert (await FileVault.open(tmp_path / "vault", PASS)).names() == (name,)


async def test_signing_key_beside_the_token_is_refused(token: TokenPlace, tmp_path: Path) -> None:
    place = VaultPlace(folder=tmp_path / "vault", pass_phrase=PASS, token=token)
    async with opened(replace(place, token=None), create=True) as files:
        await files.generate(NAME, new_key())

    with pytest.raises(VaultError) as caught:
        async with opened(place):
            pass

    assert caught.value.code is VaultCode.LOCATION
    # The token was given back: nothing keeps it from being opened with another PIN's owner.
    with pytest.raises(VaultError, match="the vault is closed"):
        await DEVICE.run(lambda: current(token), 30)


async def test_lost_session_is_opened_again_with_the_next_signature(token: TokenPlace) -> None:
    async with open_token(token) as vault, open_token(token) as other:
        (leaf,) = await vault.generate(NAME, new_key())
        await other.check()
        await DEVICE.run(lambda: current(token).close(), 30)

        for one in (vault, other, vault):
            value = await one.sign(NAME, b"octets", ECDSA)
            ECDSA.verify(read_certificate(leaf).public_key, value, b"octets")


async def test_vault_that_is_opened_after_another_has_lost_the_session_has_a_new_one(
    token: TokenPlace,
) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        await DEVICE.run(lambda: current(token).close(), 30)

        async with open_token(token) as other:
            await other.sign(NAME, b"octets", ECDSA)

        await vault.sign(NAME, b"octets", ECDSA)


async def test_lost_session_makes_one_key_and_is_checked_anew(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        for name in (NAME, OTHER):
            await DEVICE.run(lambda: current(token).close(), 30)
            await vault.generate(name, new_key())

        await DEVICE.run(lambda: current(token).close(), 30)
        await vault.check()

        assert vault.names() == (NAME, OTHER)


async def test_token_that_went_away_is_a_fault_until_it_is_back(
    token: TokenPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.conf"
    (tmp_path / "tokens").mkdir()
    empty.write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        with monkeypatch.context() as gone:
            gone.setenv("SOFTHSM2_CONF", str(empty))
            await DEVICE.run(lambda: pkcs11.lib(token.module).reinitialize(), 30)
            with pytest.raises(VaultError) as caught:
                await vault.sign(NAME, b"octets", ECDSA)
            assert caught.value.code is VaultCode.MODULE
        await DEVICE.run(lambda: pkcs11.lib(token.module).reinitialize(), 30)

        await vault.sign(NAME, b"octets", ECDSA)


async def test_pin_that_was_changed_behind_our_back_is_tried_once(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        await in_session(token, lambda session: session.set_pin(token.pin, "another pin"))
        await DEVICE.run(lambda: current(token).close(), 30)
        with pytest.raises(VaultError) as caught:
            await vault.sign(NAME, b"octets", ECDSA)
        assert caught.value.code is VaultCode.PIN
        other = replace(token, pin="another pin")

        def put_back() -> None:
            session = (
                pkcs11.lib(token.module)
                .get_token(token_label=token.token)
                .open(rw=True, user_pin=other.pin)
            )
            session.set_pin(other.pin, token.pin)
            session.close()

        await DEVICE.run(put_back, 30)

        # It would be right again, and is not tried: nobody counts on a few tries being left.
        with pytest.raises(VaultError, match="not tried again"):
            await vault.sign(NAME, b"octets", ECDSA)
    async with open_token(token) as again:
        await again.sign(NAME, b"octets", ECDSA)


async def test_closed_vault_signs_nothing(token: TokenPlace) -> None:
    vault = await PKCS11Vault.open(token)
    await vault.generate(NAME, new_key())
    await vault.close()

    with pytest.raises(VaultError):
        await vault.sign(NAME, b"octets", ECDSA)


def private_key(session: Any, label: str | bytes, **attributes: Any) -> Any:
    """Make a key in a token as another program might."""
    template = {Attribute.TOKEN: True, Attribute.PRIVATE: True, Attribute.LABEL: label}
    for name, value in attributes.items():
        template[getattr(Attribute, name)] = value
    domain = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
    )
    _, private = domain.generate_keypair(
        public_template={Attribute.TOKEN: False}, private_template=template, store=True
    )
    return private


def without_certificate(session: Any) -> None:
    (certificate,) = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    certificate.destroy()


def certificate_of_another_key(session: Any) -> None:
    (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
    identifier = private[Attribute.ID]
    private.destroy()
    private_key(session, NAME, ID=identifier)


def certificate_that_is_none(session: Any) -> None:
    (certificate,) = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    attributes = (Attribute.CLASS, Attribute.CERTIFICATE_TYPE, Attribute.LABEL, Attribute.ID)
    template = {one: certificate[one] for one in attributes}
    certificate.destroy()
    session.create_object(
        {
            **template,
            Attribute.TOKEN: True,
            Attribute.SUBJECT: b"\x30\x00",
            Attribute.VALUE: b"\x30\x03\x02\x01\x00",
        }
    )


def two_of_one_name(session: Any) -> None:
    private_key(session, NAME, ID=b"another")


def extractable(session: Any) -> None:
    private_key(session, OTHER, ID=b"another", EXTRACTABLE=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """One thing that a careless or hostile hand does to a token with one key."""

    spoil: Callable[[Any], None]
    code: VaultCode


SPOILT = (
    Spoilt(spoil=without_certificate, code=VaultCode.DAMAGED),
    Spoilt(spoil=certificate_of_another_key, code=VaultCode.DAMAGED),
    Spoilt(spoil=certificate_that_is_none, code=VaultCode.DAMAGED),
    Spoilt(spoil=two_of_one_name, code=VaultCode.DAMAGED),
    Spoilt(spoil=extractable, code=VaultCode.EXTRACTABLE),
)


@pytest.mark.parametrize("case", SPOILT, ids=lambda case: case.spoil.__name__)
async def test_spoilt_token_is_refused_when_opened_and_when_checked(
    token: TokenPlace, case: Spoilt
) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        await in_session(token, case.spoil)

        with pytest.raises(VaultError) as caught:
            await vault.check()

        assert caught.value.code is case.code
    assert (await refused_to_open(token)).code is case.code


async def test_every_fault_of_a_token_is_told_at_once(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())
        await in_session(token, two_of_one_name)
        await in_session(token, extractable)

    found = await refused_to_open(token)

    assert {one.code for one in found.findings} == {VaultCode.DAMAGED, VaultCode.EXTRACTABLE}


async def test_objects_of_others_and_unfinished_keys_do_not_stand_in_the_way(
    token: TokenPlace,
) -> None:
    async with open_token(token) as vault:
        await in_session(token, lambda session: private_key(session, "unfinished") and None)
        await in_session(token, lambda session: private_key(session, "somebody's vpn") and None)
        await vault.generate(NAME, new_key())
        await vault.check()

        assert vault.names() == (NAME,)


async def test_label_of_others_that_is_no_text_is_passed_over(token: TokenPlace) -> None:
    mapper = AttributeMapper()
    # A packer that fails ends the process (python-pkcs11 0.10.1), so this one takes both.
    mapper.register_handler(
        Attribute.LABEL, lambda label: label if isinstance(label, bytes) else label.encode(), bytes
    )

    def leave() -> None:
        module = pkcs11.lib(token.module)
        module.reinitialize()
        session = module.get_token(token_label=token.token).open(
            rw=True, user_pin=token.pin, attribute_mapper=mapper
        )
        private_key(session, b"\xff\xfe")
        session.close()

    await DEVICE.run(leave, 30)

    async with open_token(token) as vault:
        await vault.generate(NAME, new_key())

        assert vault.names() == (NAME,)


async def test_failed_generation_leaves_nothing_behind(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        longest = replace(new_key(), economy="China")
        with pytest.raises(ValueError, match="length"):
            await vault.generate(NAME, longest)

        assert await in_session(token, lambda session: list(session.get_objects())) == []


async def test_call_that_takes_too_long_is_given_up() -> None:
    device = DeviceThread()
    free = threading.Event()

    with pytest.raises(VaultError) as caught:
        await device.run(lambda: free.wait(30), 0.05)

    assert caught.value.code is VaultCode.TOKEN
    free.set()
    assert await device.run(lambda: "next", 30) == "next"


async def test_call_that_was_given_up_before_its_turn_never_runs() -> None:
    device = DeviceThread()
    free = threading.Event()
    ran: list[str] = []
    busy = asyncio.create_task(device.run(lambda: free.wait(30), 30))
    waiting = asyncio.create_task(device.run(lambda: ran.append("given up"), 30))
    await asyncio.sleep(0.02)
    waiting.cancel()
    await asyncio.sleep(0.02)
    free.set()
    await busy

    await device.run(lambda: ran.append("next"), 30)

    assert ran == ["next"]


async def test_every_call_of_every_loop_runs_in_one_thread() -> None:
    device = DeviceThread()
    begun = threading.Barrier(8)
    idents: set[int] = set()

    def ask() -> None:
        begun.wait(30)
        idents.add(asyncio.run(device.run(threading.get_ident, 30)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        await asyncio.to_thread(one.join, 30)
    assert len(idents) == 1
    assert threading.get_ident() not in idents


async def test_keys_stay_in_the_token_over_processes(token: TokenPlace) -> None:
    async with open_token(token) as vault:
        (leaf,) = await vault.generate(NAME, new_key())
    script = (
        "import asyncio, os, sys\n"
        "from exchange.vault.device import TokenPlace\n"
        "from exchange.vault.pkcs11 import PKCS11Vault\n"
        "from exchange.core.algorithms import ALGORITHMS\n"
        "async def work():\n"
        "    place = TokenPlace(module=sys.argv[1], token=sys.argv[2], pin=os.environ['PIN'])\n"
        "    vault = await PKCS11Vault.open(place)\n"
        "    row = next(iter(ALGORITHMS.signatures.values()))\n"
        "    print((await vault.sign(vault.names()[0], b'octets', row)).hex())\n"
        "asyncio.run(work())\n"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "error", "-c", script, token.module, token.token],
        env={**os.environ, "PIN": token.pin},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    value = bytes.fromhex(done.stdout.strip())
    ECDSA.verify(read_certificate(leaf).public_key, value, b"octets")
    assert done.stderr == ""
