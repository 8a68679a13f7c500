"""A partner gives up its endpoint, or gets one, while notices are under way: one arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.core.document.notice import Notice, Standing
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import Kind
from exchange.core.trust_values import KeyStatus
from exchange.service.publication import publish
from tests.administered import CB, Administered, changed_body, key_of, with_status
from tests.journeys.notified import (
    KZ,
    brought,
    eventually,
    notifying,
    office,
    taken,
    tracked,
    with_endpoint,
)
from tests.running import Running, free_port


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return where the hub keeps everything, on each engine in turn."""
    found: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return found


async def moved(administered: Administered, one: Running, endpoint: str | None) -> None:
    """Let the partner have another endpoint on the lists, or none."""
    await administered.change(one.hub, changed_body(one.hub, KZ, endpoint=endpoint))
    await publish(one.hub)


async def test_what_could_not_be_pushed_is_pulled_once_and_the_other_way_round(
    tmp_path: Path, store_url: str
) -> None:
    port = free_port()
    administered = with_endpoint(port)
    world = administered.world
    async with notifying(administered, tmp_path, store_url=store_url) as one:
        hub, own = one.hub, await one.caller(KZ)
        data = [world.attestation(number=number) for number in (1, 2)]
        await brought(one, data[0], f'"{KZ}"')
        key = key_of(hub, CB).fingerprint
        await administered.suspend(hub, administered.li, CB, key)
        await eventually(lambda: tracked(hub, KZ), bool)
        # Nobody listens there, and nothing may be pulled yet.
        assert await own.lease(max=20) == []

        await moved(administered, one, None)

        await eventually(lambda: tracked(hub, KZ), lambda found: found[0].mode is Mode.PULL)
        got = await taken(hub, own)
        assert data[0] in got
        (notice,) = [each for each in got if isinstance(each, Notice)]
        assert notice.standing is Standing.SUSPENDED
        assert len(got) == 2

        # Now what it would have pulled is pushed: the key is lifted and used again.
        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        await publish(hub)
        await eventually(lambda: tracked(hub, KZ), lambda found: len(found) == 2)
        await brought(one, data[1], f'"{KZ}"')
        async with office(world, tmp_path, port) as partner:
            await moved(administered, one, f"https://127.0.0.1:{port}")
            told = await eventually(
                lambda: tracked(hub, KZ),
                lambda found: all(each.state is Delivery.ACKNOWLEDGED for each in found),
            )
            assert [each.mode for each in told] == [Mode.PULL, Mode.PUSH]
            digest = world.signed(data[1]).content_digest

            async def second() -> list[Delivery]:
                return [each.state for each in await hub.store.deliveries(digest)]

            await eventually(second, lambda found: found == [Delivery.ACKNOWLEDGED])
            there = await taken(partner.hub, await partner.caller(KZ))
            assert [type(each) is bytes for each in there] in ([True, False], [False, True])
            assert data[1] in there
        assert await own.lease(max=20) == []
        assert len(await tracked(hub, KZ, Kind.NOTICE)) == 2


async def test_what_a_partner_holds_on_a_lease_is_not_pushed_beside_it(
    tmp_path: Path, store_url: str
) -> None:
    port = free_port()
    administered = with_endpoint(None)
    world = administered.world
    async with notifying(administered, tmp_path, store_url=store_url) as one:
        own = await one.caller(KZ)
        await brought(one, world.attestation(number=1), f'"{KZ}"')
        await brought(one, world.attestation(number=2), f'"{KZ}"')
        (held,) = await own.lease(max=1)
        async with office(world, tmp_path, port) as partner:
            await moved(administered, one, f"https://127.0.0.1:{port}")
            away = await partner.caller(KZ)
            pushed = await eventually(lambda: away.lease(max=20), bool)
            assert len(pushed) == 1
            assert pushed[0]["content_digest"] != held["content_digest"]
            # The lease counts: the answer is taken, and nothing goes again.
            answer = await own.acknowledge(held)
            assert answer.status == 201, answer.body
            assert await away.lease(max=20) == []
