"""Whatever a caller sends ends in one problem, in time and within limits."""

from __future__ import annotations

import asyncio
import gzip
import io
import uuid
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256

import pytest
from yarl import URL

from exchange.core.limits import MIB
from tests.running import Running, client_context, digest_header

XML = {"Content-Type": "application/xml", "Exchange-Addressees": "register-only"}


async def test_a_body_that_is_not_the_one_declared_is_refused(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    data = house.world.attestation()
    answer = await caller.submit(data, headers={"Content-Digest": digest_header(b"other")})
    assert (answer.status, answer.code) == (400, "refused.digest-mismatch")
    assert sha256(data).hexdigest() in answer.json["detail"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Digest": "sha-512=:AAAA:"}, 400, "refused.digest-missing"),
        ({"Content-Digest": "sha-256=AAAA"}, 400, "refused.digest-missing"),
        ({"Content-Digest": "sha-256=:AAAA:"}, 400, "refused.digest-missing"),
        ({"Content-Digest": "sha-256=:====:"}, 400, "refused.digest-missing"),
        ({"Content-Type": "text/xml"}, 415, "refused.media-type"),
        ({"Content-Type": "application/json"}, 415, "refused.media-type"),
        ({"Content-Encoding": "br"}, 415, "refused.media-type"),
        ({"Exchange-Addressees": ""}, 400, "refused.addressees"),
        ({"Exchange-Addressees": "register-only, SG"}, 400, "refused.addressees"),
        ({"Exchange-Addressees": '"SG-AB-SAC";q=1'}, 400, "refused.addressees"),
        ({"Exchange-Addressees": "sg-ab-sac"}, 400, "refused.addressees"),
        ({"Exchange-Addressees": ",".join(["SG"] * 101)}, 400, "refused.addressees"),
        ({"Exchange-Addressees": '"NO-RA-NONE", "ZZ"'}, 409, "refused.addressee-unknown"),
        ({"Exchange-Addressees": "XX-HUB-01"}, 409, "refused.addressee-does-not-take"),
    ],
)
async def test_a_header_that_makes_no_sense_is_refused(
    house: Running, headers: Mapping[str, str], status: int, code: str
) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.submit(house.world.attestation(), headers=headers)
    assert (answer.status, answer.code) == (status, code)
    assert await house.hub.store.tree_size() == 0


async def test_every_addressee_that_does_not_fit_is_named(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.submit(house.world.attestation(), '"NO-RA-NONE", "ZZ", "SG"')
    assert [finding["path"] for finding in answer.json["findings"]] == ["NO-RA-NONE", "ZZ"]


@pytest.mark.parametrize(
    "name", ["1", "NOT-A-UUID", str(uuid.uuid4()).upper(), "%00", "urn:uuid:0"]
)
async def test_a_message_id_is_a_uuid_in_lower_case(house: Running, name: str) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.submit(house.world.attestation(), message_id=name)
    assert (answer.status, answer.code) == (400, "refused.message-id")


async def test_a_compressed_body_is_refused_unread(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    bomb = gzip.compress(bytes(50 * MIB))
    answer = await caller.submit(bomb, headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.code) == (415, "refused.media-type")


async def _pieces(count: int, size: int, pause: float = 0.0) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)
        await asyncio.sleep(pause)


@pytest.mark.parametrize("declared", [True, False])
async def test_an_oversized_body_is_refused_while_it_arrives(
    house: Running,
    declared: bool,  # noqa: FBT001
) -> None:
    caller = await house.caller("CN-CB-0103")
    headers = {**XML, "Content-Digest": digest_header(b"")}
    data = io.BytesIO(bytes(50 * MIB)) if declared else _pieces(50, MIB)
    try:
        answer = await caller.ask("PUT", f"/v1/messages/{uuid.uuid4()}", data=data, headers=headers)
    except OSError:
        # The hub has answered and closed before everything was sent.
        return
    assert (answer.status, answer.code) == (413, "refused.too-large")


async def test_a_slow_sender_is_told_so_and_cut_off(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.ask(
        "PUT",
        f"/v1/messages/{uuid.uuid4()}",
        data=_pieces(100, 10, pause=0.05),
        headers={**XML, "Content-Digest": digest_header(b"")},
    )
    assert (answer.status, answer.code) == (408, "refused.slow")
    assert answer.json["retry"] is True


@pytest.mark.parametrize("sent", [b"", b"PUT /v1/mess"])
async def test_a_connection_without_a_request_is_closed(house: Running, sent: bytes) -> None:
    url = URL(house.addresses.partners)
    context = client_context(house.world, house.folder, "CN-CB-0103")
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    writer.write(sent)
    async with asyncio.timeout(8):
        assert await reader.read() == b""
    writer.close()


async def test_a_connection_without_a_handshake_is_closed(house: Running) -> None:
    url = URL(house.addresses.partners)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    async with asyncio.timeout(8):
        try:
            left = await reader.read()
        except ConnectionError:
            left = b""
    assert left == b""
    writer.close()


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x00\x00",
        b"GET /v1/partners HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 20000 + b"\r\n\r\n",
        b"GET /v1/partners HTTP/1.1\r\nHost: x\r\nA\x00B: 1\r\n\r\n",
        b"PUT /v1/messages/1 HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
async def test_what_is_not_http_gets_a_problem_and_never_a_page(
    house: Running, octets: bytes
) -> None:
    url = URL(house.addresses.partners)
    context = client_context(house.world, house.folder, "CN-CB-0103")
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    writer.write(octets)
    async with asyncio.timeout(8):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"application/problem+json" in answer
    assert b"refused.request" in answer
    assert b"Traceback" not in answer


async def test_a_body_that_is_cut_off_commits_nothing(house: Running) -> None:
    data = house.world.attestation()
    url = URL(house.addresses.partners)
    context = client_context(house.world, house.folder, "CN-CB-0103")
    _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    head = (
        f"PUT /v1/messages/{uuid.uuid4()} HTTP/1.1\r\nHost: hub\r\n"
        f"Content-Type: application/xml\r\nContent-Digest: {digest_header(data)}\r\n"
        f"Exchange-Addressees: register-only\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    writer.write(head.encode() + data[:1000])
    await writer.drain()
    writer.close()
    await asyncio.sleep(0.3)
    assert await house.hub.store.tree_size() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "refused.body"),
        (b"[]", "refused.body"),
        (b"\xff", "refused.body"),
        (b"[" * 40000, "refused.body"),
        (b'{"max": 0}', "refused.body"),
        (b'{"max": true}', "refused.body"),
        (b'{"max": 1e3}', "refused.body"),
        (b'{"kinds": ["letter"]}', "refused.body"),
        (b'{"schemes": [1]}', "refused.body"),
        (b'{"wait_seconds": 100000}', "refused.body"),
        (b'{"wait": 1}', "refused.body"),
    ],
)
async def test_a_lease_that_makes_no_sense_is_refused(
    house: Running, body: bytes, code: str
) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.ask(
        "POST", "/v1/leases", data=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "refused.not-found"),
        ("GET", "/v1/../etc/passwd", 404, "refused.not-found"),
        ("DELETE", "/v1/partners", 405, "refused.method"),
        ("GET", "/v1/partners?limit=0", 400, "refused.parameter"),
        ("GET", "/v1/partners?limit=x", 400, "refused.parameter"),
        ("GET", "/v1/partners?limit=١", 400, "refused.parameter"),
        ("GET", "/v1/ledger/consistency?first=5&second=3", 400, "refused.parameter"),
        ("GET", f"/v1/statements/{'F' * 64}", 404, "refused.not-found"),
        ("GET", "/v1/trust-lists/nowhere", 404, "refused.not-found"),
        ("GET", f"/v1/messages/{uuid.UUID(int=0)}/receipt", 404, "refused.not-found"),
        ("PUT", "/v1/deliveries/1/acknowledgement", 404, "refused.unknown-delivery"),
    ],
)
async def test_an_address_that_makes_no_sense_is_refused(
    house: Running, method: str, path: str, status: int, code: str
) -> None:
    caller = await house.caller("XX-HUB-01")
    answer = await caller.ask(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["retry"] is False


async def test_a_fault_of_ours_is_told_without_its_cause(
    house: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_size: int) -> bytes:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(type(house.hub.store), "find_message", lambda *_: broken(0))
    caller = await house.caller("CN-CB-0103")
    answer = await caller.ask("GET", f"/v1/messages/{uuid.uuid4()}/receipt")
    assert (answer.status, answer.code) == (500, "hub.fault")
    assert b"secret" not in answer.body
    assert "Exchange-Request" in answer.headers
