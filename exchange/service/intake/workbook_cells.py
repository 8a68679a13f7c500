"""The cells of a sheet, as its octets pass by: no tree, no gaps filled, nothing kept of a row.

- A row holds at most as many cells as a spreadsheet has columns; rows and the cells of a row
  stand where their addresses say, each once and in order.
- Days are counted in the date system of the workbook. The 29th of February 1900, which only
  spreadsheets know, is refused, and so is what lies before the first day.
- The texts that cells share stand in one piece of memory.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Final, TypeAlias
from xml.parsers.expat import ParserCreate

from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel, from_ISO8601

from exchange.codes.intake import IntakeCode
from exchange.core.limits import KIB, MIB
from exchange.service.intake.rows import MAX_CELL, refused
from exchange.service.intake.workbook_parts import declares

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
"""What a spreadsheet can hold."""
_PIECE: Final = 64 * KIB
_LONGEST: Final = 4 * MIB
"""Octets of one tag, at most."""
_DEEPEST: Final = 64
"""Elements inside each other, at most."""
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _CELL, _VALUE, _FORMULA, _TEXT, _PHONETIC, _SHARED = (
    f"{_MAIN} {name}" for name in ("row", "c", "v", "f", "t", "rPh", "si")
)
_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_ESCAPED: Final = "x005F_"
_LEAP: Final = 60
"""How the 1900 system counts a day that never was. Source: ISO/IEC 29500-1, 18.17.4.1."""

Fault: TypeAlias = tuple[IntakeCode, str]


@dataclass(frozen=True, slots=True)
class CellValue:
    """What stands in one cell, or what is wrong with it."""

    place: int
    """Column, counted from 0."""
    value: object = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """What makes a number a day."""

    epoch: datetime
    days: frozenset[int]
    durations: frozenset[int]


class SharedTexts:
    """The texts that cells share, by number."""

    def __init__(self) -> None:
        """Begin with none."""
        self._octets = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        """Add the next one."""
        self._octets += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._octets))

    def __getitem__(self, number: int) -> str:
        """Return a text."""
        if number < 0:
            raise IndexError(number)
        octets = self._octets[self._ends[number] : self._ends[number + 1]]
        return octets.decode("utf-8", "surrogatepass")


def read_shared(source: IO[bytes], part: str) -> SharedTexts:
    """Return the texts that cells share."""
    found, written = SharedTexts(), _Written()

    def begin(name: str, _: Mapping[str, str]) -> None:
        written.begin(name)

    def end(name: str) -> None:
        written.end(name)
        if name == _SHARED:
            found.add(written.take().replace(_ESCAPED, ""))

    for _ in _pass_by(source, part, begin, end, written.data):
        pass
    return found


@dataclass(slots=True)
class _Written:
    """Text of the elements that hold some; no more of it than a cell may have."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    listens: bool = False
    phonetic: int = 0

    def begin(self, name: str) -> None:
        if name == _PHONETIC:
            self.phonetic += 1
        self.listens = name == _VALUE or (name == _TEXT and not self.phonetic)

    def end(self, name: str) -> None:
        if name == _PHONETIC:
            self.phonetic -= 1
        self.listens = False

    def data(self, text: str) -> None:
        if self.listens and self.size <= MAX_CELL:
            self.parts.append(text)
            self.size += len(text)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        self.size = 0
        return text


def read_cells(
    source: IO[bytes], part: str, shared: SharedTexts, styles: Styles
) -> Iterator[tuple[int, Sequence[CellValue]]]:
    """Yield the rows of a sheet with their numbers; cells without a value are left out.

    Raises:
        RefusedError: Cells stand in no order, or where no spreadsheet has any.
        ValueError: A cell cannot be read.
    """
    reader = _Rows(part=part, shared=shared, styles=styles)
    handlers = (reader.begin, reader.end, reader.written.data)
    for _ in _pass_by(source, part, *handlers):
        yield from reader.done
        reader.done.clear()


def _pass_by(
    source: IO[bytes],
    part: str,
    begin: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> Iterator[None]:
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    depth = 0

    def declared(*_: object) -> None:
        raise declares(part)

    def deeper(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise refused(IntakeCode.WORKBOOK, part[:200], "elements stand too deep in each other")
        begin(name, attributes)

    def back(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler = deeper
    parser.EndElementHandler = back
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = declared
    fed = 0
    while piece := source.read(_PIECE):
        parser.Parse(piece, False)  # noqa: FBT003 - not the last piece
        fed += len(piece)
        if fed - parser.CurrentByteIndex > _LONGEST:
            raise refused(IntakeCode.WORKBOOK, part[:200], "a tag does not end")
        yield
    parser.Parse(b"", True)  # noqa: FBT003 - the end
    yield


@dataclass(slots=True, kw_only=True)
class _Rows:
    part: str
    shared: SharedTexts
    styles: Styles
    written: _Written = field(default_factory=_Written)
    done: list[tuple[int, Sequence[CellValue]]] = field(default_factory=list)
    number: int = 0
    column: int = 0
    cells: list[CellValue] = field(default_factory=list)
    kind: str = "n"
    style: int = 0
    has_formula: bool = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self.written.begin(name)
        if name == _CELL:
            self._begin_cell(attributes)
        elif name == _ROW:
            number = int(attributes.get("r", self.number + 1))
            if not self.number < number <= MOST_ROWS:
                raise self._misplaced(f"row {str(attributes.get('r'))[:20]}")
            self.number, self.column, self.cells = number, 0, []
        elif name == _FORMULA:
            self.has_formula = True

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        address = attributes.get("r")
        column = self.column + 1
        if address is not None:
            found = _ADDRESS.fullmatch(address)
            if found is None or int(found[2]) != self.number:
                raise self._misplaced(address[:20])
            column = 0
            for letter in found[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
        if not self.column < column <= MOST_COLUMNS:
            raise self._misplaced((address or f"row {self.number}")[:20])
        self.column, self.has_formula = column, False
        self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
        self.written.take()

    def end(self, name: str) -> None:
        self.written.end(name)
        if name == _CELL:
            found = self._cell(self.written.take())
            if found is not None:
                self.cells.append(found)
        elif name == _ROW:
            self.done.append((self.number, self.cells))

    def _cell(self, text: str) -> CellValue | None:
        place = self.column - 1
        if self.has_formula:
            return CellValue(place, text, (IntakeCode.FORMULA, "expected a value, found a formula"))
        if not text:
            return None
        value: object = text
        match self.kind:
            case "n":
                return self._number(place, float(text) if set(text) & set(".eE") else int(text))
            case "e":
                message = f"expected a value, found {text[:20]}"
                return CellValue(place, text, (IntakeCode.ERROR_VALUE, message))
            case "s":
                value = self.shared[int(text)]
            case "b":
                value = bool(int(text))
            case "d":
                value = from_ISO8601(text)
        return CellValue(place, value)

    def _number(self, place: int, number: float) -> CellValue:
        if self.style not in self.styles.days:
            return CellValue(place, number)
        fault = ""
        if self.style in self.styles.durations:
            fault = "expected a day, found a duration"
        elif self.styles.epoch == WINDOWS_EPOCH and _LEAP <= number < _LEAP + 1:
            fault = "expected a day, found 29 February 1900, which never was"
        elif number < 0:
            fault = "expected a day, found one before the first that a spreadsheet knows"
        if not fault:
            try:
                return CellValue(place, from_excel(number, self.styles.epoch))
            except (OverflowError, ValueError):
                fault = "expected a day, found a number beyond the last one"
        return CellValue(place, number, (IntakeCode.DATE, fault))

    def _misplaced(self, where: str) -> Exception:
        return refused(
            IntakeCode.WORKBOOK,
            f"{self.part[:100]}: {where}",
            "expected rows and cells in order, each once, found this one elsewhere",
        )
