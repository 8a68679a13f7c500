"""What ends soon: each threshold for each kind of thing, and what is no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

import pytest

from exchange.core.actions.values import Administrator, AdministratorRole, PersonId
from exchange.core.certificate import read_certificate
from exchange.core.expiry import (
    THRESHOLDS,
    End,
    Expiring,
    HeldKey,
    Subject,
    expiring,
    nearest_end,
)
from exchange.core.list_signers import root_certificates
from exchange.core.model import BodyId, KeyRole
from exchange.core.trust_index import Trust
from exchange.core.trust_values import BodyPeriod, BodyState, KeyPeriod, KeyStatus
from exchange.service.build_lists import build_lists
from exchange.vault.vault import KeyName
from tests.pki import NOT_AFTER, make_signer
from tests.world import ISSUER, START, World, make_world, run_now

DAY = timedelta(days=1)


def of(found: tuple[Expiring, ...], subject: Subject) -> list[Expiring]:
    return [one for one in found if one.subject is subject]


@cache
def with_key_until(until: datetime, accepted: datetime) -> World:
    return make_world().with_key(
        ISSUER, KeyRole.ATTESTATION, signs_until=until, accepted_until=accepted
    )


def key_of(found: tuple[Expiring, ...]) -> Expiring | None:
    name = f"attestation key of {ISSUER}"
    return next((one for one in found if one.name == name), None)


@pytest.mark.parametrize(
    ("left", "threshold"),
    [
        (timedelta(days=60), 60),
        (timedelta(days=59, hours=23), 60),
        (timedelta(days=30, seconds=1), 60),
        (timedelta(days=30), 30),
        (timedelta(days=14), 14),
        (timedelta(days=7), 7),
        (timedelta(days=1, seconds=1), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-29), 0),
    ],
    ids=str,
)
def test_a_key_reaches_each_threshold_in_its_time(left: timedelta, threshold: int) -> None:
    end = START + 200 * DAY
    world = with_key_until(end, end + 100 * DAY)

    one = key_of(expiring(world.snapshot.trust, end - left))

    assert one is not None
    assert (one.threshold, one.end, one.ends_at) == (threshold, End.SIGNS_UNTIL, end)
    assert (one.subject, one.body) == (Subject.KEY, ISSUER)
    assert one.days_left == left // DAY


@pytest.mark.parametrize("left", [timedelta(days=60, seconds=1), timedelta(days=-30)], ids=str)
def test_a_key_far_from_its_end_is_no_news(left: timedelta) -> None:
    end = START + 200 * DAY
    world = with_key_until(end, end + 100 * DAY)

    assert key_of(expiring(world.snapshot.trust, end - left)) is None


def test_every_key_and_every_list_of_the_world_is_watched() -> None:
    trust = make_world().snapshot.trust

    found = expiring(trust, START, within=timedelta(days=36500))

    assert {one.identity for one in of(found, Subject.KEY)} == {
        fingerprint.hex() for fingerprint in trust.by_fingerprint
    }
    assert len(of(found, Subject.LIST)) == len(trust.lists)
    assert list(found) == sorted(found, key=lambda one: (one.ends_at, one.name, one.identity))


def test_the_end_of_the_key_certificate_counts_when_it_comes_first() -> None:
    trust = make_world().snapshot.trust
    held = [key for key in trust.by_fingerprint.values() if key.body.id == ISSUER]

    found = expiring(trust, START, within=timedelta(days=36500))

    for listed in held:
        (one,) = [each for each in found if each.identity == listed.key.fingerprint.hex()]
        assert one.ends_at == min(listed.key.signs_until, listed.key.certificate.not_after)


@pytest.mark.parametrize("part", [60, 30, 14, 7, 1])
def test_a_list_is_warned_of_only_when_the_hub_should_have_issued_it_again(part: int) -> None:
    trust = make_world().snapshot.trust
    one = next(each for each in trust.lists if each.territory == "CN")
    life = one.next_update - one.issued_at

    found = expiring(trust, one.next_update - part * DAY)

    (listed,) = [each for each in of(found, Subject.LIST) if each.identity == "economy/cn"]
    assert listed.threshold == (part if part * DAY <= life / 3 else None)
    assert listed.end is End.NEXT_UPDATE


def test_a_list_past_its_next_update_stays_on_the_board() -> None:
    trust = make_world().snapshot.trust
    last = max(one.next_update for one in trust.lists)

    found = of(expiring(trust, last + 400 * DAY), Subject.LIST)

    assert len(found) == len(trust.lists)
    assert {one.threshold for one in found} == {0}
    assert nearest_end(found) == 0


def test_a_threshold_longer_than_the_life_of_a_thing_does_not_count() -> None:
    short = make_signer(number=940, not_before=START, not_after=START + 10 * DAY)
    held = HeldKey(name="XX-HUB-01/receipt-2027", certificate=read_certificate(short.der))

    def at(days: float) -> int | None:
        (one,) = expiring(Trust.build(()), START + days * DAY, held=[held])
        return one.threshold

    assert [at(days) for days in (0, 2, 3, 9, 10)] == [None, None, 7, 1, 0]


def test_keys_of_the_vault_administrators_and_roots_are_watched_too() -> None:
    world = make_world()
    trust = world.snapshot.trust
    unlisted = read_certificate(make_signer(number=941).der)
    listed = next(iter(trust.by_fingerprint.values())).key.certificate
    person = Administrator(
        person=PersonId("XX-HUB-01/li-wei"),
        body=BodyId("XX-HUB-01"),
        role=AdministratorRole.TRUST_OFFICER,
        name="Li Wei",
        certificate=read_certificate(make_signer(number=942).der),
        identity=bytes(32),
    )
    root = read_certificate(make_signer(number=943).der)

    found = expiring(
        trust,
        NOT_AFTER - 14 * DAY,
        held=[
            HeldKey(name="XX-HUB-01/receipt-2027", certificate=unlisted),
            HeldKey(name="XX-HUB-01/receipt", certificate=listed),
        ],
        administrators=[person],
        roots=[root],
    )

    others = [one for one in found if one.subject not in {Subject.KEY, Subject.LIST}]
    assert {(one.subject, one.name, one.threshold) for one in others} == {
        (Subject.HELD, "key XX-HUB-01/receipt-2027 in the vault", 14),
        (Subject.ADMINISTRATOR, "key of XX-HUB-01/li-wei", 14),
        (Subject.ROOT, "root key", 14),
    }


def test_a_key_that_another_one_follows_names_it_and_is_no_news_once_it_has_ended() -> None:
    world = make_world()
    end = START + 20 * DAY

    body = next(each for each in world.description.bodies if each.id == ISSUER)
    (old,) = [key for key in body.keys if key.role is KeyRole.ATTESTATION]
    both = _rotating(world, old.name, end)
    trust = both.snapshot.trust

    before = expiring(trust, end - 5 * DAY)
    after = expiring(trust, end + DAY)

    keys = {key.fingerprint: key for key in trust.keys(ISSUER, KeyRole.ATTESTATION)}
    (one,) = [each for each in before if each.name == f"attestation key of {ISSUER}"]
    assert one.threshold == 7
    assert one.follower in keys
    assert one.follower is not None
    assert one.follower.hex() != one.identity
    assert key_of(after) is None


def _rotating(world: World, name: str, end: datetime) -> World:
    """Return the world with a second attestation key that goes on after the first."""
    body = next(each for each in world.description.bodies if each.id == ISSUER)
    (old,) = [key for key in body.keys if key.name == name]
    new = replace(old, name=KeyName(f"{name}-2027"))
    ending = replace(old, signs_until=end, accepted_until=end + DAY)
    keys = tuple(
        each for key in body.keys for each in ((ending, new) if key.name == name else (key,))
    )
    return world.with_body(ISSUER, keys=keys)


@pytest.mark.parametrize("status", [KeyStatus.WITHDRAWN, KeyStatus.REVOKED], ids=str)
def test_withdrawn_and_revoked_keys_are_no_news(status: KeyStatus) -> None:
    trust = make_world().snapshot.trust
    listed = next(one for one in trust.by_fingerprint.values() if one.body.id == ISSUER)
    period = KeyPeriod(status=status, not_before=START, not_after=None)
    over = replace(listed.key, periods=(period, *listed.key.periods))
    body = replace(
        listed.body, keys=tuple(over if k is listed.key else k for k in listed.body.keys)
    )
    changed = replace(trust, bodies={**trust.bodies, ISSUER: body})

    def identities(one: Trust) -> set[str]:
        return {each.identity for each in expiring(one, START, within=timedelta(days=36500))}

    assert identities(trust) - identities(changed) == {over.fingerprint.hex()}


def test_the_keys_of_a_body_that_has_ended_are_no_news() -> None:
    trust = make_world().snapshot.trust
    body = trust.bodies[ISSUER]
    ended = replace(body, history=(BodyPeriod(state=BodyState.ENDED, since=START), *body.history))
    changed = replace(trust, bodies={**trust.bodies, ISSUER: ended})

    found = expiring(changed, START, within=timedelta(days=36500))

    assert ISSUER not in {one.body for one in found}


def test_the_same_thing_with_another_end_is_another_warning() -> None:
    world = make_world()
    at = max(one.next_update for one in world.lists) - DAY
    again = run_now(
        build_lists(
            world.description,
            world.vault,
            at=at,
            release=world.release,
            before=world.files,
        )
    )

    def mark(trust: Trust) -> str:
        found = expiring(trust, at, within=timedelta(days=36500))
        return next(one.mark for one in found if one.identity == "economy/cn")

    assert mark(world.snapshot.trust) != mark(Trust.build(again.lists))
    assert mark(world.snapshot.trust) == mark(world.snapshot.trust)


def test_the_root_that_stands_on_no_list_is_found_in_the_signature_of_its_list() -> None:
    trust = make_world().snapshot.trust

    roots = root_certificates(trust)

    uppermost = {one.signer for one in trust.lists if one.type.name != "ECONOMY"}
    unlisted = uppermost - set(trust.by_fingerprint)
    assert {one.fingerprint for one in roots} == unlisted
    assert {sha256(one.der).digest() for one in roots} == unlisted


def test_thresholds_are_those_that_were_promised() -> None:
    assert THRESHOLDS == (60, 30, 14, 7, 1)
