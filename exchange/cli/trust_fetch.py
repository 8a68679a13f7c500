"""`exchange trust fetch`: the signed lists, as anyone may have them, once they are believed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli.arguments import alone, epilog, fingerprint, hub_address
from exchange.cli.fetching import fetch_lists_from
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust, TrustList
from exchange.errors import TrustError, UndecidedError
from exchange.service.fetch_lists import nothing_left_out
from exchange.service.list_folder import replace_lists
from exchange.service.materials import load_catalogue

app = alone()


@app.command(
    "fetch",
    help="""Fetch the signed trust lists of a hub, as anyone may.

    They are kept only when the pinned root vouches for them, all of them or none, and never in
    place of newer ones. With them a partner can begin, and anybody can check documents off
    line.
    """,
    epilog=epilog(
        "exchange trust fetch --hub https://hub.example:8444 --root 5b0c… --out trust/",
    ),
)
def fetch_command(
    *,
    hub: Annotated[
        str, typer.Option("--hub", metavar="URL", help="Address of the hub's public listener.")
    ],
    root: Annotated[
        str, typer.Option("--root", metavar="FINGERPRINT", help="The root, as it was published.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where the lists are kept.")
    ],
) -> None:
    """Fetch, verify, keep, and say what there is."""
    pinned = frozenset({fingerprint(root)})
    with Console(stderr=True).status("fetching"):
        files = asyncio.run(fetch_lists_from(hub_address(hub)))
    out.mkdir(parents=True, exist_ok=True)
    lists = _believed(files, pinned, _held(out, pinned))
    nothing_left_out(Trust.build(lists))
    replace_lists(out, files)
    console = Console(highlight=False)
    for one in lists:
        until = f"{one.next_update:%Y-%m-%d}"
        name = next(name for name, data in files.items() if data == one.data)
        console.print(f"{out / name}  number {one.sequence}, until {until}", soft_wrap=True)


def _held(folder: Path, pinned: frozenset[Fingerprint]) -> tuple[TrustList, ...]:
    """Return the lists that are there already; what is not believed any more binds nobody."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.xml")}
    try:
        return _believed(files, pinned, ()) if files else ()
    except (TrustError, UndecidedError):
        return ()


def _believed(
    files: Mapping[str, bytes],
    pinned: frozenset[Fingerprint],
    previous: tuple[TrustList, ...],
) -> tuple[TrustList, ...]:
    return read_lists(
        files.values(),
        catalogue=load_catalogue(),
        limits=Limits(),
        algorithms=ALGORITHMS,
        pinned=pinned,
        at=datetime.now(UTC),
        previous=previous,
    )
