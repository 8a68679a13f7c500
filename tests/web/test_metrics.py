"""`/metrics`: on the loopback address and for the operator, and for nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from exchange.codes.service import SettingsCode
from exchange.errors import SettingsError
from exchange.service.expiry import warn
from tests.running import Running, free_port, running
from tests.world import HUB, World


def figures(page: str) -> dict[str, float]:
    """Return the samples of a page, by name with labels."""
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def fetched(base: str | None) -> str:
    assert base is not None
    async with aiohttp.ClientSession() as session, session.get(f"{base}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return await answer.text()


async def test_figures_of_a_quiet_hub(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path, metrics_port=0) as house:
        found = figures(await fetched(house.addresses.metrics))

    trust = house.hub.trust
    china = next(one for one in trust.lists if one.territory == "CN")
    assert found["exchange_refuses_to_sign"] == 0
    assert found["exchange_suspensions_open"] == found["exchange_suspensions_overdue"] == 0
    assert found['exchange_trust_list_sequence{list="CN.xml"}'] == china.sequence
    assert found['exchange_trust_list_keys{list="CN.xml"}'] == sum(
        len(body.keys) for body in china.bodies
    )
    assert found['exchange_trust_list_age_seconds{list="CN.xml"}'] == timedelta(1).total_seconds()
    assert found['exchange_partners{colour="green"}'] == 0
    assert found['exchange_partners{colour="red"}'] > 0
    assert not any(name.startswith("exchange_expiring") for name in found)
    assert not any(name.startswith("exchange_partner_list_age_seconds") for name in found)


async def test_what_ends_who_asked_and_what_was_said_are_counted(
    world: World, tmp_path: Path
) -> None:
    async with running(world, tmp_path, metrics_port=0) as house:
        partner = await house.caller("SG-AB-SAC")
        for one in house.hub.trust.lists:
            name = one.territory.lower() if one.bodies else "lotl"
            await partner.ask("GET", f"/v1/trust-lists/{name}", headers={"Trust-Keys-Held": "9"})
        end = min(
            min(key.key.signs_until, key.key.certificate.not_after)
            for key in house.hub.trust.by_fingerprint.values()
        )
        world.clock.now = end - timedelta(days=6)
        await warn(house.hub)
        found = figures(await fetched(house.addresses.metrics))

    ending = found['exchange_expiring{subject="key",days="7"}']
    assert ending >= 1
    assert found['exchange_warnings_total{subject="key",days="7"}'] == ending
    left = [value for name, value in found.items() if name.startswith("exchange_left_seconds")]
    assert min(left) <= timedelta(days=6).total_seconds()
    assert found['exchange_partner_keys_held{partner="SG-AB-SAC",list="CN.xml"}'] == 9


async def test_the_operator_may_read_the_figures_and_other_partners_may_not(house: Running) -> None:
    operator, partner = await house.caller(HUB), await house.caller("SG-AB-SAC")
    anyone = await house.caller(None, base=house.addresses.public)

    assert house.addresses.metrics is None
    answer = await operator.ask("GET", "/metrics")
    assert answer.status == 200
    assert "exchange_ledger_entries" in figures(answer.body.decode())
    assert (await partner.ask("GET", "/metrics")).code == "refused.not-entitled"
    assert (await anyone.ask("GET", "/metrics")).code == "refused.not-found"


async def test_nothing_else_is_served_beside_the_figures(world: World, tmp_path: Path) -> None:
    async with (
        running(world, tmp_path, metrics_port=0) as house,
        aiohttp.ClientSession() as session,
    ):
        base = house.addresses.metrics
        assert base is not None
        assert base.startswith("http://127.0.0.1:")
        async with session.get(f"{base}/v1/trust-lists") as answer:
            assert answer.status == 404
        async with session.post(f"{base}/metrics") as answer:
            assert answer.status == 405


async def test_a_port_that_is_taken_stops_the_start(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path / "a", metrics_port=free_port()) as first:
        port = first.hub.settings.metrics_port
        with pytest.raises(SettingsError) as caught:
            async with running(world, tmp_path / "b", metrics_port=port):
                pytest.fail("the hub serves")
    assert caught.value.code is SettingsCode.ADDRESS
