"""A load generator: many clients on kept-alive TLS connections, as thin as it can be.

It shares the machine with the hub that it measures, so it does nothing but write octets that
were made before, and read the head and length of the answer.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class Outcome:
    """What the clients saw."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds from the first octet sent to the last one received, for each request."""
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.waits) / self.seconds


async def run(
    port: int, context: ssl.SSLContext, requests: Iterator[bytes], *, clients: int
) -> Outcome:
    """Send every request, by so many clients at a time.

    Args:
        port: Of this machine.
        context: Presents a transport key.
        requests: Whole HTTP requests, head and body.
        clients: Connections, each with one request under way.
    """
    outcome = Outcome()
    pairs = [
        await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        for _ in range(clients)
    ]
    started = time.perf_counter()
    await asyncio.gather(*(_client(one, requests, outcome) for one in pairs))
    outcome.seconds = time.perf_counter() - started
    for _, writer in pairs:
        writer.transport.abort()
    return outcome


async def _client(
    pair: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    requests: Iterator[bytes],
    outcome: Outcome,
) -> None:
    reader, writer = pair
    for request in requests:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(_HEAD_END)
        await reader.readexactly(_length(head))
        outcome.waits.append(time.perf_counter() - started)
        status = int(head[9:12])
        outcome.statuses[status] = outcome.statuses.get(status, 0) + 1


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at < 0:
        return 0
    return int(lowered[at + len(_LENGTH) : lowered.index(b"\r\n", at)])
