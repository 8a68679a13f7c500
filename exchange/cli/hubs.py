"""What the operator's commands share: the settings of the hub that they are about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from exchange.settings import Settings

SettingsFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="SETTINGS.toml",
        exists=True,
        dir_okay=False,
        readable=True,
        help="The settings of the hub; without it defaults and environment alone.",
    ),
]


def load_settings(path: Path | None) -> Settings:
    """Return the settings of one file and the environment.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    return Settings.load(path, os.environ)
