"""Same line, standard and quality: every rule is broken by one change in a good certificate."""

from __future__ import annotations

from typing import Final

import pytest

from exchange.core.rules.schemes.same_line import SCHEME, SameLineRuleCode
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

SHRIMP: Final = "cn-same-line-shrimp"
TEA: Final = "cn-same-line-green-tea"
APPLES: Final = "cn-same-line-apples"
HONEY: Final = "ru-same-line-honey"

PROVOCATIONS: Final = (
    given(
        SameLineRuleCode.SCH_3SM_01,
        "above the limit abroad, far below that at home",
        {'<p:Measured unitCode="NA">0.05<': '<p:Measured unitCode="NA">0.051<'},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_01,
        "above the limit at home, far below that abroad",
        {'<p:Measured unitCode="NA">1.2<': '<p:Measured unitCode="NA">5.1<'},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_01,
        "below the stricter of three minima",
        {'<p:Measured unitCode="P1">100<': '<p:Measured unitCode="P1">99.9<'},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_01,
        "measured in another unit",
        {'<p:Measured unitCode="NA">0.04<': '<p:Measured unitCode="J33">0.04<'},
        SHRIMP,
    ),
    given(SameLineRuleCode.SCH_3SM_01, "a unit of its own", {'"P1"': '"ZZZ"'}, HONEY),
    given(
        SameLineRuleCode.SCH_3SM_01,
        "no limit anywhere",
        {'<p:Domestic unitCode="P1">7</p:Domestic>': ""},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_01,
        "a product that is not there",
        {"<p:ProductRef>1<": "<p:ProductRef>2<"},
        HONEY,
    ),
    given(
        SameLineRuleCode.SCH_3SM_02,
        "registered a day after the decision",
        {"<p:ValidFrom>2026-10-16<": "<p:ValidFrom>2026-10-17<"},
        APPLES,
    ),
    given(
        SameLineRuleCode.SCH_3SM_02,
        "the registration of somebody else",
        {
            '<p:Enterprise schemeID="NATIONAL" schemeAgencyID="RU-INN">0274112233<': (
                '<p:Enterprise schemeID="NATIONAL" schemeAgencyID="RU-INN">0274112234<'
            )
        },
        HONEY,
    ),
    given(SameLineRuleCode.SCH_3SM_02, "salt, chapter 25", {">040900<": ">250100<"}, HONEY),
    given(
        SameLineRuleCode.SCH_3SM_02,
        "a second product without commodity code",
        {'<CommodityCode listID="HS">090220</CommodityCode>': ""},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_03,
        "a line at no site",
        {"<p:SiteRef>S2<": "<p:SiteRef>S3<"},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_03,
        "a line that produces nothing",
        {"<p:LineRef>L2</p:LineRef>": ""},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_04,
        "a standard abroad that is no requirement",
        {"<p:Number>CXS 92<": "<p:Number>CXS 95<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_04,
        "another edition at home",
        {"<p:Edition>2015<": "<p:Edition>2005<"},
        SHRIMP,
    ),
    given(SameLineRuleCode.SCH_3SM_05, "a system of its own", {">HACCP<": ">GMP<"}, SHRIMP),
    given(
        SameLineRuleCode.SCH_3SM_05,
        "a system certificate that ended the day before",
        {"<p:ValidTo>2027-09-30<": "<p:ValidTo>2026-03-12<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_06,
        "inspected two years and a day ago",
        {"<p:Date>2025-11-06<": "<p:Date>2024-03-12<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_06,
        "inspected after the decision",
        {"<p:Date>2025-11-06<": "<p:Date>2026-03-14<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_06,
        "the authority found no conformity",
        {">conforming<": ">nonconforming<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_07,
        "the GTIN of the other product",
        {
            '<p:TraceabilityCode schemeID="GTIN">6902345670211<': (
                '<p:TraceabilityCode schemeID="GTIN">6902345670228<'
            )
        },
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_07,
        "a GTIN whose check digit does not hold",
        {
            '<p:TraceabilityCode schemeID="GTIN">6902345670211<': (
                '<p:TraceabilityCode schemeID="GTIN">6902345670212<'
            )
        },
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_07,
        "a number without its platform",
        {' schemeAgencyID="CN-STZ"': ""},
        TEA,
    ),
    given(
        SameLineRuleCode.SCH_3SM_08,
        "a day longer than the registration",
        {"<ExpiryDate>2028-05-31<": "<ExpiryDate>2028-06-01<"},
        SHRIMP,
    ),
    given(
        SameLineRuleCode.SCH_3SM_09, "a year to come", {"STZ-107-2026-": "STZ-107-2027-"}, SHRIMP
    ),
)

BOUNDARIES: Final = (
    (SHRIMP, {"<p:ValidTo>2027-09-30<": "<p:ValidTo>2026-03-13<"}),
    (SHRIMP, {"<p:Date>2025-11-06<": "<p:Date>2024-03-13<"}),
    (SHRIMP, {"<p:Date>2025-11-06<": "<p:Date>2026-03-13<"}),
    (TEA, {'<p:Measured unitCode="NA">1.2<': '<p:Measured unitCode="NA">5<'}),
    (HONEY, {">040900<": ">240120<"}),
    (HONEY, {'<p:Measured unitCode="P1">69.4<': '<p:Measured unitCode="P1">65.0<'}),
)


class TestSameLine(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


@pytest.mark.parametrize(
    ("last", "codes"),
    [
        ("2026-03-13", {SameLineRuleCode.SCH_3SM_08}),
        ("2026-03-12", {SameLineRuleCode.SCH_3SM_02, SameLineRuleCode.SCH_3SM_08}),
    ],
)
def test_registration_counts_on_its_last_day(last: str, codes: set[SameLineRuleCode]) -> None:
    world = make_world()
    draft = world.draft(SHRIMP, changes={"<p:ValidTo>2028-05-31<": f"<p:ValidTo>{last}<"})

    assert {finding.code for finding in findings_of(world, draft)} == codes
