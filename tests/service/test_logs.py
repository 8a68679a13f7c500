"""What a hub logs: one JSON object for each line, with ids, and never what documents say."""

from __future__ import annotations

import json
import signal
import uuid
from pathlib import Path

import aiohttp

from tests.running import Caller, client_context, process, settings_for
from tests.world import ISSUER, World


async def test_a_log_has_ids_and_no_contents(world: World, tmp_path: Path) -> None:
    settings = settings_for(world, tmp_path, workers=1, log_level="info")
    context = client_context(world, tmp_path, ISSUER)
    good, name = world.attestation(), str(uuid.uuid4())
    forged = good.replace(b"<c:City>", b"<c:City>New ", 1)
    log = tmp_path / "log"
    with log.open("wb") as file:
        async with (
            process(settings, tmp_path, file) as (hub, addresses),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        ):
            caller = Caller(world=world, body=ISSUER, base=addresses.partners, session=session)
            assert (await caller.submit(good, message_id=name)).status == 201
            assert (await caller.submit(forged)).status == 422
            assert (await caller.submit(b"<a", '"nobody"')).status == 400
            hub.send_signal(signal.SIGTERM)
            assert await hub.wait() == 0
    octets = log.read_bytes()
    lines = [json.loads(line) for line in octets.splitlines()]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    committed = [line for line in lines if line["event"] == "committed"]
    assert committed[0]["message_id"] == name
    assert all(line["action"] == "receive" for line in committed)
    assert {line["code"] for line in lines if "code" in line} >= {
        "signature.digest-mismatch",
        "refused.addressees",
    }
    for secret in (b"<c:City", b"Qingdao", "青岛".encode(), settings.vault_passphrase.encode()):
        assert secret not in octets
