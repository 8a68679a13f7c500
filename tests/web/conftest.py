"""A hub with short patience, for callers who behave badly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import Running, running
from tests.world import World


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub that waits half a second for bodies and one for requests."""
    async with running(
        world,
        tmp_path,
        body_seconds=0.5,
        idle_seconds=1.0,
        handshake_seconds=1.0,
        proxy_port=0,
        trusted_proxies=("127.0.0.1/32",),
    ) as one:
        yield one
