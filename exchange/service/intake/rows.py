"""Rows: what a sheet says, whatever file it came from, and what is wrong with a cell.

- A cell is text, exactly as it stands in the file; dates of a workbook are days in its own date
  system. Nothing is guessed and nothing is mended.
- A fault belongs to one row and names its column; a row with a fault is skipped and reported,
  and its neighbours go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exchange.codes.intake import IntakeCode
from exchange.errors import Finding, RefusedError, Severity

MAX_COLUMNS = 500
"""Columns of a sheet, at most."""
MAX_CELL = 32_767
"""Characters of a cell, at most: what a spreadsheet can hold."""
MAX_ROWS = 2_000_000
"""Rows of a file, at most; a workbook ends at 1,048,576."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row below the header."""

    number: int
    """As a spreadsheet shows it: the header is 1, unless it stands further down."""
    cells: Mapping[str, str]
    """Text by column name; empty cells are left out."""
    findings: tuple[Finding, ...] = ()
    """Faults (fatal) and remarks (warnings) about single cells."""
    numbers: frozenset[str] = frozenset()
    """Columns whose cell is a number of a workbook: its leading zeros are gone."""
    days: frozenset[str] = frozenset()
    """Columns whose cell is a day of a workbook: what was typed there may have been a text."""
    sites: tuple[Row, ...] = ()
    """The rows of its sites: of a second sheet, or repeated in this one."""

    @property
    def is_faulty(self) -> bool:
        """Whether anything fatal is known about a cell."""
        return any(finding.severity is Severity.FATAL for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A header, and rows that are read as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    remarks: tuple[Finding, ...] = field(default=())
    """What is to be told about the file as a whole."""


def header(cells: list[str]) -> tuple[str, ...]:
    """Return the names of columns; trailing nameless ones are left out.

    Raises:
        RefusedError: A name stands twice, or there is none.
    """
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise refused(IntakeCode.HEADER, "row 1", "expected names of columns, found none")
    if len(names) > MAX_COLUMNS:
        raise refused(
            IntakeCode.TOO_LARGE,
            "row 1",
            f"expected at most {MAX_COLUMNS} columns, found {len(names)}",
        )
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if name and name in seen:
            raise refused(
                IntakeCode.HEADER,
                f"column {letters(place)}",
                f"{name[:60]!r} stands in column {letters(seen[name])} as well",
            )
        seen[name] = place
    return tuple(names)


def letters(place: int) -> str:
    """Return how a spreadsheet calls a column, counted from 0."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def cell_path(row: int, place: int, name: str) -> str:
    """Return how a cell is called in findings."""
    return f"{letters(place)}{row} ({name[:60]})" if name else f"{letters(place)}{row}"


def refused(code: IntakeCode, path: str, message: str) -> RefusedError:
    """Make the error of a file that is refused whole."""
    return RefusedError(Finding(code=code, path=path, message=message))


def remark(code: IntakeCode, path: str, message: str) -> Finding:
    """Make a warning."""
    return Finding(code=code, path=path, message=message, severity=Severity.WARNING)
