"""Wakes those who wait for work in this process.

A mark is taken before looking; whoever then waits with it misses nothing that came between.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta


class Bell:
    """One bell for each name."""

    def __init__(self) -> None:
        """Start in silence."""
        self._rings: defaultdict[str, int] = defaultdict(int)
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)

    def mark(self, name: str) -> int:
        """Return how often the bell has rung."""
        return self._rings[name]

    def ring(self, names: Iterable[str]) -> None:
        """Wake everybody who waits for one of the names."""
        for name in names:
            self._rings[name] += 1
            for future in self._waiting.pop(name, ()):
                if not future.done():
                    future.set_result(None)

    async def wait(self, name: str, mark: int, timeout: timedelta) -> bool:  # noqa: ASYNC109
        """Wait until the bell has rung since the mark.

        Returns:
            Whether it has; `False` when the time ran out.
        """
        if self._rings[name] != mark:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[name].add(future)
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await future
        except TimeoutError:
            return False
        finally:
            if name in self._waiting:
                self._waiting[name].discard(future)
                if not self._waiting[name]:
                    del self._waiting[name]
        return True
