"""A hub that administers trust and tells recipients, with partners that are pushed to or pull."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from exchange.core.document.notice import Notice
from exchange.core.model import BodyId, Kind
from exchange.core.notices import Tracked
from exchange.service.hub import Hub
from tests.administered import CB, CNAS, Administered, make_administered
from tests.running import Caller, Running, running, ticking
from tests.service.notices import read_notice
from tests.world import World

KZ: Final = BodyId("KZ-CB-0401")
"""The partner that has an endpoint, or had one."""
NCA: Final = BodyId("KZ-AB-NCA")
SG: Final = BodyId("SG-CB-0601")
SAC: Final = BodyId("SG-AB-SAC")

_T = TypeVar("_T")


async def eventually(
    look: Callable[[], Awaitable[_T]], holds: Callable[[_T], bool], seconds: float = 40
) -> _T:
    """Look again and again until something holds."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if holds(found):
                return found
            await asyncio.sleep(0.05)


def with_endpoint(port: int | None) -> Administered:
    """Return an administered world in which a partner has an endpoint on this machine, or none."""
    made = make_administered()
    endpoint = None if port is None else f"https://127.0.0.1:{port}"
    bodies = {
        one.id: replace(one, endpoint=endpoint if one.id == KZ else None)
        for one in made.bodies.values()
    }
    return replace(made, bodies=bodies)


@asynccontextmanager
async def notifying(
    administered: Administered, folder: Path, **changes: Any
) -> AsyncIterator[Running]:
    """Run the hub with everybody admitted."""
    settings = {"push_seconds": 2.0, "push_max_delay_seconds": 0.2} | changes
    async with administered.running(
        folder / "hub", clock=ticking(administered.world), **settings
    ) as one:
        await administered.admit(one.hub, CNAS, CB, NCA, KZ, SAC, SG)
        # Whoever signs now signs later than the keys begin.
        administered.world.clock.forward(timedelta(minutes=1))
        yield one


@asynccontextmanager
async def office(world: World, folder: Path, port: int) -> AsyncIterator[Running]:
    """Run the hub of the partner that is pushed to."""
    async with running(
        world, folder / "partner", hub=KZ, partner_port=port, clock=ticking(world)
    ) as one:
        yield one


async def brought(one: Running, data: bytes, to: str) -> None:
    """Let the issuer send something."""
    issuer = await one.caller(CB)
    answer = await issuer.submit(data, to)
    assert answer.status in {200, 201}, answer.body


async def tracked(hub: Hub, addressee: BodyId, kind: Kind = Kind.NOTICE) -> list[Tracked]:
    """Return what one addressee was told."""
    found = await hub.store.tracked()
    return [one for one in found if one.addressee == addressee and one.kind is kind]


async def taken(hub: Hub, caller: Caller, **wishes: Any) -> list[Notice | bytes]:
    """Return everything that waits for a caller, acknowledged; notices are read."""
    found: list[Notice | bytes] = []
    while deliveries := await caller.lease(max=20, **wishes):
        for one in deliveries:
            data = base64.b64decode(one["statement"])
            found.append(read_notice(hub, data) if one["kind"] == "notice" else data)
            answer = await caller.acknowledge(one)
            assert answer.status == 201, answer.body
    return found
