"""How fast the store is, as shares of what the disk allows.

Floor: the same octets in one table of the same engine's file, one transaction for each group,
through nothing but the driver. Run: `python -m tests.bench.bench_store [postgresql://…]`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from exchange.core.entry import Entry
from exchange.store.store import Store
from tests.store.samples import PULLER, PUSHED, Samples, later

CALLERS = 64
GROUP = CALLERS
DOCUMENT_BYTES = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run showed."""

    label: str
    per_second: float
    p50_ms: float
    p99_ms: float
    bytes_on_disk_each: float
    train: bool

    def line(self, floor: float) -> str:
        """Return the line of the table."""
        return (
            f"{self.label:<34} {self.per_second:>8.0f}/s  p50 {self.p50_ms:>6.1f} ms  "
            f"p99 {self.p99_ms:>6.1f} ms  {self.bytes_on_disk_each:>6.0f} B each  "
            f"{self.per_second / floor:>6.1%} of the floor"
        )


def entries(number: int, seed: int = 1) -> list[Entry]:
    """Return distinct entries with two addressees each, made before the clock starts."""
    samples = Samples(seed=seed, size=DOCUMENT_BYTES)
    return [samples.attestation(pull=(PULLER,), push=(PUSHED,)) for _ in range(number)]


def floor(bodies: list[bytes]) -> float:
    """Return how many bodies a second bare SQLite makes durable in groups of `GROUP`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "floor", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)")
        began = time.perf_counter()
        for start in range(0, len(bodies), GROUP):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO bodies (body) VALUES (?)",
                [(body,) for body in bodies[start : start + GROUP]],
            )
            connection.execute("COMMIT")
        return len(bodies) / (time.perf_counter() - began)


async def commit_all(store: Store, work: Iterator[Entry], waits: list[float]) -> None:
    """Be one caller: commit, wait for the answer, take the next."""
    for entry in work:
        began = time.perf_counter()
        await store.commit(entry)
        waits.append(time.perf_counter() - began)


async def measure(label: str, url: str, number: int, *, train: bool) -> Measured:
    """Commit with many callers and return what it took."""
    made = entries(number)
    async with Store.open(url) as store:
        if train:
            for entry in entries(400, seed=2):
                await store.commit(entry)
            await store.train_dictionaries()
        before = (await store.statistics()).bytes_on_disk
        waits: list[float] = []
        work = iter(made)
        began = time.perf_counter()
        await asyncio.gather(*(commit_all(store, work, waits) for _ in range(CALLERS)))
        took = time.perf_counter() - began
        after = (await store.statistics()).bytes_on_disk
    waits.sort()
    return Measured(
        label=label,
        per_second=number / took,
        p50_ms=waits[number // 2] * 1000,
        p99_ms=waits[number * 99 // 100] * 1000,
        bytes_on_disk_each=(after - before) / number,
        train=train,
    )


async def measure_deliveries(label: str, url: str) -> str:
    """Lease and acknowledge what a run has left and return the line of the table."""
    samples = Samples(seed=9)
    async with Store.open(url) as store:
        began, done, at = time.perf_counter(), 0, later(minutes=1)
        while done < 2_000 and (
            leased := await store.lease(PULLER, limit=50, at=at, until=later(minutes=9))
        ):
            await asyncio.gather(
                *(store.acknowledge(samples.acknowledgement(one)) for one in leased)
            )
            done += len(leased)
        took = time.perf_counter() - began
    return f"{label:<34} {done / took:>8.0f}/s  leased by 50 and acknowledged"


async def report(number: int = 5_000, postgres: str | None = None) -> list[str]:
    """Return the lines of the table."""
    bare = floor([entry.data for entry in entries(number)])
    lines = [f"{'floor: bare SQLite, groups of 64':<34} {bare:>8.0f}/s"]
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/hub.sqlite3"}
        if postgres is not None:
            urls["PostgreSQL"] = postgres
        for name, url in urls.items():
            measured = await measure(f"{name}, {CALLERS} callers", url, number, train=True)
            lines.append(measured.line(bare))
            lines.append(await measure_deliveries(f"{name}, pull", url))
    return lines


def main() -> None:
    """Print the table."""
    postgres = sys.argv[1] if len(sys.argv) > 1 else None
    print("\n".join(asyncio.run(report(postgres=postgres))))  # noqa: T201  its purpose


if __name__ == "__main__":
    main()
