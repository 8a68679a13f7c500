"""Publish: make the lists that show what was decided, keep them, and put them in force.

- A change is published at once; what the clock brings about, and lists that grow old, by the
  duty that calls `keep_published` again and again.
- Of several processes one publishes a version. The others read it from the store and put it in
  force; what they had made themselves is thrown away.
- A list never lifts a suspension by itself: what is stopped is laid over every generation.

Example:
    >>> await publish(hub)
    (PublishedList(territory='CN', sequence=7, …),)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from exchange.codes.service import RefusedCode
from exchange.codes.store import StoreCode
from exchange.core.trust_index import TrustList
from exchange.core.trust_records import PublishedList
from exchange.core.trust_values import ListType
from exchange.errors import ExchangeError, Finding, RefusedError, StoreError
from exchange.service.founding import newest_delegation
from exchange.service.generations import begin_generation, receipt_key
from exchange.service.hub import Hub
from exchange.service.own_lists import make_lists, read_back, read_delegation
from exchange.service.own_vault import take_over_new_keys
from exchange.service.trust_keeper import TrustKeeper

_ATTEMPTS: Final = 5
"""How often lists are made again because another process was faster."""
LOOK_AGAIN: Final = timedelta(minutes=1)
"""How often the clock is asked whether a list has grown old."""

_log = structlog.get_logger(__name__)


def require_keeper(hub: Hub) -> TrustKeeper:
    """Return the keeper of a hub that administers trust.

    Raises:
        RefusedError: This hub reads the lists of others.
    """
    if hub.keeper is None:
        raise RefusedError(
            Finding(
                code=RefusedCode.NOT_ADMINISTERED,
                message=f"expected a hub that administers trust, found {hub.id}, which does not",
            )
        )
    return hub.keeper


async def publish(hub: Hub, delegation: bytes | None = None) -> tuple[PublishedList, ...]:
    """Publish whatever differs from the lists in force, and put it in force.

    Args:
        hub: Administers trust.
        delegation: A newer delegation of the root, brought from the ceremony.

    Returns:
        The lists that are new; none when the lists in force show everything.

    Raises:
        RefusedError: This hub administers no trust, or the delegation is not newer.
        RejectedError: Readers would not believe the lists; those in force stay in force.
        UndecidedError: The root's delegation is past its next update.
        StoreError: They could not be kept.
        VaultError: There is no list key.
    """
    keeper = require_keeper(hub)
    async with keeper.publishing:
        for _ in range(_ATTEMPTS):
            # A process that is behind would publish a list without what another has stopped.
            await keeper.catch_up()
            at = hub.clock()
            root = await _delegation(hub, keeper, delegation)
            count = keeper.state.count
            made = await make_lists(
                keeper,
                hub.vault,
                hub.settings,
                delegation=root,
                previous=await _as_read(hub, keeper),
                at=at,
            )
            if not made.new or await keeper.store.publish_lists(made.new):
                keeper.shown = count
                keeper.next_look_at = _next_look(keeper, at)
                if made.new:
                    keeper.published = made.all
                    await _put_in_force(hub, keeper, at)
                    _log.info(
                        "published",
                        action="publish",
                        lists=[f"{one.territory}/{one.sequence}" for one in made.new],
                        actions=count,
                    )
                return made.new
            await take_over_lists(hub)
    raise StoreError(
        Finding(code=StoreCode.OVERTAKEN, message="other processes publish faster than this one")
    )


async def take_over_lists(hub: Hub) -> bool:
    """Put lists in force that another process has published.

    Returns:
        Whether there were any.
    """
    keeper = require_keeper(hub)
    mine = {(one.type.value, one.territory, one.sequence) for one in keeper.published}
    if set(await keeper.store.published_versions()) == mine:
        return False
    keeper.published = await keeper.store.published_lists()
    keeper.shown = max(keeper.shown, *(one.actions for one in keeper.published))
    await _put_in_force(hub, keeper, hub.clock())
    return True


async def keep_published(hub: Hub) -> None:
    """Publish what was decided, or what the clock has brought about, unless nothing has changed."""
    keeper = require_keeper(hub)
    at = hub.clock()
    late = keeper.next_look_at is None or at >= keeper.next_look_at
    count = keeper.state.count
    if late or count not in (keeper.shown, keeper.refused):
        try:
            await publish(hub)
        except ExchangeError:
            # What cannot be published now is tried again in a while, or with the next action.
            keeper.refused = count
            keeper.next_look_at = at + LOOK_AGAIN
            raise
    await keep_own_keys(hub)


async def keep_own_keys(hub: Hub) -> None:
    """Use the keys that the lists grant now; keys begin and end by the clock."""
    await take_over_new_keys(hub)
    await keep_receipt_key(hub)
    if await hub.choose_transport_key():
        _log.info("transport-key-changed", action="trust", key=hub.transport_name)
        hub.announce()


async def keep_receipt_key(hub: Hub) -> bool:
    """Begin another generation when the lists grant another receipt key than the one in use.

    A key begins and ends to sign by the clock, and by a suspension; no list changes then.

    Returns:
        Whether the key has changed.
    """
    # Most often nothing has changed; whoever asks must not wait for a generation that begins.
    if (await receipt_key(hub.vault, hub.snapshot, hub.clock())).certificates == hub.certificates:
        return False
    async with hub.renewing:
        at = hub.clock()
        key = await receipt_key(hub.vault, hub.snapshot, at)
        if key.certificates == hub.certificates:
            return False
        materials = hub.examiner.materials
        examiner = await begin_generation(
            hub.settings, materials, hub.vault, at=at, over=hub.snapshot
        )
        await hub.renew(examiner)
        _log.info("receipt-key-changed", action="trust", key=key.fingerprint.hex())
        return True


async def _put_in_force(hub: Hub, keeper: TrustKeeper, at: datetime) -> None:
    async with hub.renewing:
        if hub.examiner.materials.lists == keeper.lists:
            return
        examiner = await begin_generation(
            hub.settings,
            replace(hub.examiner.materials, lists=keeper.lists, read_at=at),
            hub.vault,
            at=at,
            previous=hub.trust.lists if keeper.believed else (),
            over=hub.snapshot,
        )
        keeper.believed = True
        await hub.renew(examiner)


async def _as_read(hub: Hub, keeper: TrustKeeper) -> Sequence[TrustList]:
    """Return the lists in force, as they were read; thousands of keys are not read again."""
    if hub.examiner.materials.lists == keeper.lists:
        return hub.trust.lists
    return await asyncio.to_thread(read_back, keeper)


async def _delegation(hub: Hub, keeper: TrustKeeper, brought: bytes | None) -> TrustList:
    if brought is not None:
        newer = await asyncio.to_thread(read_delegation, brought, keeper.root, keeper.release)
        _require_newer(keeper, newer)
        return newer
    folder = hub.settings.founding_dir
    if folder is None:
        raise TypeError("a hub that keeps trust has the folder of its founding")
    return await newest_delegation(keeper, folder)


def _require_newer(keeper: TrustKeeper, brought: TrustList) -> None:
    known = keeper.list_in_force(ListType.DELEGATION)
    if known is not None and brought.data != known.data and brought.sequence <= known.sequence:
        raise RefusedError(
            Finding(
                code=RefusedCode.DELEGATION_OLD,
                message=f"expected a delegation after number {known.sequence}, "
                f"found number {brought.sequence}",
            )
        )


def _next_look(keeper: TrustKeeper, at: datetime) -> datetime:
    """Return when the clock alone may make other lists necessary."""
    change = keeper.state.next_change_at()
    soon = at + LOOK_AGAIN
    return soon if change is None or change <= at else min(soon, change)
