"""The search from the command line: at a public address, and its table in every script."""

from __future__ import annotations

import asyncio
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from exchange.cli.certificate import app
from exchange.cli.main import main
from exchange.cli.search import show_found
from exchange.core.declarations import Coverage, Disclosure
from exchange.store.notice_tables import DECLARATIONS
from tests.running import Running
from tests.world import ISSUER, World

SCHEME = "urn:mrhub:scheme:management-systems"


async def test_anyone_searches_a_public_address_and_finds_what_is_public(
    house: Running, world: World
) -> None:
    issuer = await house.caller(ISSUER)
    await issuer.submit(world.attestation(number=1))
    hub = house.addresses.public

    def search(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["search", "--hub", hub, "--json", *more])
        return done.exit_code, done.stdout

    before = await asyncio.to_thread(search)
    row = {
        "issuer": ISSUER,
        "scheme": SCHEME,
        "disclosure": Disclosure.PUBLIC.value,
        "coverage": Coverage.ALL.value,
        "as_of": house.hub.clock(),
        "statement": 0,
    }
    await house.hub.store._database.write(lambda c: c.execute(DECLARATIONS.insert(), [row]))
    house.hub.store._declared = None
    after = await asyncio.to_thread(search)
    refused = await asyncio.to_thread(search, "--status", "gone")

    assert before[0] == after[0] == 0
    assert '"certificates": []' in before[1]
    assert ISSUER in after[1]
    assert refused[0] == 2


def test_a_search_needs_a_body_or_an_address() -> None:
    done = CliRunner().invoke(app, ["search", "pumps"])

    assert done.exit_code == 2


NOBODY = "https://127.0.0.1:9"
"""Where no hub is: whoever asks there is told so with another number."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hub", "hub.example:8444"), "such as https://hub.example:8444"),
        (("--hub", "http://hub.example"), "such as https://hub.example:8444"),
        (("--hub", "https://hub.example:99999"), "such as https://hub.example:8444"),
        (("--hub", "https://hub.example/?q=1"), "such as https://hub.example:8444"),
        (("--hub", "https://who@hub.example"), "such as https://hub.example:8444"),
        (("--hub", NOBODY, "--status", "gone"), "expected one of"),
        (("--hub", NOBODY, "--status", "ACTIVE"), "expected one of"),
        (("--hub", NOBODY, "--economy", "kz"), "such as KZ"),
        (("--hub", NOBODY, "--valid-on", "2026-02-30"), "a day such as"),
        (("--hub", NOBODY, "--valid-on", "20261122"), "a day such as"),
    ],
)
def test_what_cannot_be_asked_is_misuse_before_any_hub_is_called(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificate", "search", "pumps", *words]) == 2

    written = capsys.readouterr().err
    assert said in " ".join(written.split())
    assert "exchange certificate search --help" in written


def test_what_can_be_asked_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--status", "suspended", "--economy", "KZ", "--valid-on", "2026-11-22"]

    assert main(["certificate", "search", "pumps", "--hub", NOBODY, *asked]) == 3
    assert "peer." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "language"),
    [("青岛海尔股份有限公司", "zh"), ("مصنع المضخات", "ar"), ("บริษัท", "th"), ("a\u202eb", "en")],
)
def test_columns_line_up_whatever_the_script(name: str, language: str) -> None:
    found = [
        {"certificate_number": number, "status": "active", "issuer": ISSUER,
         "holders": [{"name": said, "language": spoken}]}
        for number, said, spoken in (("1", name, language), ("2", "Haier", "en"))
    ]  # fmt: skip
    written = StringIO()

    show_found(list(found), Console(file=written, width=140, color_system=None))

    lines = [line for line in written.getvalue().splitlines() if ISSUER in line]
    assert len(lines) == 2
    assert "\u202e" not in written.getvalue()
    assert len({cell_len(line.partition(ISSUER)[0]) for line in lines}) == 1
    if language == "ar":
        assert f"\u2068{name}\u2069" in lines[0]
