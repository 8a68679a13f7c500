"""Intervals, each kind decided in one place.

- An interval of instants holds its beginning and not its end:
  `not_before <= at < not_after`. Two that touch neither overlap nor leave a gap.
- An interval of calendar days is inclusive: an expiry date is the last valid day. Days have
  no instant of their own; they run in the zone of the body that wrote them.
- An open end is `None`.

Example:
    >>> covers(datetime(2026, 1, 1, tzinfo=UTC), None, datetime(2026, 1, 1, tzinfo=UTC))
    True
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def covers(not_before: datetime, not_after: datetime | None, at: datetime) -> bool:
    """Tell whether the instant lies in the interval; the end is outside, `None` is open."""
    return not_before <= at and (not_after is None or at < not_after)


def covers_day(first: date, last: date | None, day: date) -> bool:
    """Tell whether the calendar day lies in the interval; both ends are inside."""
    return first <= day and (last is None or day <= last)


def day_in(zone: str, at: datetime) -> date:
    """Return the calendar day that a body in the named zone lives in at the instant.

    Args:
        zone: IANA name such as `Asia/Shanghai`; checked when the trust list was read.
        at: Aware instant.
    """
    return at.astimezone(ZoneInfo(zone)).date()


def last_of_day(zone: str, day: date) -> datetime:
    """Return the last instant of a calendar day in the named zone, in UTC.

    It is counted back from the next midnight, in UTC: where clocks are put back at midnight the
    last hour of the day comes twice, and the second one is the last.

    Args:
        zone: IANA name.
        day: The last of the calendar ends a day early.
    """
    after = min(day, date.max - timedelta(days=1)) + timedelta(days=1)
    midnight = datetime.combine(after, time(), ZoneInfo(zone)).astimezone(UTC)
    return midnight - datetime.resolution


def in_zulu(at: datetime) -> str:
    """Write an instant as our documents do: UTC, whole seconds, with `Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def from_zulu(text: str) -> datetime:
    """Read an instant that the schema has already found to be UTC with `Z`.

    Raises:
        ValueError: The text is not an instant; a schema that allows it has a fault.
    """
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
