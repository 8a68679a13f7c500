"""Confirmations that lapse: a body that does not declare again is told 7, 3 and 1 days before.

They stand on the board of what ends soon, beside keys and lists, one line for each scheme. When
a confirmation is late, answers about certificates of that body and scheme say *unknown since*.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from exchange.core.declarations import Coverage, Declarations
from exchange.core.expiry import ENDED, End, Expiring, Subject

THRESHOLDS: Final = (7, 3, 1)
"""Days before a confirmation is late at which somebody is told, longest first."""
_DAY: Final = timedelta(days=1)


def lapsing(declared: Declarations, at: datetime) -> Iterator[Expiring]:
    """Yield confirmations that lapse within a week, or have lapsed.

    Args:
        declared: What bodies have declared last.
        at: Now, aware UTC.
    """
    for (issuer, scheme), one in sorted(declared.by_scheme.items()):
        left = one.lapses_at - at
        if one.coverage is Coverage.NONE or left > THRESHOLDS[0] * _DAY:
            continue
        reached = [days for days in THRESHOLDS if left <= days * _DAY]
        yield Expiring(
            subject=Subject.DECLARATION,
            name=f"declaration of {issuer} on {scheme.rpartition(':')[2]}",
            identity=f"{issuer}/{scheme}",
            body=issuer,
            ends_at=one.lapses_at,
            end=End.CONFIRMED,
            left=left,
            threshold=ENDED if left <= timedelta() else min(reached),
        )
