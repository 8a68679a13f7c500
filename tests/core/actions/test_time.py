"""When things take effect: days, partners who fetch, emergencies in between, two clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.entries import entry_digest, key_state
from exchange.core.actions.fold import advance, apply, fold
from exchange.core.actions.founding import begin
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.values import Activate, BodyChange
from exchange.core.model import Economy, KeyRole
from exchange.core.trust_values import BodyState, KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import NEW, certifier, suspension
from tests.founded import (
    CB,
    FOUNDED_AT,
    HUB,
    SIGNS_UNTIL,
    BroughtKey,
    FoundedHub,
    admitted,
    bring,
    founded,
    make_entry,
    prove,
)

DAY = timedelta(days=1)
CN = Economy("CN")


def test_change_of_a_day_takes_effect_on_it_and_announces_its_key_before() -> None:
    hub = admitted()
    day = hub.clock.now + 7 * DAY
    key = bring(CB, seed="2")

    hub.change(hub.arrival_change(CB, key), at=day)

    before = advance(hub.state, day - timedelta(seconds=1))
    assert before.key(key.entry.fingerprint) is None
    (announced,) = [
        one
        for one in before.published(hub.clock.now)[CN][1].keys
        if one.fingerprint == key.entry.fingerprint
    ]
    assert key_state(announced, hub.clock.now) is KeyState.APPROVED
    assert announced.periods[0].not_before == day
    assert before.next_change_at() == day
    after = advance(hub.state, day)
    assert after.next_change_at() is None
    assert after.published(day)[CN][1].keys[2] == announced
    assert after.key_state(key.entry.fingerprint, day) is KeyState.ACTIVE


def test_change_of_a_day_begins_on_its_day_whoever_looks_later() -> None:
    hub = admitted()
    day = hub.clock.now + DAY
    hub.change(hub.arrival_change(CB, bring(CB, seed="2")), at=day)

    seen = advance(hub.state, day + 3 * DAY)
    hub.clock.now = day + 3 * DAY
    hub.suspend(hub.li, CB, hub.key_of(CB).fingerprint)

    assert seen.bodies[CB].keys[2].periods[0].not_before == day
    assert hub.state.bodies[CB].keys[2].periods[0].not_before == day


def test_body_of_a_day_is_announced_whole_and_active_from_its_day() -> None:
    hub = admitted()
    day = hub.clock.now + 7 * DAY

    hub.change(certifier(), at=day)

    (body,) = [one for one in hub.state.published(hub.clock.now)[CN] if one.id == NEW]
    assert body.state_at(hub.clock.now) is None
    assert body.state_at(day) is not None
    after = advance(hub.state, day).bodies[NEW]
    assert after.keys == body.keys
    # It brings since when it is active elsewhere; here none of its keys counted then.
    assert after.history[0].since == FOUNDED_AT


def test_rename_of_a_day_is_not_announced() -> None:
    hub = admitted()
    before = hub.state.published(hub.clock.now)

    hub.change(hub.entry(CB, names={"en": "Another"}), at=hub.clock.now + DAY)

    assert hub.state.published(hub.clock.now) == before
    assert advance(hub.state, hub.clock.now + DAY).bodies[CB].names == {"en": "Another"}


def test_change_takes_effect_earlier_when_all_partners_have_fetched_it() -> None:
    hub = admitted()
    latest = hub.clock.now + 7 * DAY
    key = bring(CB, seed="2", start=latest)
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key), at=latest, when_fetched=True)
    hub.approve(hub.anna, proposal)
    hub.clock.forward(DAY)

    hub.do(None, Activate(proposal=proposal.digest))

    assert hub.state.proposals[proposal.digest].active_at == hub.clock.now
    assert hub.key_of(CB, 2).periods[0].not_before == hub.clock.now
    assert hub.state.next_change_at() is None


def test_change_takes_effect_on_its_latest_day_when_a_partner_stays_away() -> None:
    hub = admitted()
    latest = hub.clock.now + 7 * DAY
    proposal = hub.propose(
        hub.li, hub.arrival_change(CB, bring(CB, seed="2")), at=latest, when_fetched=True
    )
    hub.approve(hub.anna, proposal)

    after = advance(hub.state, latest)

    assert after.proposals[proposal.digest].state is ProposalState.ACTIVE
    assert after.bodies[CB].keys[2].periods[0].not_before == latest


def test_approval_after_the_day_takes_effect_at_once_and_not_in_the_past() -> None:
    hub = admitted()
    day = hub.clock.now + DAY
    proposal = hub.propose(hub.li, hub.arrival_change(CB, bring(CB, seed="2")), at=day)
    hub.clock.forward(3 * DAY)

    hub.approve(hub.anna, proposal)

    assert hub.key_of(CB, 2).periods[0].not_before == hub.clock.now


def test_key_that_states_a_later_day_begins_on_that() -> None:
    hub = admitted()
    later = hub.clock.now + 30 * DAY

    hub.change(hub.arrival_change(CB, bring(CB, seed="2", start=later)))

    assert hub.key_of(CB, 2).periods[0].not_before == later
    assert key_state(hub.key_of(CB, 2), hub.clock.now) is KeyState.APPROVED


def test_emergency_before_the_day_outdates_what_waits_and_is_not_undone() -> None:
    hub = admitted()
    key = hub.key_of(CB)
    day = hub.clock.now + DAY
    proposal = hub.change(hub.key_change(CB, names={"en": "renamed"}), at=day)

    hub.suspend(hub.omar, CB, key.fingerprint)

    assert hub.state.proposals[proposal.digest].state is ProposalState.OUTDATED
    assert key_state(advance(hub.state, day).bodies[CB].keys[0], day) is KeyState.SUSPENDED


def test_approved_change_can_be_stopped_by_one_officer_before_its_day() -> None:
    hub = admitted()
    day = hub.clock.now + DAY
    proposal = hub.change(certifier(), at=day)

    hub.reject(hub.omar, proposal)

    assert NEW not in advance(hub.state, day).bodies
    # A list may have announced it, and what stood on a list stays on it.
    (body,) = [one for one in hub.state.published(day)[CN] if one.id == NEW]
    assert body.state_at(day) is BodyState.ENDED
    assert [key.status for key in body.keys] == [KeyStatus.WITHDRAWN]
    assert body.keys[0].status_at(hub.clock.now) is None


def test_key_that_was_stopped_before_its_day_comes_again_and_counts() -> None:
    hub = admitted()
    day = hub.clock.now + DAY
    key = bring(CB, seed="2")
    hub.reject(hub.omar, hub.change(hub.arrival_change(CB, key), at=day))

    hub.change(hub.arrival_change(CB, key))

    (listed,) = [
        one
        for one in hub.state.published(hub.clock.now)[CN][1].keys
        if one.fingerprint == key.entry.fingerprint
    ]
    assert key_state(listed, hub.clock.now) is KeyState.ACTIVE


def test_what_cannot_be_done_on_its_day_any_more_is_outdated_and_says_why() -> None:
    hub = admitted()
    day = hub.clock.now + 2 * DAY
    waits = hub.change(certifier(), at=day)
    other = replace(certifier(), body=replace(certifier().body, cab_code="9"))
    hub.change(other)

    after = advance(hub.state, day).proposals[waits.digest]

    assert after.state is ProposalState.OUTDATED
    assert after.objection


def test_key_that_waits_for_its_day_belongs_to_its_body_already() -> None:
    hub = admitted()
    hub.change(hub.arrival_change(CB, bring(CB, seed="2")), at=hub.clock.now + DAY)
    entry = make_entry(CB, seed="2", serial=2)
    stolen = replace(
        bring(CB, seed="2"),
        entry=replace(entry, role=KeyRole.STATUS),
        arrival=replace(
            bring(CB, seed="2").arrival,
            fingerprint=entry.fingerprint,
            proof=prove(entry, seed="2", role=KeyRole.STATUS),
        ),
    )

    with pytest.raises(RuleError) as caught:
        hub.propose(hub.li, hub.arrival_change(CB, stolen))

    assert caught.value.code == "key.listed-elsewhere"


def test_looking_at_the_clock_changes_nothing_for_the_next_action() -> None:
    hub = admitted()
    hub.change(certifier(), at=hub.clock.now + timedelta(minutes=2))
    sealed = hub.opened(hub.sealed(hub.signed(hub.li, suspension(hub.key_of(CB).fingerprint))))

    seen = advance(hub.state, hub.clock.now + timedelta(minutes=4))

    assert NEW in seen.bodies
    assert apply(seen, sealed) == apply(hub.state, sealed)
    assert NEW not in apply(seen, sealed).bodies
    assert advance(seen, hub.clock.now) == hub.state


def test_two_processes_whose_clocks_differ_a_little_are_one_order() -> None:
    hub = admitted()
    hub.suspend(hub.li, CB, hub.key_of(CB).fingerprint)
    at = hub.clock.now
    hub.clock.forward(-timedelta(minutes=4))

    hub.suspend(hub.li, CB, hub.key_of(CB, 1).fingerprint)

    assert hub.state.at == at
    assert hub.key_of(CB, 1).periods[0].not_before == at


def test_state_is_the_same_folded_at_once_or_one_by_one() -> None:
    hub = admitted()
    hub.suspend(hub.li, CB, hub.key_of(CB).fingerprint)
    hub.clock.forward(DAY)
    hub.change(hub.status_change(CB, KeyStatus.GRANTED))
    first, *more = map(hub.opened, hub.data)

    assert fold(begin(first), more) == hub.state
    state = begin(first)
    for one in more:
        state = apply(state, one)
    assert state == hub.state


def test_applying_an_action_leaves_the_state_before_as_it_was() -> None:
    hub = admitted()
    before = hub.state
    copy = replace(before, bodies=dict(before.bodies), waiting=set(before.waiting))

    hub.change(certifier())

    assert before == copy
    assert NEW not in before.bodies


def test_next_state_names_each_entry_by_its_digest() -> None:
    hub = admitted()
    hub.change(hub.entry(CB, cab_code="7"))

    assert hub.state.digests == {id_: entry_digest(one) for id_, one in hub.state.bodies.items()}


def test_founding_begins_the_keys_of_the_hub_when_the_root_signed() -> None:
    hub = founded()

    assert all(key_state(key, FOUNDED_AT) is KeyState.ACTIVE for key in hub.state.bodies[HUB].keys)
    assert hub.state.count == 1
    assert {one.person for one in hub.state.officers(HUB)} == {hub.li.id, hub.anna.id, hub.omar.id}
    assert set(hub.state.published(FOUNDED_AT)) == {"XX"}


def test_suspension_of_an_answered_second_keeps_its_code() -> None:
    hub = admitted()

    with pytest.raises(RuleError) as caught:
        hub.suspend(hub.li, NEW)

    assert caught.value.code is ActionCode.SUBJECT


def _ending(hub: FoundedHub, end: datetime, *brought: BroughtKey) -> BodyChange:
    """Return a change by which the receipt key of the hub ends sooner, and others come."""
    change = hub.arrival_change(HUB, *brought)
    first, *others = change.body.keys
    keys = (replace(first, signs_until=end), *others)
    return replace(change, body=replace(change.body, keys=keys))


@pytest.mark.parametrize(
    ("start", "until", "is_refused"),
    [
        (FOUNDED_AT, SIGNS_UNTIL, False),
        (FOUNDED_AT, SIGNS_UNTIL - DAY, True),
        (FOUNDED_AT + 7 * DAY, SIGNS_UNTIL, False),
        (FOUNDED_AT + 9 * DAY, SIGNS_UNTIL, True),
    ],
    ids=["overlaps", "ends-before", "begins-as-it-ends", "leaves-a-gap"],
)
def test_the_last_receipt_key_of_the_hub_ends_sooner_only_if_another_goes_on(
    start: datetime, until: datetime, *, is_refused: bool
) -> None:
    hub = founded()
    follower = bring(HUB, KeyRole.RECEIPT, seed="2", start=start, signs_until=until)
    change = _ending(hub, FOUNDED_AT + 7 * DAY, follower)

    if is_refused:
        with pytest.raises(RuleError) as error:
            hub.change(change)
        assert [one.code for one in error.value.findings] == [ActionCode.LAST_SEAL]
    else:
        hub.change(change)


def test_a_lost_receipt_key_of_the_hub_is_revoked_though_the_other_one_ends_sooner() -> None:
    hub = founded()
    until = FOUNDED_AT + 30 * DAY
    hub.change(hub.arrival_change(HUB, bring(HUB, KeyRole.RECEIPT, seed="2", signs_until=until)))

    # The approval is sealed with the key that it stops, and no action after it.
    hub.change(hub.status_change(HUB, KeyStatus.REVOKED), shrinking=True)

    assert key_state(hub.key_of(HUB), hub.clock.now) is KeyState.REVOKED
