"""Calendar arithmetic: what "three years later" means for a date without time.

- A month or year later is the same day of the month, or the last day of a shorter month.
- Days have no instant; in whose zone they run is decided in `exchange.core.periods`.

Example:
    >>> add_months(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
"""

from __future__ import annotations

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the last of a shorter month.

    A day beyond the last year that Python knows is the last day of that year.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes the 28th.

    A day beyond the last year that Python knows is the last day of that year.
    """
    year = day.year + years
    if year > date.max.year:
        return date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
