"""Serving: a hub with its duties and its listeners, until somebody ends it.

- Nothing listens before the hub is open and its ledger was held against the last checkpoint.
- SIGTERM and SIGINT drain: no new connections, requests in flight are finished, pushes under
  way as well, a last checkpoint is signed, the database is closed.

    async with serving(hub) as addresses:
        print(addresses.partners)
"""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
import uvloop
from aiohttp import web

from exchange.core.trust_index import Trust
from exchange.service.administrators import administrator_certificates
from exchange.service.duties import on_duty
from exchange.service.footprint import settle, share_heaps
from exchange.service.hub import Clock, Hub, utc_now
from exchange.service.identify import transport_keys
from exchange.service.logs import configure_logs
from exchange.settings import Settings
from exchange.web.api.callers import from_connection, from_proxy
from exchange.web.listener import Listener
from exchange.web.metrics import listen_for_metrics, metrics_application
from exchange.web.routes import partner_application, public_application
from exchange.web.tls import RenewedContext, partner_context, server_context

SWITCH_SECONDS: Final = 0.0005
"""How long a thread keeps the interpreter while another one wants it."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a hub is reached, as base addresses."""

    partners: str
    public: str
    proxy: str | None
    """`None` when no proxy is configured."""
    metrics: str | None = None
    """On the loopback address; `None` when none are served."""


@asynccontextmanager
async def serving(hub: Hub) -> AsyncIterator[Addresses]:
    """Open the listeners of a hub and run its duties until the block ends.

    Raises:
        SettingsError: A listener could not be opened.
        StoreError: The ledger cannot be held against its last checkpoint.
    """
    settings = hub.settings

    def context() -> ssl.SSLContext:
        at = hub.clock()
        partners = (key.certificate.der for key in transport_keys(hub.snapshot, at))
        people = () if hub.keeper is None else administrator_certificates(hub.keeper.at(at), at)
        return partner_context(hub.present, (*partners, *people))

    partners = RenewedContext(context())

    def renew(_: Trust) -> None:
        partners.renew(context())

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(on_duty(hub))
        hub.renewals.append(renew)
        stack.callback(hub.renewals.remove, renew)
        runners: list[web.AppRunner] = []

        async def listen(
            application: web.Application, host: str, port: int, tls: ssl.SSLContext
        ) -> str:
            runner = web.AppRunner(
                application, access_log=None, shutdown_timeout=settings.drain_seconds
            )
            await runner.setup()
            runners.append(runner)
            listener = Listener(
                runner,
                host=host,
                port=port,
                context=tls,
                settings=settings,
            )
            await listener.start()
            return listener.name

        stack.push_async_callback(_close, runners, hub)
        proxy = None
        if settings.proxy_port >= 0:
            proxy = await listen(
                partner_application(hub, from_proxy(settings.trusted_proxies)),
                settings.proxy_host,
                settings.proxy_port,
                server_context(hub.present),
            )
        metrics = None
        if settings.metrics_port >= 0:
            figures = web.AppRunner(metrics_application(hub), access_log=None)
            await figures.setup()
            runners.append(figures)
            metrics = await listen_for_metrics(figures, settings.metrics_port)
        yield Addresses(
            metrics=metrics,
            partners=await listen(
                partner_application(hub, from_connection),
                settings.partner_host,
                settings.partner_port,
                partners.listening,
            ),
            public=await listen(
                public_application(hub),
                settings.public_host,
                settings.public_port,
                server_context(hub.present),
            ),
            proxy=proxy,
        )


async def _close(runners: list[web.AppRunner], hub: Hub) -> None:
    """Stop accepting, finish what is in flight."""
    _log.info("draining", action="serve")
    hub.draining.set()
    await asyncio.gather(*(runner.cleanup() for runner in runners))


async def serve(
    settings: Settings, announce: Callable[[Addresses], None], *, clock: Clock = utc_now
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: What the operator decided.
        announce: Called once with the addresses when the hub answers.
        clock: Returns now.

    Raises:
        SettingsError: The operator has to mend something.
        StoreError: The database cannot be used.
        VaultError: The vault cannot be opened.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    async with Hub.open(settings, clock=clock) as hub, serving(hub) as addresses:
        settle()
        announce(addresses)
        _log.info("serving", action="serve", partners=addresses.partners, public=addresses.public)
        await ended.wait()


def run(settings: Settings, announce: Callable[[Addresses], None] = lambda _: None) -> None:
    """Serve with an event loop of its own; returns after draining.

    Raises:
        ExchangeError: The hub could not be opened, or its machinery failed.
    """
    configure_logs(settings.log_level)
    share_heaps()
    # The thread that writes comes back from the database a dozen times for each group; at the
    # default of five milliseconds it waits for the loop more than it works.
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(serve(settings, announce))
