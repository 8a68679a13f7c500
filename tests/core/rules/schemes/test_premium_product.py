"""Premium products: every rule is broken by a good certificate in which one thing was changed."""

from __future__ import annotations

from typing import Final

import pytest

from exchange.core.rules.schemes.premium_product import (
    CATEGORIES,
    LEVELS,
    SCHEME,
    PremiumProductRuleCode,
)
from exchange.service.materials import load_code_lists
from tests.core.rules.provoking import given
from tests.core.rules.scheme_tests import SchemeTests

SEAT: Final = "cn-premium-toilet-seat"
PURIFIER: Final = "th-premium-air-purifier"
COOKER: Final = "vn-premium-rice-cooker"

PROVOCATIONS: Final = (
    given(
        PremiumProductRuleCode.SCH_PRM_01,
        "a higher value measured below what is declared",
        {'<p:Measured unitCode="P1">97.2<': '<p:Measured unitCode="P1">94.9<'},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_01,
        "a lower value measured above what is declared",
        {'<p:Measured unitCode="2N">49.5<': '<p:Measured unitCode="2N">52.1<'},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_01,
        "a benchmark in another unit",
        {'<p:Benchmark unitCode="P1">90<': '<p:Benchmark unitCode="C62">90<'},
        SEAT,
    ),
    given(PremiumProductRuleCode.SCH_PRM_01, "a unit of its own", {'"2N"': '"ZZZ"'}, SEAT),
    given(
        PremiumProductRuleCode.SCH_PRM_02,
        "less declared than the benchmark",
        {'<p:Declared unitCode="P1">95<': '<p:Declared unitCode="P1">89.9<'},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_02,
        "more noise declared than the benchmark",
        {'<p:Declared unitCode="2N">52<': '<p:Declared unitCode="2N">55.1<'},
        SEAT,
    ),
    given(PremiumProductRuleCode.SCH_PRM_03, "behind one", {">stricter<": ">below<"}, SEAT),
    given(
        PremiumProductRuleCode.SCH_PRM_03,
        "equal to all",
        {">stricter<": ">equal<", ">additional<": ">equal<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_03, "a result of its own", {">stricter<": ">tougher<"}, SEAT
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_03,
        "an edition that is no requirement",
        {"<p:Edition>2025<": "<p:Edition>2024<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_03,
        "a national standard as the advanced one",
        {"T/HSIA 1001": "GB/T 1001"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_04,
        "half of the indicators are not all",
        {">excellent<": ">leading<"},
        PURIFIER,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_04,
        "equal to the benchmark is not better",
        {">advanced<": ">excellent<"},
        COOKER,
    ),
    given(PremiumProductRuleCode.SCH_PRM_04, "a level of its own", {">leading<": ">best<"}, SEAT),
    given(
        PremiumProductRuleCode.SCH_PRM_04,
        "evaluated after the decision",
        {"<p:EvaluatedOn>2026-03-12<": "<p:EvaluatedOn>2026-03-21<"},
        SEAT,
    ),
    given(PremiumProductRuleCode.SCH_PRM_05, "a place of its own", {">line<": ">shop<"}, SEAT),
    given(
        PremiumProductRuleCode.SCH_PRM_05,
        "sampled when the tests were over",
        {"<p:SampledOn>2026-01-28<": "<p:SampledOn>2026-02-28<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_05,
        "a model that is not covered",
        {"<p:Model>HC-T830<": "<p:Model>HC-T999<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_05,
        "a sample larger than its lot",
        {"<p:LotSize>500<": "<p:LotSize>7<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_05,
        "accepted and rejected at the same number",
        {"<p:AcceptanceNumber>0<": "<p:AcceptanceNumber>1<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_05,
        "one more nonconforming than accepted",
        {"<p:Nonconforming>0<": "<p:Nonconforming>1<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_06,
        "checked every thirteen months",
        {"<p:IntervalMonths>12<": "<p:IntervalMonths>13<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_06,
        "checked a year and a day ago",
        {"<p:CheckedOn>2026-03-05<": "<p:CheckedOn>2025-03-19<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_06,
        "checked after the decision",
        {"<p:CheckedOn>2026-03-05<": "<p:CheckedOn>2026-03-21<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_06,
        "a control of its own",
        {">incoming-test<": ">trust<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_07,
        "the letters of rice cookers",
        {"PRM-107-2026-TS-00012": "PRM-107-2026-RC-00012"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_07,
        "a year to come",
        {"PRM-107-2026-TS-00012": "PRM-107-2027-TS-00012"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_07,
        "the commodity of rice cookers",
        {">851679<": ">851660<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_07,
        "a category of its own",
        {">toilet-seat<": ">bidet<"},
        SEAT,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_08,
        "no claim in Vietnamese",
        {
            '<p:PublicClaim xml:lang="vi">Hiệu suất nhiệt không thấp hơn 86 %.</p:PublicClaim>': "",
        },
        COOKER,
    ),
    given(
        PremiumProductRuleCode.SCH_PRM_09,
        "a report that nobody names",
        {"<p:ReportNumber>L0110-2026-00211<": "<p:ReportNumber>L0110-2026-00212<"},
        SEAT,
    ),
)

BOUNDARIES: Final = (
    pytest.param(SEAT, {'"P1">97.2<': '"P1">95<'}, id="measured equals declared"),
    pytest.param(
        SEAT,
        {"EvaluatedOn>2026-03-12<": "EvaluatedOn>2026-03-20<"},
        id="evaluated on the day of decision",
    ),
    pytest.param(
        SEAT,
        {"SampledOn>2026-01-28<": "SampledOn>2026-02-27<"},
        id="sampled on the last day of tests",
    ),
    pytest.param(SEAT, {"LotSize>500<": "LotSize>8<"}, id="the whole lot is the sample"),
    pytest.param(
        SEAT, {"CheckedOn>2026-03-05<": "CheckedOn>2025-03-20<"}, id="checked exactly a year ago"
    ),
)


class TestPremiumProduct(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


@pytest.mark.parametrize(
    ("list_id", "table"), [("PREMIUM-CATEGORY", set(CATEGORIES)), ("PREMIUM-LEVEL", set(LEVELS))]
)
def test_table_of_the_rules_has_the_codes_of_its_list(list_id: str, table: set[str]) -> None:
    assert set(load_code_lists().lists[list_id].items) == table
