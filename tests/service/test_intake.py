"""From rows to signed attestations: mapping, gates, dry run, resuming, and many in one request."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.codes.service import PeerCode
from exchange.core.entry import Verdict
from exchange.core.model import BodyId
from exchange.errors import Finding, PeerError, RefusedError, SettingsError
from exchange.peer.intake import Answered
from exchange.service.addressees import Addressees
from exchange.service.bulk import BATCH, Taken, take_in
from exchange.service.hub import Hub
from exchange.service.identify import Caller, transport_keys
from exchange.service.intake.draft import Drafted, Drafter
from exchange.service.intake.journal import Journal, Subject
from exchange.service.intake.known import Known
from exchange.service.intake.mapping import SheetMapping, read_mapping
from exchange.service.intake.outcome import Became, Outcome, returned_sheet
from exchange.service.intake.propose import proposal
from exchange.service.intake.rows import Row
from exchange.service.intake.signing import RowSigner
from exchange.service.intake.take import Intake, RowUnits, document_units
from tests.running import running, settings_for
from tests.stock import CELLS, COLUMNS, mapping_text, numbered
from tests.world import ISSUER, World


def _mapping(world: World, more: str = "") -> SheetMapping:
    return read_mapping(mapping_text(more), world.catalogue, world.code_lists)


def _drafter(world: World, mapping: SheetMapping | None = None) -> Drafter:
    body = world.snapshot.trust.bodies[BodyId(ISSUER)]
    mapping = mapping or _mapping(world)
    return Drafter(
        mapping=mapping,
        known=Known(body=body, scheme=mapping.fields.scheme),
        body=body,
        issued_at=world.clock.now,
        today=date(2026, 11, 22),
    )


def _draft(world: World, **changes: str) -> Drafted:
    cells = {name: text for name, text in (CELLS | changes).items() if text}
    return _drafter(world).draft(Row(number=2, cells=cells))


def _rows(number: int) -> list[Row]:
    return [Row(number=n + 2, cells=numbered(n)) for n in range(number)]


def test_a_flat_row_becomes_an_attestation_that_passes_all_five_gates(world: World) -> None:
    drafted = _draft(world)
    assert drafted.findings == ()
    assert drafted.data is not None
    accepted = world.examine(world.sign(drafted.data))
    assert accepted.trusted.body.id == ISSUER
    assert [str(one.severity) for one in accepted.findings if one.severity == "fatal"] == []


def test_the_same_row_gives_the_same_document_and_another_row_another(world: World) -> None:
    first, second = _draft(world), _draft(world)
    assert first.data == second.data
    assert _draft(world, name="Another").document_id != first.document_id


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"发证": "18/03/26"}, "intake.date", "发证"),
        ({"状态": "好"}, "intake.untranslated", "状态"),
        ({"名称": "=cmd|' /C calc'!A0"}, "intake.formula", "名称"),
        ({"证书编号": ""}, "intake.missing", "证书编号"),
        ({"到期": "bald"}, "intake.date", "到期"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_column(
    world: World, changes: dict[str, str], code: str, column: str
) -> None:
    drafted = _draft(world, **changes)
    assert drafted.data is None
    assert (code, column) in [(one.code.value, one.path) for one in drafted.findings]


def test_digits_that_a_number_has_lost_are_told_or_refused(world: World) -> None:
    row = Row(number=2, cells=CELLS | {"证书编号": "123"}, numbers=frozenset({"证书编号"}))
    drafted = _drafter(world).draft(row)
    assert [one.code.value for one in drafted.findings] == ["intake.digits-lost"]
    assert drafted.data is not None
    long = Row(number=2, cells=CELLS | {"证书编号": "2016010901123456"}, numbers=row.numbers)
    assert _drafter(world).draft(long).data is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("[file]\nsheet = 3\nrow = 1", "intake.mapping"),
        ('[[columns]]\ncolumn = "x"\nfield = "Holder/Nme@zh"', "intake.mapping-field"),
        ('[[columns]]\ncolumn = "x"\nfield = "Holder"', "intake.mapping-field"),
        ('[[columns]]\ncolumn = "x"\nfield = "Holder/PartyID"', "intake.mapping-field"),
        ('[[columns]]\ncolumn = "x"\nfield = "Revision"\ncode = 1', "intake.mapping"),
        ('[taken-over]\nbefore = "soon"', "intake.mapping"),
        ("[sites]\nsheet = 1", "intake.mapping"),
        ("[[", "intake.mapping"),
    ],
)
def test_a_mapping_with_a_fault_is_refused(world: World, more: str, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _mapping(world, more)
    assert code in {one.code.value for one in caught.value.findings}


def test_a_column_that_the_file_lacks_is_named(world: World) -> None:
    with pytest.raises(SettingsError) as caught:
        _mapping(world).require_columns(["证书编号"])
    assert {one.path for one in caught.value.findings} == set(COLUMNS) - {"证书编号"}
    assert caught.value.code.value == "intake.mapping-column"


def test_a_proposal_from_names_in_three_languages_is_a_mapping(world: World) -> None:
    fields = _mapping(world).fields
    columns = ("证书编号", "Holder", "Дата выдачи", "mystery")
    text = "\n".join(proposal(columns, fields, ["zh"]))
    found = read_mapping(text, world.catalogue, world.code_lists)
    assert {one.column for one in found.columns} == set(columns) - {"mystery"}
    assert "mystery: no field" in text


def test_a_certificate_older_than_the_hub_gets_its_mark(world: World) -> None:
    mapping = _mapping(world, "[taken-over]\nbefore = 2026-11-01\n")
    data = _drafter(world, mapping).draft(Row(number=2, cells=CELLS)).data
    assert data is not None
    assert b"<TakenOver><OriginalDate>2026-03-18</OriginalDate>" in data
    assert b"<TakenOverOn>2026-11-22</TakenOverOn>" in data


async def _intake(world: World) -> Intake:
    signer = await RowSigner.of(world.vault, BodyId(ISSUER), world.snapshot, world.clock)
    return Intake(
        signer=signer, snapshot=world.snapshot, clock=world.clock, mapping=_mapping(world)
    )


async def test_a_dry_run_says_for_each_row_what_the_gates_say(world: World, tmp_path: Path) -> None:
    rows = [*_rows(2), Row(number=4, cells=_rows(1)[0].cells)]
    own = {"证书编号": "10326Q00005R0M", "代码": "91370683MA3CA2B324"}
    rows.append(Row(number=5, cells=CELLS | own))
    outcomes: list[Outcome] = []
    intake = await _intake(world)
    await intake.check(RowUnits(drafter=_drafter(world)).each(rows), outcomes.append)
    assert [one.became for one in outcomes[:2]] == [outcomes[0].became] * 2
    assert outcomes[0].became is not Became.REFUSED
    assert [one.became for one in outcomes[2:]] == [Became.REFUSED] * 2
    assert "intake.repeated" in {one.code for one in outcomes[2].told}
    assert "代码" in {one.column for one in outcomes[3].told if one.severity == "fatal"}
    path = tmp_path / "returned.csv"
    with returned_sheet(path, tuple(CELLS)) as sheet:
        for row, outcome in zip(rows, outcomes, strict=True):
            sheet.write(row.cells, outcome)
    written = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert written[3]["outcome"] == "refused"
    assert written[3]["next steps"]
    assert written[3]["where"] == "代码"


class _Line:
    """A hub at the end of a line that breaks."""

    def __init__(self, *, breaks_after: int) -> None:
        self.seen: list[bytes] = []
        self.left = breaks_after

    async def __call__(self, documents: Sequence[bytes]) -> list[Answered]:
        self.seen += documents
        self.left -= 1
        if self.left < 0:
            raise PeerError(Finding(code=PeerCode.UNREACHABLE, message="the line is cut"))
        return [
            Answered(message_id="m", verdict="accepted", findings=(), receipt=b"r")
            for _ in documents
        ]


SUBJECT = Subject(body=ISSUER, file="f", mapping="m", addressees=("register-only",))


async def test_an_intake_that_was_cut_off_sends_the_same_octets_again_and_nothing_twice(
    world: World, tmp_path: Path
) -> None:
    rows, intake = _rows(200), await _intake(world)
    line = _Line(breaks_after=1)
    journal = Journal.open(tmp_path, SUBJECT, world.clock.now, resume=False)
    with pytest.raises(PeerError):
        await intake.run(
            RowUnits(drafter=_drafter(world)).each(rows), journal, line, lambda _: None
        )
    cut = line.seen[96:]
    with (tmp_path / "journal.jsonl").open("ab") as out:
        out.write(b'{"row": 98, "bec')  # cut off by the kill
    world.clock.forward(timedelta(hours=1))
    with pytest.raises(RefusedError) as caught:
        Journal.open(tmp_path, SUBJECT, world.clock.now, resume=False)
    assert caught.value.code.value == "intake.begun"
    again = Journal.open(tmp_path, SUBJECT, world.clock.now, resume=True)
    assert (again.last, again.begun_at) == (97, journal.begun_at)
    line = _Line(breaks_after=9)
    await intake.run(RowUnits(drafter=_drafter(world)).each(rows), again, line, lambda _: None)
    assert line.seen[: len(cut)] == cut
    assert [one.row for one in again.outcomes()] == [row.number for row in rows]
    other = Subject(body=ISSUER, file="other", mapping="m", addressees=())
    with pytest.raises(RefusedError) as caught:
        Journal.open(tmp_path, other, world.clock.now, resume=True)
    assert caught.value.code.value == "intake.journal"


def test_a_file_that_is_no_attestation_is_told_and_its_neighbours_go_on(world: World) -> None:
    units = list(document_units([("a.xml", b"<other/>"), ("b.xml", world.attestation())]))
    assert [one.code for one in units[0].told] == ["intake.document"]
    assert units[1].data is not None


async def _stream(documents: Sequence[bytes]) -> AsyncIterator[bytes]:
    for one in documents:
        yield one


def _caller(hub: Hub) -> Caller:
    body = hub.trust.bodies[BodyId(ISSUER)]
    (key, *_) = transport_keys(hub.snapshot, hub.clock(), body.id)
    return Caller(body=body, key=key.fingerprint)


async def _taken(hub: Hub, documents: Sequence[bytes]) -> list[Taken]:
    everybody = Addressees(names=())
    stream = take_in(hub, _stream(documents), caller=_caller(hub), addressees=everybody)
    return [one async for one in stream]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("workers", [0, 2])
async def test_a_stream_is_taken_in_order_with_its_refusals_and_repeated_without_doubles(
    world: World, tmp_path: Path, engine: str, workers: int, request: pytest.FixtureRequest
) -> None:
    changes: dict[str, Any] = {"workers": workers}
    if engine == "postgresql":
        changes["store_url"] = request.getfixturevalue("postgres_url")
    documents = [world.attestation(number=n) for n in range(1, BATCH + 20)]
    documents[7] = b"<broken"
    documents[BATCH + 3] = documents[5].replace(b"CN-CB-0103", b"CN-CB-0104")
    async with Hub.open(settings_for(world, tmp_path, **changes), clock=world.clock) as hub:
        first = await _taken(hub, documents)
        assert [one.ordinal for one in first] == list(range(len(documents)))
        refused = [one.ordinal for one in first if one.verdict is Verdict.REJECTED]
        assert refused == [7, BATCH + 3]
        accepted = [one for one in first if one.verdict is Verdict.ACCEPTED]
        places = [one.committed.sequence for one in accepted if one.committed]
        assert len(accepted) == len(documents) - 2
        assert places == sorted(places)
        again = await _taken(hub, documents)
        assert all(one.committed is not None and one.committed.repeated for one in again)
        assert [one.committed for one in again if one.committed is None] == []
        unknown = Addressees(names=("KZ-AB-NONE",))
        with pytest.raises(RefusedError):
            await anext(take_in(hub, _stream([]), caller=_caller(hub), addressees=unknown))


def _tar(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


async def test_an_archive_is_answered_document_by_document(world: World, tmp_path: Path) -> None:
    headers = {"Content-Type": "application/x-tar", "Exchange-Addressees": "register-only"}
    async with running(world, tmp_path) as house:
        caller = await house.caller(ISSUER)
        body = _tar({"a.xml": world.attestation(), "b.xml": b"<broken"})
        answer = await caller.ask("POST", "/v1/intakes", data=body, headers=headers)
        assert answer.status == 200
        good, bad = answer.json["documents"]
        assert (good["name"], good["verdict"], bad["verdict"]) == ("a.xml", "accepted", "rejected")
        assert good["qr_address"].startswith("1-")
        assert bad["findings"][0]["remedy"]
        for damaged in (b"no archive", _tar({}), body[:700]):
            answer = await caller.ask("POST", "/v1/intakes", data=damaged, headers=headers)
            assert answer.code == "refused.body"
        many = _tar({f"{n}.xml": b"<a/>" for n in range(1001)})
        answer = await caller.ask("POST", "/v1/intakes", data=many, headers=headers)
        assert answer.code == "refused.body"
