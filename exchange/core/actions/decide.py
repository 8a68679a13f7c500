"""What each word does: proposals, their answers, and emergencies.

- Two persons are two humans: another name, another key and another identity document.
- An approval is worth what was shown: it names the digest of what will change, and anything
  else than that is refused.
- An emergency takes effect at once on one person's word, and only ever takes trust away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import chain
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.arriving import dated_findings, evidence_findings
from exchange.core.actions.authority import entitlement_findings, may_suspend
from exchange.core.actions.carried import carried
from exchange.core.actions.draft import Draft
from exchange.core.actions.effects import effects_of
from exchange.core.actions.enact import announce, enact
from exchange.core.actions.entries import key_state
from exchange.core.actions.key_moves import with_status
from exchange.core.actions.life import (
    BODY,
    KEY,
    PROPOSAL,
    BodyMove,
    KeyMove,
    KeyState,
    ProposalMove,
    ProposalState,
)
from exchange.core.actions.persons import same_human
from exchange.core.actions.plan import effective_at, make_plan, seals
from exchange.core.actions.state import SUSPENSIONS_A_DAY, KeyEvent, Proposal, Suspension
from exchange.core.actions.values import (
    Activate,
    Administrator,
    AdministratorRole,
    Approve,
    Propose,
    Reject,
    SealedAction,
    SubjectKind,
    Suspend,
)
from exchange.core.model import ContentDigest
from exchange.core.trust_values import Body, BodyPeriod, KeyStatus
from exchange.errors import Finding, RuleError

MAX_FINDINGS: Final = 100
"""Findings named of one action; the rest are more of the same."""


def propose(
    draft: Draft, sealed: SealedAction, word: Propose, person: Administrator, at: datetime
) -> None:
    """Write a proposal that could be approved as it stands."""
    plan = make_plan(draft.state, word.changes, effective_at(word.activation, at), at)
    _demand(
        chain(
            entitlement_findings(draft.state, plan, person.body, at),
            plan.findings,
            dated_findings(plan.entries, at),
        )
    )
    draft.keep(
        Proposal(
            digest=sealed.digest,
            proposer=person.person,
            key=person.fingerprint,
            body=person.body,
            at=at,
            changes=word.changes,
            activation=word.activation,
            reason=word.reason,
        )
    )


def approve(
    draft: Draft, sealed: SealedAction, word: Approve, person: Administrator, at: datetime
) -> None:
    """Let a proposal take effect at once, or on its day, on the word of a second person."""
    proposal = _answered(draft, word.proposal, ProposalMove.APPROVE)
    state = draft.state
    plan = make_plan(state, proposal.changes, effective_at(proposal.activation, at), at)
    _demand(
        chain(
            _second_person(draft, proposal, person),
            evidence_findings(proposal, word.evidence, person.person, at),
            entitlement_findings(state, plan, proposal.body, at),
            plan.findings,
        )
    )
    shown = effects_of(state, plan)
    if word.shown != shown.digest:
        raise _refused(
            ActionCode.SHOWN_OUTDATED,
            "/Action/Word/Approve/Shown",
            f"expected {shown.digest.hex()[:16]}…, found {word.shown.hex()[:16]}…",
        )
    if shown.shrinks and not word.confirms_shrinking:
        raise _refused(
            ActionCode.SHRINKS,
            "/Action/Word/Approve/ConfirmsShrinking",
            f"expected a second confirmation for the lists of {' '.join(shown.shrinks)}",
        )
    approved = replace(
        proposal,
        state=ProposalState.APPROVED,
        decided_by=person.person,
        decision=sealed.digest,
        decided_at=at,
        evidence=dict(word.evidence),
    )
    draft.keep(approved)
    announce(draft, approved, plan, at)
    if proposal.activation.at <= at:
        enact(draft, approved, at)


def reject(
    draft: Draft, sealed: SealedAction, word: Reject, person: Administrator, at: datetime
) -> None:
    """Stop a proposal that does not count yet; one officer's word is enough to do nothing."""
    proposal = _answered(draft, word.proposal, ProposalMove.REJECT)
    if person.body != proposal.body and not draft.state.is_operator(person.body):
        raise _refused(
            ActionCode.NOT_ENTITLED,
            "/Action/Person",
            f"expected an officer of {proposal.body} or of the operator, found {person.person}",
        )
    draft.keep(
        replace(
            proposal,
            state=ProposalState.REJECTED,
            decided_by=person.person,
            decision=sealed.digest,
            decided_at=at,
            objection=word.reason,
        )
    )


def activate(draft: Draft, word: Activate, at: datetime) -> None:
    """Let an approved proposal take effect before its day, since all partners know of it."""
    proposal = _answered(draft, word.proposal, ProposalMove.ACTIVATE)
    if not proposal.activation.when_fetched:
        raise _refused(
            ActionCode.NOT_AWAITED,
            "/Action/Word/Activate",
            "expected a proposal that waits for its partners, found one that waits for its day",
        )
    enact(draft, proposal, at)


def suspend(
    draft: Draft, sealed: SealedAction, word: Suspend, person: Administrator, at: datetime
) -> None:
    """Stop a key or a body at once, on one person's word."""
    state = draft.state
    body = state.bodies.get(word.body)
    if body is None:
        raise _subject(f"expected a listed body, found {word.body}")
    if not may_suspend(state, person, word, at):
        raise _refused(
            ActionCode.NOT_ENTITLED,
            "/Action/Person",
            f"expected an officer of the operator, of an authority of {word.body}, or for its "
            f"own keys of {word.body}, found {person.person}",
        )
    is_own = person.body == word.body
    if not is_own:
        _count(draft, person, at)
    suspended = (
        _stopped_body(body, at)
        if word.kind is SubjectKind.BODY
        else _stopped_key(draft, sealed, word, body, person, at)
    )
    if body.id == state.hub and not seals(suspended, at):
        raise _refused(
            ActionCode.LAST_SEAL,
            "/Action/Word/Suspend",
            "expected another active receipt key of the hub, found none",
        )
    draft.suspend(
        Suspension(
            digest=sealed.digest,
            kind=word.kind,
            body=word.body,
            key=word.key,
            person=person.person,
            at=at,
            reason=word.reason,
            of_own_body=is_own,
        )
    )
    for waiting in state.waiting_proposals():
        if waiting.state is ProposalState.APPROVED:
            kept = carried(waiting, body, suspended)
            if kept is not None:
                draft.keep(kept)
    draft.stand(suspended, at, sealed.digest)


def _count(draft: Draft, person: Administrator, at: datetime) -> None:
    today = at.date()
    day, used = draft.quota.get(person.person, (date.min, 0))
    used = used if day == today else 0
    if used >= SUSPENSIONS_A_DAY:
        raise _refused(
            ActionCode.QUOTA,
            "/Action/Person",
            f"expected {SUSPENSIONS_A_DAY} suspensions by {person.person} on {today} at most, "
            "found one more",
        )
    draft.quota[person.person] = (today, used + 1)


def _stopped_body(body: Body, at: datetime) -> Body:
    now = body.history[0].state
    after = BODY[now].get(BodyMove.SUSPEND)
    if after is None:
        raise _subject(f"expected a body that is active, found {body.id} {now.value}")
    kept = tuple(period for period in body.history if period.since < at)
    return replace(body, history=(BodyPeriod(state=after, since=at), *kept))


def _stopped_key(
    draft: Draft,
    sealed: SealedAction,
    word: Suspend,
    body: Body,
    person: Administrator,
    at: datetime,
) -> Body:
    """Every certificate of the public key stops, since they share one private key."""
    named = next((one for one in body.keys if one.fingerprint == word.key), None)
    if named is None:
        raise _subject(f"expected a key of {body.id}, found {(word.key or b'').hex()[:16]}…")
    now = key_state(named, at)
    if KeyMove.SUSPEND not in KEY[now]:
        raise _subject(f"expected a key that can be suspended, found one that is {now.value}")
    keys = []
    for one in body.keys:
        if one.key_id == named.key_id and KeyMove.SUSPEND in KEY[key_state(one, at)]:
            stopped = replace(one, periods=with_status(one.periods, KeyStatus.SUSPENDED, at))
            event = KeyEvent(
                state=KeyState.SUSPENDED,
                at=at,
                action=sealed.digest,
                persons=(person.person,),
                reason=word.reason,
            )
            draft.note(stopped, None, event)
            keys.append(stopped)
        else:
            keys.append(one)
    return replace(body, keys=tuple(keys))


def _answered(draft: Draft, digest: ContentDigest, move: ProposalMove) -> Proposal:
    """Return the proposal that is answered, if it can still be."""
    proposal = draft.proposals.get(digest)
    if proposal is None:
        raise _refused(
            ActionCode.PROPOSAL_UNKNOWN,
            "/Action/Word",
            f"expected a proposal that was made here, found {digest.hex()[:16]}…",
        )
    if move not in PROPOSAL[proposal.state]:
        outdated = proposal.state is ProposalState.OUTDATED
        raise _refused(
            ActionCode.PROPOSAL_OUTDATED if outdated else ActionCode.PROPOSAL_DECIDED,
            "/Action/Word",
            f"expected a proposal that can be answered so, found one that is "
            f"{proposal.state.value}" + (f": {proposal.objection}" if proposal.objection else ""),
        )
    return proposal


def _second_person(draft: Draft, proposal: Proposal, person: Administrator) -> Iterator[Finding]:
    first = draft.administrators.get(proposal.proposer)
    if (
        first is None
        or first.body != proposal.body
        or first.role is not AdministratorRole.TRUST_OFFICER
        # Another key under the same name is somebody else's word, or the first key is lost.
        or first.fingerprint != proposal.key
    ):
        yield _finding(
            ActionCode.PROPOSER_GONE,
            "/Action/Word/Approve/Proposal",
            f"expected {proposal.proposer} to be a trust officer still, by the key of "
            "then, found otherwise",
        )
    known = first or draft.former.get(proposal.proposer)
    if known is not None and same_human(known, person):
        yield _finding(
            ActionCode.SAME_PERSON,
            "/Action/Person",
            f"expected another person than {proposal.proposer}, found {person.person} with the "
            "same name, key or identity document",
        )
    if person.body != proposal.body:
        yield _finding(
            ActionCode.NOT_ENTITLED,
            "/Action/Person",
            f"expected a second officer of {proposal.body}, found {person.person}",
        )


def _demand(findings: Iterator[Finding]) -> None:
    found = tuple(findings)[:MAX_FINDINGS]
    if found:
        raise RuleError(*found)


def _subject(message: str) -> RuleError:
    return _refused(ActionCode.SUBJECT, "/Action/Word/Suspend", message)


def _refused(code: ActionCode, path: str, message: str) -> RuleError:
    return RuleError(_finding(code, path, message))


def _finding(code: ActionCode, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)
