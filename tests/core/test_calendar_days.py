"""Calendar days in the zone of the issuer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from exchange.core.calendar_days import add_months, add_years, covers, day_of, is_over

SHANGHAI = ZoneInfo("Asia/Shanghai")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), SHANGHAI, date(2026, 3, 31)),
        (datetime(2026, 3, 31, 16, 0, 0, tzinfo=UTC), SHANGHAI, date(2026, 4, 1)),
        (datetime(2026, 4, 1, 2, 59, 59, tzinfo=UTC), SAO_PAULO, date(2026, 3, 31)),
    ],
)
def test_day_runs_in_the_zone_of_the_body(at: datetime, zone: ZoneInfo, expected: date) -> None:
    assert day_of(at, zone) == expected


def test_expiry_date_is_the_last_valid_day_inclusive() -> None:
    last = date(2026, 3, 31)

    assert not is_over(last, datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), SHANGHAI)
    assert is_over(last, datetime(2026, 3, 31, 16, 0, 0, tzinfo=UTC), SHANGHAI)


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 1, 31), True),
        (date(2026, 2, 1), False),
    ],
)
def test_period_of_days_contains_both_ends(day: date, inside: bool) -> None:  # noqa: FBT001
    assert covers(date(2026, 1, 1), date(2026, 1, 31), day) is inside


def test_period_without_end_contains_every_later_day() -> None:
    assert covers(date(2026, 1, 1), None, date(9999, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_later_is_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_years_after_leap_day_is_the_28th() -> None:
    assert add_years(date(2024, 2, 29), 3) == date(2027, 2, 28)
