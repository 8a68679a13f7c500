"""What earlier recipients were told, how far it has come, and removal by order."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.limits import KIB
from exchange.core.model import ContentDigest
from exchange.core.notices import Reached, Tracked
from exchange.errors import Finding, RefusedError
from exchange.service.remove import remove
from exchange.service.track import track
from exchange.web.answers import (
    JSON,
    as_json,
    as_xml,
    content_digest,
    parameter,
    read_body,
    read_json,
)
from exchange.web.api.callers import caller
from exchange.web.application import HUB

_MOST: Final = 2**53


async def get_notices(request: web.Request) -> web.Response:
    """List deliveries that tell earlier recipients of a change."""
    hub = request.app[HUB]
    most = parameter(request, "limit", default=100, least=1, most=1000)
    found = await track(
        hub,
        caller(request),
        late=request.query.get("late", "") in {"1", "true"},
        after=parameter(request, "after", default=-1, least=0, most=_MOST),
        most=most,
    )
    at = hub.clock()
    return as_json(
        {
            "notices": [_tracked(one, one.reached(at)) for one in found],
            "after": found[-1].position if len(found) == most else None,
        }
    )


def _tracked(one: Tracked, reached: Reached) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery_id,
        "position": one.position,
        "kind": one.kind.value,
        "content_digest": one.content_digest.hex(),
        "issuer": one.issuer,
        "about": one.about,
        "scheme": one.scheme,
        "addressee": one.addressee,
        "mode": one.mode.value,
        "state": reached.value,
        "since": one.created_at.isoformat(),
        "changed_at": one.changed_at.isoformat(),
        "last_code": one.last_code,
    }


async def put_removal(request: web.Request) -> web.Response:
    """Remove the octets of a statement by order; the operator only."""
    hub = request.app[HUB]
    digest = content_digest(request)
    body = await read_body(
        request, media_type=JSON, max_bytes=4 * KIB, seconds=hub.settings.body_seconds
    )
    said = read_json(body)
    order = said.get("order") if isinstance(said, dict) else None
    if not isinstance(order, str):
        raise RefusedError(
            Finding(code=RefusedCode.BODY, path="order", message="expected the order as a text")
        )
    removal = await remove(hub, caller(request), digest, order)
    return as_xml(removal.notice, headers={"Exchange-Content-Digest": removal.notice_digest.hex()})


async def gone(request: web.Request, digest: ContentDigest) -> web.Response | None:
    """Return the signed notice in place of a statement that was removed by order."""
    removal = await request.app[HUB].store.removal(digest)
    if removal is None:
        return None
    return as_xml(
        removal.notice,
        status=410,
        headers={
            "Exchange-Kind": "notice",
            "Exchange-Content-Digest": removal.notice_digest.hex(),
        },
    )
