"""One transaction for many items: entries, acknowledgements, failures.

Steps:
 1. compress, outside the lock;
 2. lock the ledger: from here on nobody else writes, and what is read stays true;
 3. read what all items need, with a handful of queries;
 4. decide each item by itself; what it changes is seen by the next one;
 5. write everything, the ledger last.

An item that is refused leaves no trace and its neighbours are not touched. An item that the
database refuses in step 5 fails the transaction; the committer then finds it by halving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from exchange.core.deliveries import Acknowledged
from exchange.core.entry import Committed, Entry
from exchange.core.hold import Lapse
from exchange.core.trust_records import Notice
from exchange.errors import ExchangeError
from exchange.store import actions, ledger
from exchange.store.batch import Batch, Item, pack
from exchange.store.closings import Closer
from exchange.store.compression import Codec
from exchange.store.dictionaries import unpacker
from exchange.store.entries import Entries
from exchange.store.lapses import lapse

Result = Committed | Acknowledged | ExchangeError
"""What became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a transaction did."""

    results: tuple[Result, ...]
    """One for each item, in order."""
    woken: frozenset[str]
    """For whom there is work now: addressees, or the pusher."""


def apply(connection: Connection, codec: Codec, items: Sequence[Item]) -> Applied:
    """Commit all items that can be committed."""
    packed = [pack(codec, item) for item in items]
    frontier = ledger.lock(connection)
    batch = Batch(frontier=frontier, unpack=unpacker(connection, codec))
    entries = [item for item in items if isinstance(item, Entry)]
    closer = Closer.gather(
        connection,
        [item for item in items if not isinstance(item, Entry | Lapse | Notice)],
        unpacker(connection, codec),
    )
    writer = Entries.gather(connection, codec, entries, batch)
    results: list[Result] = []
    for item, bodies in zip(items, packed, strict=True):
        if isinstance(bodies, ExchangeError):
            results.append(bodies)
            continue
        try:
            if isinstance(item, Entry):
                results.append(writer.commit(item, bodies))
            elif isinstance(item, Lapse):
                results.append(lapse(connection, item, bodies.receipt, batch))
                writer.forget(item.hold)
            elif isinstance(item, Notice):
                results.append(actions.tell(connection, item, bodies.receipt, batch))
            else:
                results.append(closer.close(item, bodies.receipt, batch))
        except ExchangeError as exc:
            results.append(exc)
    batch.write(connection, writer.view)
    return Applied(results=tuple(results), woken=frozenset(batch.woken))
