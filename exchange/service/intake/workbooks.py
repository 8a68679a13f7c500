"""Workbooks: XLSX, read row by row, with nothing computed and nothing opened that could run.

Steps:
 1. the archive is measured before anything is unpacked, and its parts are looked through: macros,
    programs, links to other files, document type declarations and binary workbooks are refused;
 2. the parts of the sheet are scanned once as octets for what a reader of rows does not tell:
    merged cells, hidden rows and columns;
 3. openpyxl tells the sheets and the styles; the rows are read as a stream.

- A formula is refused in its cell; neither its text nor the value that some program has left
  beside it is taken over.
- Dates are days in the date system of the workbook (1900 or 1904).
- A number stays the number that it is, a day a day; a reader of texts is told that it was one.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from xml.parsers.expat import ExpatError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS

from exchange.codes.intake import IntakeCode
from exchange.errors import Finding
from exchange.service.intake.archives import DAMAGED, opened_zip
from exchange.service.intake.rows import (
    MAX_CELL,
    Row,
    Sheet,
    cell_path,
    header,
    letters,
    refused,
    remark,
)
from exchange.service.intake.workbook_cells import (
    CellValue,
    SharedTexts,
    Styles,
    read_cells,
    read_shared,
)
from exchange.service.intake.workbook_parts import (
    MAX_PARTS,
    TYPES,
    Scan,
    require_harmless,
    scan,
)

_TOLD: Final = 20
_UNUSABLE: Final = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    SyntaxError,
    ExpatError,
)
"""What is raised about workbooks of which no sense can be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One sheet of a workbook."""

    title: str
    part: str
    is_visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What is known of a workbook before its rows."""

    sheets: tuple[_Part, ...]
    shared: str | None
    """The part with the texts that cells share."""
    styles: Styles


def is_workbook(path: Path) -> bool:
    """Tell whether a ZIP archive has the parts of a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return TYPES in archive.NameToInfo
    except DAMAGED:
        return False


def read_workbook(path: Path, *, sheet: str | None = None, header_row: int = 1) -> Sheet:
    """Return a sheet of a workbook; its rows are read as they are asked for.

    Args:
        path: The file.
        sheet: Its name; without, the workbook must have only one that is visible.
        header_row: The row with the names of the columns.

    Raises:
        RefusedError: The file is refused whole.
    """
    with opened_zip(path, entries=MAX_PARTS) as archive:  # 1
        require_harmless(archive, path)
        with _sensible(path.name):
            book = _book(path)
        chosen = _chosen(book, sheet, path)
        with _sensible(chosen.title):
            shared = SharedTexts()
            if book.shared is not None:
                with archive.open(book.shared) as source:
                    shared = read_shared(source, book.shared)
            found = scan(path, chosen.part)  # 2
    rows = _numbered(path, chosen, shared, book.styles)
    number, names = next((one for one in rows if one[0] >= header_row), (0, ()))
    rows.close()
    if not number:
        raise refused(IntakeCode.HEADER, f"row {header_row}", "expected names, found no such row")
    merged = found.merged.at(number)
    if merged is not None:
        raise refused(IntakeCode.MERGED, merged, "expected one cell for each name, found more")
    columns = header(_names(names))
    return Sheet(
        columns=columns,
        rows=_rows(_numbered(path, chosen, shared, book.styles), (number, columns), found),
        remarks=_remarks(book, found, columns),
    )


@contextmanager
def _sensible(name: str) -> Iterator[None]:
    try:
        yield
    except (*_UNUSABLE, *DAMAGED) as exc:
        message = f"it cannot be read: {str(exc)[:200]}"
        raise refused(IntakeCode.WORKBOOK, name[:200], message) from exc


class _Reader(ExcelReader):  # type: ignore[misc]  # publishes no types
    """Reads which sheets there are and what makes a number a day; no rows, and no texts."""

    def read(self) -> None:
        """Read both."""
        self.read_manifest()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)


def _book(path: Path) -> _Book:
    reader = _Reader(path, read_only=True, keep_links=False)
    with reader.archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles that are missing, to nobody who could mend them
        reader.read()
        sheets = tuple(
            _Part(title=one.name, part=relation.target, is_visible=one.state == "visible")
            for one, relation in reader.parser.find_sheets()
            if relation.target in reader.valid_files and relation.Type.endswith("/worksheet")
        )
        shared = reader.package.find(SHARED_STRINGS)
        return _Book(
            sheets=sheets,
            shared=None if shared is None else shared.PartName[1:],
            styles=Styles(
                epoch=reader.wb.epoch,
                days=frozenset(reader.wb._date_formats),
                durations=frozenset(reader.wb._timedelta_formats),
            ),
        )


def _chosen(book: _Book, sheet: str | None, path: Path) -> _Part:
    if sheet is not None:
        found = next((one for one in book.sheets if one.title == sheet), None)
        if found is None:
            listed = ", ".join(one.title for one in book.sheets[:_TOLD])
            raise refused(IntakeCode.SHEET, sheet[:60], f"expected one of {listed}, found none")
        return found
    visible = [one for one in book.sheets if one.is_visible]
    if len(visible) != 1:
        listed = ", ".join(one.title for one in visible[:_TOLD]) or "none"
        raise refused(IntakeCode.SHEET, path.name, f"expected one visible sheet, found {listed}")
    return visible[0]


def _remarks(book: _Book, found: Scan, columns: Sequence[str]) -> tuple[Finding, ...]:
    return (
        *(
            remark(IntakeCode.HIDDEN, f"sheet {one.title[:60]}", "the sheet is hidden and not read")
            for one in book.sheets
            if not one.is_visible
        ),
        *(
            remark(IntakeCode.HIDDEN, f"column {letters(place)} ({name})", "the column is hidden")
            for place, name in enumerate(columns)
            if place in found.columns
        ),
    )


def _numbered(
    path: Path, sheet: _Part, shared: SharedTexts, styles: Styles
) -> Generator[tuple[int, Sequence[CellValue]], None, None]:
    """Yield rows with their numbers; the file is open while they are read, and not before."""
    with (
        _sensible(sheet.title),
        opened_zip(path, entries=MAX_PARTS) as archive,
        archive.open(sheet.part) as source,
    ):
        yield from read_cells(source, sheet.part, shared, styles)


def _names(cells: Sequence[CellValue]) -> list[str]:
    names = [""] * (max((cell.place for cell in cells), default=-1) + 1)
    for cell in cells:
        names[cell.place] = _plain(cell.value)
    return names


def _rows(
    numbered: Iterator[tuple[int, Sequence[CellValue]]],
    head: tuple[int, tuple[str, ...]],
    found: Scan,
) -> Iterator[Row]:  # 3
    """Yield the rows below the header."""
    header_row, columns = head
    for number, cells in numbered:
        if number > header_row and cells:
            yield _row(number, cells, columns, found)


def _row(number: int, cells: Sequence[CellValue], columns: tuple[str, ...], found: Scan) -> Row:
    findings: list[Finding] = []
    merged = found.merged.at(number)
    if merged is not None:
        findings.append(
            Finding(
                code=IntakeCode.MERGED,
                path=merged,
                message="expected a value in every cell, found merged cells",
            )
        )
    if found.hidden.at(number) is not None:
        findings.append(remark(IntakeCode.HIDDEN, f"row {number}", "the row is hidden"))
    texts: dict[str, str] = {}
    numbers: set[str] = set()
    days: set[str] = set()
    for cell in cells:
        name = columns[cell.place] if cell.place < len(columns) else ""
        fault = cell.fault or _fault(cell, name)
        if fault is not None:
            code, message = fault
            findings.append(
                Finding(code=code, path=cell_path(number, cell.place, name), message=message)
            )
            continue
        text = _plain(cell.value)
        if not text.strip():
            continue
        texts[name] = text.strip()
        if isinstance(cell.value, date | time):
            days.add(name)
        elif isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
            numbers.add(name)
    return Row(
        number=number,
        cells=texts,
        findings=tuple(findings),
        numbers=frozenset(numbers),
        days=frozenset(days),
    )


def _fault(cell: CellValue, name: str) -> tuple[IntakeCode, str] | None:
    if isinstance(cell.value, str) and len(cell.value) > MAX_CELL:
        return IntakeCode.TOO_LARGE, f"expected at most {MAX_CELL} characters"
    if not name:
        return IntakeCode.RAGGED, "expected an empty cell below no name, found a value"
    return None


def _plain(value: object) -> str:
    """Return a value as text: days as ISO 8601 writes them, whole numbers without a fraction."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e18:  # noqa: PLR2004
            return str(int(value))
        case _:
            return str(value)
