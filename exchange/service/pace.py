"""Small work in the loop, large work beside it, so that the loop never stands still.

A small document costs less than the two hops to a thread and back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from exchange.core.limits import KIB

SMALL: Final = 64 * KIB
"""Documents up to this size are worked on in the loop."""

P = ParamSpec("P")
T = TypeVar("T")


async def paced(size: int, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Return what a pure function gives, called in the loop or in a thread.

    Args:
        size: Octets of the document that it works on.
        work: The function; it must not need the loop.
        args: Its arguments.
        options: Its named arguments.
    """
    if size <= SMALL:
        return work(*args, **options)
    return await asyncio.to_thread(work, *args, **options)
