"""A real mail server on loopback, with STARTTLS or without, that keeps what it was given."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.pki import make_signer
from tests.running import free_port, write_pair


@dataclass(slots=True)
class MailBox:
    """What a mail server was given, and how it answers."""

    answer: str = "250 taken"
    """To a message."""
    refused: frozenset[str] = frozenset()
    """Receivers that are not taken."""
    messages: list[Message] = field(default_factory=list)
    receivers: list[tuple[str, ...]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.messages.append(message_from_bytes(content))
            self.receivers.append(tuple(envelope.rcpt_tos))
            self.encrypted.append(session.ssl is not None)
        return self.answer

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right")


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server that runs."""

    port: int
    box: MailBox
    certificate: bytes | None
    """Of the server under STARTTLS, DER."""


@contextmanager
def mail_server(
    box: MailBox, *, folder: Path | None = None, asks_login: bool = False
) -> Iterator[Post]:
    """Run a mail server until the block ends.

    Args:
        box: Keeps what arrives.
        folder: Where the key of the server is written; with one, it offers STARTTLS.
        asks_login: Whether nothing is taken before a login.
    """
    context = certificate = None
    if folder is not None:
        signer = make_signer(number=950, subject="127.0.0.1", purposes=("1.3.6.1.5.5.7.3.1",))
        certificate = signer.der
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*write_pair(folder, "mail", signer.key, (signer.der,)))
    port = free_port()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        authenticator=box.login if asks_login else None,
        auth_required=asks_login,
        auth_require_tls=context is not None,
    )
    controller.start()
    try:
        yield Post(port=port, box=box, certificate=certificate)
    finally:
        controller.stop()
