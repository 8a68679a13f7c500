"""From sealed actions, in the order of the ledger, to the state of trust.

Rules for each action, in order:
 1. it was received after the one before it, clocks differing by five minutes at most; what the
    clock has brought about until then is brought in first;
 2. it is for this hub, and sealed by a receipt key that the hub had then;
 3. it was not said before, and was made in the day before it was received;
 4. a trust officer says it, and the person's own signature covers it; the hub says by itself
    only that an approved change takes effect;
 5. it does what its word may do (`exchange.core.actions.decide`).

An action that breaks a rule changes nothing. The same actions give the same state wherever and
whenever they are folded: no clock is asked but theirs.

Example:
    >>> state = begin(founding)
    >>> state = apply(state, action)
    >>> seen = advance(state, now)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from exchange.codes.actions import ActionCode
from exchange.core.actions import decide
from exchange.core.actions.draft import Draft
from exchange.core.actions.enact import enact
from exchange.core.actions.entries import key_state
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.person import verify_person
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Activate,
    Administrator,
    AdministratorRole,
    Approve,
    Found,
    Propose,
    Reject,
    SealedAction,
    Suspend,
)
from exchange.core.model import KeyRole
from exchange.core.periods import in_zulu
from exchange.core.trust_values import POLICY
from exchange.errors import Finding, RuleError

MADE_BEFORE: Final = timedelta(hours=24)
"""How long before it is received an action may have been made."""


def apply(state: TrustState, sealed: SealedAction) -> TrustState:
    """Return the state after one more action.

    Args:
        state: After the action before it, advanced or not.
        sealed: An action whose seal was verified.

    Raises:
        RuleError: The action does not count; all findings that stand together are named.
    """
    return fold(state, (sealed,))


def fold(state: TrustState, actions: Iterable[SealedAction]) -> TrustState:
    """Return the state after some more actions, in their order.

    Raises:
        RuleError: One of them does not count.
    """
    draft = Draft(state.folded or state)
    for sealed in actions:
        _act(draft, sealed)
    return draft.state


def advance(state: TrustState, at: datetime) -> TrustState:
    """Return the state with what the clock has brought about up to an instant.

    The result is for looking at; `apply` goes on from what it was advanced from.
    """
    folded = state.folded or state
    if not _due(folded, at):
        return folded
    draft = Draft(folded)
    _advance(draft, at)
    return replace(draft.state, folded=folded)


def _act(draft: Draft, sealed: SealedAction) -> None:
    action = sealed.action
    if sealed.at + POLICY.clock_tolerance < draft.state.at:  # 1
        raise _refused(
            ActionCode.ORDER,
            "",
            f"expected an action received after {in_zulu(draft.state.at)}, found "
            f"{in_zulu(sealed.at)}",
        )
    at = max(sealed.at, draft.state.at)
    _advance(draft, at)
    _of_this_hub(draft.state, sealed, at)  # 2
    _fresh(draft.state, sealed, at)  # 3
    word = action.word
    match word:
        case Found():
            raise _refused(ActionCode.FOUND_AGAIN, "/Word", "expected another word, found Found")
        case Activate():
            if action.person is not None:
                raise _refused(ActionCode.PERSON_MISSING, "/Person", "expected none, found one")
            decide.activate(draft, word, at)
        case Propose():
            decide.propose(draft, sealed, word, officer(draft.state, sealed, at), at)
        case Approve():
            decide.approve(draft, sealed, word, officer(draft.state, sealed, at), at)
        case Reject():
            decide.reject(draft, sealed, word, officer(draft.state, sealed, at), at)
        case Suspend():
            decide.suspend(draft, sealed, word, officer(draft.state, sealed, at), at)
        case _:
            assert_never(word)
    draft.count(sealed, at)


def officer(state: TrustState, sealed: SealedAction, at: datetime) -> Administrator:
    """Return the trust officer who says an action (rule 4).

    Raises:
        RuleError: Nobody enrolled says it, or somebody who may only look on
            (`action.person-unknown`, `action.person-signature`, `action.person-role` and so on).
    """
    action = sealed.action
    person = None if action.person is None else state.administrators.get(action.person)
    if person is None:
        raise _refused(
            ActionCode.PERSON_UNKNOWN if action.person else ActionCode.PERSON_MISSING,
            "/Person",
            f"expected a person who is enrolled, found {action.person or 'none'}",
        )
    verify_person(action, person, sealed.word_digest)
    certificate = person.certificate
    if not certificate.not_before <= at <= certificate.not_after:
        raise _refused(
            ActionCode.PERSON_CERTIFICATE,
            "/Person",
            f"expected a key certificate that is valid at {in_zulu(at)}, found one until "
            f"{in_zulu(certificate.not_after)}",
        )
    if person.role is not AdministratorRole.TRUST_OFFICER:
        raise _refused(
            ActionCode.PERSON_ROLE,
            "/Person",
            f"expected a trust officer, found {person.person}, who is {person.role.value}",
        )
    return person


def _of_this_hub(state: TrustState, sealed: SealedAction, at: datetime) -> None:
    if sealed.action.hub != state.hub:
        raise _refused(ActionCode.HUB, "/Hub", f"expected {state.hub}, found {sealed.action.hub}")
    for key in state.bodies[state.hub].keys:
        if key.fingerprint == sealed.sealed_by and key.role is KeyRole.RECEIPT:
            now = key_state(key, at)
            if now is KeyState.ACTIVE:
                return
            raise _refused(
                ActionCode.SEAL, "", f"expected an active receipt key, found one that is {now}"
            )
    raise _refused(
        ActionCode.SEAL,
        "",
        f"expected a receipt key of {state.hub}, found {sealed.sealed_by.hex()[:16]}…",
    )


def _fresh(state: TrustState, sealed: SealedAction, at: datetime) -> None:
    action = sealed.action
    if action.action_id in state.spent:
        raise _refused(
            ActionCode.SPENT, "/ActionID", f"expected a new identifier, found {action.action_id}"
        )
    earliest, latest = at - MADE_BEFORE, at + POLICY.clock_tolerance
    if not earliest <= action.made_at <= latest:
        raise _refused(
            ActionCode.MADE_AT,
            "/MadeAt",
            f"expected a time from {in_zulu(earliest)} to {in_zulu(latest)}, found "
            f"{in_zulu(action.made_at)}",
        )


def _due(state: TrustState, at: datetime) -> bool:
    first = state.next_change_at()
    return first is not None and first <= at


def _advance(draft: Draft, at: datetime) -> None:
    """Let every approved proposal take effect whose day has come, in the order of their days."""
    while draft.waiting:
        ready = [
            one
            for one in draft.state.waiting_proposals()
            if one.state is ProposalState.APPROVED and one.activation.at <= at
        ]
        if not ready:
            return
        first = min(ready, key=lambda one: (one.activation.at, one.decided_at, one.digest))
        enact(draft, first, first.activation.at)


def _refused(code: ActionCode, path: str, message: str) -> RuleError:
    return RuleError(Finding(code=code, path=f"/Action{path}", message=message))
