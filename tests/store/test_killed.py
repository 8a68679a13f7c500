"""SIGKILL at any moment: nothing that was answered is lost, and nothing is doubled."""

from __future__ import annotations

import asyncio
import random
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress

from sqlalchemy import Connection, text

from exchange.store.store import Store
from tests.conftest import ROOT
from tests.store.killed import entries

ROUNDS = 3


async def run_and_kill(url: str, seed: int, after_seconds: float) -> dict[str, str]:
    """Return what the process had answered when it was killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.killed", url, str(seed), cwd=ROOT, stdout=PIPE
    )
    assert process.stdout is not None
    said = b""
    try:
        # The clock starts with the first answer: starting up is not what is tested.
        said += await asyncio.wait_for(process.stdout.readline(), 60)
        await asyncio.sleep(after_seconds)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        said += (await process.communicate())[0]
    lines = said.decode().splitlines()
    return dict(line.split() for line in lines if len(line.split()) == 2)


def doubled(connection: Connection) -> list[int]:
    """Return how many rows are there more than once in any sense, and whether indices have gaps."""
    questions = (
        "SELECT count(*) - count(DISTINCT message_id) FROM messages",
        "SELECT count(*) - count(DISTINCT content_digest) FROM statements",
        "SELECT count(*) - count(DISTINCT receipt_id) FROM receipts",
        "SELECT count(*) - count(DISTINCT statement) FROM deliveries",
        "SELECT (SELECT count(*) FROM receipts) - (SELECT max(position) + 1 FROM receipts)",
        "SELECT (SELECT size FROM ledger) - (SELECT count(*) FROM receipts)",
        "SELECT (SELECT count(*) FROM messages) - (SELECT count(*) FROM deliveries)",
    )
    return [int(connection.execute(text(question)).scalar_one()) for question in questions]


async def test_kill_loses_nothing_that_was_answered_and_doubles_nothing(url: str) -> None:
    dice = random.Random(url)  # noqa: S311  moments, not secrets
    for seed in range(1, ROUNDS + 1):
        answered = await run_and_kill(url, seed, dice.uniform(0, 0.4))
        assert answered
        made = {entry.message.message_id: entry for entry in entries(seed)}

        async with Store.open(url) as store:
            for message_id, digest in answered.items():
                message = made[message_id].message  # type: ignore[index]
                found = await store.find_message(message.sender, message.message_id)
                assert found is not None
                assert found.receipt_digest.hex() == digest
            # The sender did not get every answer, so it sends the next hundred again.
            again = [e for key, e in made.items() if key not in answered][:100]
            committed = await asyncio.gather(
                *(store.commit(entry) for entry in (*again, *(made[k] for k in answered)))  # type: ignore[index]
            )
            assert all(c.repeated for c in committed[len(again) :])
            assert await store._database.read(doubled) == [0] * 7
            size = await store.tree_size()
            assert len(await store.inclusion_proof(0, size)) > 0
