"""Trust lists as they are served: byte-exact in every encoding, by tag, date and digest; noted."""

from __future__ import annotations

import gzip
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

import pytest
import zstandard

from tests.running import Answer, Caller, Running

LIST: Final = "/v1/trust-lists/CN.xml"


@pytest.fixture
async def anyone(house: Running) -> Caller:
    found = await house.caller(None, base=house.addresses.public)
    # What a handler answers is looked at as it travels.
    found.session._auto_decompress = False
    return found


async def ask(caller: Caller, path: str = LIST, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.ask("GET", path, headers={"Accept-Encoding": "identity", **named})


ENCODINGS: Final = (
    ("identity", None),
    ("", None),
    ("br", None),
    ("gzip", "gzip"),
    ("GZIP", "gzip"),
    ("gzip, zstd", "zstd"),
    ("zstd;q=0.1, gzip;q=1", "zstd"),
    ("zstd;q=0, gzip", "gzip"),
    ("zstd;q=0.000,gzip;q=0", None),
    ("gzip;q=2", None),
    ("gzip;level=9", None),
    (",,;;q=,", None),
)
"""What a caller takes, and how the list travels. One hub answers all of them."""


async def test_a_list_travels_in_an_encoding_that_the_caller_takes(
    house: Running, anyone: Caller
) -> None:
    data = house.world.files["CN.xml"]
    for accepted, encoding in ENCODINGS:
        answer = await ask(anyone, Accept_Encoding=accepted)

        assert answer.status == 200
        assert answer.headers.get("Content-Encoding") == encoding, accepted
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"] == "application/xml"
        assert decoded(answer) == data, accepted
        if encoding is not None:
            assert len(answer.body) < len(data) / 2
            again = await ask(anyone, Accept_Encoding=accepted)
            assert (again.body, again.headers["ETag"]) == (answer.body, answer.headers["ETag"])


def decoded(answer: Answer) -> bytes:
    match answer.headers.get("Content-Encoding"):
        case "gzip":
            return gzip.decompress(answer.body)
        case "zstd":
            return zstandard.ZstdDecompressor().decompress(answer.body)
        case _:
            return answer.body


async def test_each_encoding_has_a_tag_of_its_own_and_each_says_that_nothing_is_new(
    house: Running, anyone: Caller
) -> None:
    tags = [
        (await ask(anyone, Accept_Encoding=name)).headers["ETag"]
        for name in ("identity", "gzip", "zstd")
    ]

    assert len(set(tags)) == 3
    assert tags[0] == f'"{sha256(house.world.files["CN.xml"]).hexdigest()}"'
    for tag in (*tags, "*", f'"other", W/{tags[0]}'):
        answer = await ask(anyone, Accept_Encoding="gzip", If_None_Match=tag)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == tags[1]
    assert (await ask(anyone, If_None_Match='"other"')).status == 200


async def test_a_date_tells_whether_a_list_is_new_where_no_tag_does(
    house: Running, anyone: Caller
) -> None:
    issued = next(one.issued_at for one in house.hub.trust.lists if one.territory == "CN")
    modified = (await ask(anyone)).headers["Last-Modified"]

    assert modified == format_datetime(issued, usegmt=True)
    for since, status in (
        (modified, 304),
        (format_datetime(issued + timedelta(days=1), usegmt=True), 304),
        (format_datetime(issued - timedelta(seconds=1), usegmt=True), 200),
        ("yesterday", 200),
        ("Sun, 99 Nov 2026 09:00:00 GMT", 200),
    ):
        assert (await ask(anyone, If_Modified_Since=since)).status == status, since
    assert (await ask(anyone, If_Modified_Since=modified, If_None_Match='"x"')).status == 200


async def test_a_list_answers_to_its_short_name_and_to_that_of_its_file(
    house: Running, anyone: Caller
) -> None:
    listed = (await ask(anyone, "/v1/trust-lists")).json["trust_lists"]

    assert {(one["name"], one["file"]) for one in listed} >= {
        ("cn", "CN.xml"),
        ("lotl", "list-of-lists.xml"),
    }
    for one in listed:
        for name in (one["name"], one["file"]):
            answer = await ask(anyone, f"/v1/trust-lists/{name}")
            assert sha256(answer.body).hexdigest() == one["digest"]
    assert {sha256(data).hexdigest() for data in house.world.files.values()} == {
        one["digest"] for one in listed
    }


async def test_the_digest_file_beside_a_list_is_its_sha_256(house: Running, anyone: Caller) -> None:
    answer = await ask(anyone, "/v1/trust-lists/CN.sha2")

    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.body.decode() == sha256(house.world.files["CN.xml"]).hexdigest() + "\n"


async def test_a_list_that_is_not_there_is_not_found(anyone: Caller) -> None:
    for name in ("zz", "ZZ.xml", "ZZ.sha2", "cn.sha2", "CN", "..%2fhub.toml"):
        assert (await ask(anyone, f"/v1/trust-lists/{name}")).code == "refused.not-found", name


async def test_what_a_partner_holds_is_noted_and_what_strangers_say_is_not(
    house: Running, anyone: Caller
) -> None:
    partner = await house.caller("SG-AB-SAC")

    await ask(anyone, Trust_List_Sequence="1", Trust_Keys_Held="3")
    assert await house.hub.store.fetches() == ()

    said = {"Trust_List_Sequence": "0", "Trust_Keys_Held": "5"}
    assert (await ask(partner, **said)).status == 200
    (first,) = await house.hub.store.fetches()
    assert (first.partner, first.name, first.sequence, first.keys) == ("SG-AB-SAC", "CN.xml", 0, 5)
    assert first.at == house.world.clock.now

    house.world.clock.forward(timedelta(minutes=1))
    tag = f'"{sha256(house.world.files["CN.xml"]).hexdigest()}"'
    assert (await ask(partner, "/v1/trust-lists/cn", If_None_Match=tag)).status == 304
    (second,) = await house.hub.store.fetches()
    current = next(one for one in house.hub.trust.lists if one.territory == "CN")
    # Who says nothing is taken to hold what it was given.
    assert second.sequence == current.sequence
    assert second.keys == len(house.hub.trust.by_fingerprint)
    assert second.at == house.world.clock.now


async def test_what_is_no_number_is_refused(house: Running) -> None:
    partner = await house.caller("SG-AB-SAC")

    for name in ("Trust_List_Sequence", "Trust_Keys_Held"):
        for value in ("", "-1", "1.5", "many", "9" * 16, "٣"):
            assert (await ask(partner, **{name: value})).code == "refused.parameter", value
    assert await house.hub.store.fetches() == ()
