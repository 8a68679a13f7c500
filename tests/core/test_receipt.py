"""Receipts: written, signed, read back, and refused when they contradict themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.codes.gates import SchemaCode, SignatureCode, XMLCode
from exchange.codes.receipts import ReceiptCode
from exchange.codes.trust import TrustCode
from exchange.core.limits import Limits
from exchange.core.model import (
    BodyId,
    ContentDigest,
    Custody,
    DocumentId,
    Fingerprint,
    Indication,
    KeyRole,
    Kind,
    MessageDigest,
    MessageId,
    SnapshotId,
    SubIndication,
)
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import (
    MAX_FINDINGS,
    Outcome,
    Receipt,
    ReportedFinding,
    SignatureResult,
    Stage,
    read,
    report,
    write,
)
from exchange.core.xml import canonical, parse
from exchange.errors import ExchangeError, Finding, SchemaError, Severity
from tests.world import HUB, START, World, make_world

GOOD: Final = Receipt(
    receipt_id=DocumentId("urn:uuid:0f2b1f0c-5a0e-4b7e-9c55-5f3a3b1d9c10"),
    stage=Stage.ACCEPTED,
    outcome=Outcome.ACCEPTED_WITH_WARNINGS,
    issuer=HUB,
    message_id=MessageId("7d0c9a52-26a1-4f0e-8a35-1c4b7f4f2c11"),
    sender=BodyId("CN-CB-0103"),
    addressees=("SA-AB-SAAC", "KZ"),
    message_digest=MessageDigest(sha256(b"octets").digest()),
    kind=Kind.ATTESTATION,
    content_digest=ContentDigest(sha256(b"content").digest()),
    custody=Custody.OWN,
    previous=sha256(b"previous").digest(),
    received_at=START - timedelta(seconds=2),
    produced_at=START - timedelta(seconds=1, microseconds=500),
    snapshot_id=SnapshotId("5b" * 32),
    signature=SignatureResult(
        indication=Indication.TOTAL_PASSED,
        signed_at=START - timedelta(hours=1),
        key=Fingerprint(sha256(b"key").digest()),
    ),
    findings=(
        ReportedFinding(
            code="rule.PTY-06",
            severity=Severity.WARNING,
            path="/Attestation/Holder",
            message="expected a name in Latin script <beside> “北京示例公司” & others",
        ),
    ),
)
FATAL: Final = ReportedFinding(
    code="rule.VAL-01", severity=Severity.FATAL, path="", message="too early"
)


@pytest.fixture
def world() -> World:
    return make_world()


def ending(world: World, data: bytes) -> list[object]:
    """Return the codes with which reading a receipt ends."""
    with pytest.raises(ExchangeError) as caught:
        read_receipt(data, world.snapshot, START)
    return [finding.code for finding in caught.value.findings]


def test_receipt_written_signed_and_read_says_the_same(world: World) -> None:
    data = world.sign(write(GOOD))

    receipted = read_receipt(data, world.snapshot, START)

    assert receipted.receipt == GOOD
    assert receipted.trusted.body.id == HUB
    assert receipted.digest == sha256(data).digest()


def test_receipt_blanks_that_its_types_collapse_are_read_past(world: World) -> None:
    text = write(GOOD).decode()
    spread = re.sub(r">([^<>]+)</", r">&#13;\n \1\t</", text)
    spread = re.sub(r' (severity|code)="([^"]+)"', r' \1=" \2&#10;"', spread)
    assert spread.count("&#13;") > 12

    receipted = read_receipt(world.sign(spread.encode(), HUB), world.snapshot, START)

    assert receipted.receipt == GOOD


@pytest.mark.parametrize(
    ("pattern", "new", "path"),
    [
        ("<StatementKind>attestation<", "<StatementKind>treaty<", "/Receipt/StatementKind"),
        (
            "<Indication>TOTAL-PASSED</Indication>",
            "<Indication>TOTAL-FAILED</Indication><SubIndication>OUT_OF_LUCK</SubIndication>",
            "/Receipt/SignatureResult/SubIndication",
        ),
        ("=</MessageDigest>", "=\u00a0</MessageDigest>", "/Receipt/MessageDigest"),
        ("=</MessageDigest>", "=*</MessageDigest>", "/Receipt/MessageDigest"),
        ("=</ContentDigest>", "=\u00a0</ContentDigest>", "/Receipt/ContentDigest"),
        ("=</PreviousReceipt>", "=*</PreviousReceipt>", "/Receipt/PreviousReceipt"),
        ("=</KeyFingerprint>", "=*</KeyFingerprint>", "/Receipt/SignatureResult/KeyFingerprint"),
    ],
)
def test_receipt_value_that_only_the_schema_admits_is_refused(
    world: World, pattern: str, new: str, path: str
) -> None:
    text = write(GOOD).decode()
    assert pattern in text

    with pytest.raises(SchemaError) as caught:
        read_receipt(world.sign(text.replace(pattern, new).encode()), world.snapshot, START)

    assert [finding.path for finding in caught.value.findings] == [path]


CONTRADICTIONS: Final[tuple[tuple[str, Receipt, ReceiptCode], ...]] = (
    ("an acceptance that rejects", replace(GOOD, outcome=Outcome.REJECTED, findings=(FATAL,)),
     ReceiptCode.RCP_03),
    ("a rejection that accepts", replace(GOOD, stage=Stage.REJECTED), ReceiptCode.RCP_03),
    ("produced before it was received",
     replace(GOOD, produced_at=GOOD.received_at - timedelta(microseconds=1)), ReceiptCode.RCP_04),
    ("an acceptance with a fatal finding", replace(GOOD, findings=(FATAL,)), ReceiptCode.RCP_05),
    ("a rejection without a reason",
     replace(GOOD, stage=Stage.REJECTED, outcome=Outcome.REJECTED, findings=()),
     ReceiptCode.RCP_05),
    ("no passed signature and no sub-indication",
     replace(GOOD, signature=SignatureResult(indication=Indication.INDETERMINATE)),
     ReceiptCode.RCP_06),
)  # fmt: skip


@pytest.mark.parametrize(
    ("receipt", "code"), [case[1:] for case in CONTRADICTIONS], ids=[c[0] for c in CONTRADICTIONS]
)
def test_receipt_that_contradicts_itself_is_refused(
    world: World, receipt: Receipt, code: ReceiptCode
) -> None:
    assert ending(world, world.sign(write(receipt))) == [code]


def test_receipt_about_another_message_is_refused(world: World) -> None:
    data = world.sign(write(GOOD))

    with pytest.raises(ExchangeError) as caught:
        read_receipt(data, world.snapshot, START, message_digest=MessageDigest(bytes(32)))

    assert caught.value.code is ReceiptCode.RCP_01


def test_receipt_after_another_receipt_is_refused(world: World) -> None:
    data = world.sign(write(GOOD))

    with pytest.raises(ExchangeError) as caught:
        read_receipt(data, world.snapshot, START, previous=bytes(32))

    assert caught.value.code is ReceiptCode.RCP_02


HOSTILE: Final[tuple[tuple[str, Callable[[World], bytes], object], ...]] = (
    ("no signature", lambda _: write(GOOD), SignatureCode.MISSING),
    ("nothing at all", lambda _: b"", XMLCode.EMPTY),
    ("one digit changed", lambda w: w.sign(write(GOOD)).replace(b"accepted-with", b"accepted_with"),
     SchemaCode.INVALID),
    ("another outcome", lambda w: w.sign(write(GOOD)).replace(b"-with-warnings", b""),
     SignatureCode.DIGEST_MISMATCH),
    ("the transport key", lambda w: w.sign(write(GOOD), HUB, KeyRole.LIST), TrustCode.KEY_ROLE),
    ("somebody else", lambda w: w.sign(write(GOOD), "CN-CB-0103", KeyRole.RECEIPT),
     TrustCode.KEY_OF_ANOTHER_BODY),
    ("an attestation", lambda w: w.attestation(), ReceiptCode.RCP_03),
)  # fmt: skip


@pytest.mark.parametrize(
    ("build", "code"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE]
)
def test_receipt_of_a_stranger_is_refused(
    world: World, build: Callable[[World], bytes], code: object
) -> None:
    assert code in ending(world, build(world))


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_receipt_every_stage_and_outcome_is_valid_under_the_schema(
    world: World, stage: Stage, outcome: Outcome
) -> None:
    receipt = replace(
        GOOD,
        stage=stage,
        outcome=outcome,
        signature=SignatureResult(
            indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.HASH_FAILURE
        ),
    )

    assert world.conforming(world.sign(write(receipt))).kind is Kind.RECEIPT


@given(text=st.text(min_size=1, max_size=200), path=st.text(max_size=50))
@settings(max_examples=100, deadline=None)
def test_receipt_any_quoted_text_stays_readable(text: str, path: str) -> None:
    finding = ReportedFinding(
        code="schema.invalid", severity=Severity.FATAL, path=path, message="x" + text
    )
    receipt = replace(GOOD, stage=Stage.REJECTED, outcome=Outcome.REJECTED, findings=(finding,))

    world = make_world()
    again = read(world.signed(world.sign(write(receipt))).content)

    assert len(again.findings) == 1
    assert again.findings[0].message.startswith("x")
    assert again.receipt_id == receipt.receipt_id


@given(text=st.text(max_size=200), path=st.text(max_size=50))
def test_receipt_is_written_in_its_canonical_form(text: str, path: str) -> None:
    finding = ReportedFinding(
        code="schema.invalid", severity=Severity.FATAL, path=f"/a&b{path}", message=f"<x>\r\n{text}"
    )
    written = write(replace(GOOD, outcome=Outcome.REJECTED, findings=(finding,)))

    assert canonical(parse(written, Limits()).root) == written


def test_report_names_at_most_a_hundred_findings() -> None:
    findings = tuple(
        Finding(code=SchemaCode.INVALID, message=str(number)) for number in range(MAX_FINDINGS + 7)
    )

    reported = report(findings)

    assert len(reported) == MAX_FINDINGS
    assert reported[0].code == "schema.invalid"
