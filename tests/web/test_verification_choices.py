"""One number in two schemes of one body: page, interface and command let the asker choose."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.cli import certificate_verify
from exchange.cli.main import main
from exchange.core.model import BodyId, KeyRole
from exchange.core.sentences import LANGUAGES
from exchange.core.trust_values import BodyPeriod, BodyState
from exchange.service.materials import schemas_folder
from tests.running import Running, running
from tests.service.test_verify import taken_over
from tests.web.test_pages import page, read
from tests.world import World

BODY = BodyId("CN-CB-0107")
NUMBER = "OLD 107 2015"
ORGANIC, GREEN = "urn:mrhub:scheme:organic", "urn:mrhub:scheme:green-product"


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    listed = BodyPeriod(state=BodyState.ACTIVE, since=datetime(2026, 8, 1, tzinfo=UTC))
    world = world.with_body(BODY, history=(listed,))
    async with running(world, tmp_path) as one:
        issuer = await one.caller(BODY)
        for sample in ("cn-organic-highland-barley", "cn-grn-tile"):
            answer = await issuer.submit(taken_over(world, sample, NUMBER))
            assert answer.status == 201, answer.body
        path = schemas_folder() / "declaration" / "samples" / "good" / "cn-all-public.xml"
        text = re.sub("\\s*<CertificateCount>[0-9]+</CertificateCount>", "", path.read_text())
        text = text.replace(">CN-CB-0103<", f">{BODY}<")
        text = text.replace("urn:mrhub:scheme:ccc", GREEN)
        text = text.replace("urn:mrhub:scheme:management-systems", ORGANIC)
        answer = await issuer.submit(world.sign(text.encode(), BODY, KeyRole.STATUS))
        assert answer.status == 201, answer.body
        yield one


@pytest.mark.parametrize("language", LANGUAGES)
async def test_page_shows_the_choices_as_links_and_each_leads_to_its_certificate(
    house: Running, language: str
) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    _, text = await page(
        anyone, "/verify", number=NUMBER, issuer=BODY, lang=language, on="2026-10-01"
    )
    read(text)
    links = [
        html.unescape(one["href"] or "")
        for tag, one in read(text).tags
        if tag == "a" and "scheme=" in (one.get("href") or "")
    ]
    # The address of this page in other languages names no scheme.
    assert len(links) == 2
    shown = set()
    for link in links:
        answer = await anyone.ask("GET", link, headers={"Accept": "text/html"})
        said = answer.body.decode()
        assert f'lang="{language}"' in said
        assert 'class="answer valid"' in said
        assert "on=2026-10-01" in link
        shown |= {name for name in ("organic", "green-product") if name in link}
    assert shown == {"organic", "green-product"}


async def test_interface_names_the_choices_and_takes_a_scheme(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    path = f"/v1/certificates/{NUMBER.replace(' ', '%20')}/verification"

    both = await anyone.ask("GET", path)
    one = await anyone.ask("GET", f"{path}?scheme={GREEN}")
    wrong = await anyone.ask("GET", f"{path}?scheme=green%20product")

    assert (both.json["overall"], both.json["code"]) == (
        "cannot-tell",
        "verification.several-schemes",
    )
    assert both.json["choices"] == [
        {"issuer": BODY, "scheme": ORGANIC},
        {"issuer": BODY, "scheme": GREEN},
    ]
    assert BODY in both.json["sentence"]
    assert (one.json["overall"], one.json["certificate"]["scheme"]) == ("valid", GREEN)
    assert (one.json["choices"], one.json["asked"]["scheme"]) == ([], GREEN)
    assert wrong.status == 400


async def test_command_takes_a_scheme(
    house: Running,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = house.world
    monkeypatch.setattr(certificate_verify, "now", lambda: world.clock.now)
    trusting = ["--trust-list", str(tmp_path / "trust"), "--root", world.root.hex()]
    hub = ["--hub", house.addresses.public]
    given = ["certificate", "verify", NUMBER, "--issuer", BODY, *trusting, *hub]

    assert await asyncio.to_thread(main, given) == 3
    told = capsys.readouterr().out
    assert GREEN in told
    assert await asyncio.to_thread(main, [*given, "--scheme", GREEN]) == 0
    assert "Valid" in capsys.readouterr().out
    assert await asyncio.to_thread(main, [*given, "--scheme", "urn:mrhub:scheme:service"]) == 3
