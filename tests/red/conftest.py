"""A hub to attack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from exchange.service.hub import Hub
from tests.living import with_legal_acts
from tests.running import settings_for
from tests.service.test_attacks_certificates import Attack
from tests.world import make_world


@pytest_asyncio.fixture
async def attack(tmp_path: Path) -> AsyncIterator[Attack]:
    world = with_legal_acts(make_world())
    settings = settings_for(world, tmp_path, max_guesses_per_network=10_000)
    async with Hub.open(settings, clock=world.clock) as hub:
        made = Attack(world=world, hub=hub)
        assert await made.declare() == ""
        yield made
