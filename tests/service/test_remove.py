"""Removal by order through the hub: the notice, the search, who hears of it, who may ask."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.codes.notices import NoticeCode
from exchange.codes.service import RefusedCode
from exchange.core.document.notice import Duration, RemovalCause, Standing
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.errors import RefusedError
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.remove import remove
from tests.running import settings_for
from tests.service.notices import leased, notices_for, read_notice, send, submit_to
from tests.world import ISSUER, make_world

ORDER = "Beijing Fourth Court, (2026) 123, 2026-11-20"
KZ = "KZ-CB-0401"


def calling(hub: Hub, body: str) -> Caller:
    entry = hub.trust.bodies[BodyId(body)]
    return Caller(body=entry, key=entry.keys[0].fingerprint)


async def test_octets_go_and_a_signed_notice_stays(tmp_path: Path) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        data = world.attestation()
        committed = (await submit_to(hub, data, 1, [KZ])).committed
        await submit_to(hub, world.attestation(number=2), 2)
        digest = ContentDigest(committed.content_digest or b"")

        removal = await remove(hub, calling(hub, hub.id), digest, ORDER)

        notice = read_notice(hub, removal.notice)
        assert notice.cause == RemovalCause(ORDER, digest)
        assert (notice.standing, notice.duration) == (Standing.REMOVED, Duration.FINAL)
        assert notice.certificates == ()
        # Whoever received it and whoever issued it are told; what was waiting is not handed over.
        assert [one.kind for one in await leased(hub, KZ)] == [Kind.NOTICE]
        assert await notices_for(hub, ISSUER) == (notice,)
        # The same again is the same notice, whatever order is named.
        assert await remove(hub, calling(hub, hub.id), digest, "another") == removal
        # The same document again is refused, with a receipt.
        again = await send(hub, data, 3)
        assert again.is_refused
        assert NoticeCode.REMOVED.value.encode() in again.committed.receipt


async def test_no_word_of_the_holder_is_left_in_the_file_on_sqlite(tmp_path: Path) -> None:
    world = make_world()
    word = "zyxwvutsrq"
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        data = world.attestation("ru-qms-machinery", changes={"</c:Name>": f" {word}</c:Name>"})
        committed = (await submit_to(hub, data, 1)).committed
        for number in range(2, 8):
            await submit_to(hub, world.attestation(number=number), number)
        files = [path for path in (tmp_path / "data").iterdir() if "sqlite" in path.name]

        assert any([word.encode() in await asyncio.to_thread(path.read_bytes) for path in files])
        await remove(
            hub, calling(hub, hub.id), ContentDigest(committed.content_digest or b""), ORDER
        )

        for path in files:
            octets = await asyncio.to_thread(path.read_bytes)
            assert word.encode() not in octets, path.name


@pytest.mark.parametrize(
    ("caller", "order", "code"),
    [
        (ISSUER, ORDER, RefusedCode.NOT_ENTITLED),
        (None, "  ", RefusedCode.BODY),
        (None, "x" * 301, RefusedCode.BODY),
        (None, "<script>", RefusedCode.BODY),
        (None, "court \u202e 321", RefusedCode.BODY),
    ],
)
async def test_removal_that_is_not_in_order_is_refused(
    tmp_path: Path, caller: str | None, order: str, code: RefusedCode
) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        committed = (await submit_to(hub, world.attestation(), 1)).committed
        digest = ContentDigest(committed.content_digest or b"")

        with pytest.raises(RefusedError) as caught:
            await remove(hub, calling(hub, caller or hub.id), digest, order)

        assert caught.value.code is code
        statement = await hub.store.statement(digest)
        assert statement is not None
        assert statement.data is not None


async def test_what_is_not_there_or_is_no_certificate_is_not_removed(tmp_path: Path) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        committed = (await submit_to(hub, world.attestation(), 1)).committed
        operator = calling(hub, hub.id)
        removal = await remove(hub, operator, ContentDigest(committed.content_digest or b""), ORDER)

        for digest, code in (
            (ContentDigest(bytes(32)), RefusedCode.NOT_FOUND),
            (removal.notice_digest, RefusedCode.BODY),
        ):
            with pytest.raises(RefusedError) as caught:
                await remove(hub, operator, digest, ORDER)
            assert caught.value.code is code
