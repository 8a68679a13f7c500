"""Intervals: instants end before their end, days on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from exchange.core.periods import covers, covers_day, day_in, from_zulu, in_zulu

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "inside"),
    [(BEGIN - MOMENT, False), (BEGIN, True), (END - MOMENT, True), (END, False)],
)
def test_interval_of_instants_holds_its_beginning_and_not_its_end(
    at: datetime, *, inside: bool
) -> None:
    assert covers(BEGIN, END, at) is inside


def test_interval_with_open_end_never_ends() -> None:
    assert covers(BEGIN, None, END + timedelta(days=100_000))
    assert not covers(BEGIN, None, BEGIN - MOMENT)


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 1, 31), True),
        (date(2026, 2, 1), False),
    ],
)
def test_interval_of_days_holds_its_last_day(day: date, *, inside: bool) -> None:
    assert covers_day(date(2026, 1, 1), date(2026, 1, 31), day) is inside


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Shanghai", date(2026, 1, 1)),
        ("UTC", date(2025, 12, 31)),
        ("America/Lima", date(2025, 12, 31)),
    ],
)
def test_day_runs_in_the_zone_of_its_body(zone: str, day: date) -> None:
    assert day_in(zone, datetime(2025, 12, 31, 16, 30, tzinfo=UTC)) == day


def test_instant_is_written_in_utc_and_read_back() -> None:
    east = datetime(2026, 1, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))

    assert in_zulu(east) == "2026-01-01T00:00:00Z"
    assert from_zulu(in_zulu(east)) == east
