"""`exchange remove`: the octets of a statement are deleted by order; for the hub's operator."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli.agreeing import require_yes
from exchange.cli.arguments import alone, epilog
from exchange.cli.files import require_new, write_new
from exchange.cli.partner import PartnerOption, open_partner
from exchange.core.algorithms import ALGORITHMS
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.xml import parse

app = alone()

_DIGITS = 64


@app.command(
    help="""Remove a statement by order of a court or authority.

    Its octets are deleted and cannot be brought back. A notice under the hub's seal remains,
    which names the order and the digest; whoever received the statement gets it. Every receipt
    and every proof still verifies. Back-ups and what recipients hold are not reached.
    """,
    epilog=epilog(
        'exchange remove 3f9a… --order "Beijing Fourth Court, (2026) 123, 2026-11-20" '
        "--partner operator.toml --yes --out notice.xml",
    ),
)
def remove_command(
    digest: Annotated[
        str, typer.Argument(metavar="DIGEST", help="Content digest of the statement.")
    ],
    *,
    order: Annotated[str, typer.Option(help="Court or authority, number and date.")],
    partner: PartnerOption,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the signed notice goes.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
) -> None:
    """Remove one statement."""
    try:
        octets = bytes.fromhex(digest) if len(digest) == _DIGITS else b""
    except ValueError:
        octets = b""
    if not octets:
        raise typer.BadParameter(f"expected {_DIGITS} hexadecimal digits, found {digest!r}")
    if out is not None:
        require_new(out)
    if not yes:
        require_yes(f"Remove {digest} for ever, by order: {order}?")
    notice = asyncio.run(_remove(octets, order, partner))
    if out is None:
        sys.stdout.buffer.write(notice)
    else:
        write_new(out, notice)
        Console(highlight=False).print(f"removed; the notice is in {out}", soft_wrap=True)


async def _remove(digest: bytes, order: str, settings: Path) -> bytes:
    async with open_partner(settings) as partner:
        notice = await partner.client.remove(digest, order)
        snapshot = partner.snapshot
        verify(
            conform(parse(notice, snapshot.limits), snapshot.catalogue, snapshot.limits),
            ALGORITHMS,
        )
        return notice
