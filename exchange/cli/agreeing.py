"""A question before something that cannot be undone; where nobody can answer, that is misuse.

A script has no terminal: it is told which word says yes, and nothing was done.
"""

from __future__ import annotations

import sys

import typer

from exchange.cli.exits import ExitCode
from exchange.codes.service import SettingsCode
from exchange.errors import Finding, SettingsError


def require_yes(question: str) -> None:
    """Go on only when somebody at the terminal says yes.

    Raises:
        SettingsError: Nobody is at the terminal.
        typer.Exit: The answer is no, and nothing was done.
    """
    if not sys.stdin.isatty():
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path="--yes",
                message="nobody is at the terminal: expected --yes, found nothing",
            )
        )
    if not typer.confirm(question, err=True):
        raise typer.Exit(ExitCode.MISUSE)
