"""Alarms by mail: suspensions by one person that nobody has answered within 24 hours.

- The log and the metrics have them at once (`exchange.service.suspensions`); the mail follows on
  the next turn of the warnings, once for each suspension.
- It is remembered only when the mail server has it: what could not be mailed is mailed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from exchange.core.actions.state import Suspension
from exchange.core.periods import in_zulu
from exchange.peer.mail import Mail
from exchange.service.expiry import hand_in, mail_server
from exchange.service.hub import Hub
from exchange.service.publication import require_keeper
from exchange.service.suspensions import ALARM, alarming

_MAILED: Final = "mail "
"""What the mark of an alarm begins with when its mail is meant."""


async def mail_alarms(hub: Hub) -> int:
    """Mail the alarms that nobody was sent yet, all in one mail.

    Returns:
        How many were mailed.

    Raises:
        StoreError: What was mailed cannot be looked up.
    """
    server = mail_server(hub.settings)
    if server is None:
        return 0
    at = hub.clock()
    late = alarming(require_keeper(hub).at(at), at)
    unsent = [one for one in late if not await hub.store.warned(_mark(one), 0)]
    if not unsent or not await hand_in(hub, server, _written(hub, unsent), action="alarms"):
        return 0
    for one in unsent:
        await hub.store.note_warning(_mark(one), 0, at)
    return len(unsent)


def _mark(one: Suspension) -> str:
    return f"{_MAILED}{ALARM}{one.digest.hex()}"


def _written(hub: Hub, late: Sequence[Suspension]) -> Mail:
    more = f" and {len(late) - 1} more" if len(late) > 1 else ""
    blocks = "\n\n".join(
        f"{_subject(one)}\n  since {in_zulu(one.at)}, by {one.person}: {one.reason}" for one in late
    )
    marks = "\n".join(map(_mark, late))
    return Mail(
        subject=f"{hub.id}: suspension of {late[0].body}{more} unanswered",
        text=f"On the hub {hub.id}, as of {in_zulu(hub.clock())}, these were suspended by one "
        f"person and answered by nobody within 24 hours:\n\n{blocks}\n\n"
        "They stay suspended until two persons lift them (`exchange trust propose --restore`) or\n"
        "revoke them; `exchange trust show suspensions` names the documents refused meanwhile.\n",
        message_id=f"{sha256(marks.encode()).hexdigest()[:32]}@{hub.id.lower()}.invalid",
        at=hub.clock(),
    )


def _subject(one: Suspension) -> str:
    return one.body if one.key is None else f"key {one.key.hex()} of {one.body}"
