"""`exchange trust show | publish`: boards, for every role; and the lists, now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from exchange.cli.administrator import (
    Administration,
    AdminOption,
    HubAddress,
    KeyFile,
    PinnedRoot,
    Who,
    administering,
    who,
)
from exchange.cli.arguments import Json, alone, epilog
from exchange.cli.trust_boards import show_expiring, show_freshness, show_suspensions
from exchange.cli.trust_propose import write_json
from exchange.cli.trust_subjects import full_digest
from exchange.cli.trust_tables import show_entry, show_proposal, show_proposals, show_state
from exchange.core.model import BodyId

app = alone()

_BODY: Final = re.compile(r"[A-Z]{2}-[A-Z]+-[A-Z0-9]+", re.ASCII)
_Show = Callable[[Mapping[str, Any], Console], None]
_BOARDS: Final[Mapping[str, _Show]] = {
    "state": show_state,
    "proposals": show_proposals,
    "suspensions": show_suspensions,
    "freshness": show_freshness,
    "expiring": show_expiring,
}


@app.command(
    "show",
    help="""Show the state of trust, an entry, a proposal or a board.

    WHAT is a body, a proposal by the beginning of its digest, or one of: state, proposals,
    suspensions, freshness (which partner holds which lists), expiring (what ends soon).
    """,
    epilog=epilog(
        "exchange trust show --admin li-wei.toml",
        "exchange trust show CN-CB-0103 --admin li-wei.toml",
        "exchange trust show proposals --state open --admin li-wei.toml --json",
        "exchange trust show expiring --hub https://hub.example:8443 --key li-wei.pem --root 5b0c…",
    ),
)
def show_command(
    what: Annotated[str, typer.Argument(metavar="[WHAT]")] = "state",
    *,
    state: Annotated[
        str | None,
        typer.Option(help="Only proposals that are open, approved, active, rejected, outdated."),
    ] = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Ask the hub and print."""
    values, show = asyncio.run(_ask(who(admin, hub, key, root), what, state))
    if json:
        write_json(values)
    else:
        show(values, Console(highlight=False))


@app.command(
    "publish",
    help="""Publish the lists now, or a new delegation of the root.

    The hub publishes by itself on every change and before a list ends; this is for a new
    `root.xml` from the ceremony, and for impatience. For operators and trust officers of the
    hub's operator.
    """,
    epilog=epilog(
        "exchange trust publish --admin li-wei.toml",
        "exchange trust publish --admin li-wei.toml --delegation ceremony/root.xml",
    ),
)
def publish_command(
    *,
    delegation: Annotated[
        Path | None,
        typer.Option(
            metavar="ROOT.xml", exists=True, dir_okay=False, help="What the ceremony signed."
        ),
    ] = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Ask the hub, and print which lists are new."""
    data = delegation.read_bytes() if delegation is not None else None
    values = asyncio.run(_publish(who(admin, hub, key, root), data))
    if json:
        write_json(values)
        return
    console = Console(highlight=False)
    for one in values.get("lists", ()):
        state = "published" if one.get("is_new") else "unchanged"
        console.print(
            f"{one.get('name')}  number {one.get('sequence')}  {state}, "
            f"until {str(one.get('next_update'))[:10]}",
            soft_wrap=True,
        )


async def _ask(said: Who, what: str, state: str | None) -> tuple[Mapping[str, Any], _Show]:
    async with administering(said) as administration:
        if what in _BOARDS:
            return await _board(administration, what, state), _BOARDS[what]
        if _BODY.fullmatch(what):
            return await administration.client.entry(BodyId(what)), show_entry
        digest = await full_digest(administration, what)
        return await administration.client.proposal(digest), show_proposal


async def _board(administration: Administration, what: str, state: str | None) -> Mapping[str, Any]:
    client = administration.client
    match what:
        case "proposals":
            return await client.proposals(state)
        case "suspensions":
            return await client.suspensions()
        case "freshness":
            return await client.freshness()
        case "expiring":
            return await client.expiring()
        case _:
            return await client.state()


async def _publish(said: Who, delegation: bytes | None) -> Mapping[str, Any]:
    async with administering(said) as administration:
        return await administration.client.publish(delegation)
