"""A suspension that nobody answers reaches people who look at no board: by mail, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from exchange.codes.outside import MailCode
from exchange.core.trust_values import KeyStatus
from exchange.service import duties
from exchange.service.alarms import mail_alarms
from tests.administered import CB, CNAS, key_of, make_administered, with_status
from tests.mail_server import MailBox
from tests.mail_server import mail_server as post_office
from tests.service.test_expiry import mailing, text_of

DAY = timedelta(hours=24)


async def test_a_suspension_that_nobody_answers_is_mailed_once(tmp_path: Path) -> None:
    administered = make_administered()
    box = MailBox(answer="451 later")
    with post_office(box) as post:
        async with administered.open(tmp_path, **mailing(post.port)) as hub:
            await administered.admit(hub, CNAS, CB)
            key = key_of(hub, CB).fingerprint
            await administered.suspend(hub, administered.li, CB, key)
            administered.world.clock.forward(DAY - timedelta(seconds=1))
            assert await mail_alarms(hub) == 0
            administered.world.clock.forward(timedelta(seconds=1))

            # What the server did not take is mailed on the next turn.
            assert await mail_alarms(hub) == 0
            assert hub.watch.mails[MailCode.REFUSED.value] == 1
            box.answer = "250 taken"
            assert await mail_alarms(hub) == 1
            assert await mail_alarms(hub) == 0

        (mail,) = box.messages
        assert str(CB) in mail["subject"]
        assert key.hex() in text_of(mail)
        assert "XX-HUB-01/li-wei" in text_of(mail)


async def test_what_was_answered_in_time_is_not_mailed(tmp_path: Path) -> None:
    administered = make_administered()
    box = MailBox()
    with post_office(box) as post:
        async with administered.open(tmp_path, **mailing(post.port)) as hub:
            await administered.admit(hub, CNAS, CB)
            key = key_of(hub, CB).fingerprint
            await administered.suspend(hub, administered.li, CB, key)
            await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
            administered.world.clock.forward(DAY)

            assert await mail_alarms(hub) == 0
    assert box.messages == []


async def test_the_duties_mail_alarms_by_themselves(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        assert mail_alarms in {turn for _, _, turn in duties._turns(hub)}
        assert await mail_alarms(hub) == 0
