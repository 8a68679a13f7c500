"""Lists are renewed while an inquiry waits in the line of a worker: one answer, one generation.

The worker is stopped by a signal, so that what is asked waits for it as long as it must.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from exchange.core.verification import EvidenceKind, Verification
from exchange.service.hub import Hub
from exchange.service.publication import publish
from exchange.service.verify import Viewer, verify_document, verify_number
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_body,
    make_administered,
)
from tests.living import begun
from tests.service.test_act import submitted
from tests.service.test_attacks_certificates import part_of

T = TypeVar("T")
OWN = Viewer(body=CB)


@contextmanager
def standing_still(hub: Hub) -> Iterator[None]:
    """Stop the workers of the generation in force until the block ends."""
    processes = [one.pid for one in hub.examiner.processes]
    assert processes
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def waits(asked: Awaitable[T]) -> asyncio.Task[T]:
    """Return a question that has gone to the workers, and that they have not answered."""

    async def ask() -> T:
        return await asked

    task = asyncio.create_task(ask())
    await asyncio.sleep(0.5)
    assert not task.done()
    return task


@asynccontextmanager
async def renewed_meanwhile(hub: Hub, administered: Administered) -> AsyncIterator[None]:
    """Publish another edition of the lists while the workers of the one before stand still."""
    in_force = asyncio.Event()
    await administered.change(hub, changed_body(hub, CB, endpoint="https://new.example"))
    hub.renewals.append(lambda _: in_force.set())
    with standing_still(hub):
        yield
        published = asyncio.create_task(publish(hub))
        async with asyncio.timeout(60):
            await in_force.wait()
        assert not published.done()
    await published


def lists_of(found: Verification) -> set[str]:
    """Return the digests of the lists that an answer names."""
    return {
        one.digest
        for verdict in found.verdicts
        for one in verdict.evidence
        if one.kind is EvidenceKind.LIST
    }


def snapshots_of(found: Verification) -> set[str]:
    """Return the snapshots that an answer names."""
    return {
        found.snapshot_id,
        *(
            one.value
            for verdict in found.verdicts
            for one in verdict.evidence
            if one.kind is EvidenceKind.SNAPSHOT
        ),
    }


def listed(hub: Hub) -> set[str]:
    return {one.digest.hex() for one in hub.trust.lists if one.territory == "CN"}


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Administered, Hub]]:
    administered = make_administered()
    async with administered.open(folder, workers=1, examination_seconds=60.0) as hub:
        await administered.admit(hub, CNAS, CB)
        administered.world.clock.forward(timedelta(minutes=1))
        yield administered, hub


async def test_inquiry_that_waited_is_answered_by_the_lists_that_it_began_with(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as (administered, hub):
        first = begun(administered.world, 1)
        assert (await submitted(hub, first.data, 1))[0] == "accepted"
        old = hub.snapshot.id, listed(hub)
        async with renewed_meanwhile(hub, administered):
            task = await waits(verify_number(hub, first.number, CB, viewer=OWN))
        found = await task
        again = await verify_number(hub, first.number, CB, viewer=OWN)

        assert (snapshots_of(found), lists_of(found)) == ({old[0]}, old[1])
        assert (snapshots_of(again), lists_of(again)) == ({hub.snapshot.id}, listed(hub))
        assert listed(hub) != old[1]
        assert found.overall.value == again.overall.value == "valid"


async def test_certificate_with_a_parent_is_never_judged_by_two_generations(
    tmp_path: Path,
) -> None:
    """The part was judged by the old lists when the new ones came; its parent is not yet."""
    async with opened(tmp_path) as (administered, hub):
        parent = begun(administered.world, 1)
        assert (await submitted(hub, parent.data, 1))[0] == "accepted"
        administered.world.clock.forward(timedelta(minutes=1))
        part = part_of(parent)
        assert (await submitted(hub, part.data, 2))[0] == "accepted"
        old = listed(hub)
        async with renewed_meanwhile(hub, administered):
            task = await waits(verify_number(hub, part.number, CB, viewer=OWN))
        found = await task

        assert (snapshots_of(found), lists_of(found)) == ({hub.snapshot.id}, listed(hub))
        assert listed(hub) != old
        assert found.overall.value == "valid"


@pytest.mark.parametrize("is_registered", [True, False])
async def test_upload_that_waited_names_the_lists_that_judged_it(
    tmp_path: Path, *, is_registered: bool
) -> None:
    async with opened(tmp_path) as (administered, hub):
        first = begun(administered.world, 1)
        if is_registered:
            assert (await submitted(hub, first.data, 1))[0] == "accepted"
        old = hub.snapshot.id, listed(hub)
        async with renewed_meanwhile(hub, administered):
            task = await waits(verify_document(hub, first.data, viewer=OWN))
        found = await task

        # What is registered is asked for again, after its octets were judged.
        new = hub.snapshot.id, listed(hub)
        assert new != old
        expected = new if is_registered else old
        assert (snapshots_of(found), lists_of(found)) == ({expected[0]}, expected[1])
