"""What travels with the release is found, in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from exchange.codes.service import SettingsCode
from exchange.errors import SettingsError
from exchange.service import materials


def test_schemas_inside_the_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "exchange" / "schemas"
    copytree(materials.schemas_folder(), inside)
    copytree(inside, tmp_path / "schemas")
    monkeypatch.setattr(materials, "_PACKAGE", tmp_path / "exchange")

    assert materials.schemas_folder() == inside
    assert materials.load_catalogue().documents
    assert materials.load_code_lists().lists


def test_release_without_schemas_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materials, "_PACKAGE", tmp_path / "exchange")

    with pytest.raises(SettingsError) as caught:
        materials.load_catalogue()

    assert caught.value.code == SettingsCode.CATALOGUE


def test_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copytree(materials.schemas_folder(), tmp_path / "schemas")
    broken = tmp_path / "schemas" / "code-lists" / "broken.json"
    broken.mkdir()
    monkeypatch.setattr(materials, "_PACKAGE", tmp_path / "exchange")

    with pytest.raises(SettingsError) as caught:
        materials.load_code_lists()

    assert caught.value.code == SettingsCode.FILE
    assert caught.value.findings[0].path == "broken.json"
