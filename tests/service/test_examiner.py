"""Who examines: batches, large documents, and verdicts that are the same wherever they are made."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import DocumentId, Fingerprint, KeyRole
from exchange.core.revocation_facts import RevocationFact, RevocationFacts, RevocationStatus
from exchange.core.trust_values import LegalBasis, SignatureLevel
from exchange.errors import RejectedError
from exchange.service.examination import Failed, Job, Materials, Passed, build_snapshot
from exchange.service.examination_report import as_document, conclude, examine_off_line
from exchange.service.examiner import WORN, Examiner
from exchange.service.waiting import BATCH
from exchange.vault.vault import key_name
from tests.running import running
from tests.world import HUB, ISSUER, START, World


def _materials(world: World) -> Materials:
    return Materials(
        hub=HUB,
        production=True,
        lists=tuple(world.files.values()),
        pins=frozenset({Fingerprint(world.root)}),
        read_at=world.clock.now,
        receipt_certificates=world.vault.certificates_now(key_name(HUB, KeyRole.RECEIPT)),
    )


def _job(world: World, snapshot_id: object, data: bytes) -> Job:
    return Job(
        snapshot_id=snapshot_id,  # type: ignore[arg-type]
        data=data,
        message=None,
        at=world.clock.now,
        receipt_id=DocumentId(f"urn:uuid:{uuid.UUID(int=1)}"),
        produced_at=world.clock.now,
    )


async def _examiner(world: World, workers: int, worn: int = WORN) -> Examiner:
    materials = _materials(world)
    examiner = Examiner(
        snapshot=build_snapshot(materials),
        materials=materials,
        workers=workers,
        seconds=30,
        max_waiting=1000,
        worn=worn,
    )
    await examiner.start()
    return examiner


def test_the_same_materials_make_the_same_snapshot(world: World) -> None:
    assert build_snapshot(_materials(world)).id == build_snapshot(_materials(world)).id


async def test_a_worker_and_the_hub_itself_say_the_same_about_every_document(
    world: World,
) -> None:
    good = [world.attestation(number=1 + n) for n in range(2 * BATCH)]
    bad = [data.replace(b"<c:City>", b"<c:City>New ", 1) for data in good[:5]]
    strange = [b"", b"<a/>", b"\x00", good[0][:-10], b"<!DOCTYPE a><a/>"]
    documents = [*good, *bad, *strange]
    inside, outside = await _examiner(world, 0), await _examiner(world, 2)
    try:
        mine = [await inside.examine(_job(world, inside.snapshot.id, data)) for data in documents]
        theirs = await asyncio.gather(
            *(outside.examine(_job(world, outside.snapshot.id, data)) for data in documents)
        )
    finally:
        await outside.close()
    assert mine == list(theirs)
    assert [type(verdict) for verdict in mine] == [Passed] * len(good) + [Failed] * 10


async def test_a_refusal_comes_back_from_a_worker_as_the_error_that_it_was(world: World) -> None:
    examiner = await _examiner(world, 1)
    try:
        verdict = await examiner.examine(_job(world, examiner.snapshot.id, b"<a/>"))
    finally:
        await examiner.close()
    assert isinstance(verdict, Failed)
    assert isinstance(verdict.error(), RejectedError)


async def test_a_worker_explains_what_the_hub_itself_explains(world: World) -> None:
    bad = world.attestation().replace(b"<c:City>", b"<c:City/><c:City>", 1)
    inside, outside = await _examiner(world, 0), await _examiner(world, 1)
    try:
        first = await _serving(outside)
        expected = await inside.explain(bad)
        assert expected
        assert await outside.explain(bad) == expected
        assert await _serving(outside) is first
    finally:
        await outside.close()


async def test_a_worker_that_has_read_too_many_strange_names_is_renewed_and_no_document_is_lost(
    world: World,
) -> None:
    strange = [
        b"<a>" + b"".join(b"<n%d-%d/>" % (n, m) for m in range(900)) + b"</a>" for n in (1, 2)
    ]
    documents = [world.attestation(number=1), *strange] * 40
    inside = await _examiner(world, 0)
    expected = [await inside.examine(_job(world, inside.snapshot.id, data)) for data in documents]
    examiner = await _examiner(world, 1, worn=20_000)
    try:
        first = await _serving(examiner)
        for _ in range(100):
            found = await asyncio.gather(
                *(examiner.examine(_job(world, examiner.snapshot.id, data)) for data in documents)
            )
            assert list(found) == expected
            if first not in examiner.processes and examiner.processes:
                break
        assert first.returncode == 0
        assert len(examiner.processes) == 1
    finally:
        await examiner.close()


async def test_a_worker_that_reads_what_is_known_is_not_renewed(world: World) -> None:
    examiner = await _examiner(world, 1)
    try:
        first = await _serving(examiner)
        for _ in range(20):
            await examiner.examine(_job(world, examiner.snapshot.id, world.attestation()))
        assert await _serving(examiner) is first
    finally:
        await examiner.close()


async def _serving(examiner: Examiner) -> asyncio.subprocess.Process:
    await asyncio.sleep(0)
    (process,) = examiner.processes
    return process


async def test_a_large_document_never_holds_the_loop(world: World, tmp_path: Path) -> None:
    wide = b"<a>" + b"<b c='1'/>" * 49_000 + b"</a>"
    async with running(world, tmp_path) as house:
        caller = await house.caller(ISSUER)
        sending = asyncio.gather(*(caller.submit(wide) for _ in range(4)))
        answered = 0
        while not sending.done():
            health = await caller.ask("GET", "/health")
            answered += health.status == 200
        assert {answer.status for answer in await sending} == {422}
    # While the large ones were examined, others were served.
    assert answered > 0


@pytest.mark.parametrize(
    ("change", "results"),
    [
        (b"", ["passed"] * 5),
        (b"<c:City>", ["passed", "passed", "failed", "not-reached", "not-reached"]),
    ],
)
def test_a_report_names_every_gate(world: World, change: bytes, results: list[str]) -> None:
    data = world.attestation()
    if change:
        data = data.replace(change, change + b"New ", 1)
    report = examine_off_line(data, world.snapshot, world.clock.now)
    assert [gate.result.value for gate in report.gates] == results
    again = conclude(report.verdict, report.snapshot_id, report.at)
    assert again == report


@pytest.mark.parametrize("workers", [0, 2])
async def test_a_suspension_holds_for_the_next_document_and_no_worker_is_started_again(
    world: World, workers: int
) -> None:
    examiner = await _examiner(world, workers)
    before = examiner.snapshot
    document = world.attestation()
    key = world.snapshot.trust.keys(ISSUER, KeyRole.ATTESTATION)[0].fingerprint
    stop = Interruption(what=Stopped.SUSPENDED, since=world.clock.now)
    try:
        await asyncio.gather(
            *(examiner.examine(_job(world, before.id, document)) for _ in range(4))
        )
        processes = {process.pid for process in examiner.processes}

        examiner.interrupt(before.with_interruptions(Interruptions.of(keys={key: stop})))
        jobs = [_job(world, one, document) for one in (examiner.snapshot.id, before.id) * 20]
        verdicts = await asyncio.gather(*(examiner.examine(job) for job in jobs))
        examiner.interrupt(before)
        lifted = await examiner.examine(_job(world, before.id, document))
    finally:
        after = {process.pid for process in examiner.processes}
        await examiner.close()
    # Who began before the suspension ends with what it began with.
    assert [type(verdict) for verdict in verdicts] == [Failed, Passed] * 20
    assert {v.error().code for v in verdicts if isinstance(v, Failed)} == {TrustCode.KEY_SUSPENDED}
    assert isinstance(lifted, Passed)
    assert after == processes


async def test_a_worker_that_replaces_another_knows_of_the_suspension(world: World) -> None:
    examiner = await _examiner(world, 1)
    document = world.attestation()
    stop = Interruption(what=Stopped.SUSPENDED, since=world.clock.now)
    try:
        first = await examiner.examine(_job(world, examiner.snapshot.id, document))
        stopped = examiner.snapshot.with_interruptions(Interruptions.of(bodies={ISSUER: stop}))
        examiner.interrupt(stopped)
        (process,) = examiner.processes
        process.kill()
        verdict = await examiner.examine(_job(world, stopped.id, document))
    finally:
        await examiner.close()
    assert isinstance(first, Passed)
    assert isinstance(verdict, Failed)
    assert verdict.error().code is TrustCode.BODY_NOT_ACTIVE


async def test_revocation_facts_travel_to_workers(world: World) -> None:
    examiner = await _examiner(world, 1)
    fact = RevocationFact(
        certificate=Fingerprint(b"\x01" * 32), status=RevocationStatus.GOOD, this_update=START
    )
    try:
        known = examiner.snapshot.with_revocation(RevocationFacts.of([fact]))
        examiner.interrupt(known)
        verdict = await examiner.examine(_job(world, known.id, world.attestation()))
    finally:
        await examiner.close()
    assert isinstance(verdict, Passed)


async def test_another_generation_is_no_interruption(world: World) -> None:
    examiner = await _examiner(world, 0)
    other = world.with_body("PT-CB-0501", cab_code="77").snapshot
    with pytest.raises(ValueError, match="another one"):
        examiner.interrupt(other)
    with pytest.raises(RuntimeError, match="does not have"):
        await examiner.examine(_job(world, other.id, world.attestation()))


def test_a_verdict_says_who_keeps_the_key_and_on_which_law_it_counts(world: World) -> None:
    legal = LegalBasis(
        instrument="Electronic Signature Law of the PRC, article 14", level=SignatureLevel.ADVANCED
    )
    lawful = world.with_key(ISSUER, KeyRole.ATTESTATION, legal=legal)
    lawless = world.with_key(ISSUER, KeyRole.ATTESTATION, legal=None)
    document = lawful.attestation()

    for snapshot, expected in (
        (lawful.snapshot, {"instrument": legal.instrument, "level": "advanced"}),
        # Said aloud: no law gives these signatures a level.
        (lawless.snapshot, None),
    ):
        told = as_document(examine_off_line(document, snapshot, START))
        assert (told["custody"], told["legal_basis"]) == ("own", expected)
    changed = document.replace(b"<c:City>", b"<c:City>New ", 1)
    assert "custody" not in as_document(examine_off_line(changed, lawful.snapshot, START))
