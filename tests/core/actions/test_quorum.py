"""Who decides: two humans of the body that is entitled, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.fold import advance
from exchange.core.actions.life import ProposalState
from exchange.core.actions.values import (
    Activation,
    AdministratorChange,
    AdministratorRole,
    BodyChange,
    Propose,
)
from exchange.core.competence import AccreditationState
from exchange.core.model import BodyId, BodyRole, KeyRole
from exchange.core.trust_values import BodyPeriod, BodyState, FormerName, KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import NEW, certifier, enrolled, officers_of_authority
from tests.founded import (
    CB,
    CCC,
    CNAS,
    FOUNDED_AT,
    HUB,
    QMS,
    RUSACC,
    FoundedHub,
    Person,
    accreditation,
    admitted,
    bring,
    make_body,
    make_entry,
    make_evidence,
    make_person,
    prove,
)

HOUR = timedelta(hours=1)


def refused(hub: FoundedHub, person: Person, change: BodyChange | AdministratorChange) -> set[str]:
    """Return the codes with which a proposal is refused."""
    with pytest.raises(RuleError) as caught:
        hub.propose(person, change)
    return {finding.code for finding in caught.value.findings}


def test_two_officers_of_the_operator_admit_a_body() -> None:
    hub = admitted()

    proposal = hub.change(certifier())

    assert NEW in hub.state.bodies
    record = hub.state.keys[bring(NEW).entry.fingerprint]
    assert record.events[-1].persons == (hub.li.id, hub.anna.id)
    assert hub.state.proposals[proposal.digest].decided_by == hub.anna.id


def test_one_word_changes_nothing() -> None:
    hub = admitted()
    before = hub.state.bodies

    hub.propose(hub.li, certifier())

    assert hub.state.bodies == before
    assert hub.state.published(hub.clock.now) == admitted().state.published(hub.clock.now)


def test_two_officers_of_an_authority_admit_a_body_inside_its_field() -> None:
    hub = admitted()
    mei, jun = officers_of_authority(hub)

    hub.approve(jun, hub.propose(mei, certifier(by=mei)))

    assert NEW in hub.state.bodies


def test_authority_without_a_field_admits_nobody() -> None:
    hub = admitted()
    (designation,) = hub.state.bodies[CNAS].accreditations
    gone = replace(
        designation.history[0], state=AccreditationState.SUSPENDED, since=FOUNDED_AT.date()
    )
    hub.change(hub.entry(CNAS, accreditations=(replace(designation, history=(gone,)),)))
    mei, _ = officers_of_authority(hub)

    assert refused(hub, mei, certifier()) == {ActionCode.OUTSIDE_ACCREDITATION}


def test_authority_takes_away_also_what_lies_outside_its_field_by_now() -> None:
    hub = admitted()
    mei, jun = officers_of_authority(hub)
    (designation,) = hub.state.bodies[CNAS].accreditations
    hub.change(hub.entry(CNAS, accreditations=(replace(designation, schemes=frozenset({CCC})),)))
    (one,) = hub.state.bodies[CB].accreditations
    withdrawn = replace(one.history[0], state=AccreditationState.WITHDRAWN)

    hub.approve(
        jun,
        hub.propose(mei, hub.entry(CB, accreditations=(replace(one, history=(withdrawn,)),))),
    )

    (one,) = hub.state.bodies[CB].accreditations
    assert one.history[0].state is AccreditationState.WITHDRAWN


def test_what_an_authority_decided_does_not_happen_once_it_is_suspended() -> None:
    hub = admitted()
    mei, jun = officers_of_authority(hub)
    day = hub.clock.now + timedelta(days=2)
    proposal = hub.propose(mei, certifier(by=mei), at=day)
    hub.approve(jun, proposal)

    hub.suspend(hub.li, CNAS)

    after = advance(hub.state, day)
    assert NEW not in after.bodies
    assert after.proposals[proposal.digest].state is ProposalState.OUTDATED


def test_evidence_of_the_approval_counts_before_that_of_the_proposal() -> None:
    hub = admitted()
    key = bring(CB, seed="2")
    better = replace(make_evidence(), title="A better letter")
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))

    hub.approve(hub.anna, proposal, evidence=((key.entry.fingerprint, better),))

    assert hub.state.keys[key.entry.fingerprint].evidence == better


def test_suspended_authority_decides_nothing() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    hub.suspend(hub.li, CNAS)

    assert refused(hub, mei, hub.entry(CB, cab_code="1")) == {ActionCode.NOT_ENTITLED}


@pytest.mark.parametrize("role", [BodyRole.ACCREDITATION_BODY, BodyRole.RECOGNITION_AUTHORITY])
def test_authority_does_not_admit_another_authority(role: BodyRole) -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    other = BodyId("CN-AB-OTHER")
    body = make_body(other, role, accreditations=(accreditation(CNAS, "C9"),))

    assert refused(hub, mei, hub.admit(body, bring(other, KeyRole.RECEIPT))) == {
        ActionCode.NOT_ENTITLED
    }


def test_authority_does_not_make_an_authority_of_its_ward() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    roles = frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.ACCREDITATION_BODY})

    assert refused(hub, mei, hub.entry(CB, roles=roles)) == {ActionCode.NOT_ENTITLED}


def test_authority_does_not_make_a_ward_of_an_authority() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    other = BodyId("CN-AB-OTHER")
    body = make_body(other, BodyRole.ACCREDITATION_BODY, accreditations=(accreditation(HUB, "D9"),))
    hub.change(hub.admit(body, bring(other, KeyRole.RECEIPT)))
    change = hub.entry(
        other,
        roles=frozenset({BodyRole.CERTIFICATION_BODY}),
        accreditations=(*body.accreditations, accreditation(CNAS, "C9")),
    )

    assert ActionCode.NOT_ENTITLED in refused(hub, mei, change)


def test_authority_stops_no_key_that_speaks_by_the_word_of_another_too() -> None:
    both = frozenset({CCC, QMS})
    hub, ivan, olga = two_authorities(schemes=both)
    more = accreditation(RUSACC, "R1", schemes=both)
    change = hub.entry(CB, accreditations=(*hub.state.bodies[CB].accreditations, more))
    hub.approve(olga, hub.propose(ivan, change))

    assert refused(hub, ivan, hub.status_change(CB, KeyStatus.REVOKED)) == {ActionCode.NOT_ENTITLED}


def two_authorities(
    schemes: frozenset[str] = frozenset({CCC}),
) -> tuple[FoundedHub, Person, Person]:
    """Return a hub with an authority of another economy, whose two officers act."""
    hub = admitted()
    field = accreditation(HUB, "D2", schemes=schemes)
    body = make_body(RUSACC, BodyRole.ACCREDITATION_BODY, accreditations=(field,))
    hub.change(hub.admit(body, bring(RUSACC, KeyRole.RECEIPT)))
    ivan, olga = make_person("ivan", RUSACC), make_person("olga", RUSACC)
    hub.change(
        AdministratorChange(administrator=ivan.administrator),
        AdministratorChange(administrator=olga.administrator),
    )
    return hub, ivan, olga


def own_accreditation(hub: FoundedHub) -> BodyChange:
    more = accreditation(RUSACC, "R1", schemes=frozenset({CCC}), codes=())
    return hub.entry(CB, accreditations=(*hub.state.bodies[CB].accreditations, more))


def test_authority_touches_nothing_of_a_body_that_only_others_accredit() -> None:
    hub, ivan, _ = two_authorities()

    assert refused(hub, ivan, hub.entry(CB, cab_code="1")) == {ActionCode.NOT_ENTITLED}
    assert refused(hub, ivan, hub.status_change(CB, KeyStatus.REVOKED)) == {ActionCode.NOT_ENTITLED}


def test_authority_adds_its_own_accreditation_and_still_touches_nothing_of_others() -> None:
    hub, ivan, olga = two_authorities()

    hub.approve(olga, hub.propose(ivan, own_accreditation(hub)))

    assert len(hub.state.bodies[CB].accreditations) == 2
    assert refused(hub, ivan, hub.status_change(CB, KeyStatus.REVOKED)) == {ActionCode.NOT_ENTITLED}
    assert refused(hub, ivan, hub.entry(CB, names={"en": "Taken over"})) == {
        ActionCode.NOT_ENTITLED
    }
    first, second = hub.state.bodies[CB].accreditations
    withdrawn = replace(first.history[0], state=AccreditationState.WITHDRAWN)
    change = hub.entry(CB, accreditations=(replace(first, history=(withdrawn,)), second))
    assert refused(hub, ivan, change) == {ActionCode.NOT_ENTITLED}


def test_authority_brings_keys_that_speak_by_its_word_alone() -> None:
    hub, ivan, olga = two_authorities()
    hub.approve(olga, hub.propose(ivan, own_accreditation(hub)))
    scope = replace(hub.key_of(CB).scope, schemes=frozenset({CCC}), product_groups=())
    key = bring(CB, seed="ccc", scope=scope)

    hub.approve(
        olga,
        hub.propose(ivan, hub.arrival_change(CB, key)),
        evidence=((key.entry.fingerprint, make_evidence(ivan.id)),),
    )

    assert hub.key_of(CB, 2).scope == scope
    wider = replace(scope, schemes=frozenset({CCC, *hub.key_of(CB).scope.schemes}))
    assert ActionCode.NOT_ENTITLED in refused(hub, ivan, hub.key_change(CB, 2, scope=wider))


def test_operator_accredits_in_the_name_of_an_authority_only_while_it_has_nobody() -> None:
    hub = admitted()
    hub.change(certifier())

    mei, jun = officers_of_authority(hub)

    other = certifier(BodyId("CN-CB-0778"))
    assert refused(hub, hub.li, other) == {ActionCode.NOT_ENTITLED}
    # Nor does it come to that by removing them first.
    hub.change(
        AdministratorChange(administrator=mei.administrator, removed=True),
        AdministratorChange(administrator=jun.administrator, removed=True),
    )
    assert refused(hub, hub.li, other) == {ActionCode.NOT_ENTITLED}


def test_operator_still_revokes_keys_of_a_body_that_an_authority_admitted() -> None:
    hub = admitted()
    officers_of_authority(hub)

    hub.change(hub.status_change(CB, KeyStatus.REVOKED), shrinking=True)

    assert hub.key_of(CB).status is KeyStatus.REVOKED


def test_authority_enrols_administrators_of_its_wards_and_of_nobody_else() -> None:
    hub = admitted()
    mei, jun = officers_of_authority(hub)
    newcomer = AdministratorChange(administrator=make_person("zhao", CB).administrator)

    hub.approve(jun, hub.propose(mei, newcomer))

    assert make_person("zhao", CB).id in hub.state.administrators
    own = AdministratorChange(administrator=make_person("zhao", CNAS).administrator)
    assert refused(hub, mei, own) == {ActionCode.NOT_ENTITLED}


def test_two_officers_replace_a_lost_one() -> None:
    hub = admitted()
    newcomer = make_person("new-one")

    hub.change(AdministratorChange(administrator=newcomer.administrator, replaces=hub.omar.id))

    assert set(hub.state.administrators) == {hub.li.id, hub.anna.id, newcomer.id}
    assert hub.state.former == {hub.omar.id: hub.omar.administrator}
    hub.suspend(newcomer, CB)


def test_officer_gets_a_new_key_under_the_same_name_and_the_old_one_is_done() -> None:
    hub = admitted()
    again = make_person("omar-haddad", key="new")

    hub.change(AdministratorChange(administrator=again.administrator))

    with pytest.raises(RuleError) as caught:
        hub.suspend(hub.omar, CB)
    assert caught.value.code is ActionCode.PERSON_KEY
    hub.suspend(again, CB)


def test_successor_is_named_by_two_persons_who_may_touch_both() -> None:
    hub = admitted()
    hub.change(certifier())
    mei, jun = officers_of_authority(hub)

    hub.approve(jun, hub.propose(mei, hub.entry(NEW, predecessors=frozenset({CB}))))

    assert hub.state.bodies[NEW].predecessors == {CB}
    # A foreign authority cannot make its ward the successor of this one.
    foreign, ivan, _ = two_authorities()
    other = BodyId("RU-CB-0001")
    body = make_body(
        other,
        BodyRole.CERTIFICATION_BODY,
        accreditations=(accreditation(RUSACC, "R2", schemes=frozenset({CCC}), codes=()),),
    )
    scope = replace(foreign.key_of(CB).scope, schemes=frozenset({CCC}), product_groups=())
    change = foreign.admit(replace(body, predecessors=frozenset({CB})), bring(other, scope=scope))
    assert refused(foreign, ivan, change) == {ActionCode.NOT_ENTITLED}


def test_renamed_body_keeps_its_former_name_with_the_instant() -> None:
    hub = admitted()
    before = hub.state.bodies[CB].names

    hub.change(hub.entry(CB, names={"en": "Another name"}))

    (former,) = hub.state.bodies[CB].former_names
    assert former.names == before
    assert former.until == hub.clock.now


def test_history_in_a_proposal_is_not_believed() -> None:
    hub = admitted()
    key = hub.key_of(CB)
    forged = replace(key.periods[0], not_before=FOUNDED_AT - timedelta(days=900))
    body = hub.state.bodies[CB]
    older = BodyPeriod(state=BodyState.ACTIVE, since=FOUNDED_AT - timedelta(days=900))

    hub.change(
        hub.entry(
            CB,
            cab_code="1",
            history=(older,),
            keys=(replace(key, periods=(forged,)), *body.keys[1:]),
            former_names=(FormerName(names={"en": "Somebody else"}, until=FOUNDED_AT),),
        )
    )

    assert hub.key_of(CB).periods == key.periods
    assert hub.state.bodies[CB].history == body.history
    assert hub.state.bodies[CB].former_names == ()


# Emergencies


def test_suspension_by_one_person_takes_effect_at_once_and_two_lift_it() -> None:
    hub = admitted()
    key = hub.key_of(CB)

    hub.suspend(hub.li, CB, key.fingerprint)

    (suspension,) = hub.state.open_suspensions()
    assert suspension.alarms_at == hub.clock.now + timedelta(hours=24)
    assert set(hub.state.interruptions().keys) == {key.fingerprint}
    assert hub.key_of(CB).status_at(hub.clock.now) is KeyStatus.SUSPENDED
    hub.clock.forward(HOUR)
    lifting = hub.propose(hub.li, hub.status_change(CB, KeyStatus.GRANTED))
    assert hub.state.open_suspensions()
    hub.approve(hub.anna, lifting)
    assert hub.state.open_suspensions() == ()
    assert not hub.state.interruptions()
    (ended,) = hub.state.suspensions.values()
    assert ended.ended_at == hub.clock.now


def test_suspended_body_is_restored_by_two() -> None:
    hub = admitted()
    hub.suspend(hub.li, CB)
    assert set(hub.state.interruptions().bodies) == {CB}
    hub.clock.forward(HOUR)

    hub.change(hub.entry(CB, history=(BodyPeriod(state=BodyState.ACTIVE, since=FOUNDED_AT),)))

    assert not hub.state.interruptions()
    assert hub.state.open_suspensions() == ()


def test_body_suspends_its_own_keys_as_often_as_it_must() -> None:
    hub = admitted()
    for number in range(3):
        hub.change(hub.arrival_change(CB, bring(CB, seed=f"own {number}")))
    zhao = enrolled(hub, make_person("zhao", CB))

    for key in hub.state.bodies[CB].keys:
        hub.suspend(zhao, CB, key.fingerprint)

    assert len(hub.state.open_suspensions()) == 5
    assert all(one.of_own_body for one in hub.state.open_suspensions())


def test_authority_suspends_its_ward_and_a_new_day_gives_three_more() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    for key in hub.state.bodies[CB].keys:
        hub.suspend(mei, CB, key.fingerprint)
    hub.suspend(mei, CB)
    hub.clock.forward(HOUR)
    hub.change(hub.entry(CB, history=(BodyPeriod(state=BodyState.ACTIVE, since=FOUNDED_AT),)))
    with pytest.raises(RuleError) as caught:
        hub.suspend(mei, CB)
    assert caught.value.code is ActionCode.QUOTA

    hub.clock.now = hub.clock.now.replace(hour=0) + timedelta(days=1)

    hub.suspend(mei, CB)
    assert hub.state.quota[mei.id] == (hub.clock.now.date(), 1)


def test_all_certificates_of_a_suspended_key_stop() -> None:
    hub = admitted()
    renewed = bring(CB)
    entry = make_entry(CB, serial=2)
    arrival = replace(renewed.arrival, fingerprint=entry.fingerprint, proof=prove(entry))
    hub.change(hub.arrival_change(CB, replace(renewed, entry=entry, arrival=arrival)))

    hub.suspend(hub.li, CB, entry.fingerprint)

    assert set(hub.state.interruptions().keys) == {
        entry.fingerprint,
        renewed.entry.fingerprint,
    }


def test_hub_suspends_its_old_receipt_key_once_it_has_another() -> None:
    hub = admitted()
    second = bring(HUB, KeyRole.RECEIPT, seed="2")
    hub.change(hub.arrival_change(HUB, second))
    old = hub.seal.fingerprint

    hub.suspend(hub.omar, HUB, old)

    word = Propose(changes=(certifier(),), activation=Activation(at=FOUNDED_AT), reason="because")
    hub.take(hub.sealed(hub.signed(hub.li, word), key=second.entry, seed="2"))
    assert len(hub.state.waiting) == 1


def test_auditor_and_operator_are_known_and_do_nothing() -> None:
    hub = admitted()
    for role in (AdministratorRole.AUDITOR, AdministratorRole.OPERATOR):
        person = enrolled(hub, make_person(f"v-{role.value}", role=role))
        found = hub.state.administrator(person.administrator.fingerprint)
        assert found == person.administrator
        assert found not in hub.state.officers(HUB)
