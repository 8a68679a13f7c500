"""A made register whose maker is killed goes on with the same command, on both engines."""

# ruff: noqa: ASYNC220, ASYNC221, ASYNC251 - nothing else runs on this loop
from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest

from exchange.core.model import BodyId
from exchange.core.searching import Question, Sight
from exchange.service.generate_world import AS_OF
from exchange.store.store import Store

SIZE = 600


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_run_that_was_killed_goes_on(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/hub.sqlite3"
    command = [
        sys.executable, "-m", "exchange", "generate", "--size", str(SIZE), "--enterprises", "200",
        "--seed", "7", "--data-dir", str(tmp_path), "--workers", "0",
    ]  # fmt: skip
    if engine == "postgresql":
        url = request.getfixturevalue("postgres_url")
        command += ["--store-url", url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as running:
        stopped = 0
        deadline = time.monotonic() + 120
        while stopped < 50 and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            stopped = await _size(url, tmp_path)
        running.send_signal(signal.SIGKILL)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)

    assert stopped >= 50
    assert running.returncode == -signal.SIGKILL
    assert done.returncode == 0, done.stderr
    assert f"{SIZE} certificates" in done.stdout
    async with Store.open(url) as store:
        declared = await store.declarations()
        page = await store.search(
            Question(issuer=BodyId("CN-CB-0107")),
            sight=Sight(everything=True),
            after=None,
            limit=20,
            at=AS_OF,
        )
    assert len({issuer for issuer, _ in declared.by_scheme}) > 5
    assert len(page.hits) == 20


async def _size(url: str, folder: Path) -> int:
    """Return how many statements are committed, read beside the one who writes."""
    asked = "SELECT count(*) FROM statements"
    if url.startswith("sqlite"):
        with suppress(sqlite3.OperationalError):
            file = f"file:{folder}/hub.sqlite3?mode=ro"
            with closing(sqlite3.connect(file, uri=True)) as beside:
                return int(beside.execute(asked).fetchone()[0])
        return 0
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(asked))
    except asyncpg.UndefinedTableError:
        return 0
    finally:
        await connection.close()
