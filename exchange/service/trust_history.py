"""The history of trust as it is handed out: sealed statements and receipts, and nothing else.

Whoever has these octets and the root's fingerprint recomputes every seal, every person's
signature and every quorum without this hub (`exchange.core.actions.history`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from exchange.codes.service import RefusedCode
from exchange.core.trust_records import StoredAction
from exchange.errors import Finding, RefusedError
from exchange.service.hub import Hub
from exchange.service.publication import require_keeper

PAGE: Final = 200
"""Actions that are read at a time."""


async def history(hub: Hub, *, after: int = 0) -> AsyncIterator[StoredAction]:
    """Yield every action in the order of the ledger.

    Args:
        hub: Administers trust.
        after: The number of the last one that is known; 0 begins with the founding.

    Raises:
        RefusedError: This hub administers no trust.
        StoreError: The octets of one are not there any more.
    """
    require_keeper(hub)
    while page := await hub.store.actions(after=after, limit=PAGE):
        for one in page:
            yield one
        after = page[-1].number


def export_line(one: StoredAction) -> bytes:
    """Return one line of an export: JSON with the octets in Base64."""
    return (
        json.dumps(
            {
                "number": one.number,
                "received_at": one.received_at.isoformat(),
                "statement": base64.b64encode(one.data).decode("ascii"),
                "receipt": base64.b64encode(one.receipt).decode("ascii"),
            }
        ).encode()
        + b"\n"
    )


def read_export(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the sealed statements of an export, in its order; what they say is judged elsewhere.

    Raises:
        RefusedError: A line is not one of an export.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield base64.b64decode(json.loads(line)["statement"], validate=True)
        except (ValueError, KeyError, TypeError) as exc:
            raise RefusedError(
                Finding(
                    code=RefusedCode.BODY,
                    path=f"line {number}",
                    message="expected a line of an export of history, found something else",
                )
            ) from exc
