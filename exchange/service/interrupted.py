"""Whose suspension a document was refused under, so that its sender can be told when it ends."""

from __future__ import annotations

from typing import Final

from exchange.codes.trust import TrustCode
from exchange.core.entry import Interrupted
from exchange.core.snapshot import Snapshot
from exchange.errors import RejectedError
from exchange.service.examination import Learned

_STOPS: Final = frozenset({TrustCode.KEY_SUSPENDED, TrustCode.BODY_NOT_ACTIVE})


def interrupted_by(
    error: RejectedError, learned: Learned | None, snapshot: Snapshot
) -> Interrupted | None:
    """Return whose suspension a document was refused under; `None` for any other refusal.

    Args:
        error: The refusal.
        learned: What was known about the document by then.
        snapshot: What it was judged by.
    """
    key = None if learned is None or learned.signature is None else learned.signature.key
    listed = None if key is None else snapshot.trust.by_fingerprint.get(key)
    if error.code not in _STOPS or listed is None:
        return None
    return Interrupted(body=listed.body.id, key=key, code=error.code.value)
