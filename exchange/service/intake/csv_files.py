"""CSV: separated text, read as a stream, in one of the encodings that bodies still use.

Steps:
 1. the first octets say encoding and separator, or the reader does;
 2. the whole file is read once to see that it is text to its end: no row is taken in from a
    file that turns out to be something else half-way;
 3. rows come one by one; memory does not grow with the file.

A cell may contain line ends within quotation marks (RFC 4180). A row with another number of
cells than the header is faulty; nothing is shifted or filled up.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from exchange.codes.intake import IntakeCode
from exchange.core.limits import MIB
from exchange.errors import Finding
from exchange.service.intake.encodings import KNOWN, certain_encoding
from exchange.service.intake.rows import (
    MAX_CELL,
    MAX_ROWS,
    Row,
    Sheet,
    cell_path,
    header,
    refused,
)

MAX_OCTETS: Final = 2048 * MIB
"""Largest file, in octets."""
MAX_RECORD: Final = 4 * MIB
"""Characters of one row, its line ends within quotation marks included."""
DELIMITERS: Final = (",", ";", "\t")
_SAMPLE: Final = MIB
_TRIED: Final = 50
"""Records that have to agree with the header before a separator is believed."""
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def read_csv(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """Return the sheet of a CSV file; its rows are read as they are asked for.

    Args:
        path: The file.
        encoding: Its encoding, one of `KNOWN`; without, it is told when that is certain.
        delimiter: What separates cells; without, the same.

    Raises:
        RefusedError: The file is refused whole.
    """
    codec = _encoding(path, encoding)  # 1
    _require_text(path, codec)  # 2
    with _opened(path, codec) as source:
        first = source.readline(_SAMPLE)
    said = _SEPARATOR_LINE.fullmatch(first)
    skipped = 0
    if said is not None:
        delimiter, skipped = delimiter or said[1], 1
    separator = delimiter or _delimiter(path, codec)
    records = _records(path, codec, separator, skipped)
    columns = header(_first(records))
    return Sheet(columns=columns, rows=_rows(records, columns))


def _encoding(path: Path, said: str | None) -> str:
    if path.stat().st_size > MAX_OCTETS:
        raise refused(
            IntakeCode.TOO_LARGE,
            path.name,
            f"expected at most {MAX_OCTETS >> 20} MiB, found {path.stat().st_size >> 20}",
        )
    if said is not None:
        known = KNOWN.get(said.lower())
        if known is None:
            raise refused(
                IntakeCode.ENCODING,
                path.name,
                f"expected one of {', '.join(KNOWN)}, found {said[:40]!r}",
            )
        return known
    with path.open("rb") as source:
        sample = source.read(_SAMPLE)
    found = certain_encoding(sample)
    if found is None:
        if b"\0" in sample:
            raise refused(
                IntakeCode.NUL, path.name, "expected text, found NUL octets outside UTF-16"
            )
        raise refused(
            IntakeCode.ENCODING,
            path.name,
            f"expected UTF-8, or text that only one of {', '.join(_GUESSED)} can be, found neither",
        )
    return found


_GUESSED: Final = ("GB18030", "Windows-1251", "Windows-1252", "Windows-1256")


def _require_text(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    try:
        with path.open("rb") as source:
            while piece := source.read(_SAMPLE):
                if "\0" in decoder.decode(piece):
                    raise refused(
                        IntakeCode.NUL, f"octet {read} and on", "expected text, found a NUL"
                    )
                read += len(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as exc:
        raise refused(
            IntakeCode.ENCODING,
            f"octet {read + exc.start}",
            f"expected {encoding}, found octets that it does not have",
        ) from exc


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _delimiter(path: Path, encoding: str) -> str:
    """Return the only separator that gives the first records as many cells as the header."""
    fitting = [one for one in DELIMITERS if _fits(path, encoding, one)]
    if len(fitting) != 1:
        named = " and ".join(map(repr, fitting)) or "none"
        raise refused(
            IntakeCode.DELIMITER,
            path.name,
            f"expected one of comma, semicolon and tab to fit every row, found {named}",
        )
    return fitting[0]


def _fits(path: Path, encoding: str, delimiter: str) -> bool:
    """Tell whether a separator fits: the header has several cells, and nearly all rows as many."""
    records = _records(path, encoding, delimiter, 0)
    widths = []
    for record in records:
        if isinstance(record, list):
            widths.append(len(record))
        if len(widths) > _TRIED:
            break
    filled = [width for width in widths[1:] if width]
    if not widths or widths[0] < 2:  # noqa: PLR2004
        return False
    return sum(width == widths[0] for width in filled) >= 0.8 * len(filled)


_Record = list[str] | str
"""The cells, or why there are none."""


class _Lines:
    """The lines of a file; a record that does not end is not read to the end of memory."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self.taken = 0
        """Characters of the record that is being read."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._source.readline(MAX_RECORD + 1)
        self.taken += len(line)
        if not line:
            raise StopIteration
        if self.taken > MAX_RECORD:
            raise refused(
                IntakeCode.TOO_LARGE,
                Path(self._source.name).name,
                f"expected rows of at most {MAX_RECORD} characters, found a longer one",
            )
        return line


def _records(path: Path, encoding: str, delimiter: str, skipped: int) -> Iterator[_Record]:
    """Yield records; a record that breaks the rules of quotation is a sentence instead."""
    with _opened(path, encoding) as source:
        for _ in range(skipped):
            source.readline(_SAMPLE)
        lines = _Lines(source)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.taken = 0
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as exc:
                yield str(exc)


def _first(records: Iterator[_Record]) -> list[str]:
    found = next(records, [])
    if isinstance(found, str):
        raise refused(IntakeCode.QUOTES, "row 1", found)
    return found


def _rows(records: Iterator[_Record], columns: tuple[str, ...]) -> Iterator[Row]:  # 3
    for number, record in enumerate(records, 2):
        if number > MAX_ROWS:
            raise refused(
                IntakeCode.TOO_LARGE, f"row {number}", f"expected at most {MAX_ROWS} rows"
            )
        if isinstance(record, str):
            finding = Finding(code=IntakeCode.QUOTES, path=f"row {number}", message=record)
            yield Row(number=number, cells={}, findings=(finding,))
            continue
        if not any(record):
            continue
        yield _row(number, record, columns)


def _row(number: int, record: list[str], columns: tuple[str, ...]) -> Row:
    findings: list[Finding] = []
    extra = [cell for cell in record[len(columns) :] if cell.strip()]
    # Columns without a name may stand behind the last one, as long as they are empty.
    if len(record) < len(columns) or extra:
        findings.append(
            Finding(
                code=IntakeCode.RAGGED,
                path=f"row {number}",
                message=f"expected {len(columns)} cells, found {len(record)}",
            )
        )
    cells: dict[str, str] = {}
    for place, (name, text) in enumerate(zip(columns, record, strict=False)):
        if len(text) > MAX_CELL:
            findings.append(
                Finding(
                    code=IntakeCode.TOO_LARGE,
                    path=cell_path(number, place, name),
                    message=f"expected at most {MAX_CELL} characters, found {len(text)}",
                )
            )
        elif name and text.strip():
            cells[name] = text.strip()
    return Row(number=number, cells=cells, findings=tuple(findings))
