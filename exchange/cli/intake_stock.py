"""A file of a body as the commands of `exchange intake` use it: units, rows, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from exchange.cli.exits import ExitCode
from exchange.cli.partner import Partner
from exchange.codes.intake import IntakeCode
from exchange.core.periods import day_in
from exchange.errors import Finding, RefusedError, SettingsError
from exchange.service.intake.draft import Drafter
from exchange.service.intake.known import Known
from exchange.service.intake.mapping import SheetMapping
from exchange.service.intake.outcome import Became, Outcome, Returned, returned_sheet
from exchange.service.intake.rows import Row, Sheet
from exchange.service.intake.source import open_sheet, read_documents, with_sites
from exchange.service.intake.take import RowUnits, Unit, document_units


class Stock:
    """A file as units, and again as rows for the returned sheet."""

    def __init__(self, file: Path, mapping: SheetMapping | None) -> None:
        self.file = file
        self.mapping = mapping
        self.columns: tuple[str, ...] = ("document",)
        if mapping is not None:
            sheet = self._sheet(mapping)
            mapping.require_columns(sheet.columns)
            self.columns = sheet.columns
            for finding in sheet.remarks:
                typer.echo(f"exchange: {finding.code}: {finding.path}: {finding.message}", err=True)

    def _sheet(self, mapping: SheetMapping) -> Sheet:
        return open_sheet(self.file, mapping.file)

    def rows(self) -> Iterator[Row]:
        """Yield the rows, or the names of the documents as rows."""
        if self.mapping is not None:
            yield from with_sites(self._sheet(self.mapping), self.mapping, self.file)
            return
        for number, (name, _) in enumerate(read_documents(self.file), 1):
            yield Row(number=number, cells={"document": name})

    def units(self, partner: Partner, begun_at: datetime) -> Iterator[Unit]:
        """Yield everything that is to be signed."""
        if self.mapping is None:
            return document_units(read_documents(self.file))
        body = partner.snapshot.trust.bodies.get(partner.body)
        if body is None:
            raise SettingsError(
                Finding(
                    code=IntakeCode.MAPPING,
                    path="body",
                    message=f"expected {partner.body} on the trust lists, found it nowhere",
                )
            )
        drafter = Drafter(
            mapping=self.mapping,
            known=Known(body=body, scheme=self.mapping.fields.scheme),
            body=body,
            issued_at=begun_at,
            today=day_in(body.time_zone, begun_at),
        )
        return RowUnits(drafter=drafter).each(self.rows())

    def write(self, path: Path, outcomes: Iterator[Outcome]) -> None:
        """Write the returned sheet from outcomes in the order of the rows."""
        with self.returning(path) as done:
            for outcome in outcomes:
                done(outcome)

    @contextmanager
    def returning(self, path: Path) -> Iterator[Callable[[Outcome], None]]:
        """Write the returned sheet while outcomes come, in the order of the rows."""
        key = self._repeated_key()
        rows = self.rows() if key is None else self._written_rows()
        with returned_sheet(path, self.columns) as sheet:
            writer = _Returning(sheet=sheet, rows=rows, key=key)
            yield writer.done
            writer.rest()

    def _repeated_key(self) -> str | None:
        """Return the column that rows of one certificate share, where they follow each other."""
        sites = None if self.mapping is None else self.mapping.sites
        return sites.key if sites is not None and sites.sheet is None else None

    def _written_rows(self) -> Iterator[Row]:
        """Yield the rows as they stand in the file."""
        return iter(()) if self.mapping is None else self._sheet(self.mapping).rows


@dataclass(slots=True, kw_only=True)
class _Returning:
    """A returned sheet in the making; rows of sites say what became of their certificate."""

    sheet: Returned
    rows: Iterator[Row]
    key: str | None
    last: Outcome | None = None
    named: str | None = None
    """What the last row has in the key column."""

    def done(self, outcome: Outcome) -> None:
        """Write rows down to the one that this is about."""
        for row in self.rows:
            if row.number == outcome.row:
                self.last = outcome
                self.named = row.cells.get(self.key) if self.key else None
                self.sheet.write(row.cells, outcome)
                return
            self._beside(row)

    def rest(self) -> None:
        """Write what nothing became of."""
        for row in self.rows:
            self._beside(row)

    def _beside(self, row: Row) -> None:
        is_site = self.named is not None and self.key and row.cells.get(self.key) == self.named
        if not is_site:
            self.last = self.named = None
        self.sheet.write(row.cells, self.last)


class Checked:
    """The note that a file was checked as it is now: beside the mapping, or beside the file."""

    def __init__(self, file: Path, mapping: Path | None) -> None:
        """Read both, to tell them from what they were."""
        self.path = (mapping or file.absolute()).parent / f"{file.name}.checked"
        digests = (digest_of(file), "" if mapping is None else digest_of(mapping))
        self._text = "".join(f"{one}\n" for one in digests)

    def note(self) -> None:
        """Say that it was checked."""
        try:
            self.path.write_text(self._text, encoding="ascii")
        except OSError as exc:
            typer.echo(f"exchange: {self.path} cannot be written: {exc}", err=True)

    def require(self) -> None:
        """Let pass a file that was checked as it is.

        Raises:
            RefusedError: It was not, or has changed since.
        """
        found = self.path.read_text("ascii", "replace") if self.path.exists() else ""
        if found != self._text:
            said = "one that has changed since" if found else "none"
            raise RefusedError(
                Finding(
                    code=IntakeCode.UNCHECKED,
                    path=str(self.path),
                    message=f"expected a dry run of this file with this mapping, found {said}",
                )
            )


class Tally:
    """Counts, shows how far it is, and says what it came to."""

    def __init__(self, progress: Progress) -> None:
        self.counts = dict.fromkeys(Became, 0)
        self._progress = progress
        self._task = progress.add_task("rows", total=None)
        self._begun = datetime.now(UTC)

    def expect(self, total: int, done: int) -> None:
        """Say how many rows there are, and how many are done already."""
        self._progress.update(self._task, total=total, completed=done)

    def __call__(self, outcome: Outcome) -> None:
        """Count one more."""
        self.counts[outcome.became] += 1
        done = sum(self.counts.values())
        seconds = max((datetime.now(UTC) - self._begun).total_seconds(), 0.001)
        self._progress.update(self._task, advance=1, description=f"{done / seconds:.0f} rows/s")

    def tell(self, console: Console) -> ExitCode:
        """Say what it came to."""
        told = ", ".join(f"{number} {one.value}" for one, number in self.counts.items() if number)
        console.print(told or "no rows")
        return ExitCode.REFUSED if self.counts[Became.REFUSED] else ExitCode.DONE


def digest_of(path: Path) -> str:
    """Return what tells a file, or a folder, from another one."""
    digest = sha256()
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    for file in files:
        digest.update(file.name.encode())
        with file.open("rb") as source:
            while piece := source.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
