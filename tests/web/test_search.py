"""The search over the listeners: who finds what, and hostile questions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.codes.search import SearchCode
from exchange.codes.service import RefusedCode
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import BodyId
from exchange.store.notice_tables import DECLARATIONS
from tests.running import Running
from tests.world import ISSUER, World

PATH = "/v1/certificates"
SCHEME = "urn:mrhub:scheme:management-systems"


async def _declare(house: Running, disclosure: Disclosure) -> None:
    """Note what the issuer declares, as the commit of a declaration does."""
    at = house.hub.clock()
    row = {
        "issuer": ISSUER,
        "scheme": SCHEME,
        "disclosure": disclosure.value,
        "coverage": Coverage.ALL.value,
        "as_of": at,
        "statement": 0,
    }
    await house.hub.store._database.write(lambda c: c.execute(DECLARATIONS.insert(), [row]))


async def test_a_stranger_finds_nothing_until_the_issuer_says_so_and_the_issuer_its_own(
    house: Running, world: World
) -> None:
    issuer, other = await house.caller(ISSUER), await house.caller("KZ-AB-NCA")
    stranger = await house.caller(None, base=house.addresses.public)
    for number in range(1, 4):
        await issuer.submit(world.attestation(number=number))

    def count(answer: object) -> int:
        found: list[object] = answer.json["certificates"]  # type: ignore[attr-defined]
        return len(found)

    assert count(await issuer.ask("GET", PATH)) == 3
    assert count(await other.ask("GET", PATH)) == 0
    assert count(await stranger.ask("GET", PATH)) == 0

    await _declare(house, Disclosure.PUBLIC)
    house.hub.store._declared = None

    assert count(await other.ask("GET", PATH)) == 3
    page = await stranger.ask("GET", f"{PATH}?limit=2")
    assert count(page) == 2
    first = page.json["certificates"][0]
    assert first["status"] == "active"
    assert first["holders"][0]["name"]
    assert first["marks"] == []
    rest = await stranger.ask("GET", f"{PATH}?limit=2&after={page.json['after']}")
    assert count(rest) == 1
    assert rest.json["after"] is None
    foreign = await stranger.ask("GET", f"{PATH}?limit=2&q=x&after={page.json['after']}")
    assert foreign.code == SearchCode.CURSOR.value


async def test_the_mark_of_a_suspended_body_stands_at_its_certificates(
    house: Running, world: World
) -> None:
    issuer = await house.caller(ISSUER)
    await issuer.submit(world.attestation(number=1))
    stop = Interruption(what=Stopped.SUSPENDED, since=house.hub.clock() - timedelta(seconds=1))
    stopped = house.hub.snapshot.with_interruptions(Interruptions.of(bodies={BodyId(ISSUER): stop}))
    await _declare(house, Disclosure.PUBLIC)
    house.hub.store._declared = None
    house.hub.examiner.interrupt(stopped)

    stranger = await house.caller(None, base=house.addresses.public)
    found = (await stranger.ask("GET", PATH)).json["certificates"]

    assert [one["marks"] for one in found] == [["body suspended"]]


_HOSTILE = [
    ({"q": "a" * 10_000}, RefusedCode.REQUEST),
    ({"q": "a" * 3_000}, SearchCode.LONG),
    ({"q": "\x01\x02\x1f"}, SearchCode.EMPTY),
    ({"q": '"(*) ^: -'}, SearchCode.EMPTY),
    ({"q": '" OR pumps * NEAR( a b ) t:active'}, None),
    ({"q": "a\x00b"}, None),
    ({"q": "\u202eabc\u2066"}, None),
    ({"q": "'; DROP TABLE register; --"}, None),
    ({"q": "' | 'b':* & !!("}, None),
    ({"q": " ".join("abcdefghijklmnopqrstuvwxyz")}, None),
    ({"q": "\ufdfa" * 400}, None),
    ({"status": "gone"}, SearchCode.FILTER),
    ({"valid_on": "2026-02-30"}, SearchCode.FILTER),
    ({"valid_on": "0001-01-01"}, None),
    ({"issuer": "--"}, SearchCode.EMPTY),
    ({"identifier": "x" * 500}, SearchCode.LONG),
    ({"economy": "\u202e"}, SearchCode.EMPTY),
    ({"limit": "0"}, RefusedCode.PARAMETER),
    ({"limit": "101"}, RefusedCode.PARAMETER),
    ({"after": "AAAA"}, SearchCode.CURSOR),
    ({"after": "\x00'"}, SearchCode.CURSOR),
    ({"order": "up"}, SearchCode.FILTER),
]


@pytest.mark.parametrize(("asked", "code"), _HOSTILE, ids=lambda one: repr(one)[:40])
async def test_a_hostile_question_is_answered_or_refused_with_a_code(
    house: Running, asked: dict[str, str], code: SearchCode | RefusedCode | None
) -> None:
    issuer = await house.caller(ISSUER)

    answer = await issuer.ask("GET", PATH, params=asked)

    if code is None:
        assert answer.status == 200
    else:
        assert (answer.status, answer.code) == (400, code.value)


async def test_half_a_surrogate_in_the_address_is_answered(house: Running) -> None:
    issuer = await house.caller(ISSUER)

    for raw in ("%ED%A0%80", "%FF%FE", "%00"):
        answer = await issuer.ask("GET", f"{PATH}?q=pumps{raw}")
        assert answer.status in {200, 400}
