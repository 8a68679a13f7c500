"""Sites by repeated rows and by a second sheet; what is paused; values, and rows that hide."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from exchange.codes.intake import IntakeCode
from exchange.core.model import BodyId
from exchange.errors import ExchangeError, RefusedError, SettingsError, UndecidedError
from exchange.peer.intake import Answered
from exchange.service.intake.draft import Drafter
from exchange.service.intake.journal import Journal, Subject
from exchange.service.intake.known import Known
from exchange.service.intake.mapping import SheetMapping, read_mapping
from exchange.service.intake.propose import proposal
from exchange.service.intake.rows import Row
from exchange.service.intake.signing import RowSigner
from exchange.service.intake.source import open_sheet, with_sites
from exchange.service.intake.take import MAX_TRIES, Intake, RowUnits
from exchange.service.intake.workbooks import read_workbook
from tests.stock import CELLS, mapping_text, numbered
from tests.world import ISSUER, World

SITES = """
[[columns]]
column = "场所"
field = "Site/Name@zh"
[[columns]]
column = "城市"
field = "Site/Address/City"
[[columns]]
column = "国"
field = "Site/Address/Economy"
[[columns]]
column = "作用"
field = "Site/Role"
"""
REPEATED = f'{SITES}[sites]\nkey = "证书编号"\n'
BESIDE = f'{REPEATED}sheet = "场所"\n[file]\nsheet = "证书"\n'
MORE = ("场所", "城市", "国", "作用")
MAIN, BRANCH = ("总部", "烟台", "CN", "main"), ("分厂", "青岛", "CN", "manufacturing")


def _mapping(world: World, more: str) -> SheetMapping:
    return read_mapping(mapping_text(more), world.catalogue, world.code_lists)


def _book(path: Path, rows: Sequence[Sequence[str]], sites: Sequence[Sequence[str]] = ()) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    first = book.create_sheet("证书")
    for row in rows:
        first.append(row)
    if sites:
        second = book.create_sheet("场所")
        for row in sites:
            second.append(row)
    book.save(path)
    return path


def _drafter(world: World, mapping: SheetMapping) -> Drafter:
    body = world.snapshot.trust.bodies[BodyId(ISSUER)]
    return Drafter(
        mapping=mapping,
        known=Known(body=body, scheme=mapping.fields.scheme),
        body=body,
        issued_at=world.clock.now,
        today=date(2026, 11, 22),
    )


def _line(number: int, *more: str) -> list[str]:
    return [*numbered(number).values(), *more]


def _require_two_sites(world: World, mapping: SheetMapping, row: Row) -> None:
    drafted = _drafter(world, mapping).draft(row)
    assert [one.message for one in drafted.findings] == []
    assert drafted.data is not None
    text = drafted.data.decode()
    assert text.count("<Site>") == 2
    assert "<SiteID>S2</SiteID>" in text.replace("c:", "")
    assert "总部" in text
    assert "分厂" in text


def test_repeated_rows_are_the_sites_of_one_certificate(world: World, tmp_path: Path) -> None:
    mapping = _mapping(world, REPEATED)
    rows = [_line(1, *MAIN), _line(1, *BRANCH), _line(2, *MAIN)]
    path = _book(tmp_path / "stock.xlsx", [[*CELLS, *MORE], *rows])
    found = list(with_sites(open_sheet(path, mapping.file), mapping, path))
    assert [one.number for one in found] == [2, 4]
    _require_two_sites(world, mapping, found[0])


def test_repeated_rows_that_differ_in_more_than_their_site_are_refused(
    world: World, tmp_path: Path
) -> None:
    mapping = _mapping(world, REPEATED)
    other = [*(numbered(1) | {"名称": "另一家公司"}).values(), *BRANCH]
    path = _book(tmp_path / "stock.xlsx", [[*CELLS, *MORE], _line(1, *MAIN), other])
    (row,) = with_sites(open_sheet(path, mapping.file), mapping, path)
    assert [(one.code, one.path) for one in row.findings] == [(IntakeCode.REPEATED, "名称")]


def test_a_second_sheet_has_the_sites(world: World, tmp_path: Path) -> None:
    mapping = _mapping(world, BESIDE)
    number = numbered(1)["证书编号"]
    sites = [["证书编号", *MORE], [number, *MAIN], [number, *BRANCH]]
    path = _book(tmp_path / "stock.xlsx", [list(CELLS), _line(1)], sites)
    (row,) = with_sites(open_sheet(path, mapping.file), mapping, path)
    _require_two_sites(world, mapping, row)


@pytest.mark.parametrize(
    ("site", "head", "code"),
    [
        (["10326Q99999R0M", *MAIN], MORE, IntakeCode.ORPHAN_SITE),
        (["", *MAIN], MORE, IntakeCode.ORPHAN_SITE),
        (["10326Q20001R0M", *MAIN], MORE[:3], IntakeCode.MAPPING_COLUMN),
    ],
    ids=["of no certificate", "without key", "without column"],
)
def test_a_second_sheet_that_does_not_fit_is_refused_whole(
    world: World, tmp_path: Path, site: list[str], head: Sequence[str], code: IntakeCode
) -> None:
    mapping = _mapping(world, BESIDE)
    path = _book(tmp_path / "s.xlsx", [list(CELLS), _line(1)], [["证书编号", *head], site])
    with pytest.raises((RefusedError, SettingsError)) as caught:
        list(with_sites(open_sheet(path, mapping.file), mapping, path))
    assert isinstance(caught.value, ExchangeError)
    assert caught.value.code is code


def test_a_formula_on_the_second_sheet_refuses_its_certificate(
    world: World, tmp_path: Path
) -> None:
    mapping = _mapping(world, BESIDE)
    site = [numbered(1)["证书编号"], "=1+1", *MAIN[1:]]
    path = _book(tmp_path / "s.xlsx", [list(CELLS), _line(1)], [["证书编号", *MORE], site])
    (row,) = with_sites(open_sheet(path, mapping.file), mapping, path)
    assert [one.code for one in row.findings] == [IntakeCode.FORMULA]
    assert row.findings[0].path.startswith("场所: B2")


def test_a_value_of_another_kind_is_refused_with_what_is_expected(world: World) -> None:
    more = '[[columns]]\ncolumn = "人数"\nfield = "Object/ManagementSystem/EffectivePersonnel"\n'
    drafter = _drafter(world, _mapping(world, more))
    drafted = drafter.draft(Row(number=2, cells=CELLS | {"人数": "about 40"}))
    assert [(one.code, one.path) for one in drafted.findings] == [(IntakeCode.VALUE, "人数")]
    assert "a whole number" in drafted.findings[0].message


def test_an_upload_for_certsearch_has_its_mapping_proposed(world: World, tmp_path: Path) -> None:
    path = tmp_path / "upload.xml"
    sectors = "".join(
        f"<certification_sector><sector_code>{one}</sector_code></certification_sector>"
        for one in ("3", "29")
    )
    named = {
        "certified_entity_unique_id": "91370683MA3CA2B323",
        "certified_entity_name": "Haijia",
        "business_registered_city": "Yantai",
        "business_registered_country": "CN",
        "certificate_number": "Q1",
        "certification_status": "Active",
        "certification_scope": "frozen vegetables",
        "original_issue_date": "20260318",
        "issue_date": "20260318",
        "expiry_date": "20290315",
    }
    cells = "".join(f"<{name}>{text}</{name}>" for name, text in named.items())
    path.write_text(
        f"<client_certs><client_cert>{cells}<certification_sectors>{sectors}"
        "</certification_sectors></client_cert></client_certs>",
        encoding="utf-8",
    )
    sheet = open_sheet(path, _mapping(world, "").file)
    text = "\n".join(proposal(sheet.columns, _mapping(world, "").fields, ["en"]))
    assert "no field is named like this" not in text
    mapping = read_mapping(text, world.catalogue, world.code_lists)
    assert set(sheet.columns) == set(mapping.names)
    (row,) = sheet.rows
    told = {one.code for one in _drafter(world, mapping).draft(row).findings}
    assert told == {IntakeCode.MISSING}  # what CertSearch does not ask for


def test_what_is_not_taken_from_certsearch_is_said_aloud_and_trading_names_are_proposed(
    world: World,
) -> None:
    columns = {
        "accreditation_body": "signed trust lists",
        "main_site/street": "Site/Role",
        "additional_sites/additional_site/2/city": "Site#2/Role",
        "certification_standard_and_scheme/scheme": "the scheme stands above",
        "colour": "no field is named like this",
    }
    lines = [*proposal(["trading_name", *columns], _mapping(world, "").fields, ["en"])]

    assert 'field = "Holder/TradingName@en"' in lines
    for column, why in columns.items():
        (line,) = [one for one in lines if one.startswith(f"# {column}: ")]
        assert why in line


def test_what_is_hidden_is_read_and_told(tmp_path: Path) -> None:
    path = _book(tmp_path / "stock.xlsx", [["a", "b"], ["1", "2"]], [["x"]])
    book = openpyxl.load_workbook(path)
    book["证书"].row_dimensions[2].hidden = True
    book["证书"].column_dimensions["B"].hidden = True
    book["场所"].sheet_state = "hidden"
    book.save(path)
    sheet = read_workbook(path)
    assert {one.code for one in sheet.remarks} == {IntakeCode.HIDDEN}
    assert len(sheet.remarks) == 2
    (row,) = sheet.rows
    assert (row.cells, [one.code for one in row.findings]) == (
        {"a": "1", "b": "2"},
        [IntakeCode.HIDDEN],
    )


async def test_what_nobody_can_decide_pauses_the_intake_and_is_sent_again(
    world: World, tmp_path: Path
) -> None:
    mapping = _mapping(world, "")
    sent: list[bytes] = []
    signer = await RowSigner.of(world.vault, BodyId(ISSUER), world.snapshot, world.clock)
    intake = Intake(signer=signer, snapshot=world.snapshot, clock=world.clock, mapping=mapping)

    async def send(documents: Sequence[bytes]) -> list[Answered]:
        sent.extend(documents)
        later = timedelta()
        return [
            Answered(message_id="m", verdict="undecided", findings=(), retry_after=later)
            for _ in documents
        ]

    subject = Subject(body=ISSUER, file="f", mapping="m", addressees=())
    journal = Journal.open(tmp_path, subject, world.clock.now, resume=False)
    units = RowUnits(drafter=_drafter(world, mapping)).each([Row(number=2, cells=CELLS)])
    with pytest.raises(UndecidedError) as caught:
        await intake.run(units, journal, send, lambda _: None)
    assert caught.value.code is IntakeCode.PAUSED
    assert len(sent) == MAX_TRIES
    assert [one.data for one in journal.pending()[0]] == sent[:1]


def test_a_large_workbook_is_read_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("one")
    sheet.append(["number", "name"])
    for number in range(30_000):
        sheet.append([f"A{number}", f"有限公司 {number % 50}"])
    book.save(path)
    rows = read_workbook(path).rows
    for _ in range(5_000):
        next(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in rows) == 25_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4 * 1024  # KiB
