"""The state of trust in a hub that administers it: folded from the actions, never kept.

- At the start every action is read again from its octets: its seal, its person's signature and
  its quorum are verified, as a stranger would, before the state is believed.
- Every process of a hub has a keeper of its own. What another one has committed is read from
  the store, in the order of the ledger, and applied by the same rules.
- `turn` is held from reading the state to committing what was decided on it; the store refuses
  what was decided on an older state all the same, since other processes do not wait for it.

Example:
    >>> keeper = await TrustKeeper.open(store, root=root, release=release)
    >>> await keeper.catch_up()
    True
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from exchange.codes.store import StoreCode
from exchange.core.actions.fold import advance, apply
from exchange.core.actions.founding import begin
from exchange.core.actions.history import open_action
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import SealedAction
from exchange.core.model import Fingerprint
from exchange.core.trust_records import PublishedList, StoredAction
from exchange.core.trust_values import ListType
from exchange.errors import ExchangeError, Finding, RejectedError, StoreError
from exchange.service.publish import Release
from exchange.store.store import Store

PAGE: Final = 500
"""Actions that are read and verified at a time."""


@dataclass(slots=True, eq=False, kw_only=True)
class TrustKeeper:
    """Holds the state of trust of one process, and what it has published of it."""

    store: Store
    release: Release
    root: Fingerprint
    """The offline root's key certificate, pinned by the operator."""
    state: TrustState
    """After `state.count` actions; ask `at` for the state of an instant."""
    published: tuple[PublishedList, ...] = ()
    """The newest version of every list, as it is in force here."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an action is decided and committed."""
    publishing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while lists are made and put in force."""
    dirty: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the lists may not show what was decided here."""
    shown: int = 0
    """How many actions the published lists were last held against."""
    connecting: frozenset[Fingerprint] = frozenset()
    """Key certificates of persons, as those know them who let connections in."""
    enforced: int = 0
    """After how many actions it was last looked what is stopped: whoever reads what another
    process has committed must not keep those who follow from enforcing it."""
    refused: int = 0
    """After how many actions lists could not be published, when that was tried last."""
    believed: bool = True
    """Whether the lists in force here were published; at the first start of several processes
    those of one are, and the others begin anew with them."""
    next_look_at: datetime | None = None
    """When the clock alone may make other lists necessary."""

    @classmethod
    async def open(cls, store: Store, *, root: Fingerprint, release: Release) -> TrustKeeper | None:
        """Return the keeper of everything that the store holds; `None` before the founding.

        Raises:
            StoreError: An action does not follow from those before, or does not verify.
        """
        first = await store.actions(limit=1)
        if not first:
            return None
        state = await asyncio.to_thread(founded, first[0].data, root, release)
        keeper = cls(store=store, release=release, root=root, state=state)
        await keeper.catch_up()
        keeper.published = await store.published_lists()
        return keeper

    def at(self, at: datetime) -> TrustState:
        """Return the state of trust at an instant, with approved changes whose date has come."""
        return advance(self.state, at)

    async def catch_up(self) -> bool:
        """Apply what other processes have committed since.

        Returns:
            Whether there was anything.

        Raises:
            StoreError: An action does not follow from those before, or does not verify.
        """
        changed = False
        while True:
            # Taken before the store is read: what this process commits meanwhile is adopted by
            # whoever commits it, and must not be applied a second time here.
            before = self.state
            new = await self.store.actions(after=before.count, limit=PAGE)
            if new:
                state = await asyncio.to_thread(replayed, before, new, self.release)
                changed = self.adopt(state) or changed
            if len(new) < PAGE:
                return changed

    def adopt(self, state: TrustState) -> bool:
        """Take over a state that follows from this one.

        Returns:
            Whether it is newer than what was known; two who read at once adopt it once.
        """
        if state.count <= self.state.count:
            return False
        self.state = state
        return True

    async def verify(self) -> None:
        """Read everything again from the store, and hold it against what is believed here.

        Raises:
            StoreError: The history has another end than this process remembers, or a list in
                force is not what was published.
        """
        # What comes in while everything is read again is later than both, and no damage.
        mine, published = self.state, self.published
        again = await TrustKeeper.open(self.store, root=self.root, release=self.release)
        if again is None or again.state.count < mine.count:
            found = 0 if again is None else again.state.count
            raise _damaged(f"expected {mine.count} actions at least, found {found}")
        if again.state.count == mine.count and again.state.last != mine.last:
            raise _damaged(f"expected action {mine.last.hex()[:16]}… to be the last, found another")
        for one in published:
            kept = await self.store.published_list(one.type, one.territory, one.sequence)
            if kept is None or kept.data != one.data:
                raise _damaged(f"expected list {one.territory} {one.sequence} as published")

    @property
    def lists(self) -> tuple[bytes, ...]:
        """The octets of every list in force."""
        return tuple(one.data for one in self.published)

    def list_in_force(self, kind: ListType) -> PublishedList | None:
        """Return the list of a kind of which there is only one: delegation, list of lists."""
        return next((one for one in self.published if one.type is kind), None)


def read_sealed(data: bytes, release: Release) -> SealedAction:
    """Return a sealed action from its octets, its seal verified; who sealed it is not judged here.

    Raises:
        RejectedError: It is not one.
    """
    return open_action(
        data,
        catalogue=release.catalogue,
        limits=release.limits,
        algorithms=release.algorithms,
    )


def founded(data: bytes, root: Fingerprint, release: Release) -> TrustState:
    """Return the state of trust after the founding.

    Raises:
        StoreError: It is not one, or another root than the pinned one has signed it.
    """
    try:
        sealed = read_sealed(data, release)
        if sealed.sealed_by != root:
            raise _damaged(
                f"expected a founding by root {root.hex()[:16]}…, "
                f"found one by {sealed.sealed_by.hex()[:16]}…"
            )
        return begin(sealed)
    except RejectedError as exc:
        raise _damaged(f"the founding: {exc}", exc) from exc


def replayed(state: TrustState, new: Sequence[StoredAction], release: Release) -> TrustState:
    """Return the state after more actions, each verified from its octets.

    Raises:
        StoreError: One does not verify, or does not follow from those before.
    """
    for one in new:
        try:
            sealed = read_sealed(one.data, release)
            if sealed.digest != one.digest:
                raise _damaged(f"action {one.number}: the row names another statement")
            state = apply(state, sealed)
        except RejectedError as exc:
            raise _damaged(f"action {one.number}: {exc}", exc) from exc
    return state


def _damaged(message: str, cause: ExchangeError | None = None) -> StoreError:
    """Return what the operator is told; nothing is signed until it is understood."""
    further = () if cause is None else cause.findings
    return StoreError(Finding(code=StoreCode.DAMAGED, message=message), *further)
