"""Guesses from many networks: they gain little, and shut out nobody who asks honestly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exchange.errors import UndecidedError
from exchange.service.verify_guesses import Guesses, network_of

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HONEST = network_of("192.0.2.9")


def guesses(over_all: int = 1000) -> Guesses:
    return Guesses(per_client=60, over_all=over_all, window=timedelta(minutes=10))


def asked_by(found: Guesses, client: str, times: int, at: datetime = AT) -> int:
    """Return how many of so many guesses were let through."""
    through = 0
    for _ in range(times):
        try:
            found.require(client, at)
        except UndecidedError:
            continue
        found.miss(client, at)
        through += 1
    return through


def test_many_networks_use_up_everything_and_an_honest_one_is_answered() -> None:
    found = guesses()
    for n in range(17):
        asked_by(found, network_of(f"203.{n}.113.1"), 60)

    assert asked_by(found, HONEST, 60) == 3
    assert asked_by(found, network_of("203.99.113.1"), 60) == 3


def test_partner_is_not_shut_out_by_strangers() -> None:
    found = guesses(over_all=10)
    asked_by(found, network_of("203.0.113.1"), 60)

    assert asked_by(found, "CN-CB-0103", 100) == 60


def test_partner_that_guesses_shuts_out_itself_only() -> None:
    found = guesses(over_all=10)
    asked_by(found, "CN-CB-0103", 100)

    assert asked_by(found, HONEST, 9) == 9


@pytest.mark.parametrize("of_one_provider", ["203.0.{n}.1", "2001:db8:{n:x}00::1"])
def test_networks_of_one_provider_gain_nothing_by_being_many(of_one_provider: str) -> None:
    found = guesses(over_all=0)

    through = sum(asked_by(found, network_of(of_one_provider.format(n=n)), 5) for n in range(200))

    assert through == 60
    assert asked_by(found, HONEST, 1) == 1


def test_whoever_has_used_up_its_own_waits_whatever_the_others_do() -> None:
    found = guesses(over_all=10**6)

    assert asked_by(found, HONEST, 100) == 60
    with pytest.raises(UndecidedError) as caught:
        found.require(HONEST, AT + timedelta(minutes=4))
    assert caught.value.retry_after == timedelta(minutes=6)
    found.require(HONEST, AT + timedelta(minutes=10))


def test_those_who_cannot_be_told_apart_are_counted_as_one_and_not_twice() -> None:
    found = guesses(over_all=4)

    assert asked_by(found, network_of(None), 10) == 4
    assert asked_by(found, HONEST, 1) == 1


def test_all_is_as_before_when_the_time_has_passed() -> None:
    found = guesses(over_all=61)
    asked_by(found, network_of("203.0.113.1"), 60)

    assert asked_by(found, HONEST, 60, AT + timedelta(minutes=11)) == 60
