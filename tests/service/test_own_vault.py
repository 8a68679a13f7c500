"""The vault of a running hub: looked at by the hour, and read again for a key that is new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.codes.vault import VaultCode
from exchange.core.model import KeyRole
from exchange.errors import VaultError
from exchange.service.hub import Hub
from exchange.service.own_vault import look_at_vault, take_over_new_keys
from exchange.service.publication import keep_own_keys, publish
from exchange.vault.vault import key_name
from tests.administered import Administered, make_administered
from tests.running import keep_key
from tests.world import HUB

ROTATED = key_name(HUB, KeyRole.RECEIPT, "2027")


@pytest.fixture
def administered() -> Administered:
    return make_administered()


@pytest.fixture
async def hub(administered: Administered, tmp_path: Path) -> AsyncIterator[Hub]:
    async with administered.open(tmp_path) as hub:
        yield hub


async def test_key_that_the_lists_name_is_taken_over_without_a_restart(
    administered: Administered, hub: Hub, tmp_path: Path
) -> None:
    change = administered.bring(hub, HUB, KeyRole.RECEIPT, "2027")
    keep_key(administered.world, tmp_path / "vault", ROTATED)
    assert ROTATED not in hub.vault.names()

    await administered.change(hub, change)
    await publish(hub)
    await keep_own_keys(hub)

    assert (await hub.own_key(KeyRole.RECEIPT)).name == ROTATED


async def test_key_that_is_kept_elsewhere_is_looked_for_once(
    administered: Administered, hub: Hub, tmp_path: Path
) -> None:
    change = administered.bring(hub, HUB, KeyRole.RECEIPT, "2027")
    await administered.change(hub, change)
    await publish(hub)
    await take_over_new_keys(hub)
    missed = hub.keys_missed

    # Whatever others leave in the folder now, nobody reads it until the hour is over.
    spoil(tmp_path)
    await take_over_new_keys(hub)

    assert len(missed) == 1
    assert hub.keys_missed == missed


async def test_keys_that_others_can_read_are_told_by_the_hour(hub: Hub, tmp_path: Path) -> None:
    before = hub.vault.names()
    spoil(tmp_path)

    with pytest.raises(VaultError) as caught:
        await look_at_vault(hub)

    assert caught.value.code is VaultCode.PERMISSIONS
    assert hub.vault.names() == before


def spoil(folder: Path) -> None:
    """Let a back-up leave a key behind that others can read."""
    (folder / "vault" / f"{key_name(HUB, KeyRole.RECEIPT)}.pem").chmod(0o644)
