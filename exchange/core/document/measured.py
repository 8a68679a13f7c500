"""What several schemes say alike: the method and the limit of a value, the licence of a mark.

Source: the types `Method`, `Limit` and `MarkLicence` of the schemas in `schemas/schemes/`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, TypeVar

from exchange.core.document.cursor import Cursor
from exchange.core.document.values import LocalName, Measure

Taken = TypeVar("Taken")


class Method(NamedTuple):
    """A method or standard by number and edition."""

    number: str
    edition: str | None
    clause: str | None
    titles: tuple[LocalName, ...]


class Limit(NamedTuple):
    """The smallest or largest amount that is allowed."""

    measure: Measure
    is_minimum: bool

    def admits(self, value: Measure) -> bool:
        """Tell whether an amount in the same unit keeps the limit."""
        if self.is_minimum:
            return value.amount >= self.measure.amount
        return value.amount <= self.measure.amount

    def in_words(self) -> str:
        """Return the limit as a message says it."""
        side = "or more" if self.is_minimum else "or less"
        return f"{self.measure.amount} {self.measure.unit} {side}"


def method(cursor: Cursor, name: str) -> Method:
    """Take a method."""
    cursor.enter(name)
    return Method(
        cursor.word("Number"),
        cursor.optional_word("Edition"),
        cursor.optional_word("Clause"),
        cursor.local_names("Title"),
    )


def limit(cursor: Cursor, name: str) -> Limit:
    """Take a limit."""
    is_minimum = cursor.attribute("bound") == "minimum"
    return Limit(cursor.measure(name), is_minimum)


def optional_limit(cursor: Cursor, name: str) -> Limit | None:
    """Take a limit if it is here."""
    return limit(cursor, name) if cursor.sees(name) else None


class MarkLicence(NamedTuple):
    """The licence to use a mark."""

    number: str
    mark: str
    valid_from: date
    valid_to: date
    """Last valid day, inclusive."""


def mark_licence(cursor: Cursor, name: str) -> MarkLicence:
    """Take the licence of a mark."""
    cursor.enter(name)
    return MarkLicence(
        cursor.word("Number"), cursor.word("Mark"), cursor.day("ValidFrom"), cursor.day("ValidTo")
    )


def every(cursor: Cursor, name: str, take: Callable[[Cursor], Taken]) -> tuple[Taken, ...]:
    """Take all elements of this name, each by its function; they have been entered then."""
    found = []
    while cursor.sees(name):
        cursor.enter(name)
        found.append(take(cursor))
    return tuple(found)
