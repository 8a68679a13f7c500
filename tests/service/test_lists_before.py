"""A hub that starts again knows which lists it had: older ones are noticed and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import structlog

from exchange.codes.trust import TrustCode
from exchange.core.model import Economy, Fingerprint
from exchange.service.build_lists import build_lists
from exchange.service.hub import Hub
from exchange.service.lists_before import lists_before
from exchange.settings import Settings
from tests.running import settings_for, write_lists
from tests.world import ISSUER, World


async def opened_with_newer_lists(world: World, folder: Path) -> Settings:
    """Open and close a hub that has the second edition of a list."""
    settings = settings_for(world, folder)
    world.clock.forward(timedelta(minutes=1))
    built = await build_lists(
        world.with_body(ISSUER, endpoint="https://new.example").description,
        world.vault,
        at=world.clock.now,
        release=world.release,
        before=world.files,
    )
    write_lists(replace(world, files=built.files), folder)
    async with Hub.open(settings, clock=world.clock) as hub:
        assert edition(hub) == 2
    return settings


def edition(hub: Hub) -> int:
    (one,) = [one for one in hub.trust.lists if one.territory == Economy("CN")]
    return one.sequence


async def test_older_lists_in_the_folder_are_refused_at_the_next_start(
    world: World, tmp_path: Path
) -> None:
    settings = await opened_with_newer_lists(world, tmp_path)
    # Somebody has put the folder back, as it was a day ago.
    write_lists(world, tmp_path)

    with structlog.testing.capture_logs() as logs:
        async with Hub.open(settings, clock=world.clock) as hub:
            assert edition(hub) == 2
            body = hub.trust.body(ISSUER)
            assert body is not None
            assert body.endpoint == "https://new.example"

    refused = [one for one in logs if one["event"] == "lists-refused"]
    assert [one["code"] for one in refused] == [TrustCode.LIST_ROLLBACK.value]


async def test_what_was_in_force_is_read_again_only_when_something_else_is_at_hand(
    world: World, tmp_path: Path
) -> None:
    settings = await opened_with_newer_lists(world, tmp_path)
    async with Hub.open(settings, clock=world.clock) as hub:
        mine = hub.examiner.materials

        assert await lists_before(hub.store, mine) == ()
        before = await lists_before(hub.store, replace(mine, lists=()))
        assert {one.data for one in before} == set(mine.lists)


async def test_who_pins_another_root_begins_anew(world: World, tmp_path: Path) -> None:
    settings = await opened_with_newer_lists(world, tmp_path)
    async with Hub.open(settings, clock=world.clock) as hub:
        other = frozenset({Fingerprint(sha256(b"another root").digest())})

        assert (
            await lists_before(hub.store, replace(hub.examiner.materials, lists=(), pins=other))
            == ()
        )
