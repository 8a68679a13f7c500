"""A partner hub fetches its lists from another hub: whole or not at all, and says what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.outside import ListFetchCode
from exchange.codes.service import PeerCode
from exchange.codes.trust import TrustCode
from exchange.core.freshness import Colour, worst
from exchange.errors import ExchangeError
from exchange.service import duties
from exchange.service.build_lists import build_lists
from exchange.service.described import Description
from exchange.service.fetch_lists import fetch_lists, keep_fetching
from exchange.service.freshness import freshness
from exchange.service.list_folder import finish_lists, replace_lists
from tests.running import Running, free_port, running, write_lists
from tests.world import HUB, ISSUER, World

PARTNER: Final = "SG-AB-SAC"
OTHER: Final = "KZ-AB-NCA"
"""A body with a transport key that operates no hub."""
_NEVER: Final = 3600.0


@asynccontextmanager
async def two_hubs(world: World, folder: Path) -> AsyncIterator[tuple[Running, Running]]:
    """Run the hub that serves lists and a partner's that fetches them when it is told to."""
    async with (
        running(world, folder / "hub", trust_reload_seconds=_NEVER) as hub,
        running(
            world,
            folder / "partner",
            hub=PARTNER,
            trust_url=hub.addresses.partners,
            trust_fetch_seconds=_NEVER,
            trust_reload_seconds=_NEVER,
        ) as partner,
    ):
        # The duty takes its first turn at once; the tests take theirs after it.
        await until(lambda: bool(partner.hub.watch.fetches))
        yield hub, partner


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(15):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


async def newer(world: World, description: Description, **changes: bytes) -> Mapping[str, bytes]:
    """Return the lists of a description as they follow those of the world."""
    built = await build_lists(
        description,
        world.vault,
        at=world.clock.now,
        release=world.release,
        before={**world.files, **changes},
    )
    return built.files


async def serve(world: World, hub: Running, files: Mapping[str, bytes]) -> None:
    """Put other lists in force on the hub that serves them."""
    write_lists(replace(world, files=files), hub.folder)
    for name in set(world.files) - set(files):
        (hub.folder / "trust" / name).unlink()
    await _reloaded(hub)


async def _reloaded(hub: Running) -> None:
    # The duty sleeps for an hour in these tests; its turn is taken by hand.
    await duties._renew_trust(hub.hub)


def held(one: Running) -> Mapping[str, bytes]:
    folder = one.hub.settings.trust_dir
    return {path.name: path.read_bytes() for path in folder.glob("*.xml")}


async def test_lists_that_are_held_already_are_not_sent_again_and_the_board_knows(
    world: World, tmp_path: Path
) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        assert worst(await freshness(hub.hub)) is Colour.RED

        assert await fetch_lists(partner.hub) is False

        rows = [row for row in await freshness(hub.hub) if row.partner == PARTNER]
        assert {row.name for row in rows} == set(world.files)
        assert {row.colour for row in rows} == {Colour.GREEN}
        assert {row.keys for row in rows} == {len(world.snapshot.trust.by_fingerprint)}
        assert all(row.sequence == row.current for row in rows)
        world.clock.forward(timedelta(hours=1))
        rows = [row for row in await freshness(hub.hub) if row.partner == PARTNER]
        assert worst(rows) is Colour.AMBER


async def test_newer_lists_are_taken_over_put_in_force_and_told(
    world: World, tmp_path: Path
) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        world.clock.forward(timedelta(minutes=1))
        files = await newer(
            world, world.with_body(ISSUER, endpoint="https://new.example").description
        )
        await serve(world, hub, files)

        assert await fetch_lists(partner.hub) is True

        body = partner.hub.trust.body(ISSUER)
        assert body is not None
        assert body.endpoint == "https://new.example"
        assert held(partner) == files
        assert partner.hub.snapshot.id != world.snapshot.id
        rows = {row.name: row for row in await freshness(hub.hub) if row.partner == PARTNER}
        assert rows["CN.xml"].sequence == rows["CN.xml"].current == 2
        assert worst(rows.values()) is Colour.GREEN
        assert await fetch_lists(partner.hub) is False


async def test_a_turn_of_the_duty_is_counted(world: World, tmp_path: Path) -> None:
    async with two_hubs(world, tmp_path) as (_, partner):
        await keep_fetching(partner.hub)

        assert partner.hub.watch.fetches["unchanged"] >= 1
        assert partner.hub.watch.fetched_at == world.clock.now
    with pytest.raises(ExchangeError):
        await keep_fetching(partner.hub)
    assert partner.hub.watch.fetches[PeerCode.UNREACHABLE.value] == 1


async def refused(partner: Running, code: Code) -> None:
    """Check that a turn fails, and that everything stays as it was."""
    before, files = partner.hub.snapshot.id, held(partner)
    with pytest.raises(ExchangeError) as caught:
        await fetch_lists(partner.hub)
    assert caught.value.code is code
    assert partner.hub.snapshot.id == before
    assert held(partner) == files
    assert sorted(path.name for path in partner.hub.settings.trust_dir.glob(".*")) == []


async def test_an_older_list_is_refused(world: World, tmp_path: Path) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        world.clock.forward(timedelta(minutes=1))
        description = world.with_body(ISSUER, endpoint="https://new.example").description
        await serve(world, hub, await newer(world, description))
        await fetch_lists(partner.hub)

        # The other hub begins anew with what it once had, as after a restored back-up.
        async with running(world, tmp_path / "restored", trust_reload_seconds=_NEVER) as restored:
            url = restored.addresses.partners
            partner.hub.settings = replace(partner.hub.settings, trust_url=url)
            await refused(partner, TrustCode.LIST_ROLLBACK)


async def test_a_list_that_is_left_out_is_noticed(world: World, tmp_path: Path) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        await serve(world, hub, {n: d for n, d in world.files.items() if n != "CN.xml"})

        await refused(partner, ListFetchCode.INDEX)


async def test_a_list_past_its_next_update_is_not_taken_over(world: World, tmp_path: Path) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        world.clock.forward(timedelta(minutes=1))
        description = world.with_body(ISSUER, endpoint="https://new.example").description
        await serve(world, hub, await newer(world, description))
        world.clock.now = max(one.next_update for one in hub.hub.trust.lists)

        await refused(partner, TrustCode.LIST_EXPIRED)


async def test_a_hub_that_shows_no_listed_operator_key_is_not_believed(
    world: World, tmp_path: Path
) -> None:
    async with (
        running(world, tmp_path / "other", hub=OTHER) as other,
        running(
            world,
            tmp_path / "partner",
            hub=PARTNER,
            trust_url=other.addresses.partners,
            trust_fetch_seconds=_NEVER,
        ) as partner,
    ):
        await refused(partner, PeerCode.TLS)


async def test_a_hub_that_is_away_changes_nothing(world: World, tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{free_port()}"
    async with running(
        world, tmp_path, hub=PARTNER, trust_url=url, trust_fetch_seconds=_NEVER
    ) as partner:
        await refused(partner, PeerCode.UNREACHABLE)


async def test_a_folder_that_cannot_be_written_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    async with two_hubs(world, tmp_path) as (hub, partner):
        world.clock.forward(timedelta(minutes=1))
        description = world.with_body(ISSUER, endpoint="https://new.example").description
        await serve(world, hub, await newer(world, description))
        blocked = partner.hub.settings.trust_dir / ".incoming"
        blocked.write_text("in the way")

        before = partner.hub.snapshot.id
        with pytest.raises(ExchangeError) as caught:
            await fetch_lists(partner.hub)

        assert caught.value.code is ListFetchCode.UNWRITABLE
        assert partner.hub.snapshot.id == before
        assert held(partner) == world.files
        blocked.unlink()
        assert await fetch_lists(partner.hub) is True


async def test_the_duty_fetches_by_itself(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path / "hub", trust_reload_seconds=_NEVER) as hub:
        world.clock.forward(timedelta(minutes=1))
        description = world.with_body(ISSUER, endpoint="https://new.example").description
        await serve(world, hub, await newer(world, description))
        async with running(
            world,
            tmp_path / "partner",
            hub=PARTNER,
            trust_url=hub.addresses.partners,
            trust_fetch_seconds=0.05,
        ) as partner:
            await until(lambda: partner.hub.trust.digest == hub.hub.trust.digest)
            rows = [row for row in await freshness(hub.hub) if row.partner == PARTNER]
            assert HUB not in {row.partner for row in await freshness(hub.hub)}
            assert rows


class TestFolder:
    """A folder of lists changes as a whole, wherever the writer was ended."""

    OLD: Final = {"CN.xml": b"old", "SG.xml": b"old", "gone.xml": b"old"}
    NEW: Final = {"CN.xml": b"new", "SG.xml": b"new"}

    def _files(self, folder: Path) -> Mapping[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.glob("*.xml")}

    def _begun(self, folder: Path) -> None:
        replace_lists(folder, self.OLD)
        assert self._files(folder) == self.OLD

    def test_the_new_lists_take_the_place_of_all_the_old(self, tmp_path: Path) -> None:
        self._begun(tmp_path)
        replace_lists(tmp_path, self.NEW)

        assert self._files(tmp_path) == self.NEW
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "CN.sha2",
            "CN.xml",
            "SG.sha2",
            "SG.xml",
        ]

    def test_what_was_written_and_not_accepted_counts_for_nothing(self, tmp_path: Path) -> None:
        self._begun(tmp_path)
        incoming = tmp_path / ".incoming"
        incoming.mkdir()
        (incoming / "CN.xml").write_bytes(b"half")

        finish_lists(tmp_path)
        assert self._files(tmp_path) == self.OLD
        replace_lists(tmp_path, self.NEW)
        assert self._files(tmp_path) == self.NEW

    @pytest.mark.parametrize("moved", [0, 1, 2])
    def test_what_was_accepted_is_finished_by_whoever_reads_next(
        self, tmp_path: Path, moved: int
    ) -> None:
        self._begun(tmp_path)
        accepted = tmp_path / ".accepted"
        accepted.mkdir()
        for name, data in self.NEW.items():
            (accepted / name).write_bytes(data)
        (accepted / "contents").write_text("\n".join(sorted(self.NEW)))
        for name in sorted(self.NEW)[:moved]:
            (accepted / name).replace(tmp_path / name)

        finish_lists(tmp_path)

        assert self._files(tmp_path) == self.NEW
        assert not accepted.exists()
