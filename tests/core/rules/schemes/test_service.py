"""Service certification: every rule is broken by one change; the steps of GB/T 27922 are exact."""

from __future__ import annotations

import re
from typing import Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.rules.schemes.service import SCHEME, ServiceRuleCode
from exchange.errors import TrustError
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

SHOP: Final = "cn-srv-department-store"
HEALTH: Final = "cn-srv-health-examination"
BANK: Final = "in-srv-branch-banking"

PROVOCATIONS: Final = (
    given(
        ServiceRuleCode.SCH_SRV_01,
        "four stars for the score of five",
        {">GB/T 27922:2011/five-star<": ">GB/T 27922:2011/four-star<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_01,
        "five stars for 949.99 points",
        {"<Score>962.5<": "<Score>949.99<", "<p:Score>436<": "<p:Score>423.49<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_01,
        "less than the pass level",
        {"<Score>962.5<": "<Score>699.9<", "<p:Score>436<": "<p:Score>173.4<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_01,
        "more points than there are",
        {"<Score>93<": "<Score>100.5<"},
        HEALTH,
    ),
    given(ServiceRuleCode.SCH_SRV_01, "a negative score", {"<Score>93<": "<Score>-93<"}, HEALTH),
    given(
        ServiceRuleCode.SCH_SRV_01,
        "stars of another standard",
        {">GB/T 27922:2011/five-star<": ">MRHUB-SRV-SPORT:2026/five-star<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_02,
        "a standard without a table",
        {
            "<p:Number>GB/T 27922<": "<p:Number>GB/T 27921<",
            "<Number>GB/T 27922<": "<Number>GB/T 27921<",
        },
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_02,
        "a standard that is not required",
        {"<Number>MRHUB-SRV-HEALTH<": "<Number>GB/T 36733<"},
        HEALTH,
    ),
    given(
        ServiceRuleCode.SCH_SRV_02,
        "a class that the standard does not grade",
        {">health</ServiceClass>": ">finance</ServiceClass>"},
        HEALTH,
    ),
    given(
        ServiceRuleCode.SCH_SRV_03,
        "parts that do not make the score",
        {"<p:Score>436<": "<p:Score>437<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_03,
        "a part above its maximum",
        {"<p:Maximum>350<": "<p:Maximum>338.4<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "no audit of the management",
        {">management-audit<": ">record-review<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04, "a method of no list", {">mystery-shopping<": ">hearsay<"}, SHOP
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "a site that the certificate does not have",
        {"<p:SiteID>S2<": "<p:SiteID>S3<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "a sample larger than the whole",
        {"<p:SampleSize>24<": "<p:SampleSize>241<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "an evaluation after the decision",
        {"<p:PeriodEnd>2026-04-08<": "<p:PeriodEnd>2026-04-17<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "more satisfied than there are",
        {'unitCode="P1">96.4<': 'unitCode="P1">100.1<'},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_04,
        "satisfied by weight",
        {'unitCode="P1">96.4<': 'unitCode="KGM">96.4<'},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_05,
        "more visited than listed",
        {"<p:Visited>1<": "<p:Visited>2<"},
        BANK,
    ),
    given(
        ServiceRuleCode.SCH_SRV_05,
        "more visited than there are",
        {"<p:Total>2<": "<p:Total>1<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_06,
        "a year without surveillance",
        {"<p:DueBy>2027-04-22<": "<p:DueBy>2027-04-23<"},
        SHOP,
    ),
    given(
        ServiceRuleCode.SCH_SRV_06,
        "the last year without surveillance",
        {"<p:DueBy>2028-04-22<": "<p:DueBy>2028-04-20<"},
        SHOP,
    ),
)

BOUNDARIES: Final = (
    (
        SHOP,
        {
            "five-star<": "five-star<",
            "<Score>962.5<": "<Score>950<",
            "<p:Score>436<": "<p:Score>423.5<",
        },
    ),
    (
        SHOP,
        {
            "five-star<": "four-star<",
            "<Score>962.5<": "<Score>949.99<",
            "<p:Score>436<": "<p:Score>423.49<",
        },
    ),
    (
        SHOP,
        {
            "five-star<": "four-star<",
            "<Score>962.5<": "<Score>900<",
            "<p:Score>436<": "<p:Score>373.5<",
        },
    ),
    (
        SHOP,
        {
            "five-star<": "three-star<",
            "<Score>962.5<": "<Score>899.99<",
            "<p:Score>436<": "<p:Score>373.49<",
        },
    ),
    (
        SHOP,
        {
            "five-star<": "three-star<",
            "<Score>962.5<": "<Score>800<",
            "<p:Score>436<": "<p:Score>273.5<",
        },
    ),
    (
        SHOP,
        {
            "five-star<": "pass<",
            "<Score>962.5<": "<Score>799.99<",
            "<p:Score>436<": "<p:Score>273.49<",
        },
    ),
    (
        SHOP,
        {"five-star<": "pass<", "<Score>962.5<": "<Score>700<", "<p:Score>436<": "<p:Score>173.5<"},
    ),
    (
        SHOP,
        {
            "five-star<": "five-star<",
            "<Score>962.5<": "<Score>976.5<",
            "<p:Score>436<": "<p:Score>450<",
        },
    ),
    (SHOP, {"<p:SampleSize>24<": "<p:SampleSize>240<"}),
    (SHOP, {'unitCode="P1">96.4<': 'unitCode="P1">100<'}),
)


class TestService(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


@pytest.mark.parametrize("element", ["Grade", "Score"])
def test_service_without_grade_or_score_is_refused(element: str) -> None:
    world = make_world()
    draft = re.sub(f"<{element}[ >].*?</{element}>", "", world.draft(HEALTH).decode())

    assert {one.code for one in findings_of(world, draft.encode())} == {ServiceRuleCode.SCH_SRV_01}


def test_service_of_a_class_outside_the_accreditation_is_refused_by_gate_4() -> None:
    world = make_world()
    changes = {">property</ServiceClass>": ">travel</ServiceClass>"}

    with pytest.raises(TrustError) as refusal:
        world.examine(world.attestation("cn-srv-property", changes=changes))

    assert refusal.value.findings[0].code is TrustCode.KEY_OUT_OF_SCOPE
