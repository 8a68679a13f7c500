"""Verification over the wire: what officers, partners, guessers and liars are answered."""

from __future__ import annotations

import io
import re
import uuid
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from exchange.core.model import KeyRole
from exchange.core.qr_address import address_of
from exchange.core.verification_reading import read_verification
from exchange.service.materials import schemas_folder
from tests.running import XML, Caller, Running, running
from tests.world import World

NUMBER = "10326Q10286R0M"
HOLDER = "Shandong Haijia Foods Co., Ltd."


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(
    request: pytest.FixtureRequest, world: World, tmp_path: Path
) -> AsyncIterator[Running]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with running(world, tmp_path, store_url=url, max_guesses_per_network=8) as one:
        yield one


@pytest.fixture
async def anyone(house: Running) -> Caller:
    return await house.caller(None, base=house.addresses.public)


@pytest.fixture
async def issuer(house: Running) -> Caller:
    found = await house.caller("CN-CB-0103")
    answer = await found.submit(found.world.attestation())
    assert answer.status == 201, answer.body
    return found


async def declare(issuer: Caller, disclosure: str, coverage: str = "all") -> None:
    """Let the issuer declare how open and how whole its register is."""
    path = schemas_folder() / "declaration" / "samples" / "good" / "cn-all-public.xml"
    text = path.read_text(encoding="utf-8").replace(">public<", f">{disclosure}<")
    text = text.replace(">all<", f">{coverage}<")
    text = re.sub(r"urn:uuid:[0-9a-f-]+", f"urn:uuid:{uuid.uuid4()}", text)
    text = re.sub("\\s*<CertificateCount>[0-9]+</CertificateCount>", "", text)
    at = issuer.world.clock.now
    text = text.replace("2026-11-22T07:55:00Z", f"{at - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    text = text.replace("2026-11-22T08:00:00Z", f"{at:%Y-%m-%dT%H:%M:%SZ}")
    answer = await issuer.submit(issuer.world.sign(text.encode(), "CN-CB-0103", KeyRole.STATUS))
    assert answer.status == 201, answer.body


async def by_number(caller: Caller, number: str = NUMBER, **query: str) -> Any:
    found = await caller.ask("GET", f"/v1/certificates/{number}/verification", params=query)
    assert found.status == 200, found.body
    assert found.headers["Cache-Control"] == "no-store"
    return found.json


async def address(house: Running) -> str:
    (key,) = await house.hub.store.certificates_by_number(NUMBER)
    kept = await house.hub.store.certificate(key)
    assert kept is not None
    return address_of(kept.token)


async def test_public_certificate_is_valid_and_shows_its_holder(
    issuer: Caller, anyone: Caller
) -> None:
    await declare(issuer, "public")

    found = await by_number(anyone)

    assert (found["overall"], found["code"]) == ("valid", "verification.in-force")
    assert [one["result"] for one in found["verdicts"]] == ["passed"] * 6 + ["unknown"]
    assert HOLDER in found["certificate"]["holder"]
    assert found["certificate"]["commercial"] == []


async def test_by_number_shows_a_verdict_and_no_holder(issuer: Caller, anyone: Caller) -> None:
    await declare(issuer, "number")

    found = await by_number(anyone, holder="shandong haijia foods limited")

    assert (found["overall"], found["holder"]) == ("valid", "match")
    assert "Haijia" not in str(found)
    assert (await by_number(anyone, holder="Shandong Haijia Food"))["holder"] == "close"
    assert (await by_number(anyone, holder="Somebody Else"))["holder"] == "mismatch"


@pytest.mark.usefixtures("issuer")
async def test_by_token_only_a_number_is_answered_as_one_that_does_not_exist(
    anyone: Caller,
) -> None:
    there, missing = [
        await by_number(anyone, number, issuer="CN-CB-0103")
        for number in (NUMBER, "10326Q10287R0M")
    ]

    assert there["code"] == "verification.only-by-address"
    there["asked"], missing["asked"] = None, None
    assert there == missing


@pytest.mark.usefixtures("issuer")
async def test_qr_address_shows_everything_but_commercial_details(
    anyone: Caller, house: Running
) -> None:
    written = await address(house)

    for path in (f"/v1/q/{written}/verification", f"/q/{written.lower()}"):
        found = (await anyone.ask("GET", path)).json
        assert found["overall"] == "valid"
        assert HOLDER in found["certificate"]["holder"]
    wrong = await anyone.ask("GET", "/q/1-00000000000000000000000000")
    assert wrong.json["code"] == "verification.address-unknown"
    assert (await anyone.ask("GET", "/q/2-0")).code == "refused.qr-address"


@pytest.mark.parametrize(
    ("coverage", "later", "code", "overall"),
    [
        ("all", 0, "verification.not-issued", "not-valid"),
        ("some", 0, "verification.publishes-some", "cannot-tell"),
        ("none", 0, "verification.does-not-publish", "cannot-tell"),
        ("all", 40, "verification.last-confirmed", "cannot-tell"),
    ],
)
async def test_not_found_says_what_the_body_has_declared(
    issuer: Caller, anyone: Caller, coverage: str, later: int, code: str, overall: str
) -> None:
    await declare(issuer, "public", coverage)
    issuer.world.clock.forward(timedelta(days=later))

    found = await by_number(anyone, "10326Q10287R0M", issuer="CN-CB-0103")

    assert (found["code"], found["overall"]) == (code, overall)


@pytest.mark.usefixtures("issuer")
async def test_a_body_that_nobody_knows_and_a_number_without_a_body(anyone: Caller) -> None:
    unknown = await by_number(anyone, issuer="CN-CB-9999")
    nameless = await by_number(anyone, "nobody's")

    assert unknown["code"] == "verification.unknown-body"
    assert nameless["code"] == "verification.number-unknown"


async def test_unconfirmed_for_a_month_is_unknown_since(issuer: Caller, anyone: Caller) -> None:
    await declare(issuer, "public")
    issuer.world.clock.forward(timedelta(days=32))

    found = await by_number(anyone)

    assert (found["overall"], found["code"]) == ("cannot-tell", "verification.unconfirmed")
    assert found["verdicts"][5]["since"].startswith("2026-12-23")


async def test_a_scan_of_numbers_discloses_no_holder_and_is_stopped(
    issuer: Caller, anyone: Caller
) -> None:
    await declare(issuer, "number")
    texts = []
    for number in range(10280, 10289):
        answer = await anyone.ask("GET", f"/v1/certificates/10326Q{number}R0M/verification")
        texts.append(answer)
    last = await anyone.ask("GET", "/v1/certificates/10326Q10290R0M/verification")

    assert (last.status, last.code) == (429, "refused.too-many-guesses")
    assert int(last.headers["Retry-After"]) > 0
    assert not any("Haijia" in one.body.decode() for one in texts)
    issuer.world.clock.forward(timedelta(seconds=601))
    assert (await by_number(anyone))["overall"] == "valid"


async def test_an_economy_is_asked_for_and_nobody_knows(issuer: Caller, anyone: Caller) -> None:
    await declare(issuer, "public")

    found = await by_number(anyone, economy="KZ", on="2026-01-05", occasion="shipment")

    assert (found["overall"], found["because"]) == ("cannot-tell", ["recognised"])
    assert found["code"] == "verification.recognition-not-kept"
    assert (found["then"], found["now"]["status"]) == (None, "active")


async def test_languages_and_signed_form(issuer: Caller, anyone: Caller) -> None:
    await declare(issuer, "public")
    path = f"/v1/certificates/{NUMBER}/verification"
    arabic = await anyone.ask("GET", path, headers={"Accept-Language": "xx, ar-SA;q=0.9, en;q=0.2"})
    signed = await anyone.ask("GET", path, headers={"Accept": XML})

    assert (arabic.json["dir"], arabic.headers["Content-Language"]) == ("rtl", "ar")
    assert "نوفمبر" in arabic.json["sentence"]
    world = issuer.world
    read = read_verification(signed.body, world.snapshot, world.clock.now)
    assert (read.overall.value, read.number, len(read.verdicts)) == ("valid", NUMBER, 7)
    assert "Commercial" not in signed.body.decode()


async def test_partner_that_issued_it_sees_commercial_details(issuer: Caller) -> None:
    found = await by_number(issuer)

    assert found["overall"] == "valid"
    assert found["certificate"]["holder"]
    picture = await issuer.ask(
        "GET", f"/v1/certificates/{NUMBER}/qr", headers={"Accept": "image/svg+xml"}
    )
    assert picture.body.startswith(b"<svg")
    written = await issuer.ask("GET", f"/v1/certificates/{NUMBER}/qr")
    assert re.search(r"/q/1-[0-9A-HJKMNP-TV-Z]{26}$", written.json["address"])


def pdf_with(*files: bytes, encrypt: bool = False) -> bytes:
    """Return a PDF with a page that says anything, and attached files."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    for number, data in enumerate(files):
        writer.add_attachment(f"{number}.xml", data)
    if encrypt:
        writer.encrypt("secret")
    octets = io.BytesIO()
    writer.write(octets)
    return octets.getvalue()


def bomb() -> bytes:
    """Return a PDF whose attached file is 64 MiB of blanks."""
    data = pdf_with(b"<x/>")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for one in writer._objects:
        if isinstance(one, StreamObject) and one.get("/Type") == "/EmbeddedFile":
            one._data = zlib.compress(b"<" + b" " * (64 * 1024 * 1024))
            one[NameObject("/Filter")] = NameObject("/FlateDecode")
    octets = io.BytesIO()
    writer.write(octets)
    return octets.getvalue()


async def upload(caller: Caller, data: bytes, media_type: str = "application/pdf") -> Any:
    found = await caller.ask(
        "POST", "/v1/verifications", data=data, headers={"Content-Type": media_type}
    )
    assert found.status == 200, found.body
    return found.json


async def test_uploaded_documents_are_judged_as_they_are(issuer: Caller, anyone: Caller) -> None:
    world = issuer.world
    genuine = world.attestation()
    altered = genuine.replace(b"2029-03-15", b"2039-03-15")
    assert altered != genuine
    unknown = world.attestation(number=77)

    known = await upload(anyone, genuine, XML)
    assert (known["overall"], HOLDER in known["certificate"]["holder"]) == ("valid", True)
    in_pdf = await upload(anyone, pdf_with(genuine))
    assert in_pdf["overall"] == "valid"
    assert in_pdf["notes"][0]["code"] == "upload.pages-prove-nothing"
    false = await upload(anyone, pdf_with(altered))
    assert (false["overall"], false["because"][0]) == ("not-valid", "signature")
    assert false["notes"][0]["code"] == "upload.pages-prove-nothing"
    elsewhere = await upload(anyone, unknown, XML)
    assert (elsewhere["overall"], elsewhere["code"]) == (
        "cannot-tell",
        "verification.not-registered",
    )


async def test_altered_document_under_a_public_number_is_told_so(
    issuer: Caller, anyone: Caller
) -> None:
    await declare(issuer, "public")
    altered = issuer.world.attestation().replace(b"2029-03-15", b"2039-03-15")

    found = await upload(anyone, altered, XML)

    assert "upload.altered" in [one["code"] for one in found["notes"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" ", "upload.empty"),
        (b"PK\x03\x04" + bytes(30), "upload.archive"),
        (b"\x1f\x8b" + bytes(30), "upload.archive"),
        (b"MZ" + bytes(300), "upload.executable"),
        (b"\x7fELF" + bytes(300), "upload.executable"),
        (b"GIF89a" + bytes(30), "upload.unknown-format"),
        (b"%PDF-1.7\nnothing", "upload.pdf-damaged"),
        (pdf_with(), "upload.pdf-without-xml"),
        (pdf_with(b"no xml"), "upload.pdf-without-xml"),
        (pdf_with(b"<a/>", b"<b/>"), "upload.pdf-several-xml"),
        (pdf_with(b"<a/>", encrypt=True), "upload.pdf-encrypted"),
        (bomb(), "upload.pdf-limits"),
    ],
)
async def test_hostile_uploads_get_a_code_and_a_sentence(
    house: Running, data: bytes, code: str
) -> None:
    anyone = await house.caller(None, base=house.addresses.public)

    found = await upload(anyone, data)

    assert (found["overall"], found["code"]) == ("cannot-tell", code)
    assert len(found["sentence"]) > 20


async def test_a_receipt_is_no_certificate(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)

    found = await upload(anyone, house.world.status_change(), XML)

    assert found["code"] == "upload.no-attestation"


@pytest.mark.parametrize(
    "query",
    [{"on": "22/11/2026"}, {"occasion": "x"}, {"economy": "kz"}, {"colour": "red"}],
)
async def test_parameters_without_sense_are_refused(house: Running, query: dict[str, str]) -> None:
    anyone = await house.caller(None, base=house.addresses.public)

    answer = await anyone.ask("GET", "/v1/certificates/x/verification", params=query)

    assert (answer.status, answer.code) == (400, "refused.parameter")
