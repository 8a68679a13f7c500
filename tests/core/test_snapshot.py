"""A snapshot's id covers everything that a verdict depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.code_lists import ECONOMIES
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Economy
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.errors import TrustError
from tests.world import ISSUER, World


def build(world: World, **changes: object) -> Snapshot:
    parts: dict[str, object] = {
        "catalogue": world.catalogue,
        "limits": world.limits,
        "algorithms": world.algorithms,
        "trust": world.snapshot.trust,
        "code_lists": world.code_lists,
        "hub": world.snapshot.hub,
        "production": True,
        **changes,
    }
    return Snapshot.build(**parts)  # type: ignore[arg-type]


def test_snapshot_of_equal_parts_has_the_same_id(world: World) -> None:
    assert build(world).id == world.snapshot.id
    assert len(world.snapshot.id) == 64


CHANGES: dict[str, Callable[[World], dict[str, object]]] = {
    "limits": lambda _: {"limits": Limits(max_depth=63)},
    "limits of a kind": lambda _: {"limits": Limits(max_bytes_per_kind={})},
    "algorithms": lambda world: {"algorithms": replace(world.algorithms, version="other")},
    "fewer lists": lambda world: {"trust": Trust.build(world.lists[:1])},
    "a newer list": lambda world: {
        "trust": world.with_body("PT-CB-0501", cab_code="77").snapshot.trust
    },
    "hub": lambda _: {"hub": BodyId("XX-HUB-02")},
    "production": lambda _: {"production": False},
    "catalogue": lambda world: {"catalogue": replace(world.catalogue, digest="0" * 64)},
    "code lists": lambda world: {
        "code_lists": replace(
            world.code_lists, lists={ECONOMIES: world.code_lists.lists[ECONOMIES]}
        )
    },
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_snapshot_with_another_part_has_another_id(
    world: World, change: Callable[[World], dict[str, object]]
) -> None:
    assert build(world, **change(world)).id != world.snapshot.id


def test_snapshot_keeps_the_octets_of_every_list(world: World) -> None:
    parts = world.snapshot.parts()

    assert {data for name, data in parts.items() if name.startswith("trust/")} == set(
        world.files.values()
    )
    assert parts["hub"] == b"XX-HUB-01"


def resettled(world: World, body: str, economy: str, *, serves: str | None = None) -> Trust:
    """Return the lists of the world with one body moved; how lists are read is not asked here."""
    lists = tuple(
        replace(
            one,
            bodies=tuple(
                replace(
                    b,
                    economy=Economy(economy),
                    economies=frozenset({Economy(economy), Economy(serves or economy)}),
                )
                if b.id == body
                else b
                for b in one.bodies
            ),
        )
        for one in world.lists
    )
    return Trust.build(lists)


@pytest.mark.parametrize(("economy", "serves"), [("CN", "XG"), ("CN", "KZ"), ("KZ", None)])
def test_body_of_economies_with_codes_is_believed(
    world: World, economy: str, serves: str | None
) -> None:
    assert build(world, trust=resettled(world, ISSUER, economy, serves=serves)).id


@pytest.mark.parametrize(
    ("body", "economy", "serves"),
    [
        (ISSUER, "QQ", None),
        (ISSUER, "XX", None),
        (ISSUER, "CN", "UK"),
        (ISSUER, "SU", None),
        ("XX-HUB-01", "BB", "WW"),
        ("XX-HUB-01", "WW", None),
    ],
)
def test_body_of_an_economy_without_code_is_refused(
    world: World, body: str, economy: str, serves: str | None
) -> None:
    with pytest.raises(TrustError) as caught:
        build(world, trust=resettled(world, body, economy, serves=serves))

    assert caught.value.code is TrustCode.BODY_ECONOMY
    assert f"found {serves or economy}" in str(caught.value)


@pytest.mark.parametrize("economy", ["XX", "AA", "ZZ", "QM", "QZ"])
def test_operator_of_a_hub_may_stand_above_economies(world: World, economy: str) -> None:
    assert build(world, trust=resettled(world, "XX-HUB-01", economy)).id
