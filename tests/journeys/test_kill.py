"""SIGKILL loses nothing and doubles nothing; SIGTERM drains; a lost worker is replaced."""

from __future__ import annotations

import asyncio
import signal
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from exchange.core.model import BodyId, MessageId
from exchange.settings import Settings
from exchange.store.store import Store
from tests.running import (
    Answer,
    Caller,
    client_context,
    free_port,
    process,
    running,
    settings_for,
)
from tests.world import ISSUER, World

MESSAGES = 60
ROUNDS = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Settings:
    """Return the settings of a hub in a process of its own, on each engine in turn."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return settings_for(
        world,
        tmp_path,
        store_url=url,
        partner_port=free_port(),
        workers=1,
        checkpoint_seconds=0.2,
        log_level="error",
    )


def _caller(world: World, folder: Path, base: str, session: aiohttp.ClientSession) -> Caller:
    del folder
    return Caller(world=world, body=ISSUER, base=base, session=session)


async def _submit_all(
    caller: Caller, messages: Sequence[tuple[str, bytes]], answers: dict[str, Answer]
) -> None:
    """Submit everything at once; what gets no answer has none."""

    async def one(name: str, data: bytes) -> None:
        try:
            answers[name] = await caller.submit(data, '"SG-AB-SAC"', message_id=name)
        except (aiohttp.ClientError, OSError):
            return

    await asyncio.gather(*(one(name, data) for name, data in messages))


async def test_a_kill_between_commit_and_answer_loses_nothing_and_doubles_nothing(
    world: World, tmp_path: Path, settings: Settings
) -> None:
    unanswered = 0
    for turn in range(ROUNDS):
        messages = [
            (str(uuid.uuid4()), world.attestation(number=1 + turn * MESSAGES + n))
            for n in range(MESSAGES)
        ]
        before: dict[str, Answer] = {}
        context = client_context(world, tmp_path, ISSUER)
        async with (
            process(settings, tmp_path) as (hub, addresses),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        ):
            caller = _caller(world, tmp_path, addresses.partners, session)
            work = asyncio.create_task(_submit_all(caller, messages, before))
            while len(before) < 3 + turn:  # noqa: ASYNC110 - as soon as ever possible
                await asyncio.sleep(0)
            hub.send_signal(signal.SIGKILL)
            await hub.wait()
            await work
        async with Store.open(settings.database) as store:
            kept = {
                name: await store.find_message(BodyId(ISSUER), MessageId(name))
                for name, _ in messages
            }
        unanswered += sum(
            1 for name, found in kept.items() if found is not None and name not in before
        )
        for name, answer in before.items():
            found = kept[name]
            assert found is not None
            assert found.receipt == answer.body
        after: dict[str, Answer] = {}
        async with (
            process(settings, tmp_path) as (_, addresses),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        ):
            caller = _caller(world, tmp_path, addresses.partners, session)
            await _submit_all(caller, messages, after)
        for name, _ in messages:
            found = kept[name]
            assert after[name].status == (201 if found is None else 200), after[name].body
            if found is not None:
                assert after[name].body == found.receipt
        async with Store.open(settings.database) as store:
            figures = await store.statistics()
            assert figures.messages == (turn + 1) * MESSAGES
            assert figures.statements == (turn + 1) * MESSAGES
            assert figures.open_deliveries == (turn + 1) * MESSAGES
            assert await store.tree_size() == (turn + 1) * MESSAGES
        if unanswered:
            return
    pytest.fail("no kill fell between a commit and its answer")


async def test_sigterm_finishes_what_is_in_flight_and_ends_with_zero(
    world: World, tmp_path: Path
) -> None:
    settings = settings_for(world, tmp_path, workers=1, log_level="error")
    answers: dict[str, Answer] = {}
    messages = [(str(uuid.uuid4()), world.attestation(number=1 + n)) for n in range(30)]
    context = client_context(world, tmp_path, ISSUER)
    async with (
        process(settings, tmp_path) as (hub, addresses),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
    ):
        caller = _caller(world, tmp_path, addresses.partners, session)
        poll = asyncio.create_task(caller.lease(max=1, wait_seconds=30))
        work = asyncio.create_task(_submit_all(caller, messages, answers))
        while not answers:  # noqa: ASYNC110 - as soon as ever possible
            await asyncio.sleep(0)
        hub.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await work
            assert await poll == []
            assert await hub.wait() == 0
    assert (tmp_path / "data" / "checkpoint.txt").exists()
    accepted = [name for name, answer in answers.items() if answer.status == 201]
    assert accepted
    async with Store.open(settings.database) as store:
        figures = await store.statistics()
        assert figures.messages == len(accepted)
        checkpoint = await store.latest_checkpoint()
        assert checkpoint is not None
        assert checkpoint.size == len(accepted)


async def test_a_second_hub_on_the_same_file_is_refused(world: World, tmp_path: Path) -> None:
    settings = settings_for(world, tmp_path, log_level="error")
    async with process(settings, tmp_path):
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.hub_process", str(tmp_path / "hub.toml")),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await second.communicate()
        assert second.returncode != 0
        assert b"store.owned-by-another-process" in words


async def test_a_worker_that_dies_is_replaced_and_nobody_notices(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path, workers=1) as house:
        caller = await house.caller(ISSUER)
        assert (await caller.submit(world.attestation(number=1))).status == 201
        worker = house.hub.examiner.processes[0]
        worker.kill()
        answers = await asyncio.gather(
            *(caller.submit(world.attestation(number=2 + n)) for n in range(8))
        )
        assert {answer.status for answer in answers} == {201}


async def test_a_restored_hub_that_knows_less_signs_nothing_until_somebody_decides(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path) as house:
        caller = await house.caller(ISSUER)
        for number in range(1, 4):
            await caller.submit(world.attestation(number=number))
    for path in (tmp_path / "data").glob("hub.sqlite3*"):
        path.unlink()
    async with running(world, tmp_path) as house:
        caller = await house.caller(ISSUER)
        answer = await caller.submit(world.attestation(number=4))
        assert (answer.status, answer.code) == (503, "store.behind-checkpoint")
        health = await caller.ask("GET", "/health")
        assert (health.status, health.json["status"]) == (503, "refuses-to-sign")
    async with running(world, tmp_path, accept_restored_size=0) as house:
        caller = await house.caller(ISSUER)
        assert (await caller.submit(world.attestation(number=4))).status == 201
