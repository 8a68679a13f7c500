"""A state of trust in the making: what several actions change, without a copy for each.

- `state` is a `TrustState` over the draft's own maps: whoever reads it sees what was written.
- A draft is thrown away when an action is refused, so nothing is written by halves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from exchange.core.actions.entries import entry_digest
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.state import KeyEvent, KeyRecord, Proposal, Suspension, TrustState
from exchange.core.actions.values import (
    AdministratorChange,
    BodyChange,
    ListChange,
    PersonId,
    SealedAction,
    SubjectKind,
)
from exchange.core.interruptions import Interruption, Stopped
from exchange.core.model import ContentDigest, Fingerprint
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus

_STOPPED_KEYS = {KeyStatus.SUSPENDED: Stopped.SUSPENDED, KeyStatus.REVOKED: Stopped.REVOKED}
_STOPPED_BODIES = {BodyState.SUSPENDED: Stopped.SUSPENDED, BodyState.ENDED: Stopped.REVOKED}


class Draft:
    """The maps of a state, to be written to."""

    def __init__(self, state: TrustState) -> None:
        """Copy the maps; their values are shared."""
        self.administrators = dict(state.administrators)
        self.former = dict(state.former)
        self.person_keys = dict(state.person_keys)
        self.lists = dict(state.lists)
        self.bodies = dict(state.bodies)
        self.digests = dict(state.digests)
        self.owners = dict(state.owners)
        self.keys = dict(state.keys)
        self.proposals = dict(state.proposals)
        self.waiting = set(state.waiting)
        self.spent = set(state.spent)
        self.suspensions = dict(state.suspensions)
        self.stopped_keys = dict(state.stopped_keys)
        self.stopped_bodies = dict(state.stopped_bodies)
        self.quota = dict(state.quota)
        self.state = replace(
            state,
            administrators=self.administrators,
            former=self.former,
            person_keys=self.person_keys,
            lists=self.lists,
            bodies=self.bodies,
            digests=self.digests,
            owners=self.owners,
            keys=self.keys,
            proposals=self.proposals,
            waiting=self.waiting,
            spent=self.spent,
            suspensions=self.suspensions,
            stopped_keys=self.stopped_keys,
            stopped_bodies=self.stopped_bodies,
            quota=self.quota,
            folded=None,
        )

    def count(self, sealed: SealedAction, at: datetime) -> None:
        """Note that an action was applied."""
        self.spent.add(sealed.action.action_id)
        self.state = replace(self.state, count=self.state.count + 1, at=at, last=sealed.digest)

    def keep(self, proposal: Proposal) -> None:
        """Write a proposal, and whether it still waits."""
        self.proposals[proposal.digest] = proposal
        if proposal.state in (ProposalState.OPEN, ProposalState.APPROVED):
            self.waiting.add(proposal.digest)
        else:
            self.waiting.discard(proposal.digest)

    def stand(self, body: Body, at: datetime, by: ContentDigest) -> None:
        """Write an entry, and everything that follows from how it stands now.

        Args:
            body: As it stands from now on.
            at: Since when.
            by: The action that decided it.
        """
        digest = entry_digest(body)
        self.bodies[body.id] = body
        self.digests[body.id] = digest
        self._interrupt(body)
        self._end_suspensions(body, at, by)
        for key in body.keys:
            self.owners.setdefault(key.key_id, key)
        for waiting in self.state.waiting_proposals():
            for change in waiting.changes:
                if (
                    isinstance(change, BodyChange)
                    and change.body.id == body.id
                    and change.base != digest
                ):
                    self._overtake(waiting, f"the entry of {body.id} has changed")

    def enrol(self, change: AdministratorChange) -> None:
        """Write a person who comes, changes or goes; no change that waits undoes it."""
        one = change.administrator
        touched = _persons(change)
        for gone in touched:
            known = self.administrators.pop(gone, None)
            if known is not None:
                self.former[gone] = known
        if not change.removed:
            self.administrators[one.person] = one
            self.former.pop(one.person, None)
            self.person_keys[one.certificate.key_id] = one.person
        for waiting in self.state.waiting_proposals():
            for other in waiting.changes:
                if isinstance(other, AdministratorChange) and touched & _persons(other):
                    self._overtake(waiting, f"{one.person} has changed")

    def publish(self, change: ListChange) -> None:
        """Write how a list is published; no change that waits undoes it."""
        self.lists[change.territory] = change
        for waiting in self.state.waiting_proposals():
            for other in waiting.changes:
                if isinstance(other, ListChange) and other.territory == change.territory:
                    self._overtake(waiting, f"the list of {change.territory} has changed")

    def note(self, entry: KeyEntry, record: KeyRecord | None, *events: KeyEvent) -> None:
        """Write what happened to a key.

        Args:
            entry: The key.
            record: How it came, when it comes now.
            events: What happens, by this word; what was planned and happens no more goes.
        """
        known = self.keys.get(entry.fingerprint)
        history = () if known is None else known.events
        for event in events:
            history = _continued(history, event)
        base = record or known
        if base is None:
            base = KeyRecord(
                fingerprint=entry.fingerprint,
                body=entry.body,
                role=entry.role,
                proof=None,
                evidence=None,
                events=(),
            )
        self.keys[entry.fingerprint] = replace(base, events=history)

    def suspend(self, suspension: Suspension) -> None:
        """Write a suspension."""
        self.suspensions[suspension.digest] = suspension

    def _overtake(self, waiting: Proposal, objection: str) -> None:
        self.keep(replace(waiting, state=ProposalState.OUTDATED, objection=objection))

    def _interrupt(self, body: Body) -> None:
        what = _STOPPED_BODIES.get(body.history[0].state)
        if what is None:
            self.stopped_bodies.pop(body.id, None)
        else:
            self.stopped_bodies[body.id] = Interruption(what=what, since=body.history[0].since)
        for key in body.keys:
            stopped = _STOPPED_KEYS.get(key.status)
            if stopped is None:
                self.stopped_keys.pop(key.fingerprint, None)
            else:
                self.stopped_keys[key.fingerprint] = Interruption(
                    what=stopped, since=key.periods[0].not_before
                )

    def _end_suspensions(self, body: Body, at: datetime, by: ContentDigest) -> None:
        statuses = {key.fingerprint: key.status for key in body.keys}
        for one in self.state.open_suspensions():
            if one.body == body.id and one.digest != by and not _lasts(one, body, statuses):
                self.suspend(replace(one, ended_at=at, ended_by=by))


def _persons(change: AdministratorChange) -> frozenset[PersonId]:
    named = {change.administrator.person, change.replaces}
    return frozenset(one for one in named if one is not None)


def _lasts(one: Suspension, body: Body, statuses: dict[Fingerprint, KeyStatus]) -> bool:
    if one.kind is SubjectKind.BODY:
        return body.history[0].state is BodyState.SUSPENDED
    return one.key is not None and statuses.get(one.key) is KeyStatus.SUSPENDED


def _continued(history: tuple[KeyEvent, ...], event: KeyEvent) -> tuple[KeyEvent, ...]:
    """Return the history of a key with one more event, oldest first.

    Words say days that lie ahead: when a key begins, signs no more, ends. What stops it before
    them, or names another day, takes their place.
    """
    match event.state:
        case KeyState.REVOKED:
            kept = [one for one in history if one.at <= event.at]
        case KeyState.SUSPENDED:
            # The clock still ends what is suspended; it begins only by another word.
            clock = {KeyState.RETIRING, KeyState.RETIRED}
            kept = [one for one in history if one.at <= event.at or one.state in clock]
        case KeyState.RETIRING:
            kept = [one for one in history if one.state is not KeyState.RETIRING]
        case KeyState.RETIRED:
            kept = [
                one for one in history if one.at <= event.at and one.state is not KeyState.RETIRED
            ]
        case KeyState.PROPOSED | KeyState.APPROVED | KeyState.ACTIVE:
            kept = list(history)
        case _:
            assert_never(event.state)
    return tuple(sorted((*kept, event), key=lambda one: one.at))
