"""Requests that wait for a worker, and which of them may travel to it together."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from exchange.core.snapshot import Snapshot
from exchange.service.examination import Job
from exchange.service.frames import Explain
from exchange.service.verify_jobs import Inquired, Upload

BATCH: Final = 24
"""Documents that travel together at most, as long as no stream waits."""
TOGETHER: Final = 96
"""Documents of a long line that travel together: they take a seventh less time than 24 do."""


@dataclass(slots=True, kw_only=True, eq=False)
class Waiting:
    """A request and whoever waits for its answer."""

    request: Job | Explain | Inquired | Upload
    snapshot: Snapshot
    """What the request is to be judged by."""
    answer: asyncio.Future[Any]
    alone: bool = False
    losses: int = 0
    """How often a worker was lost with it."""


def size_of(request: Job | Explain | Inquired | Upload) -> int:
    """Return how many octets are examined for a request."""
    return request.size if isinstance(request, Inquired) else len(request.data)


def may_travel_together(one: Waiting, other: Waiting) -> bool:
    """Tell whether two requests may travel together: of one kind, judged by one snapshot."""
    return type(one.request) is type(other.request) and one.snapshot.id == other.snapshot.id


def take_next(queue: deque[Waiting], workers: int) -> list[Waiting]:
    """Return the requests at the head of a line that travel together, and take them out of it.

    Where a stream of documents has made the line long, so many travel together that every worker
    still has two turns of what waits. Of inquiries, each with somebody before a screen, a worker
    takes its share only, so that none is idle while others are behind each other.
    """
    batch: list[Waiting] = []
    most = BATCH
    if queue and isinstance(queue[0].request, Job):
        most = min(TOGETHER, max(BATCH, len(queue) // (2 * workers)))
    elif queue and isinstance(queue[0].request, Inquired):
        most = min(BATCH, -(-len(queue) // workers))
    while queue and len(batch) < most:
        first = queue[0]
        if batch and (first.alone or not may_travel_together(first, batch[0])):
            break
        waiting = queue.popleft()
        if waiting.answer.done():  # its caller is gone
            continue
        batch.append(waiting)
        if waiting.alone:
            break
    return batch
