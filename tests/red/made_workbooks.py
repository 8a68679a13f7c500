"""Workbooks made part by part, as no spreadsheet would write them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET: Final = "xl/worksheets/sheet1.xml"
SHARED: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"
BOOK: Final = "xl/workbook.xml"
BEGIN: Final = f'<worksheet xmlns="{_MAIN}"><sheetData>'
END: Final = "</sheetData></worksheet>"
HEAD: Final = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
SST: Final = f'<sst xmlns="{_MAIN}">'
DAY: Final = 1
"""The style of days."""


def parts(*, epoch: str = "", shared: str = SHARED) -> dict[str, str]:
    """Return the parts of a workbook with one sheet; that sheet is still to be given."""
    overrides = {
        BOOK: f"{_TYPE}.sheet.main+xml",
        SHEET: f"{_TYPE}.worksheet+xml",
        STYLES: f"{_TYPE}.styles+xml",
        shared: f"{_TYPE}.sharedStrings+xml",
    }
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items()
    )
    plain = f"{_PACKAGE}/relationships"
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f"{listed}</Types>"
        ),
        BOOK: (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><workbookPr {epoch}/>'
            '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{plain}"><Relationship Id="rId1" Type="{_REL}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        STYLES: (
            f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
        ),
        shared: f"{SST}<si><t>shared</t></si></sst>",
    }


def pack(path: Path, given: Mapping[str, str | bytes | Iterable[str]]) -> Path:
    """Write a workbook; a part may be written in pieces."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in given.items():
            with archive.open(name, "w", force_zip64=True) as out:
                for piece in [part] if isinstance(part, str | bytes) else part:
                    out.write(piece.encode() if isinstance(piece, str) else piece)
    return path


def sheet(path: Path, rows: str | Iterable[str], **given: str) -> Path:
    """Write a workbook of some rows below a header."""
    inside = [rows] if isinstance(rows, str) else rows

    def written() -> Iterable[str]:
        yield BEGIN + HEAD
        yield from inside
        yield END

    return pack(path, {**parts(**given), SHEET: written()})


_READ: Final = """
import resource, sys
from pathlib import Path
from exchange.errors import RefusedError
from exchange.service.intake.mapping import FileFormat
from exchange.service.intake.source import open_sheet
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
rows = faulty = 0
try:
    for row in open_sheet(Path(sys.argv[1]), FileFormat()).rows:
        rows, faulty = rows + 1, faulty + row.is_faulty
    print(rows, faulty)
except RefusedError as exc:
    print(exc.code.value)
"""


def read_within(path: Path, memory: int = 500 * MIB, seconds: int = 120) -> str:
    """Return what is said of a file by a process with so much address space and time."""
    done = subprocess.run(
        [sys.executable, "-c", _READ.format(memory=memory, seconds=seconds), str(path)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout.strip()
