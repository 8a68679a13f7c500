"""The public words for everything that can end badly.

A code is an interface: partners program against it, so it is never renamed and never
reused. Each carries the sentence that says what is wrong and the next step of whoever
reads it. One enumeration for each part of the house; `every_code` lists them all.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """One stable public error code, with its sentence and its remedy."""

    summary: str
    """What is wrong: lower case, no full stop."""
    remedy: str
    """The next step of the person who reads it."""

    def __new__(cls, value: str, summary: str, remedy: str) -> Self:
        """Make one member from its three texts."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.summary = summary
        member.remedy = remedy
        return member


def every_code() -> tuple[Code, ...]:
    """Return every code of the house, in the order of their definition."""
    return tuple(code for family in Code.__subclasses__() for code in family)
