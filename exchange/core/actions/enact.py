"""What an approved proposal does when it takes effect.

- It is worked out again against the state of that instant; if something keeps it from being
  done by then, it is outdated, says why, and nothing of it happens.
- What each key went through is noted with the persons on whose word it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from exchange.core.actions.authority import entitlement_findings
from exchange.core.actions.draft import Draft
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.moves import Effective, Settled, What
from exchange.core.actions.plan import Plan, make_plan
from exchange.core.actions.state import KeyEvent, KeyRecord, Proposal
from exchange.core.model import ContentDigest
from exchange.core.trust_values import KeyEntry, KeyStatus

_BECOMES: Final[Mapping[KeyStatus, KeyState]] = MappingProxyType(
    {
        KeyStatus.GRANTED: KeyState.ACTIVE,
        KeyStatus.SUSPENDED: KeyState.SUSPENDED,
        KeyStatus.REVOKED: KeyState.REVOKED,
        KeyStatus.WITHDRAWN: KeyState.RETIRED,
    }
)


def announce(draft: Draft, proposal: Proposal, plan: Plan, at: datetime) -> None:
    """Note the keys that a proposal brings, when it is approved.

    From now on their public keys belong to their bodies, also while they wait for their day.
    """
    for change, settled in plan.entries:
        brought = {one.fingerprint: one for one in change.arrivals}
        for entry in settled.arriving:
            arrival = brought[entry.fingerprint]
            draft.owners.setdefault(entry.key_id, entry)
            record = KeyRecord(
                fingerprint=entry.fingerprint,
                body=entry.body,
                role=entry.role,
                proof=arrival.proof,
                evidence=proposal.evidence_for(arrival),
                events=(),
            )
            draft.note(entry, record, _event(proposal, KeyState.APPROVED, at))


def enact(draft: Draft, proposal: Proposal, start: datetime) -> None:
    """Let an approved proposal take effect at an instant, or outdate it."""
    effective = Effective(start=start, due=proposal.activation.at, is_now=True)
    plan = make_plan(draft.state, proposal.changes, effective, start)
    findings = (
        *plan.findings,
        # Whoever decided it may have been stopped since.
        *entitlement_findings(draft.state, plan, proposal.body, start),
    )
    if findings:
        draft.keep(
            replace(
                proposal,
                state=ProposalState.OUTDATED,
                objection="; ".join(one.message for one in findings[:3]),
            )
        )
        return
    carry_out(draft, proposal, plan, start)


def carry_out(draft: Draft, proposal: Proposal, plan: Plan, start: datetime) -> None:
    """Write what a plan without findings does; whoever decided it was asked before."""
    # First of all, so that its own entries do not overtake it.
    draft.keep(replace(proposal, state=ProposalState.ACTIVE, active_at=start))
    decision = _decision(proposal)
    for one in plan.lists:
        draft.publish(one)
    for _, settled in plan.entries:
        for entry, event in _events(proposal, settled):
            draft.note(entry, None, event)
        draft.stand(settled.body, start, decision)
    for person in plan.persons:
        draft.enrol(person)


def _events(proposal: Proposal, settled: Settled) -> Iterator[tuple[KeyEntry, KeyEvent]]:
    arriving = {one.fingerprint for one in settled.arriving}
    moved = {(move.key, move.what) for move in settled.moves}
    for entry in settled.body.keys:
        begin = entry.periods[0].not_before
        if entry.fingerprint in arriving:
            yield entry, _event(proposal, KeyState.ACTIVE, begin)
        if (entry.fingerprint, What.KEY_STATE) in moved:
            yield entry, _event(proposal, _BECOMES[entry.status], begin)
        if (entry.fingerprint, What.KEY_SIGNS_UNTIL) in moved:
            yield entry, _event(proposal, KeyState.RETIRING, entry.signs_until)
        if (entry.fingerprint, What.KEY_ACCEPTED_UNTIL) in moved:
            yield entry, _event(proposal, KeyState.RETIRED, entry.accepted_until)


def _event(proposal: Proposal, state: KeyState, at: datetime) -> KeyEvent:
    return KeyEvent(
        state=state,
        at=at,
        action=_decision(proposal),
        persons=tuple(one for one in (proposal.proposer, proposal.decided_by) if one is not None),
        reason=proposal.reason,
    )


def _decision(proposal: Proposal) -> ContentDigest:
    return proposal.decision or proposal.digest
