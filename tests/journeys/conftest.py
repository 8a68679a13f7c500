"""A hub for every journey: on SQLite always, on PostgreSQL where a journey asks for both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import Caller, Running, running
from tests.world import World


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub on SQLite that runs in this process."""
    async with running(world, tmp_path) as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
async def either_house(
    request: pytest.FixtureRequest, world: World, tmp_path: Path
) -> AsyncIterator[Running]:
    """Return a hub on each engine in turn."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with running(world, tmp_path, store_url=url) as one:
        yield one


@pytest.fixture
async def issuer(house: Running) -> Caller:
    """Return the body that submits."""
    return await house.caller("CN-CB-0103")


@pytest.fixture
async def partner(house: Running) -> Caller:
    """Return a body that pulls."""
    return await house.caller("SG-AB-SAC")
