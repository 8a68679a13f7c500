"""`exchange declare`: what a body says of its register here, signed and sent.

- One statement confirms the register for the month and says how open each scheme is.
- A body whose keys are in the hub's custody names a person who authorises it; the hub signs.
- What is declared stands in flags or in a TOML file, which is kept and used again each month:

      [[scheme]]
      id = "urn:mrhub:scheme:ccc"        # or just "ccc"
      disclosure = "public"              # public, number, token
      coverage = "all"                   # all, some, none
      certificates = 1204                # active ones by your own count; may be left out
"""

from __future__ import annotations

import asyncio
import sys
import tomllib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from exchange.cli.arguments import alone, epilog, instant
from exchange.cli.exits import ExitCode
from exchange.cli.files import require_new, write_new
from exchange.cli.foreign_text import reported
from exchange.cli.partner import Partner, PartnerOption, open_partner
from exchange.cli.sending import message_id
from exchange.codes.service import SettingsCode
from exchange.core.algorithms import ALGORITHMS
from exchange.core.declaration_writing import write_declaration
from exchange.core.declarations import CONFIRMED_EVERY, Coverage, Disclosure
from exchange.core.document.declaration import DeclaredScheme
from exchange.core.model import DocumentId, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.receipt import read_receipt
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.signing import complete, prepare
from exchange.core.xml import parse
from exchange.errors import Finding, SettingsError
from exchange.peer.hub import Authorisation
from exchange.service.addressees import REGISTER_ONLY
from exchange.vault.vault import key_name

app = alone()

_SCHEMES: Final = "urn:mrhub:scheme:"
_BEHIND: Final = timedelta(minutes=1)
"""How far the instant lies back that is confirmed by default: the hub's clock may be behind."""
_NAMES: Final = frozenset({"id", "disclosure", "coverage", "certificates"})


def now() -> datetime:
    """Return now."""
    return datetime.now(UTC)


@app.command(
    help="""Confirm your register, and say how open it is.

    Makes a declaration, signs it with your status key and sends it. At least once a month:
    a day that nobody has confirmed makes answers about your certificates say "unknown since".
    Each SCHEME is written as name:disclosure:coverage, and :count if you say how many active
    certificates you count.
    """,
    epilog=epilog(
        "exchange declare ccc:public:all:1204 organic:number:some --partner partner.toml",
        "exchange declare --from register.toml --partner partner.toml",
        "exchange declare --from register.toml --partner partner.toml --dry-run > declaration.xml",
        'exchange declare --from register.toml --partner partner.toml --person "Lim Mei" '
        '--role "head of certification"',
    ),
)
def declare_command(
    schemes: Annotated[
        list[str] | None, typer.Argument(metavar="[SCHEME …]", help="What is declared.")
    ] = None,
    *,
    partner: PartnerOption,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE.toml", exists=True, help="What is declared, in TOML."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", parser=instant, metavar="INSTANT", help="Confirmed instant; now by default."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write the signed declaration, send nothing.")
    ] = False,
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the signed receipt goes.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Who authorises, where the hub keeps your key.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="What entitles that person.")] = None,
) -> None:
    """Declare everything in one statement."""
    if (person is None) != (role is None):
        raise typer.BadParameter("name both --person and --role")
    if person is not None and dry_run:
        raise typer.BadParameter("what the hub signs it also takes in: no --dry-run")
    declared = [read_scheme(one) for one in schemes or ()]
    if source is not None:
        declared += read_file(source)
    if not declared:
        raise typer.BadParameter("name schemes, or a file with --from")
    if receipt is not None:
        require_new(receipt)
    named = None if person is None or role is None else (person, role)
    raise typer.Exit(
        asyncio.run(_declare(partner, declared, as_of, receipt, named, dry_run=dry_run))
    )


def read_scheme(text: str) -> DeclaredScheme:
    """Return what `name:disclosure:coverage[:count]` says; the name may be a whole id.

    Raises:
        typer.BadParameter: It is not written so.
    """
    short = text.removeprefix(_SCHEMES)
    name, *rest = short.split(":")
    counted = rest[2] if len(rest) == 3 else None  # noqa: PLR2004
    try:
        disclosure, coverage = rest[:2] if name and len(rest) in {2, 3} else ("", "")
        return DeclaredScheme(
            _SCHEMES + name,
            Disclosure(disclosure),
            Coverage(coverage),
            None if counted is None else _count(counted),
        )
    except ValueError as exc:
        raise typer.BadParameter(
            "expected name:disclosure:coverage and perhaps :count, such as ccc:public:all:1204 "
            f"(disclosure {', '.join(Disclosure)}; coverage {', '.join(Coverage)}), found {text!r}"
        ) from exc


def _count(value: Any) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or str(value).isascii()):
        raise ValueError(value)
    found = int(value)
    if not 0 <= found <= 9_999_999:  # noqa: PLR2004 - as the schema has it
        raise ValueError(value)
    return found


def read_file(path: Path) -> list[DeclaredScheme]:
    """Return what a TOML file declares.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(_fault(str(path), str(exc).lower())) from exc
    tables = given.get("scheme")
    if set(given) != {"scheme"} or not isinstance(tables, list) or not tables:
        raise SettingsError(_fault(str(path), "expected [[scheme]] tables and nothing else"))
    found, faults = [], []
    for number, table in enumerate(tables, 1):
        try:
            found.append(_scheme(table))
        except (ValueError, TypeError, KeyError) as exc:
            faults.append(_fault(f"scheme {number}", f"expected a scheme, found {exc}"))
    if faults:
        raise SettingsError(*faults)
    return found


def _scheme(table: dict[str, Any]) -> DeclaredScheme:
    if unknown := sorted(set(table) - _NAMES):
        raise ValueError(f"no such setting: {', '.join(unknown)}")
    counted = table.get("certificates")
    return DeclaredScheme(
        _SCHEMES + str(table["id"]).removeprefix(_SCHEMES),
        Disclosure(table["disclosure"]),
        Coverage(table["coverage"]),
        None if counted is None else _count(counted),
    )


async def _declare(
    settings: Path,
    declared: list[DeclaredScheme],
    as_of: datetime | None,
    place: Path | None,
    named: tuple[str, str] | None,
    *,
    dry_run: bool,
) -> ExitCode:
    async with open_partner(settings) as partner:
        at = now()
        confirmed = as_of or at - _BEHIND
        draft = write_declaration(
            document_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
            issuer=partner.body,
            issued_at=at,
            as_of=confirmed,
            schemes=declared,
        )
        data = draft if named is not None else await _signed(partner, draft, at)
        if dry_run:
            sys.stdout.buffer.write(data)
            return ExitCode.DONE
        addressees = (REGISTER_ONLY,)
        identifier = message_id(partner, data, addressees)
        if named is None:
            answer = await partner.client.submit(identifier, data, addressees)
        else:
            word = Authorisation(person=named[0], role=named[1], at=at)
            answer = await partner.client.issue(identifier, data, addressees, word)
        receipted = read_receipt(answer.receipt, partner.snapshot, now())
    if place is not None:
        await asyncio.to_thread(write_new, place, answer.receipt)
    console = Console(highlight=False)
    for finding in receipted.receipt.findings:
        console.print(reported(finding, "yellow"), soft_wrap=True)
    if answer.is_refused:
        console.print("[bold red]refused[/]")
        return ExitCode.REFUSED
    until = in_zulu(confirmed + CONFIRMED_EVERY)
    schemes = "1 scheme" if len(declared) == 1 else f"{len(declared)} schemes"
    console.print(f"declared {schemes} as of {in_zulu(confirmed)}; good until {until}")
    return ExitCode.DONE


async def _signed(partner: Partner, draft: bytes, at: datetime) -> bytes:
    """Return the declaration under the body's status key, checked by gates 1 to 3."""
    name = key_name(partner.body, KeyRole.STATUS)
    to_sign = prepare(draft, certificates=await partner.vault.certificates(name), signed_at=at)
    data = complete(to_sign, await partner.vault.sign(name, to_sign.octets, to_sign.algorithm))
    snapshot = partner.snapshot
    verify(conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits), ALGORITHMS)
    return data


def _fault(path: str, message: str) -> Finding:
    return Finding(code=SettingsCode.VALUE, path=path, message=message)
