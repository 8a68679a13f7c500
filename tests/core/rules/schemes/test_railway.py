"""Railway products: every rule is broken by one change; a trial is never offered."""

from __future__ import annotations

import re
from typing import Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.rules.schemes.railway import SCHEME, RailwayRuleCode
from exchange.errors import TrustError
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

PAD: Final = "cn-rlw-brake-pad"
RAIL: Final = "cn-rlw-rail"
CONTROL: Final = "cn-rlw-train-control"
DOOR: Final = "kr-rlw-screen-door"
TRIAL: Final = "de-rlw-fastening-trial"

ARRANGEMENT: Final = '<ArrangementID listID="MRHUB-ARRANGEMENT">GAC-MRA</ArrangementID>'
BOUNDS: Final = (
    '<p:TrialUse><p:Until>2027-12-31</p:Until><p:Place xml:lang="zh">试验段</p:Place></p:TrialUse>'
)

PROVOCATIONS: Final = (
    given(
        RailwayRuleCode.SCH_RLW_01,
        "a group in place of an item",
        {">0201</p:CatalogueItem>": ">02</p:CatalogueItem>"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_01,
        "an item that nobody knows",
        {">0201</p:CatalogueItem>": ">0299</p:CatalogueItem>"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_01,
        "an item that was taken out of the catalogue",
        {">0201</p:CatalogueItem>": ">0305</p:CatalogueItem>"},
        RAIL,
    ),
    given(RailwayRuleCode.SCH_RLW_01, "a rule that came later", {"2024-09-01": "2026-06-04"}, RAIL),
    given(
        RailwayRuleCode.SCH_RLW_01,
        "another version than that of the scheme",
        {"<p:Version>V1.3<": "<p:Version>V1.4<"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02, "a trial without its mark", {">railway-trial<": ">CRCC<"}, TRIAL
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "the mark of a trial on a formal certificate",
        {'<Code listID="MRHUB-MARK">CRCC<': '<Code listID="MRHUB-MARK">railway-trial<'},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a trial at the level of the arrangement",
        {
            "</ValidTo>": f"</ValidTo>{ARRANGEMENT}",
            ">Accredited<": ">GlobalMRA<",
        },
        TRIAL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a trial that claims an arrangement",
        {"</ValidTo>": f"</ValidTo>{ARRANGEMENT}"},
        TRIAL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a trial of more than two years",
        {"<ExpiryDate>2028-01-31<": "<ExpiryDate>2028-06-10<"},
        TRIAL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a trial beyond its certificate",
        {"<p:Until>2027-12-31<": "<p:Until>2028-02-01<"},
        TRIAL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a formal certificate with the bounds of a trial",
        {"</p:CertificateKind>": f"</p:CertificateKind>{BOUNDS}"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a trial numbered as a formal certificate",
        {">CRCC-T-0107-": ">CRCC-0107-"},
        TRIAL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_02,
        "a formal certificate numbered as a trial",
        {">CRCC-0107-": ">CRCC-T-0107-"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_06,
        "a number of the other programme",
        {">CRCC-0107-": ">CURC-0107-"},
        RAIL,
    ),
    given(RailwayRuleCode.SCH_RLW_03, "SIL3 where SIL4 is needed", {">SIL4<": ">SIL3<"}, CONTROL),
    given(
        RailwayRuleCode.SCH_RLW_03,
        "basic integrity where SIL2 is needed",
        {">SIL2<": ">basic<"},
        DOOR,
    ),
    given(
        RailwayRuleCode.SCH_RLW_04,
        "an assessment that failed",
        {"<p:Passed>true<": "<p:Passed>false<"},
        PAD,
    ),
    given(
        RailwayRuleCode.SCH_RLW_04,
        "an assessment after the decision",
        {"<p:To>2025-12-20<": "<p:To>2026-06-04<"},
        PAD,
    ),
    given(
        RailwayRuleCode.SCH_RLW_04,
        "a mileage in days",
        {'<p:Mileage unitCode="KMT">': '<p:Mileage unitCode="DAY">'},
        PAD,
    ),
    given(RailwayRuleCode.SCH_RLW_04, "no kilometres", {">612000<": ">0<"}, PAD),
    given(
        RailwayRuleCode.SCH_RLW_05,
        "a batch that failed",
        {"<p:Passed>true<": "<p:Passed>false<"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_05,
        "more samples than pieces",
        {"<p:SampleSize>6<": "<p:SampleSize>421<"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_05,
        "a batch tested after the decision",
        {"<p:Date>2026-04-20<": "<p:Date>2026-06-04<"},
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_06,
        "a programme of no list",
        {
            ">CRCC</p:Programme>": ">UIC</p:Programme>",
            '<Code listID="MRHUB-MARK">CRCC<': '<Code listID="MRHUB-MARK">certification-body-mark<',
        },
        RAIL,
    ),
    given(
        RailwayRuleCode.SCH_RLW_06,
        "the mark of the other programme",
        {'<Code listID="MRHUB-MARK">CRCC<': '<Code listID="MRHUB-MARK">CURC<'},
        RAIL,
    ),
    given(RailwayRuleCode.SCH_RLW_06, "a line of no list", {">high-speed<": ">monorail<"}, RAIL),
    given(
        RailwayRuleCode.SCH_RLW_06,
        "rolling stock that is a line",
        {'"RAILWAY-STOCK">emu<': '"RAILWAY-LINE">metro<'},
        PAD,
    ),
    given(RailwayRuleCode.SCH_RLW_06, "a document of no list", {">drawing<": ">sketch<"}, RAIL),
)

BOUNDARIES: Final = (
    (TRIAL, {"<ExpiryDate>2028-01-31<": "<ExpiryDate>2028-06-09<"}),
    (TRIAL, {"<p:Until>2027-12-31<": "<p:Until>2028-01-31<"}),
    (DOOR, {">SIL2<": ">SIL4<"}),
    (RAIL, {"<p:BatchSize>420<": "<p:BatchSize>6<"}),
    (RAIL, {"2024-09-01": "2026-06-03"}),
    (RAIL, {"<p:Date>2026-04-20<": "<p:Date>2026-06-03<"}),
    (PAD, {"<p:To>2025-12-20<": "<p:To>2026-06-03<"}),
)


class TestRailway(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


def without_group(sample: str, group: str) -> bytes:
    """Return a draft without a group of its particulars."""
    draft = make_world().draft(sample).decode()
    cut, count = re.subn(f"<p:{group}>.*</p:{group}>", "", draft, flags=re.DOTALL)
    assert count == 1
    return cut.encode()


@pytest.mark.parametrize(
    ("sample", "group", "code"),
    [
        (CONTROL, "SafetyIntegrity", RailwayRuleCode.SCH_RLW_03),
        (PAD, "OperationalAssessment", RailwayRuleCode.SCH_RLW_04),
        (TRIAL, "TrialUse", RailwayRuleCode.SCH_RLW_02),
    ],
)
def test_group_that_is_needed_is_missed(sample: str, group: str, code: RailwayRuleCode) -> None:
    findings = findings_of(make_world(), without_group(sample, group))

    assert [(one.code, group in one.path) for one in findings] == [(code, True)]


def test_trial_of_brake_pads_needs_no_operation_yet() -> None:
    world = make_world()
    changes = {">0202</p:CatalogueItem>": ">0101</p:CatalogueItem>"}

    assert findings_of(world, world.draft(TRIAL, changes=changes)) == ()


def test_item_of_a_group_outside_the_scope_is_refused_by_gate_4() -> None:
    world = make_world()
    changes = {">0201</p:CatalogueItem>": ">0701</p:CatalogueItem>"}

    with pytest.raises(TrustError) as refusal:
        world.examine(world.attestation(RAIL, changes=changes))

    assert refusal.value.findings[0].code is TrustCode.KEY_OUT_OF_SCOPE
