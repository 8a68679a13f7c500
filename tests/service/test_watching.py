"""Watching a hub that administers trust: delegation, root and officers, suspensions, partners."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from exchange.core.expiry import Subject
from exchange.core.freshness import Colour, worst
from exchange.core.model import KeyRole
from exchange.core.trust_values import ListType
from exchange.service.activation import activate_fetched
from exchange.service.expiry import ending_soon, held_keys, warn
from exchange.service.fetch_lists import fetch_lists
from exchange.service.freshness import freshness
from exchange.service.list_serving import names_of
from exchange.service.metrics import page
from exchange.service.publication import publish
from tests.administered import CB, CNAS, changed_body, key_of, make_administered, state_of
from tests.running import running
from tests.world import START

DAY: Final = timedelta(days=1)
_NEVER: Final = 10 * 365 * 86400.0


async def test_delegation_root_and_officers_are_warned_of(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        delegation = next(one for one in hub.trust.lists if one.type is ListType.DELEGATION)
        administered.world.clock.now = delegation.next_update - 6 * DAY

        found = {one.subject: one for one in await ending_soon(hub)}
        assert found[Subject.DELEGATION].threshold == 7
        assert found[Subject.DELEGATION].name == "delegation by the root"
        assert Subject.DELEGATION in {one.subject for one in await warn(hub)}

        officer = administered.li.administrator
        administered.world.clock.now = officer.certificate.not_after - 13 * DAY
        people = [one for one in await ending_soon(hub) if one.subject is Subject.ADMINISTRATOR]
        assert {one.threshold for one in people} == {14}
        assert f"key of {officer.person}" in {one.name for one in people}

        end = max(one.certificate.not_after for one in await held_keys(hub.vault))
        administered.world.clock.now = end - 5 * DAY
        roots = [one for one in await ending_soon(hub) if one.subject is Subject.ROOT]
        assert [(one.identity, one.threshold) for one in roots] == [(administered.root.hex(), 7)]


async def test_suspensions_that_nobody_answers_stand_in_the_figures(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)

        async def figures() -> tuple[str, str]:
            lines = (await page(hub)).splitlines()
            first, second = (
                next(one for one in lines if one.startswith(f"exchange_suspensions_{what} "))
                for what in ("open", "overdue")
            )
            return first.split()[1], second.split()[1]

        assert await figures() == ("0", "0")
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        assert await figures() == ("1", "0")
        administered.world.clock.forward(DAY)
        assert await figures() == ("1", "1")


async def test_a_change_waits_until_the_partner_has_fetched_it(tmp_path: Path) -> None:
    administered = make_administered()
    world = administered.world
    async with administered.running(
        tmp_path / "hub", trust_reload_seconds=_NEVER, expiry_check_seconds=_NEVER
    ) as serving:
        hub = serving.hub
        await administered.admit(hub, CNAS)
        lists = {names_of(one)[0]: one.data for one in hub.trust.lists}
        async with running(
            replace(world, files=lists, root=administered.root),
            tmp_path / "partner",
            hub=CNAS,
            trust_url=serving.addresses.partners,
            trust_fetch_seconds=_NEVER,
            expiry_check_seconds=_NEVER,
        ) as partner:
            latest = START + 30 * DAY
            change = administered.bring(hub, CNAS, KeyRole.RECEIPT, "2027", start=latest)
            proposal = await administered.change(hub, change, at=latest, when_fetched=True)
            world.clock.forward(timedelta(minutes=1))
            await publish(hub)
            assert await activate_fetched(hub) == 0

            assert await fetch_lists(partner.hub) is True
            assert await activate_fetched(hub) == 1

            assert state_of(hub).proposals[proposal].active_at == world.clock.now
            new = change.body.keys[-1].fingerprint
            await publish(hub)
            await fetch_lists(partner.hub)
            assert partner.hub.trust.by_fingerprint[new].key.signs_from == world.clock.now
            rows = [row for row in await freshness(hub) if row.partner == CNAS]
            assert worst(rows) is Colour.GREEN


async def test_what_is_decided_while_everything_is_verified_again_is_no_damage(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS)
        keeper = hub.keeper
        assert keeper is not None
        for _ in range(5):
            verifying = asyncio.create_task(keeper.verify())
            proposal = await administered.propose(
                hub, administered.li, changed_body(hub, CNAS, cab_code="07")
            )
            await administered.reject(hub, administered.anna, proposal)
            await verifying
