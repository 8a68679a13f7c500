"""Rules inside a list, one by one, on values: what reading a whole list cannot tell apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.model import Economy
from exchange.core.trust_index import TrustList
from exchange.core.trust_list_rules import (
    RULES,
    bodies_live_somewhere,
    histories_are_ordered,
)
from exchange.core.trust_pointer_rules import pointers_make_no_loop
from exchange.core.trust_values import Body, FormerName, ListType
from tests.world import ISSUER, World


def of_china(world: World) -> TrustList:
    return next(one for one in world.lists if one.territory == "CN" and one.bodies)


def of_lists(world: World) -> TrustList:
    return next(one for one in world.lists if one.type is ListType.LIST_OF_LISTS)


def with_issuer(one: TrustList, change: Callable[[Body], dict[str, Any]]) -> TrustList:
    bodies = (replace(b, **change(b)) if b.id == ISSUER else b for b in one.bodies)
    return replace(one, bodies=tuple(bodies))


def out_of_order(body: Body) -> dict[str, Any]:
    """Put a period of long ago before the newest of the first key."""
    key = body.keys[0]
    old = replace(key.periods[0], not_before=datetime(2000, 1, 1, tzinfo=UTC))
    return {"keys": (replace(key, periods=(old, *key.periods)), *body.keys[1:])}


def test_lists_of_the_world_keep_every_rule(world: World) -> None:
    assert [finding for one in world.lists for rule in RULES for finding in rule(one)] == []


def test_body_belongs_on_the_list_of_its_economy(world: World) -> None:
    moved = replace(of_china(world), territory=Economy("RU"))

    findings = list(bodies_live_somewhere(moved))

    assert {finding.code for finding in findings} == {TrustCode.BODY_ECONOMY}
    assert len(findings) == len(moved.bodies)


def test_history_of_a_key_is_newest_first(world: World) -> None:
    (finding,) = histories_are_ordered(with_issuer(of_china(world), out_of_order))

    assert finding.code is TrustCode.HISTORY_ORDER


@pytest.mark.parametrize(
    ("years", "faults"), [((2024, 2022), 0), ((2022, 2022), 0), ((2022, 2024), 1)]
)
def test_former_names_of_a_body_are_newest_first(
    world: World, years: tuple[int, ...], faults: int
) -> None:
    former = tuple(
        FormerName(names={"en": str(year)}, until=datetime(year, 1, 1, tzinfo=UTC))
        for year in years
    )

    findings = list(
        histories_are_ordered(with_issuer(of_china(world), lambda _: {"former_names": former}))
    )

    assert [finding.code for finding in findings] == [TrustCode.HISTORY_ORDER] * faults


@pytest.mark.parametrize("of", [of_china, of_lists])
def test_list_does_not_point_to_itself(world: World, of: Callable[[World], TrustList]) -> None:
    one = of(world)
    pointer = replace(of_lists(world).pointers[0], type=one.type, territory=one.territory)

    (finding,) = pointers_make_no_loop(replace(one, pointers=(pointer,)))

    assert finding.code is TrustCode.POINTER_LOOP
