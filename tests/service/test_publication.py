"""What a hub publishes of its state of trust: at once, in time, and once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from exchange.codes.service import RefusedCode, SettingsCode
from exchange.codes.store import StoreCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.model import BodyId, Fingerprint, KeyRole, Kind, MessageDigest, MessageId
from exchange.core.receipt import read_receipt
from exchange.core.trust_values import BodyState, KeyStatus, ListType
from exchange.errors import ExchangeError, RefusedError, SettingsError, TrustError, UndecidedError
from exchange.service.activation import activate_fetched, partners, unfetched
from exchange.service.addressees import Addressees
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.described import DescribedBody
from exchange.service.enforcement import enforce, follow_actions
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.issue import Authorisation, Issuance, issue
from exchange.service.publication import keep_published, publish, take_over_lists
from exchange.service.verification import keys_to_verify_with
from exchange.vault.vault import KeyKind, KeyName, key_name
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_key,
    delegated,
    key_of,
    make_administered,
    state_of,
    suspension,
    with_status,
)
from tests.running import keep_key, settings_for
from tests.service.test_act import submitted
from tests.world import HUB, START, make_world

RUSACC: Final = BodyId("RU-AB-RUSACC")
RU_CB: Final = BodyId("RU-CB-0201")


def versions(hub: Hub) -> dict[tuple[str, str], int]:
    """Return the version of every list in force."""
    assert hub.keeper is not None
    return {(one.type.name, one.territory): one.sequence for one in hub.keeper.published}


async def test_a_new_hub_publishes_its_delegation_its_list_of_lists_and_its_own_list(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        assert versions(hub) == {
            ("DELEGATION", "XX"): 1,
            ("ECONOMY", "XX"): 1,
            ("LIST_OF_LISTS", "XX"): 1,
        }
        assert await publish(hub) == ()
        assert {one.data for one in await hub.store.published_lists()} == set(
            hub.examiner.materials.lists
        )
        # The founding is a statement with a receipt like every other.
        (founding,) = await hub.store.actions()
        assert founding.data == administered.founding
        receipted = read_receipt(
            founding.receipt,
            hub.snapshot,
            hub.clock(),
            message_digest=MessageDigest(sha256(founding.data).digest()),
        )
        assert receipted.receipt.kind is Kind.ACTION
        assert await hub.store.tree_size() == 1


async def test_only_economies_that_change_are_published_anew(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB, RUSACC, RU_CB)
        before = versions(hub)
        administered.world.clock.forward(timedelta(hours=1))

        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        new = await publish(hub)

        assert [(one.territory, one.sequence) for one in new] == [("CN", 2)]
        assert versions(hub) == before | {("ECONOMY", "CN"): 2}


async def test_lists_are_made_anew_before_they_run_out(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    async with administered.open(tmp_path, list_valid_seconds=9 * 86400.0) as hub:
        await administered.admit(hub, CNAS)
        before = versions(hub)
        clock.forward(timedelta(days=5, hours=23))
        await keep_published(hub)
        assert versions(hub) == before
        clock.forward(timedelta(hours=2))

        await keep_published(hub)

        assert versions(hub) == before | {
            ("ECONOMY", "CN"): 2,
            ("ECONOMY", "XX"): 2,
            ("LIST_OF_LISTS", "XX"): before[("LIST_OF_LISTS", "XX")] + 1,
        }
        assert all(one.next_update > clock.now for one in hub.trust.lists)


async def test_what_begins_on_a_day_is_announced_and_begins_by_the_clock(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    friday = START + timedelta(days=5)
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        before = key_of(hub, CB).fingerprint
        change = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027", start=friday)
        proposal = await administered.change(hub, change, at=friday)
        new = change.body.keys[-1].fingerprint
        await publish(hub)

        # Partners know the key, and it counts for nothing yet.
        assert hub.trust.by_fingerprint[new].key.status_at(clock.now) is None
        data = administered.world.sign(
            administered.world.draft(number=1), key=key_name(CB, KeyRole.ATTESTATION, "2027")
        )
        assert (await submitted(hub, data, 1))[1] == (TrustCode.KEY_NOT_YET_GRANTED.value,)
        clock.now = friday
        await keep_published(hub)

        assert state_of(hub).proposals[proposal].state is ProposalState.ACTIVE
        assert hub.trust.by_fingerprint[new].key.status_at(clock.now) is KeyStatus.GRANTED
        assert hub.trust.by_fingerprint[before].key.status_at(clock.now) is KeyStatus.GRANTED
        data = administered.world.sign(
            administered.world.draft(number=2), key=key_name(CB, KeyRole.ATTESTATION, "2027")
        )
        assert (await submitted(hub, data, 2))[0] == "accepted"


@pytest.mark.parametrize("overtaken_by", ["suspension", "rejection"])
async def test_a_key_that_was_announced_and_never_begins_stays_listed_as_withdrawn(
    tmp_path: Path, overtaken_by: str
) -> None:
    administered = make_administered()
    clock = administered.world.clock
    friday = START + timedelta(days=5)
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        change = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027", start=friday)
        new = change.body.keys[-1].fingerprint
        proposal = await administered.change(hub, change, at=friday)
        newcomer = await administered.change(hub, administered.admission(RUSACC), at=friday)
        await publish(hub)

        if overtaken_by == "suspension":
            status = key_of(hub, CB, KeyRole.STATUS)
            await administered.suspend(hub, administered.li, CB, status.fingerprint)
        else:
            await administered.reject(hub, administered.omar, proposal)
        await administered.reject(hub, administered.omar, newcomer)
        await publish(hub)

        # Whatever was decided is published all the same, and the key never counts.
        assert state_of(hub).proposals[proposal].state in (
            ProposalState.OUTDATED,
            ProposalState.REJECTED,
        )
        clock.now = friday
        await keep_published(hub)
        assert hub.trust.by_fingerprint[new].key.status_at(clock.now) is KeyStatus.WITHDRAWN
        assert hub.trust.bodies[RUSACC].state_at(clock.now) is BodyState.ENDED
        assert RUSACC not in state_of(hub).bodies
        # It can be brought again by two persons, from the entry as it stands now.
        again = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027")
        await administered.change(hub, again)
        await publish(hub)
        assert hub.trust.by_fingerprint[new].key.status_at(clock.now) is KeyStatus.GRANTED


async def test_a_revocation_on_a_day_is_enforced_when_the_day_comes(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    friday = START + timedelta(days=5)
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB).fingerprint
        await administered.change(
            hub, with_status(hub, key, KeyStatus.REVOKED, start=friday), at=friday, shrinking=True
        )
        await enforce(hub)
        assert not hub.snapshot.interruptions
        clock.now = friday

        await enforce(hub)

        assert hub.snapshot.interruptions.key_at(key, clock.now) is not None
        assert state_of(hub).key_state(key, clock.now) is KeyState.REVOKED
        await publish(hub)
        assert hub.trust.by_fingerprint[key].key.status_at(clock.now) is KeyStatus.REVOKED


async def test_a_change_waits_until_every_partner_has_fetched_it(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        assert partners(hub) == {CNAS, CB}
        latest = START + timedelta(days=30)
        change = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027", start=latest)
        proposal = await administered.change(hub, change, at=latest, when_fetched=True)
        assert await activate_fetched(hub) == 0
        await publish(hub)
        waiting = state_of(hub).proposals[proposal]
        assert hub.keeper is not None
        assert await unfetched(hub, hub.keeper, waiting) == frozenset({CNAS, CB})
        await hub.store.note_fetch(CNAS, "CN.xml", 2, 12, clock.now)
        await hub.store.note_fetch(CB, "CN.xml", 1, 11, clock.now)
        assert await activate_fetched(hub) == 0
        clock.forward(timedelta(days=2))
        await hub.store.note_fetch(CB, "CN.xml", 2, 12, clock.now)

        assert await activate_fetched(hub) == 1

        assert state_of(hub).proposals[proposal].active_at == clock.now
        await publish(hub)
        new = change.body.keys[-1].fingerprint
        assert hub.trust.by_fingerprint[new].key.status_at(clock.now) is KeyStatus.GRANTED
        assert await activate_fetched(hub) == 0


async def test_of_two_processes_one_publishes_and_the_other_takes_over(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        administered.open(tmp_path / "one", store_url=postgres_url) as one,
        administered.open(tmp_path / "two", store_url=postgres_url) as two,
    ):
        await administered.change(one, administered.admission(CNAS))
        assert two.keeper is not None
        assert await two.keeper.catch_up()

        published = await asyncio.gather(publish(one), publish(two))

        # Both may have made the list; one was kept, and both have put it in force.
        assert sum(map(bool, published)) == 1
        await asyncio.gather(take_over_lists(one), take_over_lists(two))
        assert one.snapshot.id == two.snapshot.id
        assert one.trust.digest == two.trust.digest
        assert CNAS in two.trust.bodies


async def test_a_process_that_is_behind_publishes_no_list_without_a_suspension(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    valid: dict[str, Any] = {"store_url": postgres_url, "list_valid_seconds": 9 * 86400.0}
    async with (
        administered.open(tmp_path / "one", **valid) as one,
        administered.open(tmp_path / "two", **valid) as two,
    ):
        await administered.admit(one, CNAS, CB)
        assert two.keeper is not None
        assert await two.keeper.catch_up()
        await take_over_lists(two)
        key = administered.bodies[CB].keys[0].fingerprint
        await administered.do(one, administered.li, suspension(CB, key))
        await publish(one)
        administered.world.clock.forward(timedelta(days=6, hours=1))

        await publish(two)

        assert two.trust.by_fingerprint[key].key.status is KeyStatus.SUSPENDED


async def test_a_list_key_that_was_stopped_signs_no_list(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS)
        key = key_of(hub, HUB, KeyRole.LIST).fingerprint
        before = versions(hub)
        await administered.do(hub, administered.li, suspension(HUB, key))

        with pytest.raises(TrustError) as refused:
            await publish(hub)

        assert refused.value.code is TrustCode.KEY_SUSPENDED
        assert versions(hub) == before
    # What was published stands, and the hub opens with it.
    async with administered.open(tmp_path) as hub:
        assert versions(hub) == before
        assert key in hub.snapshot.interruptions.keys
        administered.world.clock.forward(timedelta(hours=1))
        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        await publish(hub)
        assert versions(hub) != before


async def test_two_processes_found_one_hub(tmp_path: Path, postgres_url: str) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    async def opened(name: str) -> tuple[int, int]:
        async with administered.open(tmp_path / name, store_url=postgres_url) as hub:
            await take_over_lists(hub)
            return await hub.store.count_actions(), len(hub.trust.lists)

    assert set(await asyncio.gather(opened("one"), opened("two"))) == {(1, 3)}


async def test_a_newer_delegation_is_taken_and_an_older_one_refused(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    async with administered.open(tmp_path) as hub:
        clock.forward(timedelta(days=60))
        newer = delegated(administered.world, at=clock.now, previous=administered.delegation)

        new = await publish(hub, newer)

        assert ("DELEGATION", 2) in {(one.type.name, one.sequence) for one in new}
        with pytest.raises(RefusedError) as old:
            await publish(hub, administered.delegation)
        assert old.value.code is RefusedCode.DELEGATION_OLD
        with pytest.raises(ExchangeError):
            await publish(hub, administered.founding)

    # The folder still holds the first one; what was published is newer and stays.
    async with administered.open(tmp_path) as hub:
        assert versions(hub)[("DELEGATION", "XX")] == 2


async def test_without_a_delegation_in_force_nothing_is_published_and_documents_wait(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    clock = administered.world.clock
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        before = versions(hub)
        clock.forward(timedelta(days=85))

        with pytest.raises(UndecidedError) as late:
            await publish(hub)
        assert late.value.code is TrustCode.LIST_EXPIRED
        with pytest.raises(UndecidedError):
            await submitted(hub, administered.world.attestation(), 1)
        assert versions(hub) == before

    # The hub opens all the same, so that a new delegation can be brought.
    async with administered.open(tmp_path) as hub:
        newer = delegated(administered.world, at=clock.now, previous=administered.delegation)
        await publish(hub, newer)
        assert (await submitted(hub, administered.world.attestation(), 1))[0] == "accepted"


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("no founding", "founding.xml"),
        ("no delegation", "root.xml"),
        ("another root", "founding.xml"),
        ("another file", "founding.xml"),
        ("no pin", "trust_pins"),
        ("another hub", "founding.xml"),
    ],
)
async def test_a_hub_without_a_ceremony_does_not_start(
    tmp_path: Path, fault: str, path: str
) -> None:
    administered = make_administered()
    changes: dict[str, Any] = {}
    if fault == "no pin":
        changes["trust_pins"] = ()
    if fault == "another root":
        changes["trust_pins"] = (bytes(32).hex(),)
    if fault == "another hub":
        changes["hub"] = "CN-AB-CNAS"
    settings = administered.settings(tmp_path, **changes)
    if fault == "no founding":
        (tmp_path / "founding" / "founding.xml").unlink()
    if fault == "no delegation":
        (tmp_path / "founding" / "root.xml").unlink()
    if fault == "another file":
        (tmp_path / "founding" / "founding.xml").write_bytes(administered.delegation)

    with pytest.raises(SettingsError) as refused:
        async with Hub.open(settings, clock=administered.world.clock):
            pass

    assert refused.value.code is SettingsCode.TRUST
    assert refused.value.findings[0].path == path


async def test_the_hubs_own_keys_rotate_by_the_same_verbs(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    world = administered.world
    second = {role: key_name(HUB, role, "2027") for role in _OWN}
    friday = START + timedelta(days=5)
    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        await administered.admit(hub, CNAS, CB)
        first_receipt = hub.certificates
        await sign_checkpoint(hub)
        verifier = (await keys_to_verify_with(hub)).checkpoint_key
        await administered.change(
            hub,
            administered.bring_all(hub, HUB, _OWN, "2027", start=friday),
            at=friday,
        )
        newer = delegated(
            world,
            at=clock.now,
            signers=(key_name(HUB, KeyRole.LIST), second[KeyRole.LIST]),
            previous=administered.delegation,
        )
        await publish(hub, newer)
        assert hub.certificates == first_receipt
        clock.now = friday

        await keep_published(hub)

        assert hub.certificates == world.vault.certificates_now(second[KeyRole.RECEIPT])
        assert (await submitted(hub, world.attestation(number=1), 1))[0] == "accepted"
        assert (await keys_to_verify_with(hub)).checkpoint_key != verifier
        await sign_checkpoint(hub)
        assert hub.transport_name == second[KeyRole.TRANSPORT]
        signers = {one.signer for one in hub.trust.lists if one.type is not ListType.DELEGATION}
        assert signers == {fingerprint_of(administered, second[KeyRole.LIST])}
        # The old receipt key is declared compromised, and the hub goes on.
        old = key_of(hub, HUB, KeyRole.RECEIPT).fingerprint
        await administered.change(hub, with_status(hub, old, KeyStatus.REVOKED))
        await publish(hub)
        assert (await submitted(hub, world.attestation(number=2), 2))[0] == "accepted"

    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        assert hub.certificates == world.vault.certificates_now(second[KeyRole.RECEIPT])


async def test_an_old_key_retires_and_late_arrivals_are_accepted_until_its_last_day(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    clock = administered.world.clock
    world = administered.world
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB).fingerprint
        retires, ends = START + timedelta(days=7), START + timedelta(days=20)
        await administered.change(
            hub, changed_key(hub, key, signs_until=retires, accepted_until=ends)
        )
        await publish(hub)
        made_before = [world.attestation(number=n) for n in (1, 2)]
        clock.now = retires + timedelta(hours=1)
        made_after = world.attestation(number=3)

        assert (await submitted(hub, made_before[0], 1))[0] == "accepted"
        assert (await submitted(hub, made_after, 2))[1] == (TrustCode.SIGNED_OUTSIDE_PERIOD.value,)
        clock.now = ends
        assert (await submitted(hub, made_before[1], 3))[1] == (TrustCode.NO_LONGER_ACCEPTED.value,)


_OWN: Final = (KeyRole.RECEIPT, KeyRole.LIST, KeyRole.CHECKPOINT, KeyRole.TRANSPORT)


def fingerprint_of(administered: Administered, name: KeyName) -> Fingerprint:
    return Fingerprint(sha256(administered.world.vault.certificates_now(name)[0]).digest())


async def test_a_key_in_the_custody_of_the_hub_rotates_like_every_other(tmp_path: Path) -> None:
    administered = make_administered()
    clock = administered.world.clock
    sg, sg_cb = BodyId("SG-AB-SAC"), BodyId("SG-CB-0601")
    second = key_name(sg_cb, KeyRole.ATTESTATION, "2027")
    async with administered.open(tmp_path, further=(second,)) as hub:
        await administered.admit(hub, sg, sg_cb)
        old = key_of(hub, sg_cb).fingerprint
        clock.forward(timedelta(minutes=1))
        await administered.change(hub, administered.bring(hub, sg_cb, KeyRole.ATTESTATION, "2027"))
        await administered.change(hub, with_status(hub, old, KeyStatus.REVOKED), shrinking=True)
        await publish(hub)
        draft = administered.world.draft("sg-isms-freight")
        clock.forward(timedelta(minutes=1))

        issued = await issue(
            hub,
            Issuance(
                caller=Caller(
                    body=hub.trust.bodies[sg_cb],
                    key=key_of(hub, sg_cb, KeyRole.TRANSPORT).fingerprint,
                ),
                message_id=MessageId("00000000-0000-4000-8000-000000000001"),
                addressees=Addressees(names=()),
                draft=draft,
                authorisation=Authorisation(
                    person="Tan Wei Ling",
                    role="head of certification",
                    authorised_at=clock.now,
                    draft_digest=sha256(draft).digest(),
                ),
            ),
        )

        assert issued.statement is not None
        signed = administered.world.signed(issued.statement)
        assert signed.certificate.fingerprint == fingerprint_of(administered, second)


async def test_an_action_that_does_not_follow_stops_another_process_from_signing(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        administered.open(tmp_path / "one", store_url=postgres_url) as one,
        administered.open(tmp_path / "two", store_url=postgres_url) as two,
    ):
        await administered.propose(one, administered.li, administered.admission(CNAS))

        def edit(connection: Connection) -> None:
            connection.execute(text("UPDATE actions SET digest = sha256('x') WHERE number = 2"))

        await one.store._database.write(edit)
        following = asyncio.create_task(follow_actions(two))
        async with asyncio.timeout(10):
            while not two.refuses_to_sign:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        two.draining.set()
        await following

        assert two.refuses_to_sign[0].code is StoreCode.DAMAGED
        assert state_of(two).count == 1


async def test_a_hub_that_reads_the_lists_of_others_uses_the_receipt_key_that_they_grant(
    tmp_path: Path,
) -> None:
    world = make_world()
    second = key_name(HUB, KeyRole.RECEIPT, "2027")
    world.vault.add(second, KeyKind.EC_P256)

    def rotated(body: DescribedBody) -> DescribedBody:
        keys = tuple(
            replace(key, name=second) if key.role is KeyRole.RECEIPT else key for key in body.keys
        )
        return replace(body, keys=keys) if body.id == HUB else body

    settings = settings_for(world.relisted(rotated), tmp_path)
    keep_key(world, tmp_path / "vault", key_name(HUB, KeyRole.RECEIPT))
    async with Hub.open(settings, clock=world.clock) as hub:
        assert hub.certificates == world.vault.certificates_now(second)
