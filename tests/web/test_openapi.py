"""The description of the interface is valid, is served, and says what the routes say."""

from __future__ import annotations

import re
from typing import Any

import yaml
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from exchange.web.api.callers import from_connection
from exchange.web.problems import STATUS
from exchange.web.public.html import page_routes
from exchange.web.public.pages import OPENAPI
from exchange.web.routes import partner_application, public_application
from tests.running import Running

METHODS = {"get", "put", "post", "delete"}


def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(OPENAPI)
    return document


def _described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, item in _document()["paths"].items()
        for method in item
        if method in METHODS
    }


def _routed(application: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }


def test_the_description_is_valid_openapi_3_1() -> None:
    document = _document()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


class _Strict(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that stands twice: the second would silently take the place of the first."""


def _once(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [loader.construct_object(key) for key, _ in node.value]
    assert sorted(map(str, names)) == sorted({str(name) for name in names}), names
    return dict(loader.construct_mapping(node, deep=True))


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)


def test_nothing_is_described_twice() -> None:
    assert yaml.load(OPENAPI, _Strict)["openapi"]  # noqa: S506 - it is a safe loader


async def test_every_route_is_described_and_every_description_has_a_route(house: Running) -> None:
    assert _routed(partner_application(house.hub, from_connection)) == _described()


async def test_what_is_tagged_public_is_what_the_public_listener_serves(house: Running) -> None:
    public = {
        (method.upper(), path)
        for path, item in _document()["paths"].items()
        for method, operation in item.items()
        if method in METHODS and "public" in operation["tags"]
    }
    pages = {(route.method, route.path) for route in page_routes()}
    assert _routed(public_application(house.hub)) - pages == public


def test_every_status_that_a_refusal_can_have_is_described_somewhere() -> None:
    described = {
        int(status)
        for item in _document()["paths"].values()
        for method, operation in item.items()
        if method in METHODS
        for status in operation["responses"]
    }
    # A method that an address does not take is no operation, so nothing describes it.
    assert {int(status) for status in STATUS.values()} - {405} <= described


async def test_the_description_is_served_as_it_stands_in_the_release(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    answer = await anyone.ask("GET", "/v1/openapi.yaml")
    assert answer.body == OPENAPI
    again = await anyone.ask(
        "GET", "/v1/openapi.yaml", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status, again.body) == (304, b"")


async def test_trust_lists_are_served_byte_exact_with_their_digest_as_tag(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    listed = (await anyone.ask("GET", "/v1/trust-lists")).json["trust_lists"]
    assert {one["name"] for one in listed} >= {"lotl", "cn", "sg"}
    for one in listed:
        answer = await anyone.ask(
            "GET", f"/v1/trust-lists/{one['name']}", headers={"Accept-Encoding": "identity"}
        )
        assert answer.body in house.world.files.values()
        assert answer.headers["ETag"] == f'"{one["digest"]}"'
        known = await anyone.ask(
            "GET", f"/v1/trust-lists/{one['name']}", headers={"If-None-Match": f'"{one["digest"]}"'}
        )
        assert known.status == 304


async def test_partners_come_in_pages_with_what_they_take(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    found: list[str] = []
    after = ""
    while True:
        page = (await caller.ask("GET", f"/v1/partners?limit=3&after={after}")).json
        found += [one["id"] for one in page["partners"]]
        assert all(one["takes"] for one in page["partners"])
        if page["after"] is None:
            break
        after = page["after"]
    assert found == sorted(set(found))
    assert {"SG-AB-SAC", "KZ-AB-NCA"} <= set(found)
    assert "XX-HUB-01" not in found
    only = (await caller.ask("GET", "/v1/partners?economy=SG")).json["partners"]
    assert {one["economy"] for one in only} == {"SG"}


async def test_keys_to_verify_with_are_public(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    answer = (await anyone.ask("GET", "/v1/verification")).json
    assert answer["hub"] == "XX-HUB-01"
    assert re.fullmatch(r"xx-hub-01/ledger\+[0-9a-f]{8}\+.+", answer["checkpoint_key"])


async def test_a_dry_run_reports_every_gate_and_commits_nothing(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    good = house.world.attestation()
    bad = good.replace(b"<c:City>", b"<c:City>New ", 1)
    headers = {"Content-Type": "application/xml"}
    accepted = (await caller.ask("POST", "/v1/examinations", data=good, headers=headers)).json
    refused = (await caller.ask("POST", "/v1/examinations", data=bad, headers=headers)).json
    assert accepted["conclusion"] == "accepted"
    assert {gate["result"] for gate in accepted["gates"]} == {"passed"}
    assert refused["conclusion"] == "refused"
    assert [gate["result"] for gate in refused["gates"]] == [
        "passed",
        "passed",
        "failed",
        "not-reached",
        "not-reached",
    ]
    assert await house.hub.store.tree_size() == 0


async def test_consistency_is_proved_between_any_two_sizes(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    for number in range(1, 6):
        await caller.submit(house.world.attestation(number=number))
    answer = await caller.ask("GET", "/v1/ledger/consistency?first=2&second=5")
    assert answer.status == 200
    assert len(answer.json["path"]) > 0
