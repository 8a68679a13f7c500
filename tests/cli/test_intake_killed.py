"""`exchange intake run` killed at several points and resumed, in front of a hub on PostgreSQL.

What is asked is what a run that nobody has killed gives: every row once, none lost, none twice.
On SQLite the same is tested beside the other words of the command.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from exchange.cli.main import main
from tests.stock import PASS_PHRASE, make_stocked, numbered, read_returned, write_csv

_REGISTERED = "SELECT certificate_number FROM register"


def test_a_kill_and_a_resume_on_postgresql_lose_nothing_and_double_nothing(
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)
    stocked = make_stocked(tmp_path, postgres_url)
    rows = [numbered(n) for n in range(1000, 1150)]
    for n in range(5, 150, 50):
        rows[n] |= {"到期": "bald"}
    file, out = write_csv(tmp_path / "stock.csv", rows), tmp_path / "intake"
    with stocked.served():
        words = stocked.words("run", file, out, "--without-check")
        for noted in (0, 60):
            with (tmp_path / "log").open("wb") as log, stocked.start(words, log) as process:
                while not _reached(out, noted):
                    assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
                    time.sleep(0.001)
                process.kill()
            words = stocked.words("run", file, out, "--resume")
        capsys.readouterr()
        code = main(words)
    assert (code, capsys.readouterr().out) == (1, "147 ok, 3 refused\n")
    told = read_returned(out / "returned.csv")
    assert [row["证书编号"] for row in told] == [row["证书编号"] for row in rows]
    assert Counter(row["codes"] for row in told) == {"": 147, "intake.date": 3}
    assert len({row["QR address"] for row in told if row["QR address"]}) == 147
    good = [row["证书编号"] for row in told if row["outcome"] == "ok"]
    assert sorted(asyncio.run(_registered(postgres_url))) == sorted(good)


def _reached(out: Path, noted: int) -> bool:
    """Tell whether documents are announced, or so many rows are noted as done."""
    if not noted:
        return (out / "pending.tar").exists()
    journal = out / "journal.jsonl"
    return journal.exists() and journal.read_bytes().count(b"\n") > noted


async def _registered(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(_REGISTERED)]
    finally:
        await connection.close()
