"""Deliveries: taking them on a lease, acknowledging them, and what could not be delivered."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.deliveries import DeliveryRecord, Leased
from exchange.core.entry import DeliveryId
from exchange.core.limits import KIB, Limits
from exchange.core.model import Kind
from exchange.errors import Finding, RefusedError
from exchange.service.acknowledge import acknowledge
from exchange.service.dead_letters import list_dead_letters, resend
from exchange.service.pull import lease
from exchange.web.answers import (
    JSON,
    XML,
    as_json,
    as_xml,
    parameter,
    read_body,
    read_json,
)
from exchange.web.api.bodies import read_pull
from exchange.web.api.callers import caller
from exchange.web.application import HUB

_MOST = 2**53
"""The largest number that every reader of JSON takes exactly."""


async def post_lease(request: web.Request) -> web.Response:
    """Take deliveries on a lease, waiting for some if there are none."""
    hub = request.app[HUB]
    body = await read_body(
        request, media_type=JSON, max_bytes=64 * KIB, seconds=hub.settings.body_seconds
    )
    pull = read_pull(read_json(body), hub.settings)
    leased = await lease(hub, caller(request), pull)
    return as_json({"deliveries": [_leased(one) for one in leased]})


def _leased(one: Leased) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery_id,
        "sender": one.sender,
        "message_id": one.message_id,
        "issuer": one.issuer,
        "kind": one.kind.value,
        "scheme": one.scheme,
        "document_id": one.document_id,
        "message_digest": one.message_digest.hex(),
        "content_digest": one.content_digest.hex(),
        "receipt_digest": one.receipt_digest.hex(),
        "attempts": one.attempts,
        "created_at": one.created_at.isoformat(),
        "leased_until": one.leased_until.isoformat(),
        "statement": base64.b64encode(one.data).decode("ascii"),
        "receipt": base64.b64encode(one.receipt).decode("ascii"),
    }


async def put_acknowledgement(request: web.Request) -> web.Response:
    """Acknowledge a delivery with a signed receipt."""
    hub = request.app[HUB]
    delivery = _delivery_id(request)
    data = await read_body(
        request,
        media_type=XML,
        max_bytes=Limits().max_bytes_per_kind[Kind.RECEIPT],
        seconds=hub.settings.body_seconds,
    )
    acknowledged = await acknowledge(hub, caller(request), delivery, data)
    return as_xml(
        acknowledged.receipt,
        status=200 if acknowledged.repeated else 201,
        headers={"Exchange-Ledger-Index": str(acknowledged.index)},
    )


async def get_dead_letters(request: web.Request) -> web.Response:
    """List what the hub gave up delivering; the operator only."""
    most = parameter(request, "limit", default=100, least=1, most=1000)
    found = await list_dead_letters(
        request.app[HUB],
        caller(request),
        after=parameter(request, "after", default=-1, least=0, most=_MOST),
        most=most,
    )
    return as_json(
        {
            "dead_letters": [_record(one) for one in found],
            "after": found[-1].position if len(found) == most else None,
        }
    )


async def post_resend(request: web.Request) -> web.Response:
    """Send a dead letter again; the operator only."""
    record = await resend(request.app[HUB], caller(request), _delivery_id(request))
    return as_json(_record(record))


def _record(one: DeliveryRecord) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery_id,
        "position": one.position,
        "addressee": one.addressee,
        "kind": one.kind.value,
        "content_digest": one.content_digest.hex(),
        "state": one.state.value,
        "mode": one.mode.value,
        "attempts": one.attempts,
        "last_code": one.last_code,
        "created_at": one.created_at.isoformat(),
        "changed_at": one.changed_at.isoformat(),
        "deadline": one.deadline.isoformat() if one.deadline is not None else None,
    }


def _delivery_id(request: web.Request) -> DeliveryId:
    """Return the delivery of the address; what is no UUID names nothing."""
    text = request.match_info["delivery_id"]
    try:
        known = str(uuid.UUID(text)) == text
    except ValueError:
        known = False
    if not known:
        raise RefusedError(
            Finding(code=RefusedCode.UNKNOWN_DELIVERY, message="expected a UUID in lower case")
        )
    return DeliveryId(text)
