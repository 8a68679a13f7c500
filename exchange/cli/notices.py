"""`exchange notices`: what earlier recipients were told, and how far it has come."""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from exchange.cli.arguments import Json, alone, epilog
from exchange.cli.foreign_text import shown
from exchange.cli.partner import PartnerOption, open_partner

app = alone()

_COLUMNS = ("kind", "about", "addressee", "state", "since", "content_digest")


@app.command(
    help="""Show who was told that something changed, and who has acknowledged.

    Lists notices, status changes and later revisions that went to earlier recipients: all of
    them to the hub's operator, to a body those about its own certificates. What is not
    acknowledged within 24 hours is late.
    """,
    epilog=epilog(
        "exchange notices --partner partner.toml",
        "exchange notices --partner operator.toml --late",
        "exchange notices --partner operator.toml --json",
    ),
)
def notices_command(
    *,
    partner: PartnerOption,
    late: Annotated[bool, typer.Option("--late", help="Only what is late.")] = False,
    json: Json = False,
) -> None:
    """List all of them."""
    found = asyncio.run(_list(partner, late=late))
    if json:
        sys.stdout.write(jsonlib.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False)
    if not found:
        console.print("no notices")
        return
    table = Table("kind", "about", "addressee", "state", "since", "statement")
    for one in found:
        *cells, since, digest = (str(one.get(name, "")) for name in _COLUMNS)
        table.add_row(*map(shown, (*cells, f"{since[:19]}Z", f"{digest[:16]}…")))
    console.print(table)


async def _list(settings: Path, *, late: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with open_partner(settings) as partner:
        after: int | None = None
        while True:
            page = await partner.client.notices(after=after, late=late)
            found += page.get("notices", [])
            after = page.get("after")
            if after is None:
                return found
