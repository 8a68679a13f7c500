"""A made register, measured as it stands: verification, search, octets on disk.

    python -m tests.bench.bench_register FOLDER [--url postgresql://…] [--number 4000] [--workers 2]

FOLDER is what `exchange generate` made. A hub is opened on it and nothing is sent to it but
questions, by another process over HTTP on the loopback, so that callers share the processors with
the hub and not its event loop. Numbers are drawn evenly from the whole register: what is asked
is not what was asked before.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import uvloop
from sqlalchemy import Connection, func, select, text

from exchange.core.declarations import Disclosure
from exchange.core.model import BodyId, Status
from exchange.core.searching import Question
from exchange.service.footprint import settle
from exchange.service.hub import Hub
from exchange.service.search import search_register
from exchange.service.verify import Viewer, verify_number
from exchange.settings import Settings
from exchange.store.tables import REGISTER
from exchange.web.serve import serving
from tests.bench import load
from tests.bench.figures import Row, machine, percentile, say, table

CALLERS: Final = (4, 8, 48)
"""Calm, busy, and more than two processors can serve at once."""
_DRAWN: Final = 500
"""Rows that are read in one question while numbers are drawn."""
_SEARCHES: Final[tuple[dict[str, str], ...]] = (
    {"q": "海尔"},
    {"q": "有限公司"},
    {"q": "医疗器械"},
    {"q": "ISO 9001"},
    {"q": "насосы"},
    {"q": "الواحة"},
    {"q": "harbour trading"},
    {"q": "中华 食品", "economy": "CN"},
    {"q": "co ltd", "status": "suspended"},
    {"q": "gmbh", "economy": "DE"},
    {"q": "mat* terra*"},
    {"q": "nothing like that anywhere"},
    {"status": "withdrawn"},
    {"status": "expired", "economy": "KZ"},
    {"scheme": "urn:mrhub:scheme:organic", "economy": "VN"},
    {"issuer": "CN-CB-0103", "status": "cancelled"},
    {"standard": "ISO 9001", "edition": "2015"},
    {"scheme": "urn:mrhub:scheme:ccc", "valid_on": "2026-10-01"},
)

Numbered = tuple[str, BodyId]


async def measure(settings: Settings, *, number: int, sizes: bool) -> list[Row]:
    """Return the rows about a register.

    Args:
        settings: Of its hub.
        number: Verifications that are asked for, in each way.
        sizes: Whether the octets of each table are counted: every page is read for it.
    """
    async with Hub.open(settings) as hub, serving(hub) as addresses:
        settle()
        figures = await hub.store.statistics()
        size = await hub.store._database.read(_size)
        engine = "PostgreSQL" if settings.store_url.startswith("postgresql") else "SQLite"
        about = f"{size:,} certificates, {engine}"
        say(f"drawing numbers from {about}")
        drawn = await _drawn(hub, number)
        port = int(addresses.public.rpartition(":")[2])
        rows = await _verified(hub, drawn, port, about)
        rows += await _searched(hub, drawn, port, about)
        rows.append(
            Row(
                what=f"octets on disk for each of {about}",
                figure=f"{figures.bytes_on_disk / size:.0f}",
                remark=f"{figures.bytes_on_disk / 2**20:,.0f} MiB, {figures.statements:,} "
                "statements",
            )
        )
        if sizes:
            say("counting the octets of each table")
            rows += await hub.store._database.read(lambda c: list(_sizes(c, size)))
    return rows


async def _verified(hub: Hub, drawn: list[Numbered], port: int, about: str) -> list[Row]:
    async def verify(one: Numbered) -> None:
        await verify_number(hub, *one, viewer=Viewer())

    await _timed(verify, drawn[: len(drawn) // 10], CALLERS[-1])
    rows = []
    for callers in CALLERS:
        say(f"verifying in process, {callers} callers")
        seconds, waits = await _timed(verify, drawn, callers)
        rows.append(_row(f"verification by number in process, {about}", callers, seconds, waits))
    paths = [
        f"/v1/certificates/{quote(name, safe='')}/verification?issuer={issuer}"
        for name, issuer in drawn
    ]
    for callers in CALLERS:
        say(f"verifying over HTTP, {callers} callers")
        outcome = await _asked(port, paths, callers)
        row = _row(f"verification by number over HTTP, {about}", callers, outcome.seconds,
                   outcome.waits)  # fmt: skip
        rows.append(replace(row, remark=f"{row.remark}; answers {outcome.statuses}"))
    return rows


async def _searched(hub: Hub, drawn: list[Numbered], port: int, about: str) -> list[Row]:
    asked = [*_SEARCHES, *({"identifier": name} for name, _ in drawn[:4])]
    asked += [{"q": name} for name, _ in drawn[4:8]]
    worst: dict[str, float] = {}
    every: list[float] = []
    say("searching, one after the other")
    for one in asked * 5:
        began = time.perf_counter()
        words = {"text" if name == "q" else name: value for name, value in one.items()}
        await search_register(hub, _question(words))
        took = time.perf_counter() - began
        every.append(took)
        worst[str(one)] = max(worst.get(str(one), 0), took)
    slowest = sorted(worst, key=lambda name: -worst[name])[:3]
    named = ", ".join(f"{name} {worst[name] * 1e3:.0f} ms" for name in slowest)
    rows = [
        Row(
            what=f"search in process, {about}",
            figure=f"{percentile(every, 0.5) * 1e3:.1f} ms, "
            f"p95 {percentile(every, 0.95) * 1e3:.1f} ms",
            remark=f"aim p95 100 ms; slowest: {named}",
        )
    ]
    say("searching over HTTP")
    mixed = [f"/v1/certificates?{urlencode(one)}" for one in asked * 10]
    random.Random(2).shuffle(mixed)  # noqa: S311  figures, not keys
    for callers in (1, 8):
        outcome = await _asked(port, mixed, callers)
        row = _row(f"search over HTTP, {about}", callers, outcome.seconds, outcome.waits)
        rows.append(replace(row, remark=f"{row.remark}; answers {outcome.statuses}"))
    return rows


def _question(words: dict[str, str]) -> Question:
    given: dict[str, Any] = dict(words)
    if "status" in given:
        given["status"] = Status(given["status"])
    if "valid_on" in given:
        given["valid_on"] = date.fromisoformat(given["valid_on"])
    return Question(**given)


def _row(what: str, callers: int, seconds: float, waits: Sequence[float]) -> Row:
    return Row(
        what=f"{what}, {callers} caller{'s' * (callers > 1)}",
        figure=f"{len(waits) / seconds:,.0f}/s, p50 {percentile(waits, 0.5) * 1e3:.1f} ms, "
        f"p95 {percentile(waits, 0.95) * 1e3:.1f} ms, p99 {percentile(waits, 0.99) * 1e3:.1f} ms",
        remark=f"{len(waits)} asked, {os.cpu_count()} processors",
    )


async def _timed(
    work: Callable[[Numbered], Awaitable[None]], asked: Sequence[Numbered], callers: int
) -> tuple[float, list[float]]:
    todo: Iterator[Numbered] = iter(asked)
    waits: list[float] = []

    async def ask() -> None:
        for one in todo:
            begun = time.perf_counter()
            await work(one)
            waits.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(callers)))
    return time.perf_counter() - begun, waits


async def _asked(port: int, paths: Sequence[str], callers: int) -> load.Outcome:
    """Ask from a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, _load, port, list(paths), callers)


def _load(port: int, paths: list[str], callers: int) -> load.Outcome:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()
        for path in paths
    ]
    return uvloop.run(load.run(port, context, iter(requests), clients=callers))


def _size(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(REGISTER)).scalar_one()


async def _drawn(hub: Hub, number: int) -> list[Numbered]:
    """Return numbers from all over the register, of what is disclosed by number."""
    declared = await hub.store.declarations()

    def read(connection: Connection) -> list[Numbered]:
        low, high = connection.execute(
            select(func.min(REGISTER.c.first), func.max(REGISTER.c.first))
        ).one()
        dice = random.Random(1)  # noqa: S311  figures, not keys
        found: list[Numbered] = []
        while len(found) < number:
            keys = {dice.randint(low, high) for _ in range(_DRAWN)}
            rows = connection.execute(
                select(REGISTER.c.certificate_number, REGISTER.c.issuer, REGISTER.c.scheme).where(
                    REGISTER.c.first.in_(keys)
                )
            )
            for row in rows:
                issuer = BodyId(row.issuer)
                if declared.disclosure(issuer, row.scheme) is not Disclosure.TOKEN:
                    found.append((row.certificate_number, issuer))
        dice.shuffle(found)
        return found[:number]

    return await hub.store._database.read(read)


_SQLITE: Final = text(
    "SELECT name, sum(pgsize) AS octets FROM dbstat WHERE aggregate = TRUE GROUP BY name "
    "ORDER BY octets DESC"
)
_POSTGRESQL: Final = text(
    "SELECT c.relname AS name, pg_relation_size(c.oid) + COALESCE(pg_relation_size("
    "NULLIF(c.reltoastrelid, 0)), 0) AS octets FROM pg_class c JOIN pg_namespace n ON "
    "n.oid = c.relnamespace WHERE c.relkind IN ('r', 'i') AND n.nspname = 'public' "
    "ORDER BY octets DESC"
)


def _sizes(connection: Connection, size: int) -> Iterator[Row]:
    """Yield the octets of each table and index, for one certificate."""
    asked = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[connection.dialect.name]
    for name, octets in connection.execute(asked):
        if octets >= size:
            yield Row(
                what=f"of them {name}", figure=f"{octets / size:.0f}", remark="octets a certificate"
            )


def main() -> None:
    """Measure, and print the table."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("folder", type=Path)
    given.add_argument("--url", default="", help="the database, if not the one of the settings")
    given.add_argument("--number", type=int, default=4_000, help="verifications of each kind")
    given.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given.add_argument("--no-sizes", action="store_true", help="leave out the single tables")
    asked = given.parse_args()
    settings = replace(
        Settings.load(asked.folder / "hub.toml", {}),
        partner_port=0,
        public_port=0,
        workers=asked.workers,
    )
    if asked.url:
        settings = replace(settings, store_url=asked.url)
    rows = uvloop.run(measure(settings, number=asked.number, sizes=not asked.no_sizes))
    sys.stdout.write(f"{machine()}\n\n{table('A made register', rows)}")


if __name__ == "__main__":
    main()
