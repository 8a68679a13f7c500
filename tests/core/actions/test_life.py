"""Every state and every move: what the tables allow happens, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.entries import key_state
from exchange.core.actions.fold import advance
from exchange.core.actions.life import (
    ACCREDITATION,
    BODY,
    BY,
    KEY,
    PROPOSAL,
    KeyMove,
    KeyState,
    ProposalState,
)
from exchange.core.actions.values import Activate, Approve, SealedAction
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.model import Economy
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from exchange.errors import RuleError
from tests.founded import CB, FOUNDED_AT, FoundedHub, admitted, bring, make_list

DAY = timedelta(days=1)


def hub_with_key_in(state: KeyState) -> FoundedHub:
    """Return a hub whose certification body has a key in a state, behind two others."""
    hub = admitted()
    now = hub.clock.now
    start = now + DAY if state is KeyState.APPROVED else FOUNDED_AT
    hub.change(hub.arrival_change(CB, bring(CB, seed="2", start=start, signs_until=now + 2 * DAY)))
    match state:
        case KeyState.RETIRING:
            hub.clock.forward(2 * DAY)
        case KeyState.RETIRED:
            until = now + 3 * DAY
            hub.change(hub.key_change(CB, 2, accepted_until=until))
            hub.clock.forward(4 * DAY)
        case KeyState.SUSPENDED:
            hub.suspend(hub.li, CB, hub.key_of(CB, 2).fingerprint)
        case KeyState.REVOKED:
            hub.change(hub.status_change(CB, KeyStatus.REVOKED, 2), shrinking=True)
        case _:
            pass
    hub.clock.forward(timedelta(minutes=1))
    return hub


LISTED = [state for state in KeyState if state is not KeyState.PROPOSED]
BECOMES = {
    KeyStatus.GRANTED: KeyState.ACTIVE,
    KeyStatus.SUSPENDED: KeyState.SUSPENDED,
    KeyStatus.REVOKED: KeyState.REVOKED,
    KeyStatus.WITHDRAWN: KeyState.RETIRED,
}


def reachable(state: KeyState, target: KeyState) -> bool:
    """Tell whether two persons can bring a key from a state to another, by the table."""
    if target is KeyState.RETIRED and KeyMove.RETIRE in KEY[state]:
        return True  # Both of its last instants come at once.
    return target in KEY[state].values()


@pytest.mark.parametrize("state", LISTED)
def test_key_is_brought_into_the_state_that_is_meant(state: KeyState) -> None:
    hub = hub_with_key_in(state)

    assert key_state(hub.key_of(CB, 2), hub.clock.now) is state
    assert hub.state.key_state(hub.key_of(CB, 2).fingerprint, hub.clock.now) is state


@pytest.mark.parametrize("status", KeyStatus)
@pytest.mark.parametrize("state", LISTED)
def test_two_persons_bring_a_key_only_where_the_table_leads(
    state: KeyState, status: KeyStatus
) -> None:
    hub = hub_with_key_in(state)
    before = hub.key_of(CB, 2)
    if before.status is status:
        with pytest.raises(RuleError) as caught:
            hub.change(hub.status_change(CB, status, 2))
        assert caught.value.code is ActionCode.NO_CHANGE
    elif reachable(state, BECOMES[status]):
        hub.change(hub.status_change(CB, status, 2), shrinking=True)
        after = hub.key_of(CB, 2)
        assert key_state(after, hub.clock.now) is BECOMES[status]
        assert after.periods[0].not_before == hub.clock.now
        assert after.status_at(hub.clock.now - timedelta(seconds=1)) is before.status_at(
            hub.clock.now - timedelta(seconds=1)
        )
    else:
        with pytest.raises(RuleError) as caught:
            hub.change(hub.status_change(CB, status, 2), shrinking=True)
        assert caught.value.code is ActionCode.KEY_MOVE
        assert hub.key_of(CB, 2) == before


@pytest.mark.parametrize("state", LISTED)
def test_one_person_suspends_a_key_only_where_the_table_leads(state: KeyState) -> None:
    hub = hub_with_key_in(state)
    key = hub.key_of(CB, 2).fingerprint

    if KeyMove.SUSPEND in KEY[state]:
        hub.suspend(hub.omar, CB, key)
        assert key_state(hub.key_of(CB, 2), hub.clock.now) is KeyState.SUSPENDED
    else:
        with pytest.raises(RuleError) as caught:
            hub.suspend(hub.omar, CB, key)
        assert caught.value.code is ActionCode.SUBJECT


@pytest.mark.parametrize("field", ["signs_until", "accepted_until"])
@pytest.mark.parametrize("state", LISTED)
def test_last_instants_move_only_while_they_lie_ahead(state: KeyState, field: str) -> None:
    hub = hub_with_key_in(state)
    before = hub.key_of(CB, 2)
    later = getattr(before, field) + timedelta(hours=1)
    ahead = getattr(before, field) > hub.clock.now and state is not KeyState.REVOKED

    if ahead:
        hub.change(hub.key_change(CB, 2, **{field: later}))
        assert getattr(hub.key_of(CB, 2), field) == later
    else:
        with pytest.raises(RuleError) as caught:
            hub.change(hub.key_change(CB, 2, **{field: later}))
        assert caught.value.code is ActionCode.KEY_MOVE


def test_history_of_a_key_forgets_what_was_planned_and_did_not_happen() -> None:
    hub = admitted()
    start = hub.clock.now

    def history() -> list[tuple[KeyState, datetime]]:
        events = hub.state.keys[hub.key_of(CB).fingerprint].events
        return [(event.state, event.at) for event in events][-3:]

    for days in (5, 3):
        retires, ends = start + days * DAY, start + 9 * DAY
        change = hub.key_change(CB, signs_until=retires, accepted_until=ends)
        hub.change(change, shrinking=True)
    retiring = (KeyState.RETIRING, start + 3 * DAY)
    retired = (KeyState.RETIRED, start + 9 * DAY)
    assert history()[1:] == [retiring, retired]

    hub.clock.forward(4 * DAY)
    hub.change(hub.status_change(CB, KeyStatus.SUSPENDED), shrinking=True)
    assert history() == [retiring, (KeyState.SUSPENDED, start + 4 * DAY), retired]

    hub.change(hub.status_change(CB, KeyStatus.REVOKED), shrinking=True)
    assert [state for state, _ in history()] == [
        KeyState.RETIRING,
        KeyState.SUSPENDED,
        KeyState.REVOKED,
    ]


def test_key_cannot_stop_signing_in_the_past() -> None:
    hub = admitted()
    past = hub.clock.now - timedelta(minutes=30)

    hub.change(hub.key_change(CB, signs_until=past, accepted_until=past), shrinking=True)

    assert hub.key_of(CB).signs_until == hub.clock.now
    assert hub.key_of(CB).accepted_until == hub.clock.now


def test_suspended_key_ends_by_the_clock_and_is_never_restored() -> None:
    hub = hub_with_key_in(KeyState.SUSPENDED)
    hub.change(hub.key_change(CB, 2, accepted_until=hub.clock.now + 3 * DAY))
    hub.clock.forward(3 * DAY)

    assert key_state(hub.key_of(CB, 2), hub.clock.now) is KeyState.RETIRED
    with pytest.raises(RuleError) as caught:
        hub.change(hub.status_change(CB, KeyStatus.GRANTED, 2))
    assert caught.value.code is ActionCode.KEY_MOVE


def test_revocation_of_a_day_lets_the_key_sign_until_then() -> None:
    hub = admitted()
    friday = hub.clock.now + 5 * DAY
    change = hub.status_change(CB, KeyStatus.REVOKED, start=friday)

    hub.change(change, at=friday, shrinking=True)

    assert key_state(hub.key_of(CB), friday - timedelta(seconds=1)) is KeyState.ACTIVE
    hub.clock.now = friday
    assert key_state(hub.key_of(CB), friday) is KeyState.REVOKED
    assert hub.key_of(CB).periods[0].not_before == friday


def test_every_move_of_a_key_is_made_by_somebody() -> None:
    assert set(BY) == set(KeyMove)
    assert {move for moves in KEY.values() for move in moves} == set(KeyMove)


@pytest.mark.parametrize("target", BodyState)
@pytest.mark.parametrize("state", BodyState)
def test_body_moves_only_where_the_table_leads(state: BodyState, target: BodyState) -> None:
    hub = admitted()
    if state is not BodyState.ACTIVE:
        period = BodyPeriod(state=state, since=FOUNDED_AT)
        hub.change(hub.entry(CB, history=(period,)), shrinking=True)
    if state is target:
        return
    hub.clock.forward(timedelta(hours=1))
    change = hub.entry(CB, history=(BodyPeriod(state=target, since=FOUNDED_AT),))

    if target in BODY[state].values():
        hub.change(change, shrinking=True)
        body = hub.state.bodies[CB]
        assert body.state_at(hub.clock.now) is target
        assert body.state_at(hub.clock.now - timedelta(seconds=1)) is state
        assert body.history[0].since == hub.clock.now
    else:
        with pytest.raises(RuleError) as caught:
            hub.change(change, shrinking=True)
        assert caught.value.code is ActionCode.BODY_MOVE


@pytest.mark.parametrize("target", AccreditationState)
@pytest.mark.parametrize("state", AccreditationState)
def test_accreditation_moves_only_where_the_table_leads(
    state: AccreditationState, target: AccreditationState
) -> None:
    def change(hub: FoundedHub, to: AccreditationState) -> None:
        (one,) = hub.state.bodies[CB].accreditations
        period = AccreditationPeriod(state=to, since=FOUNDED_AT.date() - DAY)
        hub.change(hub.entry(CB, accreditations=(replace(one, history=(period,)),)))

    hub = admitted()
    if state is not AccreditationState.ACTIVE:
        change(hub, state)
    if state is target:
        return
    hub.clock.forward(2 * DAY)

    if target in ACCREDITATION[state].values():
        change(hub, target)
        (one,) = hub.state.bodies[CB].accreditations
        today = hub.clock.now.date()
        assert one.state_on(today) is target
        assert one.state_on(today - DAY) is state
    else:
        with pytest.raises(RuleError) as caught:
            change(hub, target)
        assert caught.value.code is ActionCode.ACCREDITATION_MOVE


def test_accreditation_suspended_and_restored_on_one_day_was_never_suspended() -> None:
    hub = admitted()
    before = hub.state.bodies[CB].accreditations
    for state in (AccreditationState.SUSPENDED, AccreditationState.ACTIVE):
        (one,) = hub.state.bodies[CB].accreditations
        period = AccreditationPeriod(state=state, since=FOUNDED_AT.date())
        hub.change(hub.entry(CB, accreditations=(replace(one, history=(period,)),)))

    assert hub.state.bodies[CB].accreditations == before


# Proposals


def proposal_in(state: ProposalState, hub: FoundedHub) -> SealedAction:
    """Return a proposal in a state."""
    day = hub.clock.now + DAY
    change = hub.entry(CB, cab_code="1")
    proposal = hub.propose(hub.li, change, at=day, when_fetched=True)
    match state:
        case ProposalState.OPEN:
            pass
        case ProposalState.APPROVED:
            hub.approve(hub.anna, proposal)
        case ProposalState.ACTIVE:
            hub.approve(hub.anna, proposal)
            hub.do(None, Activate(proposal=proposal.digest))
        case ProposalState.REJECTED:
            hub.reject(hub.anna, proposal)
        case ProposalState.OUTDATED:
            hub.change(hub.entry(CB, cab_code="2"))
    assert hub.state.proposals[proposal.digest].state is state
    return proposal


def approve(hub: FoundedHub, proposal: SealedAction) -> None:
    try:
        hub.approve(hub.anna, proposal)
    except RuleError as refusal:
        if refusal.code is not ActionCode.BASE_OUTDATED:
            raise
        # What will change can no longer be shown, so something is approved unseen.
        hub.do(hub.anna, Approve(proposal=proposal.digest, shown=bytes(32)))


ANSWERS: dict[ProposalState, Callable[[FoundedHub, SealedAction], object]] = {
    ProposalState.APPROVED: approve,
    ProposalState.REJECTED: lambda hub, proposal: hub.reject(hub.omar, proposal),
    ProposalState.ACTIVE: lambda hub, proposal: hub.do(None, Activate(proposal=proposal.digest)),
    ProposalState.OUTDATED: lambda hub, _: hub.change(hub.entry(CB, cab_code="9")),
}


@pytest.mark.parametrize("target", ANSWERS)
@pytest.mark.parametrize("state", ProposalState)
def test_proposal_moves_only_where_the_table_leads(
    state: ProposalState, target: ProposalState
) -> None:
    hub = admitted()
    proposal = proposal_in(state, hub)
    allowed = target in PROPOSAL[state].values()

    if allowed or (target is ProposalState.OUTDATED):
        ANSWERS[target](hub, proposal)
    else:
        with pytest.raises(RuleError) as caught:
            ANSWERS[target](hub, proposal)
        assert caught.value.code in (ActionCode.PROPOSAL_DECIDED, ActionCode.PROPOSAL_OUTDATED)

    after = hub.state.proposals[proposal.digest].state
    assert after is (target if allowed else state)
    waits = after in (ProposalState.OPEN, ProposalState.APPROVED)
    assert (proposal.digest in hub.state.waiting) is waits


def test_key_of_an_open_proposal_is_proposed_and_of_an_approved_one_approved() -> None:
    hub = admitted()
    key = bring(CB, seed="2")
    day = hub.clock.now + DAY
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key), at=day)
    fingerprint = key.entry.fingerprint

    assert hub.state.key_state(fingerprint, hub.clock.now) is KeyState.PROPOSED
    assert hub.state.published(hub.clock.now)[Economy("CN")][1].keys == hub.state.bodies[CB].keys
    hub.approve(hub.anna, proposal)
    assert hub.state.key_state(fingerprint, hub.clock.now) is KeyState.APPROVED
    assert advance(hub.state, day).key_state(fingerprint, day) is KeyState.ACTIVE


def test_key_of_a_rejected_proposal_is_gone_and_may_come_again() -> None:
    hub = admitted()
    key = bring(CB, seed="2")
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))

    hub.reject(hub.anna, proposal)

    assert hub.state.key_state(key.entry.fingerprint, hub.clock.now) is None
    hub.change(hub.arrival_change(CB, key))
    assert hub.state.key_state(key.entry.fingerprint, hub.clock.now) is KeyState.ACTIVE


def test_two_lists_opened_one_after_the_other_do_not_overtake_each_other() -> None:
    hub = admitted()
    first = hub.propose(hub.li, make_list("SG"))
    second = hub.propose(hub.li, make_list("SA"))

    hub.approve(hub.anna, first)
    hub.approve(hub.anna, second)

    assert {"SG", "SA"} <= set(hub.state.lists)
