"""What will change, as an officer is shown it before the approval.

- One sentence for each thing that changes, and for what follows from it: bodies that rest on a
  suspended authority, lists that shrink, accreditations in the name of somebody who has nobody
  here yet.
- Evidence of who sent a key is shown where the proposal carries it.
- The digest names what was shown. While nothing changes it stays the same, whenever it is asked;
  an approval of anything else than what will happen is refused.

Example:
    >>> shown = effects(state, proposal.changes, proposal.activation, now)
    >>> [one.sentence for one in shown.effects]
    ['CN-CB-0103: attestation key 5b0c… arrives: signs from at once until …']
    >>> Approve(proposal=proposal.digest, shown=shown.digest)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from exchange.core.actions.authority import on_behalf
from exchange.core.actions.moves import Move, What, all_names
from exchange.core.actions.plan import AUTHORITIES, Plan, effective_at, make_plan
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Activation,
    Administrator,
    AdministratorChange,
    Change,
    Evidence,
)
from exchange.core.competence import AccreditationState
from exchange.core.list_size import shrinks, size_of
from exchange.core.model import BodyId, Economy, Fingerprint
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body, BodyState, KeyStatus, Operator
from exchange.errors import RuleError

_PURPOSE: Final = b"urn:mrhub:action:1 shown\n"
"""The first octets under the digest, so that it is the digest of nothing else."""
SOON: Final = timedelta(days=1)
"""What ends within this time after the change ends by it: a list that shrinks a minute later
shrinks all the same."""
_WORDS: Final[Mapping[What, str]] = {
    What.BODY_ENTERS: "enters the list: {after}",
    What.BODY_STATE: "was {before}, will be {after}",
    What.BODY_RENAMED: "was called {before}, will be called {after}",
    What.BODY_CHANGED: "{subject}: was {before}, will be {after}",
    What.SUCCESSOR: "takes the place of {after}; before of {before}",
    What.ACCREDITATION_ENTERS: "is accredited, {subject}: {after}",
    What.ACCREDITATION_STATE: "accreditation {subject}: was {before}, will be {after}",
    What.ACCREDITATION_CHANGED: "accreditation {subject}: was {before}, will be {after}",
    What.KEY_ENTERS: "key {key} arrives: {after}",
    What.EVIDENCE: "key {key} was {after}",
    What.KEY_STATE: "key {key} is {before}, will be {after}",
    What.KEY_SIGNS_UNTIL: "key {key} signs until {after} instead of {before}",
    What.KEY_ACCEPTED_UNTIL: "key {key} is accepted until {after} instead of {before}",
    What.KEY_RESCOPED: "key {key}: scope was {before}; will be {after}",
    What.KEY_CHANGED: "key {key}: {subject} was {before}, will be {after}",
    What.ADMINISTRATOR_ENROLLED: "{subject} is enrolled: {after}",
    What.ADMINISTRATOR_CHANGED: "{subject} was {before}, will be {after}",
    What.ADMINISTRATOR_REMOVED: "{subject} acts no more: was {before}",
    What.LIST_OPENED: "list of {subject} is opened: {after}",
    What.LIST_CHANGED: "list of {subject}: was {before}, will be {after}",
    What.LIST_SHRINKS: "list of {subject} shrinks from {before} to {after}",
    What.RESTS_ON: "rests on {before}, which will be {after}",
    What.ON_BEHALF: "accredits by the word of the operator's two, having no administrators yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that will change."""

    what: What
    body: BodyId | None
    key: Fingerprint | None
    before: str
    after: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Everything that will change."""

    effects: tuple[Effect, ...]
    shrinks: tuple[Economy, ...]
    """Lists that shrink so much that the approval has to say so a second time."""
    keys: frozenset[Fingerprint]
    """Keys that it touches."""
    bodies: frozenset[BodyId]
    """Bodies that it touches, those that rest on another included."""
    digest: bytes
    """SHA-256 over all of it, 32 bytes: `Approve.shown`."""


def effects(
    state: TrustState, changes: Sequence[Change], activation: Activation, at: datetime
) -> Effects:
    """Return what would change if a proposal were approved at an instant.

    Args:
        state: Advanced to `at`.
        changes: Of a proposal that was made, or of one that is being drafted.
        activation: When it shall take effect.
        at: When it is shown, or approved.

    Raises:
        RuleError: It cannot be done; everything that keeps it from being done is named.
    """
    plan = make_plan(state, changes, effective_at(activation, at), at)
    if plan.findings:
        raise RuleError(*plan.findings)
    return effects_of(state, plan)


def effects_of(state: TrustState, plan: Plan) -> Effects:
    """Return what a plan without findings changes."""
    shrinking = tuple(_shrinking(state, plan))
    found = (
        *_moved(plan),
        *_persons(state, plan.persons),
        *_lists(state, plan),
        *_resting(state, plan),
        *(_effect(one, Move(What.ON_BEHALF, "", "")) for one in sorted(on_behalf(state, plan))),
        *(
            _effect(None, Move(What.LIST_SHRINKS, before, after, subject=economy))
            for economy, before, after in shrinking
        ),
    )
    return Effects(
        effects=found,
        shrinks=tuple(economy for economy, _, _ in shrinking),
        keys=frozenset(one.key for one in found if one.key is not None),
        bodies=frozenset(one.body for one in found if one.body is not None),
        digest=shown_digest(found),
    )


def shown_digest(found: Sequence[Effect]) -> bytes:
    """Return the digest that names what was shown, sentences included.

    Whoever is about to approve computes it from what stands on the screen.
    """
    said = [
        [
            one.what,
            one.body,
            one.key.hex() if one.key else None,
            one.before,
            one.after,
            one.sentence,
        ]
        for one in found
    ]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return sha256(_PURPOSE + text.encode()).digest()


def _effect(body: BodyId | None, move: Move) -> Effect:
    sentence = _WORDS[move.what].format(
        before=move.before or "nothing",
        after=move.after,
        subject=move.subject,
        key="" if move.key is None else f"{move.key.hex()[:16]}…",
    )
    return Effect(
        what=move.what,
        body=body,
        key=move.key,
        # The subject is part of what was shown, so it is part of what is digested.
        before=f"{move.subject}: {move.before}" if move.subject else move.before,
        after=move.after,
        sentence=sentence if body is None else f"{body}: {sentence}",
    )


def _moved(plan: Plan) -> Iterator[Effect]:
    for change, settled in plan.entries:
        for move in settled.moves:
            yield _effect(change.body.id, move)
        # What an approval brings by itself is not shown: the approver signs it in the same word,
        # which names the digest, so that it cannot be under it.
        for arrival in change.arrivals:
            if arrival.evidence is not None:
                said = _evidence(arrival.evidence)
                move = Move(What.EVIDENCE, "", said, key=arrival.fingerprint)
                yield _effect(change.body.id, move)


def _evidence(one: Evidence) -> str:
    # Free text stands last, so that none of it can pass for what stands before it.
    return (
        f"confirmed by {one.confirmed_by} at {in_zulu(one.confirmed_at)} ({one.channel.value}), "
        f"letter {one.document.hex()}; with {one.confirmed_with}; sent by {one.sent_by}; "
        f"titled {one.title}"
    )


def _persons(state: TrustState, persons: Sequence[AdministratorChange]) -> Iterator[Effect]:
    for change in persons:
        one = change.administrator
        known = state.administrators.get(one.person)
        before = "" if known is None else _person(known)
        after = _person(one)
        if change.removed:
            move = Move(What.ADMINISTRATOR_REMOVED, before, "", subject=one.person)
        elif known is None:
            move = Move(What.ADMINISTRATOR_ENROLLED, "", after, subject=one.person)
        else:
            move = Move(What.ADMINISTRATOR_CHANGED, before, after, subject=one.person)
        yield _effect(one.body, move)
        if change.replaces is not None:
            gone = state.administrators.get(change.replaces)
            text = "" if gone is None else _person(gone)
            yield _effect(
                one.body, Move(What.ADMINISTRATOR_REMOVED, text, "", subject=change.replaces)
            )


def _person(one: Administrator) -> str:
    return (
        f"{one.role} {one.name}, key {one.fingerprint.hex()}, identity document "
        f"{one.identity.hex()}"
    )


def _lists(state: TrustState, plan: Plan) -> Iterator[Effect]:
    for change in plan.lists:
        known = state.lists.get(change.territory)
        before = "" if known is None else _operator(known.operator)
        after = _operator(change.operator)
        what = What.LIST_OPENED if known is None else What.LIST_CHANGED
        yield _effect(None, Move(what, before, after, subject=change.territory))


def _operator(one: Operator) -> str:
    place = one.place
    return (
        f"{all_names(one.names)}; {all_names(one.scheme_names)}; {place.street}, "
        f"{place.locality}, {place.economy}, {place.contact}, {place.information}"
    )


def _resting(state: TrustState, plan: Plan) -> Iterator[Effect]:
    """What stands on somebody who is stopped goes on standing, and is shown."""
    for change, settled in plan.entries:
        body = settled.body
        moved = {move.what for move in settled.moves}
        if What.BODY_STATE in moved and body.roles & AUTHORITIES:
            after = body.history[0].state
            if after is not BodyState.ACTIVE:
                for ward in state.resting_on(body.id):
                    yield _effect(ward.id, Move(What.RESTS_ON, body.id, after.value))
        if What.ACCREDITATION_STATE in moved:
            yield from _unaccredited(change.body.id, body)


def _unaccredited(body_id: BodyId, body: Body) -> Iterator[Effect]:
    for one in body.accreditations:
        state = one.history[0].state
        if state is AccreditationState.ACTIVE:
            continue
        for key in body.keys:
            if key.status is KeyStatus.GRANTED and key.scope.schemes & one.schemes:
                yield _effect(
                    body_id,
                    Move(
                        What.RESTS_ON,
                        f"accreditation {one.number}",
                        state.value,
                        key=key.fingerprint,
                    ),
                )


def _shrinking(state: TrustState, plan: Plan) -> Iterator[tuple[Economy, str, str]]:
    """Yield each list that loses everything, or a fifth, of its granted keys or active bodies."""
    territories = {
        settled.body.economy
        for _, settled in plan.entries
        # Only what ends or is stopped makes a list shorter, and most changes do neither.
        if {What.BODY_STATE, What.KEY_STATE, What.KEY_ACCEPTED_UNTIL}
        & {move.what for move in settled.moves}
    }
    if not territories:
        return
    changed = {settled.body.id: settled.body for _, settled in plan.entries}
    start = plan.effective.start
    for territory in sorted(territories):
        before = [one for one in state.bodies.values() if one.economy == territory]
        after = [changed.get(one.id, one) for one in before]
        for at in (start, start + SOON):
            was, will = size_of(before, at), size_of(after, at)
            if shrinks(was, will):
                yield territory, str(was), str(will)
                break
