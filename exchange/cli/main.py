"""The front of the command line: find the command, run it, and end in one of five numbers.

- `exchange --help` answers from a table; only the command that is called is loaded.
- Commands raise; here, and nowhere else, errors become sentences and exit codes.
- Results go to standard output; sentences for people go to standard error.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from exchange import __version__
from exchange.cli.commands import COMMANDS, SECTIONS
from exchange.cli.exits import ExitCode, exit_code
from exchange.errors import ExchangeError, Severity, UndecidedError

INTERRUPTED = 130
"""What a shell expects of a program that was interrupted: 128 and the signal's number."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    traceback = words[:1] == ["--traceback"]
    if traceback:
        words.pop(0)
    if not words or words[0] in {"--help", "-h", "help"}:
        sys.stdout.write(overview())
        return ExitCode.DONE if words else ExitCode.MISUSE
    if words[0] == "--version":
        sys.stdout.write(f"exchange {__version__}\n")
        return ExitCode.DONE
    module = next((command.module for command in COMMANDS if command.group == words[0]), None)
    if module is None:
        return _unknown(words[0])
    return _guarded(module, words, traceback=traceback)


def _guarded(module: str, words: list[str], *, traceback: bool) -> int:
    """Run one command; every way in which it can end becomes a number."""
    try:
        return _run(module, words[0], words[1:])
    except ExchangeError as error:
        explain(error, sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        sys.stderr.write("exchange: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be written any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:
        # The one place where a defect becomes a sentence.
        if traceback:
            raise
        sys.stderr.write(
            f"exchange: our own fault: {type(error).__name__}: {error}\n"
            f"  next: run it again as `exchange --traceback {words[0]} …` and report the output\n"
        )
        return ExitCode.FAULT


def overview() -> str:
    """Return the text of `exchange --help`."""
    width = max(len(command.name) for command in COMMANDS) + 2
    lines = [
        "exchange: mutual recognition of attestations between economies",
        "",
        "Usage: exchange COMMAND [OPTIONS] …",
        "       exchange COMMAND --help    what it takes, with examples",
    ]
    for section in SECTIONS:
        lines += ["", f"{section.title}:"]
        lines += [f"  {command.name:<{width}}{command.summary}" for command in section.commands]
    lines += ["", "Exit codes:"]
    lines += [f"  {code.value:<{width}}{code.meaning}" for code in ExitCode]
    return "\n".join((*lines, ""))


def explain(error: ExchangeError, to: TextIO) -> None:
    """Write code, place, sentence and next step of every finding."""
    remedies: set[str] = set()
    for finding in error.findings:
        mark = "" if finding.severity is Severity.FATAL else f" ({finding.severity})"
        place = f" at {finding.path}" if finding.path else ""
        to.write(f"exchange: {finding.code}{mark}{place}: {finding.message}\n")
        if finding.code.remedy not in remedies:
            remedies.add(finding.code.remedy)
            to.write(f"  next: {finding.code.remedy}\n")
    if isinstance(error, UndecidedError):
        to.write(f"  try again in {error.retry_after.total_seconds():.0f} s\n")


def _unknown(word: str) -> ExitCode:
    near = difflib.get_close_matches(word, {command.group for command in COMMANDS}, n=1)
    hint = f"did you mean `exchange {near[0]}`?" if near else "see `exchange --help`"
    sys.stderr.write(f"exchange: there is no command {word!r}; {hint}\n")
    return ExitCode.MISUSE


def _run(module: str, word: str, arguments: list[str]) -> int:
    """Load one group of commands and run it; misuse ends as such."""
    from typer.exceptions import Abort, TyperException  # noqa: PLC0415  (only when needed)
    from typer.main import get_command  # noqa: PLC0415

    command = get_command(importlib.import_module(module).app)
    try:
        answer = command.main(arguments, prog_name=f"exchange {word}", standalone_mode=False)
    except Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        message = error.format_message()
        if message.startswith("Usage:"):
            sys.stderr.write(f"{message}\n")
        else:
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else f"exchange {word}"
            sys.stderr.write(f"{path}: {message}\n  see: {path} --help\n")
        return ExitCode.MISUSE
    if answer == INTERRUPTED:
        # Typer has turned the interrupt into a number already.
        raise KeyboardInterrupt
    return answer if isinstance(answer, int) else ExitCode.DONE
