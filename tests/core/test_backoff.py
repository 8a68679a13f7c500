"""Trying again: growing distances, a cap, and an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.core.backoff import PushPolicy, delay, next_attempt

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
POLICY = PushPolicy()


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 60), (3, 120), (7, 1_920), (8, 3_600), (9, 3_600), (10_000, 3_600)],
)
def test_delay_doubles_up_to_the_cap(attempts: int, seconds: float) -> None:
    assert delay(POLICY, attempts=attempts, jitter=1) == timedelta(seconds=seconds)


def test_jitter_decides_about_the_declared_share_only() -> None:
    delays = [delay(POLICY, attempts=1, jitter=jitter / 10) for jitter in range(11)]

    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (timedelta(seconds=15), timedelta(seconds=30))


def test_policy_without_spread_ignores_the_jitter() -> None:
    policy = PushPolicy(spread=0)

    assert delay(policy, attempts=1, jitter=0) == delay(policy, attempts=1, jitter=1)


def test_last_attempt_falls_on_the_deadline_and_none_after_it() -> None:
    deadline = AT + timedelta(seconds=20)

    assert next_attempt(POLICY, attempts=1, at=AT, deadline=deadline, jitter=1) == deadline
    assert next_attempt(POLICY, attempts=2, at=deadline, deadline=deadline, jitter=1) is None


def test_without_a_deadline_there_is_always_a_next_attempt() -> None:
    then = next_attempt(POLICY, attempts=500, at=AT, deadline=None, jitter=1)

    assert then == AT + timedelta(hours=1)


def test_seventy_two_hours_of_failures_end_within_a_hundred_attempts() -> None:
    at: datetime | None = AT
    attempts = 0
    while at is not None:
        attempts += 1
        at = next_attempt(POLICY, attempts=attempts, at=at, deadline=AT + POLICY.deadline, jitter=1)

    assert 72 < attempts < 100


@pytest.mark.parametrize(
    "changed",
    [
        {"first": timedelta(0)},
        {"cap": timedelta(seconds=1)},
        {"deadline": timedelta(0)},
        {"factor": 0.5},
        {"spread": 1.5},
    ],
)
def test_policy_that_makes_no_sense_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        PushPolicy(**changed)


@pytest.mark.parametrize(("attempts", "jitter"), [(0, 0.5), (-1, 0.5), (1, -0.1), (1, 1.1)])
def test_argument_outside_its_range_is_refused(attempts: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="expected attempts"):
        delay(POLICY, attempts=attempts, jitter=jitter)
