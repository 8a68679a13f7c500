"""A worker process: examines documents, has no database, no keys and no sockets of its own.

    python -m exchange.service.worker        # speaks frames on descriptor 0, a socket

- The first frame brings the materials; the answer is the id of the snapshot built from them.
- Every later frame brings jobs, a request to explain, or what is laid over the snapshot from
  now on (interruptions, revocation facts); the answers come in the same order.
- It ends when its socket is closed, so that it never outlives the hub, and ignores the
  signals that a terminal sends to the whole group: the hub drains, and then lets it go.
"""

from __future__ import annotations

import pickle
import signal
import socket
import sys
from typing import Any

from exchange.core.explain import explain
from exchange.core.snapshot import Snapshot
from exchange.errors import ExchangeError, Finding
from exchange.service.examination import Job, Materials, build_snapshot, run
from exchange.service.footprint import settle
from exchange.service.frames import LENGTH, Broken, Explain, Overlay, encode
from exchange.service.verify_jobs import Inquired, Upload, judge_uploads, run_inquiries


def answer(
    request: tuple[Job | Inquired | Upload, ...] | Explain,
    snapshot: Snapshot,
    certificates: tuple[bytes, ...],
) -> Any:
    """Return what a request asks for; what travels together is of one kind."""
    if isinstance(request, Explain):
        return _explain(request, snapshot)
    inquiries = [one for one in request if isinstance(one, Inquired)]
    uploads = [one for one in request if isinstance(one, Upload)]
    if inquiries:
        return run_inquiries(inquiries, snapshot)
    if uploads:
        return judge_uploads(uploads, snapshot)
    return run([one for one in request if isinstance(one, Job)], snapshot, certificates)


def _explain(request: Explain, snapshot: Snapshot) -> tuple[Finding, ...]:
    return explain(
        request.data,
        snapshot.catalogue,
        max_bytes=request.max_bytes,
        max_findings=request.max_findings,
    )


def _receive(connection: socket.socket, count: int) -> bytes | None:
    """Return that many octets, or `None` when the hub is gone."""
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        got = connection.recv_into(view)
        if got == 0:
            return None
        view = view[got:]
    return bytes(buffer)


def _next(connection: socket.socket) -> Any:
    head = _receive(connection, LENGTH.size)
    body = None if head is None else _receive(connection, LENGTH.unpack(head)[0])
    return None if body is None else pickle.loads(body)  # noqa: S301 - from our own parent


def main() -> None:
    """Serve one hub until it closes the socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection = socket.socket(fileno=0)
    materials = _next(connection)
    if not isinstance(materials, Materials):
        sys.exit(2)
    try:
        built = build_snapshot(materials)
    except ExchangeError as error:
        connection.sendall(encode(Broken(message=str(error))))
        sys.exit(1)
    settle()
    connection.sendall(encode(built.id))
    snapshot = built
    while (request := _next(connection)) is not None:
        if isinstance(request, Overlay):
            snapshot = built.with_interruptions(request.interruptions)
            snapshot = snapshot.with_revocation(request.revocation)
            connection.sendall(encode(snapshot.id))
            continue
        connection.sendall(encode(answer(request, snapshot, materials.receipt_certificates)))


if __name__ == "__main__":
    main()
