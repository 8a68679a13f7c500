"""Files that commands write: whole or not at all, and never over another.

Also the console for progress bars: they go to standard error, so that results can be piped.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import typer
from rich.console import Console


def write_new(path: Path, data: bytes) -> None:
    """Write a file that does not exist yet; nobody ever sees half of it.

    Raises:
        typer.BadParameter: The name is taken by something else, or cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, unlike a renaming, fails where the name is taken.
            path.hardlink_to(unfinished)
        finally:
            unfinished.unlink()
    except FileExistsError:
        raise typer.BadParameter(f"{path} exists; nothing was overwritten") from None
    except OSError as exc:
        raise typer.BadParameter(f"{path} cannot be written: {exc.strerror}") from exc


def require_new(path: Path) -> None:
    """Ask before something that cannot be undone whether its result can be written.

    Raises:
        typer.BadParameter: The name is taken, or there is no folder to write to.
    """
    if os.path.lexists(path):
        raise typer.BadParameter(f"{path} exists; nothing was done")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise typer.BadParameter(f"{path.absolute().parent} cannot be written to; nothing was done")


def progress_console() -> Console:
    """Return the console of progress bars."""
    return Console(stderr=True, highlight=False)
