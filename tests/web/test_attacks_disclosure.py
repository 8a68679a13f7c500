"""Attacks on what issuers do not disclose: by guessing, by lying about who asks, by odd forms."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from multidict import CIMultiDict

from exchange.core.declarations import Disclosure
from exchange.core.model import ContentDigest
from exchange.core.qr_address import address_of
from exchange.service.verify_guesses import network_of
from tests.living import begun
from tests.running import Caller, Running, running
from tests.web.test_verification import NUMBER, by_number, declare
from tests.world import World, make_world

HOLDER = "Haijia"
CCC = "cn-ccc-luminaire"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(
        make_world(),
        tmp_path,
        max_guesses_per_network=4,
        trusted_proxies=("127.0.0.1/32",),
        body_seconds=2.0,
    ) as one:
        yield one


@pytest_asyncio.fixture
async def anyone(house: Running) -> Caller:
    return await house.caller(None, base=house.addresses.public)


@pytest_asyncio.fixture
async def issuer(house: Running) -> Caller:
    found = await house.caller("CN-CB-0103")
    answer = await found.submit(found.world.attestation())
    assert answer.status == 201, answer.body
    return found


async def guess(anyone: Caller, number: int, *said: str) -> int:
    headers = CIMultiDict([("X-Forwarded-For", one) for one in said])
    path = f"/v1/certificates/10326Q{number}R0M/verification"
    return (await anyone.ask("GET", path, headers=headers)).status


@pytest.mark.parametrize(
    "said",
    [
        ("203.0.113.{n}", "198.51.100.7"),
        ("203.0.{n}.1, 198.51.100.7",),
        ("203.0.{n}.1", "203.0.{n}.2", "198.51.100.7"),
        ("2001:db8:0:{n}::1",),
        ("::ffff:198.51.100.{n}",),
    ],
)
async def test_whoever_claims_to_be_many_is_counted_as_one(
    anyone: Caller, said: tuple[str, ...]
) -> None:
    found = [
        await guess(anyone, 10300 + n, *(one.format(n=n) for one in said)) for n in range(1, 6)
    ]

    assert found == [200, 200, 200, 200, 429]


def test_networks_of_one_client_and_of_different_ones() -> None:
    assert network_of("::ffff:198.51.100.7") == network_of("198.51.100.9")
    assert network_of("::ffff:198.51.100.7") != network_of("::ffff:203.0.113.7")
    assert network_of("2001:db8:0:1::1") == network_of("2001:db8:0:ff::1")


async def test_factory_and_model_of_what_is_not_shown_are_guessed_a_few_times_only(
    house: Running, issuer: Caller, anyone: Caller, world: World
) -> None:
    data = world.attestation(CCC)
    assert (await issuer.submit(data)).status == 201
    number = re.search(rb"<CertificateNumber>([^<]+)", data)
    assert number is not None
    (key,) = await house.hub.store.certificates_by_number(number[1].decode())
    kept = await house.hub.store.certificate(key)
    assert kept is not None
    await declare(issuer, "number")
    disclosed = (await house.hub.store.declarations()).disclosure(kept.issuer, kept.scheme)
    assert disclosed is Disclosure.NUMBER
    path = f"/v1/certificates/{number[1].decode()}/verification"

    found = [await anyone.ask("GET", path, params={"factory": f"Factory {n}"}) for n in range(5)]

    assert [one.status for one in found] == [200, 200, 200, 200, 429]
    assert found[0].json["overall"] == "not-valid"


async def test_a_partner_learns_of_no_attestation_by_changing_it(
    house: Running, issuer: Caller
) -> None:
    other = await house.caller("CN-CB-0107")
    first = begun(house.world, 70)
    assert (await issuer.submit(first.data)).status == 201
    there = first.change("suspend", 1, by="CN-CB-0107")
    missing = begun(house.world, 71).change("suspend", 1, by="CN-CB-0107")

    said = []
    for data in (there, missing):
        text = (await other.submit(data)).body.decode()
        said.append((re.findall(r"rule\.[A-Z0-9-]+", text), "another body" in text))

    assert said[0] == said[1]
    assert "rule.STC-09" in said[0][0]
    assert not said[0][1]


@pytest.mark.parametrize("disclosure", ["number", "token"])
async def test_nothing_of_a_hidden_holder_stands_in_any_public_answer(
    issuer: Caller, anyone: Caller, disclosure: str
) -> None:
    await declare(issuer, disclosure)
    asked: list[tuple[str, dict[str, str]]] = [
        (f"/v1/certificates/{NUMBER}/verification", {"holder": "x", "lang": "zh"}),
        (f"/v1/certificates/{NUMBER}/verification", {"form": "xml"}),
        ("/verify", {"number": NUMBER, "holder": "Shandong"}),
        ("/verify", {"number": NUMBER.lower()}),
        ("/search", {"q": HOLDER}),
        ("/v1/certificates", {"q": HOLDER}),
        ("/v1/certificates", {"identifier": NUMBER}),
        ("/v1/certificates", {"q": "s:shandong*"}),
        ("/v1/certificates", {"issuer": "CN-CB-0103", "status": "active"}),
        ("/v1/certificates", {"economy": "CN", "valid_on": "2026-11-22"}),
        ("/health", {}),
    ]
    for path, query in asked[:4] if disclosure == "number" else asked[4:]:
        answer = await anyone.ask("GET", path, params=query)
        assert answer.status in {200, 429}, (path, answer.body)
        text = answer.body.decode()
        # What was typed stands in the form again; nothing else of the holder does.
        assert "Foods" not in text, path
        assert "海" not in text, path
    page = await anyone.ask("GET", "/v1/certificates", params={"issuer": "CN-CB-0103"})
    assert (page.json["certificates"], page.json["after"]) == ([], None)


@pytest.mark.usefixtures("issuer")
async def test_statements_receipts_and_proofs_of_others_do_not_exist(
    house: Running,
) -> None:
    other = await house.caller("CN-CB-0107")
    (key,) = await house.hub.store.certificates_by_number(NUMBER)
    kept = await house.hub.store.certificate(key)
    assert kept is not None
    digest: ContentDigest = kept.statements[0].content_digest
    for path in (
        f"/v1/statements/{digest.hex()}",
        f"/v1/statements/{digest.hex()}/receipts",
        f"/v1/statements/{digest.hex()}/proof",
        f"/v1/certificates/{NUMBER}/qr",
    ):
        there = await other.ask("GET", path)
        assert there.status == 404, path
    assert (await other.ask("GET", "/v1/notices")).json["notices"] == []
    seen = await by_number(other)
    assert seen["certificate"] is None
    public = await house.caller(None, base=house.addresses.public)
    address = address_of(bytes(16))
    assert (await public.ask("GET", f"/v1/q/{address}/verification")).json["certificate"] is None


BOUNDARY = "x" * 20
FORMS: dict[str, bytes] = {
    "header without an end": f"--{BOUNDARY}\r\nX-A: ".encode() + b"a" * 3_000_000,
    "many headers": f"--{BOUNDARY}\r\n".encode() + b"X-A: b\r\n" * 300_000,
    "many parts": f"--{BOUNDARY}\r\n\r\nx\r\n".encode() * 20_000,
    "no end": f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'.encode(),
    "forms in forms": (
        f"--{BOUNDARY}\r\nContent-Type: multipart/mixed; boundary={BOUNDARY}\r\n\r\n".encode() * 500
    ),
    "unpacks to much": (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n'
        "Content-Encoding: deflate\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"
    ).encode(),
    "nothing": b"",
}


@pytest.mark.filterwarnings("ignore:unread_data:DeprecationWarning")
@pytest.mark.parametrize("name", FORMS)
async def test_hostile_forms_end_with_a_page(anyone: Caller, name: str) -> None:
    async with asyncio.timeout(10):
        answer = await anyone.ask(
            "POST",
            "/verify",
            data=io.BytesIO(FORMS[name]),
            headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )

    assert answer.status < 500, answer.body[:300]
    assert answer.headers["Content-Type"].startswith("text/html")
    assert (await anyone.ask("GET", "/health")).status == 200


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "a" * 201},
        {"q": '" OR rowid > 0 --'},
        {"q": "n:*"},
        {"q": "NEAR(a b)"},
        {"q": "a " * 100},
        {"q": "x", "after": "A" * 5000},
        {"q": "x", "lang": "\u202e" * 50},
        {"after": "____________________________"},
    ],
)
async def test_hostile_searches_of_the_page_end_with_a_page(
    anyone: Caller, query: dict[str, Any]
) -> None:
    answer = await anyone.ask("GET", "/search", params=query)

    assert answer.status < 500, answer.body[:300]
    assert "\u202e" not in answer.body.decode()
