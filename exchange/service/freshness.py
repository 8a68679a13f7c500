"""The freshness board of a running hub: its partners, its lists, and what was said of both."""

from __future__ import annotations

from datetime import timedelta

from exchange.core.freshness import Freshness, ServedList, board
from exchange.service.hub import Hub
from exchange.service.identify import transport_keys
from exchange.service.list_serving import names_of


async def freshness(hub: Hub) -> tuple[Freshness, ...]:
    """Return the board: one row for each partner and list.

    Raises:
        StoreError: What partners hold cannot be read.
    """
    at = hub.clock()
    fetches = await hub.store.fetches()
    partners = {key.body for key in transport_keys(hub.snapshot, at)} - {hub.id}
    served = (
        ServedList(name=names_of(one)[0], sequence=one.sequence, issued_at=one.issued_at)
        for one in hub.trust.lists
    )
    interval = timedelta(seconds=hub.settings.list_interval_seconds)
    return board(served, partners, fetches, at, interval=interval)
