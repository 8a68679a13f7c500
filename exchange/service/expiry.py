"""Warnings before it hurts: what ends soon is logged, counted and mailed, each warning once.

- What is looked at: every key and list in force, the delegation and its root, the keys in the
  vault that stand on no list, the keys of administrators, and the confirmations of bodies.
- A warning is remembered in the database before it is said, so that several processes say it
  once. Its mail is remembered only when the mail server has it: a warning that could not be
  mailed is mailed again on the next turn, and stands in the log meanwhile.
- One turn sends one mail, however many warnings are in it.

Example:
    >>> [one.name for one in await ending_soon(hub)]
    ['attestation key of CN-CB-0103']
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import structlog

from exchange.core.certificate import read_certificate
from exchange.core.expiry import ENDED, End, Expiring, HeldKey, expiring
from exchange.core.lapsing import lapsing
from exchange.core.list_signers import root_certificates
from exchange.core.periods import in_zulu
from exchange.errors import ExchangeError, PeerError
from exchange.peer.mail import Mail, MailServer, StartTLS, send_mail
from exchange.service.hub import Hub
from exchange.settings import Settings
from exchange.vault.vault import Vault

_MAILED: Final = "mail "
"""What the mark of a warning begins with when its mail is meant."""
_WHY: Final = {
    End.SIGNS_UNTIL: "its entry says that it signs no longer",
    End.CERTIFICATE: "its key certificate ends",
    End.NEXT_UPDATE: "its next update is due",
    End.CONFIRMED: "the body has not confirmed its register since",
}

_log = structlog.get_logger(__name__)


async def ending_soon(hub: Hub) -> tuple[Expiring, ...]:
    """Return what ends within 60 days, as this process sees it."""
    trust, at = hub.trust, hub.clock()
    held = await held_keys(hub.vault)
    keeper = hub.keeper
    administrators = () if keeper is None else tuple(keeper.state.administrators.values())

    def found() -> tuple[Expiring, ...]:
        roots = root_certificates(trust)
        return expiring(trust, at, held=held, administrators=administrators, roots=roots)

    lapses = lapsing(await hub.store.declarations(), at)
    ends = (*await asyncio.to_thread(found), *lapses)
    return tuple(sorted(ends, key=lambda one: (one.ends_at, one.name, one.identity)))


async def held_keys(vault: Vault) -> tuple[HeldKey, ...]:
    """Return the keys of a vault that have a key certificate."""
    found: list[HeldKey] = []
    for name in vault.names():
        for der in (await vault.certificates(name))[:1]:
            try:
                found.append(HeldKey(name=name, certificate=read_certificate(der)))
            except ExchangeError as error:
                _log.warning("key-unreadable", key=name, code=error.code.value)
    return tuple(found)


async def warn(hub: Hub) -> tuple[Expiring, ...]:
    """Say what has to be said now and was not said before.

    Returns:
        The warnings that this process gave.

    Raises:
        StoreError: What was said cannot be looked up.
    """
    due = [one for one in await ending_soon(hub) if one.threshold is not None]
    given = [one for one in due if await _is_first(hub, one)]
    for one in given:
        hub.watch.warnings[one.subject.value, one.threshold or ENDED] += 1
        _log.warning(
            "ended" if one.threshold == ENDED else "expiring",
            action="expiry",
            subject=one.subject.value,
            name=one.name,
            key=one.identity,
            ends_at=in_zulu(one.ends_at),
            days=one.days_left,
            end=one.end.value,
            follower=None if one.follower is None else one.follower.hex(),
        )
    server = mail_server(hub.settings)
    if server is not None:
        await _mail(hub, server, due)
    return tuple(given)


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server that the operator named, if any."""
    if not settings.smtp_host:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=StartTLS(settings.smtp_tls),
        sender=settings.smtp_from,
        receivers=settings.mail_to,
        user=settings.smtp_user,
        password=settings.smtp_password,
        seconds=settings.smtp_seconds,
    )


async def _is_first(hub: Hub, one: Expiring) -> bool:
    """Remember a warning; of several processes one gives it."""
    days = one.threshold or ENDED
    # Reading is cheap and mostly enough; what is new is decided by the writing.
    if await hub.store.warned(one.mark, days):
        return False
    return await hub.store.note_warning(one.mark, days, hub.clock())


async def _mail(hub: Hub, server: MailServer, due: Sequence[Expiring]) -> None:
    unsent = [
        one for one in due if not await hub.store.warned(_MAILED + one.mark, one.threshold or ENDED)
    ]
    if not unsent:
        return
    if not await hand_in(hub, server, written(hub, unsent), action="expiry"):
        return
    for one in unsent:
        await hub.store.note_warning(_MAILED + one.mark, one.threshold or ENDED, hub.clock())


async def hand_in(hub: Hub, server: MailServer, mail: Mail, *, action: str) -> bool:
    """Hand in a mail, count what became of it, and say what went wrong.

    Returns:
        Whether somebody has got it; otherwise it is tried again on the next turn.
    """
    try:
        refused = await send_mail(server, mail)
    except PeerError as error:
        hub.watch.mails[error.code.value] += 1
        _log.error("mail-failed", action=action, code=error.code.value, cause=str(error))
        return False
    hub.watch.mails["sent"] += 1
    if refused:
        _log.warning("mail-refused", action=action, receivers=dict(refused))
    return True


def written(hub: Hub, warnings: Sequence[Expiring]) -> Mail:
    """Return the mail that says some warnings, what ends first in front."""
    first = warnings[0]
    more = f" and {len(warnings) - 1} more" if len(warnings) > 1 else ""
    blocks = "\n\n".join(_block(one) for one in warnings)
    marks = "\n".join(f"{one.mark} {one.threshold}" for one in warnings)
    return Mail(
        subject=f"{hub.id}: {first.name}{more} {_when(first)}",
        text=f"On the hub {hub.id}, as of {in_zulu(hub.clock())}:\n\n{blocks}\n\n"
        "`exchange keys expiring` shows the board; `exchange trust propose` brings a new key.\n"
        "Each warning is given once at 60, 30, 14, 7 and 1 days and at the end; that a\n"
        "declaration is due (`exchange declare`) at 7, 3 and 1 days and when it is late.\n",
        message_id=f"{sha256(marks.encode()).hexdigest()[:32]}@{hub.id.lower()}.invalid",
        at=hub.clock(),
    )


def _block(one: Expiring) -> str:
    lines = [f"{one.name} {_when(one)}", f"  {in_zulu(one.ends_at)}: {_WHY[one.end]}"]
    if len(one.identity) == 2 * sha256().digest_size:
        lines.append(f"  key certificate {one.identity}")
    if one.follower is not None:
        lines.append(f"  followed by key certificate {one.follower.hex()}")
    return "\n".join(lines)


def _when(one: Expiring) -> str:
    if one.threshold == ENDED:
        return "has ended"
    days = one.days_left
    return "ends within a day" if days < 1 else f"ends in {days} day{'s' if days > 1 else ''}"
