"""A process that commits and says so, until somebody kills it.

Run as `python -m tests.store.killed URL SEED`: for each commit that was answered it prints the
message id and the digest of the receipt, in one write.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator

from exchange.core.entry import Entry
from exchange.store.store import Store
from tests.store.samples import Samples

CALLERS = 16
ENTRIES = 2_000


def entries(seed: int) -> list[Entry]:
    """Return the entries of a seed, always the same ones."""
    samples = Samples(seed=seed, size=1_500)
    return [samples.attestation() for _ in range(ENTRIES)]


async def caller(store: Store, work: Iterator[Entry]) -> None:
    """Commit one after the other and say what was answered."""
    for entry in work:
        committed = await store.commit(entry)
        line = f"{entry.message.message_id} {committed.receipt_digest.hex()}\n"
        os.write(1, line.encode())


async def main() -> None:
    """Commit until killed."""
    work = iter(entries(int(sys.argv[2])))
    async with Store.open(sys.argv[1]) as store:
        await asyncio.gather(*(caller(store, work) for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main())
