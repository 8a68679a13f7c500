"""Pull: an addressee takes deliveries on a lease, waiting for some if there are none.

- A lease hides what it holds from other calls of the same addressee until it ends; what was
  not acknowledged by then comes back, with its number of attempts.
- Waiting ends with the first delivery, at the end of the time asked for, or when the hub
  drains; an empty answer is an answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from exchange.core.deliveries import Leased
from exchange.core.model import Kind
from exchange.service.hub import Hub
from exchange.service.identify import Caller

_LOOK_AGAIN_SECONDS: Final = 2.0
"""Nothing announces that a lease has run out, so a long poll looks again this often."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What an addressee asks for."""

    most: int
    """Deliveries in one answer, 1 or more."""
    kinds: frozenset[Kind] = frozenset()
    """Empty takes every kind."""
    schemes: frozenset[str] = frozenset()
    """Empty takes every scheme."""
    wait_seconds: int = 0
    lease_seconds: int = 300


async def lease(hub: Hub, caller: Caller, pull: Pull) -> tuple[Leased, ...]:
    """Return deliveries for the caller, held for it until its lease ends.

    Raises:
        StoreError: Nothing was leased; ask again later.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + pull.wait_seconds
    while True:
        mark = hub.store.mark(caller.id)
        at = hub.clock()
        leased = await hub.store.lease(
            caller.id,
            limit=pull.most,
            kinds=pull.kinds,
            schemes=pull.schemes,
            at=at,
            until=at + timedelta(seconds=pull.lease_seconds),
        )
        left = end - loop.time()
        if leased or left <= 0 or hub.draining.is_set():
            if leased:
                _log.info("leased", action="pull", addressee=caller.id, count=len(leased))
            return leased
        await _work_or_drain(hub, caller, min(left, _LOOK_AGAIN_SECONDS), mark)


async def _work_or_drain(hub: Hub, caller: Caller, seconds: float, mark: int) -> None:
    """Wait for something to do, at most that long, or until the hub drains."""
    waits = (
        asyncio.ensure_future(hub.store.wait_for_work(caller.id, timedelta(seconds=seconds), mark)),
        asyncio.ensure_future(hub.draining.wait()),
    )
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
