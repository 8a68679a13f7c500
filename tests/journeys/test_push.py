"""Pushing to a partner that is a hub of its own, or behaves badly, or is not there."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from exchange.core.deliveries import DeliveryRecord
from exchange.core.lifecycle import Delivery
from exchange.core.model import BodyId, ContentDigest, KeyRole, MessageId
from exchange.core.receipt_document import Outcome
from exchange.web.tls import server_context
from tests.running import Caller, Running, client_files, free_port, running, ticking
from tests.world import World, make_world

PARTNER = "KZ-AB-NCA"
TO_PARTNER = f'"{PARTNER}"'


async def eventually(
    look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], seconds: float = 20
) -> Any:
    """Look again and again until something holds."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if holds(found):
                return found
            await asyncio.sleep(0.05)


@pytest.fixture
def port() -> int:
    """Return the port that the partner listens on."""
    return free_port()


@pytest.fixture
def pushed_world(port: int) -> World:
    """Return a world in which the partner has an endpoint on this machine."""
    return make_world().with_body(PARTNER, endpoint=f"https://127.0.0.1:{port}")


@asynccontextmanager
async def _hub(world: World, folder: Path, **changes: Any) -> AsyncIterator[Running]:
    settings = {"push_seconds": 2.0, "push_max_delay_seconds": 0.2} | changes
    async with running(world, folder / "hub", clock=ticking(world), **settings) as one:
        yield one


@pytest.fixture
async def hub(pushed_world: World, tmp_path: Path) -> AsyncIterator[Running]:
    """Return the hub that pushes."""
    async with _hub(pushed_world, tmp_path) as one:
        yield one


@asynccontextmanager
async def partner_hub(world: World, folder: Path, port: int) -> AsyncIterator[Running]:
    """Run the partner's own hub."""
    async with running(
        world, folder / "partner", hub=PARTNER, partner_port=port, clock=ticking(world)
    ) as one:
        yield one


async def _submitted(hub: Running, data: bytes) -> ContentDigest:
    issuer = await hub.caller("CN-CB-0103")
    answer = await issuer.submit(data, TO_PARTNER)
    assert answer.status == 201, answer.body
    return hub.world.signed(data).content_digest


async def _delivery(hub: Running, digest: ContentDigest) -> DeliveryRecord:
    (record,) = await hub.hub.store.deliveries(digest)
    return record


async def _until(hub: Running, digest: ContentDigest, state: Delivery) -> DeliveryRecord:
    record: DeliveryRecord = await eventually(
        lambda: _delivery(hub, digest), lambda one: one.state is state
    )
    return record


async def test_a_statement_is_pushed_after_the_commit_and_acknowledged_by_another_hub(
    hub: Running, tmp_path: Path, port: int
) -> None:
    data = hub.world.attestation()
    async with partner_hub(hub.world, tmp_path, port) as partner:
        digest = await _submitted(hub, data)
        record = await _until(hub, digest, Delivery.ACKNOWLEDGED)
        assert record.attempts == 1
        receipts = await hub.hub.store.receipts(digest)
        assert [one.issuer for one in receipts] == ["XX-HUB-01", PARTNER]
        own_office = await partner.caller(PARTNER)
        (delivery,) = await own_office.lease(max=1)
        assert base64.b64decode(delivery["statement"]) == data
        assert delivery["sender"] == "XX-HUB-01"


async def test_a_partner_that_is_away_gets_the_same_message_when_it_is_back(
    hub: Running, tmp_path: Path, port: int
) -> None:
    data = hub.world.attestation()
    digest = await _submitted(hub, data)
    away = await eventually(
        lambda: _delivery(hub, digest),
        lambda one: one.last_code == "peer.unreachable" and one.attempts > 1,
    )
    async with partner_hub(hub.world, tmp_path, port) as partner:
        record = await _until(hub, digest, Delivery.ACKNOWLEDGED)
        assert record.attempts > away.attempts - 1
        found = await partner.hub.store.find_message(
            BodyId("XX-HUB-01"), MessageId(record.delivery_id)
        )
        assert found is not None
        assert found.message.digest == sha256(data).digest()


async def test_a_partner_that_refuses_the_document_has_answered_for_good(
    hub: Running, tmp_path: Path, port: int, pushed_world: World
) -> None:
    # At the partner the key of the issuer is unknown: its own lists are of another day.
    strict = pushed_world.with_key(
        "CN-CB-0103", KeyRole.ATTESTATION, signs_until=pushed_world.clock.now
    )
    async with partner_hub(strict, tmp_path, port):
        digest = await _submitted(hub, hub.world.attestation())
        await _until(hub, digest, Delivery.ACKNOWLEDGED)
        receipts = await hub.hub.store.receipts(digest)
        assert receipts[-1].outcome == Outcome.REJECTED.value


@dataclass(slots=True)
class Stranger:
    """A partner that somebody else programmed: answers as it is told, and remembers."""

    answers: list[Callable[[web.Request, bytes], Awaitable[web.Response]]]
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def put(self, request: web.Request) -> web.Response:
        """Answer a push."""
        data = await request.read()
        self.seen.append((request.match_info["name"], sha256(data).hexdigest()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request, data)


@asynccontextmanager
async def stranger(
    world: World, folder: Path, port: int, key: str, *answers: Any
) -> AsyncIterator[Stranger]:
    """Listen at the partner's endpoint with the transport key of some body."""
    one = Stranger(list(answers))
    files = await asyncio.to_thread(client_files, world, key, folder)

    def present(context: ssl.SSLContext) -> None:
        context.load_cert_chain(*files)

    application = web.Application()
    application.router.add_put("/v1/messages/{name}", one.put)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=server_context(present))
    await site.start()
    try:
        yield one
    finally:
        await runner.cleanup()


async def _no_receipt(_request: web.Request, _data: bytes) -> web.Response:
    return web.Response(status=200, text="thank you")


async def _empty(_request: web.Request, _data: bytes) -> web.Response:
    return web.Response(status=201)


async def _forbidden(_request: web.Request, _data: bytes) -> web.Response:
    return web.Response(status=403)


async def _endless(request: web.Request, _data: bytes) -> web.Response:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(4096):
        await response.write(bytes(1024))
    return web.Response()


async def _silent(_request: web.Request, _data: bytes) -> web.Response:
    await asyncio.sleep(3)
    return web.Response(status=500)


async def _garbage(_request: web.Request, _data: bytes) -> web.Response:
    return web.Response(body=b"<Receipt/>", content_type="application/xml")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_no_receipt, "peer.no-receipt"),
        (_empty, "peer.no-receipt"),
        (_forbidden, "peer.status"),
        (_endless, "peer.no-receipt"),
        (_silent, "peer.timeout"),
        (_garbage, "peer.bad-receipt"),
    ],
)
async def test_only_a_verified_receipt_is_success(
    hub: Running, tmp_path: Path, port: int, answer: Any, code: str
) -> None:
    async with stranger(hub.world, tmp_path, port, PARTNER, answer) as partner:
        digest = await _submitted(hub, hub.world.attestation())
        record = await eventually(
            lambda: _delivery(hub, digest), lambda one: one.last_code is not None
        )
        assert record.last_code == code
        assert record.state is not Delivery.ACKNOWLEDGED
        assert partner.seen


async def test_every_try_has_the_same_message_id_and_digest(
    hub: Running, tmp_path: Path, port: int
) -> None:
    data = hub.world.attestation()
    async with stranger(hub.world, tmp_path, port, PARTNER, _no_receipt) as partner:
        await _submitted(hub, data)

        async def seen() -> list[tuple[str, str]]:
            return partner.seen

        tries = await eventually(seen, lambda found: len(found) >= 3)
        assert len(set(tries)) == 1
        assert tries[0][1] == sha256(data).hexdigest()


async def test_a_server_with_the_key_of_another_body_is_not_the_partner(
    hub: Running, tmp_path: Path, port: int
) -> None:
    async with stranger(hub.world, tmp_path, port, "SG-AB-SAC", _no_receipt) as partner:
        digest = await _submitted(hub, hub.world.attestation())
        record = await eventually(
            lambda: _delivery(hub, digest), lambda one: one.last_code is not None
        )
        assert record.last_code == "peer.tls"
        assert partner.seen == []


async def test_after_the_deadline_a_delivery_is_a_dead_letter_that_an_operator_sends_again(
    pushed_world: World, tmp_path: Path, port: int
) -> None:
    async with _hub(pushed_world, tmp_path, push_deadline_seconds=0.3) as hub:
        digest = await _submitted(hub, hub.world.attestation())
        record = await _until(hub, digest, Delivery.ABANDONED)
        receipts = await hub.hub.store.receipts(digest)
        assert receipts[-1].stage == "failed"
        operator, other = await hub.caller("XX-HUB-01"), await hub.caller("CN-CB-0103")
        assert (await other.ask("GET", "/v1/dead-letters")).code == "refused.not-entitled"
        (letter,) = (await operator.ask("GET", "/v1/dead-letters")).json["dead_letters"]
        assert letter["delivery_id"] == record.delivery_id
        async with partner_hub(pushed_world, tmp_path, port):
            await _resent(operator, letter["delivery_id"])
            await _until(hub, digest, Delivery.ACKNOWLEDGED)


async def _resent(operator: Caller, delivery_id: str) -> None:
    answer = await operator.ask("POST", f"/v1/dead-letters/{delivery_id}/resend")
    assert answer.status == 200, answer.body
    assert answer.json["state"] == "ready"
