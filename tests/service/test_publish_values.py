"""Publishing lists from values: what a hub does whenever somebody's word has changed trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

import pytest

from exchange.codes.service import SettingsCode
from exchange.codes.trust import TrustCode
from exchange.codes.vault import VaultCode
from exchange.core.model import Economy, Fingerprint
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import Body, ListType
from exchange.core.trustlist import read_again
from exchange.errors import RejectedError, SettingsError, TrustError, UndecidedError, VaultError
from exchange.service.build_lists import build_lists
from exchange.service.delegate import Delegation, make_delegation
from exchange.service.list_files import LIST_OF_LISTS, ROOT_FILE
from exchange.service.publish import (
    BuiltLists,
    Cover,
    Edition,
    Press,
    in_thread,
    publish_lists,
)
from exchange.vault.vault import KeyKind, KeyName
from tests.world import START, World

ONLINE: Final = KeyName("XX-HUB-01/list")
SECOND: Final = KeyName("XX-HUB-01/list-2027")
OFFLINE: Final = KeyName("XX-HUB-01/list-root")
WEEK: Final = timedelta(days=7)
PT: Final = Economy("PT")


@pytest.fixture
def press(world: World) -> Press:
    """Return a press of lists that live for a week, with an offline root in its vault."""
    world.vault.add(OFFLINE, KeyKind.EC_P384)
    world.vault.add(SECOND, KeyKind.EC_P256)
    return Press(vault=world.vault, release=world.release, valid_for=WEEK)


def editions(world: World, signer: KeyName = ONLINE) -> list[Edition]:
    return [
        Edition(territory=one.territory, operator=one.operator, signer=signer, bodies=one.bodies)
        for one in world.lists
        if one.type is ListType.ECONOMY
    ]


def cover(world: World, signer: KeyName = ONLINE) -> Cover:
    return Cover(
        territory=Economy("XX"),
        operator=world.description.root.operator,
        signer=signer,
        location=world.description.location,
    )


def changed(
    given: list[Edition], territory: Economy, change: Callable[[Body], Body]
) -> list[Edition]:
    """Return the editions with the last body of an economy changed."""
    return [
        replace(one, bodies=(*one.bodies[:-1], change(one.bodies[-1])))
        if one.territory == territory
        else one
        for one in given
    ]


def renamed(body: Body) -> Body:
    return replace(body, names=MappingProxyType({"en": "Another name"}))


async def publish(world: World, press: Press, **changes: Any) -> BuiltLists:
    settings: dict[str, Any] = {"cover": cover(world), "press": press, "at": START, **changes}
    return await publish_lists(settings.pop("editions", editions(world)), **settings)


async def delegated(
    world: World, press: Press, *signers: KeyName, days: int = 90, **changes: Any
) -> TrustList:
    """Return a root's delegation to these list keys, as its readers see it."""
    settings = {"at": START, **changes}
    data = await make_delegation(
        Delegation(
            territory=Economy("XX"),
            operator=world.description.root.operator,
            signers=tuple(world.vault.certificates_now(key)[0] for key in signers),
            location=world.description.location + LIST_OF_LISTS,
        ),
        root=OFFLINE,
        press=replace(press, valid_for=timedelta(days=days)),
        **settings,
    )
    return read_again(
        data,
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
        pinned={pin(world, OFFLINE)},
    )


def pin(world: World, key: KeyName) -> Fingerprint:
    return Fingerprint(sha256(world.vault.certificates_now(key)[0]).digest())


async def test_lists_from_values_are_read_by_who_has_pinned_the_root(
    world: World, press: Press
) -> None:
    word = await delegated(world, press, ONLINE)

    built = await publish(world, press, delegation=word)

    assert built.root == pin(world, OFFLINE)
    assert built.files[ROOT_FILE] == word.data
    lists = read_lists(
        built.files.values(),
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
        pinned={built.root},
        at=START,
    )
    assert Trust.build(lists).bodies == world.snapshot.trust.bodies


async def test_an_unchanged_economy_is_neither_made_nor_read_anew(
    world: World, press: Press
) -> None:
    word = await delegated(world, press, ONLINE)
    first = await publish(world, press, delegation=word)
    later = {"delegation": word, "previous": first.lists, "at": START + timedelta(hours=1)}

    second = await publish(world, press, editions=changed(editions(world), PT, renamed), **later)

    assert second.changed == ("PT.xml",)
    before = {one.territory: one for one in first.lists if one.bodies}
    after = {one.territory: one for one in second.lists if one.bodies}
    assert after[PT].sequence == before[PT].sequence + 1
    assert {one for one in after if after[one] is before[one]} == before.keys() - {PT}


async def test_publishing_again_changes_nothing_until_a_third_of_the_life_is_left(
    world: World, press: Press
) -> None:
    first = await publish(world, press)
    soon, late = START + WEEK * 0.6, START + WEEK * 0.7

    assert (await publish(world, press, previous=first.lists, at=soon)).changed == ()
    renewed = await publish(world, press, previous=first.lists, at=late)

    assert set(renewed.changed) == set(first.files)
    assert {one.next_update for one in renewed.lists} == {late.replace(microsecond=0) + WEEK}


async def test_another_list_key_signs_everything_anew(world: World, press: Press) -> None:
    word = await delegated(world, press, ONLINE, SECOND)
    first = await publish(world, press, delegation=word)

    second = await publish(
        world,
        press,
        editions=editions(world, SECOND),
        cover=cover(world, SECOND),
        previous=first.lists,
        delegation=word,
    )

    assert set(second.changed) == set(first.files) - {ROOT_FILE}
    assert {one.signer for one in second.lists[1:]} == {pin(world, SECOND)}
    assert second.root == first.root


async def test_lists_are_made_beside_the_loop(world: World, press: Press) -> None:
    built = await publish(world, replace(press, aside=in_thread))

    assert Trust.build(built.lists).bodies == world.snapshot.trust.bodies


async def test_a_renewed_delegation_has_the_next_number(world: World, press: Press) -> None:
    first = await delegated(world, press, ONLINE)

    second = await delegated(world, press, SECOND, previous=first, at=START + WEEK)

    assert (first.sequence, second.sequence) == (1, 2)


def blanks(body: Body) -> Body:
    """A name with two blanks, of which readers see one."""
    return replace(body, names=MappingProxyType({"en": "Two  blanks"}))


def emptied(given: list[Edition]) -> list[Edition]:
    return [replace(one, bodies=()) if one.territory == PT else one for one in given]


def without_keys(body: Body) -> Body:
    return replace(body, keys=body.keys[1:])


@pytest.mark.parametrize(
    ("edit", "codes"),
    [
        (emptied, {TrustCode.LIST_EMPTY, TrustCode.KEY_DISAPPEARED}),
        (lambda given: changed(given, PT, blanks), {TrustCode.LIST_READS_OTHERWISE}),
        (lambda given: changed(given, PT, without_keys), {TrustCode.KEY_DISAPPEARED}),
        (
            lambda given: changed(
                given, PT, lambda body: replace(body, economies=frozenset({PT, Economy("ZX")}))
            ),
            {TrustCode.BODY_ECONOMY},
        ),
        (
            lambda given: changed(given, PT, lambda _: given[0].bodies[-1]),
            {TrustCode.BODY_ECONOMY, TrustCode.KEY_DISAPPEARED},
        ),
        (lambda _: [], {TrustCode.LIST_EMPTY}),
    ],
    ids=["empty", "read otherwise", "a key gone", "no economy", "elsewhere", "no list at all"],
)
async def test_what_readers_would_not_believe_is_not_published(
    world: World,
    press: Press,
    edit: Callable[[list[Edition]], list[Edition]],
    codes: set[TrustCode],
) -> None:
    first = await publish(world, press)

    with pytest.raises(TrustError) as caught:
        await publish(world, press, editions=edit(editions(world)), previous=first.lists)

    assert {finding.code for finding in caught.value.findings} == codes


async def test_a_list_key_that_the_root_did_not_name_publishes_nothing(
    world: World, press: Press
) -> None:
    word = await delegated(world, press, SECOND)

    with pytest.raises(TrustError) as caught:
        await publish(world, press, delegation=word)

    assert caught.value.code is TrustCode.LIST_SIGNER


async def test_under_a_delegation_that_has_ended_nothing_is_published(
    world: World, press: Press
) -> None:
    word = await delegated(world, press, ONLINE)

    with pytest.raises(UndecidedError):
        await publish(world, press, delegation=word, at=word.next_update)


async def test_without_its_key_no_list_is_published(world: World, press: Press) -> None:
    with pytest.raises(VaultError) as caught:
        await publish(world, press, cover=cover(world, KeyName("XX-HUB-01/list-missing")))

    assert caught.value.code is VaultCode.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("signers", "days", "code"),
    [
        ((ONLINE,), 91, TrustCode.DELEGATION_LONG),
        ((OFFLINE,), 90, TrustCode.DELEGATION_TARGET),
        ((), 90, TrustCode.POINTER_SIGNERS),
    ],
)
async def test_a_delegation_that_readers_would_not_believe_is_not_made(
    world: World, press: Press, signers: tuple[KeyName, ...], days: int, code: TrustCode
) -> None:
    with pytest.raises(RejectedError) as caught:
        await delegated(world, press, *signers, days=days)

    assert caught.value.code is code


async def test_a_description_is_built_under_the_root_that_it_names(
    world: World, press: Press
) -> None:
    word = await delegated(world, press, ONLINE)
    files = {ROOT_FILE: word.data}
    named = replace(world.description, pinned=pin(world, OFFLINE))

    built = await build_lists(named, world.vault, at=START, release=world.release, before=files)

    assert built.root == pin(world, OFFLINE)
    assert ROOT_FILE not in built.changed
    for description in (world.description, replace(named, pinned=pin(world, SECOND))):
        with pytest.raises(SettingsError) as caught:
            await build_lists(
                description, world.vault, at=START, release=world.release, before=files
            )
        assert caught.value.code is SettingsCode.TRUST_DESCRIPTION
        assert caught.value.findings[0].path == ROOT_FILE
