"""`exchange intake` as a body types it: a hub over TLS, kills at any point, and wrong words."""

from __future__ import annotations

import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange.cli.main import main
from tests.stock import (
    CELLS,
    PASS_PHRASE,
    Stocked,
    make_stocked,
    mapping_text,
    numbered,
    read_returned,
    write_csv,
    write_workbook,
)
from tests.world import make_world

ADDED = ("outcome", "codes", "findings", "next steps", "where")


@pytest.fixture(autouse=True)
def pass_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every command the pass phrase, as the environment does."""
    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Stocked:
    """Return a body and a hub that is not served yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)
        return make_stocked(tmp_path_factory.mktemp("stocked"))


@pytest.fixture(scope="module")
def served(stocked: Stocked) -> Iterator[Stocked]:
    """Serve the hub to those tests that ask for it."""
    with stocked.served():
        yield stocked


Capture = pytest.CaptureFixture[str]


def _typed(words: list[str], capsys: Capture) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, " ".join(said.err.split())


def test_a_sheet_is_checked_sent_when_the_hub_is_there_again_and_returned_with_reasons(
    served: Stocked, tmp_path: Path, capsys: Capture
) -> None:
    rows = [numbered(n) for n in range(5)]
    rows[1] |= {"到期": "bald"}
    rows[2] |= {"代码": "91370683MA3CA2B324"}
    rows[4] |= {"行业": "99"}
    file, out = write_csv(tmp_path / "stock.csv", rows, "gb18030"), tmp_path / "intake"
    returned = tmp_path / "checked.csv"
    words = served.words("check", file, out, "--returned", str(returned))
    assert _typed(words, capsys)[:2] == (1, "2 ok, 3 refused\n")
    _require_reasons(read_returned(returned))
    away = [*served.words("run", file, out), "--partner", str(served.astray)]
    code, _, err = _typed(away, capsys)
    assert (code, "peer.unreachable" in err, "--resume" in err) == (3, True, True)
    assert {row["outcome"] for row in read_returned(out / "returned.csv")} == {"not reached"}
    words = served.words("run", file, out, "--resume")
    assert _typed(words, capsys)[:2] == (1, "2 ok, 3 refused\n")
    first = (out / "returned.csv").read_bytes()
    assert _typed(words, capsys)[0] == 1
    assert (out / "returned.csv").read_bytes() == first
    told = read_returned(out / "returned.csv")
    _require_reasons(told)
    assert [bool(row["QR address"]) for row in told] == [True, False, False, True, False]
    assert [row["receipt digest (SHA-256)"] == "" for row in told] == [0, 1, 0, 0, 0]


def _require_reasons(told: list[dict[str, str]]) -> None:
    """Every refusal has code, sentence, next step and column, beside the row as it was."""
    assert [row["outcome"] for row in told] == ["ok", "refused", "refused", "ok", "refused"]
    assert [row["codes"] for row in told] == [
        "",
        "intake.date",
        "rule.PTY-01",
        "",
        "trust.key-out-of-scope",
    ]
    assert [row["where"] for row in told] == ["", "到期", "代码", "", "范围, 行业"]
    for row in told:
        assert all(bool(row[name]) == (row["outcome"] == "refused") for name in ADDED[1:])
        assert row["名称"] == CELLS["名称"]


def test_a_workbook_and_an_archive_are_taken_in_and_a_second_time_refused(
    served: Stocked, tmp_path: Path, capsys: Capture
) -> None:
    book = write_workbook(tmp_path / "stock.xlsx", [numbered(n) for n in range(100, 104)])
    packed, world = tmp_path / "stock.zip", make_world()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in (1, 2):
            archive.writestr(f"{n}.xml", world.draft(number=n))
        archive.writestr("3.xml", "<other/>")
    words = served.words("run", book, tmp_path / "one", "--without-check")
    assert _typed(words, capsys)[:2] == (0, "4 ok\n")
    told = read_returned(tmp_path / "one" / "returned.xlsx")
    assert all(row["outcome"] == "ok" and row["QR address"] for row in told)
    rows = [numbered(n) | {"到期": "2029-03-14"} for n in range(100, 104)]
    book = write_workbook(tmp_path / "again.xlsx", rows)
    words = served.words("run", book, tmp_path / "two", "--without-check")
    assert _typed(words, capsys)[:2] == (1, "4 refused\n")
    for row in read_returned(tmp_path / "two" / "returned.xlsx"):
        assert all(row[name] for name in ADDED), row
        assert row["codes"] == "rule.ATT-03", row
    words = served.words("run", packed, tmp_path / "xml", "--without-check")
    assert _typed(words, capsys)[:2] == (1, "2 ok, 1 refused\n")
    told = read_returned(tmp_path / "xml" / "returned.csv")
    assert [row["document"] for row in told] == ["1.xml", "2.xml", "3.xml"]
    assert (told[2]["codes"], told[2]["where"]) == ("intake.document", "3.xml")


Reached = Callable[[Path], bool]


def _announced(out: Path) -> bool:
    return (out / "pending.tar").exists()


def _noted(rows: int) -> Reached:
    def reached(out: Path) -> bool:
        journal = out / "journal.jsonl"
        return journal.exists() and journal.read_bytes().count(b"\n") > rows

    return reached


def test_a_kill_at_any_point_and_a_resume_lose_nothing_and_double_nothing(
    served: Stocked, tmp_path: Path, capsys: Capture
) -> None:
    before = served.statements()
    rows = [numbered(n) for n in range(1000, 1250)]
    for n in range(5, 250, 50):
        rows[n] |= {"到期": "bald"}
    file, out = write_csv(tmp_path / "stock.csv", rows), tmp_path / "intake"
    words = served.words("run", file, out, "--without-check")
    for reached in (_announced, _noted(90), _announced):
        with (tmp_path / "log").open("wb") as log, served.start(words, log) as process:
            while not reached(out):
                assert process.poll() is None, "it ended before it could be killed"
                time.sleep(0.001)
            process.kill()
        words = served.words("run", file, out, "--resume")
    assert _typed(words, capsys)[:2] == (1, "245 ok, 5 refused\n")
    told = read_returned(out / "returned.csv")
    assert [row["证书编号"] for row in told] == [row["证书编号"] for row in rows]
    assert Counter(row["codes"] for row in told) == {"": 245, "intake.date": 5}
    assert len({row["QR address"] for row in told if row["QR address"]}) == 245
    assert served.statements() - before == 245


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a sheet of one row."""
    return write_csv(tmp_path / "stock.csv", [numbered(1)])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run"], 1, "intake.unchecked"),
        (["check", "--delimiter", "ab"], 2, "one character"),
        (["check", "--encoding", "latin-9"], 1, "intake.encoding"),
        (["check", "--delimiter", ";"], 2, "intake.mapping-column"),
        (["check", "--mapping", "none.toml"], 2, "none.toml"),
        (["check", "--partner", "none.toml"], 2, "none.toml"),
        (["check", "--scheme", "ccc"], 2, "--scheme"),
        (["run", "--resume", "again"], 2, "again"),
    ],
)
def test_wrong_words_end_with_a_sentence_and_nothing_is_sent(
    stocked: Stocked,
    file: Path,
    tmp_path: Path,
    capsys: Capture,
    words: list[str],
    code: int,
    said: str,
) -> None:
    ended, _, err = _typed([*stocked.words(words[0], file, tmp_path / "out"), *words[1:]], capsys)
    assert (ended, said in err) == (code, True), err
    assert not (tmp_path / "out").exists()


def test_a_run_needs_addressees_and_a_sheet_its_mapping(
    stocked: Stocked, file: Path, tmp_path: Path, capsys: Capture
) -> None:
    words = ["intake", "run", str(file), "--partner", str(stocked.partner), "--out", str(tmp_path)]
    ended, _, err = _typed(words, capsys)
    assert (ended, "--to" in err) == (2, True)
    words = ["intake", "check", str(file), "--partner", str(stocked.partner)]
    ended, _, err = _typed(words, capsys)
    assert (ended, "exchange intake map" in err) == (2, True)
    assert _typed(["intake", "fields", "--scheme", "cccp"], capsys)[0] == 2
    same = stocked.words("check", file, tmp_path, "--returned", str(file))
    before = file.read_bytes()
    assert _typed(same, capsys)[0] == 2
    assert file.read_bytes() == before


def test_a_dry_run_counts_until_file_or_mapping_change(
    stocked: Stocked, file: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert _typed(stocked.words("check", file, out), capsys)[0] == 0
    away = [*stocked.words("run", file, out), "--partner", str(stocked.astray)]
    assert _typed(away, capsys)[0] == 3
    other = tmp_path / "other"
    with stocked.mapping.open("a", encoding="utf-8") as mapping:
        mapping.write("\n# another line\n")
    try:
        ended, _, err = _typed(stocked.words("run", file, other), capsys)
        assert (ended, "has changed since" in err) == (1, True)
        ended, _, err = _typed(stocked.words("run", file, out, "--resume"), capsys)
        assert (ended, "another mapping" in err) == (1, True)
    finally:
        stocked.mapping.write_text(mapping_text(), encoding="utf-8")
    write_csv(file, [numbered(2)])
    ended, _, err = _typed(stocked.words("run", file, other), capsys)
    assert (ended, "intake.unchecked" in err) == (1, True)
    ended, _, err = _typed(stocked.words("run", file, out, "--resume"), capsys)
    assert (ended, "another file" in err) == (1, True)


def test_fields_and_map_print_what_a_person_needs(
    file: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["intake", "fields", "--scheme", "ccc"]) == 0
    assert "* CertificateNumber" in capsys.readouterr().out
    words = ["intake", "map", str(file), "--scheme", "management-systems"]
    assert main([*words, "--out", str(tmp_path / "made.toml")]) == 0
    text = (tmp_path / "made.toml").read_text(encoding="utf-8")
    assert 'column = "证书编号"\nfield = "CertificateNumber"' in text
    assert main([*words, "--out", str(tmp_path / "made.toml")]) == 2
    assert (tmp_path / "made.toml").read_text(encoding="utf-8") == text
