"""A notice is pushed to a partner that is away: tried, late, told above, given up, and answered.

The partner that comes back is a hub of its own: it takes a notice of another hub as it takes a
certificate, and hands it to its own office.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from exchange.core.document.notice import DeliveryCause, KeyCause, Notice, Standing
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import Kind
from exchange.service.escalation import escalate
from exchange.service.hub import Hub
from exchange.service.publication import publish
from tests.administered import CB, key_of
from tests.journeys.notified import (
    KZ,
    NCA,
    SG,
    brought,
    eventually,
    notifying,
    office,
    taken,
    tracked,
    with_endpoint,
)
from tests.mail_server import MailBox
from tests.mail_server import mail_server as post_office
from tests.running import free_port
from tests.service.notices import read_notice
from tests.service.test_expiry import mailing
from tests.world import HUB

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return where the hub keeps everything, on each engine in turn."""
    found: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return found


async def test_a_partner_that_was_away_is_late_told_above_and_answers_in_the_end(
    tmp_path: Path, store_url: str
) -> None:
    port, box = free_port(), MailBox()
    administered = with_endpoint(port)
    world = administered.world
    with post_office(box) as post:
        async with notifying(
            administered, tmp_path, store_url=store_url, **mailing(post.port)
        ) as one:
            hub = one.hub
            async with office(world, tmp_path, port):
                await brought(one, world.attestation(number=1), f'"{KZ}", "{SG}"')
                digest = world.signed(world.attestation(number=1)).content_digest

                async def first() -> bool:
                    found = await hub.store.deliveries(digest)
                    return any(each.state is Delivery.ACKNOWLEDGED for each in found)

                assert await eventually(first, bool)
            # The partner is gone, and the key is suspended.
            await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
            (late,) = await eventually(
                lambda: tracked(hub, KZ), lambda found: bool(found and found[0].last_code)
            )
            assert (late.mode, late.last_code) == (Mode.PUSH, "peer.unreachable")
            assert late.cause is not None

            world.clock.forward(25 * HOUR)
            await escalate(hub)
            (mail,) = [each for each in box.messages if "acknowledged" in each["subject"]]
            assert KZ in mail["subject"]
            operator = await one.caller(HUB)
            board = await operator.ask("GET", "/v1/notices", params={"late": "true"})
            assert [(n["addressee"], n["state"]) for n in board.json["notices"]] == [
                (KZ, "late"),
                (SG, "late"),
            ]

            # After three days the hub gives up; that is no reason to keep silent about it.
            world.clock.forward(48 * HOUR)
            (dead,) = await eventually(
                lambda: tracked(hub, KZ), lambda found: found[0].state is Delivery.ABANDONED
            )
            await publish(hub)
            await escalate(hub)
            await escalate(hub)
            assert await _above(hub) == [DeliveryCause(KZ, dead.content_digest)]
            assert await hub.store.count_late(at=hub.clock() - 24 * HOUR) == 2

            # It is back; the operator sends the letter again.
            async with office(world, tmp_path, port) as partner:
                sent = await operator.ask("POST", f"/v1/dead-letters/{dead.delivery_id}/resend")
                assert sent.status == 200, sent.body
                await eventually(
                    lambda: tracked(hub, KZ),
                    lambda found: found[0].state is Delivery.ACKNOWLEDGED,
                )
                own = await partner.caller(KZ)
                got = [each for each in await taken(partner.hub, own) if isinstance(each, Notice)]
                assert [(each.cause, each.part) for each in got] == [
                    (KeyCause(key_of(hub, CB).fingerprint, CB), 1)
                ]
                assert len(got[0].certificates) == 1
            # Nobody was told twice, and only the one that pulls is late now.
            await escalate(hub)
            assert len(await tracked(hub, KZ)) == 1
            board = await operator.ask("GET", "/v1/notices", params={"late": "true"})
            assert KZ not in {each["addressee"] for each in board.json["notices"]}


async def _above(hub: Hub) -> list[DeliveryCause]:
    """Return what the authority was told about those who are late."""
    found = []
    for one in await tracked(hub, NCA):
        statement = await hub.store.statement(one.content_digest)
        assert statement is not None
        told = read_notice(hub, statement.data or b"")
        assert told.standing is Standing.LATE
        assert isinstance(told.cause, DeliveryCause)
        found.append(told.cause)
    return found


async def test_a_notice_of_a_hub_is_taken_from_that_hub_alone(tmp_path: Path) -> None:
    port = free_port()
    administered = with_endpoint(port)
    async with notifying(administered, tmp_path) as one:
        hub, world = one.hub, administered.world
        await brought(one, world.attestation(number=1), f'"{SG}"')
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        (told,) = await eventually(lambda: tracked(hub, SG), bool)
        kept = await hub.store.statement(told.content_digest)
        assert kept is not None
        notice = kept.data or b""

        # Whoever received it cannot have it go round, at home or abroad.
        sg = await one.caller(SG)
        refused = [await sg.submit(notice, f'"{NCA}"')]
        async with office(world, tmp_path, port) as partner:
            for body in (SG, KZ):
                stranger = await partner.caller(body)
                refused.append(await stranger.submit(notice, f'"{KZ}"'))
            assert await partner.hub.store.tree_size() == 0
            own = await partner.caller(HUB)
            answer = await own.submit(notice, f'"{KZ}"')
            assert answer.status == 201, answer.body

        assert [(each.status, each.code) for each in refused] == [(400, "refused.body")] * 3
        assert [each.addressee for each in await hub.store.tracked()] == [SG]
        assert all(each.kind is Kind.NOTICE for each in await hub.store.tracked())
