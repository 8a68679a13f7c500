"""The freshness board: green, amber at one interval, red at two, red at once without a key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from exchange.core.freshness import Colour, Freshness, ServedList, board, worst
from exchange.core.model import BodyId
from exchange.core.trust_records import Fetch

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
NORWAY: Final = BodyId("NO-RA-DEMO")


def row(
    *,
    ago: timedelta = timedelta(0),
    sequence: int = 7,
    keys: int = 12,
    issued: timedelta = timedelta(days=9),
) -> Freshness:
    served = ServedList(name="CN.xml", sequence=7, issued_at=NOW - issued)
    fetch = Fetch(partner=NORWAY, name="CN.xml", sequence=sequence, keys=keys, at=NOW - ago)
    (found,) = board([served], [NORWAY], [fetch], NOW, interval=HOUR)
    return found


@pytest.mark.parametrize(
    ("ago", "colour"),
    [
        (timedelta(0), Colour.GREEN),
        (HOUR - timedelta(seconds=1), Colour.GREEN),
        (HOUR, Colour.AMBER),
        (2 * HOUR - timedelta(seconds=1), Colour.AMBER),
        (2 * HOUR, Colour.RED),
        (timedelta(days=30), Colour.RED),
    ],
    ids=str,
)
def test_a_partner_is_coloured_by_its_newest_word(ago: timedelta, colour: Colour) -> None:
    one = row(ago=ago)

    assert one.colour is colour
    assert (one.reason == "") is (colour is Colour.GREEN)
    assert (one.age, one.sequence, one.current, one.keys) == (ago, 7, 7, 12)


def test_a_partner_without_a_key_is_red_at_once() -> None:
    one = row(keys=0)

    assert (one.colour, one.reason) == (Colour.RED, "holds no key at all")


@pytest.mark.parametrize(
    ("issued", "colour"),
    [
        (timedelta(minutes=59), Colour.GREEN),
        (HOUR, Colour.AMBER),
        (2 * HOUR, Colour.RED),
    ],
    ids=str,
)
def test_who_asks_but_stays_with_an_older_version_is_counted_from_the_newer_one(
    issued: timedelta, colour: Colour
) -> None:
    one = row(sequence=6, issued=issued)

    assert one.colour is colour
    assert ("older version" in one.reason) is (colour is not Colour.GREEN)


def test_there_is_a_row_for_each_partner_and_list_and_who_never_asked_is_red() -> None:
    lists = [ServedList(name=name, sequence=1, issued_at=NOW) for name in ("SG.xml", "CN.xml")]
    china = BodyId("CN-CB-0103")
    stranger = Fetch(partner=BodyId("XX-CB-9"), name="CN.xml", sequence=1, keys=1, at=NOW)
    known = Fetch(partner=china, name="SG.xml", sequence=1, keys=3, at=NOW)

    rows = board(lists, [NORWAY, china], [known, stranger], NOW, interval=HOUR)

    assert [(one.partner, one.name, one.colour) for one in rows] == [
        (china, "CN.xml", Colour.RED),
        (china, "SG.xml", Colour.GREEN),
        (NORWAY, "CN.xml", Colour.RED),
        (NORWAY, "SG.xml", Colour.RED),
    ]
    assert (rows[0].at, rows[0].age, rows[0].keys) == (None, None, None)
    assert rows[0].reason == "has never asked for it"
    assert worst(rows) is Colour.RED
    assert worst(rows[1:2]) is worst(()) is Colour.GREEN
