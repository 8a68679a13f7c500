"""What a proposal would do to a state of trust, and everything that keeps it from being done.

- One plan is made for whoever is shown what will change, for the gate that refuses a proposal
  early, and for the fold that does it: what is shown is what happens.
- All findings are named at once, so that a proposal is mended in one go.
- A plan changes nothing.

Who may decide it is asked in `exchange.core.actions.authority`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.arriving import arrival_findings
from exchange.core.actions.entries import key_state
from exchange.core.actions.life import KeyState
from exchange.core.actions.listing import list_findings
from exchange.core.actions.moves import Effective, Settled, fault
from exchange.core.actions.persons import person_findings
from exchange.core.actions.settle import settle
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Activation,
    AdministratorChange,
    BodyChange,
    Change,
    ListChange,
)
from exchange.core.model import BodyId, BodyRole, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus
from exchange.errors import Finding

_STOPPED: Final = frozenset({KeyStatus.SUSPENDED, KeyStatus.REVOKED})
AUTHORITIES: Final = frozenset({BodyRole.ACCREDITATION_BODY, BodyRole.RECOGNITION_AUTHORITY})
"""Who vouches for the competence of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A proposal, worked out against a state."""

    effective: Effective
    entries: tuple[tuple[BodyChange, Settled], ...]
    persons: tuple[AdministratorChange, ...]
    lists: tuple[ListChange, ...]
    findings: tuple[Finding, ...]
    """Everything that keeps it from being done; empty when nothing does."""

    def body(self, state: TrustState, body: BodyId) -> Body | None:
        """Return a body as it will stand."""
        for _, settled in self.entries:
            if settled.body.id == body:
                return settled.body
        return state.bodies.get(body)


def effective_at(activation: Activation, at: datetime) -> Effective:
    """Return when a proposal takes effect that is approved at an instant."""
    return Effective(start=max(activation.at, at), due=activation.at, is_now=activation.at <= at)


def make_plan(
    state: TrustState, changes: Sequence[Change], effective: Effective, at: datetime
) -> Plan:
    """Work a proposal out.

    Args:
        state: Advanced to `at`.
        changes: What shall change.
        effective: When it takes effect.
        at: When it is judged; arriving keys and persons have to be usable then.
    """
    bodies = tuple(one for one in changes if isinstance(one, BodyChange))
    entries = tuple(
        (one, settle(state.bodies.get(one.body.id), one.body, effective)) for one in bodies
    )
    persons = tuple(one for one in changes if isinstance(one, AdministratorChange))
    lists = tuple(one for one in changes if isinstance(one, ListChange))
    settled = {one.body.id: result.body for one, result in entries}
    findings = chain(
        _twice(changes),
        *(result.findings for _, result in entries),
        _bases(state, entries),
        _places(state, entries, lists),
        _others(state, entries, settled),
        list_findings(settled.values(), effective.start),
        _siblings(settled.values()),
        _hub(state, settled, effective),
        arrival_findings(state, entries, at),
        person_findings(state, persons, settled, at),
        _unchanged(state, lists),
    )
    return Plan(
        effective=effective,
        entries=entries,
        persons=persons,
        lists=lists,
        findings=tuple(findings),
    )


def _twice(changes: Sequence[Change]) -> Iterator[Finding]:
    """One proposal says one thing about one subject."""
    if not changes:
        yield _finding(ActionCode.NO_CHANGE, "expected a change, found none")
    subjects = Counter(_subject(one) for one in changes)
    for subject, number in subjects.items():
        if number > 1:
            yield _finding(ActionCode.TWICE, f"{subject}: expected one change, found {number}")


def _subject(change: Change) -> str:
    match change:
        case BodyChange():
            return change.body.id
        case AdministratorChange():
            return change.administrator.person
        case ListChange():
            return f"list of {change.territory}"


def _bases(state: TrustState, entries: Sequence[tuple[BodyChange, Settled]]) -> Iterator[Finding]:
    """A change is made from the entry in force, and changes something."""
    for change, settled in entries:
        base = state.digests.get(change.body.id)
        if change.base != base:
            yield fault(
                ActionCode.BASE_OUTDATED,
                change.body,
                f"expected a change made from {_short(base)}, found one made from "
                f"{_short(change.base)}",
            )
        if not settled.moves:
            yield fault(ActionCode.NO_CHANGE, change.body, "expected a change, found none")


def _places(
    state: TrustState,
    entries: Sequence[tuple[BodyChange, Settled]],
    lists: Sequence[ListChange],
) -> Iterator[Finding]:
    """A body stands on the list of its economy."""
    published = {*state.lists, *(one.territory for one in lists)}
    for change, _ in entries:
        if change.body.economy not in published:
            yield fault(
                ActionCode.NO_LIST,
                change.body,
                f"expected one of the lists of {' '.join(sorted(published))}, found "
                f"{change.body.economy}",
            )


def _others(
    state: TrustState,
    entries: Sequence[tuple[BodyChange, Settled]],
    settled: Mapping[BodyId, Body],
) -> Iterator[Finding]:
    """Bodies that an entry names exist, and may be what it says they are."""
    for change, _ in entries:
        body = change.body
        for one in body.accreditations:
            authority = settled.get(one.authority) or state.bodies.get(one.authority)
            if (
                one.authority == body.id
                or authority is None
                or not (authority.roles & AUTHORITIES or authority.id == state.hub)
            ):
                yield fault(
                    ActionCode.AUTHORITY_UNKNOWN,
                    body,
                    f"accreditation {one.number}: expected a listed authority, found "
                    f"{one.authority}",
                )
        for predecessor in sorted(body.predecessors):
            if predecessor == body.id or (
                predecessor not in settled and predecessor not in state.bodies
            ):
                yield fault(
                    ActionCode.PREDECESSOR_UNKNOWN,
                    body,
                    f"expected another body that is listed, found {predecessor}",
                )


def _siblings(bodies: Iterable[Body]) -> Iterator[Finding]:
    """What is wrong with a private key is wrong with every certificate of it."""
    for body in bodies:
        for key in body.keys:
            if any(
                other.key_id == key.key_id
                and other.status in _STOPPED
                and key.status not in _STOPPED
                for other in body.keys
            ):
                yield fault(
                    ActionCode.KEY_SIBLING,
                    body,
                    f"key {key.key_id.hex()[:16]}…: expected all its certificates to stop, found "
                    f"{key.fingerprint.hex()[:16]}… granted",
                )


def _hub(
    state: TrustState, settled: Mapping[BodyId, Body], effective: Effective
) -> Iterator[Finding]:
    """The operator stays, keeps a key that can seal the next action, and for as long as now."""
    hub = settled.get(state.hub)
    if hub is None:
        return
    if not seals(hub, effective.start):
        yield fault(
            ActionCode.LAST_SEAL,
            hub,
            "expected an active operator with an active receipt key, found none",
        )
        return
    # Where no receipt key signs any more nothing can be sealed, not even what would bring another
    # one. So the end of the last may come nearer by the calendar only, of which it is warned in
    # time, and never by a change of dates. Keys that the change stops are left out of the
    # comparison: a lost key must be stopped, also when the one that remains ends earlier.
    granted = {one.fingerprint for one in hub.keys if one.status is KeyStatus.GRANTED}
    standing = tuple(one for one in state.bodies[hub.id].keys if one.fingerprint in granted)
    before, after = (_seals_until(keys, effective.start) for keys in (standing, hub.keys))
    if after < before:
        yield fault(
            ActionCode.LAST_SEAL,
            hub,
            f"expected receipt keys that sign without a gap until {in_zulu(before)} or longer, "
            f"found until {in_zulu(after)}",
        )


def _seals_until(keys: Iterable[KeyEntry], at: datetime) -> datetime:
    """Return until when receipt keys follow each other without a gap from an instant on."""
    end = at
    granted = (
        one for one in keys if one.role is KeyRole.RECEIPT and one.status is KeyStatus.GRANTED
    )
    for key in sorted(granted, key=lambda one: one.periods[0].not_before):
        if key.periods[0].not_before <= end:
            end = max(end, min(key.signs_until, key.certificate.not_after))
    return end


def seals(hub: Body, at: datetime) -> bool:
    """Tell whether a hub can seal an action at an instant."""
    return (
        BodyRole.HUB_OPERATOR in hub.roles
        and hub.state_at(at) is BodyState.ACTIVE
        and any(
            key.role is KeyRole.RECEIPT and key_state(key, at) is KeyState.ACTIVE
            for key in hub.keys
        )
    )


def _unchanged(state: TrustState, lists: Sequence[ListChange]) -> Iterator[Finding]:
    for one in lists:
        if state.lists.get(one.territory) == one:
            yield _finding(
                ActionCode.NO_CHANGE, f"list of {one.territory}: expected a change, found none"
            )


def _short(digest: bytes | None) -> str:
    return "no entry" if digest is None else f"{digest.hex()[:16]}…"


def _finding(code: ActionCode, message: str) -> Finding:
    return Finding(code=code, path="/Action/Word/Propose", message=message)
