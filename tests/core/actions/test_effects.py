"""What will change is shown in sentences, and its digest is what is approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.effects import Effects, effects, shown_digest
from exchange.core.actions.moves import What
from exchange.core.actions.values import Activation, AdministratorChange, Change
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import certifier, officers_of_authority
from tests.founded import (
    CB,
    CNAS,
    FOUNDED_AT,
    FoundedHub,
    admitted,
    bring,
    make_evidence,
    make_list,
    make_person,
)

AT_ONCE = Activation(at=FOUNDED_AT)


def shown(hub: FoundedHub, *changes: Change, activation: Activation = AT_ONCE) -> Effects:
    """Return what an officer is shown now."""
    return effects(hub.state, changes, activation, hub.clock.now)


def whats(found: Effects) -> list[What]:
    return [one.what for one in found.effects]


def test_every_sentence_says_who_and_what() -> None:
    hub = admitted()
    found = shown(
        hub,
        hub.arrival_change(CB, bring(CB, seed="2")),
        AdministratorChange(
            administrator=make_person("new-one").administrator, replaces=hub.omar.id
        ),
        make_list("SG"),
    )

    assert whats(found) == [
        What.KEY_ENTERS,
        What.EVIDENCE,
        What.ADMINISTRATOR_ENROLLED,
        What.ADMINISTRATOR_REMOVED,
        What.LIST_OPENED,
    ]
    assert all("{" not in one.sentence and one.sentence for one in found.effects)
    assert found.effects[0].sentence.startswith(f"{CB}: key ")
    assert "at once" in found.effects[0].sentence
    assert found.keys == {bring(CB, seed="2").entry.fingerprint}


def test_evidence_that_a_proposal_carries_is_shown_and_digested() -> None:
    hub = admitted()
    key = bring(CB, seed="2")
    evidence = key.arrival.evidence
    assert evidence is not None
    found = shown(hub, hub.arrival_change(CB, key))
    (told,) = [one for one in found.effects if one.what is What.EVIDENCE]

    assert told.key == key.entry.fingerprint
    for said in (
        evidence.document.hex(),
        evidence.title,
        evidence.sent_by,
        evidence.confirmed_by,
        evidence.confirmed_with,
        evidence.channel.value,
    ):
        assert said in told.sentence
    other = replace(key, arrival=replace(key.arrival, evidence=replace(evidence, title="Another")))
    assert shown(hub, hub.arrival_change(CB, other)).digest != found.digest


def test_evidence_that_an_approval_brings_is_not_part_of_what_was_shown() -> None:
    hub = admitted()
    key = bring(CB, seed="2", evidence=False)
    found = shown(hub, hub.arrival_change(CB, key))
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))

    hub.approve(hub.anna, proposal, evidence=((key.entry.fingerprint, make_evidence()),))

    assert What.EVIDENCE not in whats(found)
    assert hub.state.keys[key.entry.fingerprint].evidence == make_evidence()


def test_digest_is_the_same_while_nothing_changes() -> None:
    hub = admitted()
    change = hub.arrival_change(CB, bring(CB, seed="2"))
    first = shown(hub, change)

    hub.clock.forward(timedelta(hours=5))

    assert shown(hub, change) == first
    assert first.digest == shown_digest(first.effects)


@pytest.mark.parametrize("field", ["sentence", "before", "after"])
def test_digest_covers_every_word_that_was_shown(field: str) -> None:
    hub = admitted()
    found = shown(hub, hub.arrival_change(CB, bring(CB, seed="2")))
    first, *more = found.effects

    changes: dict[str, Any] = {field: "something harmless"}
    told = replace(first, **changes)

    assert shown_digest((told, *more)) != found.digest


@pytest.mark.parametrize("step", [timedelta(0), timedelta(days=8)])
def test_digest_changes_when_the_day_has_passed(step: timedelta) -> None:
    hub = admitted()
    change = hub.arrival_change(CB, bring(CB, seed="2"))
    week = Activation(at=hub.clock.now + timedelta(days=7))
    first = shown(hub, change, activation=week)

    hub.clock.forward(step)

    assert (shown(hub, change, activation=week).digest == first.digest) is (not step)


def test_digest_changes_when_something_else_changes_what_is_touched() -> None:
    hub = admitted()
    change = AdministratorChange(
        administrator=make_person("new-one").administrator, replaces=hub.omar.id
    )
    first = shown(hub, change)

    again = make_person("omar-haddad", key="new")
    hub.change(AdministratorChange(administrator=again.administrator))

    assert shown(hub, change).digest != first.digest


def test_suspending_an_authority_flags_all_that_rests_on_it() -> None:
    hub = admitted()
    hub.change(certifier())
    suspended = BodyPeriod(state=BodyState.SUSPENDED, since=FOUNDED_AT)

    found = shown(hub, hub.entry(CNAS, history=(suspended,)))

    resting = [one for one in found.effects if one.what is What.RESTS_ON]
    assert {one.body for one in resting} == {CB, certifier().body.id}
    assert found.bodies >= {CB, CNAS}


def test_list_that_loses_a_fifth_of_its_keys_is_named() -> None:
    hub = admitted()

    assert shown(hub, hub.status_change(CB, KeyStatus.REVOKED)).shrinks == ("CN",)
    assert shown(hub, hub.entry(CB, cab_code="1")).shrinks == ()


@pytest.mark.parametrize(("more", "is_named"), [(2, True), (3, False)])
def test_one_key_of_five_is_a_fifth_and_one_of_six_is_not(
    more: int,
    is_named: bool,  # noqa: FBT001
) -> None:
    hub = admitted()
    hub.change(hub.arrival_change(CB, *(bring(CB, seed=str(n)) for n in range(more))))

    assert bool(shown(hub, hub.status_change(CB, KeyStatus.REVOKED)).shrinks) is is_named


def test_list_that_loses_less_than_a_fifth_is_not_named() -> None:
    hub = admitted()
    hub.change(*(hub.arrival_change(CB, *(bring(CB, seed=str(n)) for n in range(4))),))

    # One of seven granted keys.
    assert shown(hub, hub.status_change(CB, KeyStatus.REVOKED)).shrinks == ()
    both = hub.entry(CB, history=(BodyPeriod(state=BodyState.ENDED, since=FOUNDED_AT),))
    assert shown(hub, both).shrinks == ("CN",)


@pytest.mark.parametrize(("after", "is_named"), [(60, True), (14 * 86_400, False)])
def test_list_that_shrinks_a_minute_after_the_change_shrinks_by_it(
    after: int,
    is_named: bool,  # noqa: FBT001
) -> None:
    hub = admitted()
    until = hub.clock.now + timedelta(seconds=after)
    change = hub.key_change(CB, signs_until=until, accepted_until=until)

    assert bool(shown(hub, change).shrinks) is is_named


def test_accrediting_for_an_authority_without_administrators_is_shown() -> None:
    hub = admitted()

    assert What.ON_BEHALF in whats(shown(hub, certifier()))
    officers_of_authority(hub)
    assert What.ON_BEHALF not in whats(shown(hub, certifier()))


def test_what_cannot_be_done_is_not_shown_but_refused() -> None:
    hub = admitted()

    with pytest.raises(RuleError) as caught:
        shown(hub, hub.entry(CB, cab_code="1"), hub.entry(CB, cab_code="2"))

    assert caught.value.code is ActionCode.TWICE


def test_every_kind_of_effect_has_its_sentence() -> None:
    hub = admitted()
    key = hub.key_of(CB)
    later = key.accepted_until + timedelta(days=9)
    every = (
        hub.entry(
            CB,
            names={"en": "Another"},
            predecessors=frozenset({CNAS}),
            endpoint="https://cb.example/",
        ),
        hub.key_change(CB, signs_until=later, accepted_until=later, names={"en": "x"}),
        hub.status_change(CB, KeyStatus.SUSPENDED),
    )

    for change in every:
        for one in shown(hub, change).effects:
            assert one.sentence.startswith((f"{CB}: ", "list of CN "))
            assert "expected" not in one.sentence
