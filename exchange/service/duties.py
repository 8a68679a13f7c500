"""Duties: what a hub does by itself while it is open, all in one task group.

- pushing what is due, signing checkpoints, reading trust lists again when they change, asking
  authorities about revocation ahead of need;
- a duty that meets an expected fault says so and goes on; an unexpected one ends the hub,
  because a hub that silently stopped pushing is worse than one that stops;
- when the hub drains, each duty finishes its turn, and a last checkpoint is signed.

    async with Hub.open(settings) as hub, on_duty(hub):
        ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from exchange.errors import ExchangeError
from exchange.peer.partner import PartnerClient
from exchange.service.checkpoints import check_ledger, sign_checkpoint
from exchange.service.deliver import Pusher
from exchange.service.hold import end_holds
from exchange.service.hub import Hub
from exchange.service.revocation import asking_authorities
from exchange.service.trustees import look_at_lists, next_generation

_HOLDS_SECONDS: Final = 60.0
_REVOCATION_SECONDS: Final = 30.0
"""How often it is looked up whether an answer about revocation is due."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def on_duty(hub: Hub) -> AsyncIterator[None]:
    """Run the duties of an open hub until the block ends.

    Raises:
        StoreError: The ledger cannot be held against its last checkpoint.
    """
    await check_ledger(hub)
    client = PartnerClient(seconds=hub.settings.push_seconds)
    ending: ExchangeError | None = None
    try:
        async with asking_authorities(hub) as revocation, asyncio.TaskGroup() as duties:
            duties.create_task(Pusher(hub, client).run())
            for seconds, action, turn in (
                (hub.settings.checkpoint_seconds, "checkpoint", sign_checkpoint),
                (hub.settings.trust_reload_seconds, "trust", _renew_trust),
                (_HOLDS_SECONDS, "holds", end_holds),
                (_REVOCATION_SECONDS, "revocation", lambda _: revocation.turn()),
            ):
                duties.create_task(_every(hub, seconds, action, turn))
            try:
                yield
            except ExchangeError as error:
                # Raised below, outside of the group, which would wrap it.
                ending = error
            finally:
                hub.draining.set()
        with suppress(ExchangeError):
            await sign_checkpoint(hub)
    finally:
        await client.close()
    if ending is not None:
        raise ending


async def _every(
    hub: Hub, seconds: float, action: str, turn: Callable[[Hub], Awaitable[object]]
) -> None:
    """Take a turn again and again until the hub drains."""
    while not hub.draining.is_set():
        try:
            await turn(hub)
        except ExchangeError as error:
            _log.error("duty-failed", action=action, code=error.code.value, cause=str(error))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await hub.draining.wait()


async def _renew_trust(hub: Hub) -> None:
    """Put changed trust lists in force; those that cannot be used are looked at again."""
    seen = await asyncio.to_thread(look_at_lists, hub.settings)
    if seen == hub.lists_seen:
        return
    examiner = await next_generation(hub.settings, hub.examiner, hub.clock())
    if examiner is not None:
        await hub.renew(examiner)
    hub.lists_seen = seen
