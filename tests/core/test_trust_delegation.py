"""The offline root: what it may sign, for how long, and what its word is worth below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.model import Economy, Fingerprint
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_list_writing import ListDraft, PointerDraft, write_list
from exchange.core.trust_values import Body, ListType
from exchange.errors import TrustError, UndecidedError
from exchange.vault.vault import KeyKind, KeyName
from tests.core.test_trustlist import CN_KEY, ISSUED, ROOT_KEY, as_draft, given, pointer, signed
from tests.world import START, World

OFFLINE: Final = KeyName("XX-HUB-01/list-root")
NEXT: Final = KeyName("XX-HUB-01/list-next")
DAYS: Final = timedelta(days=1)
XX: Final = Economy("XX")


@pytest.fixture
def rooted(world: World) -> World:
    """Return a world whose vault keeps an offline root and a second list key beside."""
    world.vault.add(OFFLINE, KeyKind.EC_P384)
    world.vault.add(NEXT, KeyKind.EC_P256)
    return world


def fingerprint(world: World, key: KeyName) -> Fingerprint:
    return Fingerprint(sha256(world.vault.certificates_now(key)[0]).digest())


def top_of(world: World) -> TrustList:
    return next(one for one in world.lists if one.type is ListType.LIST_OF_LISTS)


def draft(world: World, *signers: KeyName, **changes: Any) -> ListDraft:
    """Return a delegation to these list keys, with some of it changed."""
    to = PointerDraft(
        location="https://127.0.0.1/list-of-lists.xml",
        type=ListType.LIST_OF_LISTS,
        territory=XX,
        signers=tuple(world.vault.certificates_now(key)[0] for key in signers),
    )
    whole = ListDraft(
        type=ListType.DELEGATION,
        territory=XX,
        sequence=1,
        issued_at=ISSUED,
        next_update=ISSUED + 90 * DAYS,
        history_period=3653 * DAYS,
        operator=top_of(world).operator,
        pointers=(to,),
    )
    return replace(whole, **changes)


def delegation(world: World, *signers: KeyName, by: KeyName = OFFLINE, **changes: Any) -> bytes:
    return signed(world, write_list(draft(world, *signers, **changes)), by)


def read(
    world: World, files: Iterable[bytes], previous: Iterable[TrustList] = (), **changes: Any
) -> tuple[TrustList, ...]:
    settings = {"pinned": {fingerprint(world, OFFLINE)}, "at": START, **given(world), **changes}
    return read_lists(files, previous=previous, **settings)


def test_the_roots_pin_leads_through_the_delegation_to_every_list(rooted: World) -> None:
    lists = read(rooted, [*rooted.files.values(), delegation(rooted, ROOT_KEY)])

    assert len(lists) == len(rooted.files) + 1
    assert lists[0].type is ListType.DELEGATION
    assert Trust.build(lists).by_fingerprint.keys() == rooted.snapshot.trust.by_fingerprint.keys()


def test_a_delegation_may_name_two_keys_while_one_takes_over(rooted: World) -> None:
    both = delegation(rooted, NEXT, ROOT_KEY)

    assert len(read(rooted, [both, *rooted.files.values()])) == len(rooted.files) + 1


def test_every_list_below_decides_only_as_long_as_the_delegation(rooted: World) -> None:
    end = START + 3 * DAYS
    lists = read(rooted, [delegation(rooted, ROOT_KEY, next_update=end), *rooted.files.values()])

    # Two steps below the root, whatever the order in which the lists are given.
    for order in (lists, lists[::-1]):
        assert {one.decides_until for one in Trust.build(order).by_fingerprint.values()} == {end}


def test_a_list_of_lists_between_bounds_what_is_below_it_and_not_above(rooted: World) -> None:
    middle = replace(
        as_draft(top_of(rooted), [pointer(rooted, "CN", CN_KEY)]), next_update=START + DAYS
    )
    files = [
        delegation(rooted, ROOT_KEY),
        signed(rooted, write_list(middle), ROOT_KEY),
        rooted.files["CN.xml"],
    ]
    trust = Trust.build(read(rooted, files))

    assert {one.decides_until for one in trust.by_fingerprint.values()} == {START + DAYS}


def economy(world: World) -> PointerDraft:
    return pointer(world, "CN", CN_KEY)


def bodies(world: World) -> tuple[Body, ...]:
    return next(one.bodies for one in world.lists if one.territory == "XX" and one.bodies)


Change = Callable[[World], bytes]
BROKEN: Final[tuple[tuple[str, Change, TrustCode], ...]] = (
    (
        "longer than 90 days",
        lambda w: delegation(w, ROOT_KEY, next_update=ISSUED + 90 * DAYS + timedelta(seconds=1)),
        TrustCode.DELEGATION_LONG,
    ),
    ("to nobody", lambda w: delegation(w, pointers=()), TrustCode.LIST_EMPTY),
    ("to a list without a key", delegation, TrustCode.POINTER_SIGNERS),
    ("to the root itself", lambda w: delegation(w, OFFLINE), TrustCode.DELEGATION_TARGET),
    (
        "to the root beside the list key",
        lambda w: delegation(w, ROOT_KEY, OFFLINE),
        TrustCode.DELEGATION_TARGET,
    ),
    (
        "to the list of an economy",
        lambda w: delegation(w, pointers=(economy(w),)),
        TrustCode.DELEGATION_TARGET,
    ),
    (
        "to two lists",
        lambda w: delegation(w, pointers=(*draft(w, ROOT_KEY).pointers, economy(w))),
        TrustCode.DELEGATION_TARGET,
    ),
    (
        "to another delegation",
        lambda w: delegation(w, pointers=(pointer(w, "QA", ROOT_KEY, ListType.DELEGATION),)),
        TrustCode.DELEGATION_TARGET,
    ),
    (
        "with bodies of its own",
        lambda w: delegation(w, ROOT_KEY, bodies=bodies(w)),
        TrustCode.DELEGATION_TARGET,
    ),
    (
        "by the list key",
        lambda w: delegation(w, NEXT, by=ROOT_KEY),
        TrustCode.LIST_NOT_NAMED,
    ),
    (
        "from the future",
        lambda w: delegation(w, ROOT_KEY, issued_at=START + DAYS, next_update=START + 2 * DAYS),
        TrustCode.LIST_FROM_FUTURE,
    ),
)


@pytest.mark.parametrize(
    ("make", "code"), [(make, code) for _, make, code in BROKEN], ids=[name for name, *_ in BROKEN]
)
def test_a_delegation_is_refused(rooted: World, make: Change, code: TrustCode) -> None:
    with pytest.raises(TrustError) as caught:
        read(rooted, [make(rooted)])

    assert code in {finding.code for finding in caught.value.findings}


def test_a_delegation_past_its_next_update_decides_nothing(rooted: World) -> None:
    old = delegation(rooted, ROOT_KEY, issued_at=START - 90 * DAYS, next_update=START)

    with pytest.raises(UndecidedError):
        read(rooted, [old, *rooted.files.values()])


def test_an_older_delegation_is_a_rollback(rooted: World) -> None:
    (newer,) = read(rooted, [delegation(rooted, NEXT, sequence=2)])

    with pytest.raises(TrustError) as caught:
        read(rooted, [delegation(rooted, ROOT_KEY), *rooted.files.values()], [newer])

    assert caught.value.code is TrustCode.LIST_ROLLBACK


def test_a_list_of_lists_by_a_key_that_the_root_did_not_name_is_refused(rooted: World) -> None:
    with pytest.raises(TrustError) as caught:
        read(rooted, [delegation(rooted, NEXT), *rooted.files.values()])

    assert caught.value.code is TrustCode.LIST_SIGNER


@pytest.mark.parametrize("with_delegation", [True, False])
def test_the_root_that_delegates_signs_no_other_list(
    rooted: World,
    with_delegation: bool,  # noqa: FBT001
) -> None:
    word = delegation(rooted, ROOT_KEY)
    (known,) = read(rooted, [word])
    top = signed(rooted, write_list(as_draft(top_of(rooted), [economy(rooted)])), OFFLINE)
    files = [top, rooted.files["CN.xml"], *([word] if with_delegation else [])]

    with pytest.raises(TrustError) as caught:
        read(rooted, files, () if with_delegation else (known,))

    assert caught.value.code is TrustCode.ROOT_SIGNS_LIST


def test_a_list_of_lists_that_points_up_is_refused(rooted: World) -> None:
    up = [economy(rooted), pointer(rooted, "QA", ROOT_KEY, ListType.DELEGATION)]
    top = signed(rooted, write_list(as_draft(top_of(rooted), up)), ROOT_KEY)

    with pytest.raises(TrustError) as caught:
        read(rooted, [delegation(rooted, ROOT_KEY), top])

    assert caught.value.code is TrustCode.POINTER_LOOP


@pytest.mark.parametrize("with_delegation", [True, False])
def test_a_lost_list_key_cannot_name_its_successor_past_the_root(
    rooted: World,
    with_delegation: bool,  # noqa: FBT001
) -> None:
    """Who stole the list key announces a key of his own, and the root takes the key away."""
    pointers = [economy(rooted)]
    announcing = replace(
        as_draft(top_of(rooted), pointers), announces=rooted.vault.certificates_now(NEXT)
    )
    before = read(
        rooted,
        [
            delegation(rooted, ROOT_KEY),
            signed(rooted, write_list(announcing), ROOT_KEY),
            rooted.files["CN.xml"],
        ],
    )
    thief = signed(
        rooted, write_list(replace(as_draft(top_of(rooted), pointers), sequence=2)), NEXT
    )
    other = KeyName("XX-HUB-01/list-2027")
    rooted.vault.add(other, KeyKind.EC_P256)
    renewed = [delegation(rooted, other, sequence=2)] if with_delegation else []

    with pytest.raises(TrustError) as caught:
        read(rooted, [*renewed, thief, rooted.files["CN.xml"]], before)

    assert caught.value.code in {TrustCode.LIST_SIGNER, TrustCode.LIST_NOT_NAMED}


def test_a_new_root_is_announced_by_the_one_before(rooted: World) -> None:
    new = KeyName("XX-HUB-01/list-root2")
    rooted.vault.add(new, KeyKind.EC_P384)
    announcing = delegation(rooted, ROOT_KEY, announces=rooted.vault.certificates_now(new))
    before = read(rooted, [announcing])
    files = [delegation(rooted, ROOT_KEY, by=new, sequence=2), *rooted.files.values()]

    assert read(rooted, files, before)[0].signer == fingerprint(rooted, new)
    with pytest.raises(TrustError) as caught:
        read(rooted, files)
    assert caught.value.code is TrustCode.LIST_NOT_NAMED
