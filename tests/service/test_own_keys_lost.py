"""The hub's own keys are declared compromised by the verbs for every other key, and it goes on."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from exchange.codes.administration import AdministrationCode
from exchange.codes.trust import TrustCode
from exchange.core.interruptions import NOTHING_INTERRUPTED
from exchange.core.model import Fingerprint, KeyRole
from exchange.core.trust_values import Body, KeyEntry, KeyPeriod, KeyStatus, ListType
from exchange.errors import UndecidedError
from exchange.service.act import act
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.hub import Hub
from exchange.service.own_keys import own_key
from exchange.service.publication import publish
from exchange.service.verification import keys_to_verify_with
from exchange.vault.vault import key_name
from tests.administered import (
    CB,
    CNAS,
    delegated,
    key_of,
    make_administered,
    suspension,
    with_status,
)
from tests.service.test_act import submitted
from tests.world import HUB

OWN = (KeyRole.RECEIPT, KeyRole.LIST, KeyRole.CHECKPOINT, KeyRole.TRANSPORT)


@pytest.mark.parametrize("role", OWN, ids=[role.value for role in OWN])
async def test_a_hub_goes_on_without_an_own_key_that_was_lost(
    tmp_path: Path, role: KeyRole
) -> None:
    administered = make_administered()
    world = administered.world
    second = {one: key_name(HUB, one, "2027") for one in OWN}
    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        await administered.admit(hub, CNAS, CB)
        await sign_checkpoint(hub)
        await administered.change(hub, administered.bring_all(hub, HUB, OWN, "2027"))
        both = (key_name(HUB, KeyRole.LIST), second[KeyRole.LIST])
        newer = delegated(world, at=world.clock.now, signers=both, previous=administered.delegation)
        await publish(hub, newer)
        lost = key_of(hub, HUB, role).fingerprint
        follower = Fingerprint(sha256(world.vault.certificates_now(second[role])[0]).digest())
        assert lost != follower

        await administered.suspend(hub, administered.li, HUB, lost)
        await administered.change(hub, with_status(hub, lost, KeyStatus.REVOKED), shrinking=True)
        await publish(hub)

        assert hub.trust.by_fingerprint[lost].key.status_at(world.clock.now) is KeyStatus.REVOKED
        assert (await hub.own_key(role)).name == second[role]
        assert (await submitted(hub, world.attestation(), 1))[0] == "accepted"
        await sign_checkpoint(hub)
        assert (await keys_to_verify_with(hub)).checkpoint_key is not None
        lists = [one for one in hub.trust.lists if one.type is not ListType.DELEGATION]
        if role is KeyRole.LIST:
            assert {one.signer for one in lists} == {follower}

    # What was lost stays lost when the hub opens again, and nothing else is.
    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        assert (await hub.own_key(role)).name == second[role]
        assert (await submitted(hub, world.attestation(number=2), 2))[0] == "accepted"


async def test_a_checkpoint_key_that_is_stopped_signs_nothing_until_it_is_restored(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.running(tmp_path) as house:
        hub = house.hub
        anyone = await house.caller(None, base=house.addresses.public)
        key = key_of(hub, HUB, KeyRole.CHECKPOINT).fingerprint
        await sign_checkpoint(hub)
        before = await hub.store.latest_checkpoint()

        with capture_logs() as logs:
            await administered.suspend(hub, administered.li, HUB, key)
            assert await sign_checkpoint(hub) is None
            assert await sign_checkpoint(hub) is None
        said = [one for one in logs if one["event"] == "refuses-to-sign"]
        assert [one["action"] for one in said] == ["checkpoint"]
        assert await hub.store.latest_checkpoint() == before
        health = await anyone.ask("GET", "/health")
        assert (health.status, health.json["status"]) == (503, "refuses-to-sign")
        # A list that says it is the same word as an action that no list shows yet.
        await publish(hub)
        listed = hub.trust.bodies[HUB]
        assert await _stopped(hub, listed) is TrustCode.KEY_SUSPENDED

        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        await publish(hub)
        assert await sign_checkpoint(hub) is not None
        assert (await anyone.ask("GET", "/health")).json["status"] == "ok"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (KeyStatus.SUSPENDED, TrustCode.KEY_SUSPENDED),
        (KeyStatus.REVOKED, TrustCode.KEY_REVOKED),
        (KeyStatus.GRANTED, None),
        (None, None),
    ],
    ids=["suspended", "revoked", "granted", "not-listed"],
)
async def test_what_the_list_says_of_the_only_key_of_a_hub_holds_for_the_hub(
    tmp_path: Path, status: KeyStatus | None, code: TrustCode | None
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        body = hub.trust.bodies[HUB]
        entry = key_of(hub, HUB, KeyRole.CHECKPOINT)
        others = tuple(one for one in body.keys if one != entry)
        keys = others if status is None else (*others, _standing(entry, status))

        assert await _stopped(hub, replace(body, keys=keys)) is code


async def test_an_action_that_was_committed_is_answered_though_no_snapshot_can_be_kept(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    second = key_name(HUB, KeyRole.RECEIPT, "2027")
    async with administered.open(tmp_path, further=(second,)) as hub:
        await administered.change(hub, administered.bring(hub, HUB, KeyRole.RECEIPT, "2027"))
        await administered.admit(hub, CNAS, CB)
        in_use = hub.receipt_key.fingerprint
        await hub.store._database.write(_let_no_snapshot_be_kept)
        count = hub.keeper.state.count if hub.keeper else 0

        acted = await act(hub, administered.say(administered.li, suspension(HUB, in_use)))

        assert not acted.is_refused
        assert acted.number == count + 1
        assert hub.keeper is not None
        assert hub.keeper.state.count == count + 1
        # It is stopped in this process, and what it signed with is used no more.
        assert hub.snapshot.interruptions.key_at(in_use, hub.clock()) is not None
        with pytest.raises(UndecidedError) as error:
            await submitted(hub, administered.world.attestation(), 1)
        assert error.value.code is AdministrationCode.RECEIPT_KEY_STOPPED


def _let_no_snapshot_be_kept(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TRIGGER full BEFORE INSERT ON snapshots "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    )


def _standing(entry: KeyEntry, status: KeyStatus) -> KeyEntry:
    period = KeyPeriod(status=status, not_before=entry.signs_from, not_after=None)
    return replace(entry, periods=(period,))


async def _stopped(hub: Hub, listed: Body) -> object:
    """Return why the hub may not sign a checkpoint if only its list says something."""
    key = await own_key(
        hub.vault,
        HUB,
        KeyRole.CHECKPOINT,
        listed=listed,
        at=hub.clock(),
        interruptions=NOTHING_INTERRUPTED,
    )
    return None if key.refusal is None else key.refusal.code
