"""Warnings before it hurts: in the log, in the counts, and as a mail through a real server."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from exchange.codes.outside import MailCode
from exchange.codes.service import SettingsCode
from exchange.core.expiry import Expiring, Subject
from exchange.core.model import KeyRole
from exchange.errors import SettingsError
from exchange.service.expiry import ending_soon, held_keys, mail_server, warn
from exchange.settings import Settings
from exchange.vault.vault import KeyKind, NewKey, key_name
from tests.mail_server import MailBox
from tests.mail_server import mail_server as post_office
from tests.running import Running, running
from tests.world import HUB, ISSUER, START, World

END: Final = START + timedelta(days=80)
NAME: Final = f"attestation key of {ISSUER}"
_NEVER: Final = 10 * 365 * 86400.0


def with_ending_key(world: World) -> World:
    """Return a world in which one key ends on a day when nothing else does."""
    found = world.with_key(
        ISSUER, KeyRole.ATTESTATION, signs_until=END, accepted_until=END + timedelta(days=30)
    )
    return replace(found, clock=world.clock)


def mailing(box_port: int) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": box_port,
        "smtp_from": "hub@hub.example",
        "mail_to": ("trust@hub.example",),
        "smtp_seconds": 2.0,
        "expiry_check_seconds": _NEVER,
    }


def text_of(message: Message) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


async def at(house: Running, when: datetime) -> list[Expiring]:
    """Move the clock and return what is warned of about the one key."""
    house.world.clock.now = when
    return [one for one in await warn(house.hub) if one.name == NAME]


async def test_a_key_is_warned_of_once_at_each_threshold(world: World, tmp_path: Path) -> None:
    async with running(with_ending_key(world), tmp_path, expiry_check_seconds=_NEVER) as house:
        given = {}
        for days in (61, 60, 59, 31, 30, 29, 14, 13, 7, 6, 2, 1, 0.5, 0, -1):
            when = END - timedelta(days=days)
            given[days] = [one.threshold for one in await at(house, when)]
            assert await at(house, when) == []

    assert {days: found for days, found in given.items() if found} == {
        60: [60],
        30: [30],
        14: [14],
        7: [7],
        1: [1],
        0: [0],
    }


async def test_after_a_long_silence_only_the_nearest_threshold_is_said(
    world: World, tmp_path: Path
) -> None:
    async with running(with_ending_key(world), tmp_path, expiry_check_seconds=_NEVER) as house:
        (one,) = await at(house, END - timedelta(days=3))

        assert one.threshold == 7
        assert house.hub.watch.warnings[Subject.KEY.value, 7] >= 1


async def test_a_warning_is_not_repeated_after_a_restart(world: World, tmp_path: Path) -> None:
    changed = with_ending_key(world)
    async with running(changed, tmp_path, expiry_check_seconds=_NEVER) as house:
        assert await at(house, END - timedelta(days=6))
    async with running(changed, tmp_path, expiry_check_seconds=_NEVER) as house:
        assert await at(house, END - timedelta(days=6)) == []


async def test_a_warning_is_logged_with_everything_that_its_reader_needs(
    world: World, tmp_path: Path
) -> None:
    async with running(with_ending_key(world), tmp_path, expiry_check_seconds=_NEVER) as house:
        with capture_logs() as logs:
            await at(house, END - timedelta(days=6))
            await at(house, END)

    expiring, ended = [one for one in logs if one.get("name") == NAME]
    assert (expiring["event"], expiring["log_level"]) == ("expiring", "warning")
    assert expiring["action"] == "expiry"
    assert (expiring["days"], expiring["ends_at"]) == (6, f"{END:%Y-%m-%dT%H:%M:%SZ}")
    assert len(expiring["key"]) == 64
    assert ended["event"] == "ended"


async def test_one_mail_says_all_warnings_of_a_turn(world: World, tmp_path: Path) -> None:
    with post_office(MailBox()) as post:
        async with running(with_ending_key(world), tmp_path, **mailing(post.port)) as house:
            world.clock.now = END - timedelta(days=6)
            due = [one for one in await ending_soon(house.hub) if one.threshold is not None]
            await warn(house.hub)
            await warn(house.hub)

    (message,) = post.box.messages
    text = text_of(message)
    assert len(due) >= 1
    assert all(one.name in text for one in due)
    assert f"{NAME} ends in 6 days" in text
    assert f"{END:%Y-%m-%dT%H:%M:%SZ}: its entry says that it signs no longer" in text
    assert str(message["Subject"]).startswith(f"{HUB}: ")
    assert post.box.receivers == [("trust@hub.example",)]
    assert house.hub.watch.mails["sent"] == 1


async def test_a_warning_that_could_not_be_mailed_is_mailed_on_the_next_turn(
    world: World, tmp_path: Path
) -> None:
    box = MailBox(answer="451 later, please")
    with post_office(box) as post:
        async with running(with_ending_key(world), tmp_path, **mailing(post.port)) as house:
            with capture_logs() as logs:
                assert await at(house, END - timedelta(days=6))
            assert [one["code"] for one in logs if one["event"] == "mail-failed"] == [
                MailCode.REFUSED.value
            ]
            assert house.hub.watch.mails[MailCode.REFUSED.value] == 1

            box.answer = "250 taken"
            # The warning itself was given; only its mail is made up for.
            assert await at(house, END - timedelta(days=6)) == []
            assert await at(house, END - timedelta(days=6)) == []

    (message,) = box.messages
    assert NAME in text_of(message)


async def test_the_duty_warns_by_itself(world: World, tmp_path: Path) -> None:
    world.clock.now = END - timedelta(days=6)
    with post_office(MailBox()) as post:
        async with running(with_ending_key(world), tmp_path, **mailing(post.port)) as house:
            while not post.box.messages:
                await house.hub.store.tree_size()
    assert len(post.box.messages) == 1


async def test_a_key_of_the_vault_that_is_on_no_list_is_watched_too(
    world: World, tmp_path: Path
) -> None:
    name = key_name(HUB, KeyRole.RECEIPT, "2027")
    new = NewKey(
        kind=KeyKind.EC_P256,
        organisation="Demo hub",
        economy="XX",
        not_before=START,
        not_after=END,
    )
    async with running(world, tmp_path, expiry_check_seconds=_NEVER) as house:
        await house.hub.vault.generate(name, new)
        world.clock.now = END - timedelta(days=6)
        found = {one.name: one for one in await ending_soon(house.hub)}

        assert {key_name(HUB, KeyRole.RECEIPT), name} <= {
            one.name for one in await held_keys(house.hub.vault)
        }
    assert found[f"key {name} in the vault"].subject is Subject.HELD
    assert found[f"key {name} in the vault"].threshold == 7


def test_without_a_mail_server_no_mail_is_sent() -> None:
    assert mail_server(Settings()) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('smtp_host = "mail"', "smtp_host"),
        ('smtp_host = "mail"\nsmtp_from = "a@b.example"', "smtp_host"),
        ('smtp_tls = "maybe"', "smtp_tls"),
        ('smtp_user = "hub"', "smtp_user"),
        ('mail_to = ["a@b.example\\nBcc: x@y.example"]', "mail_to"),
        ('smtp_from = "nobody"', "smtp_from"),
        ("metrics_port = -2", "metrics_port"),
        ('trust_url = "http://hub.example"', "trust_url"),
        ('trust_url = "https://hub.example"\nfounding_dir = "made"', "trust_url"),
        ("list_interval_seconds = 0", "list_interval_seconds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, text: str, path: str) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        Settings.load(file, {})

    assert [(one.code, one.path) for one in caught.value.findings] == [(SettingsCode.VALUE, path)]
