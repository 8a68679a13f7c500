"""How an administering hub begins: its state of trust, its lists, its founding.

Steps:
 1. the state of trust is folded from the actions in the store, or begins with the founding;
 2. the lists that show it are taken from the store, and made where they are missing or late;
 3. the hub opens with them; then the founding is committed, with a receipt like every action;
 4. last the lists are published: nobody ever fetches one whose reason is not in the ledger.

Whatever ends between two steps is made good at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from exchange.core.model import DocumentId, SnapshotId
from exchange.errors import RejectedError, UndecidedError
from exchange.service.examination import DraftedReceipt, Materials
from exchange.service.founding import commit_founding, newest_delegation, open_keeper
from exchange.service.own_lists import MadeLists, make_lists, read_back
from exchange.service.trust_keeper import TrustKeeper
from exchange.service.trustees import materials_of, refuse_unusable
from exchange.settings import Settings
from exchange.store.store import Store
from exchange.vault.vault import Vault

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a hub begins with."""

    materials: Materials | None
    """The lists; `None` only until an administering hub has made them."""
    keeper: TrustKeeper | None = None
    founding: bytes | None = None
    """The founding, where it is not committed yet."""
    made: MadeLists | None = None
    """The lists, and which of them are not published yet."""


async def begin_administration(
    settings: Settings, store: Store, vault: Vault, folder: Path, at: datetime
) -> Beginning:
    """Return the keeper of this hub's trust with lists that show it: steps 1 and 2.

    Raises:
        SettingsError: The folder does not hold what the pinned root has signed, or readers
            would not believe the lists.
        StoreError: What was committed does not verify.
        VaultError: The vault has no list key.
    """
    keeper, founding = await open_keeper(settings, store, folder)
    made = await _lists(settings, vault, keeper, folder, at)
    # Lists that have run out meanwhile are read as of their last instant: gate 4 says of each
    # document that it has to wait, and a new delegation can be brought to a hub that is open.
    ends = min(one.next_update for one in made.all)
    read_at = min(at, ends - timedelta(seconds=1))
    octets = tuple(one.data for one in made.all)
    return Beginning(
        materials=materials_of(settings, octets, frozenset({keeper.root}), read_at),
        keeper=keeper,
        founding=founding,
        made=made,
    )


async def finish_administration(
    begun: Beginning,
    *,
    receipt_id: DocumentId,
    snapshot_id: SnapshotId,
    at: datetime,
    certificates: tuple[bytes, ...],
    sign: Callable[[DraftedReceipt], Awaitable[bytes]],
) -> None:
    """Commit the founding and publish the lists: steps 3 and 4; for other hubs nothing.

    Args:
        begun: What the hub began with.
        receipt_id: A fresh identifier.
        snapshot_id: What the hub judges by.
        at: Now.
        certificates: Of the hub's receipt key.
        sign: Signs the receipt of the founding.

    Raises:
        StoreError: It could not be written, or the store holds another founding.
    """
    keeper, made = begun.keeper, begun.made
    if keeper is None or made is None:
        return
    if begun.founding is not None:
        await commit_founding(
            keeper,
            begun.founding,
            receipt_id=receipt_id,
            snapshot_id=snapshot_id,
            at=at,
            certificates=certificates,
            sign=sign,
        )
    if await keeper.store.publish_lists(made.new):
        keeper.published = made.all
        keeper.shown = keeper.state.count
    else:
        # Another process has published; the duty that follows it will put its lists in force.
        keeper.published = ()
        keeper.believed = False
    keeper.dirty.set()


async def _lists(
    settings: Settings, vault: Vault, keeper: TrustKeeper, folder: Path, at: datetime
) -> MadeLists:
    """Return the lists to begin with: those that show the state, or at worst those published."""
    delegation = await newest_delegation(keeper, folder)
    try:
        previous = await asyncio.to_thread(read_back, keeper)
        return await make_lists(
            keeper, vault, settings, delegation=delegation, previous=previous, at=at
        )
    except (RejectedError, UndecidedError) as error:
        if not keeper.published:
            raise refuse_unusable(error) from error
        # With an old delegation nothing new is published, and the hub says so until a new one
        # is brought; what it has published is what it goes on with.
        _log.error("lists-not-made", action="publish", code=error.code.value, cause=str(error))
        return MadeLists(all=keeper.published, new=())
