"""`exchange keys`: the group, and throw-away keys for a demonstration.

The other commands stand in files of their own: `keys_make.py`, `keys_look.py` and
`keys_ceremony.py`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli import keys_ceremony, keys_look, keys_make
from exchange.cli.arguments import epilog, group
from exchange.cli.vaults import pass_phrase
from exchange.service.demo_keys import demo_description, make_demo_keys

app = group("Keys: made in a vault or brought into it, and never outside of it.")
for part in (keys_make, keys_look, keys_ceremony):
    app.add_typer(part.app)


@app.command(
    "demo",
    help="""Make throw-away keys for a demonstration.

    Makes one vault for each keeper, key certificates as PEM files, and the description from
    which `exchange trust build` makes the lists. The keys are good for thirteen months. What
    is there already is kept. Never use such keys for anything real.
    """,
    epilog=epilog(
        "exchange keys demo --out demo/keys",
        "exchange trust build demo/keys/trust.toml --vault demo/keys/list-keys --out demo/trust",
    ),
)
def demo_command(
    *,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where everything goes.")
    ] = Path("demo/keys"),
    description: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Another world than the one built in."),
    ] = None,
    administered: Annotated[
        bool,
        typer.Option(
            "--administered",
            help="For a hub that administers the lists: proofs of possession beside the "
            "certificates, and the hub's list key in its own vault.",
        ),
    ] = False,
) -> None:
    """Make the keys and say where they are."""
    text = description.read_text(encoding="utf-8") if description else demo_description()
    console = Console(highlight=False)
    with Console(stderr=True).status("making keys"):
        made = asyncio.run(
            make_demo_keys(
                text, out, pass_phrase(), at=datetime.now(UTC), administered=administered
            )
        )
    console.print(f"{made.made} keys made, {len(made.certificates)} in all")
    console.print(f"description  {made.description}", soft_wrap=True)
    console.print(f"list keys    {made.list_keys}", soft_wrap=True)
    for body, folder in sorted(made.vaults.items()):
        console.print(f"vault        {folder}  of {body}", soft_wrap=True)
