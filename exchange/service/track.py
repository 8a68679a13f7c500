"""Track: what earlier recipients were told, and how far that has come."""

from __future__ import annotations

from exchange.core.notices import LATE_AFTER, Tracked
from exchange.service.hub import Hub
from exchange.service.identify import Caller, is_operator


async def track(
    hub: Hub, caller: Caller, *, late: bool, after: int, most: int
) -> tuple[Tracked, ...]:
    """Return deliveries that tell of a change: all to the operator, to others those about them.

    Args:
        hub: Delivers them.
        caller: Who asks; certification bodies see what is about their own certificates.
        late: Only what is not acknowledged within 24 hours.
        after: The position of the last one of the page before.
        most: How many at most.
    """
    return await hub.store.tracked(
        issuer=None if is_operator(caller, hub.id) else caller.id,
        late_since=hub.clock() - LATE_AFTER if late else None,
        after=after,
        limit=most,
    )
