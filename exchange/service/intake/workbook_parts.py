"""The parts of a workbook: measured, and looked through as octets, before any is read.

- Macros, programs, links to other files, document type declarations, encodings other than UTF-8
  and two parts of one name are refused, whatever the parts are called.
- Parts that are read as a whole are small; sheets and the texts that cells share are streamed.
- Of a sheet it is told beforehand what a reader of rows does not tell: merged cells, hidden rows
  and columns.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError, fromstring

from openpyxl.utils.cell import range_boundaries

from exchange.codes.intake import IntakeCode
from exchange.core.limits import MIB
from exchange.errors import RefusedError
from exchange.service.intake.archives import opened_zip, require_no_program
from exchange.service.intake.rows import MAX_COLUMNS, refused

MAX_PARTS: Final = 5_000
"""Files inside a workbook, at most."""
MAX_SHARED: Final = 256 * MIB
"""Octets of the texts that cells share, at most; they are held in memory."""
MAX_WHOLE: Final = 16 * MIB
"""Octets of a part that is read as a whole, such as the styles."""
MAX_TAGS: Final = 200_000
"""Tags of such a part."""
MAX_AREAS: Final = 100_000
"""Areas of merged cells, or of hidden rows that do not follow each other."""
TYPES: Final = "[Content_Types].xml"
_PIECE: Final = 4 * MIB
_SHEET: Final = "spreadsheetml.worksheet+xml"
_SHARED: Final = "spreadsheetml.sharedStrings+xml"
_UNREAD: Final = (
    "spreadsheetml.calcChain+xml",
    "spreadsheetml.comments+xml",
    "spreadsheetml.pivotCacheDefinition+xml",
    "spreadsheetml.pivotCacheRecords+xml",
)
"""Types of parts that may be large, and that nothing here opens."""
_BY_NAME: Final = ("xl/styles.xml", "xl/workbook.xml", TYPES)
"""Parts that are found by their name, whatever type they are said to be of."""
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING: Final = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_UTF8: Final = frozenset({b"utf-8", b"utf8", b"us-ascii"})
_TAGS: Final = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(mergeCell|row|col)\s([^>]*)>|<!(?:DOC|ENT)")
_REF: Final = re.compile(rb'\bref="([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"')
_ROW: Final = re.compile(rb'\br="([0-9]{1,7})"')
_SPAN: Final = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
_HIDDEN: Final = re.compile(rb'\bhidden="(?:1|true)"')


class Areas:
    """Ranges of rows, with a name each; asked for by row in no time that grows with them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: list[tuple[int, int, str]] = []
        self._firsts: list[int] = []
        self._reach: list[tuple[int, str]] = []

    def add(self, first: int, last: int, name: str = "") -> None:
        """Add a range, before anything is asked.

        Raises:
            RefusedError: There are too many.
        """
        if self._found and not name and self._found[-1][1] + 1 == first:
            self._found[-1] = (self._found[-1][0], last, name)
            return
        if len(self._found) >= MAX_AREAS:
            raise refused(
                IntakeCode.TOO_LARGE, name or f"row {first}", f"expected at most {MAX_AREAS} areas"
            )
        self._found.append((first, last, name))

    def at(self, row: int) -> str | None:
        """Return the name of a range that a row belongs to."""
        if len(self._firsts) != len(self._found):
            self._found.sort()
            self._firsts = [first for first, _, _ in self._found]
            self._reach = list(accumulate(((last, name) for _, last, name in self._found), max))
        place = bisect_right(self._firsts, row) - 1
        if place < 0 or self._reach[place][0] < row:
            return None
        return self._reach[place][1]


@dataclass(slots=True, kw_only=True)
class Scan:
    """What a sheet has beside its values."""

    merged: Areas = field(default_factory=Areas)
    hidden: Areas = field(default_factory=Areas)
    columns: set[int] = field(default_factory=set)
    """Hidden columns, counted from 0."""


def require_harmless(archive: zipfile.ZipFile, path: Path) -> None:
    """Let a workbook pass that holds values only.

    Raises:
        RefusedError: It holds something else.
    """
    names = [name.lower() for name in archive.namelist()]
    if len(set(names)) != len(names):
        raise refused(IntakeCode.WORKBOOK, path.name, "expected one part of a name, found two")
    for name in names:
        if name.endswith("vbaproject.bin") or "/activex/" in name or "/embeddings/" in name:
            raise refused(IntakeCode.MACROS, name[:200], "expected values only, found a program")
        if "/externallinks/" in name or name.endswith("xl/connections.xml"):
            raise refused(IntakeCode.EXTERNAL_LINKS, name[:200], "expected values only")
    if TYPES not in archive.NameToInfo or "xl/workbook.bin" in names:
        raise refused(IntakeCode.WORKBOOK, path.name, "expected an XLSX workbook, found another")
    _look_through(archive, TYPES, MAX_WHOLE)
    written = archive.read(TYPES)
    if b"macroEnabled" in written:
        raise refused(IntakeCode.MACROS, path.name, "expected .xlsx, found a workbook with macros")
    types = _types(written, path)
    for info in archive.infolist():
        _look_through(archive, info.filename, _most(info.filename, types))


def _types(written: bytes, path: Path) -> Mapping[str, str]:
    try:
        root = fromstring(written)  # noqa: S314 - declares nothing: it was looked through
    except ParseError as exc:
        raise refused(IntakeCode.WORKBOOK, path.name, f"it cannot be read: {exc}") from exc
    return {
        one.get("PartName", "").lstrip("/"): one.get("ContentType", "")
        for one in root
        if one.tag.endswith("}Override")
    }


def _most(name: str, types: Mapping[str, str]) -> int | None:
    """Return how large a part may be; `None`: it is streamed, or not read."""
    kind = types.get(name, "")
    if name in _BY_NAME or name.endswith(".rels"):
        return MAX_WHOLE
    if kind.endswith(_SHARED):
        return MAX_SHARED
    return None if kind.endswith((_SHEET, *_UNREAD)) else MAX_WHOLE


def _look_through(archive: zipfile.ZipFile, name: str, most: int | None) -> None:
    size, tags = archive.getinfo(name).file_size, 0
    for first, piece in pieces(archive, name):
        if first:
            require_no_program(piece[:8], name)
            if not piece.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                return
            if most is not None and size > most:
                raise _too_large(name, f"{most >> 20} MiB")
        if _DECLARED.search(piece):
            raise declares(name)
        tags += piece.count(b"<") if most == MAX_WHOLE else 0
        if tags > MAX_TAGS:
            raise _too_large(name, f"{MAX_TAGS} tags")


def _too_large(name: str, most: str) -> RefusedError:
    message = f"expected at most {most}; save the sheet as CSV"
    return refused(IntakeCode.TOO_LARGE, name[:200], message)


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[bool, bytes]]:
    """Yield the octets of a part in pieces that overlap a little, the first marked.

    Raises:
        RefusedError: It is text of another encoding than UTF-8.
    """
    rest = b""
    with archive.open(name) as part:
        first = True
        while piece := part.read(_PIECE):
            if first:
                _require_utf8(piece[:500], name)
            yield first, rest + piece
            first = False
            rest = piece[-16:]


def _require_utf8(head: bytes, name: str) -> None:
    found = _ENCODING.search(head)
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or (
        head[:4].lstrip(b"\0").startswith(b"<") and b"\0" in head[:4]
    ):
        raise refused(IntakeCode.WORKBOOK, name[:200], "expected UTF-8, found another")
    if found is not None and found[1].lower() not in _UTF8:
        raise refused(IntakeCode.WORKBOOK, name[:200], "expected UTF-8, found another")


def declares(name: str) -> RefusedError:
    """Make the error of a part with a document type declaration."""
    return refused(
        IntakeCode.WORKBOOK, name[:200], "expected no document type declaration, found one"
    )


def scan(path: Path, part: str) -> Scan:
    """Return what a sheet has beside its values.

    Raises:
        RefusedError: It is not to be read.
    """
    found = Scan()
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


def _look(piece: bytes, found: Scan, part: str) -> None:
    for tag in _TAGS.finditer(piece):
        name, attributes = tag.groups()
        if name is None:
            raise declares(part)
        if name == b"mergeCell":
            ref = _REF.search(attributes)
            if ref is not None:
                address = ref[1].decode("ascii")
                _, first, _, last = range_boundaries(address)
                found.merged.add(int(first or 1), int(last or 1), address)
        elif _HIDDEN.search(attributes):
            if name == b"row":
                number = _ROW.search(attributes)
                if number is not None:
                    found.hidden.add(int(number[1]), int(number[1]))
            else:
                span = {key: int(value) for key, value in _SPAN.findall(attributes)}
                first, last = span.get(b"min", 1), span.get(b"max", 1)
                found.columns.update(range(first - 1, min(last, MAX_COLUMNS)))
