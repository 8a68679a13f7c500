"""Settings: read once, refused as a whole, every fault named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from exchange.codes.service import SettingsCode
from exchange.errors import SettingsError
from exchange.settings import Settings, settings_table


def _load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "hub.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path, environ)


def test_an_empty_file_gives_the_defaults_with_paths_beside_it(tmp_path: Path) -> None:
    settings = _load(tmp_path, "")
    assert settings.hub == "XX-HUB-01"
    assert settings.data_dir == tmp_path / "data"
    assert settings.database == f"sqlite:///{tmp_path / 'data' / 'hub.sqlite3'}"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        'workers = 1\nlog_level = "info"\n',
        EXCHANGE_WORKERS="4",
        EXCHANGE_PRODUCTION="true",
        EXCHANGE_TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1/32",
        EXCHANGE_BODY_SECONDS="2.5",
        OTHER="ignored",
    )
    assert settings.workers == 4
    assert settings.production is True
    assert settings.trusted_proxies == ("10.0.0.0/8", "127.0.0.1/32")
    assert settings.body_seconds == 2.5


@pytest.mark.parametrize(
    ("text", "environ", "code", "path"),
    [
        ("wrokers = 1", {}, SettingsCode.UNKNOWN, "wrokers"),
        ("", {"EXCHANGE_WROKERS": "1"}, SettingsCode.UNKNOWN, "EXCHANGE_WROKERS"),
        ("workers = -1", {}, SettingsCode.VALUE, "workers"),
        ("workers = 1.5", {}, SettingsCode.VALUE, "workers"),
        ("workers = true", {}, SettingsCode.VALUE, "workers"),
        ("", {"EXCHANGE_WORKERS": "many"}, SettingsCode.VALUE, "workers"),
        ("", {"EXCHANGE_PRODUCTION": "maybe"}, SettingsCode.VALUE, "production"),
        ('hub = "hub"', {}, SettingsCode.VALUE, "hub"),
        ("hub = 1", {}, SettingsCode.VALUE, "hub"),
        ('trust_pins = ["AB"]', {}, SettingsCode.VALUE, "trust_pins"),
        ("trust_pins = [1]", {}, SettingsCode.VALUE, "trust_pins"),
        ('trusted_proxies = ["10.0.0.0/33"]', {}, SettingsCode.VALUE, "trusted_proxies"),
        ("proxy_port = 0", {}, SettingsCode.VALUE, "trusted_proxies"),
        ('vault_module = "/usr/lib/p11.so"', {}, SettingsCode.VALUE, "vault_token"),
        ("vault_seconds = 0", {}, SettingsCode.VALUE, "vault_seconds"),
        ("partner_port = 65536", {}, SettingsCode.VALUE, "partner_port"),
        ("body_seconds = 0", {}, SettingsCode.VALUE, "body_seconds"),
        ('log_level = "loud"', {}, SettingsCode.VALUE, "log_level"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    tmp_path: Path, text: str, environ: dict[str, str], code: SettingsCode, path: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text, **environ)
    assert [(finding.code, finding.path) for finding in caught.value.findings] == [(code, path)]


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, "a = 1\nb = 2\nworkers = 'x'\n", EXCHANGE_C="3")
    assert {finding.path for finding in caught.value.findings} == {
        "a",
        "b",
        "EXCHANGE_C",
        "workers",
    }


@pytest.mark.parametrize("text", ["= 1", "\x00"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert caught.value.code is SettingsCode.FILE


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path / "nowhere.toml", {})
    assert caught.value.code is SettingsCode.FILE


def test_the_table_has_a_row_with_a_meaning_for_every_setting() -> None:
    table = settings_table()
    assert [row.name for row in table] == [one.name for one in fields(Settings)]
    assert all(row.text for row in table)
    assert all(
        row.unit
        for row in table
        if row.name.endswith(("_seconds", "_port", "_dir", "_size")) or row.name.startswith("max_")
    )


def test_the_secrets_of_the_vault_are_never_shown() -> None:
    settings = Settings(vault_passphrase="open sesame", vault_pin="1234567")  # noqa: S106 - thrown away
    assert "sesame" not in repr(settings)
    assert "1234567" not in repr(settings)
