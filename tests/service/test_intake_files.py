"""Files of bodies: what is no honest sheet is refused with a code, before anything is taken in."""

from __future__ import annotations

import io
import resource
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from exchange.errors import RefusedError
from exchange.service.intake.csv_files import read_csv
from exchange.service.intake.encodings import certain_encoding
from exchange.service.intake.mapping import FileFormat
from exchange.service.intake.outcome import harmless
from exchange.service.intake.source import is_documents, open_sheet, read_documents
from exchange.service.intake.workbooks import read_workbook

CHINESE = "证书编号,企业名称,状态\n10326Q1,山东海岬食品股份有限公司,有效\n"
RUSSIAN = "Номер сертификата;Наименование\n10326Q1;Общество с ограниченной ответственностью\n"
PORTUGUESE = "Número do certificado;Organização\n1º;Fábrica de Válvulas São João\n"
ARABIC = "رقم الشهادة,اسم الشركة\n1,شركة الخليج للأغذية المحدودة\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((CHINESE, one) for one in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030")),
        *((RUSSIAN, one) for one in ("utf-8", "cp1251", "utf-16-be")),
        *((PORTUGUESE, one) for one in ("utf-8", "cp1252")),
        *((ARABIC, one) for one in ("utf-8", "cp1256")),
    ],
)
def test_an_encoding_is_told_when_it_is_certain(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "stock.csv"
    path.write_bytes(text.encode(encoding))
    sheet = read_csv(path)
    separator = "," if "," in text else ";"
    assert list(sheet.columns) == text.splitlines()[0].split(separator)
    assert list(next(sheet.rows).cells.values()) == text.splitlines()[1].split(separator)


@pytest.mark.parametrize(
    "octets",
    [
        "ВСЕ БУКВЫ ЗАГЛАВНЫЕ;ДА\n".encode("cp1251"),
        "příliš žluťoučký kůň;úpěl ďábelské ódy\n".encode("cp1250"),
        "árvíztűrő tükörfúrógép;egy\n".encode("cp1250"),
        "a;ü\n".encode("cp1252"),
    ],
    ids=["capitals", "Czech", "Hungarian", "too little"],
)
def test_an_encoding_that_is_not_certain_is_asked_for(tmp_path: Path, octets: bytes) -> None:
    assert certain_encoding(octets) is None
    path = tmp_path / "stock.csv"
    path.write_bytes(octets)
    with pytest.raises(RefusedError) as caught:
        read_csv(path)
    assert caught.value.code.value == "intake.encoding"
    assert "--encoding" in caught.value.code.remedy


@pytest.mark.parametrize(
    ("octets", "options", "code"),
    [
        (b"a,b\n1,\0\n", {}, "intake.nul"),
        (b"a,b\n1,\0\n", {"encoding": "utf-8"}, "intake.nul"),
        (b"a;b,c;d\n1;2,3;4\n", {}, "intake.delimiter"),
        (b"only\n1\n", {}, "intake.delimiter"),
        (b"a,a\n1,2\n", {}, "intake.header"),
        (b",,\n1,2,3\n", {}, "intake.header"),
        (b'"a,b\n1,2\n', {"delimiter": ","}, "intake.quotes"),
        (b"a,b\n1,2\n", {"encoding": "ebcdic"}, "intake.encoding"),
        (b"a,b\n\xff\xfe,2\n", {"encoding": "utf-8"}, "intake.encoding"),
        (b",".join(b"c%d" % n for n in range(501)) + b"\n", {}, "intake.too-large"),
    ],
)
def test_text_that_is_no_sheet_is_refused(
    tmp_path: Path, octets: bytes, options: dict[str, str], code: str
) -> None:
    path = tmp_path / "stock.csv"
    path.write_bytes(octets)
    with pytest.raises(RefusedError) as caught:
        list(read_csv(path, **options).rows)
    assert caught.value.code.value == code


def test_a_ragged_or_badly_quoted_row_is_faulty_and_its_neighbours_are_not(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text('a,b\n1,"two\nlines"\n2\n3,4,5\n4,"x"y\n\n6,7\n', encoding="utf-8")
    rows = list(read_csv(path, delimiter=",").rows)
    assert [[one.code.value for one in row.findings] for row in rows] == [
        [],
        ["intake.ragged-row"],
        ["intake.ragged-row"],
        ["intake.quotes"],
        [],
    ]
    assert rows[0].cells["b"] == "two\nlines"
    assert rows[-1].number == 7


def test_half_a_million_rows_are_read_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("number,name,status\n")
        out.writelines(f"A{n},有限公司 {n},active\n" for n in range(500_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read_csv(path).rows) == 500_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 16 * 1024  # KiB


def _book(path: Path, change: Callable[[openpyxl.Workbook], None] = lambda _: None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["number", "name", "date", "serial"])
    sheet.append(["A1", "山东", date(2024, 3, 1), 123])
    sheet.append(["A2", "b", date(2024, 3, 2), "007"])
    change(book)
    book.save(path)
    return path


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_dates_are_days_in_the_date_system_of_the_workbook(tmp_path: Path, epoch: object) -> None:
    def change(book: openpyxl.Workbook) -> None:
        if epoch is not None:
            book.epoch = epoch

    rows = list(read_workbook(_book(tmp_path / "a.xlsx", change)).rows)
    assert [row.cells["date"] for row in rows] == ["2024-03-01", "2024-03-02"]
    assert rows[0].numbers == {"serial"}
    assert rows[1].cells["serial"] == "007"


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("B2", "=1+1", "intake.formula"),
        ("B2", '=HYPERLINK("https://evil.example")', "intake.formula"),
        ("B2", "#REF!", "intake.error-value"),
        ("F2", "stray", "intake.ragged-row"),
    ],
)
def test_a_cell_that_is_no_value_is_refused_and_its_neighbours_are_read(
    tmp_path: Path, cell: str, value: str, code: str
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.active[cell] = value

    rows = list(read_workbook(_book(tmp_path / "a.xlsx", change)).rows)
    assert [one.code.value for one in rows[0].findings] == [code]
    assert cell in rows[0].findings[0].path
    assert rows[0].is_faulty
    assert not rows[1].is_faulty


def test_merged_cells_are_refused_with_their_address_and_hidden_ones_told(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.active.merge_cells("B3:C3")
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["D"].hidden = True
        book.create_sheet("old").sheet_state = "hidden"

    sheet = read_workbook(_book(tmp_path / "a.xlsx", change))
    rows = list(sheet.rows)
    assert [one.path for one in rows[1].findings] == ["B3:C3"]
    assert rows[1].findings[0].code.value == "intake.merged"
    assert [one.code.value for one in rows[0].findings] == ["intake.hidden"]
    assert [one.path for one in sheet.remarks] == ["sheet old", "column D (serial)"]


def _with_part(path: Path, name: str, data: bytes) -> Path:
    _book(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def _zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: _with_part(p, "xl/vbaProject.bin", b"x"), "intake.macros"),
        (lambda p: _with_part(p, "xl/embeddings/o.bin", b"x"), "intake.macros"),
        (lambda p: _with_part(p, "xl/externalLinks/e1.xml", b"<a/>"), "intake.external-links"),
        (lambda p: _with_part(p, "xl/x.xml", b"<!DOCTYPE a><a/>"), "intake.workbook"),
        (lambda p: _with_part(p, "xl/bomb.xml", bytes(64 << 20)), "intake.archive-bomb"),
        (lambda p: _with_part(p, "../evil.xml", b"<a/>"), "intake.archive"),
        (
            lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)),
            "intake.old-workbook",
        ),
        (lambda p: p.write_bytes(b"MZ" + bytes(99)), "intake.executable"),
        (lambda p: p.write_bytes(b"%PDF-1.7"), "intake.format"),
        (lambda p: p.write_bytes(b""), "intake.format"),
        (lambda p: p.write_bytes(b"PK\x03\x04 damaged"), "intake.archive"),
        (lambda p: _zip(p, {"[Content_Types].xml": b"<a/>"}), "intake.workbook"),
        (lambda p: _book(p, lambda b: b.create_sheet("second")), "intake.sheet"),
        (lambda p: _book(p, lambda b: b.active.merge_cells("A1:B1")), "intake.merged"),
    ],
)
def test_a_workbook_that_is_none_is_refused_whole(
    tmp_path: Path, make: Callable[[Path], object], code: str
) -> None:
    path = tmp_path / "stock.xlsx"
    make(path)
    with pytest.raises(RefusedError) as caught:
        list(open_sheet(path, FileFormat()).rows)
    assert caught.value.code.value == code


def _tar(path: Path, members: dict[str, bytes], *, link: bool = False, packed: str = "") -> Path:
    with tarfile.open(path, "w:gz" if packed else "w:") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo("link.xml")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: _zip(p, {"a.xml": b"<a/>", "b.xml": b"MZ\x90\0 program"}), "intake.executable"),
        (lambda p: _zip(p, {"a.xml": b"\x7fELF"}), "intake.executable"),
        (lambda p: _zip(p, {"a.xml": b"#!/bin/sh"}), "intake.executable"),
        (lambda p: _zip(p, {"a.xml": b"PK\x03\x04"}), "intake.archive"),
        (lambda p: _zip(p, {"a.xml": b" " * (64 << 20)}), "intake.archive-bomb"),
        (lambda p: _zip(p, {"/etc/a.xml": b"<a/>"}), "intake.archive"),
        (lambda p: _zip(p, {"C:a.xml": b"<a/>"}), "intake.archive"),
        (lambda p: _tar(p, {"a.xml": b" " * (64 << 20)}, packed="gz"), "intake.archive-bomb"),
        (lambda p: _tar(p, {"a.xml": b"<a/>"}, link=True), "intake.archive"),
        (lambda p: _tar(p, {"../a.xml": b"<a/>"}), "intake.archive"),
        (lambda p: _tar(p, {"a.xml": b"MZ\x90"}), "intake.executable"),
        (lambda p: p.write_bytes(b"\x1f\x8b damaged"), "intake.archive"),
    ],
)
def test_an_archive_that_is_no_series_of_documents_gives_none(
    tmp_path: Path, make: Callable[[Path], object], code: str
) -> None:
    path = tmp_path / "stock.zip"
    make(path)
    assert is_documents(path)
    with pytest.raises(RefusedError) as caught:
        next(read_documents(path))
    assert caught.value.code.value == code


def test_an_upload_for_certsearch_is_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "upload.xml"
    path.write_text(
        "<client_certs><cert><certificate_number>Q1</certificate_number><certification_sectors>"
        "<certification_sector><sector_code>3</sector_code></certification_sector>"
        "<certification_sector><sector_code>29</sector_code></certification_sector>"
        "</certification_sectors></cert></client_certs>",
        encoding="utf-8",
    )
    sheet = open_sheet(path, FileFormat())
    assert next(sheet.rows).cells == {
        "certificate_number": "Q1",
        "certification_sectors/certification_sector/sector_code": "3",
        "certification_sectors/certification_sector/2/sector_code": "29",
    }
    path.write_text("<other/>", encoding="utf-8")
    with pytest.raises(RefusedError) as caught:
        next(open_sheet(path, FileFormat()).rows)
    assert caught.value.code.value in {"intake.document", "intake.header"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_a_returned_sheet_is_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("plain = text") == "plain = text"
