"""`exchange certificate search`: what the register finds, as a table or as JSON.

Names stand in the table as they were written: columns are counted in cells, so wide characters
line up, and a name from right to left is closed off, so that it turns nothing behind it.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import Json, day, epilog, hub_address
from exchange.cli.fetching import unbelieving
from exchange.cli.foreign_text import shown
from exchange.cli.partner import open_partner
from exchange.cli.trust_tables import rows_of, state_of, table_of, text_of
from exchange.core.model import Status
from exchange.core.searching import LIMIT, MAX_LIMIT
from exchange.peer.calls import Calls, as_object

_ECONOMY: Final = re.compile("[A-Z]{2}")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur", "ug", "ps", "dv", "yi"})
Ask = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""Asks for a page, by the parameters of `GET /v1/certificates`."""
_ISOLATE, _END = "\u2068", "\u2069"
HELP: Final = """Search the register of a hub, newest first.

    All words must be there, in any script: names, scopes, products, brands, models, standards,
    numbers. A word with an asterisk behind it is a prefix. What is found is no verdict, and with
    --hub it is not signed either: anyone may ask, and `exchange certificate verify` proves it.
    """
EPILOG: Final = epilog(
    "exchange certificate search 海尔 --partner partner.toml",
    "exchange certificate search 'pumps 9001' --status suspended --partner partner.toml",
    "exchange certificate search --identifier 91310000MA1FL0AB12 --partner partner.toml",
    "exchange certificate search насосы --hub https://hub.example:8444",
    "exchange certificate search --economy KZ --edition 2015 --all --json --partner partner.toml",
)


def search_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORD …", help="What to search for.")
    ] = None,
    *,
    partner: Annotated[
        Path | None,
        typer.Option(
            "--partner",
            metavar="PARTNER.toml",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Who you are, and which hub you talk to: your own certificates are found as well.",
        ),
    ] = None,
    hub: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Address of a hub's public listener; its answers are not signed."
        ),
    ] = "",
    scheme: Annotated[str, typer.Option(help="Only this scheme, by its id.")] = "",
    issuer: Annotated[str, typer.Option(help="Only certificates of this body.")] = "",
    status: Annotated[str, typer.Option(help="Only this status, by register and clock.")] = "",
    economy: Annotated[str, typer.Option(help="Economy of the holder.")] = "",
    standard: Annotated[str, typer.Option(help="Number of a standard.")] = "",
    edition: Annotated[str, typer.Option(help="Edition of the standard.")] = "",
    identifier: Annotated[str, typer.Option(help="A whole number: USCC, LEI, GTIN, …")] = "",
    valid_on: Annotated[str, typer.Option(metavar="DAY", help="Valid on this day.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="Of one page.")] = LIMIT,
    after: Annotated[str, typer.Option(metavar="CURSOR", help="Where a page ended.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every page, not only one.")] = False,
    json: Json = False,
) -> None:
    """Search, and show what is found."""
    if (partner is None) is (not hub):
        raise typer.BadParameter(
            "expected who you are, or the address of a hub", param_hint="--partner or --hub"
        )
    if hub:
        hub_address(hub)
    _require_filters(status, economy, valid_on)
    asked = {
        "q": " ".join(words or ()),
        "scheme": scheme,
        "issuer": issuer,
        "status": status,
        "economy": economy,
        "standard": standard,
        "edition": edition,
        "identifier": identifier,
        "valid_on": valid_on,
        "limit": str(limit),
        "after": after,
    }
    found, cursor, complete = asyncio.run(
        _found(partner or hub, {k: v for k, v in asked.items() if v}, everything=everything)
    )
    if json:
        answer = {"certificates": found, "after": cursor, "complete": complete}
        sys.stdout.write(jsonlib.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False)
    if found:
        show_found(found, console)
    notes = Console(stderr=True, highlight=False)
    if found:
        notes.print("no verdicts: exchange certificate verify NUMBER --issuer ISSUER gives one")
    else:
        notes.print("nothing found")
    if cursor is not None:
        notes.print(f"there may be more: --after {cursor}", soft_wrap=True)
    if not complete:
        notes.print("the hub is still indexing older certificates; there may be others")


def _require_filters(status: str, economy: str, valid_on: str) -> None:
    """Let no hub be asked for what does not exist: it may be away, or find nothing.

    Raises:
        typer.BadParameter: With what may stand there.
    """
    if status and status not in set(Status):
        raise typer.BadParameter(
            f"expected one of {', '.join(Status)}, found {status[:30]!r}", param_hint="--status"
        )
    if economy and not _ECONOMY.fullmatch(economy):
        raise typer.BadParameter(
            f"expected two capital letters such as KZ, found {economy[:30]!r}",
            param_hint="--economy",
        )
    if valid_on:
        day(valid_on, "--valid-on")


def show_found(found: list[Mapping[str, Any]], console: Console) -> None:
    """Print certificates, one row each."""
    table = table_of("certificate", "status", "holder", "object", "standard", "issuer", "until")
    for one in found:
        table.add_row(
            _number(one),
            _status(one),
            Text("\n").join(_name(holder) for holder in rows_of(one, "holders")),
            text_of("; ".join(map(str, one.get("objects") or ()))),
            text_of(", ".join(map(str, one.get("standards") or ()))),
            text_of(one.get("issuer")),
            text_of(one.get("valid_to") or "open"),
        )
    console.print(table)


def _number(one: Mapping[str, Any]) -> Text:
    """Return the number, and that it was found by what stands on it no more."""
    lines = [text_of(one.get("certificate_number"))]
    former = one.get("former")
    if isinstance(former, Mapping):
        number = former.get("number")
        found = "an earlier revision" if number is None else number
        lines.append(Text.assemble("found under ", text_of(found)))
    return Text("\n").join(lines)


def _name(holder: Mapping[str, Any]) -> Text:
    """Return a name; one from right to left is isolated, so that the row keeps its order."""
    name = shown(str(holder.get("name", "")))
    if str(holder.get("language", "")).split("-")[0] in _RIGHT_TO_LEFT:
        return Text.assemble(_ISOLATE, name, _END)
    return name


def _status(one: Mapping[str, Any]) -> Text:
    lines = [state_of(one.get("status"))]
    lines += [text_of(mark.get("text")) for mark in rows_of(one, "marks")]
    return Text("\n").join(lines)


async def _found(
    source: Path | str, asked: dict[str, str], *, everything: bool
) -> tuple[list[Mapping[str, Any]], str | None, bool]:
    found: list[Mapping[str, Any]] = []
    cursor, complete = None, True
    async for page in _pages(source, asked, everything=everything):
        found += rows_of(page, "certificates")
        cursor, complete = page.get("after"), complete and bool(page.get("complete"))
    return found, cursor, complete


async def _pages(
    source: Path | str, asked: dict[str, str], *, everything: bool
) -> AsyncIterator[Mapping[str, Any]]:
    async with _asking(source) as ask:
        while True:
            page = await ask(asked)
            yield page
            cursor = page.get("after")
            if cursor is None or not everything:
                return
            asked = {**asked, "after": str(cursor)}


@asynccontextmanager
async def _asking(source: Path | str) -> AsyncIterator[Ask]:
    """Yield what asks for a page: as the body of a file, or as anyone at an address."""
    if isinstance(source, Path):
        async with open_partner(source) as partner:
            yield partner.client.certificates
        return
    # Nothing is proven by a hit, so nobody is believed: a verification is asked for signed.
    async with Calls.open(source, unbelieving()) as calls:

        async def ask(asked: Mapping[str, str]) -> Mapping[str, Any]:
            return as_object(await calls.get(f"/v1/certificates?{urlencode(asked)}"))

        yield ask
