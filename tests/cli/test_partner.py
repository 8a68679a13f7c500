"""The partner file: misspelt names are told, not guessed; and an unreachable hub is no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.cli.main import main
from tests.cli.conftest import Place

GOOD = {
    "body": "RU-CB-0201",
    "hub": "XX-HUB-01",
    "address": "https://127.0.0.1:9",
    "root": "ROOT",
    "vault": "VAULT",
    "trust": "TRUST",
}


def _write(made: Place, folder: Path, **changes: str) -> Path:
    values = {
        **GOOD,
        "root": made.root,
        "vault": made.vault("RU-CB-0201"),
        "trust": str(made.folder / "trust"),
        **changes,
    }
    path = folder / "partner.toml"
    text = "".join(f'{name} = "{value}"\n' for name, value in values.items() if value)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hubb": "XX-HUB-01"}, "settings.unknown"),
        ({"address": ""}, "settings.value"),
        ({"root": ""}, "settings.value"),
    ],
    ids=["misspelt", "no address", "no root"],
)
def test_a_partner_file_with_a_fault_is_misuse(
    made: Place,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    code: str,
) -> None:
    path = _write(made, tmp_path, **changes)
    assert main(["pull", "--partner", str(path)]) == 2
    assert code in capsys.readouterr().err


def test_a_partner_file_that_is_no_toml_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "partner.toml"
    path.write_text("body is me", encoding="utf-8")
    assert main(["pull", "--partner", str(path)]) == 2
    assert "settings.file" in capsys.readouterr().err


def test_a_hub_that_is_silent_is_no_verdict(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(made, tmp_path)
    assert main(["pull", "--partner", str(path)]) == 3
    assert "peer.unreachable" in capsys.readouterr().err


def test_push_to_a_silent_hub_keeps_no_receipt_and_can_be_run_again(
    made: Place, tmp_path: Path
) -> None:
    path = _write(made, tmp_path)
    file = tmp_path / "signed.xml"
    file.write_bytes(made.signed.read_bytes())
    words = ["push", str(file), "--partner", str(path), "--to", "KZ-AB-NCA"]
    assert main(words) == 3
    assert not (tmp_path / "signed.receipt.xml").exists()


def test_push_without_addressees_is_misuse(made: Place, tmp_path: Path) -> None:
    path = _write(made, tmp_path)
    assert main(["push", str(made.signed), "--partner", str(path)]) == 2


def test_a_hub_that_has_no_key_on_the_lists_is_not_called(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(made, tmp_path, hub="XX-HUB-99")
    assert main(["pull", "--partner", str(path)]) == 3
    assert "peer.tls" in capsys.readouterr().err
