"""Fetching lists from a hub that answers with all sorts of things, over real sockets."""

from __future__ import annotations

import gzip
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
import zstandard
from aiohttp import web

from exchange.codes import Code
from exchange.codes.outside import ListFetchCode, MailCode, NationalCode
from exchange.codes.service import PeerCode
from exchange.errors import ExchangeError
from exchange.peer.lists import MAX_LIST, Held, ListClient, Offer
from tests.pki import make_signer
from tests.running import write_pair

LIST: Final = b"<list>" + b"x" * 5000 + b"</list>"
OFFER: Final = {"file": "CN.xml", "sequence": 7, "digest": sha256(LIST).hexdigest(), "name": "cn"}
NOTHING: Final = Held(digest=None, sequence=0, keys=0)


def offered(**changes: Any) -> bytes:
    return json.dumps({"trust_lists": [{**OFFER, **changes}]}).encode()


@asynccontextmanager
async def serving(
    folder: Path, *, index: bytes = b"", answer: Callable[[web.Request], web.Response] | None = None
) -> AsyncIterator[ListClient]:
    """Serve an index and an answer for every list; return a client of that server."""
    signer = make_signer(number=970, subject="Other hub")

    async def get_index(_: web.Request) -> web.Response:
        return web.Response(body=index or offered(), content_type="application/json")

    async def get_list(request: web.Request) -> web.Response:
        assert answer is not None
        return answer(request)

    application = web.Application()
    application.add_routes(
        [web.get("/v1/trust-lists", get_index), web.get("/v1/trust-lists/{name}", get_list)]
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_pair(folder, "other", signer.key, (signer.der,)))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    believing.check_hostname = False
    believing.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    believing.load_verify_locations(cadata=signer.der)
    try:
        address = f"https://127.0.0.1:{runner.addresses[0][1]}"
        async with ListClient.open(address, believing, seconds=5.0) as client:
            yield client
    finally:
        await runner.cleanup()


def giving(body: bytes, status: int = 200, **headers: str) -> Callable[[web.Request], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(body=body, status=status, headers=named)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (LIST, None),
        (LIST, "identity"),
        (gzip.compress(LIST), "gzip"),
        (zstandard.ZstdCompressor().compress(LIST), "zstd"),
    ],
    ids=["plain", "identity", "gzip", "zstd"],
)
async def test_a_list_is_fetched_in_whatever_encoding(
    tmp_path: Path, body: bytes, encoding: str | None
) -> None:
    answer = giving(body) if encoding is None else giving(body, Content_Encoding=encoding)
    async with serving(tmp_path, answer=answer) as client:
        (offer,) = await client.offers()
        assert offer == Offer(file="CN.xml", sequence=7, digest=sha256(LIST).digest())
        assert await client.fetch(offer, NOTHING) == LIST


async def test_the_other_hub_is_told_what_is_held(tmp_path: Path) -> None:
    asked: list[Mapping[str, str]] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.headers))
        return web.Response(status=304)

    held = Held(digest=sha256(LIST).digest(), sequence=7, keys=42)
    async with serving(tmp_path, answer=answer) as client:
        (offer,) = await client.offers()
        assert await client.fetch(offer, held) is None

    (headers,) = asked
    assert headers["If-None-Match"] == f'"{sha256(LIST).hexdigest()}"'
    assert (headers["Trust-List-Sequence"], headers["Trust-Keys-Held"]) == ("7", "42")
    assert headers["Accept-Encoding"] == "zstd, gzip"


@pytest.mark.parametrize(
    "index",
    [
        b"{}",
        b'{"trust_lists": []}',
        b'{"trust_lists": ["CN.xml"]}',
        json.dumps({"trust_lists": [OFFER, OFFER]}).encode(),
        json.dumps({"trust_lists": [OFFER] * 501}).encode(),
        offered(file="../CN.xml"),
        offered(file="CN.xml\u0000"),
        offered(file=".xml"),
        offered(file=None),
        offered(digest="AB" * 32),
        offered(digest="ab"),
        offered(sequence="7"),
    ],
    ids=lambda index: index[:60].decode(),
)
async def test_an_index_that_is_none_is_refused(tmp_path: Path, index: bytes) -> None:
    async with serving(tmp_path, index=index) as client:
        with pytest.raises(ExchangeError) as caught:
            await client.offers()

    assert caught.value.code is ListFetchCode.INDEX


BOMB: Final = b"\x00" * (MAX_LIST + 1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (giving(LIST + b" "), ListFetchCode.DIGEST),
        (giving(b""), ListFetchCode.DIGEST),
        (giving(gzip.compress(BOMB), Content_Encoding="gzip"), ListFetchCode.TOO_LARGE),
        (
            giving(zstandard.ZstdCompressor().compress(BOMB), Content_Encoding="zstd"),
            ListFetchCode.TOO_LARGE,
        ),
        (giving(LIST, Content_Encoding="br"), ListFetchCode.ENCODING),
        (giving(LIST, Content_Encoding="gzip"), ListFetchCode.ENCODING),
        (giving(gzip.compress(LIST)[:-20], Content_Encoding="gzip"), ListFetchCode.ENCODING),
        (giving(LIST, Content_Encoding="zstd"), ListFetchCode.ENCODING),
        (giving(b"", Content_Encoding="zstd"), ListFetchCode.ENCODING),
        (giving(b"gone", 404), PeerCode.STATUS),
        (giving(b"", 302, Location="https://127.0.0.1/"), PeerCode.STATUS),
        (giving(b"", 304), PeerCode.STATUS),
    ],
    ids=[
        "changed",
        "empty",
        "gzip bomb",
        "zstd bomb",
        "not asked for",
        "not gzip",
        "cut off",
        "not zstd",
        "empty zstd",
        "not found",
        "elsewhere",
        "nothing new to nobody",
    ],
)
async def test_an_answer_that_is_no_list_is_refused(
    tmp_path: Path, answer: Callable[[web.Request], web.Response], code: Code
) -> None:
    async with serving(tmp_path, answer=answer) as client:
        (offer,) = await client.offers()
        with pytest.raises(ExchangeError) as caught:
            await client.fetch(offer, NOTHING)

    assert caught.value.code is code


async def test_nothing_new_about_another_list_is_no_answer(tmp_path: Path) -> None:
    held = Held(digest=bytes(32), sequence=6, keys=3)
    async with serving(tmp_path, answer=giving(b"", 304)) as client:
        (offer,) = await client.offers()
        with pytest.raises(ExchangeError) as caught:
            await client.fetch(offer, held)

    assert caught.value.code is ListFetchCode.DIGEST


@pytest.mark.parametrize("family", [NationalCode, ListFetchCode, MailCode])
def test_every_code_of_what_comes_from_outside_is_provoked_somewhere(family: type[Code]) -> None:
    tests = Path(__file__).resolve().parent.parent
    text = "".join(path.read_text(encoding="utf-8") for path in tests.rglob("test_*.py"))

    named = set(re.findall(rf"\b{family.__name__}\.([A-Z_]+)\b", text))
    assert named == {code.name for code in family}
