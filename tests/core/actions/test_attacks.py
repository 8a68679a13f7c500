"""What two persons did not say: ways around a quorum, a field, a screen, each tried once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from exchange.codes.actions import ActionCode
from exchange.codes.keys import KeyCode
from exchange.core.actions.effects import effects
from exchange.core.actions.fold import advance
from exchange.core.actions.life import ProposalState
from exchange.core.actions.values import (
    Activation,
    AdministratorChange,
    Change,
)
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.model import BodyId, BodyRole, KeyRole
from exchange.core.trust_values import Body, BodyPeriod, BodyState, KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import NEW, certifier, enrolled, officers_of_authority
from tests.core.actions.test_quorum import two_authorities
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
    make_list,
    make_person,
    private_key,
)

DAY = timedelta(days=1)


def refused(hub: FoundedHub, person: Person, *changes: Change) -> set[str]:
    """Return the codes with which a proposal is refused."""
    with pytest.raises(RuleError) as caught:
        hub.propose(person, *changes)
    return {finding.code for finding in caught.value.findings}


def screen(hub: FoundedHub, *changes: Change) -> str:
    """Return everything that is shown of some changes."""
    state = advance(hub.state, hub.clock.now)
    shown = effects(state, changes, Activation(at=FOUNDED_AT), hub.clock.now)
    return "\n".join(one.sentence for one in shown.effects)


# Persons


def test_authority_does_not_replace_an_officer_of_the_operator_by_a_person_of_its_ward() -> None:
    hub = admitted()
    enrolled(hub, make_person("fourth"))
    mei, _ = officers_of_authority(hub)
    zhao = make_person("zhao", CB).administrator

    found = refused(hub, mei, AdministratorChange(administrator=zhao, replaces=hub.omar.id))

    assert found == {ActionCode.PERSON_BODY}


def test_key_that_was_once_a_persons_does_not_become_another_persons() -> None:
    hub = admitted()
    renewed = make_person("omar-haddad", key="new")
    hub.change(AdministratorChange(administrator=renewed.administrator))
    second = make_person("second", key=f"{HUB}/omar-haddad")

    found = refused(hub, hub.li, AdministratorChange(administrator=second.administrator))

    assert found == {ActionCode.PERSON_TWICE}


def test_key_that_was_once_a_persons_does_not_become_a_bodys() -> None:
    hub = admitted()
    entry = make_entry(CB, seed="shared")
    omar = make_person("omar-haddad", key=f"{CB} {KeyRole.ATTESTATION} shared")
    hub.change(AdministratorChange(administrator=omar.administrator))
    hub.change(AdministratorChange(administrator=hub.omar.administrator))
    assert entry.key_id == omar.administrator.certificate.key_id

    found = refused(hub, hub.li, hub.arrival_change(CB, bring(CB, seed="shared")))

    assert found == {ActionCode.KEY_OF_PERSON}


def test_proposal_of_a_key_that_its_person_has_given_up_is_not_approved() -> None:
    hub = admitted()
    proposal = hub.propose(hub.omar, certifier())
    hub.change(
        AdministratorChange(administrator=make_person("omar-haddad", key="new").administrator)
    )

    with pytest.raises(RuleError) as caught:
        hub.approve(hub.anna, proposal)

    assert caught.value.code is ActionCode.PROPOSER_GONE


def test_name_that_passes_to_another_human_does_not_make_the_first_a_second_person() -> None:
    hub = admitted()
    proposal = hub.propose(hub.omar, certifier())
    heir = make_person("omar-haddad", key="heir", identity="heir")
    again = make_person("omar-again", key="again", identity=f"{HUB}/omar-haddad")
    hub.change(AdministratorChange(administrator=heir.administrator))
    hub.change(AdministratorChange(administrator=again.administrator))

    with pytest.raises(RuleError) as caught:
        hub.approve(again, proposal)

    assert caught.value.code is ActionCode.PROPOSER_GONE


def test_change_of_a_person_that_waits_does_not_undo_a_later_one() -> None:
    hub = admitted()
    planned = make_person("omar-haddad", key="planned").administrator
    day = hub.clock.now + 2 * DAY
    waiting = hub.change(AdministratorChange(administrator=planned), at=day)
    hub.clock.forward(timedelta(hours=1))
    newer = make_person("omar-haddad", key="newer").administrator

    hub.change(AdministratorChange(administrator=newer))

    after = advance(hub.state, day)
    assert after.administrators[hub.omar.id] == newer
    assert after.proposals[waiting.digest].state is ProposalState.OUTDATED


def test_person_who_was_removed_does_not_return_by_a_change_that_waited() -> None:
    hub = admitted()
    fourth = enrolled(hub, make_person("fourth"))
    again = make_person("fourth", key="planned").administrator
    day = hub.clock.now + 2 * DAY
    hub.change(AdministratorChange(administrator=again), at=day)

    hub.change(AdministratorChange(administrator=fourth.administrator, removed=True))

    assert fourth.id not in advance(hub.state, day).administrators


def test_list_change_that_waits_does_not_undo_a_later_one() -> None:
    hub = admitted()
    day = hub.clock.now + 2 * DAY
    first, second = make_list("CN"), make_list("CN")
    first = replace(first, operator=replace(first.operator, names={"en": "First"}))
    second = replace(second, operator=replace(second.operator, names={"en": "Second"}))
    hub.change(first, at=day)

    hub.change(second)

    assert advance(hub.state, day).lists[second.territory] == second


# Accreditations


def with_history(*periods: tuple[AccreditationState, date]) -> tuple[AccreditationPeriod, ...]:
    return tuple(AccreditationPeriod(state=state, since=since) for state, since in periods)


def test_accreditation_does_not_come_with_a_state_that_lies_ahead() -> None:
    """It would be shown as withdrawn, and hold for ten years."""
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    outside = replace(
        accreditation(CNAS, "C2", schemes=frozenset({CCC})),
        history=with_history(
            (AccreditationState.WITHDRAWN, date(2036, 1, 1)),
            (AccreditationState.ACTIVE, date(2024, 1, 1)),
        ),
    )
    change = hub.entry(CB, accreditations=(*hub.state.bodies[CB].accreditations, outside))

    assert refused(hub, mei, change) == {
        ActionCode.START_AHEAD,
        ActionCode.OUTSIDE_ACCREDITATION,
    }


@pytest.mark.parametrize("state", [AccreditationState.SUSPENDED, AccreditationState.WITHDRAWN])
def test_authority_gives_no_key_a_scope_by_an_accreditation_that_does_not_hold(
    state: AccreditationState,
) -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    outside = accreditation(CNAS, "C2", schemes=frozenset({CCC}), state=state)
    (key, other) = hub.state.bodies[CB].keys
    wider = replace(key, scope=replace(key.scope, schemes=frozenset({QMS, CCC})))
    change = hub.entry(
        CB,
        accreditations=(*hub.state.bodies[CB].accreditations, outside),
        keys=(wider, other),
    )

    assert refused(hub, mei, change) == {ActionCode.OUTSIDE_ACCREDITATION}


def test_accreditation_that_was_withdrawn_does_not_return_beside_itself() -> None:
    hub = admitted()
    (one,) = hub.state.bodies[CB].accreditations
    gone = replace(one, history=with_history((AccreditationState.WITHDRAWN, FOUNDED_AT.date())))
    hub.change(hub.entry(CB, accreditations=(gone,)))
    standing = hub.state.bodies[CB].accreditations

    found = refused(hub, hub.li, hub.entry(CB, accreditations=(*standing, one)))

    assert found == {ActionCode.TWICE}


def test_accreditation_that_comes_with_a_past_shows_all_of_it() -> None:
    hub = admitted()
    past = replace(
        accreditation(CNAS, "C2"),
        history=with_history(
            (AccreditationState.ACTIVE, date(2025, 5, 6)),
            (AccreditationState.SUSPENDED, date(2025, 3, 4)),
            (AccreditationState.ACTIVE, date(2024, 1, 1)),
        ),
    )
    change = hub.entry(CB, accreditations=(*hub.state.bodies[CB].accreditations, past))

    assert "suspended since 2025-03-04" in screen(hub, change)


def test_successor_of_a_body_that_another_authority_accredits_too_is_not_named_by_one() -> None:
    hub, ivan, olga = two_authorities()
    more = accreditation(RUSACC, "R1", schemes=frozenset({CCC}), codes=())
    hub.approve(
        olga,
        hub.propose(
            ivan, hub.entry(CB, accreditations=(*hub.state.bodies[CB].accreditations, more))
        ),
    )
    other = BodyId("RU-CB-0001")
    scope = replace(hub.key_of(CB).scope, schemes=frozenset({CCC}), product_groups=())
    body = make_body(
        other,
        BodyRole.CERTIFICATION_BODY,
        accreditations=(accreditation(RUSACC, "R2", schemes=frozenset({CCC}), codes=()),),
    )
    change = hub.admit(replace(body, predecessors=frozenset({CB})), bring(other, scope=scope))

    assert refused(hub, ivan, change) == {ActionCode.NOT_ENTITLED}


@pytest.mark.parametrize("state", [BodyState.SUSPENDED, BodyState.ENDED])
def test_authority_that_is_stopped_suspends_nobody(state: BodyState) -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    period = BodyPeriod(state=state, since=FOUNDED_AT)
    hub.change(hub.entry(CNAS, history=(period,)), shrinking=True)

    with pytest.raises(RuleError) as caught:
        hub.suspend(mei, CB)

    assert caught.value.code is ActionCode.NOT_ENTITLED


# The screen


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("time_zone", "Pacific/Kiritimati", "Pacific/Kiritimati"),
        ("approval_number", "CNCA-R-2002-001", "CNCA-R-2002-001"),
        ("cab_code", "0999", "0999"),
        ("names", {"en": f"Throw-away {NEW}", "ru": "Другое имя"}, "Другое имя"),
    ],
)
def test_everything_that_a_new_body_is_stands_on_the_screen(
    field: str, value: object, shown: str
) -> None:
    hub = admitted()
    change = certifier()
    body: Body = replace(change.body, **{field: value})  # type: ignore[arg-type]

    assert shown in screen(hub, replace(change, body=body))


def test_name_that_becomes_the_authoritative_one_stands_on_the_screen() -> None:
    hub = admitted()
    names = {"en": "Throw-away CN-CB-0103", "ru": "Имя"}
    hub.change(hub.entry(CB, names=names))
    turned = dict(reversed(names.items()))

    assert "will be called Имя (ru)" in screen(hub, hub.entry(CB, names=turned, cab_code="1"))


def test_name_of_an_arriving_key_stands_on_the_screen() -> None:
    hub = admitted()
    key = bring(CB, seed="2")
    named = replace(key, entry=replace(key.entry, names={"en": "Somebody else's"}))

    assert "Somebody else's" in screen(hub, hub.arrival_change(CB, named))


def authority_named(name: x509.Name, seed: str) -> KeyCertificate:
    """Return the key certificate of a certification authority with a name."""
    key = private_key(seed)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(FOUNDED_AT - DAY)
        .not_valid_after(FOUNDED_AT + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return read_certificate(built.public_bytes(serialization.Encoding.DER))


def test_path_of_a_key_that_is_listed_is_judged_like_that_of_one_that_arrives() -> None:
    hub = admitted()
    name = x509.load_der_x509_certificate(hub.key_of(CB).certificate.der).subject
    stranger = authority_named(name, "stranger")

    found = refused(hub, hub.li, hub.key_change(CB, path=(stranger,)))

    assert found == {KeyCode.PATH_BROKEN, KeyCode.NO_REVOCATION_SOURCE}


def test_identity_document_of_a_person_stands_on_the_screen() -> None:
    hub = admitted()
    other = replace(hub.omar.administrator, identity=b"\x07" * 32)

    assert "07" * 32 in screen(hub, AdministratorChange(administrator=other))


def test_everything_that_a_list_says_of_its_operator_stands_on_the_screen() -> None:
    hub = admitted()
    change = make_list("CN")
    place = replace(change.operator.place, contact="mailto:stranger@example.org")
    change = replace(
        change,
        operator=replace(change.operator, place=place, scheme_names={"en": "Another list"}),
    )

    shown = screen(hub, change)

    assert "mailto:stranger@example.org" in shown
    assert "Another list" in shown


# What is published


def test_proposal_that_nobody_approved_changes_nothing_on_a_list() -> None:
    """Also not of a key that was approved once, and stands there as withdrawn."""
    hub = admitted()
    key = bring(CB, seed="2")
    proposal = hub.propose(hub.li, hub.arrival_change(CB, key), at=hub.clock.now + DAY)
    hub.approve(hub.anna, proposal)
    hub.reject(hub.omar, proposal)
    before = hub.state.published(hub.clock.now)
    named = replace(key, entry=replace(key.entry, names={"en": "One person's word"}))

    hub.propose(hub.omar, hub.arrival_change(CB, named), at=hub.clock.now + 9 * DAY)

    assert hub.state.published(hub.clock.now) == before


# Waiting


def test_body_does_not_evade_a_revocation_that_waits_by_suspending_another_key() -> None:
    hub = admitted()
    zhao = enrolled(hub, make_person("zhao", CB))
    friday = hub.clock.now + 2 * DAY
    hub.change(hub.status_change(CB, KeyStatus.REVOKED), at=friday, shrinking=True)

    hub.suspend(zhao, CB, hub.key_of(CB, 1).fingerprint)

    after = advance(hub.state, friday).bodies[CB]
    assert [key.status for key in after.keys] == [KeyStatus.REVOKED, KeyStatus.SUSPENDED]


def test_change_that_waits_and_takes_nothing_away_is_overtaken_by_a_suspension() -> None:
    hub = admitted()
    friday = hub.clock.now + 2 * DAY
    waiting = hub.change(hub.entry(CB, cab_code="1"), at=friday)

    hub.suspend(hub.li, CB, hub.key_of(CB, 1).fingerprint)

    assert hub.state.proposals[waiting.digest].state is ProposalState.OUTDATED
