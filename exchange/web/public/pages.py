"""What anyone may see: trust lists, checkpoints, keys to verify with, health, this interface."""

from __future__ import annotations

import base64
from hashlib import sha256
from importlib.resources import files

from aiohttp import web

from exchange.service.find import find_checkpoint, find_consistency
from exchange.service.verification import keys_to_verify_with
from exchange.web.answers import as_json, parameter
from exchange.web.application import HUB
from exchange.web.public.search import get_certificates
from exchange.web.public.trust_lists import get_trust_list, get_trust_lists

OPENAPI = files("exchange.web.api").joinpath("openapi.yaml").read_bytes()
_OPENAPI_TAG = f'"{sha256(OPENAPI).hexdigest()}"'
_MOST = 2**53


async def get_health(request: web.Request) -> web.Response:
    """Say whether the hub answers, and nothing that is not public."""
    hub = request.app[HUB]
    size = await hub.store.tree_size()
    refuses = bool(hub.refuses_to_sign or hub.checkpoints_stopped)
    return as_json(
        {
            "status": "refuses-to-sign" if refuses else "ok",
            "hub": hub.id,
            "snapshot_id": hub.snapshot.id,
            "ledger_size": size,
        },
        status=503 if refuses else 200,
    )


async def get_checkpoint(request: web.Request) -> web.Response:
    """Return the latest signed checkpoint of the ledger."""
    found = await find_checkpoint(request.app[HUB])
    return web.Response(body=found.note, content_type="text/plain", charset="utf-8", headers=_FRESH)


async def get_consistency(request: web.Request) -> web.Response:
    """Return the proof that the ledger only grew between two sizes."""
    first = parameter(request, "first", default=0, least=0, most=_MOST)
    second = parameter(request, "second", default=0, least=0, most=_MOST)
    path = await find_consistency(request.app[HUB], first, second)
    return as_json(
        {
            "first": first,
            "second": second,
            "path": [base64.b64encode(step).decode("ascii") for step in path],
        }
    )


async def get_verification(request: web.Request) -> web.Response:
    """Return what is needed to verify receipts and checkpoints of this hub."""
    keys = await keys_to_verify_with(request.app[HUB])
    return as_json(
        {
            "hub": keys.hub,
            "receipt_certificates": [
                base64.b64encode(der).decode("ascii") for der in keys.receipt_certificates
            ],
            "receipt_key": keys.receipt_key.hex(),
            "ledger_origin": keys.origin,
            "checkpoint_key": keys.checkpoint_key,
        }
    )


async def get_openapi(request: web.Request) -> web.Response:
    """Return the description of this interface."""
    return _cached(request, OPENAPI, _OPENAPI_TAG, "application/yaml")


_FRESH = {"Cache-Control": "no-cache"}


def _cached(request: web.Request, data: bytes, tag: str, media_type: str) -> web.Response:
    headers = {"ETag": tag, **_FRESH}
    known = {part.strip() for part in request.headers.get("If-None-Match", "").split(",")}
    if tag in known or "*" in known:
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, content_type=media_type, headers=headers)


def public_routes() -> list[web.RouteDef]:
    """Return the addresses that both listeners serve to anyone they let in."""
    return [
        web.get("/health", get_health),
        web.get("/v1/trust-lists", get_trust_lists),
        web.get("/v1/trust-lists/{name}", get_trust_list),
        web.get("/v1/checkpoint", get_checkpoint),
        web.get("/v1/ledger/consistency", get_consistency),
        web.get("/v1/verification", get_verification),
        web.get("/v1/openapi.yaml", get_openapi),
        web.get("/v1/certificates", get_certificates),
    ]
