"""What was removed by order leaves no hole: not for late receivers, not for the issuer who follows.

On both engines: certificates, changes of their issuer and of its accreditation body, an order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from exchange.core.document.notice import Notice, RemovalCause
from exchange.core.ledger import leaf_hash, verify_inclusion
from exchange.core.model import ContentDigest
from tests.journeys.notified import taken
from tests.living import AUTHORITY, Certificate, begun, with_legal_acts
from tests.running import Running, running
from tests.world import HUB, ISSUER, make_world

JSON = {"Content-Type": "application/json"}
ORDER = "Court, 7, 2026-11-22"
FIRST, LATE = "PT-AB-IPAC", "SG-AB-SAC"


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub on each engine in turn."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with running(with_legal_acts(make_world()), tmp_path, store_url=url) as one:
        yield one


async def send(house: Running, data: bytes, *to: str, by: str = ISSUER) -> None:
    names = ", ".join(f'"{one}"' for one in to or ("register-only",))
    answer = await (await house.caller(by)).submit(data, names)
    assert answer.status == 201, answer.body


async def order(house: Running, data: bytes) -> str:
    """Remove a statement, and return its digest."""
    digest = house.world.signed(data).content_digest.hex()
    operator = await house.caller(HUB)
    answer = await operator.ask(
        "PUT",
        f"/v1/statements/{digest}/removal",
        data=json.dumps({"order": ORDER}).encode(),
        headers=JSON,
    )
    assert answer.status == 200, answer.body
    return digest


async def board(house: Running, body: str) -> list[tuple[str, str, str]]:
    """Return what a body can follow: kind, whom it is about, to whom."""
    answer = await (await house.caller(body)).ask("GET", "/v1/notices")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["notices"]
    return [(one["kind"], one["about"], one["addressee"]) for one in found]


async def test_a_late_receiver_gets_the_notice_in_the_place_of_the_change(
    house: Running,
) -> None:
    certificate: Certificate = begun(house.world, 11)
    suspend = certificate.change("suspend", 1)
    restore = certificate.change("restore", 2, previous="suspended")
    await send(house, certificate.data, FIRST)
    await send(house, suspend)
    await send(house, restore)
    digest = await order(house, suspend)

    await send(house, certificate.data, LATE)

    got = await taken(house.hub, await house.caller(LATE))
    assert len(got) == 3
    assert (got[0], got[2]) == (certificate.data, restore)
    assert isinstance(got[1], Notice)
    assert got[1].cause == RemovalCause(ORDER, ContentDigest(bytes.fromhex(digest)))
    # Whoever received the certificate before has the notice as well, and only once.
    first = await taken(house.hub, await house.caller(FIRST))
    assert [type(one) for one in first].count(Notice) == 1
    # Once more, and a third one: nobody gets anything twice.
    await send(house, certificate.data, LATE, "RU-AB-RUSACC")
    assert await taken(house.hub, await house.caller(LATE)) == []
    third = await taken(house.hub, await house.caller("RU-AB-RUSACC"))
    assert [type(one) for one in third] == [type(one) for one in got]


async def test_everything_still_proves_what_it_proved(house: Running) -> None:
    certificate = begun(house.world, 12)
    suspend = certificate.change("suspend", 1)
    await send(house, certificate.data, FIRST)
    await send(house, suspend)
    digest = await order(house, suspend)
    first = await house.caller(FIRST)

    gone = await first.ask("GET", f"/v1/statements/{digest}")
    proof = await first.ask("GET", f"/v1/statements/{digest}/proof")

    assert (gone.status, proof.status) == (410, 200)
    store, size = house.hub.store, await house.hub.store.tree_size()
    for receipt in await store.receipts(house.world.signed(suspend).content_digest):
        (leaf,) = await store.leaves(receipt.index, receipt.index + 1)
        path = await store.inclusion_proof(receipt.index, size)
        root = await store.root(size)
        verify_inclusion(
            leaf_hash(leaf.record()), index=receipt.index, size=size, proof=path, root=root
        )
    answer = await (await house.caller(ISSUER)).ask(
        "GET", f"/v1/certificates/{certificate.number}/verification"
    )
    # What the change said cannot be told any more, and is not guessed.
    assert (answer.json["overall"], answer.json["code"]) == ("cannot-tell", "verification.removed")


@pytest.mark.parametrize("by", [ISSUER, AUTHORITY])
async def test_the_issuer_follows_who_was_told_of_a_removal_and_nobody_else_does(
    house: Running, by: str
) -> None:
    certificate = begun(house.world, 13)
    change = certificate.change("suspend", 1, by=by)
    await send(house, certificate.data, FIRST)
    await send(house, change, by=by)
    await order(house, change)

    told = [one for one in await board(house, ISSUER) if one[0] == "notice"]

    assert {one[1] for one in told} == {ISSUER}
    assert {one[2] for one in told} == {FIRST, ISSUER} | ({AUTHORITY} if by == AUTHORITY else set())
    assert [one for one in await board(house, HUB) if one[0] == "notice"] == told
    for body in (FIRST, LATE, "CN-CB-0107"):
        assert await board(house, body) == []
    # What was removed is handed to nobody, and is no reason to be called late.
    assert base64.b64encode(change) not in [
        one["statement"] for one in await (await house.caller(FIRST)).lease(max=20)
    ]
