"""What an accepted document says to the register, and for whom its signer may speak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core.document.status_change import StatusChange
from exchange.core.entry import NewStatusChange
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
