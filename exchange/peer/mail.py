"""One mail to the people who have to do something, through the operator's own mail server.

- STARTTLS is required, used when it is offered, or never used. Where it is required the server's
  key certificate has to be believed; where it is only used when offered, nobody's word is taken
  for more than it is worth, and nothing secret is sent.
- A password travels under STARTTLS that is required, or not at all.
- A mail holds no document and no key: names, days, and where to look.
- Every wait has an end. The library that speaks SMTP blocks, so it does so in a thread.

Source: RFC 5321; RFC 3207 (STARTTLS); RFC 3834 (`Auto-Submitted`).
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum

from exchange.codes.outside import MailCode
from exchange.errors import Finding, PeerError


class StartTLS(StrEnum):
    """Whether a mail is encrypted on its way to the server."""

    REQUIRED = "required"
    OFFERED = "offered"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and for whom."""

    host: str
    port: int
    tls: StartTLS
    sender: str
    receivers: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 30.0
    """How long each exchange with the server may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What is said."""

    subject: str
    text: str
    message_id: str
    """Without angle brackets; the same for every try, so that a reader sees it once."""
    at: datetime


async def send_mail(
    server: MailServer, mail: Mail, *, context: ssl.SSLContext | None = None
) -> Mapping[str, str]:
    """Hand in a mail.

    Args:
        server: Where, from whom and to whom.
        mail: What.
        context: Whom to believe under STARTTLS; the machine's authorities when left out.

    Returns:
        What the server said about receivers that it did not take; others have the mail.

    Raises:
        PeerError: Nobody got it.
    """
    try:
        async with asyncio.timeout(4 * server.seconds):
            return await asyncio.to_thread(_send, server, mail, context)
    except TimeoutError as exc:
        raise _fault(
            MailCode.UNREACHABLE, f"{server.host}: no end within {4 * server.seconds:g} s"
        ) from exc


def _send(server: MailServer, mail: Mail, context: ssl.SSLContext | None) -> Mapping[str, str]:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = ", ".join(server.receivers)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    try:
        with smtplib.SMTP(server.host, server.port, timeout=server.seconds) as smtp:
            smtp.ehlo()
            _secure(smtp, server, context)
            if server.user:
                _log_in(smtp, server)
            refused = smtp.send_message(message)
    except ssl.SSLError as exc:
        raise _fault(MailCode.NOT_SECURED, f"{server.host}: {exc.reason or 'TLS'}") from exc
    except smtplib.SMTPRecipientsRefused as exc:
        answers = "; ".join(_said(*answer) for answer in exc.recipients.values())
        raise _fault(MailCode.REFUSED, f"{server.host}: {answers}") from exc
    except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected) as exc:
        raise _fault(MailCode.UNREACHABLE, f"{server.host}: {type(exc).__name__}") from exc
    except smtplib.SMTPResponseException as exc:
        raise _fault(
            MailCode.REFUSED, f"{server.host}: {_said(exc.smtp_code, exc.smtp_error)}"
        ) from exc
    except smtplib.SMTPException as exc:
        raise _fault(MailCode.REFUSED, f"{server.host}: {type(exc).__name__}") from exc
    except (OSError, UnicodeError) as exc:
        raise _fault(MailCode.UNREACHABLE, f"{server.host}: {type(exc).__name__}") from exc
    return {receiver: _said(*answer) for receiver, answer in refused.items()}


def _secure(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext | None) -> None:
    """Begin TLS as the operator decided."""
    if server.tls is StartTLS.NEVER:
        return
    if not smtp.has_extn("starttls"):
        if server.tls is StartTLS.REQUIRED:
            raise _fault(MailCode.NOT_SECURED, f"{server.host}: expected STARTTLS, found none")
        return
    if context is None:
        context = ssl.create_default_context()
    if server.tls is StartTLS.OFFERED:
        # Better read by one in the middle than by everybody on the way; a password is not sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    smtp.starttls(context=context)
    smtp.ehlo()


def _log_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPServerDisconnected as exc:
        # Some servers hang up on a wrong password.
        raise _fault(MailCode.REFUSED, f"{server.host}: the login was not accepted") from exc


def _said(code: int, answer: bytes | str) -> str:
    """Return an answer of the server, which may hold anything, as one short line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())[:200]}"


def _fault(code: MailCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
