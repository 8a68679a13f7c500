"""The client of a hub: whatever comes back is an answer or one error, never a traceback."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from exchange.core.model import MessageId
from exchange.errors import ExchangeError, PeerError, RefusedError, UndecidedError
from exchange.peer import calls
from exchange.peer.hub import HubClient

MESSAGE = MessageId("6c2f3c0e-0000-4000-8000-000000000001")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler, *, seconds: float = 5) -> AsyncIterator[HubClient]:
    """Yield a client whose hub answers every request alike."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        context = ssl.create_default_context()
        async with HubClient.open(f"http://{host}:{port}", context, seconds=seconds) as client:
            yield client
    finally:
        await runner.cleanup()


def saying(status: int, document: Any) -> Handler:
    """Return a handler that answers with this JSON, or these octets."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, body=body, content_type="application/problem+json")

    return handler


def problem(code: str, *, retry: bool = False, **more: Any) -> dict[str, Any]:
    return {"code": code, "detail": "because", "retry": retry, "findings": [], **more}


@pytest.mark.parametrize(
    ("status", "document", "expected", "code"),
    [
        (500, b"<html>oops</html>", PeerError, "peer.status"),
        (502, b"", PeerError, "peer.status"),
        (200 + 102, b"elsewhere", PeerError, "peer.status"),
        (500, problem("hub.fault"), PeerError, "hub.fault"),
        (403, problem("refused.unknown-key"), RefusedError, "refused.unknown-key"),
        (409, problem("refused.invented-later"), RefusedError, "peer.status"),
        (400, {"code": 7}, RefusedError, "peer.status"),
        (400, {"code": "x", "findings": ["no", 1]}, RefusedError, "peer.status"),
        (422, problem("schema.invalid"), RefusedError, "schema.invalid"),
        (503, problem("refused.busy", retry=True), UndecidedError, "refused.busy"),
        (422, {"receipt": "not base64!"}, PeerError, "peer.no-receipt"),
        (422, {"receipt": None}, PeerError, "peer.no-receipt"),
    ],
)
async def test_a_failure_becomes_the_error_that_it_stands_for(
    status: int, document: Any, expected: type[ExchangeError], code: str
) -> None:
    async with answering(saying(status, document)) as client:
        with pytest.raises(expected) as raised:
            await client.submit(MESSAGE, b"<a/>", ("register-only",))
    assert raised.value.code.value == code


async def test_the_hub_says_when_to_come_back() -> None:
    busy = problem("refused.busy", retry=True, retry_after_seconds=7)
    async with answering(saying(503, busy)) as client:
        with pytest.raises(UndecidedError) as raised:
            await client.submit(MESSAGE, b"<a/>", ("register-only",))
    assert raised.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"deliveries": 7}',
        b'{"deliveries": [7]}',
        b'{"deliveries": [{}]}',
        b"[" * 100_000,
    ],
    ids=["nothing", "list", "empty", "number", "numbers", "no members", "deep"],
)
async def test_a_lease_that_is_no_lease_is_the_hubs_fault(document: bytes) -> None:
    async with answering(saying(200, document)) as client:
        with pytest.raises(PeerError, match=r"peer\.no-receipt"):
            await client.lease()


async def test_a_refused_message_is_an_answer_with_its_receipt() -> None:
    receipt = base64.b64encode(b"<Receipt/>").decode()
    async with answering(saying(422, problem("rule.HDR-01", receipt=receipt))) as client:
        answer = await client.submit(MESSAGE, b"<a/>", ("register-only",))
    assert answer.is_refused
    assert answer.receipt == b"<Receipt/>"


@pytest.mark.parametrize(("status", "repeated"), [(201, False), (200, True)])
async def test_an_accepted_message_is_new_or_repeated(status: int, repeated: bool) -> None:  # noqa: FBT001
    async with answering(saying(status, b"<Receipt/>")) as client:
        answer = await client.submit(MESSAGE, b"<a/>", ("register-only",))
    assert (answer.is_refused, answer.is_repeated) == (False, repeated)


async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_ANSWER", 1000)
    async with answering(saying(200, b"x" * 1001)) as client:
        with pytest.raises(PeerError, match="at most 1000"):
            await client.statement(bytes(32))


async def test_a_silent_hub_is_not_waited_for() -> None:
    asleep = asyncio.Event()

    async def handler(_request: web.Request) -> web.Response:
        await asleep.wait()
        return web.Response()

    async with answering(handler, seconds=0.2) as client:
        with pytest.raises(PeerError, match=r"peer\.timeout"):
            await client.lease()
        asleep.set()


async def test_what_is_sent_names_digest_and_addressees() -> None:
    seen: dict[str, str] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(request.headers)
        seen["body"] = (await request.read()).decode()
        return web.Response(status=201, body=b"<Receipt/>")

    async with answering(handler) as client:
        await client.submit(MESSAGE, b"<a/>", ("KZ-AB-NCA", "SG"))
    assert seen["Exchange-Addressees"] == '"KZ-AB-NCA", "SG"'
    assert seen["Content-Digest"].startswith("sha-256=:")
    assert seen["body"] == "<a/>"
