"""A person's own key: one file, for its owner alone, that signs and connects."""

from __future__ import annotations

import asyncio
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption

from exchange.codes.vault import VaultCode
from exchange.core.actions.values import PersonId
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import signing_certificate
from exchange.core.signature_policy import STATEMENT
from exchange.errors import VaultError
from exchange.vault.person_key import NewPerson, PersonKey, is_person
from exchange.vault.sealed_files import seal
from exchange.vault.vault import KeyKind
from tests.pki import make_signer

PASS: Final = "only I know this"  # noqa: S105
NOW: Final = datetime.now(UTC).replace(microsecond=0)
LI_WEI: Final = NewPerson(
    person=PersonId("XX-HUB-01/li-wei"),
    name="李伟",
    economy="CN",
    not_before=NOW - timedelta(days=1),
    not_after=NOW + timedelta(days=365),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    asyncio.run(PersonKey.create(tmp_path / "li-wei.pem", PASS, LI_WEI))
    return tmp_path / "li-wei.pem"


def refused(path: Path, pass_phrase: str = PASS) -> VaultCode:
    with pytest.raises(VaultError) as caught:
        asyncio.run(PersonKey.open(path, pass_phrase))
    assert PASS not in str(caught.value)
    assert isinstance(caught.value.code, VaultCode)
    return caught.value.code


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384])
async def test_what_a_person_signs_everybody_can_verify(tmp_path: Path, kind: KeyKind) -> None:
    key = await PersonKey.create(tmp_path / "key.pem", PASS, replace(LI_WEI, kind=kind))

    again = await PersonKey.open(tmp_path / "key.pem", PASS)
    value = again.sign(b"a word")

    assert again.fingerprint == key.fingerprint
    public = signing_certificate(again.certificate.der, STATEMENT.keys).public_key
    ALGORITHMS.for_key(public).verify(public, value, b"a word")
    assert len(value) == again.algorithm.value_length(public)


async def test_certificate_names_the_person_and_may_not_issue_others(path: Path) -> None:
    key = await PersonKey.open(path, PASS)

    assert key.certificate.subject == "UID=XX-HUB-01/li-wei,CN=李伟,C=CN"
    assert not key.certificate.is_authority
    assert key.certificate.purposes is None


def test_file_is_for_its_owner_alone_and_encrypted(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
    assert [one.name for one in path.parent.iterdir()] == ["li-wei.pem"]


def test_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(VaultError) as caught:
        asyncio.run(PersonKey.create(path, PASS, LI_WEI))

    assert caught.value.code is VaultCode.KEY_EXISTS
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", [KeyKind.RSA_3072, KeyKind.ED25519])
def test_other_kinds_of_key_are_refused(tmp_path: Path, kind: KeyKind) -> None:
    with pytest.raises(VaultError) as caught:
        asyncio.run(PersonKey.create(tmp_path / "key.pem", PASS, replace(LI_WEI, kind=kind)))

    assert caught.value.code is VaultCode.ALGORITHM
    assert list(tmp_path.iterdir()) == []


async def test_empty_pass_phrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        await PersonKey.create(tmp_path / "key.pem", "", LI_WEI)

    assert caught.value.code is VaultCode.PASS_PHRASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """One thing that a careless or hostile hand does to the file."""

    spoil: Callable[[Path], object]
    code: VaultCode


def lost(path: Path) -> None:
    path.unlink()


def of_another_kind(path: Path) -> None:
    rsa = make_signer("rsa3072")
    path.write_bytes(seal(rsa.key, BestAvailableEncryption(PASS.encode()), (rsa.der,)))


def on_another_curve(path: Path) -> None:
    odd = make_signer("secp256k1")
    path.write_bytes(seal(odd.key, BestAvailableEncryption(PASS.encode()), (odd.der,)))


def in_clear(path: Path) -> None:
    signer = make_signer()
    path.write_bytes(seal(signer.key, NoEncryption(), (signer.der,)))


def of_another_person(path: Path) -> None:
    key, other = make_signer(), make_signer(number=1)
    path.write_bytes(seal(key.key, BestAvailableEncryption(PASS.encode()), (other.der,)))


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def readable_by_the_group(path: Path) -> None:
    path.chmod(0o640)


def a_link(path: Path) -> None:
    path.symlink_to(path.rename(path.with_name("elsewhere.pem")))


SPOILT = (
    Spoilt(spoil=lost, code=VaultCode.LOCATION),
    Spoilt(spoil=of_another_kind, code=VaultCode.ALGORITHM),
    Spoilt(spoil=on_another_curve, code=VaultCode.ALGORITHM),
    Spoilt(spoil=in_clear, code=VaultCode.DAMAGED),
    Spoilt(spoil=of_another_person, code=VaultCode.DAMAGED),
    Spoilt(spoil=damaged, code=VaultCode.DAMAGED),
    Spoilt(spoil=readable_by_the_group, code=VaultCode.PERMISSIONS),
    Spoilt(spoil=a_link, code=VaultCode.PERMISSIONS),
)


@pytest.mark.parametrize("case", SPOILT, ids=lambda case: case.spoil.__name__)
def test_spoilt_file_is_refused(path: Path, case: Spoilt) -> None:
    case.spoil(path)

    assert refused(path) is case.code


def test_another_pass_phrase_is_refused(path: Path) -> None:
    assert refused(path, "a guess") is VaultCode.PASS_PHRASE


async def test_nothing_shows_the_key_or_the_pass_phrase(path: Path) -> None:
    key = await PersonKey.open(path, PASS)

    assert repr(key) == f"<PersonKey {key.fingerprint.hex()}>"
    assert PASS not in repr(LI_WEI)


async def test_person_opens_a_connection_and_is_known_by_the_certificate(path: Path) -> None:
    key = await PersonKey.open(path, PASS)
    hub = await PersonKey.create(path.with_name("hub.pem"), PASS, LI_WEI)
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    hub.identify(listening)
    listening.verify_mode = ssl.CERT_REQUIRED
    listening.load_verify_locations(cadata=key.certificate.der)
    calling = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    calling.check_hostname = False
    calling.load_verify_locations(cadata=hub.certificate.der)
    key.identify(calling)
    seen: list[bytes] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        seen.append(shown)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=listening)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=calling)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert seen == [key.certificate.der]


async def test_connection_with_a_file_that_has_gone_is_refused(path: Path) -> None:
    key = await PersonKey.open(path, PASS)
    lost(path)

    with pytest.raises(VaultError) as caught:
        key.identify(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    assert caught.value.code is VaultCode.DAMAGED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("XX-HUB-01/li-wei", True),
        ("CN-AB-CNAS/a1", True),
        ("XX-HUB-01/", False),
        ("XX-HUB-01/a", False),
        ("XX-HUB-01/Li-Wei", False),
        ("XX-HUB-01/li_wei", False),
        ("XX-HUB-01/-li", False),
        ("XX-HUB-01/li/wei", False),
        ("li-wei", False),
        ("HUB/li-wei", False),
        (f"XX-HUB-01/{'a' * 41}", False),
    ],
)
def test_persons_are_named_by_body_and_name(text: str, expected: bool) -> None:  # noqa: FBT001
    assert is_person(text) is expected
