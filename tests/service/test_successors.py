"""Successors: nobody leads from a certificate to one that has nothing to do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from exchange.service.hub import Hub
from exchange.service.verify import verify_number
from tests.living import begun, with_legal_acts
from tests.running import settings_for
from tests.service.test_attacks_certificates import Attack
from tests.world import ISSUER, make_world

RENEWS = {"ChangeType": "renew"}


@pytest_asyncio.fixture
async def attack(tmp_path: Path) -> AsyncIterator[Attack]:
    world = with_legal_acts(make_world())
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        made = Attack(world=world, hub=hub)
        assert await made.declare() == ""
        yield made


async def test_renewal_leads_to_a_certificate_of_the_same_body_and_not_to_itself(
    attack: Attack,
) -> None:
    first = await attack.begin(9)
    template = await attack.begin(8)
    other = template.accepted_by("CN-CB-0107", number="10726Q00311R0M")
    assert await attack.send(other.data) == ""

    for successor in (other, first):
        change = first.change("transfer", 1, successor=successor, values=RENEWS)
        assert "TRF-02" in await attack.send(change)

    renewed = begun(attack.world, 10)
    assert await attack.send(renewed.data) == ""
    change = first.change("transfer", 1, successor=renewed, values=RENEWS)
    assert await attack.send(change) == ""
    found = await verify_number(attack.hub, first.number, ISSUER)
    assert found.leads_to == f"{renewed.number} ({ISSUER})"
