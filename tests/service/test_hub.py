"""How a hub opens, gets busy, drains, and what it does when something around it fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Stage
from exchange.errors import ExchangeError, PeerError, SettingsError, StoreError, VaultError
from exchange.peer.partner import PartnerClient
from exchange.service.build_lists import build_lists
from exchange.service.deliver import Pusher
from exchange.service.hold import end_holds
from exchange.service.hub import Hub
from exchange.web.serve import serving
from tests.running import free_port, running, settings_for, ticking, write_lists
from tests.world import HUB, ISSUER, World, make_world


@pytest.mark.parametrize(
    ("changes", "family", "code"),
    [
        ({"trust_pins": ()}, SettingsError, "settings.trust"),
        ({"trust_pins": ("00" * 32,)}, SettingsError, "settings.trust"),
        ({"trust_dir": Path("nowhere")}, SettingsError, "settings.trust"),
        ({"vault_passphrase": "wrong"}, VaultError, "vault.pass-phrase"),
        ({"vault_dir": Path("nowhere")}, VaultError, "vault.location"),
        ({"hub": "XX-HUB-99"}, VaultError, "vault.unknown-key"),
        ({"store_url": "mysql://nowhere"}, StoreError, "store.url"),
    ],
)
async def test_what_the_operator_has_to_mend_stops_the_start(
    world: World,
    tmp_path: Path,
    changes: dict[str, Any],
    family: type[ExchangeError],
    code: str,
) -> None:
    settings = replace(settings_for(world, tmp_path), **changes)
    with pytest.raises(family) as caught:
        async with Hub.open(settings, clock=world.clock):
            pytest.fail("the hub opened")
    assert caught.value.code.value == code


async def test_a_key_that_others_can_read_stops_the_start(world: World, tmp_path: Path) -> None:
    settings = settings_for(world, tmp_path)
    (tmp_path / "vault" / HUB / "receipt.pem").chmod(0o640)
    with pytest.raises(VaultError) as caught:
        async with Hub.open(settings, clock=world.clock):
            pytest.fail("the hub opened")
    assert caught.value.code.value == "vault.permissions"


async def test_an_address_that_is_taken_stops_the_start(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path / "first", partner_port=free_port()) as first:
        settings = settings_for(
            world, tmp_path / "second", partner_port=first.hub.settings.partner_port
        )
        with pytest.raises(SettingsError) as caught:
            async with Hub.open(settings, clock=world.clock) as hub, serving(hub):
                pytest.fail("the hub serves")
    assert caught.value.code.value == "settings.address"


async def test_too_many_waiting_documents_are_sent_away_for_a_while(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path, workers=1, max_waiting=1) as house:
        caller = await house.caller(ISSUER)
        answers = await asyncio.gather(
            *(caller.submit(world.attestation(number=1 + n)) for n in range(40))
        )
        busy = [answer for answer in answers if answer.status == 503]
        assert {answer.code for answer in busy} == {"refused.busy"}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in busy)
        assert await house.hub.store.tree_size() == len(answers) - len(busy)


async def test_an_examination_without_end_is_given_up_and_told(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path, workers=1, examination_seconds=0.00001) as house:
        caller = await house.caller(ISSUER)
        answer = await caller.submit(world.attestation())
        assert (answer.status, answer.code) == (503, "refused.examination")
        assert answer.json["retry"] is True


async def test_a_hub_that_drains_sends_new_requests_away(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as house:
        caller = await house.caller(ISSUER)
        assert (await caller.ask("GET", "/v1/partners")).status == 200
        house.hub.draining.set()
        answer = await caller.ask("GET", "/v1/partners")
        assert (answer.status, answer.code) == (503, "refused.draining")


async def test_what_waits_for_a_partner_without_endpoint_any_more_waits_to_be_pulled(
    tmp_path: Path,
) -> None:
    partner = "KZ-AB-NCA"
    world = make_world().with_body(partner, endpoint=f"https://127.0.0.1:{free_port()}")
    async with running(world, tmp_path, clock=ticking(world)) as house:
        caller = await house.caller(ISSUER)
        await caller.submit(world.attestation(), f'"{partner}"')
        built = await build_lists(
            world.with_body(partner, endpoint=None).description,
            world.vault,
            at=world.clock.now,
            release=world.release,
            before=world.files,
        )
        write_lists(replace(world, files=built.files), house.folder)
        digest = world.signed(world.attestation()).content_digest
        async with asyncio.timeout(60):
            while True:
                (record,) = await house.hub.store.deliveries(digest)
                if record.mode is Mode.PULL:
                    break
                await asyncio.sleep(0.05)
        assert record.state is Delivery.READY
        # A push that was on its way when the lists changed has the same in its hands.
        at = house.hub.clock()
        (claim,) = await house.hub.store.lease(
            BodyId(partner), limit=1, at=at, until=at + timedelta(minutes=1)
        )
        client = PartnerClient(seconds=1)
        with pytest.raises(PeerError) as caught:
            await Pusher(house.hub, client)._push(claim)
        await client.close()
        assert caught.value.code.value == "peer.no-endpoint"


async def test_a_status_change_that_came_too_early_is_held_and_receipted(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path) as house:
        issuer, partner = await house.caller(ISSUER), await house.caller("SG-AB-SAC")
        await issuer.submit(world.attestation(), '"SG-AB-SAC"')
        (delivery,) = await partner.lease(max=10)
        await partner.acknowledge(delivery)
        early = world.status_change("restore")
        answer = await issuer.submit(early, '"SG-AB-SAC"')
        assert answer.status == 201, answer.body
        assert b"accepted-with-warnings" in answer.body
        assert b"rule.STC-02" in answer.body
        assert await partner.lease(max=10) == []


async def test_a_status_change_that_waited_in_vain_gets_a_second_signed_receipt(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path) as house:
        issuer = await house.caller(ISSUER)
        await issuer.submit(world.attestation(), '"SG-AB-SAC"')
        early = world.status_change("restore")
        first = await issuer.submit(early, '"SG-AB-SAC"')
        await end_holds(house.hub)
        digest = world.signed(early).content_digest
        assert len(await house.hub.store.receipts(digest)) == 1

        house.hub.clock = lambda: world.clock.now + timedelta(hours=25)
        await end_holds(house.hub)
        await end_holds(house.hub)

        kept = await house.hub.store.receipts(digest)
        assert [one.stage for one in kept] == [Stage.ACCEPTED, Stage.FAILED]
        last = read_receipt(
            kept[1].data, world.snapshot, house.hub.clock(), previous=sha256(first.body).digest()
        )
        assert last.receipt.previous == sha256(first.body).digest()
        assert [one.code for one in last.receipt.findings] == ["rule.STC-02"]
