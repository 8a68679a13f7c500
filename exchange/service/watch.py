"""What a hub remembers of its own watching while it runs, for the metrics.

Nothing here decides anything, and nothing of it is kept: what must not be forgotten (which
warning was given, who fetched which list) stands in the database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, eq=False, kw_only=True)
class Watch:
    """Counts and last times since the start."""

    warnings: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Warnings given, by subject and threshold in days."""
    mails: Counter[str] = field(default_factory=Counter)
    """Mails, by what became of them: `sent` or a code."""
    fetches: Counter[str] = field(default_factory=Counter)
    """Turns of fetching lists, by what became of them: `changed`, `unchanged` or a code."""
    fetched_at: datetime | None = None
    """When lists were last fetched and found good, changed or not."""
