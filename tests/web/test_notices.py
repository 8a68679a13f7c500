"""Notices and removals over the interface: who sees what, and what stands in place of octets."""

from __future__ import annotations

import json
from pathlib import Path

from exchange.core.document.notice import Standing
from exchange.core.model import ContentDigest
from tests.running import running
from tests.service.notices import read_notice
from tests.world import HUB, ISSUER, make_world

JSON = "application/json"
ORDER = json.dumps({"order": "Court, 7, 2026-11-22"}).encode()


async def test_a_removed_statement_is_gone_with_its_notice(tmp_path: Path) -> None:
    world = make_world()
    async with running(world, tmp_path) as one:
        issuer, operator = await one.caller(ISSUER), await one.caller(HUB)
        await issuer.submit(world.attestation())
        digest = world.signed(world.attestation()).content_digest
        path = f"/v1/statements/{digest.hex()}"

        refused = await issuer.ask(
            "PUT", f"{path}/removal", data=ORDER, headers={"Content-Type": JSON}
        )
        removed = await operator.ask(
            "PUT", f"{path}/removal", data=ORDER, headers={"Content-Type": JSON}
        )
        gone = await issuer.ask("GET", path)
        proof = await issuer.ask("GET", f"{path}/proof")
        listed = await operator.ask("GET", "/v1/notices")

        assert refused.status == 403
        assert (removed.status, gone.status, proof.status) == (200, 410, 200)
        assert gone.body == removed.body
        assert read_notice(one.hub, gone.body).standing is Standing.REMOVED
        removal = await one.hub.store.removal(ContentDigest(digest))
        assert removal is not None
        assert [each["addressee"] for each in listed.json["notices"]] == [ISSUER]
        assert listed.json["notices"][0]["state"] == "open"


async def test_an_order_that_is_none_is_refused(tmp_path: Path) -> None:
    world = make_world()
    async with running(world, tmp_path) as one:
        operator = await one.caller(HUB)
        path = f"/v1/statements/{'00' * 32}/removal"
        for body in (b"{}", b'{"order": 7}', b"[]"):
            answer = await operator.ask("PUT", path, data=body, headers={"Content-Type": JSON})
            assert answer.status == 400, body
