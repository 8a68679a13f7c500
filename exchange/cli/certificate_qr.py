"""`exchange certificate qr`: the QR address of a certificate of one's own, and its picture."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from exchange.cli.arguments import epilog
from exchange.cli.partner import PartnerOption, open_partner
from exchange.core.qr_drawing import draw

HELP: Final = """Get the QR address of a certificate that you issued.

    Whoever has the address has the certificate in hand: print it on the certificate and nowhere
    else. With --out the QR code is written as SVG.
    """
EPILOG: Final = epilog(
    "exchange certificate qr 0103-2026-000001 --partner partner.toml",
    "exchange certificate qr 0103-2026-000001 --partner partner.toml --out code.svg",
)


def qr_command(
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    *,
    partner: PartnerOption,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the picture.")] = None,
) -> None:
    """Print the address; write the picture where it is asked for."""
    address = str(asyncio.run(_address(partner, number))["address"])
    if out is not None:
        out.write_bytes(draw(address))
    sys.stdout.write(f"{address}\n")


async def _address(partner: Path, number: str) -> Any:
    async with open_partner(partner) as opened:
        return await opened.client.qr(number)
