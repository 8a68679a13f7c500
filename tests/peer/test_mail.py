"""Mail to a real server on loopback: encrypted as the operator decided, each fault with a code."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from exchange.codes.outside import MailCode
from exchange.errors import PeerError
from exchange.peer.mail import Mail, MailServer, StartTLS, send_mail
from tests.mail_server import MailBox, Post, mail_server
from tests.running import free_port

MAIL: Final = Mail(
    subject="XX-HUB-01: key of 认证机构 ends in 7 days",
    text="On the hub XX-HUB-01:\n\nkey of 认证机构 ends in 7 days\n",
    message_id="0123@xx-hub-01.invalid",
    at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)
TO: Final = ("trust@hub.example", "night@hub.example")


def server(post: Post | int, tls: StartTLS = StartTLS.OFFERED, **changes: Any) -> MailServer:
    return replace(
        MailServer(
            host="127.0.0.1",
            port=post if isinstance(post, int) else post.port,
            tls=tls,
            sender="hub@hub.example",
            receivers=TO,
            seconds=5.0,
        ),
        **changes,
    )


def believing(post: Post) -> ssl.SSLContext:
    """Return a context that believes the test's own mail server, whatever its name."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    assert post.certificate is not None
    context.load_verify_locations(cadata=post.certificate)
    return context


@pytest.mark.parametrize("tls", [StartTLS.OFFERED, StartTLS.NEVER], ids=str)
async def test_a_mail_arrives_as_it_was_written(tls: StartTLS) -> None:
    with mail_server(MailBox()) as post:
        assert await send_mail(server(post, tls), MAIL) == {}

    (message,) = post.box.messages
    assert post.box.receivers == [TO]
    assert post.box.encrypted == [False]
    assert str(message["Message-ID"]) == "<0123@xx-hub-01.invalid>"
    assert message["Auto-Submitted"] == "auto-generated"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n") == MAIL.text


@pytest.mark.parametrize("tls", [StartTLS.OFFERED, StartTLS.REQUIRED], ids=str)
async def test_starttls_is_used_where_the_server_offers_it(tmp_path: Path, tls: StartTLS) -> None:
    with mail_server(MailBox(), folder=tmp_path) as post:
        await send_mail(server(post, tls), MAIL, context=believing(post))

    assert post.box.encrypted == [True]


async def test_nothing_is_encrypted_where_the_operator_says_never(tmp_path: Path) -> None:
    with mail_server(MailBox(), folder=tmp_path) as post:
        await send_mail(server(post, StartTLS.NEVER), MAIL)

    assert post.box.encrypted == [False]


async def test_nothing_is_sent_without_starttls_where_it_is_required() -> None:
    with mail_server(MailBox()) as post, pytest.raises(PeerError) as caught:
        await send_mail(server(post, StartTLS.REQUIRED), MAIL)

    assert caught.value.code is MailCode.NOT_SECURED
    assert post.box.messages == []


async def test_a_server_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    with mail_server(MailBox(), folder=tmp_path) as post, pytest.raises(PeerError) as caught:
        await send_mail(server(post, StartTLS.REQUIRED), MAIL)

    assert caught.value.code is MailCode.NOT_SECURED
    assert post.box.messages == []


@pytest.mark.parametrize(("password", "taken"), [("right", True), ("wrong", False)])
async def test_a_login_happens_under_tls(tmp_path: Path, password: str, *, taken: bool) -> None:
    with mail_server(MailBox(), folder=tmp_path, asks_login=True) as post:
        asked = server(post, StartTLS.REQUIRED, user="hub", password=password, seconds=1.0)
        if taken:
            await send_mail(asked, MAIL, context=believing(post))
        else:
            with pytest.raises(PeerError) as caught:
                await send_mail(asked, MAIL, context=believing(post))
            assert caught.value.code is MailCode.REFUSED
            assert "wrong" not in str(caught.value)

    assert set(post.box.logins) == {("hub", password)}
    assert len(post.box.messages) == int(taken)


async def test_one_receiver_that_is_not_taken_does_not_keep_the_others_waiting() -> None:
    box = MailBox(refused=frozenset({TO[0]}))
    with mail_server(box) as post:
        refused = await send_mail(server(post), MAIL)

    assert refused == {TO[0]: "550 no such mailbox"}
    assert box.receivers == [TO[1:]]


@pytest.mark.parametrize(
    "box",
    [MailBox(refused=frozenset(TO)), MailBox(answer="554 looks like spam")],
    ids=["receivers", "message"],
)
async def test_what_the_server_refuses_is_said_with_its_answer(box: MailBox) -> None:
    with mail_server(box) as post, pytest.raises(PeerError) as caught:
        await send_mail(server(post), MAIL)

    assert caught.value.code is MailCode.REFUSED
    assert any(text in str(caught.value) for text in ("550 no such mailbox", "554 looks like"))


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(PeerError) as caught:
        await send_mail(server(free_port()), MAIL)

    assert caught.value.code is MailCode.UNREACHABLE
