"""Duties: what a hub does by itself while it is open, all in one task group.

- pushing what is due, signing checkpoints, reading trust lists again when they change, asking
  authorities about revocation ahead of need;
- a hub that administers trust follows its actions, publishes what they say, and looks after
  suspensions;
- a hub that is told to fetches its lists from another one;
- what ends soon is said in time, and everything that trust rests on is verified again;
- a duty that meets an expected fault says so and goes on; an unexpected one ends the hub,
  because a hub that silently stopped pushing is worse than one that stops;
- when the hub drains, each duty finishes its turn, and a last checkpoint is signed.

    async with Hub.open(settings) as hub, on_duty(hub):
        ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from exchange.errors import ExchangeError
from exchange.peer.partner import PartnerClient
from exchange.service.activation import activate_fetched
from exchange.service.alarms import mail_alarms
from exchange.service.checkpoints import check_ledger, sign_checkpoint
from exchange.service.deliver import Pusher
from exchange.service.enforcement import enforce, follow_actions, follow_lists
from exchange.service.escalation import escalate
from exchange.service.expiry import warn
from exchange.service.fetch_lists import keep_fetching
from exchange.service.generations import begin_generation
from exchange.service.hold import end_holds
from exchange.service.hub import Hub
from exchange.service.notify import follow_grounds
from exchange.service.own_vault import look_at_vault
from exchange.service.publication import keep_own_keys, keep_published
from exchange.service.revocation import asking_authorities
from exchange.service.search import index_existing
from exchange.service.suspensions import look_after_suspensions
from exchange.service.switch import switch_modes
from exchange.service.trustees import changed_materials, look_at_lists
from exchange.service.verify_again import verify_again

_HOLDS_SECONDS: Final = 60.0
_TOGETHER_SECONDS: Final = 2.0
"""How long decisions are gathered after a publication: every reader starts anew with each."""
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
            duties.create_task(follow_grounds(hub))
            duties.create_task(index_existing(hub))
            if hub.keeper is not None:
                duties.create_task(follow_actions(hub))
                duties.create_task(follow_lists(hub))
                duties.create_task(_when_dirty(hub, hub.keeper.dirty))
            for seconds, action, turn in (
                *_turns(hub),
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


_Turn = Callable[[Hub], Awaitable[object]]


def _turns(hub: Hub) -> Iterator[tuple[float, str, _Turn]]:
    """Yield what is done again and again: how often, in which words, and what."""
    settings = hub.settings
    yield settings.checkpoint_seconds, "checkpoint", sign_checkpoint
    yield _HOLDS_SECONDS, "holds", end_holds
    yield settings.trust_check_seconds, "verify", verify_again
    yield settings.trust_check_seconds, "vault", look_at_vault
    yield settings.expiry_check_seconds, "expiry", warn
    yield _HOLDS_SECONDS, "switch", switch_modes
    yield _HOLDS_SECONDS, "escalate", escalate
    if hub.keeper is None:
        yield settings.trust_reload_seconds, "trust", _renew_trust
        yield settings.trust_fetch_seconds, "fetch", keep_fetching
    else:
        yield settings.trust_reload_seconds, "publish", _keep_published
        yield settings.trust_reload_seconds, "activate", activate_fetched
        yield settings.trust_reload_seconds, "suspensions", look_after_suspensions
        yield settings.expiry_check_seconds, "alarms", mail_alarms


async def _every(hub: Hub, seconds: float, action: str, turn: _Turn) -> None:
    """Take a turn again and again until the hub drains."""
    if turn is verify_again:
        # Everything was verified a moment ago, when the hub opened.
        await _drained(hub, seconds)
    while not hub.draining.is_set():
        await _taken(hub, action, turn)
        await _drained(hub, seconds)


async def _drained(hub: Hub, seconds: float) -> None:
    """Wait until the hub drains, so long at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await hub.draining.wait()


async def _taken(hub: Hub, action: str, turn: _Turn) -> None:
    try:
        await turn(hub)
    except ExchangeError as error:
        _log.error("duty-failed", action=action, code=error.code.value, cause=str(error))


async def _when_dirty(hub: Hub, dirty: asyncio.Event) -> None:
    """Publish as soon as something was decided here; the turns are for everything else."""
    drained = asyncio.create_task(hub.draining.wait())
    try:
        while not hub.draining.is_set():
            waiting = asyncio.create_task(dirty.wait())
            await asyncio.wait({waiting, drained}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if dirty.is_set() and not hub.draining.is_set():
                dirty.clear()
                await _taken(hub, "publish", _keep_published)
                # Whatever is decided meanwhile is published together.
                await _drained(hub, _TOGETHER_SECONDS)
    finally:
        drained.cancel()


async def _keep_published(hub: Hub) -> None:
    """Publish what has changed, by somebody's word or by the clock, and stop what it stops."""
    await keep_published(hub)
    await enforce(hub)


async def _renew_trust(hub: Hub) -> None:
    """Put changed trust lists in force; those that cannot be used are looked at again."""
    seen = await asyncio.to_thread(look_at_lists, hub.settings)
    if seen != hub.lists_seen:
        async with hub.renewing:
            at = hub.clock()
            materials = await changed_materials(hub.settings, hub.examiner.materials, at)
            if materials is not None:
                examiner = await begin_generation(
                    hub.settings,
                    materials,
                    hub.vault,
                    at=at,
                    previous=hub.trust.lists,
                    over=hub.snapshot,
                )
                await hub.renew(examiner)
        hub.lists_seen = seen
    await keep_own_keys(hub)
