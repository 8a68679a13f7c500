"""When to try again: exponential, with jitter, up to a cap, until a deadline.

Pure: the clock and the dice are arguments. The same delivery is tried at growing distances so
that a partner that comes back is not met by everybody at once, and given up aloud.

Example:
    >>> next_attempt(PushPolicy(), attempts=1, at=at, deadline=deadline, jitter=0.5)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MAX_DOUBLINGS = 40
"""Beyond this many doublings every cap is reached; it keeps the number small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPolicy:
    """How pushing is repeated. Source: anchors, section 4.5, rule 3."""

    first: timedelta = timedelta(seconds=30)
    """Delay after the first failed attempt."""
    factor: float = 2.0
    """Each further delay is this much longer."""
    cap: timedelta = timedelta(hours=1)
    """No delay is longer."""
    spread: float = 0.5
    """Share of the delay that the jitter decides about, 0 to 1: with 0.5 a delay of 30 s
    becomes 15 s to 30 s."""
    deadline: timedelta = timedelta(hours=72)
    """After this time since the commit the hub gives up."""

    def __post_init__(self) -> None:
        """Refuse a policy that would try for ever at once, or never again."""
        if self.first <= timedelta(0) or self.cap < self.first or self.deadline <= timedelta(0):
            raise ValueError("expected 0 < first <= cap and 0 < deadline")
        if self.factor < 1 or not 0 <= self.spread <= 1:
            raise ValueError("expected factor >= 1 and 0 <= spread <= 1")


def delay(policy: PushPolicy, *, attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after a failed attempt.

    Args:
        policy: How to repeat.
        attempts: Attempts made so far, 1 or more.
        jitter: A random fraction, 0 <= jitter <= 1, drawn by the caller.

    Raises:
        ValueError: An argument is outside its range.
    """
    if attempts < 1 or not 0 <= jitter <= 1:
        raise ValueError(f"expected attempts >= 1 and 0 <= jitter <= 1, found {attempts}, {jitter}")
    doublings = min(attempts - 1, _MAX_DOUBLINGS)
    whole = min(policy.first.total_seconds() * policy.factor**doublings, policy.cap.total_seconds())
    return timedelta(seconds=whole * (1 - policy.spread + policy.spread * jitter))


def next_attempt(
    policy: PushPolicy, *, attempts: int, at: datetime, deadline: datetime | None, jitter: float
) -> datetime | None:
    """Return when to try again, or `None` when it is time to give up.

    The last attempt is moved to the deadline rather than dropped, so that the whole time is
    used.

    Args:
        policy: How to repeat.
        attempts: Attempts made so far, 1 or more.
        at: When the last attempt failed, aware UTC.
        deadline: Absolute; `None` never gives up.
        jitter: A random fraction, 0 <= jitter <= 1.
    """
    then = at + delay(policy, attempts=attempts, jitter=jitter)
    if deadline is None or then <= deadline:
        return then
    return deadline if at < deadline else None
