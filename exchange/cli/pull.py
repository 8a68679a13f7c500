"""`exchange pull`: what waits for a body is fetched, examined, kept, and acknowledged."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import alone, epilog
from exchange.cli.exits import ExitCode
from exchange.cli.partner import Partner, PartnerOption, open_partner
from exchange.cli.verdict import show_findings
from exchange.core.model import DocumentId, MessageId
from exchange.core.receipt import GOOD
from exchange.peer.hub import Handed
from exchange.service.take_over import Addressee, Delivered, TakenOver, take_over
from exchange.store.store import Store

app = alone()

_LONGEST_WAIT: Final = 60
_ROUND: Final = 10
"""Deliveries taken at a time: so many are examined before the lease could end."""


@app.command(
    help="""Fetch what is waiting for you, and acknowledge it.

    Each delivery is examined with your own trust lists, kept in your own database together
    with your signed acknowledgement, and only then acknowledged: what is interrupted comes
    back and gets the same acknowledgement. With --into everything is written to files as
    well: DIGEST.xml, DIGEST.receipt.xml and DIGEST.acknowledgement.xml.
    """,
    epilog=epilog(
        "exchange pull --partner partner.toml",
        "exchange pull --partner partner.toml --wait 60 --into inbox/",
        "exchange pull --partner partner.toml --kind attestation --follow",
    ),
)
def pull_command(
    *,
    partner: PartnerOption,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write what comes to files as well.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind; may be given again.")
    ] = None,
    scheme: Annotated[
        list[str] | None, typer.Option(help="Only this scheme; may be given again.")
    ] = None,
    wait: Annotated[
        int, typer.Option(min=0, max=_LONGEST_WAIT, help="Seconds to wait when there is nothing.")
    ] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until interrupted.")] = False,
) -> None:
    """Pull until nothing is left."""
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
    seconds = _LONGEST_WAIT if follow else wait
    chosen = (tuple(kind or ()), tuple(scheme or ()))
    count = asyncio.run(_pull(partner, into, chosen, seconds, follow=follow))
    Console(stderr=True, highlight=False).print(f"{count} deliveries taken over")
    raise typer.Exit(ExitCode.DONE)


async def _pull(
    settings: Path,
    into: Path | None,
    chosen: tuple[tuple[str, ...], tuple[str, ...]],
    seconds: int,
    *,
    follow: bool,
) -> int:
    console = Console(highlight=False)
    count = 0
    async with open_partner(settings) as partner, Store.open(partner.database) as store:
        addressee = Addressee(
            body=partner.body, store=store, vault=partner.vault, snapshot=partner.snapshot
        )
        while True:
            kinds, schemes = chosen
            handed = await partner.client.lease(
                most=_ROUND, wait_seconds=seconds, kinds=kinds, schemes=schemes
            )
            for one in handed:
                taken = await _take(partner, addressee, one)
                _tell(console, one, taken)
                if into is not None:
                    await asyncio.to_thread(_write, into, one, taken)
            count += len(handed)
            if not handed and not follow:
                return count
            if not follow:
                seconds = 0


async def _take(partner: Partner, addressee: Addressee, handed: Handed) -> TakenOver:
    """Take one delivery over, and say so to the hub."""
    taken = await take_over(
        addressee,
        Delivered(
            delivery_id=MessageId(handed.delivery_id),
            statement=handed.statement,
            receipt=handed.receipt,
        ),
        at=datetime.now(UTC),
        receipt_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
    )
    await partner.client.acknowledge(handed.delivery_id, taken.acknowledgement)
    return taken


def _tell(console: Console, handed: Handed, taken: TakenOver) -> None:
    style = "bold green" if taken.outcome in GOOD else "bold red"
    console.print(
        Text.assemble(
            f"{handed.kind} of {handed.issuer} from {handed.sender}  ",
            (taken.outcome.value, style),
            f"  {handed.content_digest.hex()}",
            "  (again)" if taken.repeated else "",
        ),
        soft_wrap=True,
    )
    show_findings(taken.findings, console)


def _write(folder: Path, handed: Handed, taken: TakenOver) -> None:
    name = handed.content_digest.hex()
    for suffix, data in (
        ("xml", handed.statement),
        ("receipt.xml", handed.receipt),
        ("acknowledgement.xml", taken.acknowledgement),
    ):
        (folder / f"{name}.{suffix}").write_bytes(data)
