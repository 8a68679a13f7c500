"""What an accepted document says to the register, and for whom its signer may speak."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.codes.status_changes import StatusChangeCode
from exchange.codes.trust import TrustCode
from exchange.core.admission import Admission, decide
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.document.status_change import StatusChange
from exchange.core.entry import NewAttestation, NewStatusChange
from exchange.core.model import BodyId, Status
from exchange.core.parts import kind_of
from exchange.core.projection import project
from exchange.core.register import RegisterFacts
from exchange.core.trust_values import BodyPeriod, BodyState
from exchange.errors import RuleError, TrustError
from tests.world import ISSUER, START, World, make_world

AUTHORITY = "CN-AB-CNAS"


def wards(world: World, scheme: str, at: datetime | None = None) -> frozenset[str]:
    """Return for whom a status change counts that the accreditation body signs."""
    accepted = world.examine(world.status_change("suspend"))
    authority = world.snapshot.trust.bodies[AUTHORITY]  # type: ignore[index]
    document = accepted.document
    assert isinstance(document, StatusChange)
    document = document._replace(attestation=document.attestation._replace(scheme_id=scheme))
    signed_by_authority = replace(
        accepted, document=document, trusted=replace(accepted.trusted, body=authority)
    )
    claim = project(signed_by_authority, world.snapshot.trust, at=at or world.clock.now).claim
    assert isinstance(claim, NewStatusChange)
    assert claim.acts_for == frozenset()
    return claim.vouches_for


@pytest.mark.parametrize("scheme", ["urn:mrhub:scheme:management-systems", "urn:mrhub:scheme:ccc"])
def test_authority_acts_for_the_bodies_that_it_vouches_for(world: World, scheme: str) -> None:
    assert ISSUER in wards(world, scheme)
    assert all(body.startswith("CN-") for body in wards(world, scheme))


def test_authority_acts_for_nobody_in_a_scheme_that_it_does_not_vouch_for(world: World) -> None:
    assert wards(world, "urn:mrhub:scheme:unheard-of") == frozenset()


def test_authority_of_one_scheme_does_not_act_in_another(world: World) -> None:
    issuer = next(body for body in world.description.bodies if body.id == ISSUER)
    only = tuple(one for one in issuer.accreditations if one.number.endswith("P"))
    keys = tuple(key for key in issuer.keys if not key.scope.schemes)
    other = world.with_body(ISSUER, accreditations=only, keys=keys)
    authority = other.snapshot.trust.bodies[AUTHORITY]  # type: ignore[index]
    accepted = world.examine(world.status_change("suspend"))
    moved = replace(accepted, trusted=replace(accepted.trusted, body=authority))
    claim = project(moved, other.snapshot.trust, at=world.clock.now).claim

    assert isinstance(claim, NewStatusChange)
    assert ISSUER not in claim.vouches_for


@pytest.mark.parametrize(
    ("state", "is_ward"),
    [
        (AccreditationState.ACTIVE, True),
        (AccreditationState.SUSPENDED, True),
        (AccreditationState.WITHDRAWN, False),
    ],
)
def test_authority_acts_only_for_whom_it_vouches_at_the_proof_time(
    world: World,
    state: AccreditationState,
    is_ward: bool,  # noqa: FBT001
) -> None:
    scheme, now = "urn:mrhub:scheme:management-systems", world.clock.now
    today = AccreditationPeriod(state=state, since=now.date())
    since = world.relisted(
        lambda one: (
            replace(
                one,
                accreditations=tuple(
                    replace(given, history=(today, *given.history)) for given in one.accreditations
                ),
            )
            if one.id == ISSUER
            else one
        )
    )

    assert (ISSUER in wards(since, scheme, now)) is is_ward
    assert ISSUER in wards(since, scheme, now - timedelta(days=2))


def test_authority_acts_for_nobody_after_the_last_valid_day(world: World) -> None:
    scheme, now = "urn:mrhub:scheme:management-systems", world.clock.now
    ending = world.relisted(
        lambda one: (
            replace(
                one,
                accreditations=tuple(
                    replace(given, valid_to=now.date()) for given in one.accreditations
                ),
            )
            if one.id == ISSUER
            else one
        )
    )

    assert ISSUER in wards(ending, scheme, now)
    assert ISSUER not in wards(ending, scheme, now + timedelta(days=1))


def test_scope_is_noted_by_the_names_that_status_changes_use(world: World) -> None:
    system = world.examine(world.attestation("cn-qms-food-multi-site"))
    product = world.examine(world.attestation("cn-ccc-kettle"))
    reduction = world.examine(world.status_change("reduce"))

    parts = [
        project(accepted, world.snapshot.trust).claim for accepted in (system, product, reduction)
    ]

    assert isinstance(parts[0], NewAttestation)
    assert {kind_of(one) for one in parts[0].parts} == {"site", "sector"}
    assert "sector IAF-ID1 3" in parts[0].parts
    assert isinstance(parts[1], NewAttestation)
    assert parts[1].parts == {"product YH-K1701", "product YH-K1702", "product YH-K1705S"}
    assert isinstance(parts[2], NewStatusChange)
    assert parts[2].removed == {"product XQ-100C-EU"}
    assert not parts[2].added


def acting(world: World) -> frozenset[str]:
    """Return for whom a status change counts that CN-CB-9000 signs."""
    changes = {str(ISSUER): "CN-CB-9000"}
    draft = world.draft("suspend", kind="status-change", changes=changes)
    claim = project(world.examine(world.sign(draft)), world.snapshot.trust).claim
    assert isinstance(claim, NewStatusChange)
    return claim.acts_for


def test_successor_acts_for_those_whose_place_it_took_and_whose_place_they_had_taken() -> None:
    world = make_world(issuers=2)
    gone = BodyId("CN-CB-0001")
    heir = world.with_body("CN-CB-9001", predecessors=frozenset({BodyId(ISSUER), gone})).with_body(
        "CN-CB-9000", predecessors=frozenset({BodyId("CN-CB-9001")})
    )

    assert acting(world) == frozenset()
    assert acting(heir) == {"CN-CB-9001", ISSUER, gone}


def test_bodies_that_name_each_other_as_predecessors_make_no_circle() -> None:
    world = make_world(issuers=2)
    circle = world.with_body("CN-CB-9001", predecessors=frozenset({BodyId("CN-CB-9000")}))
    circle = circle.with_body("CN-CB-9000", predecessors=frozenset({BodyId("CN-CB-9001")}))

    assert acting(circle) == {"CN-CB-9001"}


def test_successor_never_signs_as_its_predecessor() -> None:
    world = make_world(issuers=1).with_body("CN-CB-9000", predecessors=frozenset({BodyId(ISSUER)}))
    draft = world.draft("suspend", kind="status-change")

    with pytest.raises(TrustError) as caught:
        world.examine(world.sign(draft, "CN-CB-9000"))

    assert caught.value.code is TrustCode.KEY_OF_ANOTHER_BODY


@pytest.mark.parametrize(("signer", "accepted"), [("CN-CB-9000", True), ("CN-CB-9001", False)])
def test_status_change_of_a_successor_enters_the_register_in_its_own_name(
    signer: str,
    accepted: bool,  # noqa: FBT001
) -> None:
    """The predecessor has ended; what it attested can still be suspended, by its successor."""
    before = make_world(issuers=2)
    attested = project(before.examine(before.attestation()), before.snapshot.trust)
    (record,) = decide(RegisterFacts(at=START), attested).records
    ended = BodyPeriod(state=BodyState.ENDED, since=START)
    after = before.relisted(
        lambda one: replace(one, history=(ended, *one.history)) if one.id == ISSUER else one
    ).with_body("CN-CB-9000", predecessors=frozenset({BodyId(ISSUER)}))
    reference = {
        str(ISSUER): signer,
        "urn:mrhub:certificate:cn-cb-0103:q-2026-10286": record.attestation_id,
        "10326Q10286R0M": record.certificate_number,
        "DMvDSfbojGqzboeo+495CTJJqKaAQwK9DScyg+RIzaA=": b64encode(record.content_digest).decode(),
    }
    change = after.sign(after.draft("suspend", kind="status-change", changes=reference))
    statement = project(after.examine(change), after.snapshot.trust)
    facts = RegisterFacts(at=START, same_identifier=(record,))

    if not accepted:
        with pytest.raises(RuleError) as caught:
            decide(facts, statement)
        assert StatusChangeCode.STC_09 in {finding.code for finding in caught.value.findings}
        return
    decision = decide(facts, statement)

    assert decision.admission is Admission.ADMIT
    assert statement.issuer == signer
    assert [(one.issuer, one.status) for one in decision.records] == [(ISSUER, Status.SUSPENDED)]
