"""The store: what it promises, in the hub's words.

- What `commit` returned is durable: statement, receipt, ledger leaf, deliveries and register in
  one transaction. What it raised left no trace.
- The same message again is answered with the first receipt, byte for byte.
- Rows never leave: every answer is a value of `exchange.core.entry`.

Example:
    >>> async with Store.open("sqlite:////var/lib/hub/hub.sqlite3") as store:
    ...     committed = await store.commit(entry)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from exchange.codes.store import StoreCode
from exchange.core.deliveries import (
    Acknowledged,
    Acknowledgement,
    DeliveryRecord,
    Failure,
    Leased,
    PushClaim,
)
from exchange.core.entry import Committed, DeliveryId, Entry, StoredCheckpoint
from exchange.core.hold import Lapse
from exchange.core.model import BodyId, Kind, SnapshotId
from exchange.errors import Finding, StoreError
from exchange.store import dead_letters, deliveries, dictionaries, ledger, snapshots
from exchange.store.administration import Administration
from exchange.store.backup import back_up
from exchange.store.batch import PUSHES
from exchange.store.bell import Bell
from exchange.store.certificates import Certificates
from exchange.store.committer import Committer
from exchange.store.compression import Codec, Subject
from exchange.store.declarations import DeclarationStore
from exchange.store.engine import T
from exchange.store.notices import NoticeStore
from exchange.store.postgres import PostgreSQL
from exchange.store.removals import RemovalStore
from exchange.store.schema import migrate
from exchange.store.searching import Searching
from exchange.store.sqlite import SQLite
from exchange.store.statements import Unpack
from exchange.store.training import learned_apart
from exchange.store.transaction import Result

_REMEMBERED: Final = 32
"""Snapshots that are known to be kept without asking."""
TRAIN_AT: Final = (200, 1_000, 5_000, 20_000, 100_000)
"""Numbers of commits after which dictionaries are trained anew, each once per database."""


class Store(Administration, Certificates, DeclarationStore, NoticeStore, RemovalStore, Searching):
    """One database with its committer; made by `open`."""

    def __init__(
        self, database: SQLite | PostgreSQL, codec: Codec, committer: Committer, bell: Bell
    ) -> None:
        """Join the parts."""
        self._database = database
        self._codec = codec
        self._committer = committer
        self._bell = bell
        self._training: asyncio.Task[None] | None = None
        self._reached: int | None = None
        """One more than the highest number that was committed here."""
        self._kept: deque[SnapshotId] = deque(maxlen=_REMEMBERED)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Store]:
        """Open the database, bring its tables up to date and hold it until the block ends.

        Args:
            url: `sqlite:///path` (three slashes and a path, four for an absolute one) or
                `postgresql://user:password@host/name`; a driver behind a plus sign is allowed.

        Raises:
            StoreError: The URL names no engine, the database does not answer, or another
                process owns the file.
        """
        async with AsyncExitStack() as stack:
            database: SQLite | PostgreSQL
            parsed = _parsed(url)
            if parsed.get_backend_name() == "sqlite":
                path = Path(parsed.database or "")
                database = await stack.enter_async_context(SQLite.open(path))
            else:
                database = await stack.enter_async_context(PostgreSQL.open(parsed))
            await database.write(migrate)
            codec = Codec()
            await database.read(lambda connection: dictionaries.load(connection, codec))
            bell = Bell()
            hints = await stack.enter_async_context(database.hints())
            listener = asyncio.create_task(_listen(hints, bell), name="store-hints")
            stack.push_async_callback(_cancelled, listener)
            committer = await stack.enter_async_context(Committer.open(database, codec, bell.ring))
            store = cls(database, codec, committer, bell)
            stack.push_async_callback(store._stop_training)
            yield store

    # Committing.

    async def commit(self, entry: Entry) -> Committed:
        """Commit a message with everything that follows from it.

        The same sender, message id, digest and addressees again: `Committed(repeated=True)`
        with the first receipt. The same content by another message: `duplicate=True`; it has
        a receipt of its own, and only new addressees get the statement.

        Raises:
            RefusedError: The message id was used for something else; both digests are named.
            RuleError: The register does not admit the statement; commit a rejection instead.
            UndecidedError: A status change is missing before this one (STC-02); commit it
                with `Verdict.HELD`, which keeps it until then.
            StoreError: It could not be written, and the message may be sent again; or an
                action was overtaken by others (`store.overtaken`), and is decided again.
        """
        return self._noted(_committed(await self._committer.commit(entry)))

    def commit_all(self, entries: Sequence[Entry]) -> Awaitable[list[Result]]:
        """Put messages into the line in this order; each is answered as by `commit`.

        They stand in the line when this returns. An answer is `Committed`, or the error that
        `commit` would have raised for this one message.
        """
        return self._all_noted(self._committer.commit_all(entries))

    async def acknowledge(self, acknowledgement: Acknowledgement) -> Acknowledged:
        """Keep the signed answer of an addressee, which ends the delivery.

        Late answers are taken as long as the digest is that of what was delivered. The same
        answer again is answered with the first one (`repeated=True`).

        Raises:
            RefusedError: No such delivery for this body, another digest, another chain, or
                the delivery was answered differently before.
            StoreError: It could not be written.
        """
        return _ended(await self._committer.commit(acknowledgement))

    async def fail(self, failure: Failure) -> Acknowledged:
        """Give a delivery up with a signed receipt that says so: it is a dead letter now.

        Raises:
            RefusedError: It has ended already, or there is none.
            StoreError: It could not be written.
        """
        return _ended(await self._committer.commit(failure))

    async def lapse(self, lapse: Lapse) -> Committed:
        """End a held status change in vain, with a signed receipt; a released one is refused."""
        return _committed(await self._committer.commit(lapse))

    # Deliveries.

    async def lease(
        self,
        addressee: BodyId,
        *,
        limit: int,
        kinds: Collection[Kind] = (),
        schemes: Collection[str] = (),
        at: datetime,
        until: datetime,
    ) -> tuple[Leased, ...]:
        """Hand out what is due to an addressee who pulls, in order, until an instant.

        Args:
            addressee: Who asks.
            limit: How many at most.
            kinds: Only these; empty asks for all.
            schemes: Only these; empty asks for all. Kinds without a scheme are always given.
            at: Now.
            until: When the lease ends; what is not acknowledged then is handed out again.
        """
        demand = deliveries.Demand(addressee=addressee, limit=limit, kinds=kinds, schemes=schemes)
        return await self._write(lambda c, u: deliveries.lease(c, demand, at, until, u))

    async def claim_pushes(
        self, *, limit: int, at: datetime, until: datetime
    ) -> tuple[PushClaim, ...]:
        """Claim pushes that are due; nobody else gets them before `until`."""
        return await self._write(lambda c, u: deliveries.claim_pushes(c, limit, at, until, u))

    async def attempted(
        self, delivery_id: DeliveryId, *, at: datetime, next_at: datetime | None, code: str
    ) -> bool:
        """Note that an attempt failed, and when the next one is; `None` gives up.

        Returns:
            `False` when the delivery has ended meanwhile, by a late acknowledgement perhaps.
        """
        noted = await self._database.write(
            lambda c: deliveries.attempted(c, delivery_id, at, next_at, code)
        )
        self._bell.ring((PUSHES,))
        return noted

    async def resend(
        self, delivery_id: DeliveryId, *, at: datetime, deadline: datetime | None
    ) -> DeliveryRecord:
        """Begin again with a dead letter.

        Raises:
            RefusedError: It is not one.
        """
        record = await self._database.write(
            lambda c: dead_letters.resend(c, delivery_id, at, deadline)
        )
        self._bell.ring((PUSHES, record.addressee))
        return record

    # Waiting for work.

    def mark(self, addressee: str | None) -> int:
        """Return a mark to wait with; take it before looking for work. `None` is the pusher."""
        return self._bell.mark(PUSHES if addressee is None else addressee)

    async def wait_for_work(
        self,
        addressee: str | None,
        timeout: timedelta,  # noqa: ASYNC109
        mark: int | None = None,
    ) -> bool:
        """Wait until there may be work, at most so long.

        Args:
            addressee: Who pulls; `None` is the pusher, `ACTIONS_BELL` follows the actions.
            timeout: Longest wait.
            mark: From `mark`, taken before looking; without it only later work counts.

        Returns:
            Whether there may be; `False` when the time ran out.
        """
        name = PUSHES if addressee is None else addressee
        return await self._bell.wait(name, self._bell.mark(name) if mark is None else mark, timeout)

    async def save_checkpoint(self, checkpoint: StoredCheckpoint) -> None:
        """Remember a signed checkpoint; the file outside was written before."""
        await self._database.write(lambda c: ledger.save_checkpoint(c, checkpoint))

    # Keeping.

    async def keep_snapshot(
        self, snapshot_id: SnapshotId, parts: Mapping[str, bytes], *, at: datetime
    ) -> bool:
        """Keep the parts of a snapshot, so that any decision can be replayed.

        Returns:
            Whether it is new; to find that it is not, nothing waits for the ledger's lock.
        """
        if snapshot_id in self._kept:
            return False
        known = await self._database.read(lambda c: snapshots.is_kept(c, snapshot_id))
        is_new = not known and await self._database.write(
            lambda c: snapshots.keep(c, self._codec, snapshot_id, parts, at)
        )
        self._kept.append(snapshot_id)
        return is_new

    async def train_dictionaries(self) -> tuple[Subject, ...]:
        """Make new dictionaries from what is there; what is written later is smaller.

        Returns:
            The subjects that had enough to learn from.
        """
        trained = []
        for subject in (Subject.STATEMENT, Subject.RECEIPT):
            lesson = await self._database.read(partial(dictionaries.lesson, subject=subject))
            body = await learned_apart(lesson)
            if body is not None and await self._database.write(
                partial(dictionaries.add, subject=subject, lesson=lesson, body=body)
            ):
                trained.append(subject)
        await self._database.read(lambda c: dictionaries.load(c, self._codec))
        return tuple(trained)

    async def backup(self, path: Path) -> None:
        """Write a consistent copy of the database to a new file while the hub runs.

        Raises:
            StoreError: The file exists, or the copy failed.
        """
        await back_up(self._database, path)

    # Inside.

    async def _write(self, work: Callable[[Connection, Unpack], T]) -> T:
        return await self._database.write(lambda c: work(c, dictionaries.unpacker(c, self._codec)))

    def _noted(self, result: Committed) -> Committed:
        reached = int(result.sequence) + 1
        # Receipts of acknowledgements take numbers too, so a threshold may be passed unmet.
        before = reached - 1 if self._reached is None else self._reached
        self._reached = max(before, reached)
        if any(before < one <= reached for one in TRAIN_AT) and self._training is None:
            self._training = asyncio.create_task(self._train(), name="store-training")
        return result

    async def _all_noted(self, line: Awaitable[list[Result]]) -> list[Result]:
        results = await line
        for result in results:
            if isinstance(result, Committed):
                self._noted(result)
        return results

    async def _train(self) -> None:
        try:
            await self.train_dictionaries()
        except StoreError:
            # Only space is lost; the next threshold is another chance.
            return
        finally:
            self._training = None

    async def _stop_training(self) -> None:
        if self._training is not None:
            await _cancelled(self._training)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        known = parsed.get_backend_name() == "postgresql" or (
            parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
        )
    except ArgumentError:
        known = False
    if not known:
        # The URL may hold a password, so it is not repeated.
        raise StoreError(
            Finding(code=StoreCode.URL, message="expected sqlite:///file or postgresql://…")
        )
    return parsed


def _committed(result: Result) -> Committed:
    if not isinstance(result, Committed):
        raise TypeError(type(result))
    return result


def _ended(result: Result) -> Acknowledged:
    if not isinstance(result, Acknowledged):
        raise TypeError(type(result))
    return result


async def _listen(hints: AsyncIterator[str], bell: Bell) -> None:
    async for name in hints:
        bell.ring((name,))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
