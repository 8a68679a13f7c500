"""Several processes on one PostgreSQL, killed at any instant: every recipient gets one notice.

Hubs run as processes of their own. What is judged is the database when all is over: for each
recipient one notice with all of its certificates, whoever has noticed the stop, and whoever was
killed between its commit and the notices, or in the middle of them.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from sqlalchemy import func, select

from exchange.core.document.notice import Standing
from exchange.core.model import BodyId, Fingerprint, Kind
from exchange.service.hub import Hub
from exchange.service.publication import publish
from exchange.settings import Settings
from exchange.store.notice_tables import CAUSES, NOTICES
from exchange.store.store import Store
from tests.administered import CB, CNAS, Administered, key_of, make_administered, suspension
from tests.journeys.notified import eventually
from tests.running import XML, client_context, process
from tests.service.notices import read_notice, submit_to

PARTNERS: Final = 30
CERTIFICATES: Final = 3
PROCESSES: Final = 3


def recipients() -> list[BodyId]:
    """Return everybody who has received a certificate."""
    return [BodyId(f"CN-CB-{9000 + place}") for place in range(PARTNERS)]


@asynccontextmanager
async def received(administered: Administered, folder: Path, url: str) -> AsyncIterator[Hub]:
    """Open a hub without duties after everybody has received certificates of one issuer."""
    async with administered.open(folder, store_url=url) as hub:
        await administered.admit(hub, CNAS, CB, *recipients())
        await publish(hub)
        for number in range(1, CERTIFICATES + 1):
            data = administered.world.attestation(number=number)
            await submit_to(hub, data, number, recipients())
        yield hub


def settings_of(administered: Administered, folder: Path, url: str, **changes: Any) -> Settings:
    """Return the settings of one process."""
    folder.mkdir()
    return administered.settings(
        folder,
        store_url=url,
        data_dir=folder.parent / "data",
        trust_follow_seconds=0.2,
        log_level="error",
        **changes,
    )


async def suspended(
    administered: Administered, folder: Path, public: str, key: Fingerprint
) -> None:
    """Let an officer stop a key by a request to one of the processes."""
    said = administered.say(administered.li, suspension(CB, key))
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{public}/v1/trust/actions",
            data=said,
            headers={"Content-Type": XML},
            ssl=client_context(administered.world, folder, None),
        ) as answer,
    ):
        assert answer.status == 201, await answer.text()


async def counted(store: Store) -> tuple[int, int]:
    """Return how many causes are open, and how many notices there are."""
    return await store._database.read(
        lambda c: (
            int(
                c.execute(
                    select(func.count()).select_from(CAUSES).where(CAUSES.c.finished_at.is_(None))
                ).scalar_one()
            ),
            int(c.execute(select(func.count()).select_from(NOTICES)).scalar_one()),
        )
    )


async def once(hub: Hub) -> None:
    """Make sure that every recipient was told everything, once."""
    told = [one for one in await hub.store.tracked(limit=1000) if one.kind is Kind.NOTICE]
    assert sorted(one.addressee for one in told) == recipients()
    assert {one.cause for one in told} == {1}
    for one in told:
        statement = await hub.store.statement(one.content_digest)
        assert statement is not None
        found = read_notice(hub, statement.data or b"")
        assert (found.standing, found.addressee) == (Standing.SUSPENDED, one.addressee)
        assert (found.part, found.parts) == (1, 1)
        assert len({each.certificate_number for each in found.certificates}) == CERTIFICATES


async def test_processes_that_notice_the_same_suspension_tell_everybody_once(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered(issuers=PARTNERS)
    async with (
        received(administered, tmp_path / "here", postgres_url) as hub,
        AsyncExitStack() as stack,
    ):
        public = []
        for place in range(PROCESSES):
            own = tmp_path / f"hub{place}"
            settings = settings_of(administered, own, postgres_url)
            _, addresses = await stack.enter_async_context(process(settings, own))
            public.append(addresses.public)
        await suspended(administered, tmp_path, public[1], key_of(hub, CB).fingerprint)

        await eventually(lambda: counted(hub.store), lambda found: found == (0, PARTNERS))
        # Each of them has looked since.
        await asyncio.sleep(1.0)
        assert await counted(hub.store) == (0, PARTNERS)
        await once(hub)


@pytest.mark.parametrize("notices", [0, 9])
async def test_a_kill_after_so_many_notices_leaves_the_rest_to_the_next_process(
    tmp_path: Path, postgres_url: str, notices: int
) -> None:
    administered = make_administered(issuers=PARTNERS)
    async with received(administered, tmp_path / "here", postgres_url) as hub:
        key = key_of(hub, CB).fingerprint
        first = tmp_path / "first"
        settings = settings_of(administered, first, postgres_url)
        async with process(settings, first) as (child, addresses):
            saying = asyncio.create_task(suspended(administered, tmp_path, addresses.public, key))

            async def reached() -> bool:
                if notices == 0:
                    # Committed, and nobody was told: before the cause or behind it.
                    return await hub.store.count_actions() > before
                return (await counted(hub.store))[1] >= notices

            before = await hub.store.count_actions()
            async with asyncio.timeout(40):
                while not await reached():  # noqa: ASYNC110 - as soon as ever possible
                    await asyncio.sleep(0)
            child.send_signal(signal.SIGKILL)
            await child.wait()
            await asyncio.gather(saying, return_exceptions=True)
        _, left = await counted(hub.store)
        assert left < PARTNERS, "the kill came too late to show anything"

        second = tmp_path / "second"
        async with process(settings_of(administered, second, postgres_url), second):
            await eventually(lambda: counted(hub.store), lambda found: found == (0, PARTNERS), 60)
        await once(hub)
