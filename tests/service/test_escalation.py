"""Who does not acknowledge a change is asked about: here after a day, above after three."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import structlog

from exchange.codes.notices import NoticeCode
from exchange.core.document.notice import DeliveryCause, Duration, Standing
from exchange.core.model import BodyId
from exchange.core.notices import Reached
from exchange.service.escalation import authorities, escalate
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.metrics import page
from exchange.service.notify import notice_changes, tell_recipients
from exchange.service.publication import publish
from exchange.service.track import track
from tests.administered import CB, CNAS, Administered, key_of, make_administered
from tests.mail_server import MailBox
from tests.mail_server import mail_server as post_office
from tests.service.notices import read_notice, submit_to
from tests.service.test_expiry import mailing, text_of

KZ = BodyId("KZ-CB-0401")
NCA = BodyId("KZ-AB-NCA")
HOUR = timedelta(hours=1)


async def suspended(administered: Administered, hub: Hub) -> None:
    """Let a partner have a certificate whose key is then suspended."""
    await administered.admit(hub, CNAS, CB, NCA, KZ)
    await publish(hub)
    await submit_to(hub, administered.world.attestation(number=1), 1, (KZ,))
    await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
    await notice_changes(hub)
    assert await tell_recipients(hub) == 1


def caller(hub: Hub, body: BodyId) -> Caller:
    entry = hub.trust.bodies[body]
    return Caller(body=entry, key=entry.keys[0].fingerprint)


async def test_a_late_notice_is_said_once_after_a_day(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await suspended(administered, hub)
        administered.world.clock.forward(24 * HOUR - timedelta(seconds=1))
        assert await escalate(hub) == 0
        administered.world.clock.forward(timedelta(seconds=1))
        with structlog.testing.capture_logs() as logs:
            assert await escalate(hub) == 1
            assert await escalate(hub) == 1

        late = [one for one in logs if one["event"] == "acknowledgement-late"]
        assert [(one["recipient"], one["code"]) for one in late] == [(KZ, NoticeCode.STC_08.value)]
        assert "exchange_notices_late 1" in (await page(hub)).splitlines()
        # Its first delivery, the certificate itself, is no notice.
        (tracked,) = await hub.store.tracked()
        assert tracked.reached(hub.clock()) is Reached.LATE


async def test_the_authority_of_the_recipient_is_told_once_after_three_days(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await suspended(administered, hub)
        assert authorities(hub, KZ) == (NCA,)
        administered.world.clock.forward(72 * HOUR - timedelta(seconds=1))
        await escalate(hub)
        assert len(await hub.store.tracked()) == 1
        administered.world.clock.forward(timedelta(seconds=1))
        await publish(hub)

        await escalate(hub)
        await escalate(hub)

        late, about_late = await hub.store.tracked()
        assert about_late.addressee == NCA
        statement = await hub.store.statement(about_late.content_digest)
        assert statement is not None
        told = read_notice(hub, statement.data or b"")
        assert told.cause == DeliveryCause(KZ, late.content_digest)
        assert (told.standing, told.duration) == (Standing.LATE, Duration.TEMPORARY)
        assert told.certificates == ()
        # Nobody is told that the authority does not answer either, except here.
        administered.world.clock.forward(100 * HOUR)
        await publish(hub)
        await escalate(hub)
        assert len(await hub.store.tracked()) == 2
        assert await hub.store.warned(f"late/{about_late.delivery_id}", 24)


async def test_the_operator_is_mailed_once_and_again_when_nobody_took_the_mail(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    box = MailBox(answer="451 later")
    with post_office(box) as post:
        async with administered.open(tmp_path, **mailing(post.port)) as hub:
            await suspended(administered, hub)
            administered.world.clock.forward(25 * HOUR)
            await escalate(hub)
            assert box.messages == []
            box.answer = "250 taken"
            await escalate(hub)
            await escalate(hub)

        (mail,) = box.messages
        assert str(KZ) in mail["subject"]
        assert str(CB) in text_of(mail)


async def test_the_operator_sees_all_and_a_body_what_is_about_its_own(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await suspended(administered, hub)
        seen = {
            body: len(await track(hub, caller(hub, body), late=False, after=-1, most=10))
            for body in (hub.id, CB, KZ)
        }
        (tracked,) = await hub.store.tracked()

        assert seen == {hub.id: 1, CB: 1, KZ: 0}
        assert await track(hub, caller(hub, CB), late=True, after=-1, most=10) == ()
        assert await hub.store.tracked(after=tracked.position) == ()
