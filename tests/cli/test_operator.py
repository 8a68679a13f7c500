"""Keys, lists and back-ups: made once, kept, never overwritten."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.cli.main import main
from exchange.store.store import Store
from tests.cli.conftest import Place


def test_keys_that_are_there_are_kept(made: Place, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(made.certificate("RU-CB-0201/attestation")).read_bytes()
    assert main(["keys", "demo", "--out", str(made.folder / "keys")]) == 0
    assert "0 keys made" in capsys.readouterr().out
    assert Path(made.certificate("RU-CB-0201/attestation")).read_bytes() == before


def test_lists_that_say_the_same_stay_the_same(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in (made.folder / "trust").glob("*.xml")}
    keys = made.folder / "keys"
    words = ["trust", "build", str(keys / "trust.toml"), "--vault", str(keys / "list-keys")]
    assert main([*words, "--out", str(made.folder / "trust")]) == 0
    shown = capsys.readouterr().out
    assert "written" not in shown
    assert f"root {made.root}" in shown
    after = {path.name: path.read_bytes() for path in (made.folder / "trust").glob("*.xml")}
    assert after == before


def test_a_description_with_a_misspelt_name_is_misuse(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (made.folder / "keys" / "trust.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("standards = ", "standard = ", 1), encoding="utf-8")
    vault = str(made.folder / "keys" / "list-keys")
    words = ["trust", "build", str(wrong), "--vault", vault, "--out", str(tmp_path / "trust")]
    assert main(words) == 2
    assert "settings.trust-description" in capsys.readouterr().err
    assert not (tmp_path / "trust").exists()


def test_a_list_becomes_much_shorter_only_with_a_second_yes(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys, out = made.folder / "keys", tmp_path / "trust"
    shutil.copytree(made.folder / "trust", out)
    certificates = tmp_path / "keys"
    shutil.copytree(keys, certificates)
    body = 'id = "PT-CB-0501"\n'
    ended = 'states = [{ state = "ended", since = 2026-01-01T00:00:00Z }]\n'
    text = (keys / "trust.toml").read_text(encoding="utf-8")
    shorter = certificates / "shorter.toml"
    shorter.write_text(text.replace(body, body + ended), encoding="utf-8")
    words = ["trust", "build", str(shorter), "--vault", str(keys / "list-keys"), "--out", str(out)]
    before = (out / "PT.xml").read_bytes()

    assert main(words) == 2
    assert "trust.list-shrinks at PT.xml" in capsys.readouterr().err
    assert (out / "PT.xml").read_bytes() == before
    assert main([*words, "--confirm-shrinking"]) == 0
    assert (out / "PT.xml").read_bytes() != before


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """Return a database as a hub leaves it."""
    path = tmp_path / "data" / "hub.sqlite3"
    async with Store.open(f"sqlite:///{path}"):
        pass
    return path


def _settings(folder: Path) -> str:
    path = folder / "hub.toml"
    path.write_text('data_dir = "data"\n', encoding="utf-8")
    return str(path)


async def test_a_backup_taken_beside_a_running_hub_is_a_database_of_its_own(
    database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite3"
    words = ["backup", _settings(tmp_path), "--out", str(copy)]
    async with Store.open(f"sqlite:///{database}"):
        assert await asyncio.to_thread(main, words) == 0
    async with Store.open(f"sqlite:///{copy}") as store:
        assert await store.tree_size() == 0


def test_a_backup_never_overwrites(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", _settings(tmp_path), "--out", str(database)]) == 4
    assert "store.backup" in capsys.readouterr().err


def test_a_backup_of_nothing_is_not_an_empty_file(tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert main(["backup", _settings(tmp_path), "--out", str(copy)]) == 4
    assert not copy.exists()


def _serve(settings: str) -> subprocess.CompletedProcess[str]:
    """Start a hub in a process of its own: it decides where the log of its process goes."""
    return subprocess.run(
        [sys.executable, "-m", "exchange", "serve", settings],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_setting_that_does_not_exist_ends_before_a_socket_opens(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('partner_prot = 8443\nlog_level = "loud"\n', encoding="utf-8")
    ended = _serve(str(path))
    assert ended.returncode == 2
    assert "settings.unknown at partner_prot" in ended.stderr
    assert ended.stdout == ""


def test_a_hub_without_its_vault_ends_as_misuse(tmp_path: Path) -> None:
    ended = _serve(_settings(tmp_path))
    assert ended.returncode == 2
    assert "vault.location" in ended.stderr
