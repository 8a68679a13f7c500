"""Several processes of one hub on PostgreSQL: what one is told holds in all of them.

One hub runs as a process of its own, another one here. Their clocks differ by the seconds that
they took to start, as clocks do. `make bench` has three processes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import aiohttp

from exchange.codes.service import RefusedCode
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import KeyRole
from exchange.core.trust_values import KeyStatus
from exchange.service.enforcement import by_this_clock, enforce
from exchange.service.hub import Hub
from exchange.service.publication import publish, take_over_lists
from tests.administered import (
    CB,
    CNAS,
    Administered,
    key_of,
    make_administered,
    suspension,
    with_status,
)
from tests.running import XML, Caller, client_context, process, ticking
from tests.world import START

ENOUGH: Final = 30.0
"""Seconds that a slow machine may take; `make bench` measures."""


@asynccontextmanager
async def processes(
    administered: Administered, folder: Path, store_url: str, number: int
) -> AsyncIterator[tuple[tuple[Caller, ...], tuple[str, ...]]]:
    """Run hubs as processes, each with an open connection of CN-CB-0103.

    Returns:
        The callers, and where each hub takes actions without a client certificate.
    """
    async with AsyncExitStack() as stack:
        callers = []
        public = []
        for place in range(number):
            own = folder / f"hub{place}"
            own.mkdir()
            settings = administered.settings(own, store_url=store_url, log_level="warning")
            _, addresses = await stack.enter_async_context(process(settings, own))
            session = await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(
                        ssl=client_context(administered.world, own, CB), limit=1
                    ),
                    timeout=aiohttp.ClientTimeout(total=10),
                )
            )
            callers.append(
                Caller(world=administered.world, body=CB, base=addresses.partners, session=session)
            )
            public.append(addresses.public)
        yield tuple(callers), tuple(public)


async def status(caller: Caller) -> tuple[int, str]:
    """Return how a hub answers to the caller now."""
    try:
        answer = await caller.ask("POST", "/v1/leases", json={})
    except aiohttp.ClientError:
        # The listener does not know the key yet.
        return 0, ""
    return answer.status, answer.code if answer.status >= 400 else ""


async def until(caller: Caller, expected: int, seconds: float = ENOUGH) -> float:
    """Wait until a hub answers so, and return the seconds that it took."""
    began = time.monotonic()
    while (await status(caller))[0] != expected:
        assert time.monotonic() - began < seconds, await status(caller)
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_a_suspension_by_one_process_holds_on_open_connections_to_all(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    async with (
        processes(administered, tmp_path, postgres_url, 1) as (callers, public),
        administered.open(
            tmp_path / "here", store_url=postgres_url, clock=ticking(administered.world)
        ) as hub,
    ):
        await take_over_lists(hub)
        await administered.admit(hub, CNAS, CB)
        # All of them have put the new lists in force, their listeners included.
        await asyncio.gather(*(until(caller, 200) for caller in callers))
        key = key_of(hub, CB, KeyRole.TRANSPORT).fingerprint

        # Whoever sits at the public listener of one of them suspends the key.
        said = administered.say(administered.li, suspension(CB, key))
        async with aiohttp.ClientSession() as session:
            context = client_context(administered.world, tmp_path, None)
            async with session.post(
                f"{public[0]}/v1/trust/actions",
                data=said,
                headers={"Content-Type": XML},
                ssl=context,
            ) as answer:
                assert answer.status == 201, await answer.text()

        taken = await asyncio.gather(*(until(caller, 403) for caller in callers))
        assert max(taken) < ENOUGH
        for caller in callers:
            assert (await status(caller))[1] == RefusedCode.KEY_NOT_ACTIVE.value
        # This process learns it as well, although nobody has told it anything.
        assert hub.keeper is not None
        await hub.keeper.catch_up()
        await enforce(hub)
        assert hub.snapshot.interruptions.key_at(key, hub.clock()) is not None

        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        await take_over_lists(hub)
        await publish(hub)
        await asyncio.gather(*(until(caller, 200) for caller in callers))


async def test_a_clock_that_is_behind_delays_no_suspension(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    clock = administered.world.clock
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    async with (
        administered.open(tmp_path / "one", store_url=postgres_url) as one,
        administered.open(
            tmp_path / "two",
            store_url=postgres_url,
            clock=lambda: clock.now - timedelta(minutes=2),
        ) as two,
    ):
        await administered.admit(one, CNAS, CB)
        key = key_of(one, CB).fingerprint
        await administered.suspend(one, administered.li, CB, key)
        await _followed(two)

        assert two.snapshot.interruptions.key_at(key, two.clock()) is not None


async def _followed(hub: Hub) -> None:
    assert hub.keeper is not None
    await hub.keeper.catch_up()
    await enforce(hub)


def test_what_is_planned_for_later_is_not_stopped_early() -> None:
    key = make_administered().root
    planned = Interruption(what=Stopped.REVOKED, since=START + timedelta(hours=1))
    sealed = Interruption(what=Stopped.SUSPENDED, since=START + timedelta(minutes=1))
    last = START + timedelta(minutes=1)
    for one, since in ((planned, planned.since), (sealed, START)):
        held = by_this_clock(Interruptions.of(keys={key: one}), START, last)
        assert held.keys[key].since == since
