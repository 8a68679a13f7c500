"""How commands open a vault: a folder, and a pass phrase that stands in no argument.

The pass phrase comes from the environment, as for the hub, or is asked for at a terminal;
arguments can be seen by every user of a machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.codes.service import SettingsCode
from exchange.errors import Finding, SettingsError
from exchange.settings import PREFIX

VARIABLE: Final = f"{PREFIX}VAULT_PASSPHRASE"
PERSON_VARIABLE: Final = f"{PREFIX}PERSON_PASSPHRASE"

VaultFolder = Annotated[
    Path,
    typer.Option(
        "--vault",
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        help=f"Your vault; its pass phrase is read from {VARIABLE}, or asked for.",
    ),
]


def pass_phrase() -> str:
    """Return the pass phrase of the vault.

    Raises:
        SettingsError: It is not in the environment and nobody is there to be asked.
    """
    return _asked(VARIABLE, "the vault")


def person_pass_phrase() -> str:
    """Return the pass phrase of a person's own key.

    Raises:
        SettingsError: It is not in the environment and nobody is there to be asked.
    """
    return _asked(PERSON_VARIABLE, "your own key")


def _asked(variable: str, of: str) -> str:
    given = os.environ.get(variable, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path=variable,
                message=f"expected the pass phrase of {of}, found nothing",
            )
        )
    return str(typer.prompt(f"pass phrase of {of}", hide_input=True, err=True))
