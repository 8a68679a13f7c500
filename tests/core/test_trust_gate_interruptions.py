"""What administrators stop holds at gate 4 from that instant on, before any list shows it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.examine import examine
from exchange.core.interruptions import (
    NOTHING_INTERRUPTED,
    Interruption,
    Interruptions,
    Stopped,
)
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.revocation_facts import RevocationFact, RevocationFacts, RevocationStatus
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.errors import TrustError
from tests.world import ISSUER, START, World

SECOND = timedelta(seconds=1)


def key_of(world: World, role: KeyRole = KeyRole.ATTESTATION) -> Fingerprint:
    return world.snapshot.trust.keys(ISSUER, role)[0].fingerprint


def stop(since: datetime = START, what: Stopped = Stopped.SUSPENDED) -> Interruption:
    return Interruption(what=what, since=since)


def stopped_key(world: World, what: Stopped = Stopped.SUSPENDED) -> Snapshot:
    return world.snapshot.with_interruptions(
        Interruptions.of(keys={key_of(world): stop(what=what)})
    )


@pytest.mark.parametrize(
    ("what", "code"),
    [(Stopped.SUSPENDED, TrustCode.KEY_SUSPENDED), (Stopped.REVOKED, TrustCode.KEY_REVOKED)],
)
def test_a_stopped_key_is_refused_from_the_instant_on_and_not_before(
    world: World, what: Stopped, code: TrustCode
) -> None:
    snapshot = stopped_key(world, what)
    document = world.attestation(at=START - SECOND)

    assert examine(document, snapshot, START - SECOND).trusted.body.id == ISSUER
    for at in (START, START + timedelta(days=3)):
        with pytest.raises(TrustError) as caught:
            examine(document, snapshot, at)
        assert caught.value.code is code
        assert f"{what.value} by administrators since 2026-11-22T09:00:00Z" in str(caught.value)


@pytest.mark.parametrize("what", Stopped)
def test_every_key_of_a_stopped_body_is_refused(world: World, what: Stopped) -> None:
    snapshot = world.snapshot.with_interruptions(Interruptions.of(bodies={ISSUER: stop(what=what)}))
    for document in (world.attestation(), world.status_change()):
        with pytest.raises(TrustError) as caught:
            examine(document, snapshot, START)
        assert caught.value.code is TrustCode.BODY_NOT_ACTIVE


def test_other_keys_and_other_bodies_go_on(world: World) -> None:
    snapshot = stopped_key(world)

    examine(world.status_change(), snapshot, START)
    examine(world.attestation("ru-qms-machinery"), snapshot, START)


def test_what_a_list_refuses_stays_refused_whatever_lies_over_it(world: World) -> None:
    stranger = replace(
        world.snapshot, trust=Trust.build(one for one in world.lists if one.territory != "CN")
    )
    with pytest.raises(TrustError) as caught:
        examine(world.attestation(), stranger.with_interruptions(NOTHING_INTERRUPTED), START)
    assert caught.value.code is TrustCode.KEY_UNKNOWN


def with_renewed(world: World) -> tuple[Snapshot, Fingerprint, Fingerprint]:
    """Return a snapshot in which one public key stands in two certificates."""
    entry = world.snapshot.trust.keys(ISSUER, KeyRole.ATTESTATION)[0]
    renewed = replace(
        entry, certificate=replace(entry.certificate, fingerprint=Fingerprint(b"\x01" * 32))
    )
    lists = tuple(
        replace(
            one,
            bodies=tuple(
                replace(body, keys=(*body.keys, renewed)) if body.id == ISSUER else body
                for body in one.bodies
            ),
        )
        for one in world.lists
    )
    snapshot = replace(world.snapshot, trust=Trust.build(lists))
    return snapshot, entry.fingerprint, renewed.fingerprint


def test_every_certificate_of_a_stopped_public_key_stops(world: World) -> None:
    """A renewed certificate is no way round the suspension of its private key."""
    snapshot, old, new = with_renewed(world)

    both = snapshot.with_interruptions(Interruptions.of(keys={new: stop()}))

    assert set(both.interruptions.keys) == {old, new}
    with pytest.raises(TrustError) as caught:
        examine(world.attestation(), both, START)
    assert caught.value.code is TrustCode.KEY_SUSPENDED


def test_of_two_interruptions_of_one_public_key_the_earlier_counts(world: World) -> None:
    snapshot, old, new = with_renewed(world)
    stops = {old: stop(START + SECOND), new: stop(what=Stopped.REVOKED)}

    for given in (stops, dict(reversed(stops.items()))):
        over = snapshot.with_interruptions(Interruptions.of(keys=given)).interruptions
        assert {over.key_at(key, START) for key in (old, new)} == {stop(what=Stopped.REVOKED)}


def test_a_snapshot_knows_what_lies_over_it_by_its_id(world: World) -> None:
    plain, stopped = world.snapshot, stopped_key(world)
    fact = RevocationFact(certificate=key_of(world), status=RevocationStatus.GOOD)
    asked = stopped.with_revocation(RevocationFacts.of([fact]))

    assert len({plain.id, stopped.id, asked.id}) == 3
    assert stopped.with_interruptions(NOTHING_INTERRUPTED).id == plain.id
    assert asked.bare().id == plain.id
    assert stopped_key(world).id == stopped.id
    again = plain.with_revocation(asked.revocation).with_interruptions(stopped.interruptions)
    assert again.id == asked.id


def test_the_parts_of_a_snapshot_say_what_lies_over_it(world: World) -> None:
    parts = stopped_key(world).parts()

    assert key_of(world).hex() in parts["interruptions"].decode()
    assert set(parts) == set(world.snapshot.parts())
    assert parts["hub"] == world.snapshot.parts()["hub"]


def test_an_overlay_is_read_only_and_travels_to_workers(world: World) -> None:
    given = {key_of(world): stop()}
    overlay = Interruptions.of(keys=given, bodies={ISSUER: stop()})
    given.clear()

    assert pickle.loads(pickle.dumps(overlay)) == overlay  # noqa: S301 - made here
    assert overlay.keys
    with pytest.raises(TypeError):
        overlay.keys[key_of(world)] = stop()  # type: ignore[index]
    facts = RevocationFacts.of(
        [RevocationFact(certificate=key_of(world), status=RevocationStatus.UNKNOWN)]
    )
    assert pickle.loads(pickle.dumps(facts)) == facts  # noqa: S301 - made here


def test_nothing_is_interrupted_on_a_quiet_day() -> None:
    assert not NOTHING_INTERRUPTED
    assert NOTHING_INTERRUPTED.key_at(Fingerprint(b"\x00" * 32), START) is None
    assert NOTHING_INTERRUPTED.body_at(BodyId("CN-CB-0103"), START) is None
