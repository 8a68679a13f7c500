"""IAF CertSearch: an upload for that database (root `client_certs`) is read as a sheet.

- Each certificate is a row; each of its elements without children is a column under its name,
  those of repeated parts numbered: `certification_sectors/certification_sector/2/sector_code`.
- The file is read as a stream, with neither entities nor declarations of its own.

Source: IAF MD 28:2023 and the field glossary of CertSearch, version 2.1; documents and rules,
sections 2.11 and 8.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from lxml import etree

from exchange.codes.intake import IntakeCode
from exchange.core.limits import MIB
from exchange.service.intake.rows import MAX_CELL, MAX_COLUMNS, Row, Sheet, refused

ROOT: Final = "client_certs"
MAX_OCTETS: Final = 50 * MIB
"""Largest upload that CertSearch itself takes."""
_MARKS: Final = ("certificate_number", "certification_identity_number")
"""Every certificate has one of them somewhere inside."""


def read_certsearch(path: Path) -> Sheet:
    """Return the sheet of an upload.

    Raises:
        RefusedError: It is none, or too large.
    """
    if path.stat().st_size > MAX_OCTETS:
        raise refused(
            IntakeCode.TOO_LARGE, path.name, f"expected at most {MAX_OCTETS >> 20} MiB, found more"
        )
    columns: dict[str, None] = {}
    for cells in _certificates(path):
        columns.update(dict.fromkeys(cells))
    if not columns:
        raise refused(IntakeCode.HEADER, path.name, "expected certificates, found none")
    if len(columns) > MAX_COLUMNS:
        raise refused(
            IntakeCode.TOO_LARGE, path.name, f"expected at most {MAX_COLUMNS} different elements"
        )
    rows = (Row(number=n, cells=cells) for n, cells in enumerate(_certificates(path), 1))
    return Sheet(columns=tuple(columns), rows=rows)


def _certificates(path: Path) -> Iterator[dict[str, str]]:
    with path.open("rb") as source:
        yield from _read(source, path.name)


def _read(source: IO[bytes], name: str) -> Iterator[dict[str, str]]:
    depth, root = 0, True
    try:
        events = etree.iterparse(
            source,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        for event, element in events:
            if event == "start":
                if root and (element.tag != ROOT or element.getroottree().docinfo.doctype):
                    raise refused(
                        IntakeCode.DOCUMENT, name, f"expected the root {ROOT}, found another"
                    )
                root = False
                depth += 1
                continue
            depth -= 1
            if depth == 1:
                yield dict(_cells(element, ""))
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    except etree.XMLSyntaxError as exc:
        raise refused(IntakeCode.DOCUMENT, f"line {exc.lineno}", exc.msg or "no XML") from exc


def _cells(element: etree._Element, prefix: str) -> Iterator[tuple[str, str]]:
    counts: dict[str, int] = {}
    for child in element.iterchildren("*"):
        name = str(child.tag)
        counts[name] = counts.get(name, 0) + 1
        number = f"/{counts[name]}" if counts[name] > 1 else ""
        below = f"{prefix}{name}{number}"
        if len(child):
            yield from _cells(child, f"{below}/")
        elif child.text and child.text.strip():
            yield below, child.text.strip()[:MAX_CELL]
