"""Answers of the store to a message that is early, or that is there already."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from exchange.codes.service import RefusedCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.admission import Admission, Decision
from exchange.core.entry import (
    Committed,
    Entry,
    NewAttestation,
    Statement,
    StoredMessage,
)
from exchange.errors import Finding, RefusedError, UndecidedError
from exchange.store.statements import addressees

COME_BACK: Final = timedelta(minutes=5)
"""When it is worth sending a status change again whose predecessor is missing."""


def gap(statement: Statement, decision: Decision) -> UndecidedError:
    """Say which status change is missing, and what becomes of this statement meanwhile."""
    claim = statement.claim
    if isinstance(claim, NewAttestation):
        path, found = "/Attestation/Revision", f"revision {claim.revision}"
    else:
        path, found = "/StatusChange/Sequence", f"{claim.sequence if claim else 'none'}"
    is_ahead = decision.admission is Admission.AHEAD
    found += ", which takes effect at once" if is_ahead else ", which is held until then"
    return UndecidedError(
        Finding(
            code=StatusChangeCode.STC_02,
            path=path,
            message=f"expected sequence {decision.waiting_for} first, found {found}",
        ),
        retry_after=COME_BACK,
    )


def answer_again(entry: Entry, known: StoredMessage) -> Committed:
    """Answer a message that is there already."""
    same = known.message.digest == entry.message.digest and addressees(
        known.message.addressees
    ) == addressees(entry.message.addressees)
    if not same:
        raise message_id_conflict(known, entry)
    return Committed(
        sequence=known.sequence,
        verdict=known.verdict,
        receipt=known.receipt,
        receipt_digest=known.receipt_digest,
        content_digest=known.content_digest,
        repeated=True,
    )


def message_id_conflict(known: StoredMessage, entry: Entry) -> RefusedError:
    """Say what the message id was used for, to the sender who used it."""
    return RefusedError(
        Finding(
            code=RefusedCode.MESSAGE_ID_CONFLICT,
            message=f"expected digest {known.message.digest.hex()} "
            f"for {addressees(known.message.addressees)}, "
            f"found {entry.message.digest.hex()} for {addressees(entry.message.addressees)}",
        )
    )
