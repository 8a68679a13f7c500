"""Attacks on days: the 29th of February at both ends of the Earth, and days of 23 and 25 hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from exchange.core.periods import last_of_day
from exchange.core.sentences import sentence
from exchange.core.verification import Asked, Verification
from tests.core.test_verification import kept, verified
from tests.living import begun
from tests.world import ISSUER, World

LEAP = date(2028, 2, 29)
NEXT = date(2028, 3, 1)
ZONES = [
    "Pacific/Kiritimati",  # UTC+14
    "Etc/GMT+12",  # UTC-12, as it is about Baker Island
    "Pacific/Pago_Pago",
    "Pacific/Auckland",
    "Pacific/Chatham",  # UTC+13:45 in summer
    "America/Havana",
    "Africa/Cairo",
    "America/Santiago",
    "Asia/Shanghai",
]
SECOND = timedelta(seconds=1)


def asked_at(
    world: World, at: datetime, on: date | None, *documents: tuple[datetime, bytes]
) -> Verification:
    """Return what is answered at an instant about documents that arrived at others."""
    certificate = kept(world, *(data for _, data in documents))
    arrived = tuple(
        replace(one, received_at=received)
        for one, (received, _) in zip(certificate.statements, documents, strict=True)
    )
    now, world.clock.now = world.clock.now, at
    try:
        return verified(world, replace(certificate, statements=arrived), asked=Asked(on=on))
    finally:
        world.clock.now = now


def status(found: Verification) -> tuple[str, str | None]:
    assert found.now is not None
    return found.now.status.value, None if found.then is None else found.then.status.value


@pytest.mark.parametrize("zone", ZONES)
def test_last_day_is_a_whole_leap_day_where_the_issuer_lives(world: World, zone: str) -> None:
    moved = world.with_body(ISSUER, time_zone=zone)
    first = begun(moved, 1, expires=LEAP)
    end = datetime.combine(NEXT, time(), ZoneInfo(zone)).astimezone(UTC)

    def at(instant: datetime, on: date | None = None) -> tuple[str, str | None]:
        return status(asked_at(moved, instant, on, (moved.clock.now, first.data)))

    assert at(end - SECOND) == ("active", None)
    assert at(end) == ("expired", None)
    for instant in (end - SECOND, end, end + timedelta(days=400)):
        now = "active" if instant < end else "expired"
        assert at(instant, LEAP) == (now, "active")
        assert at(instant, LEAP - timedelta(days=1)) == (now, "active")
        assert at(instant, NEXT) == (now, "expired")


@pytest.mark.parametrize("zone", ZONES)
def test_sentence_names_the_first_day_without_it_as_the_issuer_counts(
    world: World, zone: str
) -> None:
    moved = world.with_body(ISSUER, time_zone=zone)
    first = begun(moved, 1, expires=LEAP)
    end = datetime.combine(NEXT, time(), ZoneInfo(zone)).astimezone(UTC)

    text = sentence(asked_at(moved, end, LEAP, (moved.clock.now, first.data)), "en")

    assert "expired since 1 March 2028" in text
    assert "On 29 February 2028 it was valid." in text


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Santiago", date(2027, 4, 3), 25),  # 24:00 is 23:00 once more
        ("Africa/Cairo", date(2027, 10, 28), 25),
        ("America/Santiago", date(2027, 9, 5), 23),  # there is no midnight
        ("Africa/Cairo", date(2027, 4, 30), 23),
        ("America/Havana", date(2027, 11, 7), 25),
        ("Pacific/Auckland", date(2027, 4, 4), 25),
        ("Pacific/Auckland", date(2027, 9, 26), 23),
    ],
)
def test_day_ends_with_its_last_hour_when_clocks_are_changed(
    world: World, zone: str, day: date, hours: int
) -> None:
    end = last_of_day(zone, day)
    assert end.astimezone(ZoneInfo(zone)).date() == day
    assert (end + timedelta.resolution).astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)
    begins = last_of_day(zone, day - timedelta(days=1))
    assert end - begins == timedelta(hours=hours)

    moved = world.with_body(ISSUER, time_zone=zone)
    first = begun(moved, 1, expires=day + timedelta(days=30))
    # Decided today, in effect in the last half hour of that day.
    values = {
        "EffectiveDateTime": f"{end - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        "SuspensionEnd": (day + timedelta(days=20)).isoformat(),
    }
    data = (first.data, first.change("suspend", 1, values=values))
    said = [(moved.clock.now, one) for one in data]

    later = end + timedelta(hours=2)
    answer = asked_at(moved, later, day, *said)
    before = asked_at(moved, later, day - timedelta(days=1), *said)

    assert status(answer) == ("suspended", "suspended")
    assert status(before) == ("suspended", "active")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("day", [date.min, date.max, date(1900, 1, 1), date(2999, 12, 31)])
def test_first_and_last_day_of_the_calendar_can_be_asked_about(
    world: World, zone: str, day: date
) -> None:
    moved = world.with_body(ISSUER, time_zone=zone)
    answer = verified(moved, kept(moved, begun(moved, 1).data), asked=Asked(on=day))

    assert status(answer)[0] == "active"
    assert (answer.then is None) is (day.year < 2026)
