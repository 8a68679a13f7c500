"""The README is complete and true, and what is installed is what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from exchange.cli.commands import COMMANDS
from exchange.codes import every_code
from exchange.settings import settings_table
from tests.readme import PARTS, README, rewritten

ROOT: Final = README.parent
TEXT: Final = README.read_text(encoding="utf-8")
LOCKS: Final = sorted(ROOT.glob("requirements*.lock"))


def test_the_tables_of_the_readme_are_those_that_the_code_makes() -> None:
    assert rewritten(TEXT) == TEXT, "run `make readme`"


@pytest.mark.parametrize("part", PARTS)
def test_the_readme_has_every_made_part_once(part: str) -> None:
    assert TEXT.count(f"<!-- made: {part} -->") == 1


def test_the_readme_names_every_command() -> None:
    assert [c.name for c in COMMANDS if f"`exchange {c.name}`" not in TEXT] == []


def test_the_readme_names_every_setting() -> None:
    assert [row.name for row in settings_table() if f"| `{row.name}` |" not in TEXT] == []


def test_the_readme_names_every_code() -> None:
    assert [code.value for code in every_code() if f"| `{code.value}` |" not in TEXT] == []


def test_the_readme_shows_its_two_commands_on_lines_of_their_own() -> None:
    lines = TEXT.splitlines()
    assert "    make demo" in lines
    assert "    make test" in lines


def test_the_readme_names_only_files_that_exist() -> None:
    named = set(re.findall(r"`((?:exchange|schemas|keys|tests|\.ci)/[\w./-]+)`", TEXT))
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_targets_that_the_readme_names_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b(?:`|$| [A-Z]+=)", TEXT, re.MULTILINE))
    assert {"demo", "test", "lint", "bench", "interop"} <= targets
    assert named <= targets


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+ ", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry


def test_every_code_has_a_value_of_its_own() -> None:
    values = [code.value for code in every_code()]
    assert len(values) == len(set(values))


def test_the_wheel_carries_every_schema(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    expected = {
        f"exchange/schemas/{path.relative_to(ROOT / 'schemas')}"
        for path in (ROOT / "schemas").rglob("*")
        if path.is_file() and path.suffix in {".xsd", ".json"}
    }
    assert expected
    assert expected <= inside
    for needed in ("cli/main.py", "demo/trust.toml", "web/api/openapi.yaml", "py.typed"):
        assert f"exchange/{needed}" in inside
    assert not any(name.endswith(".key.pem") for name in inside)
