"""Gate 5 as a whole: all findings, in order, within limits, and softened where it must be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.rules.built import BY_CODE
from exchange.core.rules.case import ECHO, quoted
from exchange.core.rules.entry import Older
from exchange.core.rules.judge import MAX_FINDINGS
from exchange.errors import RuleError, Severity
from tests.world import World, make_world

TAKEN_OVER = "pt-qms-taken-over"


@pytest.fixture
def world() -> World:
    return make_world()


def refusal(world: World, data: bytes) -> RuleError:
    """Return the refusal of a document that gate 5 must refuse."""
    with pytest.raises(RuleError) as caught:
        world.examine(data)
    return caught.value


def test_judge_reports_all_faults_at_once_the_worst_first(world: World) -> None:
    data = world.attestation(
        changes={
            "<ExpiryDate>2029-03-15</ExpiryDate>": "",
            "0103-1004": "0103-2077",
            "6971234500021": "6971234500014",
            ">main<": ">additional<",
        }
    )

    findings = refusal(world, data).findings

    assert [finding.code for finding in findings] == [
        RuleCode.SIT_01,
        RuleCode.DEC_02,
        RuleCode.VAL_02,
        RuleCode.SIT_03,
    ]
    assert [finding.severity for finding in findings] == [Severity.FATAL] * 3 + [Severity.WARNING]


def test_judge_names_a_hundred_faults_at_most(world: World) -> None:
    undeclared = "".join(
        f'<c:TradingName xml:lang="x-{number}">海岬</c:TradingName>' for number in range(150)
    )
    data = world.attestation(
        changes={'<c:TradingName xml:lang="zh">海岬</c:TradingName>': undeclared}
    )

    findings = refusal(world, data).findings

    assert len(findings) == MAX_FINDINGS
    assert findings[0].code is RuleCode.HDR_04


def test_message_repeats_no_more_than_a_little_of_the_document(world: World) -> None:
    data = world.attestation(
        changes={
            '<c:PartyID schemeID="USCC">91370683MA3CA2B323<': '<c:PartyID schemeID="USCC">'
            + "9" * 120
            + "<",
            ">3rdParty<": ">" + "x" * 60 + "<",
        }
    )

    findings = refusal(world, data).findings

    for finding in findings:
        assert not re.search("[9x]{61}", finding.message)
        assert len(finding.message) < 400
    assert len(findings) == 2


def test_quoted_value_cannot_turn_the_direction_of_a_message() -> None:
    assert quoted("abc\u202etxt.exe") == "“abc\ufffdtxt.exe”"
    assert len(quoted("界" * 500)) == ECHO + 3


def test_good_attestation_is_accepted_as_values_without_findings(world: World) -> None:
    accepted = world.examine(world.attestation())

    assert accepted.findings == ()
    assert isinstance(accepted.document, Attestation)


def test_warning_alone_does_not_refuse(world: World) -> None:
    accepted = world.examine(world.attestation(changes={"6971234500021": "6971234500014"}))

    assert [finding.code for finding in accepted.findings] == [RuleCode.SIT_03]
    assert accepted.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, RuleCode.SCM_01),
        (
            {"<AccreditationNumber>": "<AccreditationNumber>old "},
            RuleCode.AUT_02,
        ),
    ],
)
def test_world_of_an_older_certificate_is_reported_as_a_warning(
    world: World, changes: dict[str, str], code: Code
) -> None:
    accepted = world.examine(world.attestation(TAKEN_OVER, changes=changes))

    assert code in {finding.code for finding in accepted.findings}
    assert BY_CODE[code].older is Older.WARNING
    assert BY_CODE[code].severity is Severity.FATAL


def test_older_certificate_without_the_mark_is_refused(world: World) -> None:
    draft = world.draft(TAKEN_OVER).decode()
    plain = re.sub("<TakenOver>.*?</TakenOver>", "", draft, flags=re.DOTALL)

    assert refusal(world, world.sign(plain.encode())).code is RuleCode.SCM_01


def test_document_of_an_older_certificate_is_still_judged_by_itself(world: World) -> None:
    draft = world.draft(TAKEN_OVER).decode()
    late = re.sub("<ExpiryDate>[^<]*<", "<ExpiryDate>2026-11-20<", draft)

    assert refusal(world, world.sign(late.encode())).code is RuleCode.STA_01


def test_last_valid_day_ends_in_the_zone_of_the_issuer(world: World) -> None:
    data = world.attestation(changes={"<ExpiryDate>2029-03-15<": "<ExpiryDate>2026-11-22<"})
    # 16:00 UTC is midnight in Shanghai.
    last_minute = world.clock.now.replace(hour=15, minute=59)

    assert world.examine(data, last_minute).findings == ()
    with pytest.raises(RuleError) as caught:
        world.examine(data, last_minute + timedelta(minutes=1))

    assert caught.value.code is RuleCode.STA_01


def test_test_document_is_welcome_where_nothing_is_in_production(world: World) -> None:
    data = world.attestation(changes={'"UNCL1225">9<': '"UNCL1225">53<'})
    rehearsal = replace(world, snapshot=replace(world.snapshot, production=False))

    assert rehearsal.examine(data).findings == ()


def test_receipt_does_not_travel_as_a_message(world: World) -> None:
    assert refusal(world, world.receipt()).code is RuleCode.SCH_00
