"""Answers that a generator of requests does not come upon: each is provoked, and documented."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from exchange.web.public.pages import OPENAPI
from tests.running import Caller, Running, digest_header
from tests.web.test_callers import _suspend
from tests.world import HUB

DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(OPENAPI)
OPERATIONS: Final = {
    operation["operationId"]: (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in {"get", "put", "post"}
}
NOWHERE: Final = "0" * 64
ADDRESS: Final = "1" + "A" * 26
PLACES: Final = {
    "{content_digest}": NOWHERE,
    "{number}": "10326Q10286R0M",
    "{address}": ADDRESS,
}
PROBLEM: Final = Draft202012Validator(
    {**DOCUMENT["components"]["schemas"]["Problem"], "components": DOCUMENT["components"]}
)
TAR: Final = {"Content-Type": "application/x-tar", "Exchange-Addressees": "register-only"}
TYPED: Final[Mapping[str, Mapping[str, str]]] = {
    "takeIn": TAR | {"Content-Digest": digest_header(b"")},
    "removeStatement": {"Content-Type": "application/json"},
    "verifyDocument": {"Content-Type": "application/xml"},
}
READ: Final = (
    "listNotices",
    "searchCertificates",
    "verifyNumber",
    "verifyAddress",
    "getQRCode",
    "getVerification",
    "listPartners",
)


async def provoked(house: Running, body: str | Caller, name: str, status: int, **sent: Any) -> Any:
    """Call an operation; require the answer, that it is documented, and what it says."""
    path, method, operation = OPERATIONS[name]
    query = sent.pop("query", "")
    for place, value in PLACES.items():
        path = path.replace(place, value)
    caller = await house.caller(body) if isinstance(body, str) else body
    answer = await caller.ask(method.upper(), path + query, **sent)
    assert answer.status == status, (name, answer.status, answer.code)
    assert str(status) in operation["responses"], (name, status)
    PROBLEM.validate(answer.json)
    assert answer.json["status"] == status
    return answer.json


@pytest.mark.parametrize("name", sorted(TYPED))
async def test_slow_sender_is_told_so(house: Running, name: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 10
            await asyncio.sleep(0.05)

    said = await provoked(house, HUB, name, 408, data=pieces(), headers=TYPED[name])
    assert said["code"] == "refused.slow"


@pytest.mark.parametrize("name", sorted(TYPED))
async def test_body_of_another_kind_is_told_so(house: Running, name: str) -> None:
    headers = {**TYPED[name], "Content-Encoding": "br"}
    await provoked(house, HUB, name, 415, data=b"x", headers=headers)


async def test_oversized_order_is_told_so(house: Running) -> None:
    name = "removeStatement"
    await provoked(house, HUB, name, 413, data=b" " * 5000, headers=TYPED[name])


async def test_stopped_key_is_told_so_by_every_call(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    # A new connection would not come about any more.
    assert (await caller.ask("GET", "/v1/partners")).status == 200
    await _suspend(house, "CN-CB-0103")
    for name in READ:
        said = await provoked(house, caller, name, 403)
        assert said["code"] == "refused.key-not-active"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("listNotices", "?after=x"),
        ("listNotices", "?limit=0"),
        ("searchCertificates", "?status=unheard-of"),
        ("searchCertificates", "?valid_on=2026-02-30"),
        ("searchCertificates", "?colour=red"),
        ("verifyNumber", "?on=2027-02-29"),
        ("verifyNumber", "?on=2028-02-30"),
        ("verifyNumber", "?economy=xx"),
        ("verifyNumber", "?form=pdf"),
        ("verifyAddress", "?occasion=never"),
    ],
)
async def test_parameter_that_makes_no_sense_is_told_so(
    house: Running, name: str, query: str
) -> None:
    await provoked(house, HUB, name, 400, query=query)


async def test_what_is_not_there_is_told_so(house: Running) -> None:
    order = json.dumps({"order": "Court, number 1, 2026-11-20"}).encode()
    await provoked(house, HUB, "removeStatement", 404, data=order, headers=TYPED["removeStatement"])
    await provoked(house, HUB, "getQRCode", 404)
    await provoked(
        house, "CN-CB-0103", "removeStatement", 403, data=order, headers=TYPED["removeStatement"]
    )


def test_whoever_has_to_show_a_key_is_told_both_endings_and_a_body_all_four() -> None:
    for name, (_, _, operation) in OPERATIONS.items():
        found = set(operation["responses"])
        assert ("401" in found) == ("403" in found), name
        if "requestBody" in operation:
            assert found >= {"408", "413", "415"}, name
