"""Calendar days: a date without time, in the zone of the body that issued it.

Rules:
 1. a day runs in the issuing body's declared time zone, not in UTC and not in ours;
 2. an expiry date is the last valid day, inclusive;
 3. a month or year later is the same day of the month, or the last day of a shorter month.

Intervals of instants are not decided here but in `exchange.core.periods`.

Example:
    >>> day_of(datetime(2026, 3, 31, 17, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    datetime.date(2026, 4, 1)
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, tzinfo


def day_of(at: datetime, zone: tzinfo) -> date:
    """Return the calendar day on which an instant falls in a zone."""
    return at.astimezone(zone).date()


def is_over(last_day: date, at: datetime, zone: tzinfo) -> bool:
    """Say whether an instant lies after the last valid day of a zone."""
    return day_of(at, zone) > last_day


def covers(first_day: date, last_day: date | None, day: date) -> bool:
    """Say whether a period of days, both ends inclusive, contains a day."""
    return first_day <= day and (last_day is None or day <= last_day)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the last of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return date(years, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes the 28th."""
    return add_months(day, 12 * years)
