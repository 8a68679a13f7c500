"""What two persons have decided to take away is not undone by an emergency of one.

A change that waits for its day is overtaken when the entry changes, so that it undoes nothing.
Otherwise one officer of a body that is to lose a key on Friday would suspend another key of it
on Thursday, and keep the first. So what takes trust away is carried over to the entry with the
suspension: everything that was just stopped stays stopped.
"""

from __future__ import annotations

from dataclasses import replace

from exchange.core.actions.entries import entry_digest
from exchange.core.actions.state import Proposal
from exchange.core.actions.values import BodyChange, Change
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus


def carried(proposal: Proposal, old: Body, suspended: Body) -> Proposal | None:
    """Return a proposal made from an entry as it stands after a suspension.

    Args:
        proposal: Approved, and waiting.
        old: The entry before the suspension.
        suspended: The entry after it.

    Returns:
        The proposal; `None` when it takes nothing away from this entry.
    """
    if not any(_takes_away(one, old) for one in proposal.changes):
        return None
    return replace(
        proposal, changes=tuple(_carried(one, old, suspended) for one in proposal.changes)
    )


def _takes_away(change: Change, old: Body) -> bool:
    if not isinstance(change, BodyChange) or change.body.id != old.id:
        return False
    before = {key.fingerprint: key.status for key in old.keys}
    state = change.body.history[0].state
    return (state is not old.history[0].state and state is not BodyState.ACTIVE) or any(
        key.status is not KeyStatus.GRANTED and before.get(key.fingerprint) is not key.status
        for key in change.body.keys
    )


def _carried(change: Change, old: Body, suspended: Body) -> Change:
    if not isinstance(change, BodyChange) or change.body.id != old.id:
        return change
    before = {key.fingerprint: key for key in old.keys}
    after = {key.fingerprint: key for key in suspended.keys}

    def kept(key: KeyEntry) -> KeyEntry:
        was, now = before.get(key.fingerprint), after.get(key.fingerprint)
        if was is None or now is None or was.status is now.status or key.status is not was.status:
            return key
        return replace(key, periods=now.periods)

    is_untouched = change.body.history[0].state is old.history[0].state
    body = replace(
        change.body,
        history=suspended.history if is_untouched else change.body.history,
        keys=tuple(map(kept, change.body.keys)),
    )
    return replace(change, body=body, base=entry_digest(suspended))
