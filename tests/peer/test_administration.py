"""An administrator's client: what it asks for, and what it makes of answers that make no sense."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from exchange.core.model import BodyId
from exchange.errors import PeerError, RefusedError
from exchange.peer.administration import AdministrationClient

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ACTED: dict[str, Any] = {
    "number": 2,
    "content_digest": "00" * 32,
    "statement": "QQ==",
    "receipt": "Qg==",
}


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[AdministrationClient]:
    """Serve one answer to everything, and open a client to it."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        async with AdministrationClient.open(f"http://127.0.0.1:{port}", context) as client:
            yield client
    finally:
        await runner.cleanup()


def saying(body: Any, status: int = 200) -> Handler:
    """Return a handler that answers with JSON."""

    async def handler(_request: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    return handler


@pytest.mark.parametrize("status", [200, 201])
async def test_an_action_comes_back_sealed_with_its_receipt(status: int) -> None:
    async with answering(saying(ACTED, status)) as client:
        acted = await client.act(b"<Action/>")
    assert (acted.number, acted.statement, acted.receipt) == (2, b"A", b"B")


@pytest.mark.parametrize(
    "changes",
    [{"number": "two"}, {"content_digest": "xyz"}, {"statement": "!"}, {"receipt": None}],
)
async def test_an_answer_that_lacks_something_is_the_other_sides_fault(
    changes: Mapping[str, Any],
) -> None:
    async with answering(saying({**ACTED, **changes})) as client:
        with pytest.raises(PeerError):
            await client.act(b"<Action/>")


@pytest.mark.parametrize("page", [{}, {"actions": 1}, {"actions": [], "after": "x"}])
async def test_a_page_that_is_none_is_the_other_sides_fault(page: Mapping[str, Any]) -> None:
    async with answering(saying(page)) as client:
        with pytest.raises(PeerError):
            await client.history()


async def test_a_page_of_history_says_where_the_next_begins() -> None:
    async with answering(saying({"actions": [{"number": 1}, 2], "after": 1})) as client:
        page = await client.history(limit=1)
    assert ([dict(one) for one in page.records], page.after) == ([{"number": 1}], 1)


async def test_a_problem_becomes_the_error_that_it_stands_for() -> None:
    problem = {
        "code": "action.same-person",
        "detail": "expected another person",
        "retry": False,
        "findings": [{"code": "action.same-person", "path": "/Action", "message": "another"}],
    }
    async with answering(saying(problem, 422)) as client:
        with pytest.raises(RefusedError) as caught:
            await client.act(b"<Action/>")
    assert caught.value.code.value == "action.same-person"


async def test_every_board_is_asked_for_at_its_address() -> None:
    asked: list[tuple[str, str, Any]] = []

    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        asked.append((request.method, request.path_qs, json.loads(body) if body else None))
        return web.json_response({"hub": "XX-HUB-01"})

    async with answering(handler) as client:
        await client.state()
        await client.entry(BodyId("CN-CB-0103"))
        await client.proposals("open")
        await client.proposals()
        await client.proposal("00" * 32)
        await client.rehearse(draft=b"A")
        await client.rehearse(proposal="00" * 32)
        await client.freshness()
        await client.expiring()
        await client.suspensions()
        await client.publish()
        await client.publish(b"A")
        assert await client.hub() == "XX-HUB-01"
    assert asked == [
        ("GET", "/v1/trust/state", None),
        ("GET", "/v1/trust/bodies/CN-CB-0103", None),
        ("GET", "/v1/trust/proposals?state=open", None),
        ("GET", "/v1/trust/proposals", None),
        ("GET", f"/v1/trust/proposals/{'00' * 32}", None),
        ("POST", "/v1/trust/rehearsals", {"draft": "QQ=="}),
        ("POST", "/v1/trust/rehearsals", {"proposal": "00" * 32}),
        ("GET", "/v1/trust/freshness", None),
        ("GET", "/v1/trust/expiring", None),
        ("GET", "/v1/trust/suspensions", None),
        ("POST", "/v1/trust/publications", {}),
        ("POST", "/v1/trust/publications", {"delegation": "QQ=="}),
        ("GET", "/health", None),
    ]
