"""Outcomes: what became of each row, and the sheet that goes back to whoever sent it.

- The returned sheet has every column of the original, and behind them what became of the row:
  code, sentence, next step and column of each finding; number, receipt and QR address of what
  was accepted.
- A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in
  front: no spreadsheet computes what a stranger wrote.
- Rows are written as they come, so memory stays flat.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from exchange.errors import Finding, Severity


class Became(StrEnum):
    """What became of a row."""

    OK = "ok"
    WARNING = "warning"
    REFUSED = "refused"
    HELD = "held"
    """A status change that waits for the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One finding, in the words of whoever made it."""

    code: str
    severity: str
    path: str
    message: str
    remedy: str
    column: str = ""

    @classmethod
    def of(cls, finding: Finding, column: str = "") -> Told:
        """Return a finding of our own."""
        return cls(
            code=finding.code.value,
            severity=finding.severity.value,
            path=finding.path,
            message=finding.message,
            remedy=finding.code.remedy,
            column=column or finding.path,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row."""

    row: int
    """The number of the row; of a document its place in the series."""
    became: Became
    number: str = ""
    told: tuple[Told, ...] = ()
    document_id: str = ""
    message_id: str = ""
    receipt_digest: str = ""
    qr_address: str = ""


def became_of(told: Sequence[Told]) -> Became:
    """Return the worst of some findings."""
    if any(one.severity == Severity.FATAL for one in told):
        return Became.REFUSED
    return Became.WARNING if told else Became.OK


ADDED: Final = (
    "outcome",
    "codes",
    "findings",
    "next steps",
    "where",
    "certificate number",
    "document id",
    "receipt digest (SHA-256)",
    "QR address",
)
"""Columns behind those of the original."""
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def added_cells(outcome: Outcome | None) -> tuple[str, ...]:
    """Return what stands behind a row; `None` is a row that was not reached."""
    if outcome is None:
        return ("not reached", *("" for _ in ADDED[1:]))
    told = outcome.told
    return (
        outcome.became.value,
        "; ".join(dict.fromkeys(one.code for one in told)),
        "; ".join(one.message for one in told),
        "; ".join(dict.fromkeys(one.remedy for one in told if one.remedy)),
        "; ".join(dict.fromkeys(one.column for one in told if one.column)),
        outcome.number,
        outcome.document_id,
        outcome.receipt_digest,
        outcome.qr_address,
    )


class Returned(Protocol):
    """A sheet that is being written."""

    def write(self, cells: Mapping[str, str], outcome: Outcome | None) -> None:
        """Add a row."""
        ...


@contextmanager
def returned_sheet(path: Path, columns: Sequence[str]) -> Iterator[Returned]:
    """Write a returned sheet: XLSX where the name says so, CSV in UTF-8 otherwise.

    Args:
        path: The file; one that is there is replaced when the block ends well.
        columns: Those of the original.
    """
    named = [name for name in columns if name]
    unfinished = path.with_name(f".{path.name}.unfinished")
    if path.suffix.lower() == ".xlsx":
        book = Workbook(write_only=True)
        sheet = book.create_sheet("intake")
        one = _XLSXSheet(sheet=sheet, columns=named)
        one.head()
        yield one
        book.save(unfinished)
    else:
        # The mark tells spreadsheets that this is UTF-8.
        with unfinished.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow([harmless(name) for name in (*named, *ADDED)])
            yield _CSVSheet(writer=writer, columns=named)
    unfinished.replace(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CSVSheet:
    writer: Any
    columns: Sequence[str]

    def write(self, cells: Mapping[str, str], outcome: Outcome | None) -> None:
        row = [cells.get(name, "") for name in self.columns]
        self.writer.writerow(map(harmless, (*row, *added_cells(outcome))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _XLSXSheet:
    sheet: Any
    columns: Sequence[str]

    def head(self) -> None:
        self.sheet.append([self._cell(name) for name in (*self.columns, *ADDED)])

    def write(self, cells: Mapping[str, str], outcome: Outcome | None) -> None:
        row = (*(cells.get(name, "") for name in self.columns), *added_cells(outcome))
        self.sheet.append([self._cell(text) for text in row])

    def _cell(self, text: str) -> Any:
        cell = WriteOnlyCell(self.sheet, value=harmless(text))
        cell.data_type = "s"
        return cell
