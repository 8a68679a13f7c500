"""Switch: what waits for a partner follows it when it changes between pushing and pulling.

It is looked up when lists come into force that name other endpoints, and once a minute, since a
message that was on its way meanwhile was handed out by the lists before.
"""

from __future__ import annotations

import structlog

from exchange.core.model import BodyId
from exchange.service.hub import Hub
from exchange.service.outgoing import pushed_to

_log = structlog.get_logger(__name__)


def endpoints(hub: Hub) -> frozenset[BodyId]:
    """Return who is pushed to by the lists in force."""
    return frozenset(pushed_to(hub, hub.clock()))


async def switch_modes(hub: Hub) -> int:
    """Let what waits go the way that its addressee has now.

    Returns:
        How many deliveries that were.

    Raises:
        StoreError: They cannot be switched; the next turn finds them again.
    """
    at = hub.clock()
    switched = await hub.store.switch_modes(pushed_to(hub, at), at=at)
    if switched:
        _log.info("deliveries-switched", action="switch", deliveries=switched)
    return switched
