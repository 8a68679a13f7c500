"""The group committer: many callers, one transaction, one fsync.

- While one group is being written the next one gathers; nobody waits for a timer.
- Each caller gets its own answer. An item that the database refuses is found by halving its
  group, so it never fails its neighbours.
- A caller that goes away takes nothing with it: the group goes on, and the caller finds the
  commit there when it asks again with the same message id.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from exchange.codes.store import StoreCode
from exchange.core.limits import MIB
from exchange.errors import ExchangeError, Finding, StoreError
from exchange.store.batch import Item
from exchange.store.compression import Codec
from exchange.store.engine import Database
from exchange.store.transaction import Applied, Result, apply

MAX_ITEMS: Final = 256
"""Items in one transaction, at most."""
MAX_OCTETS: Final = 16 * MIB
"""Octets of documents in one transaction, roughly at most."""


@dataclass(slots=True)
class _Waiting:
    item: Item
    future: asyncio.Future[Result]


def _octets(item: Item) -> int:
    return len(item.receipt.data) + len(getattr(item, "data", b""))


class Committer:
    """Takes items one by one and writes them in groups."""

    def __init__(
        self, database: Database, codec: Codec, wake: Callable[[Iterable[str]], None]
    ) -> None:
        """Prepare; `open` starts it."""
        self._database = database
        self._codec = codec
        self._wake = wake
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls, database: Database, codec: Codec, wake: Callable[[Iterable[str]], None]
    ) -> AsyncIterator[Committer]:
        """Run until the block ends; what was taken by then is still written."""
        committer = cls(database, codec, wake)
        task = asyncio.create_task(committer._run(), name="committer")
        try:
            yield committer
        finally:
            committer._closed = True
            committer._arrived.set()
            await task

    async def commit(self, item: Item) -> Result:
        """Commit one item with others.

        Raises:
            ExchangeError: Nothing of it was committed.
        """
        if self._closed:
            raise _closed()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(item, future))
        self._arrived.set()
        result = await future
        if isinstance(result, ExchangeError):
            raise result
        return result

    def commit_all(self, items: Sequence[Item]) -> Awaitable[list[Result]]:
        """Put items into the line, one behind the other, and return their answers to come.

        They are in the line when this returns; each answer is a result or its own error.
        """
        if self._closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        line = [_Waiting(item, loop.create_future()) for item in items]
        self._queue.extend(line)
        self._arrived.set()
        return _answers(line)

    async def _run(self) -> None:
        try:
            await self._serve()
        finally:
            # Only when we are cancelled is anybody still waiting.
            for waiting in self._queue:
                if not waiting.future.done():
                    waiting.future.set_result(_closed())

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            # Give callers that are ready to run the chance to be in this group.
            await asyncio.sleep(0)
            while self._queue:
                await self._write(self._take())
            if self._closed:
                return

    def _take(self) -> list[_Waiting]:
        """Return the next group; one item always fits."""
        group: list[_Waiting] = []
        octets = 0
        while self._queue and len(group) < MAX_ITEMS:
            octets += _octets(self._queue[0].item)
            if group and octets > MAX_OCTETS:
                break
            group.append(self._queue.popleft())
        return group

    async def _write(self, group: Sequence[_Waiting]) -> None:
        results: Sequence[Result]
        try:
            applied = await self._apply(group)
        except StoreError as exc:
            if exc.code is StoreCode.UNWRITABLE and len(group) > 1:
                middle = len(group) // 2
                await self._write(group[:middle])
                await self._write(group[middle:])
                return
            results = [exc] * len(group)
        except Exception as exc:  # noqa: BLE001  a waiting caller always gets an answer
            results = [_broken(exc)] * len(group)
        else:
            results = applied.results
            self._wake(applied.woken)
        for waiting, result in zip(group, results, strict=True):
            if not waiting.future.done():
                waiting.future.set_result(result)

    async def _apply(self, group: Sequence[_Waiting]) -> Applied:
        items = [waiting.item for waiting in group]
        return await self._database.write(lambda connection: apply(connection, self._codec, items))


async def _answers(line: Sequence[_Waiting]) -> list[Result]:
    return [await waiting.future for waiting in line]


def _closed() -> StoreError:
    return StoreError(Finding(code=StoreCode.CLOSED, message="the store is closed"))


def _broken(exc: Exception) -> StoreError:
    """Return our error for a fault of ours, the original behind it for the log."""
    error = StoreError(Finding(code=StoreCode.UNAVAILABLE, message=type(exc).__name__))
    error.__cause__ = exc
    return error
