"""`exchange backup`: a consistent copy of the database, whether the hub runs or not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli.arguments import alone, epilog
from exchange.cli.hubs import SettingsFile, load_settings
from exchange.store.beside import back_up_beside

app = alone()


@app.command(
    help="""Write a consistent copy of the database.

    The hub may run meanwhile. SQLite is copied into one file; for PostgreSQL `pg_dump` is
    called. Keep the file of the last checkpoint and the vault as well: a hub that is restored
    to less than it has signed refuses to sign until its operator decides.
    """,
    epilog=epilog(
        "exchange backup hub.toml --out backups/2026-11-22.sqlite3",
    ),
)
def backup_command(
    settings: SettingsFile = None,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Copy, and say how much."""
    loaded = load_settings(settings)
    with Console(stderr=True).status("copying"):
        asyncio.run(back_up_beside(loaded.database, out))
    size = out.stat().st_size / 2**20
    Console(highlight=False).print(f"{out}  {size:.1f} MiB", soft_wrap=True)
