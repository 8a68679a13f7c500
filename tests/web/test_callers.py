"""Who calls is looked up on every request, and nobody can pretend to be another."""

from __future__ import annotations

import asyncio
import base64
import ssl
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from exchange.core.model import BodyId, KeyRole
from exchange.core.periods import covers
from exchange.core.trust_values import KeyPeriod, KeyStatus
from exchange.service.build_lists import build_lists
from exchange.vault.vault import key_name
from exchange.web.tls import partner_context
from tests.running import Caller, Running, client_context, write_lists, write_pair
from tests.world import World


def _client_cert(world: World, body: str) -> str:
    der = world.vault.certificates_now(key_name(BodyId(body), KeyRole.TRANSPORT))[0]
    return f":{base64.b64encode(der).decode()}:"


async def _suspend(house: Running, body: str) -> None:
    """Publish lists on which the body's transport key is suspended, and wait until they count."""
    world, snapshot = house.world, house.hub.snapshot.id
    built = await build_lists(
        _suspended(world, body).description,
        world.vault,
        at=world.clock.now,
        release=world.release,
        before=world.files,
    )
    write_lists(replace(world, files=built.files), house.folder)
    async with asyncio.timeout(10):
        while house.hub.snapshot.id == snapshot:  # noqa: ASYNC110 - another process would poll too
            await asyncio.sleep(0.05)


def _suspended(world: World, body: str) -> World:
    """Return the world with the body's transport key suspended since an hour ago."""
    since = world.clock.now - timedelta(hours=1)
    (key,) = [
        key
        for one in world.description.bodies
        if one.id == body
        for key in one.keys
        if key.role is KeyRole.TRANSPORT
    ]
    first = key.periods[-1]
    periods = (
        KeyPeriod(status=KeyStatus.SUSPENDED, not_before=since, not_after=None),
        KeyPeriod(status=first.status, not_before=first.not_before, not_after=since),
    )
    assert covers(since, None, world.clock.now)
    return world.with_key(body, KeyRole.TRANSPORT, periods=periods)


async def test_a_suspended_key_is_refused_on_a_live_connection(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    assert (await caller.ask("GET", "/v1/partners")).status == 200
    connections = len(caller.session.connector._conns)  # type: ignore[union-attr]
    await _suspend(house, "CN-CB-0103")
    answer = await caller.ask("GET", "/v1/partners")
    assert (answer.status, answer.code) == (403, "refused.key-not-active")
    assert len(caller.session.connector._conns) == connections  # type: ignore[union-attr]


async def test_a_suspended_key_cannot_open_a_new_connection(house: Running) -> None:
    await _suspend(house, "CN-CB-0103")
    caller = await house.caller("CN-CB-0103")
    with pytest.raises((aiohttp.ClientError, OSError)):
        await caller.ask("GET", "/v1/partners")
    other = await house.caller("SG-AB-SAC")
    assert (await other.ask("GET", "/v1/partners")).status == 200


async def test_trust_lists_that_cannot_be_used_leave_those_in_force(house: Running) -> None:
    snapshot = house.hub.snapshot.id
    (house.folder / "trust" / "forged.xml").write_bytes(b"<TrustServiceStatusList/>")
    await asyncio.sleep(0.5)
    caller = await house.caller("CN-CB-0103")
    assert house.hub.snapshot.id == snapshot
    assert (await caller.ask("GET", "/v1/partners")).status == 200


async def test_without_a_client_certificate_nobody_gets_in(house: Running) -> None:
    caller = await house.caller(None)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await caller.ask("GET", "/v1/partners")


async def test_a_receipt_key_is_no_transport_key(house: Running) -> None:
    # The anchors are transport certificates only, so the handshake ends already.
    context = client_context(house.world, house.folder, None)
    private, (certificate,) = house.world.vault._key(
        key_name(BodyId("CN-CB-0103"), KeyRole.RECEIPT)
    )
    context.load_cert_chain(*write_pair(house.folder, "receipt", private, (certificate,)))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        with pytest.raises((aiohttp.ClientError, OSError)):
            await session.get(house.addresses.partners + "/v1/partners")


async def test_the_header_of_a_proxy_is_refused_from_anyone_else(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    answer = await caller.ask(
        "GET", "/v1/partners", headers={"Client-Cert": _client_cert(house.world, "SG-AB-SAC")}
    )
    assert (answer.status, answer.code) == (400, "refused.client-cert-header")


async def _behind_proxy(house: Running) -> Caller:
    assert house.addresses.proxy is not None
    return await house.caller(None, base=house.addresses.proxy)


async def test_behind_a_trusted_proxy_the_header_says_who_calls(house: Running) -> None:
    proxy = await _behind_proxy(house)
    answer = await proxy.ask(
        "GET",
        f"/v1/statements/{'0' * 64}",
        headers={"Client-Cert": _client_cert(house.world, "SG-AB-SAC")},
    )
    assert (answer.status, answer.code) == (404, "refused.not-found")


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "refused.no-certificate"),
        ("MIIB", 400, "refused.client-cert-header"),
        (":!!!:", 400, "refused.client-cert-header"),
        (":AAA:", 400, "refused.client-cert-header"),
        (":AAAA:", 403, "refused.unknown-key"),
        (":AAAA:, :AAAA:", 400, "refused.client-cert-header"),
    ],
)
async def test_a_bad_header_of_a_proxy_lets_nobody_in(
    house: Running, header: str | None, status: int, code: str
) -> None:
    proxy = await _behind_proxy(house)
    headers = {} if header is None else {"Client-Cert": header}
    answer = await proxy.ask("GET", "/v1/partners", headers=headers)
    assert (answer.status, answer.code) == (status, code)


async def test_the_public_listener_asks_for_no_certificate(house: Running) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    assert (await anyone.ask("GET", "/health")).json["status"] == "ok"
    assert (await anyone.ask("GET", "/v1/partners")).status == 404


async def test_old_versions_of_tls_are_refused(house: Running) -> None:
    tls = partner_context(house.hub.present, ())
    assert tls.minimum_version is ssl.TLSVersion.TLSv1_2
    names = {cipher["name"] for cipher in tls.get_ciphers()}
    assert all("ECDHE" in name or name.startswith("TLS_") for name in names)


async def test_tls_1_2_is_still_spoken(house: Running) -> None:
    context = client_context(house.world, house.folder, "CN-CB-0103")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.get(house.addresses.partners + "/v1/partners") as response,
    ):
        assert response.status == 200
