"""How much of a list may go before somebody has to say so twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.core.list_size import ListSize, shrinks, size_of
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from tests.world import START, World


@pytest.mark.parametrize(
    ("was", "will", "expected"),
    [
        ((10, 10), (10, 10), False),
        ((10, 10), (9, 10), False),
        ((10, 10), (8, 10), True),
        ((10, 10), (10, 8), True),
        ((10, 10), (20, 8), True),
        ((10, 10), (20, 20), False),
        ((11, 11), (9, 11), False),
        ((1, 1), (0, 0), True),
        ((4, 1), (3, 1), True),
        ((0, 0), (0, 0), False),
        ((0, 0), (5, 5), False),
    ],
)
def test_a_fifth_is_too_much(
    was: tuple[int, int],
    will: tuple[int, int],
    expected: bool,  # noqa: FBT001
) -> None:
    assert shrinks(ListSize(*was), ListSize(*will)) is expected


def test_only_what_counts_is_counted(world: World) -> None:
    bodies = next(one.bodies for one in world.lists if one.territory == "CN" and one.bodies)
    whole = size_of(bodies, START)
    first, *others = bodies
    key = replace(
        first.keys[0],
        periods=(
            replace(first.keys[0].periods[0], status=KeyStatus.SUSPENDED, not_before=START),
            *first.keys[0].periods,
        ),
    )
    stopped = replace(first, keys=(key, *first.keys[1:]))
    ended = replace(first, history=(BodyPeriod(state=BodyState.ENDED, since=START), *first.history))

    assert size_of((stopped, *others), START) == (whole.keys - 1, whole.bodies)
    assert size_of((ended, *others), START) == (whole.keys - len(first.keys), whole.bodies - 1)
    assert size_of(bodies, START + timedelta(days=36500)) == (0, whole.bodies)
    assert str(whole) == f"{whole.keys} granted keys of {whole.bodies} active bodies"
