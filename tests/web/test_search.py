"""The search over the listeners: who finds what, and hostile questions."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from exchange.codes.search import SearchCode
from exchange.codes.service import RefusedCode
from exchange.codes.verification import SinceCode, StandingCode
from exchange.core.declarations import CONFIRMED_EVERY, Coverage, Disclosure
from exchange.core.hits import unconfirmed
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import BodyId
from exchange.core.searching import Question, Sight
from exchange.core.sentences import LANGUAGES, TEXTS
from exchange.store.notice_tables import DECLARATIONS
from exchange.web.public.page_texts import WORDS
from tests.living import begun
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

    (mark,) = found[0]["marks"]
    assert mark["code"] == SinceCode.BODY_SUSPENDED.value
    assert mark["text"].startswith(f"rests on a suspended body: body {ISSUER} since ")
    assert mark["final"] is False
    assert found[0]["verification"].endswith(f"/verification?issuer={ISSUER}")


async def test_a_hit_says_unknown_since_when_its_body_is_late_to_confirm(
    house: Running, world: World
) -> None:
    issuer = await house.caller(ISSUER)
    await issuer.submit(world.attestation(number=1))
    await _declare(house, Disclosure.PUBLIC)
    house.hub.store._declared = None
    hit = (await house.hub.store.search(
        Question(), sight=Sight(everything=True), after=None, limit=1, at=house.hub.clock()
    )).hits[0]  # fmt: skip
    declared = (await house.hub.store.declarations()).of_scheme(BodyId(ISSUER), SCHEME)
    assert hit.heard_at is not None
    late = max(hit.heard_at, house.hub.clock()) + CONFIRMED_EVERY

    assert not list(unconfirmed(hit.heard_at, declared, late - timedelta(seconds=1)))
    (mark,) = unconfirmed(hit.heard_at, declared, late)
    assert mark.code is StandingCode.UNCONFIRMED
    assert mark.text.startswith("unknown since ")


async def test_a_former_number_leads_to_the_certificate_and_says_so_in_every_language(
    house: Running, world: World
) -> None:
    issuer = await house.caller(ISSUER)
    first = begun(world, 7)
    latest = first.revised(number="10326Q10307R0M")
    for one in (first, latest):
        await issuer.submit(one.data)
    await _declare(house, Disclosure.PUBLIC)
    house.hub.store._declared = None
    stranger = await house.caller(None, base=house.addresses.public)

    for asked in ({"identifier": first.number}, {"q": first.number}):
        (one,) = (await stranger.ask("GET", PATH, params=asked)).json["certificates"]
        assert one["certificate_number"] == latest.number
        assert one["former"] == {"number": first.number}
    for asked in ({"identifier": latest.number}, {}):
        (one,) = (await stranger.ask("GET", PATH, params=asked)).json["certificates"]
        assert one["former"] is None
    for language in LANGUAGES:
        asked = {"q": first.number, "lang": language}
        answer = await stranger.ask("GET", "/search", params=asked, headers={"Accept": "text/html"})
        text = answer.body.decode()
        words = WORDS[language]
        assert words["former-number"].format(number=f"\u2068{first.number}\u2069") in text
        assert f"{words['in-force']} ({words['temporary']})" in text
        assert words["no-verdict"] in text
        assert ">active<" not in text


async def test_a_stopped_body_is_marked_on_the_page_in_the_words_of_a_verification(
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

    for language in LANGUAGES:
        asked = {"q": "haijia", "lang": language}
        answer = await stranger.ask("GET", "/search", params=asked, headers={"Accept": "text/html"})
        said = TEXTS[language][SinceCode.BODY_SUSPENDED.value]
        text = html.unescape(answer.body.decode())
        assert said.format(since=f"{stop.since:%Y-%m-%d}") in text


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
