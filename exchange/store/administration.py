"""What the store promises about trust: actions in order, published lists, and what follows.

- Actions are committed with `Store.commit`, like every statement; here they are read again.
- Lists are published all together or not at all, and a version is published once, however many
  processes try.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from exchange.core.entry import Committed
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, Economy
from exchange.core.trust_records import (
    Fetch,
    Notice,
    PublishedList,
    RefusedMeanwhile,
    RevocationData,
    StoredAction,
)
from exchange.core.trust_values import ListType
from exchange.store import actions, flight, published
from exchange.store.batch import LISTS
from exchange.store.bell import Bell
from exchange.store.committer import Committer
from exchange.store.flight import InFlight, Judged
from exchange.store.notify import notify
from exchange.store.reader import Reader


class Administration(Reader):
    """The part of the store that is about trust."""

    _bell: Bell
    _committer: Committer

    # Actions.

    async def actions(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredAction, ...]:
        """Return actions in the order of the ledger.

        Args:
            after: The number of the last one that is known; 0 begins with the founding.
            limit: How many at most.

        Raises:
            StoreError: The octets of one are not there any more.
        """
        return await self._read(lambda c, u: actions.read(c, after, limit, u))

    async def count_actions(self) -> int:
        """Return how many actions there are, which is the number of the newest."""
        return await self._database.read(actions.count)

    async def action_number(self, digest: ContentDigest) -> int | None:
        """Return the number of the action with this content, if it is one."""
        return await self._database.read(lambda c: actions.number_of(c, digest))

    # Lists.

    async def publish_lists(self, lists: Sequence[PublishedList]) -> bool:
        """Keep new versions of lists, all of them or none.

        Returns:
            Whether they were kept: `False` when another process has published meanwhile.
        """

        def work(connection: Connection) -> bool:
            kept = published.publish(connection, self._codec, lists)
            if kept and lists:
                notify(connection, (LISTS,))
            return kept

        kept = await self._database.write(work)
        if kept and lists:
            self._bell.ring((LISTS,))
        return kept

    async def published_lists(self) -> tuple[PublishedList, ...]:
        """Return the newest version of every list."""
        return await self._read(published.newest)

    async def published_versions(self) -> tuple[tuple[str, str, int], ...]:
        """Return type, territory and number of the newest version of every list."""
        return await self._database.read(published.version)

    async def published_list(
        self, kind: ListType, territory: Economy, sequence: int
    ) -> PublishedList | None:
        """Return one version of a list, however old."""
        return await self._read(lambda c, u: published.find(c, kind, territory, sequence, u))

    async def announced_by(self, territory: Economy, actions_shown: int) -> int | None:
        """Return the first version of an economy's list that shows so many actions, if any does."""
        return await self._database.read(
            lambda c: published.announced_by(c, territory, actions_shown)
        )

    async def note_fetch(
        self, partner: BodyId, name: str, sequence: int, keys: int, at: datetime
    ) -> None:
        """Remember which version of a list a partner holds, and how many keys in all."""
        fetch = Fetch(partner=partner, name=name, sequence=sequence, keys=keys, at=at)
        await self._database.write(lambda c: published.note_fetch(c, fetch))
        self._bell.ring((LISTS,))

    async def fetches(self) -> tuple[Fetch, ...]:
        """Return what every partner holds, by partner and list."""
        return await self._database.read(published.fetches)

    # What a suspension entails.

    async def refused_under_suspension(
        self,
        *,
        bodies: Collection[BodyId] = (),
        sender: BodyId | None = None,
        untold: bool = False,
        after: int = -1,
        limit: int = 100,
    ) -> tuple[RefusedMeanwhile, ...]:
        """Return documents that were refused under a suspension, in pages, oldest first.

        Args:
            bodies: Whose suspension; empty asks for all.
            sender: Who sent them; `None` asks for all.
            untold: Only those whose senders have not been told that it was lifted.
            after: The `sequence` of the last one of the page before.
            limit: How many at most.
        """
        return await self._database.read(
            lambda c: actions.refused(c, bodies, sender, untold, after, limit)
        )

    async def tell(self, notice: Notice) -> Committed:
        """Tell the sender of a refused document that the suspension does not stand any more.

        Raises:
            RefusedError: It was told before.
            StoreError: It could not be written.
        """
        result = await self._committer.commit(notice)
        if not isinstance(result, Committed):
            raise TypeError(type(result))
        return result

    async def receipts_of_message(self, sequence: Number) -> tuple[tuple[int, bytes], ...]:
        """Return ledger position and octets of every receipt about one message, in order."""
        return await self._read(lambda c, u: actions.receipts_of(c, sequence, u))

    # For rehearsals.

    async def in_flight(self, issuers: Collection[BodyId], *, limit: int) -> tuple[InFlight, ...]:
        """Return open deliveries and holds of documents by these issuers, oldest first."""
        return await self._read(lambda c, u: flight.in_flight(c, issuers, limit, u))

    async def judged_since(
        self, issuers: Collection[BodyId], *, since: datetime, after: int = -1, limit: int
    ) -> tuple[Judged, ...]:
        """Return accepted documents by these issuers that arrived since, in pages, oldest first."""
        return await self._read(lambda c, u: flight.judged(c, issuers, since, after, limit, u))

    # Revocation data and warnings.

    async def put_revocation(
        self, url: str, octets: bytes, fetched_at: datetime, next_update: datetime | None
    ) -> None:
        """Keep a revocation list or an OCSP answer in place of the one fetched before."""
        data = RevocationData(url=url, data=octets, fetched_at=fetched_at, next_update=next_update)
        await self._database.write(lambda c: published.put_revocation(c, self._codec, data))

    async def revocation_data(self) -> tuple[RevocationData, ...]:
        """Return everything that was fetched, by address."""
        return await self._read(published.revocation_data)

    async def warned(self, subject: str, days: int) -> bool:
        """Tell whether the warning about a subject was given so many days before."""
        return await self._database.read(lambda c: published.warned(c, subject, days))

    async def note_warning(self, subject: str, days: int, at: datetime) -> bool:
        """Remember that a warning is given now.

        Returns:
            Whether it is the first time: of several processes one gives it.
        """
        return await self._database.write(lambda c: published.note_warning(c, subject, days, at))
