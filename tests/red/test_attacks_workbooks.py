"""Attacks by workbooks: bombs in every part, days that never were, rows that stand nowhere."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange.codes.intake import IntakeCode
from exchange.errors import RefusedError
from exchange.service.intake.mapping import FileFormat
from exchange.service.intake.rows import Row
from exchange.service.intake.source import open_sheet
from tests.red.made_workbooks import (
    BEGIN,
    BOOK,
    DAY,
    END,
    HEAD,
    MIB,
    SHARED,
    SHEET,
    SST,
    STYLES,
    pack,
    parts,
    read_within,
    sheet,
)

_NOISE = random.Random(4)  # noqa: S311 - what cannot be packed well
ROW = '<row r="2"><c r="A2" t="str"><v>x</v></c></row>'
PLAIN = BEGIN + HEAD + ROW + END
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def noisy(piece: str, size: int, each: int = 400) -> Iterator[str]:
    """Yield a text again and again, with noise that keeps its ratio below that of a bomb."""
    octets = 0
    while octets < size:
        made = piece * (each // len(piece)) + f"<!--{_NOISE.getrandbits(96):x}-->"
        octets += len(made)
        yield made


def rows_of(path: Path) -> list[Row]:
    return list(open_sheet(path, FileFormat()).rows)


def refusal(path: Path) -> str:
    with pytest.raises(RefusedError) as caught:
        rows_of(path)
    return caught.value.code.value


@pytest.mark.parametrize(
    ("part", "head", "piece", "tail"),
    [
        (SHARED, SST, "<si/>", "</sst>"),
        (SHARED, SST, "<si><t>ab</t></si>", "</sst>"),
        (SHARED, f"{SST}<si>", "<r><t>many</t></r>", "</si></sst>"),
        (SHARED, f"{SST}<si><t>", "many ", "</t></si></sst>"),
        (SHARED, SST, "<x>", ""),
        (STYLES, parts()[STYLES].partition("<xf")[0], "<xf/>", "</cellXfs></styleSheet>"),
        (STYLES, parts()[STYLES].partition("<xf")[0], "<x>", ""),
        (BOOK, parts()[BOOK].partition("<sheet ")[0], '<sheet name="s"/>', "</sheets></workbook>"),
        ("docProps/core.xml", "<a>", "<b/>", "</a>"),
        (SHEET, BEGIN + HEAD, "<row/>", END),
        (SHEET, f"{BEGIN}{HEAD}<row>", "<c/>", f"</row>{END}"),
        (SHEET, f"{BEGIN}{HEAD}<row>", "<x>", ""),
        (SHEET, f"{BEGIN}{HEAD}<row><c><v>", "many>", f"</v></c></row>{END}"),
        (SHEET, f'{BEGIN}{HEAD}<row><c t="inlineStr"><is>', "<r><t>></t></r>", "</is></c></row>"),
        (SHEET, BEGIN.replace("<sheetData>", "<cols>"), '<col min="1" max="9" hidden="1"/>', ""),
        (SHEET, f"{BEGIN}{HEAD}{END}"[:-12], '<mergeCell ref="A1:B1000000"/>', "</worksheet>"),
        (SHEET, f"{BEGIN}{HEAD}<row ", 'x="1" ', f"/>{END}"),
    ],
)
def test_bomb_in_a_part_is_refused_in_bounded_memory(
    tmp_path: Path, part: str, head: str, piece: str, tail: str
) -> None:
    def written() -> Iterator[str]:
        yield head
        yield from noisy(piece, 24 * MIB)
        yield tail

    path = pack(tmp_path / "bomb.xlsx", {**parts(), SHEET: PLAIN, part: written()})

    said = read_within(path)

    assert said in {
        IntakeCode.TOO_LARGE.value,
        IntakeCode.WORKBOOK.value,
        IntakeCode.ARCHIVE_BOMB.value,
        IntakeCode.HEADER.value,
        "1 1",  # the bomb is one text, which is too long for a cell
        "1 0",  # shared texts that no cell uses
        "0 0",
    }


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="999999999999"><c r="A9" t="str"><v>x</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"/><row r="2"/>', IntakeCode.WORKBOOK),
        ('<row r="9"/><row r="3"/>', IntakeCode.WORKBOOK),
        ('<row r="-1"/>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="ZZZ2"><v>1</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A3"><v>1</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A2" t="s"><v>7</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A2"><v>one</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c r="A2" s="x"><v>1</v></c></row>', IntakeCode.WORKBOOK),
        ('<row r="2"><c', IntakeCode.WORKBOOK),
    ],
)
def test_rows_and_cells_that_stand_nowhere_refuse_the_sheet(
    tmp_path: Path, rows: str, code: IntakeCode
) -> None:
    assert refusal(sheet(tmp_path / "odd.xlsx", rows)) == code.value


def test_huge_dimension_and_a_last_row_far_below_cost_nothing(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    text = (BEGIN + HEAD + ROW + far + END).replace(
        "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>', 1
    )
    path = pack(tmp_path / "far.xlsx", {**parts(), SHEET: text})

    first, last = rows_of(path)

    assert (first.number, dict(first.cells)) == (2, {"a": "x"})
    assert (last.number, last.findings[0].code) == (1048576, IntakeCode.RAGGED)


def test_million_empty_styled_rows_are_no_rows(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "styled.xlsx",
        (
            f'<row r="{n}" s="1" customFormat="1" ht="{n % 97}.5" hidden="{n % 2}">'
            f'<c r="A{n}" s="1"/></row>'
            for n in range(2, 150_001)
        ),
    )

    assert read_within(path, memory=400 * MIB) == "0 0"


def test_half_a_million_rows_of_a_workbook_are_read_in_bounded_memory(tmp_path: Path) -> None:
    count = 500_000
    texts = (f"<si><t>Общество {n}</t></si>" for n in range(count))
    rows = (
        f'<row r="{n + 2}"><c r="A{n + 2}" t="s"><v>{n}</v></c>'
        f'<c r="B{n + 2}" s="{DAY}"><v>{40_000 + n % 9_000}</v></c></row>'
        for n in range(count)
    )

    def shared() -> Iterator[str]:
        yield SST
        yield from texts
        yield "</sst>"

    def written() -> Iterator[str]:
        yield BEGIN + HEAD
        yield from rows
        yield END

    path = pack(tmp_path / "long.xlsx", {**parts(), SHARED: shared(), SHEET: written()})

    assert read_within(path, memory=400 * MIB) == f"{count} 0"


@pytest.mark.parametrize(
    ("epoch", "serial", "expected"),
    [
        ("", "1", "1900-01-01"),
        ("", "59", "1900-02-28"),
        ("", "60", IntakeCode.DATE),
        ("", "60.5", IntakeCode.DATE),
        ("", "61", "1900-03-01"),
        ("", "36585", "2000-02-29"),
        ("", "45351", "2024-02-29"),
        ("", "-1", IntakeCode.DATE),
        ("", "2958465", "9999-12-31"),
        ("", "2958466", IntakeCode.DATE),
        ("", "1e300", IntakeCode.DATE),
        ("", "1e999", IntakeCode.DATE),
        ('date1904="1"', "1", "1904-01-02"),
        ('date1904="1"', "59", "1904-02-29"),
        ('date1904="1"', "60", "1904-03-01"),
        ('date1904="1"', "43889", "2024-02-29"),
        ('date1904="true"', "43889", "2024-02-29"),
        ('date1904="0"', "45351", "2024-02-29"),
    ],
)
def test_days_are_those_of_the_calendar_in_both_systems(
    tmp_path: Path, epoch: str, serial: str, expected: str | IntakeCode
) -> None:
    row = f'<row r="2"><c r="A2" t="str"><v>x</v></c><c r="B2" s="{DAY}"><v>{serial}</v></c></row>'
    (found,) = rows_of(sheet(tmp_path / "days.xlsx", row, epoch=epoch))

    if isinstance(expected, IntakeCode):
        assert [one.code for one in found.findings] == [expected]
        assert "b" not in found.cells
    else:
        assert (found.cells["b"], set(found.days)) == (expected, {"b"})


@pytest.mark.parametrize("text", ["45351", "1.3.2024", "MAR1", "2024-02-29", "3-5"])
def test_text_that_looks_like_a_day_stays_a_text(tmp_path: Path, text: str) -> None:
    row = f'<row r="2"><c r="A2" t="str" s="{DAY}"><v>{text}</v></c></row>'
    (found,) = rows_of(sheet(tmp_path / "texts.xlsx", row))

    assert (dict(found.cells), found.days, found.numbers) == ({"a": text}, frozenset(), frozenset())


@pytest.mark.parametrize("value", ["", "<v>7</v>", "<v/>"])
@pytest.mark.parametrize("kind", ["", 't="str"', 't="b"', 't="e"'])
def test_formula_is_refused_with_and_without_the_value_beside_it(
    tmp_path: Path, kind: str, value: str
) -> None:
    row = f'<row r="2"><c r="A2" {kind}><f>1+1</f>{value}</c></row>'
    (found,) = rows_of(sheet(tmp_path / "formula.xlsx", row))

    assert [one.code for one in found.findings] == [IntakeCode.FORMULA]
    assert not found.cells


@pytest.mark.parametrize(
    "change",
    [
        lambda given: {**given, SHEET: LAUGHS + PLAIN},
        lambda given: {**given, SHARED: LAUGHS + given[SHARED]},
        lambda given: {**given, STYLES: LAUGHS + given[STYLES]},
        lambda given: {**given, BOOK: LAUGHS + given[BOOK]},
        lambda given: {**given, "[Content_Types].xml": LAUGHS + given["[Content_Types].xml"]},
        lambda given: {**given, "xl/media/image.svg": LAUGHS + "<a/>"},
        lambda given: {**given, SHARED: (LAUGHS + given[SHARED]).encode("utf-16")},
        lambda given: {**given, STYLES: '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x>'},
        lambda given: {**given, SHEET: (LAUGHS + PLAIN).encode("utf-16")},
    ],
)
def test_entities_are_declared_in_no_part(
    tmp_path: Path, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    given = change({**parts(), SHEET: PLAIN})
    assert refusal(pack(tmp_path / "laughs.xlsx", given)) == IntakeCode.WORKBOOK.value


def test_entities_are_declared_in_no_part_of_an_odd_name(tmp_path: Path) -> None:
    given = {**parts(shared="xl/worksheets/texts.dat"), SHEET: PLAIN}
    given["xl/worksheets/texts.dat"] = LAUGHS + given["xl/worksheets/texts.dat"]

    assert refusal(pack(tmp_path / "odd.xlsx", given)) == IntakeCode.WORKBOOK.value


@pytest.mark.parametrize("octets", [b"MZ\x90\0", b"\x7fELF\2", b"\xcf\xfa\xed\xfe"])
def test_program_in_a_workbook_is_refused_under_every_name(tmp_path: Path, octets: bytes) -> None:
    given: dict[str, str | bytes] = {**parts(), SHEET: PLAIN, "xl/media/image1.png": octets}
    path = tmp_path / "picture.xlsx"

    with zipfile.ZipFile(path, "w") as archive:
        for name, part in given.items():
            archive.writestr(name, part)

    assert refusal(path) == IntakeCode.EXECUTABLE.value


@pytest.mark.parametrize("name", ["stock.xlsx", "stock.csv", "stock.xml", "stock.pdf", "stock"])
@pytest.mark.parametrize("octets", [b"MZ\x90\0", b"\x7fELF\2", b"#!/bin/sh\n", b"MZPK\x03\x04"])
def test_program_is_refused_under_every_name(tmp_path: Path, name: str, octets: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(octets + b"a,b\n1,2\n" * 9)

    assert refusal(path) == IntakeCode.EXECUTABLE.value


def test_part_that_stands_twice_refuses_the_workbook(tmp_path: Path) -> None:
    path = pack(tmp_path / "twice.xlsx", {**parts(), SHEET: PLAIN})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, PLAIN)

    assert refusal(path) == IntakeCode.WORKBOOK.value


def test_many_merged_and_hidden_areas_are_told_without_searching_each(tmp_path: Path) -> None:
    count = 60_000
    rows = "".join(
        f'<row r="{n}" hidden="{n % 2}"><c r="A{n}" t="str"><v>x</v></c></row>'
        for n in range(2, count)
    )
    merged = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(3, count, 3))
    text = f"{BEGIN}{HEAD}{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"
    path = pack(tmp_path / "areas.xlsx", {**parts(), SHEET: text})

    assert read_within(path, seconds=60) == f"{count - 2} {len(range(3, count, 3))}"
