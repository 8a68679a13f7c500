"""`make bench`: one Markdown table with everything that the README says about speed."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from tests.bench import (
    bench_examine,
    bench_intake,
    bench_notices,
    bench_search,
    bench_store,
    bench_submit,
    bench_suspension,
    bench_trust,
    bench_verify,
)
from tests.bench.corpus import ISSUERS, Corpus, make_corpus
from tests.bench.figures import Row, machine, say, table
from tests.postgres import Server, running_server

DOCUMENTS = 1000
WORKERS = os.cpu_count() or 1
SHORT, LONG = 5_000, 100_000


def main() -> int:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--full", action="store_true", help=f"submit {LONG} documents")
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything")
    given = parser.parse_args()
    number = LONG if given.full else SHORT
    documents, rounds = DOCUMENTS, 12
    if given.quick:
        number, documents, rounds = 640, 100, 2
    # What hubs in this process log is no part of the tables.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.stdout.write(f"Measured on {time.strftime('%Y-%m-%d')}: {machine()}\n\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _postgres() as server:
        folder = Path(name)
        say(f"making {documents} documents of {ISSUERS} issuers")
        corpus = asyncio.run(make_corpus(folder, documents=documents, issuers=ISSUERS))
        examined = bench_examine.measure(corpus, rounds=rounds)
        _print("Examination and signing (processor time, best of the rounds)", examined.rows)
        keys = bench_trust.KEYS if not given.quick else 500
        _print("Trust lists", bench_trust.measure(corpus, rounds=rounds, keys=keys))
        url = f"sqlite:///{folder / 'parts.sqlite3'}"
        commit = asyncio.run(bench_store.measure("", url, min(number, SHORT), train=False))
        parts = bench_submit.Parts(
            examine=examined.whole, sign=examined.sign, commit=1e6 / commit.per_second
        )
        engines = {"SQLite": f"sqlite:///{folder / 'submit.sqlite3'}"}
        if server is not None:
            engines["PostgreSQL"] = server.create()
        rows: list[Row] = []
        for engine, store_url in engines.items():
            rows += bench_submit.measure(
                corpus, engine, store_url, number=number, workers=WORKERS, parts=parts
            )
        rows += bench_submit.measure_hostile(corpus)
        _print("Submission over mutual TLS, committed and receipted", rows)
        intake: list[Row] = []
        for engine in engines:
            url = f"sqlite:///{folder / 'intake.sqlite3'}"
            if engine != "SQLite" and server is not None:
                url = server.create()
            intake += bench_intake.measure(
                corpus, engine, url, number=max(number, 2_000), floor=examined.floor
            )
        _print("Bulk intake, in the hub's own process", intake)
        _print("Verification by number", _verified(folder, server, corpus, examined.floor, number))
        if server is not None:
            suspensions = bench_suspension.NUMBER if not given.quick else 5
            _print(
                "Suspensions, several processes on PostgreSQL",
                bench_suspension.measure(server.create(), number=suspensions),
            )
        told: list[Row] = []
        documents = bench_notices.DOCUMENTS if not given.quick else 20
        told += bench_notices.measure(
            "SQLite", f"sqlite:///{folder / 'notices.sqlite3'}", documents=documents
        )
        if server is not None:
            told += bench_notices.measure("PostgreSQL", server.create(), documents=documents)
        _print("Notices", told)
        _print("Search of the register", _search(folder, server, given))
        lines = asyncio.run(
            bench_store.report(
                min(number, SHORT), postgres=None if server is None else server.create()
            )
        )
        sys.stdout.write("**The store alone**\n\n```\n" + "\n".join(lines) + "\n```\n\n")
    _print("The command line", [_help()])
    return 0


def _verified(
    folder: Path, server: Server | None, corpus: Corpus, floor: float, number: int
) -> list[Row]:
    """Measure verification on each engine; the search has the registers of full size."""
    places = {"SQLite": f"sqlite:///{folder / 'verify.sqlite3'}"}
    if server is not None:
        places["PostgreSQL"] = server.create()
    rows: list[Row] = []
    for engine, url in places.items():
        rows += bench_verify.measure(
            corpus, engine, url, size=min(number, SHORT), number=min(number, SHORT), floor=floor
        )
    return rows


def _search(folder: Path, server: Server | None, given: argparse.Namespace) -> list[Row]:
    """Measure the search over registers of two sizes."""
    small, large = bench_search.SMALL, bench_search.LARGE if given.full else 170_000
    if given.quick:
        small, large = 1_000, 5_000
    files = tuple(f"sqlite:///{folder / name}" for name in ("few.sqlite3", "many.sqlite3"))
    places = {"SQLite": (files[0], files[1])}
    if server is not None:
        places["PostgreSQL"] = (server.create(), server.create())
    return bench_search.report(places, small, large)


@contextmanager
def _postgres() -> Iterator[Server | None]:
    """Run a PostgreSQL where there is one."""
    try:
        with running_server() as server:
            yield server
    except pytest.skip.Exception as missing:
        say(str(missing))
        yield None


def _help() -> Row:
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "exchange", "--help"], check=True, stdout=subprocess.DEVNULL
        )
        taken.append(time.perf_counter() - started)
    return Row(
        what="`exchange --help`",
        figure=f"{sorted(taken)[len(taken) // 2] * 1000:.0f} ms",
        remark=f"from {min(taken) * 1000:.0f} to {max(taken) * 1000:.0f} ms; at most 200 ms",
    )


def _print(title: str, rows: list[Row]) -> None:
    sys.stdout.write(table(title, rows) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
