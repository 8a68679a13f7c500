"""End holds: what waited in vain gets a second signed receipt (STC-02).

The first receipt said that a status change waits for the one before it, or a revision for the gap
before a restriction that stands already. Its time ran out, or its turn came
and the register refused it; either way the sender is told, under the same chain of receipts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from exchange.codes import Code
from exchange.codes.notices import NoticeCode
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.hold import Hold, Lapse
from exchange.core.model import Kind
from exchange.core.receipt_document import Outcome, Receipt, Stage, report
from exchange.errors import Finding, RefusedError
from exchange.service.examination import draft
from exchange.service.hub import Hub

_log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Holds that are ended in one turn."""


async def end_holds(hub: Hub) -> None:
    """Give up what has waited in vain, and tell who sent it."""
    at = hub.clock()
    for hold in (
        *await hub.store.lapsed_holds(at=at, limit=AT_ONCE),
        *await hub.store.untold_holds(limit=AT_ONCE),
    ):
        await _end(hub, hold, at)


async def _end(hub: Hub, hold: Hold, at: datetime) -> None:
    codes: tuple[Code, ...] = (*RuleCode, *StatusChangeCode, NoticeCode.REMOVED)
    code = next((one for one in codes if one.value == hold.fault), StatusChangeCode.STC_02)
    drafted = draft(_given_up(hub, hold, code, at), hub.certificates)
    receipt = drafted.record(await hub.sign(drafted))
    try:
        await hub.store.lapse(Lapse(hold=hold, receipt=receipt, at=at, code=code.value))
    except RefusedError:
        # The missing one has come meanwhile, which is better.
        return
    _log.info(
        "hold-ended",
        action="holds",
        sender=hold.message.sender,
        message_id=hold.message.message_id,
        code=code.value,
    )


def _given_up(hub: Hub, hold: Hold, code: Code, at: datetime) -> Receipt:
    """Return what the hub says about a statement that does not enter."""
    message = hold.message
    missing = f"expected status change {hold.waiting_for} within 24 hours, found none"
    path = "/StatusChange/Sequence"
    if hold.kind is Kind.ATTESTATION:
        missing += "; the revision was not entered, send it again behind that change"
        path = "/Attestation/Revision"
    finding = Finding(
        code=code,
        path=path,
        message=code.summary if hold.fault else missing,
    )
    return Receipt(
        receipt_id=hub.new_document_id(),
        stage=Stage.FAILED,
        outcome=Outcome.REJECTED,
        issuer=hub.id,
        message_id=message.message_id,
        sender=message.sender,
        addressees=message.addressees,
        message_digest=message.digest,
        kind=hold.kind,
        content_digest=hold.content_digest,
        previous=hold.receipt_digest,
        received_at=message.received_at,
        produced_at=at,
        snapshot_id=hub.snapshot.id,
        findings=report((finding,)),
    )
