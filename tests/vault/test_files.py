"""The vault of encrypted files: what a careless or hostile hand does to it is refused.

What it promises like every vault is tried in `test_vaults.py`.
"""

from __future__ import annotations

import ssl
import stat
from base64 import b64decode, encodebytes
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509

from exchange.codes.vault import VaultCode
from exchange.core.certificate import read_certificate
from exchange.errors import VaultError
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyKind, KeyName, NewKey, split_name

PASS: Final = "correct horse battery staple"  # noqa: S105
NAME: Final = KeyName("CN-CB-0103/attestation")
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
ECDSA: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"


def new(kind: KeyKind = KeyKind.EC_P256, hosts: tuple[str, ...] = ()) -> NewKey:
    return NewKey(
        kind=kind,
        organisation="华信认证中心",
        economy="CN",
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
        hosts=hosts,
    )


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    vault = await FileVault.create(tmp_path / "vault", PASS)
    await vault.generate(NAME, new())
    return tmp_path / "vault"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def refused(folder: Path, pass_phrase: str = PASS) -> VaultError:
    with pytest.raises(VaultError) as caught:
        await FileVault.open(folder, pass_phrase)
    assert PASS not in str(caught.value)
    assert str(folder) not in str(caught.value)
    return caught.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """One thing that a careless or hostile hand does to the folder."""

    name: str
    spoil: Callable[[Path], object]
    code: VaultCode


def key_file(folder: Path) -> Path:
    return folder / "CN-CB-0103" / "attestation.pem"


def link_elsewhere(folder: Path) -> None:
    target = folder.parent / "elsewhere.pem"
    key_file(folder).rename(target)
    key_file(folder).symlink_to(target)


def no_certificate(folder: Path) -> None:
    path = key_file(folder)
    sealed, _, _ = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    path.write_bytes(sealed + STRANGER)


STRANGER: Final = (
    b"-----BEGIN CERTIFICATE-----\nMIIBLTCB1KADAgECAgEBMAoGCCqGSM49BAMCMAA=\n"
    b"-----END CERTIFICATE-----\n"
)

SPOILT: Final = (
    Spoilt(
        name="a folder that the group can read",
        spoil=lambda folder: folder.chmod(0o750),
        code=VaultCode.PERMISSIONS,
    ),
    Spoilt(
        name="the folder of a body that others can enter",
        spoil=lambda folder: (folder / "CN-CB-0103").chmod(0o701),
        code=VaultCode.PERMISSIONS,
    ),
    Spoilt(
        name="a key that others can read",
        spoil=lambda folder: key_file(folder).chmod(0o604),
        code=VaultCode.PERMISSIONS,
    ),
    Spoilt(name="a link in place of a key", spoil=link_elsewhere, code=VaultCode.PERMISSIONS),
    Spoilt(
        name="a key in clear",
        spoil=lambda folder: key_file(folder).write_bytes(
            key_file(folder).read_bytes().replace(b"ENCRYPTED PRIVATE", b"PRIVATE")
        ),
        code=VaultCode.DAMAGED,
    ),
    Spoilt(
        name="a key without certificate",
        spoil=lambda folder: key_file(folder).write_bytes(
            key_file(folder).read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
        ),
        code=VaultCode.DAMAGED,
    ),
    Spoilt(name="a certificate that is none", spoil=no_certificate, code=VaultCode.DAMAGED),
    Spoilt(
        name="a truncated file",
        spoil=lambda folder: key_file(folder).write_bytes(key_file(folder).read_bytes()[:100]),
        code=VaultCode.DAMAGED,
    ),
    Spoilt(
        name="a file with a name that is no role",
        spoil=lambda folder: key_file(folder).rename(folder / "CN-CB-0103" / "anything.pem"),
        code=VaultCode.KEY_NAME,
    ),
)


@pytest.mark.parametrize("case", SPOILT, ids=lambda case: case.name)
async def test_open_refuses(folder: Path, case: Spoilt) -> None:
    case.spoil(folder)

    assert (await refused(folder)).code is case.code


async def test_open_with_another_pass_phrase_is_refused(folder: Path) -> None:
    assert (await refused(folder, "wrong")).code is VaultCode.PASS_PHRASE


async def test_open_missing_folder_is_refused(tmp_path: Path) -> None:
    assert (await refused(tmp_path / "none")).code is VaultCode.LOCATION


async def test_create_with_empty_pass_phrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        await FileVault.create(tmp_path / "vault", "")

    assert caught.value.code is VaultCode.PASS_PHRASE


async def test_create_where_a_file_stands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("in the way", encoding="utf-8")

    with pytest.raises(VaultError) as caught:
        await FileVault.create(tmp_path / "vault", PASS)

    assert caught.value.code is VaultCode.UNWRITABLE


async def test_certificate_of_another_key_is_refused(folder: Path, tmp_path: Path) -> None:
    other = await FileVault.create(tmp_path / "other", PASS)
    await other.generate(NAME, new())
    path = key_file(folder)
    sealed, _, _ = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    _, mark, shown = key_file(tmp_path / "other").read_bytes().partition(b"-----BEGIN CERTIFICATE")
    path.write_bytes(sealed + mark + shown)

    assert (await refused(folder)).code is VaultCode.DAMAGED


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("a003020102", "a003020142"),
        ("2a8648ce3d030107", "2a8648ce3d030142"),
        ("2a8648ce3d0201", "2a8648ce3d0242"),
        ("03420004", "03420005"),
    ],
    ids=["version", "curve", "kind of key", "point"],
)
async def test_open_certificate_with_one_octet_changed_is_damaged(
    folder: Path, was: str, becomes: str
) -> None:
    path = key_file(folder)
    sealed, mark, shown = path.read_bytes().partition(b"-----BEGIN CERTIFICATE-----\n")
    der = b64decode(shown.partition(b"-----")[0])
    assert bytes.fromhex(was) in der
    der = der.replace(bytes.fromhex(was), bytes.fromhex(becomes))
    path.write_bytes(sealed + mark + encodebytes(der) + b"-----END CERTIFICATE-----\n")

    assert (await refused(folder)).code is VaultCode.DAMAGED


async def test_generate_never_overwrites_a_key(folder: Path) -> None:
    vault = await FileVault.open(folder, PASS)
    before = key_file(folder).read_bytes()

    with pytest.raises(VaultError) as caught:
        await vault.generate(NAME, new())

    assert caught.value.code is VaultCode.KEY_EXISTS
    assert key_file(folder).read_bytes() == before


async def test_generate_in_two_processes_keeps_the_first_key(folder: Path) -> None:
    one, two = await FileVault.open(folder, PASS), await FileVault.open(folder, PASS)
    name = KeyName("CN-CB-0103/status")
    await one.generate(name, new())

    with pytest.raises(VaultError) as caught:
        await two.generate(name, new())

    assert caught.value.code is VaultCode.KEY_EXISTS
    again = await FileVault.open(folder, PASS)
    assert await again.certificates(name) == await one.certificates(name)


async def test_generate_leaves_only_whole_files_of_their_owner(folder: Path) -> None:
    files = files_in(folder)

    assert [path.name for path in files] == ["attestation.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert b"ENCRYPTED PRIVATE KEY" in files[0].read_bytes()


async def test_generate_where_a_file_is_in_the_way_is_refused(folder: Path) -> None:
    vault = await FileVault.open(folder, PASS)
    key_file(folder).rename(folder / "RU-CB-0201")

    with pytest.raises(VaultError) as caught:
        await vault.generate(KeyName("RU-CB-0201/attestation"), new())

    assert caught.value.code is VaultCode.UNWRITABLE


@pytest.mark.parametrize(
    "name",
    [
        "",
        "attestation",
        "CN-CB-0103/",
        "CN-CB-0103/boss",
        "CN-CB-0103/list/..",
        "../x/attestation",
        "GAC/list",
    ],
)
def test_names_of_another_form_are_refused(name: str) -> None:
    with pytest.raises(VaultError) as caught:
        split_name(KeyName(name))

    assert caught.value.code is VaultCode.KEY_NAME


async def test_vault_shows_neither_keys_nor_pass_phrase(folder: Path) -> None:
    vault = await FileVault.open(folder, PASS)

    assert repr(vault) == "<FileVault with 1 keys>"
    assert PASS not in repr(vault)
    assert [name for name in dir(vault) if not name.startswith("_")] == [
        "certificates", "check", "create", "generate", "identify", "import_key", "names", "open",
        "public_key", "sign", "sign_note",
    ]  # fmt: skip


async def test_identify_lets_a_context_present_a_transport_key(folder: Path) -> None:
    vault = await FileVault.open(folder, PASS)
    name = KeyName("XX-HUB-01/transport")
    (der,) = await vault.generate(name, new(hosts=("127.0.0.1", "localhost")))

    vault.identify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), name)

    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert [str(one.value) for one in names.value] == ["127.0.0.1", "localhost"]
    with pytest.raises(VaultError) as caught:
        vault.identify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), NAME)
    assert caught.value.code is VaultCode.ALGORITHM


async def test_transport_certificate_may_not_sign_documents(folder: Path) -> None:
    vault = await FileVault.open(folder, PASS)
    (der,) = await vault.generate(KeyName("XX-HUB-01/transport"), new())

    found = read_certificate(der)

    assert found.purposes == frozenset({"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"})
    assert not found.is_authority
