"""Requests that wait for a worker, and which of them may travel to it together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from exchange.core.snapshot import Snapshot
from exchange.service.examination import Job
from exchange.service.frames import Explain
from exchange.service.verify_jobs import Inquired, Upload


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
