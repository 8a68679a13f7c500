"""The front of the command line: help at once, every ending a number and a next step."""

from __future__ import annotations

import importlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from exchange.cli.commands import COMMANDS, Command
from exchange.cli.exits import ExitCode, exit_code
from exchange.cli.main import explain, main, overview
from exchange.codes.gates import XMLCode
from exchange.errors import (
    ExchangeError,
    Finding,
    MalformedError,
    PeerError,
    RefusedError,
    RuleError,
    SchemaError,
    SettingsError,
    SignatureError,
    StoreError,
    TrustError,
    UndecidedError,
    VaultError,
)

FINDING = Finding(code=XMLCode.EMPTY, path="/", message="expected a document, found nothing")
UNDECIDED = UndecidedError(FINDING, retry_after=timedelta(seconds=60))


def _real(command: Command) -> TyperCommand:
    """Return the command behind a line of the table."""
    loaded = get_command(importlib.import_module(command.module).app)
    for word in command.name.split()[1:]:
        assert isinstance(loaded, TyperGroup)
        loaded = loaded.commands[word]
    assert isinstance(loaded, TyperCommand)
    return loaded


def _leaves(name: str, loaded: object) -> Iterator[str]:
    if isinstance(loaded, TyperGroup):
        for word, inner in loaded.commands.items():
            yield from _leaves(f"{name} {word}", inner)
    else:
        yield name


def test_the_table_of_commands_names_exactly_the_commands_that_exist() -> None:
    groups = dict.fromkeys((command.group, command.module) for command in COMMANDS)
    real = [
        leaf
        for group, module in groups
        for leaf in _leaves(group, get_command(importlib.import_module(module).app))
    ]
    assert sorted(real) == sorted(command.name for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_says_the_same_in_its_own_help_as_in_the_table(command: Command) -> None:
    help_text = _real(command).help or ""
    assert " ".join(help_text.split("\n\n")[0].split()) == command.summary


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_help_of_a_command_shows_examples_and_exit_codes(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.name.split(), "--help"]) == ExitCode.DONE
    shown = capsys.readouterr().out
    assert f"Usage: exchange {command.name}" in shown
    assert f"  exchange {command.name}" in shown.split("Examples:")[1]
    assert "Exit codes:" in shown


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_an_unknown_option_is_misuse(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.name.split(), "--no-such-option"]) == ExitCode.MISUSE
    shown = capsys.readouterr()
    assert "--no-such-option" in shown.err
    assert shown.out == ""


def test_help_names_every_command_and_loads_none_of_them() -> None:
    script = (
        "import sys; from exchange.cli.main import main; main(['--help']); "
        "print(*(name in sys.modules for name in ('lxml', 'typer', 'rich')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert shown.splitlines()[-1] == "False False False"
    assert [c.name for c in COMMANDS if f"  {c.name} " not in shown] == []


def test_help_names_every_exit_code() -> None:
    lines = overview().splitlines()
    assert [code for code in ExitCode if not any(re.match(f"  {code} ", x) for x in lines)] == []


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"]])
def test_help_is_an_answer(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == ExitCode.DONE
    assert capsys.readouterr().out == overview()


def test_no_command_shows_the_help_and_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.MISUSE
    assert capsys.readouterr().out == overview()


def test_a_misspelt_command_is_misuse_and_the_near_one_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["examin"]) == ExitCode.MISUSE
    assert "did you mean `exchange examine`?" in capsys.readouterr().err


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == ExitCode.DONE
    assert re.fullmatch(r"exchange \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MalformedError(FINDING), ExitCode.REFUSED),
        (SchemaError(FINDING), ExitCode.REFUSED),
        (SignatureError(FINDING), ExitCode.REFUSED),
        (TrustError(FINDING), ExitCode.REFUSED),
        (RuleError(FINDING), ExitCode.REFUSED),
        (RefusedError(FINDING), ExitCode.REFUSED),
        (SettingsError(FINDING), ExitCode.MISUSE),
        (UNDECIDED, ExitCode.UNDECIDED),
        (PeerError(FINDING), ExitCode.UNDECIDED),
        (StoreError(FINDING), ExitCode.FAULT),
        (VaultError(FINDING), ExitCode.FAULT),
        (ExchangeError(FINDING), ExitCode.FAULT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_ending_has_its_number(error: ExchangeError, expected: ExitCode) -> None:
    assert exit_code(error) is expected


def test_an_error_is_told_with_code_place_sentence_and_next_step() -> None:
    told = io.StringIO()
    explain(UNDECIDED, told)
    assert told.getvalue().splitlines() == [
        "exchange: xml.empty at /: expected a document, found nothing",
        f"  next: {XMLCode.EMPTY.remedy}",
        "  try again in 60 s",
    ]


def _failing(error: Exception) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "expected", "said"),
    [
        (UNDECIDED, 3, "xml.empty"),
        (ZeroDivisionError("division by zero"), 4, "our own fault: ZeroDivisionError"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=["undecided", "defect", "interrupt"],
)
def test_what_a_command_raises_becomes_a_sentence_and_a_number(
    error: Exception,
    expected: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(importlib.import_module("exchange.cli.examine"), "app", _failing(error))
    assert main(["examine"]) == expected
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_a_defect_shows_its_traceback_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _failing(ZeroDivisionError("division by zero"))
    monkeypatch.setattr(importlib.import_module("exchange.cli.examine"), "app", broken)
    with pytest.raises(ZeroDivisionError):
        main(["--traceback", "examine"])
