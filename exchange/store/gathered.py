"""Questions that wait at the same moment are read in one transaction.

One hop to a reader, one beginning and one end of a transaction serve all of them, which for a
small question takes longer than the question itself. While some are read, the next ones gather;
nobody waits for a batch to become full.

One question that cannot be asked never spoils the others: they are asked again, each alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from exchange.errors import StoreError

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MOST: Final = 8
"""Questions that are read together at most."""


class Gathered(Generic[Question, Answer]):
    """A line of questions, and those who read the answers."""

    def __init__(
        self,
        read: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]],
        *,
        at_once: int,
    ) -> None:
        """Take what reads several answers, and how many may be reading at once."""
        self._read = read
        self._at_once = at_once
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._readers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question) -> Answer:
        """Return the answer to a question.

        Raises:
            StoreError: The database did not answer.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        # Another reader only for what those who begin in this moment cannot take.
        if self._readers < min(self._at_once, -(-len(self._waiting) // MOST)):
            self._readers += 1
            task = asyncio.create_task(self._serve(), name="store-gathered")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _serve(self) -> None:
        try:
            while self._waiting:
                count = min(MOST, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                await self._answer([one for one in batch if not one[1].done()])
        finally:
            # In the step that found nothing waiting: whoever asks next finds one reader less.
            self._readers -= 1

    async def _answer(self, batch: Sequence[tuple[Question, asyncio.Future[Answer]]]) -> None:
        if not batch:
            return
        try:
            answers = await self._read([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            if len(batch) > 1 and isinstance(error, StoreError):
                for one in batch:
                    await self._answer([one])
                return
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), given in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(given)
