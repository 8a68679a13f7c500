"""Enforce what administrators stop: in this process at once, in every other within a second.

- Each process follows the actions: it is woken by a notice of the database, and looks by itself
  in case the notice was lost.
- What is stopped is laid over the snapshot; gate 4, callers on open connections, and issuing ask
  it from then on. A restored key counts again when the list that says so is in force.
- A hub whose own receipt key is stopped signs with the next one that is granted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from exchange.codes.store import StoreCode
from exchange.core.actions.fold import advance
from exchange.core.actions.state import TrustState
from exchange.core.interruptions import Interruption, Interruptions
from exchange.core.snapshot import Snapshot
from exchange.errors import ExchangeError, StoreError
from exchange.service.hub import Hub
from exchange.service.overlays import lay_over
from exchange.service.publication import keep_receipt_key, require_keeper, take_over_lists
from exchange.store.batch import ACTIONS_BELL, LISTS

_log = structlog.get_logger(__name__)


async def enforce(hub: Hub) -> bool:
    """Stop what the state of trust says is stopped, and let in whom it says may connect.

    Returns:
        Whether anything has changed.

    Raises:
        StoreError: The next receipt key could not be put in force; what is stopped is stopped.
        VaultError: There is no receipt key that could be used any more.
    """
    keeper = require_keeper(hub)
    at, count = hub.clock(), keeper.state.count
    state = keeper.at(at)
    stopped = by_this_clock(state.interruptions(), at, keeper.state.at)

    def change(snapshot: Snapshot) -> Snapshot:
        return snapshot.with_interruptions(stopped)

    try:
        changed = await lay_over(hub, change)
    except StoreError as error:
        # A verdict that cannot be replayed is bad; a suspension that does not hold is worse.
        _log.error("snapshot-not-kept", action="enforce", cause=str(error))
        hub.examiner.interrupt(change(hub.snapshot))
        changed = True
    keeper.enforced = max(keeper.enforced, count)
    persons = frozenset(one.fingerprint for one in state.administrators.values())
    if persons != keeper.connecting:
        keeper.connecting = persons
        hub.announce()
    if changed:
        hub.stops.set()
        _log.info("enforced", action="enforce", actions=state.count)
        # Last: it keeps and begins much, and when it fails all else has happened.
        await keep_receipt_key(hub)
    return changed


async def keep_ahead(hub: Hub, state: TrustState) -> None:
    """Keep what verdicts will depend on once a state is adopted, while that is being committed.

    Nothing is stopped yet; if the state is never adopted, a snapshot was kept that nobody uses.
    """
    after = _overlay(hub, state)(hub.snapshot)
    if after.id != hub.snapshot.id:
        with suppress(StoreError):
            await hub.store.keep_snapshot(after.id, after.parts(), at=hub.clock())


def _overlay(hub: Hub, state: TrustState) -> Callable[[Snapshot], Snapshot]:
    """Return what lays over a snapshot what a state says is stopped now."""
    at = hub.clock()
    stopped = by_this_clock(advance(state, at).interruptions(), at, state.at)
    return lambda snapshot: snapshot.with_interruptions(stopped)


def by_this_clock(stopped: Interruptions, at: datetime, last: datetime) -> Interruptions:
    """Return what is stopped, as it holds in a process whose clock is behind.

    A suspension counts from the instant at which the process that received it sealed it. Where
    the clock shows less by now, it holds all the same and not some seconds later.

    Args:
        stopped: By the clock of whoever received it.
        at: What the clock of this process shows.
        last: When the last action was received; what begins later is planned for later.
    """

    def held(one: Interruption) -> Interruption:
        return replace(one, since=at) if at < one.since <= last else one

    if last <= at:
        return stopped
    return Interruptions.of(
        keys={key: held(one) for key, one in stopped.keys.items()},
        bodies={body: held(one) for body, one in stopped.bodies.items()},
    )


async def follow_actions(hub: Hub) -> None:
    """Apply what other processes commit, until the hub drains."""
    keeper = require_keeper(hub)

    async def turn() -> None:
        await keeper.catch_up()
        if keeper.enforced < keeper.state.count:
            await enforce(hub)

    await _follow(hub, ACTIONS_BELL, "actions", turn)


async def follow_lists(hub: Hub) -> None:
    """Put in force what other processes publish, until the hub drains; a suspension is faster."""
    keeper = require_keeper(hub)

    async def turn() -> None:
        async with keeper.publishing:
            await take_over_lists(hub)

    await _follow(hub, LISTS, "lists", turn)


async def _follow(hub: Hub, bell: str, action: str, turn: Callable[[], Awaitable[None]]) -> None:
    longest = timedelta(seconds=hub.settings.trust_follow_seconds)
    while not hub.draining.is_set():
        mark = hub.store.mark(bell)
        try:
            await turn()
        except ExchangeError as error:
            if error.code is StoreCode.DAMAGED and not hub.refuses_to_sign:
                # An action that does not follow from those before is nothing to sign on. What
                # was stopped stays stopped.
                hub.refuses_to_sign = error.findings
                _log.error("refuses-to-sign", action=action, cause=str(error))
            _log.error("cannot-follow", action=action, code=error.code.value)
        await hub.store.wait_for_work(bell, longest, mark)
