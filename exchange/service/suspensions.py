"""What a suspension entails: the documents refused meanwhile, their senders, and the alarm.

- A document that is refused because its key or body is suspended is noted with its refusal, in
  the same transaction.
- When the suspension ends, its sender gets a second signed receipt about the same message, which
  follows the first: the suspension was lifted, send it again; or it is final. It is a statement
  of the hub with a leaf in the ledger, and stands wherever receipts are asked for.
- A suspension that nobody has answered after 24 hours alarms once in the log, and stands on the
  board and in the metrics until it is answered; `exchange.service.alarms` mails it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from exchange.codes.administration import AdministrationCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.life import KeyState
from exchange.core.actions.state import Suspension, TrustState
from exchange.core.entry import Interrupted
from exchange.core.model import BodyId, Fingerprint
from exchange.core.receipt_document import Outcome, Receipt, Stage, report
from exchange.core.snapshot import Snapshot
from exchange.core.trust_records import Notice, RefusedMeanwhile
from exchange.core.trust_values import BodyState, KeyStatus
from exchange.errors import Finding, RefusedError, Severity
from exchange.service.examination import draft
from exchange.service.hub import Hub
from exchange.service.publication import require_keeper

AT_ONCE: Final = 200
"""Senders who are told in one turn."""
ALARM: Final = "suspension/"
"""Under which names alarms are remembered, the digest of the suspension behind."""

_log = structlog.get_logger(__name__)


async def tell_senders(hub: Hub) -> int:
    """Tell the senders of documents that were refused under a suspension how it has ended.

    Returns:
        How many were told.

    Raises:
        StoreError: It could not be written; the next turn goes on.
        VaultError: The receipt key cannot be used.
    """
    keeper = require_keeper(hub)
    at = hub.clock()
    state = keeper.at(at)
    told = 0
    after = -1
    while page := await hub.store.refused_under_suspension(untold=True, after=after, limit=AT_ONCE):
        for one in page:
            ending = _ending(state, hub.snapshot, one.interrupted, at)
            if ending is not None and await _tell(hub, one, ending, at):
                told += 1
        after = page[-1].sequence
    return told


def _ending(
    state: TrustState, snapshot: Snapshot, by: Interrupted, at: datetime
) -> AdministrationCode | None:
    """Return how a suspension has ended; `None` while it lasts, or until lists show its end."""
    body = state.bodies.get(by.body)
    if body is None or body.state_at(at) is BodyState.ENDED:
        return AdministrationCode.SUSPENSION_FINAL
    key = None if by.key is None else state.key_state(by.key, at)
    if key in {KeyState.REVOKED, KeyState.RETIRED} or (by.key is not None and key is None):
        return AdministrationCode.SUSPENSION_FINAL
    if key is KeyState.SUSPENDED or body.state_at(at) is BodyState.SUSPENDED:
        return None
    if _stopped(snapshot, by.body, by.key, at):
        # It was lifted, but whoever sent the document now would be refused once more.
        return None
    return AdministrationCode.SUSPENSION_LIFTED


def _stopped(snapshot: Snapshot, body: BodyId, key: Fingerprint | None, at: datetime) -> bool:
    listed = None if key is None else snapshot.trust.by_fingerprint.get(key)
    found = snapshot.trust.bodies.get(body)
    return (
        snapshot.interruptions.body_at(body, at) is not None
        or found is None
        or found.state_at(at) is not BodyState.ACTIVE
        or (key is not None and snapshot.interruptions.key_at(key, at) is not None)
        or (listed is not None and listed.key.status_at(at) is not KeyStatus.GRANTED)
    )


async def _tell(
    hub: Hub, refused: RefusedMeanwhile, ending: AdministrationCode, at: datetime
) -> bool:
    message = refused.message
    subject = str(refused.interrupted.body)
    if refused.interrupted.key is not None:
        subject = f"key {refused.interrupted.key.hex()[:16]}… of {subject}"
    stopped = next(code for code in TrustCode if code.value == refused.interrupted.code)
    findings = (
        # A receipt that says rejected says why; this one continues the first.
        Finding(code=stopped, message=f"{subject}: was stopped when the message arrived"),
        Finding(code=ending, severity=Severity.INFORMATION, message=f"{subject}: {ending.summary}"),
    )
    drafted = draft(
        Receipt(
            receipt_id=hub.new_document_id(),
            stage=Stage.REJECTED,
            outcome=Outcome.REJECTED,
            issuer=hub.id,
            message_id=message.message_id,
            sender=message.sender,
            addressees=message.addressees,
            message_digest=message.digest,
            previous=refused.receipt_digest,
            received_at=message.received_at,
            produced_at=at,
            snapshot_id=hub.snapshot.id,
            findings=report(findings),
        ),
        hub.certificates,
    )
    receipt = drafted.record(await hub.sign(drafted))
    try:
        await hub.store.tell(Notice(refused=refused, receipt=receipt, at=at))
    except RefusedError:
        # Another process was faster.
        return False
    _log.info(
        "sender-told",
        action="suspensions",
        sender=message.sender,
        message_id=message.message_id,
        code=ending.value,
    )
    return True


def alarming(state: TrustState, at: datetime) -> tuple[Suspension, ...]:
    """Return suspensions that nobody has answered in time."""
    return tuple(one for one in state.open_suspensions() if one.alarms_at <= at)


async def sound_alarms(hub: Hub) -> tuple[Suspension, ...]:
    """Alarm about suspensions that nobody has answered in time, each once.

    Returns:
        Those that are open and late, whether they alarmed now or before.
    """
    keeper = require_keeper(hub)
    at = hub.clock()
    late = alarming(keeper.at(at), at)
    for one in late:
        if await hub.store.note_warning(f"{ALARM}{one.digest.hex()}", 0, at):
            _log.error(
                "suspension-unanswered",
                action="suspensions",
                body=one.body,
                key=None if one.key is None else one.key.hex(),
                person=one.person,
                since=one.at.isoformat(),
            )
    return late


async def look_after_suspensions(hub: Hub) -> None:
    """Sound alarms and tell senders; the duty that is taken again and again."""
    await sound_alarms(hub)
    await tell_senders(hub)
