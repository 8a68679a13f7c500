"""The freshness board: which partner holds which version of which list, and who is behind.

- A partner is green while its newest word is younger than the interval, amber from one interval
  on, red from two. A partner that holds no key at all is red at once, and so is one that never
  asked: both refuse every document, and nobody notices until one is refused.
- Who asks but stays with an older version is counted from the issue of the newer one on.
- A board decides nothing; it only says it in time.

Example:
    >>> [(row.partner, row.name, row.colour) for row in board(...) if row.colour is Colour.RED]
    [('NO-RA-DEMO', 'CN.xml', <Colour.RED: 'red'>)]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from exchange.core.model import BodyId
from exchange.core.trust_records import Fetch


class Colour(StrEnum):
    """How fresh."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


_ORDER: Final = (Colour.GREEN, Colour.AMBER, Colour.RED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedList:
    """The newest version of a list that partners fetch here."""

    name: str
    """File name, such as `CN.xml`."""
    sequence: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What one partner holds of one list."""

    partner: BodyId
    name: str
    sequence: int | None
    """The version that it holds by its own word; `None` when it never asked."""
    current: int
    """The newest version."""
    keys: int | None
    """How many keys it holds from all lists."""
    at: datetime | None
    """When it said so."""
    age: timedelta | None
    """Since then."""
    colour: Colour
    reason: str
    """Why it is not green; empty when it is."""


def board(
    served: Iterable[ServedList],
    partners: Iterable[BodyId],
    fetches: Iterable[Fetch],
    at: datetime,
    *,
    interval: timedelta,
) -> tuple[Freshness, ...]:
    """Return a row for each partner and list, by partner and list.

    Args:
        served: The newest version of every list that is published here.
        partners: Bodies with a transport key in force.
        fetches: What each said that it holds.
        at: Now.
        interval: How often a partner is expected to ask.
    """
    lists = sorted(served, key=lambda one: one.name)
    said = {(fetch.partner, fetch.name): fetch for fetch in fetches}
    return tuple(
        _row(partner, one, said.get((partner, one.name)), at, interval)
        for partner in sorted(partners)
        for one in lists
    )


def worst(rows: Iterable[Freshness]) -> Colour:
    """Return the worst colour of some rows; green for none."""
    return max((row.colour for row in rows), key=_ORDER.index, default=Colour.GREEN)


def _row(
    partner: BodyId, one: ServedList, fetch: Fetch | None, at: datetime, interval: timedelta
) -> Freshness:
    if fetch is None:
        return Freshness(
            partner=partner,
            name=one.name,
            sequence=None,
            current=one.sequence,
            keys=None,
            at=None,
            age=None,
            colour=Colour.RED,
            reason="has never asked for it",
        )
    age = at - fetch.at
    colour, reason = _colour(one, fetch, at, interval)
    return Freshness(
        partner=partner,
        name=one.name,
        sequence=fetch.sequence,
        current=one.sequence,
        keys=fetch.keys,
        at=fetch.at,
        age=age,
        colour=colour,
        reason=reason,
    )


def _colour(one: ServedList, fetch: Fetch, at: datetime, interval: timedelta) -> tuple[Colour, str]:
    if fetch.keys == 0:
        return Colour.RED, "holds no key at all"
    late, reason = at - fetch.at, "has not asked for {hours:.0f} h"
    if fetch.sequence < one.sequence and at - one.issued_at > late:
        late, reason = at - one.issued_at, "has stayed with an older version for {hours:.0f} h"
    told = reason.format(hours=late / timedelta(hours=1))
    if late >= 2 * interval:
        return Colour.RED, told
    if late >= interval:
        return Colour.AMBER, told
    return Colour.GREEN, ""
