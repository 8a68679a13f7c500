"""What an accepted document says to the register, and for whom its signer may speak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core.document.status_change import StatusChange
from exchange.core.entry import NewAttestation, NewStatusChange
from exchange.core.parts import kind_of
from exchange.core.projection import project
from tests.world import ISSUER, World

AUTHORITY = "CN-AB-CNAS"


def wards(world: World, scheme: str) -> frozenset[str]:
    """Return for whom a status change counts that the accreditation body signs."""
    accepted = world.examine(world.status_change("suspend"))
    authority = world.snapshot.trust.bodies[AUTHORITY]  # type: ignore[index]
    document = accepted.document
    assert isinstance(document, StatusChange)
    document = document._replace(attestation=document.attestation._replace(scheme_id=scheme))
    signed_by_authority = replace(
        accepted, document=document, trusted=replace(accepted.trusted, body=authority)
    )
    claim = project(signed_by_authority, world.snapshot.trust).claim
    assert isinstance(claim, NewStatusChange)
    return claim.acts_for


@pytest.mark.parametrize("scheme", ["urn:mrhub:scheme:management-systems", "urn:mrhub:scheme:ccc"])
def test_authority_acts_for_the_bodies_that_it_vouches_for(world: World, scheme: str) -> None:
    assert ISSUER in wards(world, scheme)
    assert all(body.startswith("CN-") for body in wards(world, scheme))


def test_authority_acts_for_nobody_in_a_scheme_that_it_does_not_vouch_for(world: World) -> None:
    assert wards(world, "urn:mrhub:scheme:organic") == frozenset()


def test_authority_of_one_scheme_does_not_act_in_another(world: World) -> None:
    issuer = next(body for body in world.description.bodies if body.id == ISSUER)
    only = tuple(one for one in issuer.accreditations if one.number.endswith("P"))
    keys = tuple(key for key in issuer.keys if not key.scope.schemes)
    other = world.with_body(ISSUER, accreditations=only, keys=keys)
    authority = other.snapshot.trust.bodies[AUTHORITY]  # type: ignore[index]
    accepted = world.examine(world.status_change("suspend"))
    moved = replace(accepted, trusted=replace(accepted.trusted, body=authority))
    claim = project(moved, other.snapshot.trust).claim

    assert isinstance(claim, NewStatusChange)
    assert ISSUER not in claim.acts_for


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
