"""For every code of actions, what somebody does to meet it; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from exchange.codes import Code
from exchange.codes.actions import ActionCode
from exchange.codes.gates import SignatureCode
from exchange.codes.keys import KeyCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.founding import begin
from exchange.core.actions.values import (
    Activate,
    AdministratorChange,
    AdministratorRole,
    Approve,
    Arrival,
    BodyChange,
    Propose,
    Reject,
    SealedAction,
    SubjectKind,
    Suspend,
)
from exchange.core.actions.writing import write_action
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.model import BodyId, BodyRole, ContentDigest, Custody, Economy, KeyRole
from exchange.core.trust_values import BodyPeriod, BodyState, KeyEntry, KeyStatus
from tests.founded import (
    CB,
    CCC,
    CNAS,
    FOUNDED_AT,
    HUB,
    FoundedHub,
    Person,
    accreditation,
    admitted,
    bring,
    found,
    founding_word,
    make_body,
    make_entry,
    make_evidence,
    make_list,
    make_person,
    open_sealed,
    prove,
    root_entry,
    seal,
    sign,
)
from tests.world import make_world


@dataclass(frozen=True, slots=True, kw_only=True)
class Provocation:
    """Something that is refused."""

    code: Code
    name: str
    do: Callable[[FoundedHub], object]


PROVOCATIONS: list[Provocation] = []
Deed = Callable[[FoundedHub], object]


def meets(code: Code) -> Callable[[Deed], Deed]:
    """Note what a deed meets; the name of the function is the sentence."""

    def note(deed: Deed) -> Deed:
        name = deed.__name__.replace("_", " ")
        PROVOCATIONS.append(Provocation(code=code, name=name, do=deed))
        return deed

    return note


NOTHING = ContentDigest(bytes(32))
NEW = BodyId("CN-CB-0777")


def certifier(
    body: BodyId = NEW, *, authority: BodyId = CNAS, by: Person | None = None
) -> BodyChange:
    """Return a certification body that could be admitted, its key confirmed by a person."""
    arrival = bring(body).arrival
    if by is not None:
        arrival = replace(arrival, evidence=make_evidence(by.id))
    return BodyChange(
        body=make_body(
            body,
            BodyRole.CERTIFICATION_BODY,
            accreditations=(accreditation(authority, "C7"),),
            keys=(bring(body).entry,),
        ),
        base=None,
        arrivals=(arrival,),
    )


def suspension(key: bytes | None, body: BodyId = CB) -> Suspend:
    """Return the word of an emergency."""
    kind = SubjectKind.BODY if key is None else SubjectKind.KEY
    return Suspend(kind=kind, body=body, key=key, reason="lost")  # type: ignore[arg-type]


def enrolled(hub: FoundedHub, person: Person) -> Person:
    """Enrol somebody by the operator's two."""
    hub.change(AdministratorChange(administrator=person.administrator))
    return person


def officers_of_authority(hub: FoundedHub) -> tuple[Person, Person]:
    """Enrol two trust officers of the accreditation body."""
    mei, jun = make_person("mei", CNAS), make_person("jun", CNAS)
    hub.change(
        AdministratorChange(administrator=mei.administrator),
        AdministratorChange(administrator=jun.administrator),
    )
    return mei, jun


# Who says it


@meets(ActionCode.PERSON_MISSING)
def nobody_says_a_word(hub: FoundedHub) -> None:
    hub.do(None, suspension(hub.key_of(CB).fingerprint))


@meets(ActionCode.PERSON_MISSING)
def a_person_says_what_only_the_hub_notes(hub: FoundedHub) -> None:
    hub.do(hub.li, Activate(proposal=NOTHING))


@meets(ActionCode.PERSON_UNKNOWN)
def a_stranger_says_it(hub: FoundedHub) -> None:
    hub.do(make_person("mallory"), suspension(None))


@meets(ActionCode.PERSON_UNKNOWN)
def somebody_who_was_removed_says_it(hub: FoundedHub) -> None:
    omar = hub.omar.administrator
    hub.change(
        AdministratorChange(
            administrator=make_person("new-one").administrator, replaces=omar.person
        )
    )
    hub.do(hub.omar, suspension(None))


@meets(ActionCode.PERSON_KEY)
def somebody_says_it_with_another_key_of_theirs(hub: FoundedHub) -> None:
    hub.do(make_person("li-wei", key="another"), suspension(None))


@meets(ActionCode.PERSON_SIGNATURE)
def a_signature_is_carried_over_to_another_word(hub: FoundedHub) -> None:
    action = hub.signed(hub.li, suspension(None))
    hub.take(hub.sealed(replace(action, word=suspension(hub.key_of(CB).fingerprint))))


@meets(ActionCode.PERSON_SIGNATURE)
def a_signature_is_carried_over_to_another_time(hub: FoundedHub) -> None:
    action = hub.signed(hub.li, suspension(None))
    hub.take(hub.sealed(replace(action, made_at=action.made_at - timedelta(hours=1))))


@meets(ActionCode.PERSON_SIGNATURE)
def somebody_else_signs_in_the_name_of_an_officer(hub: FoundedHub) -> None:
    mallory = make_person("mallory")
    drafted = sign(hub.draft(suspension(None)), mallory)
    li = hub.li.administrator
    hub.take(hub.sealed(replace(drafted, person=li.person, key=li.fingerprint)))


@meets(ActionCode.PERSON_ROLE)
def an_auditor_suspends(hub: FoundedHub) -> None:
    auditor = enrolled(hub, make_person("vera", role=AdministratorRole.AUDITOR))
    hub.do(auditor, suspension(None))


@meets(ActionCode.PERSON_ROLE)
def an_operator_proposes(hub: FoundedHub) -> None:
    operator = enrolled(hub, make_person("vera", role=AdministratorRole.OPERATOR))
    hub.propose(operator, make_list("SG"))


@meets(ActionCode.PERSON_CERTIFICATE)
def somebody_says_it_whose_key_certificate_has_ended(hub: FoundedHub) -> None:
    ends = hub.clock.now + timedelta(days=2)
    person = enrolled(hub, make_person("vera", not_after=ends))
    hub.clock.forward(timedelta(days=3))
    hub.do(person, suspension(None))


@meets(ActionCode.MADE_AT)
def an_action_comes_a_day_late(hub: FoundedHub) -> None:
    made_at = hub.clock.now - timedelta(hours=25)
    hub.do(hub.li, suspension(None), made_at=made_at)


@meets(ActionCode.MADE_AT)
def an_action_comes_from_the_future(hub: FoundedHub) -> None:
    hub.do(hub.li, suspension(None), made_at=hub.clock.now + timedelta(minutes=6))


@meets(ActionCode.SPENT)
def an_action_is_said_again(hub: FoundedHub) -> None:
    action = hub.signed(hub.li, suspension(hub.key_of(CB).fingerprint))
    hub.take(hub.sealed(action))
    hub.change(hub.status_change(CB, KeyStatus.GRANTED))
    hub.take(hub.sealed(action))


# How it came


@meets(ActionCode.ORDER)
def an_action_was_received_long_before_the_last_one(hub: FoundedHub) -> None:
    hub.suspend(hub.li, CB, hub.key_of(CB).fingerprint)
    hub.clock.forward(-timedelta(minutes=6))
    hub.suspend(hub.li, CB, hub.key_of(CB, 1).fingerprint)


@meets(ActionCode.HUB)
def an_action_for_another_hub_is_sent_here(hub: FoundedHub) -> None:
    action = sign(replace(hub.draft(suspension(None)), hub=BodyId("XX-HUB-02")), hub.li)
    hub.take(hub.sealed(action))


@meets(ActionCode.SEAL)
def an_action_is_sealed_by_another_key_of_the_hub(hub: FoundedHub) -> None:
    action = hub.signed(hub.li, suspension(None))
    hub.take(hub.sealed(action, key=make_entry(HUB, KeyRole.LIST)))


@meets(ActionCode.SEAL)
def an_action_is_sealed_by_a_receipt_key_that_is_suspended(hub: FoundedHub) -> None:
    second = bring(HUB, KeyRole.RECEIPT, seed="2")
    hub.change(hub.arrival_change(HUB, second))
    hub.suspend(hub.li, HUB, hub.seal.fingerprint)
    hub.suspend(hub.li, CB)


@meets(ActionCode.FOUND_AGAIN)
def trust_is_founded_twice(hub: FoundedHub) -> None:
    hub.take(hub.sealed(hub.draft(founding_word())))


@meets(ActionCode.SPELLING)
def a_word_is_written_in_another_way(hub: FoundedHub) -> SealedAction:
    data = write_action(hub.signed(hub.li, suspension(None)))
    other = data.replace(b"<Body>", b"<Body>\n ")
    assert other != data
    return open_sealed(seal(other, hub.seal, "", hub.clock.now))


@meets(SignatureCode.CERTIFICATE_SERIAL)
def somebody_is_enrolled_with_a_key_certificate_that_is_none(hub: FoundedHub) -> SealedAction:
    officer = replace(
        make_person("vera").administrator,
        certificate=replace(hub.seal.certificate, der=b"\x30" * 200),
    )
    word = hub.signed(
        hub.li,
        Propose(
            changes=(AdministratorChange(administrator=officer),),
            activation=hub.propose(hub.li, make_list("SG")).action.word.activation,  # type: ignore[union-attr]
            reason="because",
        ),
    )
    return open_sealed(hub.sealed(word))


@meets(ActionCode.UNREADABLE)
def a_digest_is_not_all_base64(hub: FoundedHub) -> SealedAction:
    data = write_action(hub.signed(hub.li, Reject(proposal=NOTHING, reason="no")))
    other = data.replace(b"</Proposal>", b"*</Proposal>")
    assert other != data
    return open_sealed(seal(other, hub.seal, "", hub.clock.now))


@meets(ActionCode.UNREADABLE)
def another_kind_of_statement_stands_among_the_actions(_hub: FoundedHub) -> SealedAction:
    return open_sealed(make_world().attestation())


# What a proposal may hold


@meets(ActionCode.NO_CHANGE)
def a_proposal_changes_nothing(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB))


@meets(ActionCode.NO_CHANGE)
def a_list_is_opened_that_is_open(hub: FoundedHub) -> None:
    hub.propose(hub.li, make_list("CN"))


@meets(ActionCode.NO_CHANGE)
def somebody_is_enrolled_who_is_enrolled(hub: FoundedHub) -> None:
    hub.propose(hub.li, AdministratorChange(administrator=hub.omar.administrator))


@meets(ActionCode.TWICE)
def one_proposal_says_two_things_of_one_body(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, cab_code="1"), hub.entry(CB, cab_code="2"))


@meets(ActionCode.BASE_OUTDATED)
def a_change_is_made_from_an_entry_that_has_changed(hub: FoundedHub) -> None:
    stale = hub.entry(CB, cab_code="1")
    hub.change(hub.entry(CB, cab_code="2"))
    hub.propose(hub.li, stale)


@meets(ActionCode.BASE_OUTDATED)
def a_body_is_admitted_that_is_listed(hub: FoundedHub) -> None:
    hub.propose(hub.li, replace(hub.entry(CB, cab_code="1"), base=None))


@meets(ActionCode.BASE_OUTDATED)
def a_body_is_changed_that_is_not_listed(hub: FoundedHub) -> None:
    hub.propose(hub.li, replace(certifier(), base=hub.entry(CB).base))


@meets(ActionCode.NO_LIST)
def a_body_lives_where_no_list_is_published(hub: FoundedHub) -> None:
    hub.propose(hub.li, certifier(BodyId("SG-CB-0777")))


@meets(ActionCode.AUTHORITY_UNKNOWN)
def an_accreditation_names_nobody(hub: FoundedHub) -> None:
    hub.propose(hub.li, certifier(authority=BodyId("CN-AB-NOBODY")))


@meets(ActionCode.AUTHORITY_UNKNOWN)
def an_accreditation_names_a_body_that_does_not_accredit(hub: FoundedHub) -> None:
    hub.propose(hub.li, certifier(authority=CB))


@meets(ActionCode.AUTHORITY_UNKNOWN)
def a_body_accredits_itself(hub: FoundedHub) -> None:
    own = hub.state.bodies[CNAS].accreditations
    hub.propose(hub.li, hub.entry(CNAS, accreditations=(*own, accreditation(CNAS))))


@meets(ActionCode.PREDECESSOR_UNKNOWN)
def a_body_takes_the_place_of_nobody(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, predecessors=frozenset({NEW})))


@meets(ActionCode.PREDECESSOR_UNKNOWN)
def a_body_takes_its_own_place(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, predecessors=frozenset({CB})))


@meets(ActionCode.BODY_NEW_STATE)
def a_body_arrives_suspended(hub: FoundedHub) -> None:
    change = certifier()
    period = BodyPeriod(state=BodyState.SUSPENDED, since=FOUNDED_AT)
    hub.propose(hub.li, replace(change, body=replace(change.body, history=(period,))))


@meets(ActionCode.BODY_MOVE)
def a_body_that_has_ended_begins_again(hub: FoundedHub) -> None:
    ended = BodyPeriod(state=BodyState.ENDED, since=FOUNDED_AT)
    hub.change(hub.entry(CB, history=(ended,)), shrinking=True)
    hub.propose(
        hub.li, hub.entry(CB, history=(BodyPeriod(state=BodyState.ACTIVE, since=FOUNDED_AT),))
    )


@meets(ActionCode.BODY_FIXED)
def a_body_moves_to_another_economy(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, economy=Economy("RU")))


@meets(ActionCode.ACCREDITATION_MOVE)
def an_accreditation_that_was_withdrawn_is_active_again(hub: FoundedHub) -> None:
    for state in (AccreditationState.WITHDRAWN, AccreditationState.ACTIVE):
        (one,) = hub.state.bodies[CB].accreditations
        period = AccreditationPeriod(state=state, since=FOUNDED_AT.date())
        hub.change(hub.entry(CB, accreditations=(replace(one, history=(period,)),)))


@meets(ActionCode.ACCREDITATION_DROPPED)
def an_accreditation_disappears(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, accreditations=()))


@meets(ActionCode.KEY_DROPPED)
def a_key_disappears(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.entry(CB, keys=hub.state.bodies[CB].keys[:1]))


@meets(ActionCode.KEY_FIXED)
def a_key_gets_another_role(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.key_change(CB, role=KeyRole.RECOGNITION))


@meets(ActionCode.KEY_FIXED)
def a_key_gets_another_custody(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.key_change(CB, custody=Custody.HUB))


@meets(ActionCode.KEY_MOVE)
def a_revoked_key_is_granted_again(hub: FoundedHub) -> None:
    hub.change(hub.status_change(CB, KeyStatus.REVOKED), shrinking=True)
    hub.propose(hub.li, hub.status_change(CB, KeyStatus.GRANTED))


@meets(ActionCode.KEY_MOVE)
def a_retired_key_gets_a_longer_life(hub: FoundedHub) -> None:
    hub.change(
        hub.key_change(CB, signs_until=FOUNDED_AT, accepted_until=FOUNDED_AT), shrinking=True
    )
    hub.clock.forward(timedelta(hours=1))
    until = FOUNDED_AT + timedelta(days=100)
    hub.propose(hub.li, hub.key_change(CB, signs_until=until, accepted_until=until))


@meets(ActionCode.START_AHEAD)
def a_key_is_to_be_revoked_later_than_its_change_takes_effect(hub: FoundedHub) -> None:
    later = hub.clock.now + timedelta(days=1)
    hub.propose(hub.li, hub.status_change(CB, KeyStatus.REVOKED, start=later))


@meets(ActionCode.START_AHEAD)
def a_body_is_to_end_later_than_its_change_takes_effect(hub: FoundedHub) -> None:
    ended = BodyPeriod(state=BodyState.ENDED, since=hub.clock.now + timedelta(days=1))
    hub.propose(hub.li, hub.entry(CB, history=(ended,)))


@meets(ActionCode.START_AHEAD)
def an_accreditation_is_to_be_withdrawn_later_than_its_change(hub: FoundedHub) -> None:
    (one,) = hub.state.bodies[CB].accreditations
    day = (hub.clock.now + timedelta(days=2)).date()
    period = AccreditationPeriod(state=AccreditationState.WITHDRAWN, since=day)
    hub.propose(hub.li, hub.entry(CB, accreditations=(replace(one, history=(period,)),)))


@meets(ActionCode.PROPOSER_GONE)
def a_proposal_is_approved_whose_proposer_only_looks_on_by_now(hub: FoundedHub) -> None:
    enrolled(hub, make_person("new-one"))
    proposal = hub.propose(hub.omar, make_list("SG"))
    auditor = replace(hub.omar.administrator, role=AdministratorRole.AUDITOR)
    hub.change(AdministratorChange(administrator=auditor))
    hub.approve(hub.anna, proposal)


@meets(ActionCode.KEY_NEW_STATE)
def a_key_arrives_withdrawn(hub: FoundedHub) -> None:
    key = bring(CB, seed="2")
    gone = make_entry(CB, seed="2", status=KeyStatus.WITHDRAWN)
    hub.propose(hub.li, hub.arrival_change(CB, replace(key, entry=gone)))


@meets(ActionCode.KEY_SIBLING)
def one_of_two_certificates_of_a_key_is_revoked(hub: FoundedHub) -> None:
    renewed = make_entry(CB, serial=2)
    key = replace(
        bring(CB),
        entry=renewed,
        arrival=replace(bring(CB).arrival, fingerprint=renewed.fingerprint, proof=prove(renewed)),
    )
    hub.change(hub.arrival_change(CB, key))
    hub.propose(hub.li, hub.status_change(CB, KeyStatus.REVOKED))


@meets(ActionCode.CUSTODY_FORBIDDEN)
def a_key_comes_into_a_custody_that_its_body_forbids(hub: FoundedHub) -> None:
    hub.change(hub.entry(CB, forbids_hub_custody=True))
    key = bring(CB, seed="2")
    hub.propose(
        hub.li, hub.arrival_change(CB, replace(key, entry=replace(key.entry, custody=Custody.HUB)))
    )


@meets(ActionCode.LAST_SEAL)
def the_last_receipt_key_of_the_hub_is_suspended(hub: FoundedHub) -> None:
    hub.suspend(hub.li, HUB, hub.seal.fingerprint)


@meets(ActionCode.LAST_SEAL)
def the_last_receipt_key_of_the_hub_is_revoked(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.status_change(HUB, KeyStatus.REVOKED))


@meets(ActionCode.LAST_SEAL)
def the_last_receipt_key_of_the_hub_is_to_end_sooner(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.key_change(HUB, signs_until=FOUNDED_AT + timedelta(days=1)))


@meets(ActionCode.LAST_SEAL)
def the_operator_ends(hub: FoundedHub) -> None:
    ended = BodyPeriod(state=BodyState.ENDED, since=FOUNDED_AT)
    hub.propose(hub.li, hub.entry(HUB, history=(ended,)))


@meets(TrustCode.SCOPE_BEYOND_ACCREDITATION)
def a_key_may_speak_about_more_than_its_body_is_accredited_for(hub: FoundedHub) -> None:
    scope = replace(hub.key_of(CB).scope, schemes=frozenset({CCC}))
    hub.propose(hub.li, hub.key_change(CB, scope=scope))


@meets(TrustCode.KEY_PERIOD)
def a_key_is_to_sign_longer_than_it_is_accepted(hub: FoundedHub) -> None:
    until = hub.key_of(CB).accepted_until + timedelta(days=1)
    hub.propose(hub.li, hub.key_change(CB, signs_until=until))


# Keys that arrive


@meets(ActionCode.ARRIVAL)
def a_key_arrives_without_a_proof(hub: FoundedHub) -> None:
    hub.propose(hub.li, replace(hub.arrival_change(CB, bring(CB, seed="2")), arrivals=()))


@meets(ActionCode.ARRIVAL)
def a_proof_arrives_without_a_key(hub: FoundedHub) -> None:
    change = hub.entry(CB, cab_code="1")
    hub.propose(hub.li, replace(change, arrivals=(bring(CB, seed="2").arrival,)))


@meets(ActionCode.ARRIVAL)
def a_proof_arrives_twice(hub: FoundedHub) -> None:
    change = hub.arrival_change(CB, bring(CB, seed="2"))
    hub.propose(hub.li, replace(change, arrivals=change.arrivals * 2))


def _with_proof(at: FoundedHub, **given: object) -> None:
    key = bring(CB, seed="2")
    proof = prove(key.entry, **({"seed": "2"} | given))  # type: ignore[arg-type]
    arrival = replace(key.arrival, proof=proof)
    at.propose(at.li, at.arrival_change(CB, replace(key, arrival=arrival)))


@meets(ActionCode.POSSESSION)
def a_proof_was_made_by_another_key(hub: FoundedHub) -> None:
    _with_proof(hub, seed="3")


@meets(ActionCode.POSSESSION)
def a_proof_was_made_for_another_key(hub: FoundedHub) -> None:
    _with_proof(hub, fingerprint=hub.key_of(CB).fingerprint)


@meets(ActionCode.POSSESSION)
def a_proof_was_made_for_another_body(hub: FoundedHub) -> None:
    _with_proof(hub, body=CNAS)


@meets(ActionCode.POSSESSION)
def a_proof_was_made_for_another_purpose(hub: FoundedHub) -> None:
    _with_proof(hub, role=KeyRole.STATUS)


@meets(ActionCode.POSSESSION)
def a_proof_was_made_for_another_hub(hub: FoundedHub) -> None:
    _with_proof(hub, hub=BodyId("XX-HUB-02"))


@meets(ActionCode.POSSESSION)
def a_proof_was_made_in_the_future(hub: FoundedHub) -> None:
    _with_proof(hub, made_at=hub.clock.now + timedelta(hours=1))


@meets(ActionCode.POSSESSION)
def a_proof_names_an_algorithm_for_other_keys(hub: FoundedHub) -> None:
    key = bring(CB, seed="2")
    uri = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    proof = replace(key.arrival.proof, algorithm=uri)
    arrival = replace(key.arrival, proof=proof)
    hub.propose(hub.li, hub.arrival_change(CB, replace(key, arrival=arrival)))


@meets(ActionCode.POSSESSION)
def a_proof_by_an_edwards_key_names_another_algorithm(hub: FoundedHub) -> None:
    key = bring(HUB, KeyRole.CHECKPOINT, seed="2")
    uri = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    arrival = replace(key.arrival, proof=replace(key.arrival.proof, algorithm=uri))
    hub.propose(hub.li, hub.arrival_change(HUB, replace(key, arrival=arrival)))


@meets(KeyCode.LISTED_ELSEWHERE)
def a_key_of_another_body_arrives(hub: FoundedHub) -> None:
    key = bring(CB)
    entry = replace(key.entry, body=CNAS)
    arrival = replace(key.arrival, proof=prove(key.entry, body=CNAS))
    hub.propose(hub.li, hub.arrival_change(CNAS, replace(key, entry=entry, arrival=arrival)))


@meets(KeyCode.LISTED_ELSEWHERE)
def one_key_arrives_for_two_purposes(hub: FoundedHub) -> None:
    key = bring(CB, seed="2")
    other = replace(
        key,
        entry=replace(make_entry(CB, seed="2", serial=2), role=KeyRole.STATUS),
    )
    arrival = replace(
        key.arrival,
        fingerprint=other.entry.fingerprint,
        proof=prove(make_entry(CB, seed="2", serial=2), seed="2", role=KeyRole.STATUS),
    )
    hub.propose(hub.li, hub.arrival_change(CB, key, replace(other, arrival=arrival)))


@meets(KeyCode.EXPIRED)
def a_key_arrives_that_has_expired(hub: FoundedHub) -> None:
    entry = make_entry(CB, seed="2", not_after=FOUNDED_AT)
    key = bring(CB, seed="2")
    arrival = replace(key.arrival, fingerprint=entry.fingerprint, proof=prove(entry, seed="2"))
    hub.propose(hub.li, hub.arrival_change(CB, replace(key, entry=entry, arrival=arrival)))


@meets(KeyCode.NAME)
def a_key_arrives_with_the_name_of_another_body(hub: FoundedHub) -> None:
    entry = replace(make_entry(BodyId("CN-CB-0888")), body=CB)
    key = bring(CB, seed="2")
    proof = prove(make_entry(BodyId("CN-CB-0888")), body=CB)
    arrival = replace(key.arrival, fingerprint=entry.fingerprint, proof=proof)
    hub.propose(hub.li, hub.arrival_change(CB, replace(key, entry=entry, arrival=arrival)))


@meets(ActionCode.KEY_OF_PERSON)
def a_key_of_a_body_becomes_the_key_of_a_person(hub: FoundedHub) -> None:
    person = make_person("vera", key=f"{CB} attestation ")
    hub.propose(hub.li, AdministratorChange(administrator=person.administrator))


@meets(ActionCode.KEY_OF_PERSON)
def the_key_of_a_person_becomes_a_key_of_a_body(hub: FoundedHub) -> None:
    enrolled(hub, make_person("vera", key=f"{CB} attestation 2"))
    hub.propose(hub.li, hub.arrival_change(CB, bring(CB, seed="2")))


@meets(ActionCode.KEY_OF_PERSON)
def the_key_of_a_person_who_left_becomes_a_key_of_a_body(hub: FoundedHub) -> None:
    vera = enrolled(hub, make_person("vera", key=f"{CB} attestation 2"))
    hub.change(AdministratorChange(administrator=vera.administrator, removed=True))
    hub.propose(hub.li, hub.arrival_change(CB, bring(CB, seed="2")))


@meets(ActionCode.EVIDENCE_MISSING)
def a_key_is_approved_of_which_nobody_knows_who_sent_it(hub: FoundedHub) -> None:
    change = hub.arrival_change(CB, bring(CB, seed="2", evidence=False))
    hub.approve(hub.anna, hub.propose(hub.li, change))


@meets(ActionCode.EVIDENCE)
def evidence_comes_for_a_key_that_does_not_arrive(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, hub.arrival_change(CB, bring(CB, seed="2")))
    hub.approve(hub.anna, proposal, evidence=((hub.seal.fingerprint, make_evidence()),))


@meets(ActionCode.EVIDENCE)
def a_fingerprint_was_confirmed_by_a_stranger(hub: FoundedHub) -> None:
    key = bring(CB, seed="2", evidence=False)
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))
    evidence = make_evidence(make_person("mallory").id)
    hub.approve(hub.anna, proposal, evidence=((key.entry.fingerprint, evidence),))


@meets(ActionCode.EVIDENCE)
def a_fingerprint_will_be_confirmed_tomorrow(hub: FoundedHub) -> None:
    key = bring(CB, seed="2", evidence=False)
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))
    later = replace(make_evidence(), confirmed_at=hub.clock.now + timedelta(days=1))
    hub.approve(hub.anna, proposal, evidence=((key.entry.fingerprint, later),))


@meets(ActionCode.EVIDENCE)
def a_fingerprint_was_confirmed_by_an_officer_who_signs_nothing(hub: FoundedHub) -> None:
    key = bring(CB, seed="2", evidence=False)
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))
    evidence = make_evidence(hub.omar.id)
    hub.approve(hub.anna, proposal, evidence=((key.entry.fingerprint, evidence),))


@meets(ActionCode.EVIDENCE)
def a_proposal_carries_a_confirmation_by_an_officer_who_signs_nothing(hub: FoundedHub) -> None:
    key = bring(CB, seed="2")
    arrival = replace(key.arrival, evidence=make_evidence(hub.omar.id))
    change = hub.arrival_change(CB, replace(key, arrival=arrival))
    hub.approve(hub.anna, hub.propose(hub.li, change))


@meets(ActionCode.EVIDENCE)
def a_proposal_carries_a_confirmation_of_last_quarter(hub: FoundedHub) -> None:
    key = bring(CB, seed="2")
    early = replace(make_evidence(), confirmed_at=hub.clock.now - timedelta(days=90, minutes=1))
    arrival = replace(key.arrival, evidence=early)
    hub.propose(hub.li, hub.arrival_change(CB, replace(key, arrival=arrival)))


@meets(ActionCode.EVIDENCE)
def a_fingerprint_was_confirmed_before_the_key_was_certified(hub: FoundedHub) -> None:
    entry, arrival = _certified_yesterday(hub)
    key = replace(bring(CB, seed="2"), entry=entry, arrival=replace(arrival, evidence=None))
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key))
    early = replace(make_evidence(), confirmed_at=hub.clock.now - timedelta(days=2))
    hub.approve(hub.anna, proposal, evidence=((entry.fingerprint, early),))


@meets(ActionCode.POSSESSION)
def a_proof_was_made_before_the_key_was_certified(hub: FoundedHub) -> None:
    entry, arrival = _certified_yesterday(hub, proven=timedelta(days=2))
    hub.propose(
        hub.li, hub.arrival_change(CB, replace(bring(CB, seed="2"), entry=entry, arrival=arrival))
    )


@meets(ActionCode.POSSESSION)
def a_proof_was_made_last_quarter(hub: FoundedHub) -> None:
    _with_proof(hub, made_at=hub.clock.now - timedelta(days=90, minutes=1))


def _certified_yesterday(
    hub: FoundedHub, proven: timedelta = timedelta(0)
) -> tuple[KeyEntry, Arrival]:
    entry = make_entry(CB, seed="2", not_before=hub.clock.now - timedelta(days=1))
    proof = prove(entry, seed="2", made_at=hub.clock.now - proven)
    evidence = replace(make_evidence(), confirmed_at=hub.clock.now)
    return entry, Arrival(fingerprint=entry.fingerprint, proof=proof, evidence=evidence)


@meets(KeyCode.NO_BODY_OF_THE_ROLE)
def a_certification_body_brings_a_key_for_lists(hub: FoundedHub) -> None:
    hub.propose(hub.li, hub.arrival_change(CB, bring(CB, KeyRole.LIST)))


# Persons


@meets(ActionCode.PERSON_BODY)
def somebody_is_enrolled_for_a_body_that_is_not_listed(hub: FoundedHub) -> None:
    hub.propose(hub.li, AdministratorChange(administrator=make_person("vera", NEW).administrator))


@meets(ActionCode.PERSON_BODY)
def somebody_is_enrolled_under_the_name_of_another_body(hub: FoundedHub) -> None:
    person = replace(make_person("vera").administrator, body=CB)
    hub.propose(hub.li, AdministratorChange(administrator=person))


@meets(ActionCode.PERSON_TWICE)
def one_human_comes_under_two_names(hub: FoundedHub) -> None:
    person = make_person("li-the-second", identity=hub.li.id)
    hub.propose(hub.li, AdministratorChange(administrator=person.administrator))


@meets(ActionCode.PERSON_TWICE)
def two_persons_come_with_one_key(hub: FoundedHub) -> None:
    person = make_person("vera", key=hub.li.id)
    hub.propose(hub.li, AdministratorChange(administrator=person.administrator))


@meets(ActionCode.PERSON_TWICE)
def two_newcomers_share_one_identity_document(hub: FoundedHub) -> None:
    hub.propose(
        hub.li,
        *(
            AdministratorChange(administrator=make_person(name, identity="same").administrator)
            for name in ("vera", "boris")
        ),
    )


@meets(ActionCode.PERSON_TWICE)
def somebody_comes_with_the_key_of_one_who_left(hub: FoundedHub) -> None:
    hub.change(
        AdministratorChange(
            administrator=make_person("new-one").administrator, replaces=hub.omar.id
        )
    )
    person = make_person("vera", key=hub.omar.id)
    hub.propose(hub.li, AdministratorChange(administrator=person.administrator))


@meets(ActionCode.PERSON_UNKNOWN)
def somebody_is_removed_who_was_never_enrolled(hub: FoundedHub) -> None:
    hub.propose(
        hub.li,
        AdministratorChange(administrator=make_person("vera").administrator, removed=True),
    )


@meets(ActionCode.PERSON_UNKNOWN)
def somebody_is_removed_with_another_key_than_the_enrolled_one(hub: FoundedHub) -> None:
    enrolled(hub, make_person("vera"))
    other = make_person("vera", key="another").administrator
    hub.propose(hub.li, AdministratorChange(administrator=other, removed=True))


@meets(ActionCode.PERSON_UNKNOWN)
def somebody_replaces_nobody(hub: FoundedHub) -> None:
    hub.propose(
        hub.li,
        AdministratorChange(
            administrator=make_person("vera").administrator, replaces=make_person("nobody").id
        ),
    )


@meets(ActionCode.TOO_FEW_OFFICERS)
def an_officer_of_three_is_removed(hub: FoundedHub) -> None:
    hub.propose(hub.li, AdministratorChange(administrator=hub.omar.administrator, removed=True))


@meets(ActionCode.TOO_FEW_OFFICERS)
def an_officer_of_three_becomes_an_auditor(hub: FoundedHub) -> None:
    auditor = replace(hub.omar.administrator, role=AdministratorRole.AUDITOR)
    hub.propose(hub.li, AdministratorChange(administrator=auditor))


# Two persons


@meets(ActionCode.SAME_PERSON)
def the_proposer_approves(hub: FoundedHub) -> None:
    hub.approve(hub.li, hub.propose(hub.li, make_list("SG")))


@meets(ActionCode.SAME_PERSON)
def the_proposer_approves_with_a_new_key(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, make_list("SG"))
    again = make_person("li-wei", key="new")
    turn = hub.propose(hub.omar, AdministratorChange(administrator=again.administrator))
    hub.approve(hub.anna, turn)
    hub.approve(again, proposal)


@meets(ActionCode.SAME_PERSON)
def the_proposer_leaves_and_approves_under_another_name(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.omar, make_list("SG"))
    again = make_person("haddad-omar", identity=hub.omar.id)
    hub.change(AdministratorChange(administrator=again.administrator, replaces=hub.omar.id))
    hub.approve(again, proposal)


@meets(ActionCode.PROPOSER_GONE)
def a_proposal_is_approved_whose_proposer_has_left(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.omar, make_list("SG"))
    hub.change(
        AdministratorChange(
            administrator=make_person("new-one").administrator, replaces=hub.omar.id
        )
    )
    hub.approve(hub.anna, proposal)


@meets(ActionCode.PROPOSAL_UNKNOWN)
def a_proposal_is_approved_that_was_never_made(hub: FoundedHub) -> None:
    hub.do(hub.anna, Approve(proposal=NOTHING, shown=bytes(32)))


@meets(ActionCode.PROPOSAL_DECIDED)
def a_proposal_is_approved_twice(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, make_list("SG"))
    shown = hub.shown(proposal)
    hub.approve(hub.anna, proposal)
    hub.do(hub.omar, Approve(proposal=proposal.digest, shown=shown))


@meets(ActionCode.PROPOSAL_DECIDED)
def a_rejected_proposal_is_approved(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, make_list("SG"))
    hub.reject(hub.omar, proposal)
    hub.approve(hub.anna, proposal)


@meets(ActionCode.PROPOSAL_DECIDED)
def an_active_proposal_is_rejected(hub: FoundedHub) -> None:
    hub.reject(hub.omar, hub.change(make_list("SG")))


@meets(ActionCode.PROPOSAL_OUTDATED)
def a_proposal_is_approved_that_another_one_overtook(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, hub.entry(CB, cab_code="1"))
    hub.change(hub.entry(CB, cab_code="2"))
    hub.do(hub.anna, Approve(proposal=proposal.digest, shown=bytes(32)))


@meets(ActionCode.SHOWN_OUTDATED)
def something_else_is_approved_than_was_shown(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, make_list("SG"))
    hub.do(hub.anna, Approve(proposal=proposal.digest, shown=sha256(b"another").digest()))


@meets(ActionCode.SHRINKS)
def a_list_loses_its_keys_without_a_second_confirmation(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, hub.status_change(CB, KeyStatus.REVOKED))
    hub.approve(hub.anna, proposal)


@meets(ActionCode.NOT_AWAITED)
def a_proposal_for_a_day_is_activated_before(hub: FoundedHub) -> None:
    proposal = hub.propose(hub.li, make_list("SG"), at=hub.clock.now + timedelta(days=3))
    hub.approve(hub.anna, proposal)
    hub.do(None, Activate(proposal=proposal.digest))


# Who decides


@meets(ActionCode.NOT_ENTITLED)
def officers_of_a_certification_body_propose(hub: FoundedHub) -> None:
    person = enrolled(hub, make_person("mei", CB))
    hub.propose(person, hub.entry(CB, cab_code="1"))


@meets(ActionCode.NOT_ENTITLED)
def the_second_officer_is_of_another_body(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.approve(mei, hub.propose(hub.li, hub.entry(CB, cab_code="1")))


@meets(ActionCode.NOT_ENTITLED)
def an_authority_approves_after_it_was_suspended(hub: FoundedHub) -> None:
    mei, jun = officers_of_authority(hub)
    proposal = hub.propose(mei, hub.entry(CB, cab_code="1"))
    hub.suspend(hub.li, CNAS)
    hub.approve(jun, proposal)


@meets(ActionCode.NOT_ENTITLED)
def a_body_that_accredits_no_more_enrols_for_its_former_ward(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.change(hub.entry(CNAS, roles=frozenset({BodyRole.LABORATORY})))
    hub.propose(mei, AdministratorChange(administrator=make_person("zhao", CB).administrator))


@meets(ActionCode.NOT_ENTITLED)
def an_authority_opens_a_list(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.propose(mei, make_list("SG"))


@meets(ActionCode.NOT_ENTITLED)
def an_authority_enrols_an_officer_of_the_operator(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.propose(mei, AdministratorChange(administrator=make_person("vera").administrator))


@meets(ActionCode.NOT_ENTITLED)
def an_authority_changes_its_own_entry(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.propose(mei, hub.entry(CNAS, cab_code="1"))


@meets(ActionCode.NOT_ENTITLED)
def the_operator_accredits_in_the_name_of_an_authority(hub: FoundedHub) -> None:
    officers_of_authority(hub)
    hub.propose(hub.li, certifier())


@meets(ActionCode.NOT_ENTITLED)
def somebody_rejects_what_concerns_them_not(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    hub.reject(mei, hub.propose(hub.li, make_list("SG")))


@meets(ActionCode.NOT_ENTITLED)
def a_certification_body_suspends_another(hub: FoundedHub) -> None:
    hub.change(certifier())
    person = enrolled(hub, make_person("mei", NEW))
    hub.do(person, suspension(hub.key_of(CB).fingerprint))


@meets(ActionCode.NOT_ENTITLED)
def a_certification_body_suspends_itself_whole(hub: FoundedHub) -> None:
    person = enrolled(hub, make_person("mei", CB))
    hub.do(person, suspension(None))


@meets(ActionCode.OUTSIDE_ACCREDITATION)
def an_authority_accredits_outside_its_field(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    change = certifier()
    wide = accreditation(CNAS, "C7", schemes=frozenset({CCC}))
    keyless = replace(
        change.body, accreditations=(*change.body.accreditations, replace(wide, number="C8"))
    )
    hub.propose(mei, replace(change, body=keyless))


@meets(ActionCode.OUTSIDE_ACCREDITATION)
def an_authority_gives_a_key_another_scheme(hub: FoundedHub) -> None:
    mei, _ = officers_of_authority(hub)
    scope = replace(hub.key_of(CB).scope, schemes=frozenset({CCC}))
    hub.propose(mei, hub.key_change(CB, scope=scope))


# Emergencies


@meets(ActionCode.SUBJECT)
def a_body_is_suspended_that_is_not_listed(hub: FoundedHub) -> None:
    hub.suspend(hub.li, NEW)


@meets(ActionCode.SUBJECT)
def a_key_is_suspended_that_the_body_has_not(hub: FoundedHub) -> None:
    hub.suspend(hub.li, CB, hub.seal.fingerprint)


@meets(ActionCode.SUBJECT)
def a_key_is_suspended_twice(hub: FoundedHub) -> None:
    hub.suspend(hub.li, CB, hub.key_of(CB).fingerprint)
    hub.suspend(hub.anna, CB, hub.key_of(CB).fingerprint)


@meets(ActionCode.SUBJECT)
def a_body_is_suspended_twice(hub: FoundedHub) -> None:
    hub.suspend(hub.li, CB)
    hub.suspend(hub.anna, CB)


@meets(ActionCode.QUOTA)
def one_person_suspends_four_times_a_day(hub: FoundedHub) -> None:
    for key in (0, 1):
        hub.suspend(hub.li, CB, hub.key_of(CB, key).fingerprint)
    hub.suspend(hub.li, CB)
    hub.suspend(hub.li, CNAS)


# The ceremony


def _found(**changes: object) -> None:
    begin(open_sealed(found(replace(founding_word(), **changes))))  # type: ignore[arg-type]


@meets(ActionCode.FOUNDING)
def two_officers_found(_hub: FoundedHub) -> None:
    _found(officers=founding_word().officers[:2])


@meets(ActionCode.FOUNDING)
def an_auditor_is_among_the_founders(_hub: FoundedHub) -> None:
    auditor = make_person("vera", role=AdministratorRole.AUDITOR).administrator
    _found(officers=(*founding_word().officers, auditor))


@meets(ActionCode.PERSON_TWICE)
def one_human_founds_twice(_hub: FoundedHub) -> None:
    twin = make_person("twin", identity=f"{HUB}/li-wei").administrator
    _found(officers=(*founding_word().officers, twin))


@meets(ActionCode.FOUNDING)
def a_founding_brings_no_list_of_its_own(_hub: FoundedHub) -> None:
    _found(lists=(make_list("CN"),))


@meets(ActionCode.FOUNDING)
def a_founding_brings_no_key_for_seals(_hub: FoundedHub) -> None:
    hub = founding_word().hub
    _found(hub=replace(hub, keys=hub.keys[1:]))


@meets(ActionCode.FOUNDING)
def a_founding_brings_no_key_for_lists(_hub: FoundedHub) -> None:
    hub = founding_word().hub
    _found(hub=replace(hub, keys=(hub.keys[0], *hub.keys[2:])))


@meets(ActionCode.FOUNDING)
def a_founding_is_signed_by_a_key_of_the_hub(_hub: FoundedHub) -> None:
    data = write_action(replace(open_sealed(found(founding_word())).action, word=founding_word()))
    begin(open_sealed(seal(data, make_entry(HUB, KeyRole.RECEIPT), "", FOUNDED_AT)))


@meets(ActionCode.FOUNDING)
def another_action_founds(hub: FoundedHub) -> None:
    begin(open_sealed(hub.sealed(hub.signed(hub.li, suspension(None)))))


@meets(ActionCode.FOUNDING)
def a_founding_names_another_hub(_hub: FoundedHub) -> None:
    action = open_sealed(found(founding_word())).action
    data = write_action(replace(action, hub=BodyId("XX-HUB-02")))
    begin(open_sealed(seal(data, root_entry(), "root", FOUNDED_AT)))


@meets(ActionCode.KEY_OF_PERSON)
def an_officer_founds_with_a_key_of_the_hub(_hub: FoundedHub) -> None:
    officer = make_person("vera", key=f"{HUB} receipt ").administrator
    _found(officers=(*founding_word().officers, officer))


@meets(ActionCode.PERSON_CERTIFICATE)
def an_officer_founds_with_an_edwards_key(_hub: FoundedHub) -> None:
    officer = replace(
        make_person("vera").administrator,
        certificate=make_entry(HUB, KeyRole.CHECKPOINT, seed="9").certificate,
    )
    _found(officers=(*founding_word().officers, officer))


def world() -> FoundedHub:
    """Return the hub that every provocation begins with."""
    return admitted()
