"""`exchange intake`: a body's existing stock becomes signed attestations, row by row."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.cli.arguments import epilog
from exchange.cli.exits import ExitCode
from exchange.cli.files import progress_console, write_new
from exchange.cli.intake_stock import Checked, Stock, Tally, digest_of
from exchange.cli.main import explain
from exchange.cli.partner import Partner, PartnerOption, To, open_partner
from exchange.errors import PeerError, UndecidedError
from exchange.peer.intake import Answered
from exchange.service.intake.fields import scheme_fields
from exchange.service.intake.journal import Journal, Subject
from exchange.service.intake.mapping import FileFormat, SheetMapping, load_mapping
from exchange.service.intake.outcome import Became, Outcome
from exchange.service.intake.propose import explained, proposal
from exchange.service.intake.signing import RowSigner
from exchange.service.intake.source import (
    is_documents,
    open_sheet,
)
from exchange.service.intake.take import Intake
from exchange.service.materials import load_catalogue, load_code_lists

app = typer.Typer(
    help="Existing certificates of a body, from a sheet or as documents.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Source = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        exists=True,
        help="A CSV or XLSX sheet, a CertSearch upload, or attestations: a folder, ZIP or TAR.",
    ),
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="MAPPING.toml",
        exists=True,
        dir_okay=False,
        help="Which column fills which field; attestations need none.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="Encoding of a CSV file, such as gb18030.")
]
Delimiter = Annotated[
    str | None, typer.Option(metavar="CHARACTER", help="What separates cells; `tab` is a tab.")
]
SheetName = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")]
Scheme = Annotated[str, typer.Option(help="The scheme, such as ccc or management-systems.")]


@app.command(
    "fields",
    help="""Show the fields of a scheme.

    Those with a star are needed in every row.
    """,
    epilog=epilog("exchange intake fields --scheme ccc"),
)
def fields_command(*, scheme: Scheme) -> None:
    """Show what a mapping may name."""
    fields = scheme_fields(load_catalogue(), load_code_lists(), scheme)
    for line in explained(fields):
        typer.echo(line.removeprefix("# "))


@app.command(
    "map",
    help="""Propose which column fills which field.

    Names in Chinese, English and Russian are known; whatever is left over stands in the
    proposal with an explanation. Nothing is overwritten.
    """,
    epilog=epilog(
        "exchange intake map stock.xlsx --scheme management-systems --out stock.toml",
        "exchange intake map stock.csv --scheme ccc --encoding gb18030 --language zh",
    ),
)
def map_command(
    file: Source,
    *,
    scheme: Scheme,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it.")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Languages of the certificates, the first counts.")
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: SheetName = None,
) -> None:
    """Write a mapping for a person to look at."""
    if is_documents(file):
        raise typer.BadParameter(f"{file} holds attestations; these need no mapping")
    fields = scheme_fields(load_catalogue(), load_code_lists(), scheme)
    form = FileFormat(sheet=sheet, encoding=encoding, delimiter=_separator(delimiter))
    columns = open_sheet(file, form).columns
    text = "\n".join(proposal(columns, fields, language or ["zh", "en"])) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        write_new(out, text.encode())


@app.command(
    "check",
    help="""Judge every row of a sheet, and send nothing.

    Each row becomes a draft, is signed with your own key and passes all five gates, with the
    trust lists that you have; then it is forgotten. The returned sheet says for each row what
    is wrong, in which column, and what to do.
    """,
    epilog=epilog(
        "exchange intake check stock.xlsx --mapping stock.toml --partner partner.toml "
        "--returned checked.xlsx",
        "exchange intake check attestations/ --partner partner.toml",
    ),
)
def check_command(
    file: Source,
    *,
    partner: PartnerOption,
    mapping: MappingOption = None,
    returned: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Returned sheet, .csv or .xlsx.")
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: SheetName = None,
) -> None:
    """Dry run."""
    if returned is not None and returned.resolve() == file.resolve():
        raise typer.BadParameter("name another file with --returned; yours is left as it is")
    form = (encoding, _separator(delimiter), sheet)
    raise typer.Exit(asyncio.run(_check(file, partner, mapping, returned, form)))


@app.command(
    "run",
    help="""Sign every row of a sheet and send it.

    The key is your own. The file must have been checked as it is, with the same mapping.

    What cannot be taken in is skipped and reported; nothing is altered. An intake that was
    interrupted goes on with --resume where it was: what was on its way is sent again octet by
    octet, and the hub answers with the first receipts.
    """,
    epilog=epilog(
        "exchange intake run stock.xlsx --mapping stock.toml --partner partner.toml "
        "--to register-only --out intake/",
        "exchange intake run stock.xlsx --mapping stock.toml --partner partner.toml "
        "--to register-only --out intake/ --resume",
    ),
)
def run_command(
    file: Source,
    *,
    partner: PartnerOption,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Of the journal and the returned sheet.")
    ],
    mapping: MappingOption = None,
    to: To = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with one begun before.")] = False,
    without_check: Annotated[
        bool, typer.Option("--without-check", help="Send what no dry run has seen.")
    ] = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: SheetName = None,
) -> None:
    """In earnest."""
    if not to:
        raise typer.BadParameter("name the addressees with --to, or --to register-only")
    form = (encoding, _separator(delimiter), sheet)
    if not (without_check or Journal.is_begun(out)):
        Checked(file, mapping).require()
    raise typer.Exit(asyncio.run(_run(file, partner, mapping, (tuple(to), out, resume), form)))


_Form = tuple[str | None, str | None, str | None]


def _separator(given: str | None) -> str | None:
    if given is None:
        return None
    separator = "\t" if given.lower() in {"tab", "\\t"} else given
    if len(separator) != 1:
        raise typer.BadParameter(f"expected one character or `tab`, found {given!r}")
    return separator


def _mapping(file: Path, path: Path | None, form: _Form) -> SheetMapping | None:
    """Return the mapping of a sheet, with what the command line says about the file."""
    if is_documents(file):
        return None
    if path is None:
        raise typer.BadParameter("a sheet needs --mapping; `exchange intake map` proposes one")
    mapping = load_mapping(path, load_catalogue(), load_code_lists())
    encoding, delimiter, sheet = form
    said = mapping.file
    return replace(
        mapping,
        file=replace(
            said,
            encoding=encoding or said.encoding,
            delimiter=delimiter or said.delimiter,
            sheet=sheet or said.sheet,
        ),
    )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=progress_console(),
    )


async def _check(
    file: Path, settings: Path, mapping: Path | None, returned: Path | None, form: _Form
) -> ExitCode:
    stock = Stock(file, _mapping(file, mapping, form))
    checked = Checked(file, mapping)
    total = sum(1 for _ in stock.rows())
    async with open_partner(settings) as partner:
        intake = await _intake(partner, stock.mapping)
        at = datetime.now(UTC)
        with _bar() as progress:
            tally = Tally(progress)
            tally.expect(total, 0)
            if returned is None:
                await intake.check(stock.units(partner, at), _told(tally))
            else:
                with stock.returning(returned) as done:
                    await intake.check(stock.units(partner, at), _both(tally, done))
    checked.note()
    return tally.tell(Console(highlight=False))


def _both(
    first: Callable[[Outcome], None], second: Callable[[Outcome], None]
) -> Callable[[Outcome], None]:
    def each(outcome: Outcome) -> None:
        first(outcome)
        second(outcome)

    return each


def _told(tally: Tally) -> Callable[[Outcome], None]:
    """Say what is wrong on standard error, where no sheet is returned."""
    shown = count()

    def each(outcome: Outcome) -> None:
        tally(outcome)
        if outcome.became is Became.REFUSED and next(shown) < _SHOWN:
            for one in outcome.told:
                sys.stderr.write(f"row {outcome.row}: {one.code}: {one.column}: {one.message}\n")

    return each


_SHOWN = 20


async def _run(
    file: Path,
    settings: Path,
    mapping: Path | None,
    how: tuple[tuple[str, ...], Path, bool],
    form: _Form,
) -> ExitCode:
    addressees, out, resume = how
    stock = Stock(file, _mapping(file, mapping, form))
    total = sum(1 for _ in stock.rows())
    async with open_partner(settings) as partner:
        subject = Subject(
            body=partner.body,
            file=digest_of(file),
            mapping="" if mapping is None else digest_of(mapping),
            addressees=tuple(sorted(set(addressees))),
        )
        journal = Journal.open(out, subject, datetime.now(UTC), resume=resume)
        intake = await _intake(partner, stock.mapping)
        stopped: PeerError | UndecidedError | None = None
        with _bar() as progress:
            tally = Tally(progress)
            for outcome in journal.outcomes():
                tally.counts[outcome.became] += 1
            tally.expect(total, sum(tally.counts.values()))

            async def send(documents: Sequence[bytes]) -> list[Answered]:
                return await partner.client.take_in(documents, addressees)

            try:
                await intake.run(stock.units(partner, journal.begun_at), journal, send, tally)
            except (PeerError, UndecidedError) as error:
                stopped = error
    suffix = ".xlsx" if file.suffix.lower() == ".xlsx" else ".csv"
    stock.write(out / f"returned{suffix}", journal.outcomes())
    code = tally.tell(Console(highlight=False))
    if stopped is not None:
        explain(stopped, sys.stderr)
        sys.stderr.write("  next: run the same command again with --resume\n")
        return ExitCode.UNDECIDED
    return code


async def _intake(partner: Partner, mapping: SheetMapping | None) -> Intake:
    def now() -> datetime:
        return datetime.now(UTC)

    signer = await RowSigner.of(partner.vault, partner.body, partner.snapshot, now)
    return Intake(signer=signer, snapshot=partner.snapshot, clock=now, mapping=mapping)
