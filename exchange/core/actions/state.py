"""The state of trust: what follows from all actions of a hub, in the order of the ledger.

- It is made by `exchange.core.actions.fold` from sealed actions and from nothing else; no row
  of a database is the truth, and whoever has the statements has the state.
- It is a value. What the clock brings about (an approved change whose date has come) is brought
  in by `fold.advance`, so ask a state that was advanced to the instant that you mean.
- What is published is more than what is in force: a key whose beginning lies ahead stands on
  the list before it counts, so that partners know it in time.

Example:
    >>> state = advance(state, now)
    >>> [body.id for body in state.published(now)[Economy("CN")]]
    ['CN-AB-CNAS', 'CN-CB-0103']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from exchange.core.actions.entries import key_state
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.settle import announced
from exchange.core.actions.values import (
    Activation,
    Administrator,
    AdministratorRole,
    Arrival,
    BodyChange,
    Change,
    EntryDigest,
    Evidence,
    ListChange,
    PersonId,
    ProofOfPossession,
    SubjectKind,
)
from exchange.core.actions.withdrawn import with_withdrawn
from exchange.core.interruptions import Interruption, Interruptions
from exchange.core.model import (
    BodyId,
    BodyRole,
    ContentDigest,
    DocumentId,
    Economy,
    Fingerprint,
    KeyId,
    KeyRole,
)
from exchange.core.trust_values import Body, KeyEntry

ALARM_AFTER: Final = timedelta(hours=24)
"""How long a suspension by one person may stay unanswered before it alarms."""
SUSPENSIONS_A_DAY: Final = 3
"""Emergency suspensions of one person in one UTC day; those of the own body do not count."""
FEWEST_OFFICERS: Final = 3
"""Trust officers of the operator: one may be lost, and two can still replace that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal with what became of it."""

    digest: ContentDigest
    """Of the sealed action that made it."""
    proposer: PersonId
    key: Fingerprint
    """The proposer's key certificate; who has another one by now has not said it."""
    body: BodyId
    """For which body the proposer acts, and the approver has to."""
    at: datetime
    changes: tuple[Change, ...]
    activation: Activation
    reason: str
    state: ProposalState = ProposalState.OPEN
    decided_by: PersonId | None = None
    """Who approved or rejected it."""
    decision: ContentDigest | None = None
    """The sealed action that decided it."""
    decided_at: datetime | None = None
    objection: str = ""
    """Why it was rejected, or what overtook it."""
    active_at: datetime | None = None
    evidence: Mapping[Fingerprint, Evidence] | None = None
    """What the approval brought for keys that still waited for it; `None` when nobody ever
    approved it, though it may have been approved first and rejected later."""

    def evidence_for(self, arrival: Arrival) -> Evidence | None:
        """Return the evidence for a key, whether it came with proposal or approval."""
        return (self.evidence or {}).get(arrival.fingerprint) or arrival.evidence

    def touches(self, body: BodyId) -> bool:
        """Tell whether it says how the entry of a body shall stand."""
        return any(isinstance(one, BodyChange) and one.body.id == body for one in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """An emergency suspension by one person, until two lift it."""

    digest: ContentDigest
    kind: SubjectKind
    body: BodyId
    key: Fingerprint | None
    person: PersonId
    at: datetime
    reason: str
    of_own_body: bool
    """Whether the person acts for the suspended body itself."""
    ended_at: datetime | None = None
    """When two persons lifted it, or ended what it suspended for ever."""
    ended_by: ContentDigest | None = None
    """The approval that did so."""

    @property
    def alarms_at(self) -> datetime:
        """From when it alarms while it is open."""
        return self.at + ALARM_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """One move of a key, and on whose word it happened."""

    state: KeyState
    """Where the key stood from then on."""
    at: datetime
    action: ContentDigest
    """The sealed action that decided it."""
    persons: tuple[PersonId, ...]
    """Proposer and approver, or the one person of an emergency; none for the founding."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """How a key came, and what became of it."""

    fingerprint: Fingerprint
    body: BodyId
    role: KeyRole
    proof: ProofOfPossession | None
    """`None` for the keys of the founding, which were made before everybody's eyes."""
    evidence: Evidence | None
    events: tuple[KeyEvent, ...]
    """Oldest first; at least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState:
    """Who may act, who is trusted, and what waits, after some number of actions."""

    hub: BodyId
    root: Fingerprint
    """The offline root's key certificate, which signed the founding."""
    count: int
    """Actions so far, the founding included."""
    at: datetime
    """When the last action was received."""
    last: ContentDigest
    """The last action."""
    administrators: Mapping[PersonId, Administrator]
    former: Mapping[PersonId, Administrator]
    """Who acted once and does no more."""
    person_keys: Mapping[KeyId, PersonId]
    """Whose each public key is that a person ever had; it never gets another owner."""
    lists: Mapping[Economy, ListChange]
    bodies: Mapping[BodyId, Body]
    """Entries in force; what is announced stands in `published` only."""
    digests: Mapping[BodyId, EntryDigest]
    """`entry_digest` of each: the base of a change."""
    owners: Mapping[KeyId, KeyEntry]
    """An entry of each public key that was ever approved; it never gets another owner."""
    keys: Mapping[Fingerprint, KeyRecord]
    proposals: Mapping[ContentDigest, Proposal]
    waiting: AbstractSet[ContentDigest]
    """Proposals that are open, or approved and not active yet."""
    spent: AbstractSet[DocumentId]
    """Identifiers of all actions; a word that was said once does not count again."""
    suspensions: Mapping[ContentDigest, Suspension]
    stopped_keys: Mapping[Fingerprint, Interruption]
    """Keys that are suspended or revoked now."""
    stopped_bodies: Mapping[BodyId, Interruption]
    """Bodies that are suspended or have ended."""
    quota: Mapping[PersonId, tuple[date, int]]
    """How many suspensions of others a person has used on the last day of using one."""
    folded: TrustState | None = None
    """What this state was advanced from; the next action is applied to that one, so that the
    actions alone decide and never who looked at the clock in between."""

    def administrator(self, key: Fingerprint) -> Administrator | None:
        """Return the person who is enrolled with a key certificate, if anybody is."""
        for one in self.administrators.values():
            if one.fingerprint == key:
                return one
        return None

    def officers(self, body: BodyId) -> tuple[Administrator, ...]:
        """Return the trust officers of a body."""
        return tuple(
            one
            for one in self.administrators.values()
            if one.body == body and one.role is AdministratorRole.TRUST_OFFICER
        )

    def key(self, fingerprint: Fingerprint) -> KeyEntry | None:
        """Return a listed key in force, by its key certificate."""
        record = self.keys.get(fingerprint)
        body = None if record is None else self.bodies.get(record.body)
        if body is None:
            return None
        return next((one for one in body.keys if one.fingerprint == fingerprint), None)

    def key_state(self, fingerprint: Fingerprint, at: datetime) -> KeyState | None:
        """Return where a key stands; `None` when nobody has brought it, or it was rejected."""
        entry = self.key(fingerprint)
        if entry is not None:
            return key_state(entry, at)
        for one in self.waiting_proposals():
            if any(arrival.fingerprint == fingerprint for _, arrival in arrivals(one)):
                is_open = one.state is ProposalState.OPEN
                return KeyState.PROPOSED if is_open else KeyState.APPROVED
        return None

    def waiting_proposals(self) -> tuple[Proposal, ...]:
        """Return proposals that are open, or approved and not active yet, oldest first."""
        found = (self.proposals[digest] for digest in self.waiting)
        return tuple(sorted(found, key=lambda one: (one.at, one.digest)))

    def next_change_at(self) -> datetime | None:
        """Return when the clock will bring an approved change about, if one waits."""
        return min(
            (
                one.activation.at
                for one in self.waiting_proposals()
                if one.state is ProposalState.APPROVED
            ),
            default=None,
        )

    def open_suspensions(self) -> tuple[Suspension, ...]:
        """Return suspensions that nobody has lifted, oldest first."""
        return tuple(one for one in self.suspensions.values() if one.ended_at is None)

    def resting_on(self, authority: BodyId) -> tuple[Body, ...]:
        """Return the bodies for whose competence a body vouches; its suspension flags them."""
        return tuple(
            body
            for body in self.bodies.values()
            if any(one.authority == authority for one in body.accreditations)
        )

    def published(self, at: datetime) -> Mapping[Economy, tuple[Body, ...]]:
        """Return the bodies of every list as they shall be published at an instant.

        Args:
            at: For the lists of this instant, of a state that was advanced to it.

        Returns:
            By territory, bodies in the order of their identifiers. A territory without bodies
            has none here and gets no list.
        """
        standing = dict(self.bodies)
        for proposal in self.waiting_proposals():
            if proposal.state is ProposalState.APPROVED:
                for change in proposal.changes:
                    if isinstance(change, BodyChange):
                        start = max(proposal.activation.at, at)
                        body = announced(standing.get(change.body.id), change.body, start)
                        standing[body.id] = body
        standing = with_withdrawn(
            standing,
            self.keys,
            (
                (one.changes, one.activation.at)
                for one in self.proposals.values()
                if one.evidence is not None
            ),
        )
        found: dict[Economy, list[Body]] = {}
        for body in sorted(standing.values(), key=lambda one: one.id):
            found.setdefault(body.economy, []).append(body)
        return {economy: tuple(bodies) for economy, bodies in sorted(found.items())}

    def interruptions(self) -> Interruptions:
        """Return everything that is suspended or revoked now, whether lists show it or not."""
        return Interruptions.of(keys=self.stopped_keys, bodies=self.stopped_bodies)

    def is_operator(self, body: BodyId) -> bool:
        """Tell whether a body operates this hub."""
        found = self.bodies.get(body)
        return body == self.hub and found is not None and BodyRole.HUB_OPERATOR in found.roles


def arrivals(proposal: Proposal) -> Iterable[tuple[BodyId, Arrival]]:
    """Return the keys that a proposal brings, each with its body."""
    for change in proposal.changes:
        if isinstance(change, BodyChange):
            for arrival in change.arrivals:
                yield change.body.id, arrival
