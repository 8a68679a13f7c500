"""`exchange issue`: drafts, signed in the hub's vault on a named person's authorisation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.arguments import alone, documents, epilog
from exchange.cli.exits import ExitCode
from exchange.cli.files import write_new
from exchange.cli.partner import PartnerOption, To, open_partner
from exchange.cli.sending import message_id, send_each
from exchange.peer.hub import Answer, Authorisation

app = alone()


@app.command(
    help="""Have drafts signed in the hub's vault and sent.

    For bodies whose keys are in the hub's custody: attestations, status changes and declarations
    (which `exchange declare` writes as well). A named person of the body authorises
    exactly these drafts; the hub keeps that as evidence. The signed document and the verified
    receipt are written to a folder. Running the command again continues where it stopped.
    """,
    epilog=epilog(
        'exchange issue draft.xml --partner partner.toml --to CN --person "Lim Mei" '
        '--role "head of certification" --out issued/',
        'exchange issue drafts/ --partner partner.toml --to CN --person "Lim Mei" '
        '--role "head of certification" --out issued/',
    ),
)
def issue_command(
    drafts: Annotated[
        list[Path],
        typer.Argument(metavar="DRAFT …", exists=True, help="Files, or folders of `*.xml`."),
    ],
    *,
    partner: PartnerOption,
    person: Annotated[str, typer.Option(help="Who authorises, by name.")],
    role: Annotated[str, typer.Option(help="What entitles that person.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Signed documents and receipts.")],
    to: To = None,
) -> None:
    """Issue every draft."""
    if not to:
        raise typer.BadParameter("name the addressees with --to, or --to register-only")
    out.mkdir(parents=True, exist_ok=True)
    named = (person, role)
    raise typer.Exit(asyncio.run(_issue(documents(drafts), partner, tuple(to), named, out)))


async def _issue(
    drafts: Sequence[Path],
    settings: Path,
    to: tuple[str, ...],
    named: tuple[str, str],
    out: Path,
) -> ExitCode:
    async with open_partner(settings) as partner:

        async def send(path: Path) -> Answer:
            draft = await asyncio.to_thread(path.read_bytes)
            person, role = named
            answer = await partner.client.issue(
                message_id(partner, draft, to),
                draft,
                to,
                Authorisation(person=person, role=role, at=datetime.now(UTC)),
            )
            signed = out / path.name
            if answer.statement is not None and not await asyncio.to_thread(signed.exists):
                await asyncio.to_thread(write_new, signed, answer.statement)
            return answer

        return await send_each(partner, drafts, out, send)
