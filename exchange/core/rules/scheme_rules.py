"""What the file of one scheme gives: its particulars, their reader and its rules.

A file in `exchange.core.rules.schemes` ends with this value under the name `SCHEME`, and nothing
else has to name the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import Particulars
from exchange.core.rules.entry import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRules:
    """One scheme as gate 5 knows it."""

    scheme: str
    """`urn:mrhub:scheme:…`, as `SchemeID` has it."""
    particulars: str
    """The root of its `SchemeParticulars` in Clark notation."""
    read: Callable[[Cursor, str], Particulars]
    """Takes the particulars from a cursor that stands before them; given their Clark name."""
    rules: tuple[Rule, ...]
    """Its rules, in the order in which they are asked; each names this scheme."""
