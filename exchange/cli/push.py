"""`exchange push`: signed documents to the hub, and its receipts back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.arguments import alone, documents, epilog
from exchange.cli.exits import ExitCode
from exchange.cli.partner import PartnerOption, To, open_partner
from exchange.cli.sending import message_id, send_each
from exchange.peer.hub import Answer

app = alone()


@app.command(
    help="""Send signed documents to the hub.

    Each answer is a signed receipt, verified before it is kept as FILE.receipt.xml. The
    message id follows from document and addressees, so that running the command again sends
    what is missing and doubles nothing.
    """,
    epilog=epilog(
        "exchange push signed.xml --partner partner.toml --to KZ-AB-NCA --to SG",
        "exchange push signed/ --partner partner.toml --to register-only --receipts receipts/",
    ),
)
def push_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE …", exists=True, help="Files, or folders of `*.xml`."),
    ],
    *,
    partner: PartnerOption,
    to: To = None,
    receipts: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where receipts go; beside the files.")
    ] = None,
) -> None:
    """Send every file."""
    found = tuple(path for path in documents(files) if not path.name.endswith(".receipt.xml"))
    if not to:
        raise typer.BadParameter("name the addressees with --to, or --to register-only")
    if receipts is not None:
        receipts.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(asyncio.run(_push(found, partner, tuple(to), receipts)))


async def _push(
    files: Sequence[Path], settings: Path, to: tuple[str, ...], receipts: Path | None
) -> ExitCode:
    async with open_partner(settings) as partner:

        async def send(path: Path) -> Answer:
            data = await asyncio.to_thread(path.read_bytes)
            return await partner.client.submit(message_id(partner, data, to), data, to)

        return await send_each(partner, files, receipts, send)
