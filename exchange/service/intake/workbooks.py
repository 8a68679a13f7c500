"""Workbooks: XLSX, read row by row, with nothing computed and nothing opened that could run.

Steps:
 1. the archive is measured before anything is unpacked; macros, embedded programs, links to
    other files, document type declarations and binary workbooks are refused;
 2. the parts of the sheet are scanned once as octets for what a reader of rows does not tell:
    merged cells, hidden rows and columns;
 3. openpyxl reads the rows as a stream.

- A formula is refused in its cell; neither its text nor the value that some program has left
  beside it is taken over.
- Dates are days in the date system of the workbook (1900 or 1904).
- A number stays the number that it is; a reader of texts is told that it was one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.cell import range_boundaries

from exchange.codes.intake import IntakeCode
from exchange.core.limits import MIB
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

MAX_PARTS: Final = 5_000
"""Files inside a workbook, at most."""
MAX_SHARED: Final = 256 * MIB
"""Octets of the texts that cells share, at most; they are held in memory."""
_TYPES: Final = "[Content_Types].xml"
_PIECE: Final = 4 * MIB
_TOLD: Final = 20
_UNUSABLE: Final = (KeyError, ValueError, TypeError, AttributeError, IndexError, ParseError)
"""What openpyxl raises about workbooks that it cannot make sense of."""
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TAGS: Final = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(mergeCell|row|col)\s([^>]*)>|<!(?:DOC|ENT)")
_REF: Final = re.compile(rb'\bref="([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"')
_ROW: Final = re.compile(rb'\br="([0-9]{1,7})"')
_SPAN: Final = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
_HIDDEN: Final = re.compile(rb'\bhidden="(?:1|true)"')


@dataclass(slots=True, kw_only=True)
class _Scan:
    """What a sheet has beside its values."""

    merged: list[tuple[int, int, str]] = field(default_factory=list)
    """First row, last row, address."""
    hidden: list[tuple[int, int]] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)

    def merge_at(self, row: int) -> str | None:
        """Return the address of merged cells that a row belongs to."""
        return next((ref for first, last, ref in self.merged if first <= row <= last), None)

    def hides(self, row: int) -> bool:
        """Tell whether a row is hidden."""
        return any(first <= row <= last for first, last in self.hidden)


def is_workbook(path: Path) -> bool:
    """Tell whether a ZIP archive has the parts of a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _TYPES in archive.NameToInfo
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
        _require_harmless(archive, path)
    with _opened(path) as book:
        chosen = _chosen(book, sheet, path)
        scan = _scan(path, chosen._worksheet_path)  # 2
        rows = _numbered(chosen)
        number, names = next((one for one in rows if one[0] >= header_row), (0, ()))
        rows.close()
        if not number:
            raise refused(
                IntakeCode.HEADER, f"row {header_row}", "expected names, found no such row"
            )
        merged = scan.merge_at(number)
        if merged is not None:
            raise refused(IntakeCode.MERGED, merged, "expected one cell for each name, found more")
        columns = header([_plain(cell.value) for cell in names])
        return Sheet(
            columns=columns,
            rows=_rows(path, chosen.title, (number, columns), scan),
            remarks=_remarks(book, scan, columns),
        )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except (*_UNUSABLE, *DAMAGED) as exc:
        raise refused(IntakeCode.WORKBOOK, path.name, f"it cannot be read: {exc}") from exc
    try:
        yield book
    finally:
        book.close()


def _require_harmless(archive: zipfile.ZipFile, path: Path) -> None:
    names = [name.lower() for name in archive.namelist()]
    for name in names:
        if name.endswith("vbaproject.bin") or "/activex/" in name or "/embeddings/" in name:
            raise refused(IntakeCode.MACROS, name[:200], "expected values only, found a program")
        if "/externallinks/" in name or name.endswith("xl/connections.xml"):
            raise refused(IntakeCode.EXTERNAL_LINKS, name[:200], "expected values only")
    if _TYPES.lower() not in names or "xl/workbook.bin" in names:
        raise refused(IntakeCode.WORKBOOK, path.name, "expected an XLSX workbook, found another")
    if b"macroEnabled" in archive.read(_TYPES):
        raise refused(IntakeCode.MACROS, path.name, "expected .xlsx, found a workbook with macros")
    for info in archive.infolist():
        _require_undeclared(archive, info)


def _require_undeclared(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Let pass a part without a document type declaration; sheets are scanned in step 2."""
    name = info.filename
    if not name.lower().endswith((".xml", ".rels")) or "/worksheets/" in name:
        return
    if name == "xl/sharedStrings.xml" and info.file_size > MAX_SHARED:
        raise refused(
            IntakeCode.TOO_LARGE,
            name,
            f"expected at most {MAX_SHARED >> 20} MiB of texts; save the sheet as CSV",
        )
    for piece in _pieces(archive, name):
        if _DECLARED.search(piece):
            raise _declares(name)


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the octets of a part in pieces that overlap a little."""
    rest = b""
    with archive.open(name) as part:
        first = True
        while piece := part.read(_PIECE):
            if first and (b"\0" in piece[:4] or piece[:2] in {b"\xff\xfe", b"\xfe\xff"}):
                raise refused(IntakeCode.WORKBOOK, name[:200], "expected UTF-8, found another")
            first = False
            yield rest + piece
            rest = piece[-16:]


def _declares(name: str) -> Exception:
    return refused(
        IntakeCode.WORKBOOK, name[:200], "expected no document type declaration, found one"
    )


def _chosen(book: Any, sheet: str | None, path: Path) -> Any:
    names = book.sheetnames
    if sheet is not None:
        if sheet not in names:
            listed = ", ".join(names[:_TOLD])
            raise refused(IntakeCode.SHEET, sheet[:60], f"expected one of {listed}, found none")
        return book[sheet]
    visible = [one for one in book.worksheets if one.sheet_state == "visible"]
    if len(visible) != 1:
        listed = ", ".join(one.title for one in visible[:_TOLD]) or "none"
        raise refused(IntakeCode.SHEET, path.name, f"expected one visible sheet, found {listed}")
    return visible[0]


def _scan(path: Path, part: str) -> _Scan:
    found = _Scan()
    with opened_zip(path, entries=MAX_PARTS) as archive, archive.open(part) as source:
        rest = b""
        while piece := source.read(_PIECE):
            piece = rest + piece
            end = piece.rfind(b">") + 1
            _look(piece[:end], found, part)
            rest = piece[end:]
            if len(rest) > _PIECE:
                raise refused(IntakeCode.WORKBOOK, part, "a tag does not end")
    return found


def _look(piece: bytes, found: _Scan, part: str) -> None:
    for tag in _TAGS.finditer(piece):
        name, attributes = tag.groups()
        if name is None:
            raise _declares(part)
        if name == b"mergeCell":
            ref = _REF.search(attributes)
            if ref is not None:
                address = ref[1].decode("ascii")
                _, first, _, last = range_boundaries(address)
                found.merged.append((int(first or 1), int(last or 1), address))
        elif _HIDDEN.search(attributes):
            if name == b"row":
                number = _ROW.search(attributes)
                if number is not None:
                    _add(found.hidden, int(number[1]))
            else:
                span = {key: int(value) for key, value in _SPAN.findall(attributes)}
                found.columns.append((span.get(b"min", 1), span.get(b"max", 1)))


def _add(ranges: list[tuple[int, int]], number: int) -> None:
    if ranges and ranges[-1][1] + 1 == number:
        ranges[-1] = (ranges[-1][0], number)
    else:
        ranges.append((number, number))


def _remarks(book: Any, scan: _Scan, columns: Sequence[str]) -> tuple[Finding, ...]:
    found = [
        remark(IntakeCode.HIDDEN, f"sheet {one.title[:60]}", "the sheet is hidden and not read")
        for one in book.worksheets
        if one.sheet_state != "visible"
    ]
    for first, last in scan.columns:
        found += [
            remark(IntakeCode.HIDDEN, f"column {letters(place)} ({name})", "the column is hidden")
            for place, name in enumerate(columns)
            if first <= place + 1 <= last
        ]
    return tuple(found)


def _numbered(sheet: Any) -> Generator[tuple[int, Sequence[Any]], None, None]:
    """Yield rows with their numbers; what openpyxl cannot read refuses the file."""
    sheet.reset_dimensions()
    try:
        yield from enumerate(sheet.iter_rows(), 1)
    except (*_UNUSABLE, *DAMAGED) as exc:
        raise refused(IntakeCode.WORKBOOK, sheet.title, f"it cannot be read: {exc}") from exc


def _rows(
    path: Path, title: str, head: tuple[int, tuple[str, ...]], scan: _Scan
) -> Iterator[Row]:  # 3
    """Yield the rows below the header; the file is open while they are read, and not before."""
    header_row, columns = head
    with _opened(path) as book:
        for number, cells in _numbered(book[title]):
            if number > header_row and any(cell.value is not None for cell in cells):
                yield _row(number, cells, columns, scan)


def _row(number: int, cells: Sequence[Any], columns: tuple[str, ...], scan: _Scan) -> Row:
    findings: list[Finding] = []
    merged = scan.merge_at(number)
    if merged is not None:
        findings.append(
            Finding(
                code=IntakeCode.MERGED,
                path=merged,
                message="expected a value in every cell, found merged cells",
            )
        )
    if scan.hides(number):
        findings.append(remark(IntakeCode.HIDDEN, f"row {number}", "the row is hidden"))
    texts: dict[str, str] = {}
    numbers: set[str] = set()
    for place, cell in enumerate(cells):
        value = cell.value
        if value is None:
            continue
        name = columns[place] if place < len(columns) else ""
        fault = _fault(cell, name)
        if fault is not None:
            code, message = fault
            findings.append(
                Finding(code=code, path=cell_path(number, place, name), message=message)
            )
            continue
        text = _plain(value)
        if not text.strip():
            continue
        texts[name] = text.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers.add(name)
    return Row(number=number, cells=texts, findings=tuple(findings), numbers=frozenset(numbers))


def _fault(cell: Any, name: str) -> tuple[IntakeCode, str] | None:
    if cell.data_type == "f" or not isinstance(
        cell.value, str | int | float | bool | date | time | type(None)
    ):
        return IntakeCode.FORMULA, "expected a value, found a formula"
    if cell.data_type == "e":
        return IntakeCode.ERROR_VALUE, f"expected a value, found {str(cell.value)[:20]}"
    if isinstance(cell.value, str) and len(cell.value) > MAX_CELL:
        return IntakeCode.TOO_LARGE, f"expected at most {MAX_CELL} characters"
    if not name:
        return IntakeCode.RAGGED, "expected an empty cell below no name, found a value"
    return None


def _plain(value: Any) -> str:
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
