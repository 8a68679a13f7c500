"""Building lists from a description, and the throw-away keys of the demo."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from exchange.codes.service import SettingsCode
from exchange.codes.trust import TrustCode
from exchange.codes.vault import VaultCode
from exchange.core.model import BodyId, Economy, KeyRole
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust
from exchange.core.trust_values import BodyPeriod, BodyState
from exchange.errors import SettingsError, VaultError
from exchange.service.build_lists import build_lists
from exchange.service.demo_keys import certificate_file, demo_description, make_demo_keys
from exchange.service.described import Description
from exchange.service.list_files import LIST_OF_LISTS, read_folder, write_lists
from exchange.service.publish import BuiltLists
from exchange.service.trust_description import read_description
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyName
from tests.world import START, World

PASS: Final = "a pass phrase of the demo"  # noqa: S105
LATER: Final = START + timedelta(days=1)


async def build(world: World, description: Description, **changes: object) -> BuiltLists:
    settings: dict[str, object] = {"at": START, "release": world.release, **changes}
    return await build_lists(description, world.vault, **settings)  # type: ignore[arg-type]


async def test_build_lists_twice_keeps_octets_and_numbers(world: World) -> None:
    first = await build(world, world.description)

    second = await build(world, world.description, at=LATER, before=first.files)

    assert second.files == first.files
    assert second.changed == ()
    assert set(first.changed) == set(first.files)


async def test_build_lists_changed_body_raises_the_number_of_its_list_only(world: World) -> None:
    first = await build(world, world.description)
    bodies = tuple(
        replace(body, cab_code="77") if body.id == "PT-CB-0501" else body
        for body in world.description.bodies
    )

    second = await build(
        world, replace(world.description, bodies=bodies), at=LATER, before=first.files
    )

    assert second.changed == ("PT.xml",)
    assert {one.territory: one.sequence for one in second.lists if one.bodies}[Economy("PT")] == 2


async def test_build_lists_are_made_anew_when_a_third_of_their_life_is_left(world: World) -> None:
    first = await build(world, world.description)

    second = await build(
        world, world.description, at=START + timedelta(days=61), before=first.files
    )

    assert set(second.changed) == set(first.files)
    assert {one.sequence for one in second.lists} == {2}


async def test_build_lists_dropping_a_key_is_refused(world: World) -> None:
    first = await build(world, world.description)
    bodies = tuple(
        replace(body, keys=body.keys[1:]) if body.id == "PT-CB-0501" else body
        for body in world.description.bodies
    )

    with pytest.raises(SettingsError) as caught:
        await build(world, replace(world.description, bodies=bodies), before=first.files)

    assert [one.code for one in caught.value.findings] == [
        SettingsCode.TRUST_DESCRIPTION,
        TrustCode.KEY_DISAPPEARED,
    ]


def suspended(world: World, *, body: str) -> Description:
    """Return the world's description with a body that speaks no more."""
    state = BodyPeriod(state=BodyState.SUSPENDED, since=START)
    bodies = tuple(
        replace(one, history=(state, *one.history)) if one.id == body else one
        for one in world.description.bodies
    )
    return replace(world.description, bodies=bodies)


def without_an_economy(world: World) -> Description:
    """Return the world's description without Portugal."""
    kept = world.description
    return replace(
        kept,
        lists=tuple(one for one in kept.lists if one.territory != "PT"),
        bodies=tuple(one for one in kept.bodies if one.economy != "PT"),
    )


@pytest.mark.parametrize(
    "change", [lambda world: suspended(world, body="PT-CB-0501"), without_an_economy]
)
async def test_build_lists_that_shrink_needs_a_second_confirmation(
    world: World, change: Callable[[World], Description]
) -> None:
    first = await build(world, world.description)
    shorter = change(world)

    with pytest.raises(SettingsError) as caught:
        await build(world, shorter, before=first.files)

    assert [(one.code, one.path) for one in caught.value.findings] == [
        (TrustCode.LIST_SHRINKS, "PT.xml")
    ]
    built = await build(world, shorter, before=first.files, confirms_shrinking=True)
    assert built.files["CN.xml"] == first.files["CN.xml"]


async def test_build_lists_over_lists_of_somebody_else_is_refused(world: World) -> None:
    first = await build(world, world.description)
    foreign = {**first.files, "CN.xml": first.files["CN.xml"].replace(b">own<", b">hub<", 1)}

    with pytest.raises(SettingsError) as caught:
        await build(world, world.description, before=foreign)

    assert caught.value.findings[0].path == "CN.xml"


async def test_build_lists_for_an_economy_without_list_is_refused(world: World) -> None:
    lists = tuple(one for one in world.description.lists if one.territory != "SG")

    with pytest.raises(SettingsError) as caught:
        await build(world, replace(world.description, lists=lists))

    assert "SG" in caught.value.findings[0].message


async def test_build_lists_serving_an_economy_that_is_no_economy_is_refused(world: World) -> None:
    bodies = tuple(
        replace(body, serves=frozenset({Economy("ZX")})) if body.id == "PT-CB-0501" else body
        for body in world.description.bodies
    )

    with pytest.raises(SettingsError) as caught:
        await build(world, replace(world.description, bodies=bodies))

    assert TrustCode.BODY_ECONOMY in {finding.code for finding in caught.value.findings}


async def test_build_lists_without_the_certificate_named_is_refused(world: World) -> None:
    bodies = tuple(
        replace(body, keys=tuple(replace(key, certificate="none.pem") for key in body.keys))
        for body in world.description.bodies
    )

    with pytest.raises(SettingsError) as caught:
        await build(world, replace(world.description, bodies=bodies))

    assert "none.pem" in caught.value.findings[0].message


async def test_build_lists_without_a_list_key_is_refused(world: World) -> None:
    root = replace(world.description.root, signer=KeyName("XX-HUB-01/list-missing"))

    with pytest.raises(VaultError) as caught:
        await build(world, replace(world.description, root=root))

    assert caught.value.code is VaultCode.UNKNOWN_KEY


async def test_write_lists_puts_digest_files_beside(world: World, tmp_path: Path) -> None:
    built = await build(world, world.description)

    await write_lists(built.files, tmp_path / "trust")

    assert await read_folder(tmp_path / "trust") == dict(built.files)
    for name, data in built.files.items():
        digest = tmp_path / "trust" / f"{name.removesuffix('.xml')}.sha2"
        assert digest.read_text("ascii").strip() == sha256(data).hexdigest()
    assert len(list((tmp_path / "trust").iterdir())) == 2 * len(built.files)


async def test_write_lists_takes_away_a_list_that_is_no_more(world: World, tmp_path: Path) -> None:
    first = await build(world, world.description)
    await write_lists(first.files, tmp_path)
    (tmp_path / "notes.txt").write_text("of the operator")
    before = await read_folder(tmp_path)
    fewer = await build(world, without_an_economy(world), before=before, confirms_shrinking=True)

    await write_lists(fewer.files, tmp_path)

    assert "PT.xml" not in fewer.files
    assert await read_folder(tmp_path) == fewer.files
    assert not (tmp_path / "PT.sha2").exists()
    assert (tmp_path / "notes.txt").exists()


async def test_write_lists_where_a_file_stands_is_refused(world: World, tmp_path: Path) -> None:
    built = await build(world, world.description)
    (tmp_path / "trust").write_bytes(b"in the way")

    with pytest.raises(SettingsError):
        await write_lists(built.files, tmp_path / "trust")


async def test_read_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert await read_folder(tmp_path / "none") == {}


def edit(old: str, new: str) -> Callable[[str], str]:
    def apply(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return apply


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda text: text + "\n= 1", ""),
        (edit("valid-days = 90", ""), "operator.valid-days"),
        (edit("valid-days = 90", "valid-days = '90'"), "operator.valid-days"),
        (edit("valid-days = 90", "valid-days = true"), "operator.valid-days"),
        (edit("valid-days = 90", "valid-days = 90\nvalid-weeks = 1"), "operator.valid-weeks"),
        (edit('role = "receipt"', 'role = "boss"'), "keys[0].role"),
        (edit('custody = "hub"', 'custody = "nobody"'), "custody"),
        (edit('"IAF-ID1:3"', '"IAF-ID1-3"'), "scope-codes"),
        (edit('roles = ["hub-operator"]', 'roles = ["king"]'), "roles"),
        (edit("since = 2020-01-01T00:00:00Z", "since = 2020-01-01T00:00:00"), "since"),
        (edit("valid-from = 2022-06-01", "valid-from = 2022-06-01T00:00:00Z"), "valid-from"),
        (edit('names = { en = "Demo hub operator" }', "names = {}"), "names"),
        (edit('names = { en = "Demo hub operator" }', "names = { en = 1 }"), "names"),
        (edit("schemes = [", "schemas = ["), "schemas"),
        (edit('"urn:mrhub:scheme:ccc"]', "7]"), "schemes"),
        (edit("[[lists]]", "[[list]]"), ""),
    ],
)
def test_read_description_refuses_and_names_the_place(
    change: Callable[[str], str], place: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_description(change(demo_description()))

    assert caught.value.code is SettingsCode.TRUST_DESCRIPTION
    assert place in caught.value.findings[0].path


def test_read_description_states_make_a_history_newest_first() -> None:
    text = edit(
        'role = "receipt"\n',
        'role = "receipt"\nstates = [{ status = "suspended", since = 2026-05-01T00:00:00Z }]\n',
    )(demo_description())

    key = read_description(text).bodies[0].keys[0]

    assert [one.status.name for one in key.periods] == ["SUSPENDED", "GRANTED"]
    assert key.periods[1].not_after == key.periods[0].not_before


async def test_demo_keys_are_made_once_and_make_lists_that_are_believed(
    world: World, tmp_path: Path
) -> None:
    text = demo_description().replace("rsa-3072", "ec-p256")
    made = await make_demo_keys(text, tmp_path, PASS, at=START)
    again = await make_demo_keys(text, tmp_path, PASS, at=LATER)
    folders = (made.list_keys, *made.vaults.values())
    certificates = {
        certificate_file(name): await certificate_of(folders, name) for name in made.certificates
    }

    built = await build_lists(
        read_description(made.description.read_text("utf-8")),
        await FileVault.open(made.list_keys, PASS),
        at=START,
        release=world.release,
        certificates=certificates,
    )
    lists = read_lists(
        built.files.values(),
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
        pinned={built.root},
        at=START,
    )

    assert (made.made, again.made) == (len(made.certificates), 0)
    assert LIST_OF_LISTS in built.files
    assert Trust.build(lists).keys(BodyId("SG-CB-0601"), KeyRole.ATTESTATION)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.vaults.values()} == {0o700}


async def certificate_of(folders: Iterable[Path], name: KeyName) -> bytes:
    for folder in folders:
        vault = await FileVault.open(folder, PASS)
        if name in vault.names():
            return (await vault.certificates(name))[0]
    raise AssertionError(name)


async def test_demo_keys_in_hub_custody_are_in_the_hubs_vault(tmp_path: Path) -> None:
    text = demo_description().replace("rsa-3072", "ec-p256")
    made = await make_demo_keys(text, tmp_path, PASS, at=START)

    names = (await FileVault.open(made.vaults[BodyId("XX-HUB-01")], PASS)).names()

    assert {"SG-CB-0601/attestation", "SG-CB-0601/status", "XX-HUB-01/checkpoint"} <= set(names)
    assert not any(name.endswith("/list") for name in names)
