"""The deliveries of a message: one for each body that takes it, to be pushed or to wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from exchange.core.entry import DeliveryId, NewDelivery
from exchange.core.lifecycle import Mode
from exchange.core.model import BodyId
from exchange.core.trust_values import Body
from exchange.service.hub import Hub


def deliveries_to(hub: Hub, takers: Iterable[Body], at: datetime) -> Iterable[NewDelivery]:
    """Yield the delivery of a message that arrived at an instant, for each of its takers."""
    pushed = pushed_to(hub, at)
    for body in takers:
        deadline = pushed.get(body.id)
        yield NewDelivery(
            delivery_id=DeliveryId(str(hub.identifiers())),
            addressee=body.id,
            mode=Mode.PULL if deadline is None else Mode.PUSH,
            next_at=at,
            deadline=deadline,
        )


def pushed_to(hub: Hub, at: datetime) -> Mapping[BodyId, datetime]:
    """Return the bodies that statements are pushed to, with the instant of giving up."""
    deadline = at + timedelta(seconds=hub.settings.push_deadline_seconds)
    # This hub's own body pulls, whatever its endpoint: the endpoint is this hub.
    return {
        body.id: deadline
        for body in hub.trust.bodies.values()
        if body.endpoint is not None and body.id != hub.id
    }
