"""A hub asks authorities ahead of need, over real sockets, and judges by what they have said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from exchange.codes.revocation import RevocationCode
from exchange.core.examine import examine
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.revocation_facts import RevocationFact, RevocationStatus
from exchange.errors import PeerError
from exchange.peer.revocation import MAX_ANSWER, MAX_LIST, RevocationClient
from exchange.service.hub import Hub
from exchange.service.overlays import lay_over
from exchange.service.revocation import RevocationKeeper, asking_authorities
from exchange.settings import Settings
from tests.certified import certified_world, key_of
from tests.pki_certomancer import CRL, NOW, OCSP, ROOT_CRL, CertomancerPki, certomancer_pki
from tests.running import Caller, Running, running, settings_for
from tests.world import ISSUER, World

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A hub whose issuer has a key of an authority, and who asks for it."""

    pki: CertomancerPki
    world: World
    hub: Hub
    keeper: RevocationKeeper

    def fact(self) -> RevocationFact:
        """Return what is known of the issuer's key."""
        return self.hub.snapshot.revocation.by_certificate[key_of(self.world).fingerprint]

    async def later(self, by: timedelta) -> bool:
        """Move every clock, and take a turn."""
        self.world.clock.forward(by)
        self.pki.now += by
        return await self.keeper.turn()


@asynccontextmanager
async def beside(
    world: World, folder: Path, label: str, **changes: Any
) -> AsyncIterator[tuple[CertomancerPki, World, Settings]]:
    """Serve an infrastructure, and return what a hub is opened with."""
    keys = folder / "pki"
    keys.mkdir()
    async with certomancer_pki(keys) as pki:
        certified = certified_world(world, pki, label)
        certified.clock.now = NOW
        yield pki, certified, settings_for(certified, folder, revocation_private=True, **changes)


@asynccontextmanager
async def opened(pki: CertomancerPki, world: World, settings: Settings) -> AsyncIterator[Asking]:
    """Open a hub; nothing runs by itself."""
    async with (
        Hub.open(settings, clock=world.clock) as hub,
        asking_authorities(hub) as keeper,
    ):
        yield Asking(pki=pki, world=world, hub=hub, keeper=keeper)


@asynccontextmanager
async def asking(
    world: World, folder: Path, label: str = "good", **changes: Any
) -> AsyncIterator[Asking]:
    """Open a hub beside an infrastructure."""
    async with beside(world, folder, label, **changes) as made, opened(*made) as one:
        yield one


async def test_one_turn_asks_every_authority_of_the_path_and_lays_the_facts_over(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path) as one:
        before = one.hub.snapshot
        assert await one.keeper.turn()

        assert sorted(one.pki.asked) == sorted([CRL, OCSP, ROOT_CRL])
        known = one.hub.snapshot.revocation.by_certificate
        assert [fact.status for fact in known.values()] == [RevocationStatus.GOOD] * 2
        assert one.hub.snapshot.id != before.id
        assert one.hub.snapshot.bare().id == before.id


async def test_what_a_verdict_rested_on_is_kept(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path) as one:
        await one.keeper.turn()
        parts = await one.hub.store.snapshot(one.hub.snapshot.id)

        digest = one.fact().digest
        assert digest is not None
        assert digest.hex() in parts["revocation"].decode()
        kept = {sha256(row.data).digest() for row in await one.hub.store.revocation_data()}
        assert digest in kept


async def test_an_answer_is_asked_for_again_at_half_its_life_and_not_before(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path) as one:
        await one.keeper.turn()
        one.pki.asked.clear()

        await one.later(timedelta(minutes=29))
        assert one.pki.asked == []
        await one.later(timedelta(minutes=1))
        assert one.pki.asked == [OCSP]
        await one.later(timedelta(minutes=30))
        assert sorted(one.pki.asked[1:]) == sorted([CRL, OCSP, ROOT_CRL])


async def test_a_hub_that_starts_reads_what_was_fetched_before(
    world: World, tmp_path: Path
) -> None:
    async with beside(world, tmp_path, "good") as made:
        async with opened(*made) as first:
            await first.keeper.turn()
            known = first.hub.snapshot
        first.pki.asked.clear()
        async with opened(*made) as second:
            assert await second.keeper.turn()
            assert second.hub.snapshot.id == known.id
        assert second.pki.asked == []


async def test_facts_that_stay_the_same_change_nothing(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path) as one:
        assert await one.keeper.turn()
        before = one.hub.snapshot
        assert not await one.keeper.turn()
        assert one.hub.snapshot is before


async def test_a_hub_whose_lists_name_no_authority_asks_nobody(
    world: World, tmp_path: Path
) -> None:
    settings = settings_for(world, tmp_path)
    async with (
        Hub.open(settings, clock=world.clock) as hub,
        asking_authorities(hub) as keeper,
    ):
        assert not await keeper.turn()


@pytest.mark.parametrize(
    ("label", "code", "named"),
    [
        ("revoked", RevocationCode.REVOKED, "key certificate"),
        ("held", RevocationCode.ON_HOLD, "key certificate"),
        ("below-revoked", RevocationCode.REVOKED, "authority 1 of the path"),
    ],
)
async def test_a_revoked_key_is_refused_with_a_receipt_that_says_so(
    world: World, tmp_path: Path, label: str, code: RevocationCode, named: str
) -> None:
    async with certified_hub(world, tmp_path, label) as (house, _, caller):
        answer = await caller.submit(house.world.attestation())

        assert answer.status == 422
        assert answer.json["findings"][0]["code"] == code.value
        assert named in answer.json["findings"][0]["message"]


async def test_who_comes_before_the_authority_has_answered_is_told_to_come_back(
    world: World, tmp_path: Path
) -> None:
    down = {path: _status(503) for path in (OCSP, CRL)}
    async with certified_hub(world, tmp_path, "good", down) as (house, pki, caller):
        document = house.world.attestation()
        first = await caller.submit(document)
        assert first.status == 503
        assert first.json["code"] == RevocationCode.NOT_KNOWN.value
        assert int(first.headers["Retry-After"]) == 900

        pki.instead.clear()
        house.world.clock.forward(timedelta(minutes=2))
        async with asking_authorities(house.hub) as keeper:
            await keeper.turn()
        again = await caller.submit(document)
        assert again.status == 201


async def test_a_document_that_was_receipted_before_the_revocation_stays_good(
    world: World, tmp_path: Path
) -> None:
    async with certified_hub(world, tmp_path, "good") as (house, pki, caller):
        document = house.world.attestation()
        receipted_at = house.world.clock.now
        assert (await caller.submit(document)).status == 201

        house.world.clock.forward(HOUR)
        pki.now += HOUR
        pki.revoke("good", pki.now - timedelta(minutes=1))
        async with asking_authorities(house.hub) as keeper:
            assert await keeper.turn()

        # The same octets, and everything that is known now: only the proof time differs.
        examine(document, house.hub.snapshot, receipted_at)
        late = await caller.submit(house.world.attestation(number=1))
        assert late.json["findings"][0]["code"] == RevocationCode.REVOKED.value


def _status(status: int) -> Callable[[bytes], web.Response]:
    return lambda _: web.Response(status=status)


@asynccontextmanager
async def certified_hub(
    world: World,
    folder: Path,
    label: str,
    instead: dict[str, Callable[[bytes], web.Response]] | None = None,
) -> AsyncIterator[tuple[Running, CertomancerPki, Caller]]:
    """Run a hub on its sockets, its duties included, with a key of an authority on its lists."""
    async with beside(world, folder, label) as (pki, certified, _):
        pki.instead.update(instead or {})
        async with running(certified, folder, revocation_private=True) as house:
            async with asyncio.timeout(10):
                while not house.hub.snapshot.revocation:  # noqa: ASYNC110 - the duty begins
                    await asyncio.sleep(0.02)
            yield house, pki, await house.caller(ISSUER)


HOSTILE: dict[str, tuple[str, Callable[[CertomancerPki], Any], RevocationCode]] = {
    "an error": (CRL, lambda _: _status(500), RevocationCode.UNREACHABLE),
    "a redirection": (
        CRL,
        lambda _: lambda _: web.Response(status=302, headers={"Location": "http://127.0.0.1/"}),
        RevocationCode.UNREACHABLE,
    ),
    "a list that is too long": (
        CRL,
        lambda _: lambda _: b"\x30" * (MAX_LIST + 1),
        RevocationCode.TOO_LARGE,
    ),
    "a list that says nothing of its length": (
        CRL,
        lambda _: lambda _: _endless(MAX_LIST),
        RevocationCode.TOO_LARGE,
    ),
    "an answer that is too long": (
        OCSP,
        lambda _: lambda _: b"\x30" * (MAX_ANSWER + 1),
        RevocationCode.TOO_LARGE,
    ),
    "something else": (OCSP, lambda _: lambda _: b"<html>", RevocationCode.UNREADABLE),
    "the list of another authority": (
        CRL,
        lambda pki: lambda _: pki.crl("root"),
        RevocationCode.FOR_ANOTHER,
    ),
}


def _endless(octets: int) -> web.Response:
    response = web.Response(body=b"\x30" * (octets + 1))
    response.enable_chunked_encoding()
    return response


@pytest.mark.parametrize(("path", "make", "code"), HOSTILE.values(), ids=HOSTILE)
async def test_what_is_served_in_place_of_an_answer_is_a_problem_that_is_named(
    world: World,
    tmp_path: Path,
    path: str,
    make: Callable[[CertomancerPki], Any],
    code: RevocationCode,
) -> None:
    async with asking(world, tmp_path) as one:
        one.pki.instead = {CRL: _status(500), OCSP: _status(500), path: make(one.pki)}
        await one.keeper.turn()

        fact = one.fact()
        problems = {failure.finding.code for failure in one.keeper._failures.values()}
    assert fact.status is RevocationStatus.UNKNOWN
    assert code in problems


async def test_an_old_answer_sent_again_is_refused_and_the_newer_one_stays(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path) as one:
        await one.keeper.turn()
        had = one.fact()
        # The number has to be ours, so the answer is made again as of an hour ago.
        one.pki.instead[OCSP] = lambda body: one.pki.ocsp("issuing", body, one.pki.now - 2 * HOUR)
        await one.later(HOUR / 2)

        assert one.fact().this_update == had.this_update
        assert one.fact().problem is not None
        assert one.fact().problem.code is RevocationCode.ROLLBACK  # type: ignore[union-attr]


async def test_a_recorded_answer_is_refused_by_its_number(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path) as one:
        recorded: list[bytes] = []

        def replay(body: bytes) -> bytes:
            recorded.append(one.pki.ocsp("issuing", body))
            return recorded[0]

        one.pki.instead[OCSP] = replay
        await one.keeper.turn()
        await one.later(HOUR / 2)

        assert len(recorded) == 2
        assert [f.finding.code for f in one.keeper._failures.values()] == [RevocationCode.NONCE]


async def test_a_silent_authority_is_asked_at_growing_distances(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path) as one:
        one.pki.instead = {path: _status(500) for path in (OCSP, CRL, ROOT_CRL)}
        asked = []
        for _ in range(60):
            one.pki.asked.clear()
            await one.later(timedelta(minutes=1))
            asked.append(OCSP in one.pki.asked)
        assert 4 <= sum(asked) <= 8
        assert asked[0]


async def test_an_authority_that_keeps_the_hub_waiting_is_left(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path, revocation_wait_seconds=0.2) as one:
        one.pki.instead[CRL] = lambda _: _slow()
        await one.keeper.turn()

        # OCSP has answered, so nothing is missing.
        assert one.fact().status is RevocationStatus.GOOD
        (failure,) = one.keeper._failures.values()
        assert "no answer within 0.2 s" in failure.finding.message


def _slow() -> web.StreamResponse:
    class Slow(web.StreamResponse):
        async def prepare(self, request: web.BaseRequest) -> Any:
            await asyncio.sleep(1)
            return await super().prepare(request)

    return Slow()


async def test_a_stale_list_is_named_and_documents_wait(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path, "by-list") as one:
        old = one.pki.crl("issuing", NOW - timedelta(days=3))
        one.pki.instead[CRL] = lambda _: old
        await one.keeper.turn()

        fact = one.fact()
        assert fact.problem is not None
        assert fact.problem.code is RevocationCode.STALE


async def test_a_key_that_nobody_can_be_asked_about_says_so(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path, "unlisted") as one:
        await one.keeper.turn()

        fact = one.fact()
        assert fact.problem is not None
        assert fact.problem.code is RevocationCode.NO_SOURCE


async def test_a_revocation_is_kept_whatever_the_authority_says_later(
    world: World, tmp_path: Path
) -> None:
    async with beside(world, tmp_path, "revoked") as made:
        async with opened(*made) as first:
            await first.keeper.turn()
            since = first.fact().revoked_at
            first.pki.revoke("revoked", None)
            await first.later(HOUR)
            assert (first.fact().status, first.fact().revoked_at) == (
                RevocationStatus.REVOKED,
                since,
            )
        # And by a process that has never seen the first answer.
        async with opened(*made) as second:
            await second.later(HOUR)
            assert second.fact().status is RevocationStatus.REVOKED


async def test_a_revocation_counts_even_from_an_answer_that_is_older_than_the_one_kept(
    world: World, tmp_path: Path
) -> None:
    """One of several responders knows it already, and its clock is behind."""
    async with asking(world, tmp_path) as one:
        await one.keeper.turn()
        one.pki.revoke("good", NOW - HOUR)
        one.pki.instead[OCSP] = lambda body: one.pki.ocsp("issuing", body, NOW - HOUR / 2)
        await one.later(HOUR / 2)

        assert one.fact().status is RevocationStatus.REVOKED
        assert one.fact().revoked_at == NOW - HOUR


async def test_facts_that_are_only_newer_are_laid_over_now_and_then(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path, revocation_seconds=360.0) as one:
        assert await one.keeper.turn()
        changed = [await one.later(timedelta(minutes=6)) for _ in range(4)]
        assert one.pki.asked.count(OCSP) == 5
        assert changed == [False, True, False, True]


async def test_a_hold_that_is_lifted_is_over(world: World, tmp_path: Path) -> None:
    async with asking(world, tmp_path, "held") as one:
        await one.keeper.turn()
        assert one.fact().status is RevocationStatus.REVOKED
        one.pki.revoke("held", None)
        await one.later(timedelta(days=1))
        assert one.fact().status is RevocationStatus.GOOD


async def test_a_suspension_that_comes_while_facts_are_kept_is_not_lost(
    world: World, tmp_path: Path
) -> None:
    async with asking(world, tmp_path) as one:
        key = key_of(one.world).fingerprint
        stop = Interruption(what=Stopped.SUSPENDED, since=NOW)
        await asyncio.gather(
            one.keeper.turn(),
            *(
                lay_over(
                    one.hub,
                    lambda snapshot: snapshot.with_interruptions(
                        Interruptions.of(keys={key: stop})
                    ),
                )
                for _ in range(3)
            ),
        )
        assert one.hub.snapshot.interruptions.keys == {key: stop}
        assert one.hub.snapshot.revocation


ADDRESSES = [
    "http://127.0.0.1:9/",
    "http://[::1]:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "http://10.1.2.3/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.1.1/",
    "http://0.0.0.0:9/",
    "http://224.0.0.1/",
    "http://localhost:9/",
]


@pytest.mark.parametrize("url", ADDRESSES)
async def test_nobody_inside_is_called_for_a_stranger(url: str) -> None:
    async with RevocationClient.open(seconds=2) as client:
        with pytest.raises(PeerError) as caught:
            await client.revocation_list(url)
    assert caught.value.code is RevocationCode.ADDRESS


@pytest.mark.parametrize("url", ["http://2130706433:9/", "http://127.1:9/", "http://0x7f.1:9/"])
async def test_an_address_written_strangely_is_not_called_either(url: str) -> None:
    async with RevocationClient.open(seconds=2) as client:
        with pytest.raises(PeerError):
            await client.answer(url, b"")


async def test_the_duties_of_a_hub_ask_by_themselves(world: World, tmp_path: Path) -> None:
    async with certified_hub(world, tmp_path, "good") as (house, pki, caller):
        assert OCSP in pki.asked
        assert (await caller.submit(house.world.attestation())).status == 201
