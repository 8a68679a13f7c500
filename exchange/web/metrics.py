"""`/metrics` for a monitoring system on the same machine, and for the operator's own key.

- The listener of its own stands on the loopback address only, without TLS; nothing else is
  served there. Behind it stand names of partners and of keys, which are not for everybody.
- On the partners' listener the same page is for the hub's operator alone.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from exchange.codes.service import SettingsCode
from exchange.core.exposition import MEDIA_TYPE
from exchange.errors import Finding, SettingsError
from exchange.service.hub import Hub
from exchange.service.identify import require_operator
from exchange.service.metrics import page
from exchange.web.api.callers import caller
from exchange.web.application import HUB, endings

_LOOPBACK: Final = "127.0.0.1"


async def get_metrics(request: web.Request) -> web.Response:
    """Return the metrics of the hub."""
    return await _answer(request.app[HUB])


async def get_metrics_as_operator(request: web.Request) -> web.Response:
    """Return the metrics of the hub to its operator."""
    hub = request.app[HUB]
    require_operator(caller(request), hub.id)
    return await _answer(hub)


async def _answer(hub: Hub) -> web.Response:
    text = await page(hub)
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    return web.Response(body=text.encode(), headers=headers)


def metrics_application(hub: Hub) -> web.Application:
    """Return what the listener on the loopback address serves."""
    application = web.Application(middlewares=[endings])
    application[HUB] = hub
    application.add_routes([web.get("/metrics", get_metrics)])
    return application


async def listen_for_metrics(runner: web.AppRunner, port: int) -> str:
    """Open the listener and return its base address.

    Args:
        runner: Set up with `metrics_application`.
        port: 0 takes any free one.

    Raises:
        SettingsError: The port is taken.
    """
    site = web.TCPSite(runner, _LOOPBACK, port)
    try:
        await site.start()
    except OSError as exc:
        raise SettingsError(
            Finding(code=SettingsCode.ADDRESS, path=f"{_LOOPBACK}:{port}", message=str(exc).lower())
        ) from exc
    return f"http://{_LOOPBACK}:{runner.addresses[0][1]}"
