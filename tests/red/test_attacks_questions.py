"""Absurd questions over the wire: every one ends with an answer or a refusal, and quickly."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from itertools import product

import pytest
import pytest_asyncio
from yarl import URL

from exchange.core.qr_address import address_of, token_of
from exchange.errors import RefusedError
from tests.running import Answer, Caller, Running, running
from tests.web.test_verification import NUMBER
from tests.world import make_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = f"/v1/certificates/{NUMBER}/verification"
OVERRIDES = re.compile("[\u202a-\u202e\u2067]")
"""What turns text around; U+2066, U+2068 and U+2069 keep foreign text from doing so."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("questions")
    async with running(make_world(), folder, max_guesses_per_network=100_000) as one:
        issuer = await one.caller("CN-CB-0103")
        assert (await issuer.submit(one.world.attestation())).status == 201
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def anyone(house: Running) -> Caller:
    return await house.caller(None, base=house.addresses.public)


QUERIES = [
    "gtin=06901234567893",
    "gtin=" + "9" * 300,
    "gtin=%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A7%D9%A8",
    "hs=1",
    "hs=12345",
    "hs=-0",
    "hs=%F0%9D%9F%8F%F0%9D%9F%8E",
    "model=A%E2%80%AEB%E2%80%AC",
    "model=%00",
    "batch=%ED%A0%80",
    "factory=%FF%FE",
    "holder=%E2%80%AE" + "x" * 90,
    "on=0000-01-01",
    "on=0001-01-01",
    "on=9999-12-31",
    "on=2999-12-31",
    "on=1900-01-01",
    "on=2027-02-29",
    "on=2028-02-29",
    "on=20261122",
    "on=2026-W47-7",
    "on=2026-11-22T00:00:00Z",
    "on=%D9%A2%D9%A0%D9%A2%D9%A6-11-22",
    "occasion=" + "x" * 299,
    "economy=%D0%A1N",
    "economy=cn",
    "issuer=%E2%80%AE",
    "issuer=CN-CB-0103%00",
    "lang=" + "xx-" * 99,
    "lang=%E2%80%AE",
    "form=XML",
    "form=xml%00",
    "&".join(["on=2026-11-22"] * 10_000),
    "&".join(f"x{n}=1" for n in range(10_000)),
    "model=" + "x" * 1_000_000,
]


async def plainly(anyone: Caller, path: str) -> Answer:
    """Ask with a path as it is written."""
    async with anyone.session.get(URL(anyone.base + path, encoded=True)) as one:
        return Answer(status=one.status, headers=one.headers, body=await one.read())


def ends_well(answer: Answer) -> None:
    assert answer.status < 500 or answer.status == 503, answer.body[:500]
    is_json = answer.headers["Content-Type"].startswith("application/json")
    shown = answer.json["sentence"] if is_json and answer.status == 200 else answer.body.decode()
    assert not OVERRIDES.search(shown), shown[:500]
    if answer.status == 200 and is_json:
        assert answer.json["overall"] in {"valid", "not-valid", "cannot-tell"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda one: one[:40])
async def test_absurd_questions_are_answered_or_refused(anyone: Caller, query: str) -> None:
    for path in (PATH, "/verify"):
        more = f"number={NUMBER}&" if path == "/verify" else ""
        ends_well(await plainly(anyone, f"{path}?{more}{query}"))
    ends_well(await anyone.ask("GET", PATH))


@pytest.mark.parametrize(
    "query",
    ["on=20261122", "on=2026-W47-7", "on=%D9%A2%D9%A0%D9%A2%D9%A6-11-22", "economy=%D0%A1N"],
)
async def test_days_have_one_spelling(anyone: Caller, query: str) -> None:
    answer = await plainly(anyone, f"{PATH}?{query}")

    assert answer.status == 400, answer.body


@pytest.mark.parametrize(
    "number",
    ["%00", "..%2f..", "%E2%80%AE", "A" * 5000, "%F0%9F%98%80", "%FF", "'%20OR%201=1", "%25"],
)
async def test_absurd_numbers_are_not_found(anyone: Caller, number: str) -> None:
    for path in (f"/v1/certificates/{number}/verification", f"/v1/q/{number}/verification"):
        ends_well(await plainly(anyone, path))


async def test_goods_that_nobody_can_have_are_never_covered(anyone: Caller) -> None:
    for query in ("gtin=06901234567890", "hs=1", "hs=12345", "gtin=1", "hs=%EF%BC%91%EF%BC%96"):
        found = await plainly(anyone, f"{PATH}?{query}")
        assert found.status in {200, 400}, found.body
        if found.status == 200:
            assert found.json["overall"] != "valid", (query, found.json["goods"])


async def test_every_token_has_one_address_and_what_is_near_it_is_none() -> None:
    token = bytes(range(16))
    address = address_of(token)
    near = [
        "2" + address[1:],
        "\uff11" + address[1:],
        "\u0661" + address[1:],
        "01" + address[1:],
        address[2:],
        address + "0",
        address[:-1],
        address.replace("0", "\u041e", 1),
        address.replace("0", "\uff10", 1),
        address.replace("1-", "1\u2013", 1),
        "1-8" + address[3:],
        "1-Z" + address[3:],
        "1-U" + address[3:],
        "1-" + address[2:].replace("G", "\u0262"),
        address + "\n\n" + address,
        address + "=",
        address + "%00",
        address + "\0",
    ]
    for one in near:
        if one == address:
            continue
        with pytest.raises(RefusedError):
            token_of(one)
    assert token_of(address.lower()) == token_of(address) == token


ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-7", "utf-32", "cp037", "latin-1"]


@pytest.mark.parametrize(("encoding", "declared"), list(product(ENCODINGS, [True, False]))[:-1])
async def test_genuine_document_in_another_encoding_is_not_called_valid(
    house: Running, anyone: Caller, encoding: str, *, declared: bool
) -> None:
    text = house.world.attestation().decode()
    if declared:
        text = text.replace("UTF-8", encoding.upper(), 1)
    data = text.encode(encoding, "xmlcharrefreplace")
    answer = await anyone.ask(
        "POST", "/v1/verifications", data=data, headers={"Content-Type": "application/xml"}
    )

    ends_well(answer)
    if answer.status == 200:
        assert answer.json["overall"] in {"cannot-tell", "not-valid"}


async def test_upload_as_a_form_with_many_files_is_judged_once_or_refused(
    house: Running, anyone: Caller
) -> None:
    good = house.world.attestation()
    part = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xml"\r\n'
        b"Content-Type: application/xml\r\n\r\n%s\r\n"
    )
    bad = good.replace(b"Haijia", b"Haijla")
    for parts in ([good, bad], [bad, good], [good] * 300):
        body = b"".join(part % one for one in parts) + b"--x--\r\n"
        for path in ("/verify", "/v1/verifications"):
            answer = await anyone.ask(
                "POST",
                path,
                data=io.BytesIO(body),
                headers={"Content-Type": "multipart/form-data; boundary=x"},
            )
            ends_well(answer)
            assert b"Haijla" not in answer.body
