"""Test reports: every rule is broken by one change; who may issue them, and what a verdict is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.codes.trust import TrustCode
from exchange.core.competence import AccreditationPeriod, AccreditationState, ScopeCode
from exchange.core.model import BodyRole
from exchange.core.rules.schemes.test_report import SCHEME, ReportRuleCode
from exchange.errors import TrustError
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import World, make_world

LABORATORY: Final = "CN-LAB-0110"
KETTLE: Final = "cn-tst-kettle"
FRIDGE: Final = "cn-tst-refrigerator"
TOY: Final = "cn-tst-toy"
TILE: Final = "fr-tst-tile-no-statement"
DATES: Final = "sa-tst-dates"
AIR: Final = "vn-tst-air-purifier-field"

ANOTHER: Final = (
    '<Product><ProductName xml:lang="zh">底座</ProductName>'
    "<Model>YH-B1</Model><OriginEconomy>CN</OriginEconomy></Product>"
)

DUE: Final = "<NextSurveillanceDue>2027-03-11</NextSurveillanceDue>"

PROVOCATIONS: Final = (
    given(
        ReportRuleCode.SCH_TST_01,
        "tests by another laboratory",
        {'<c:ActorID schemeID="LAB">CN-LAB-0110<': '<c:ActorID schemeID="LAB">CN-LAB-0701<'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_02,
        "a product without an HS code",
        {"</Product>": f"</Product>{ANOTHER}"},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_02,
        "no result under the accreditation",
        {"<p:Result>": '<p:Result accredited="false">'},
        DATES,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "a sample that came after the tests",
        {"<p:ReceivedOn>2026-03-02<": "<p:ReceivedOn>2026-03-10<"},
        DATES,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "tests before any sample had come",
        {"<PeriodStart>2026-03-03<": "<PeriodStart>2026-03-01<"},
        DATES,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "taken after it had come",
        {"<p:SampledOn>2026-04-15<": "<p:SampledOn>2026-04-21<"},
        TOY,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "a result from before the receipt",
        {"<p:TestedOn>2026-03-24<": "<p:TestedOn>2026-03-15<"},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "a result from after the tests",
        {"<p:TestedOn>2026-04-02<": "<p:TestedOn>2026-04-03<"},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_03,
        "a sampler of no list",
        {">customer</p:SampledBy>": ">rumour</p:SampledBy>"},
        DATES,
    ),
    given(ReportRuleCode.SCH_TST_04, "a unit that nobody knows", {'"NA"': '"ZZZ"'}, DATES),
    given(
        ReportRuleCode.SCH_TST_04,
        "a limit in another unit",
        {'<p:Limit unitCode="4K"': '<p:Limit unitCode="AMP"'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_04,
        "an uncertainty in another unit",
        {'<p:Expanded unitCode="WTT">': '<p:Expanded unitCode="KWT">'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_04,
        "an uncertainty of nothing",
        {'<p:Expanded unitCode="4K">0.02<': '<p:Expanded unitCode="4K">0<'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_04,
        "a method without edition",
        {
            "GB 5009.12</p:Number>\n     <p:Edition>2023</p:Edition>": "GB 5009.12</p:Number>",
        },
        DATES,
    ),
    given(
        ReportRuleCode.SCH_TST_05,
        "passed above the limit",
        {'<p:Value unitCode="4K">0.21<': '<p:Value unitCode="4K">0.751<'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_05,
        "passed below the lower of two limits",
        {'<p:Value unitCode="WTT">1782<': '<p:Value unitCode="WTT">1619.9<'},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_05,
        "passed inside the guard band",
        {'<p:Value unitCode="NA">3.1<': '<p:Value unitCode="NA">89.5<'},
        TOY,
    ),
    given(
        ReportRuleCode.SCH_TST_05,
        "passed inside half a guard band",
        {'<p:Value unitCode="MQH">512<': '<p:Value unitCode="MQH">459.9<'},
        AIR,
    ),
    given(
        ReportRuleCode.SCH_TST_05,
        "passed without a limit",
        {'\n    <p:Limit unitCode="4K" bound="maximum">0.75</p:Limit>': ""},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_06,
        "guarded without a factor",
        {"\n     <p:GuardFactor>1</p:GuardFactor>": ""},
        TOY,
    ),
    given(
        ReportRuleCode.SCH_TST_06,
        "a factor without a guard band",
        {">guard-band<": ">simple-acceptance<"},
        TOY,
    ),
    given(
        ReportRuleCode.SCH_TST_06,
        "a rule of no list",
        {">simple-acceptance<": ">good-will<"},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_06,
        "a statement against the verdicts and the assessment",
        {"<p:Conforms>true<": "<p:Conforms>false<"},
        KETTLE,
    ),
    given(
        ReportRuleCode.SCH_TST_07,
        "a result about no requirement",
        {"<p:RequirementID>R2<": "<p:RequirementID>R1<"},
        TOY,
    ),
    given(
        ReportRuleCode.SCH_TST_08,
        "a report under surveillance",
        {
            "</EffectiveDate>": f"</EffectiveDate>{DUE}",
        },
        DATES,
    ),
    given(
        ReportRuleCode.SCH_TST_08,
        "a report that expires",
        {"</EffectiveDate>": "</EffectiveDate>\n  <ExpiryDate>2029-03-11</ExpiryDate>"},
        DATES,
    ),
)

BOUNDARIES: Final = (
    (KETTLE, {'<p:Value unitCode="4K">0.21<': '<p:Value unitCode="4K">0.75<'}),
    (KETTLE, {'<p:Value unitCode="WTT">1782<': '<p:Value unitCode="WTT">1620<'}),
    (KETTLE, {'<p:Value unitCode="WTT">1782<': '<p:Value unitCode="WTT">1890<'}),
    (TOY, {'<p:Value unitCode="NA">3.1<': '<p:Value unitCode="NA">89.4<'}),
    (AIR, {'<p:Value unitCode="MQH">512<': '<p:Value unitCode="MQH">460<'}),
    (DATES, {"<p:ReceivedOn>2026-03-02<": "<p:ReceivedOn>2026-03-03<"}),
    (KETTLE, {"<p:TestedOn>2026-03-24<": "<p:TestedOn>2026-03-23<"}),
)


class TestReport(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


def codes_of(world: World, draft: bytes) -> set[Code]:
    return {finding.code for finding in findings_of(world, draft)}


def with_methods(*methods: str) -> World:
    """Return a world in which the accreditation of the laboratory lists its methods."""
    world = make_world()
    laboratory = next(one for one in world.description.bodies if one.id == LABORATORY)
    listed = tuple(ScopeCode(list_id="TEST-METHOD", code=method) for method in methods)
    (accreditation,) = laboratory.accreditations
    wider = replace(accreditation, scope_codes=(*accreditation.scope_codes, *listed))
    return world.with_body(LABORATORY, accreditations=(wider,))


def test_report_signed_by_a_certification_body_is_refused_by_gate_4() -> None:
    world = make_world()
    draft = world.draft(KETTLE, changes={LABORATORY: "CN-CB-0107"})

    with pytest.raises(TrustError) as refusal:
        world.examine(world.sign(draft))

    assert refusal.value.findings[0].code is TrustCode.KEY_OUT_OF_SCOPE


def test_report_by_a_body_that_is_no_laboratory_is_refused() -> None:
    world = make_world().with_body(LABORATORY, roles=frozenset({BodyRole.CERTIFICATION_BODY}))

    found = codes_of(world, world.draft(KETTLE))

    # As a certification body it would also need the approval of one.
    assert found == {ReportRuleCode.SCH_TST_01, RuleCode.ISS_02}


def test_report_under_the_accreditation_of_a_certification_body_is_refused() -> None:
    world = make_world()
    laboratory = next(one for one in world.description.bodies if one.id == LABORATORY)
    (accreditation,) = laboratory.accreditations
    wrong = replace(accreditation, standard="ISO/IEC 17065")
    world = world.with_body(LABORATORY, accreditations=(wrong,))

    found = codes_of(world, world.draft(KETTLE, changes={"ISO/IEC 17025": "ISO/IEC 17065"}))

    assert {ReportRuleCode.SCH_TST_01, RuleCode.AUT_03} <= found


def test_report_while_the_accreditation_was_suspended_is_refused() -> None:
    world = make_world()
    laboratory = next(one for one in world.description.bodies if one.id == LABORATORY)
    (accreditation,) = laboratory.accreditations
    suspended = AccreditationPeriod(state=AccreditationState.SUSPENDED, since=date(2026, 4, 8))
    stopped = replace(accreditation, history=(suspended, *accreditation.history))
    world = world.with_body(LABORATORY, accreditations=(stopped,))

    found = codes_of(world, world.draft(KETTLE))

    assert {ReportRuleCode.SCH_TST_01, RuleCode.AUT_05} <= found


def test_certificate_in_place_of_a_report_is_refused() -> None:
    world = make_world()
    changes = {">testing</AttestationType>": ">certification</AttestationType>"}

    found = codes_of(world, world.draft(KETTLE, changes=changes))

    assert {ReportRuleCode.SCH_TST_01, RuleCode.AUT_03} <= found


def test_product_outside_the_accreditation_is_refused() -> None:
    world = make_world()
    laboratory = next(one for one in world.description.bodies if one.id == LABORATORY)
    (accreditation,) = laboratory.accreditations
    food = (ScopeCode(list_id="HS", code="08"),)
    keys = tuple(
        replace(key, scope=replace(key.scope, product_groups=food))
        if key.scope.product_groups
        else key
        for key in laboratory.keys
    )
    narrow = (replace(accreditation, scope_codes=food),)
    world = world.with_body(LABORATORY, accreditations=narrow, keys=keys)

    assert codes_of(world, world.draft(DATES)) == set()
    with pytest.raises(TrustError):
        world.examine(world.attestation(KETTLE))


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (("GB 5009.12", "GB 5009.15"), set()),
        (("GB 5009.12",), {ReportRuleCode.SCH_TST_02}),
    ],
)
def test_method_outside_the_scope_is_refused(
    methods: tuple[str, ...], expected: set[ReportRuleCode]
) -> None:
    world = with_methods(*methods)

    assert codes_of(world, world.draft(DATES)) == expected


def test_method_outside_the_scope_is_accepted_where_it_is_marked() -> None:
    world = with_methods("GB/T 8059")  # And not GB/T 39761, whose result is marked.

    assert codes_of(world, world.draft(FRIDGE)) == set()


def test_report_that_found_no_conformity_is_no_attestation() -> None:
    world = make_world()
    changes = {
        '<p:Value unitCode="4K">0.21<': '<p:Value unitCode="4K">0.9<',
        "<p:Verdict>pass</p:Verdict>": "<p:Verdict>fail</p:Verdict>",
        "<p:Conforms>true<": "<p:Conforms>false<",
        "<Conformance>true<": "<Conformance>false<",
    }

    found = codes_of(world, world.draft(KETTLE, changes=changes))

    assert RuleCode.ASM_01 in found


def test_failed_result_is_not_stated_as_conformity() -> None:
    world = make_world()
    changes = {
        "0.21</p:Value>": "0.9</p:Value>",
        'bound="maximum">0.75</p:Limit>\n    <p:Verdict>pass<': (
            'bound="maximum">0.75</p:Limit>\n    <p:Verdict>fail<'
        ),
    }

    assert codes_of(world, world.draft(KETTLE, changes=changes)) == {ReportRuleCode.SCH_TST_06}


def test_verdict_without_a_statement_is_refused() -> None:
    world = make_world()
    changes = {
        "<p:Verdict>notJudged": '<p:Limit unitCode="P1" bound="maximum">0.5</p:Limit>'
        "\n    <p:Verdict>pass"
    }

    assert codes_of(world, world.draft(TILE, changes=changes)) == {ReportRuleCode.SCH_TST_06}


def test_guarded_verdict_needs_an_uncertainty() -> None:
    world = make_world()
    draft = re.sub(
        "<p:Uncertainty>.*?</p:Uncertainty>", "", world.draft(TOY).decode(), flags=re.DOTALL
    )

    assert codes_of(world, draft.encode()) == {ReportRuleCode.SCH_TST_05}


def test_requirement_that_the_report_does_not_have_is_refused() -> None:
    world = make_world()
    draft = world.draft(DATES).decode().replace("<p:RequirementID>R1<", "<p:RequirementID>R7<", 1)

    findings = findings_of(world, draft.encode())

    assert [one.code for one in findings] == [ReportRuleCode.SCH_TST_07]
    assert findings[0].path.endswith("Result[1]/RequirementID")
