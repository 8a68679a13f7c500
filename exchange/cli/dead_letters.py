"""`exchange dead-letters`: deliveries that the hub gave up, for its operator."""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from exchange.cli.arguments import Json, epilog, group
from exchange.cli.partner import PartnerOption, open_partner

app = group("Deliveries that the hub gave up; for its operator.")


@app.command(
    "list",
    help="""Show deliveries that were given up.

    Asks the running hub, with the operator's own transport key.
    """,
    epilog=epilog(
        "exchange dead-letters list --partner operator.toml",
        "exchange dead-letters list --partner operator.toml --json",
    ),
)
def list_command(*, partner: PartnerOption, json: Json = False) -> None:
    """List all of them."""
    letters = asyncio.run(_list(partner))
    if json:
        sys.stdout.write(jsonlib.dumps(letters, ensure_ascii=False, indent=2) + "\n")
        return
    table = Table("delivery", "addressee", "kind", "attempts", "last code", "since")
    for one in letters:
        names = ("delivery_id", "addressee", "kind", "attempts", "last_code", "changed_at")
        table.add_row(*(str(one.get(name, "")) for name in names))
    console = Console(highlight=False)
    console.print(table if letters else "no dead letters")


@app.command(
    "resend",
    help="""Put given-up deliveries back in line.

    Asks the running hub, with the operator's own transport key.
    """,
    epilog=epilog(
        "exchange dead-letters resend 0b6e… --partner operator.toml",
    ),
)
def resend_command(
    deliveries: Annotated[list[str], typer.Argument(metavar="DELIVERY …", help="As listed.")],
    *,
    partner: PartnerOption,
) -> None:
    """Send each of them again."""
    states = asyncio.run(_resend(deliveries, partner))
    for delivery, state in zip(deliveries, states, strict=True):
        Console(highlight=False).print(f"{delivery}  {state}", soft_wrap=True)


async def _list(settings: Path) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = []
    async with open_partner(settings) as partner:
        after: int | None = None
        while True:
            page = await partner.client.dead_letters(after=after)
            letters += page.get("dead_letters", [])
            after = page.get("after")
            if after is None:
                return letters


async def _resend(deliveries: list[str], settings: Path) -> list[str]:
    async with open_partner(settings) as partner:
        return [
            str((await partner.client.resend(delivery)).get("state", "")) for delivery in deliveries
        ]
