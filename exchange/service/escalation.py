"""Escalate: who does not acknowledge that something changed is asked about, first here, then above.

- After 24 hours the operator hears of it: in the log, in the metrics, by mail. Source: STC-08.
- After 72 hours whoever accredited the recipient gets a signed notice: it stands in the ledger
  and is delivered and followed like every other, which a mail is not, and the lists say who it
  is, while they know no mail address that is looked at. Where the recipient has no such
  authority, the accreditation bodies of its economy get it; where there is none either, it stays
  with the operator.
- A notice about a removal, or about lateness itself, goes no further than to the operator.
- Each is said once: the mark stands in the database before the word is said, and the message id
  of the second follows from the delivery. A mail that could not be sent is sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import structlog

from exchange.codes.notices import NoticeCode
from exchange.codes.service import RefusedCode
from exchange.core.document.notice import DeliveryCause, Standing
from exchange.core.model import BodyId, BodyRole, Kind
from exchange.core.notice_writing import NewNotice
from exchange.core.notices import LATE_AFTER, TOLD_AFTER, Tracked
from exchange.core.periods import in_zulu
from exchange.core.trust_values import BodyState
from exchange.errors import RefusedError
from exchange.peer.mail import Mail
from exchange.service.expiry import hand_in, mail_server
from exchange.service.hub import Hub
from exchange.service.notices import Draft, make_entries

LATE: Final = "late/"
"""Under which names late deliveries are remembered, the delivery behind."""
_MAILED: Final = "mail "
_AT_ONCE: Final = 500
_IN_MAIL: Final = 50
"""Deliveries that one mail names; the others are counted."""

_log = structlog.get_logger(__name__)


async def escalate(hub: Hub) -> int:
    """Say what is late and was not said yet.

    Returns:
        How many deliveries are late.

    Raises:
        StoreError: It cannot be looked up or noted.
        VaultError: A notice cannot be sealed.
    """
    at = hub.clock()
    late, unsent = 0, []
    server = mail_server(hub.settings)
    async for one in _late(hub, at):
        late += 1
        mark = f"{LATE}{one.delivery_id}"
        if not await hub.store.warned(mark, 24) and await hub.store.note_warning(mark, 24, at):
            _log.error(
                "acknowledgement-late",
                action="escalate",
                code=NoticeCode.STC_08.value,
                recipient=one.addressee,
                kind=one.kind.value,
                about=one.about,
                statement=one.content_digest.hex(),
                since=one.created_at.isoformat(),
            )
        if server is not None and not await hub.store.warned(_MAILED + mark, 24):
            unsent.append(one)
        if at - one.created_at >= TOLD_AFTER and not await hub.store.warned(mark, 72):
            await _tell_authorities(hub, one)
            await hub.store.note_warning(mark, 72, at)
    if server is None or not unsent:
        return late
    if await hand_in(hub, server, _written(hub, unsent), action="escalate"):
        for one in unsent:
            await hub.store.note_warning(f"{_MAILED}{LATE}{one.delivery_id}", 24, at)
    return late


async def _late(hub: Hub, at: datetime) -> AsyncIterator[Tracked]:
    after = -1
    while page := await hub.store.tracked(late_since=at - LATE_AFTER, after=after, limit=_AT_ONCE):
        for one in page:
            yield one
        after = page[-1].position


async def _tell_authorities(hub: Hub, late: Tracked) -> None:
    """Tell whoever vouches for a recipient that it does not answer."""
    if late.kind is Kind.NOTICE and late.cause is None:
        return
    for authority in authorities(hub, late.addressee):
        at = hub.clock()
        draft = Draft(
            notice=NewNotice(
                document_id=hub.new_document_id(),
                hub=hub.id,
                issued_at=at,
                cause=DeliveryCause(late.addressee, late.content_digest),
                standing=Standing.LATE,
                since=late.created_at + LATE_AFTER,
                addressee=authority,
            ),
            name=f"{LATE}{late.delivery_id}/{authority}",
            addressees=(authority,),
        )
        (entry,) = await make_entries(hub, [draft])
        try:
            await hub.store.commit(entry)
        except RefusedError as error:
            # Another process has told it.
            if error.code is not RefusedCode.MESSAGE_ID_CONFLICT:
                raise
        _log.error(
            "authority-told",
            action="escalate",
            authority=authority,
            recipient=late.addressee,
            statement=late.content_digest.hex(),
        )


def authorities(hub: Hub, recipient: BodyId) -> tuple[BodyId, ...]:
    """Return who vouches for a recipient: who accredited it, or who accredits where it is."""
    at = hub.clock()
    bodies = hub.trust.bodies
    body = bodies.get(recipient)
    if body is None:
        return ()
    named = {one.authority for one in body.accreditations}
    if not named:
        named = {
            other.id
            for other in bodies.values()
            if BodyRole.ACCREDITATION_BODY in other.roles and other.economy == body.economy
        }
    return tuple(
        sorted(
            one
            for one in named - {recipient}
            if (found := bodies.get(one)) is not None and found.state_at(at) is BodyState.ACTIVE
        )
    )


def _written(hub: Hub, late: Sequence[Tracked]) -> Mail:
    more = f" and {len(late) - 1} more" if len(late) > 1 else ""
    lines = [
        f"{one.addressee}: {one.kind.value} about {one.about}, statement "
        f"{one.content_digest.hex()}\n  waiting since {in_zulu(one.created_at)}"
        for one in late[:_IN_MAIL]
    ]
    if len(late) > _IN_MAIL:
        lines.append(f"and {len(late) - _IN_MAIL} more")
    marks = "\n".join(one.delivery_id for one in late)
    return Mail(
        subject=f"{hub.id}: {late[0].addressee}{more} has not acknowledged a change",
        text=f"On the hub {hub.id}, as of {in_zulu(hub.clock())}, these recipients have not "
        "acknowledged within 24 hours that something changed:\n\n"
        + "\n".join(lines)
        + "\n\n`exchange notices --late` shows the board. After 72 hours the accreditation\n"
        "authority of the recipient is told.\n",
        message_id=f"{sha256(marks.encode()).hexdigest()[:32]}@{hub.id.lower()}.invalid",
        at=hub.clock(),
    )
