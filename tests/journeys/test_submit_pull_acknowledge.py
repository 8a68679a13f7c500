"""The main journey over TLS: submit, receipt, pull, acknowledge, and anyone can check."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import Running, running
from tests.world import World


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub that runs in this process."""
    async with running(world, tmp_path) as one:
        yield one


async def test_submit_once_returns_created_and_a_signed_receipt(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.submit(house.world.attestation(), '"SG-AB-SAC"')
    assert answer.status == 201, answer.body
    assert b"<Stage>accepted</Stage>" in answer.body


async def test_submit_the_same_again_returns_the_first_receipt(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    name, data = str(uuid.uuid4()), house.world.attestation()
    first = await caller.submit(data, '"SG-AB-SAC"', message_id=name)
    again = await caller.submit(data, '"SG-AB-SAC"', message_id=name)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body


async def test_what_was_submitted_is_pulled_and_acknowledged(house: Running) -> None:
    issuer, partner = await house.caller("CN-CB-0103"), await house.caller("SG-AB-SAC")
    data = house.world.attestation()
    submitted = await issuer.submit(data, '"SG-AB-SAC"')
    (delivery,) = await partner.lease(max=10)
    acknowledged = await partner.acknowledge(delivery)
    assert acknowledged.status == 201, acknowledged.body
    receipts = (await issuer.ask("GET", submitted.headers["Location"] + "/receipts")).json
    assert [one["stage"] for one in receipts["receipts"]] == ["accepted", "acknowledged"]
