"""Any file that a body brings: told by its first octets, never by its name.

- A workbook, a CSV file, or an upload for IAF CertSearch is a sheet of rows.
- An attestation, a folder, a ZIP or a TAR is a series of documents.
- Rows of one certificate that follow each other, or rows of a second sheet, become its sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

from exchange.codes.intake import IntakeCode
from exchange.core.limits import Limits
from exchange.errors import Finding
from exchange.service.intake.archives import (
    OLE,
    is_zip,
    require_no_program,
    tar_documents,
    zip_documents,
)
from exchange.service.intake.certsearch import read_certsearch
from exchange.service.intake.csv_files import read_csv
from exchange.service.intake.mapping import SITE, FileFormat, SheetMapping, Sites
from exchange.service.intake.rows import Row, Sheet, refused
from exchange.service.intake.workbooks import is_workbook, read_workbook

_HEAD: Final = 512
_TAR_MARK: Final = slice(257, 262)
_LIMITS: Final = Limits()
_MOST_SITES: Final = 2_000
"""Rows that may belong to one certificate."""


def is_documents(path: Path) -> bool:
    """Tell whether a file or folder is a series of XML documents.

    Raises:
        RefusedError: It is a program, or of no kind that is taken in.
    """
    if path.is_dir():
        return True
    head = _head(path)
    if is_zip(head):
        return not is_workbook(path)
    if head[_TAR_MARK] == b"ustar" or head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        return True
    return _is_xml(head) and b"client_certs" not in head


def open_sheet(path: Path, form: FileFormat) -> Sheet:
    """Return the sheet that a file is.

    Raises:
        RefusedError: The file is refused whole.
    """
    head = _head(path)
    if is_zip(head):
        return read_workbook(path, sheet=form.sheet, header_row=form.header_row)
    if _is_xml(head):
        return read_certsearch(path)
    return read_csv(path, encoding=form.encoding, delimiter=form.delimiter)


def read_documents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and octets of every document of a folder, an archive or a file.

    Raises:
        RefusedError: The archive or file is refused; if so, before its first document.
    """
    if path.is_dir():
        for file in sorted(path.rglob("*.xml")):
            data = file.read_bytes()
            require_no_program(data[:8], file.name)
            yield file.relative_to(path).as_posix(), data
        return
    head = _head(path)
    if is_zip(head):
        yield from zip_documents(path, _LIMITS.max_bytes)
    elif _is_xml(head):
        yield path.name, path.read_bytes()
    else:
        yield from tar_documents(path, _LIMITS.max_bytes)


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        head = source.read(_HEAD)
    require_no_program(head, path.name)
    if head.startswith(OLE):
        raise refused(
            IntakeCode.OLD_WORKBOOK, path.name, "expected .xlsx without a password, found another"
        )
    if head.startswith((b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise refused(IntakeCode.FORMAT, path.name, "expected CSV, XLSX or XML, found another file")
    if not head:
        raise refused(IntakeCode.FORMAT, path.name, "expected a file with content, found none")
    return head


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def with_sites(sheet: Sheet, mapping: SheetMapping, path: Path) -> Iterator[Row]:
    """Yield one row for each certificate, with the rows of its sites.

    Raises:
        RefusedError: A second sheet is refused, or has a site that belongs to no certificate.
        SettingsError: The second sheet lacks a column.
    """
    sites = mapping.sites
    if sites is None:
        yield from sheet.rows
        return
    if sites.sheet is not None:
        yield from _beside(sheet, sites, _second(mapping, sites, path))
        return
    used = {one.column for one in mapping.columns if one.path.steps[0].name == SITE}
    for key, group in groupby(sheet.rows, lambda row: row.cells.get(sites.key)):
        if key is None:
            yield from group
        else:
            yield _joined(list(group), used)


def _second(mapping: SheetMapping, sites: Sites, path: Path) -> Mapping[str, list[Row]]:
    """Return the rows of the second sheet by the certificate that they name; they are few."""
    second = open_sheet(path, replace(mapping.file, sheet=sites.sheet))
    mapping.require_site_columns(second.columns)
    found: dict[str, list[Row]] = {}
    for row in second.rows:
        found.setdefault(row.cells.get(sites.key, ""), []).append(row)
    return found


def _beside(sheet: Sheet, sites: Sites, found: Mapping[str, list[Row]]) -> Iterator[Row]:
    """Yield rows with those of the second sheet; each of these must belong to one."""
    used: set[str] = set()
    for row in sheet.rows:
        key = row.cells.get(sites.key, "")
        of_row = found.get(key, []) if key else []
        used.add(key if of_row else "")
        told = tuple(
            replace(one, path=f"{sites.sheet}: {one.path}")
            for each in of_row
            for one in each.findings
        )
        most = () if len(of_row) <= _MOST_SITES else (_too_many(row, len(of_row)),)
        yield replace(row, sites=tuple(of_row), findings=(*row.findings, *told, *most))
    for key, rows in found.items():
        if not key or key not in used:
            raise refused(
                IntakeCode.ORPHAN_SITE,
                f"{sites.sheet}: row {rows[0].number} ({sites.key})"[:200],
                f"expected {sites.key} of a certificate of the file, found {key[:60]!r}",
            )


def _too_many(row: Row, number: int) -> Finding:
    return Finding(
        code=IntakeCode.TOO_LARGE,
        path=f"row {row.number}",
        message=f"expected at most {_MOST_SITES} rows of one certificate, found {number}",
    )


def _joined(rows: list[Row], used: set[str]) -> Row:
    """Return one row of several about one certificate; they may differ in their sites only."""
    first = rows[0]
    findings = [one for row in rows for one in row.findings]
    for row in rows[1:]:
        differing = [
            name
            for name in row.cells
            if name not in used and row.cells[name] != first.cells.get(name, row.cells[name])
        ]
        findings += (
            Finding(
                code=IntakeCode.REPEATED,
                path=name,
                message=f"rows {first.number} and {row.number}: expected the same value in all "
                "rows of a certificate, found another",
            )
            for name in differing
        )
    if len(rows) > _MOST_SITES:
        findings.append(_too_many(first, len(rows)))
    return replace(first, findings=tuple(findings), sites=tuple(rows))
