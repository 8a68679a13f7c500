"""Dead letters: what the hub gave up handing over, for an operator to see and send again."""

from __future__ import annotations

from datetime import timedelta

import structlog

from exchange.core.deliveries import DeliveryRecord
from exchange.core.entry import DeliveryId
from exchange.service.hub import Hub
from exchange.service.identify import Caller, require_operator

_log = structlog.get_logger(__name__)


async def list_dead_letters(
    hub: Hub, caller: Caller, *, after: int, most: int
) -> tuple[DeliveryRecord, ...]:
    """Return dead letters in the order of their positions.

    Raises:
        RefusedError: Somebody else than the operator calls.
    """
    require_operator(caller, hub.id)
    return await hub.store.dead_letters(after=after, limit=most)


async def resend(hub: Hub, caller: Caller, delivery_id: DeliveryId) -> DeliveryRecord:
    """Queue a dead letter again, with a new deadline, and return its state.

    Raises:
        RefusedError: Somebody else than the operator calls, or it is no dead letter.
    """
    require_operator(caller, hub.id)
    at = hub.clock()
    deadline = at + timedelta(seconds=hub.settings.push_deadline_seconds)
    record = await hub.store.resend(delivery_id, at=at, deadline=deadline)
    _log.info("resent", action="resend", delivery=delivery_id)
    return record
