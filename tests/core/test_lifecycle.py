"""States are tables: they are whole, and lead where the sources say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core.lifecycle import (
    CHANGES,
    DELIVERY,
    FINAL,
    IN_TURN,
    REVISIONS,
    STATUS,
    Act,
    Change,
    Delivery,
    move,
    sources,
    status_at,
    target,
)
from exchange.core.model import Status
from tests.store.samples import NOW


def test_every_state_of_a_delivery_is_in_the_table() -> None:
    assert set(DELIVERY) == set(Delivery)


def test_every_state_is_reached_and_every_open_one_can_end() -> None:
    reached = {Delivery.READY, Delivery.HELD} | {
        state for moves in DELIVERY.values() for state in moves.values()
    }
    assert reached == set(Delivery)
    for state in set(Delivery) - FINAL:
        ends: set[Delivery] = {state}
        seen: set[Delivery] = set()
        while ends - seen:
            seen |= ends
            ends |= {after for before in ends for after in DELIVERY[before].values()}
        assert Delivery.ACKNOWLEDGED in ends
        assert Delivery.ABANDONED in ends


def test_acknowledged_is_final_for_ever() -> None:
    assert DELIVERY[Delivery.ACKNOWLEDGED] == {}


@pytest.mark.parametrize("act", Act)
def test_every_act_leads_from_somewhere_to_one_state(act: Act) -> None:
    assert sources(act)
    for state in sources(act):
        assert move(state, act) is target(act)


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (Delivery.ACKNOWLEDGED, Act.RESEND),
        (Delivery.ACKNOWLEDGED, Act.ABANDON),
        (Delivery.HELD, Act.LEASE),
        (Delivery.HELD, Act.ACKNOWLEDGE),
        (Delivery.READY, Act.RESEND),
        (Delivery.ABANDONED, Act.LEASE),
    ],
)
def test_move_that_is_not_in_the_table_does_not_happen(state: Delivery, act: Act) -> None:
    with pytest.raises(ValueError, match="cannot"):
        move(state, act)


def test_states_that_hold_others_back_are_open() -> None:
    assert not IN_TURN & FINAL


def test_status_moves_are_those_of_the_rule_book() -> None:
    written = {
        "draft": "active",
        "active": "suspended withdrawn cancelled expired superseded",
        "suspended": "active withdrawn cancelled expired",
        "withdrawn": "",
        "cancelled": "",
        "expired": "",
        "superseded": "",
    }

    assert {str(k): v for k, v in STATUS.items()} == {
        status: frozenset(map(Status, after.split())) for status, after in written.items()
    }


@pytest.mark.parametrize("change", Change)
def test_every_change_makes_a_move_of_the_table_or_stays(change: Change) -> None:
    assert CHANGES[change]
    for previous, new in CHANGES[change]:
        assert new is previous or new in STATUS[previous]


def test_final_status_takes_no_revision() -> None:
    assert set(REVISIONS) == set(Status)
    for status in (Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED):
        assert REVISIONS[status] == frozenset()
    assert REVISIONS[Status.EXPIRED] == {Status.ACTIVE}


@pytest.mark.parametrize("status", Status)
def test_date_that_has_passed_ends_what_is_live_and_nothing_else(status: Status) -> None:
    expires = NOW + timedelta(days=1)
    live = status in {Status.ACTIVE, Status.SUSPENDED}

    assert status_at(status, None, NOW) is status
    assert status_at(status, expires, expires - timedelta(microseconds=1)) is status
    assert status_at(status, expires, expires) is (Status.EXPIRED if live else status)
