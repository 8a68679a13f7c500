"""Regional brands: every rule is broken by one change."""

from __future__ import annotations

from typing import Final

from exchange.core.rules.schemes.regional_brand import SCHEME, RegionalBrandRuleCode
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

VALVE: Final = "cn-rgb-valve"
BLOCKS: Final = "cn-rgb-toy-blocks"
SILK: Final = "cn-rgb-silk"

OTHER: Final = "12100000MA01A2B32Q"

PROVOCATIONS: Final = (
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a city of another province",
        {'listID="GBT2260">330300<': 'listID="GBT2260">320500<'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a region that nobody knows",
        {'listID="GBT2260">330300<': 'listID="GBT2260">339900<'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a region of another list",
        {'listID="GBT2260">330300<': 'listID="ISO3166-1">CN<'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "another province by ISO 3166-2",
        {">CN-ZJ<": ">CN-JS<"},
        BLOCKS,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a brand that nobody registered",
        {">zhejiang-made</p:Brand>": ">moon-made</p:Brand>"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "the owner of another brand",
        {"51330000MA27BR019G": "51320000MA1NBR02XU"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "an owner of the scheme who does not own the brand",
        {
            'PartyID schemeID="USCC">51330000MA27BR019G<': f'PartyID schemeID="USCC">{OTHER}<',
        },
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a group standard without edition",
        {
            "T/ZZB 0101</p:Number>\n    <p:Edition>2024</p:Edition>": "T/ZZB 0101</p:Number>",
        },
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "another edition than required",
        {"<p:Edition>2024<": "<p:Edition>2025<"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a national standard as a group standard",
        {"T/ZZB 0101": "GB/T 0101"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_01,
        "a standard that was published later",
        {"<p:PublishedOn>2024-06-30<": "<p:PublishedOn>2026-05-13<"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_02,
        "no stricter than the national standard",
        {'bound="minimum">20000<': 'bound="minimum">10000<'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_02,
        "more allowed than by the national standard",
        {
            'unitCode="MLT" bound="maximum">0.5<': 'unitCode="MLT" bound="maximum">1.6<',
        },
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_02, "a value that is too low", {">23500<": ">19999<"}, VALVE
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_02,
        "limits in two directions",
        {
            'NationalLimit unitCode="C62" bound="min': 'NationalLimit unitCode="C62" bound="max',
        },
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_02,
        "limits in two units",
        {'<p:NationalLimit unitCode="MLT"': '<p:NationalLimit unitCode="LTR"'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_03,
        "a criterion that is not met",
        {"<p:Met>true<": "<p:Met>false<"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_03,
        "a criterion of no list",
        {">integrity</p:Dimension>": ">beauty</p:Dimension>"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_04,
        "a licence that outlives the certificate",
        {"<p:ValidTo>2029-05-17<": "<p:ValidTo>2029-05-18<"},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_04,
        "a licence for another mark",
        {'<p:Mark listID="MRHUB-MARK">regional-brand<': '<p:Mark listID="MRHUB-MARK">CCC<'},
        VALVE,
    ),
    given(
        RegionalBrandRuleCode.SCH_RGB_05,
        "declared after the decision",
        {"<p:Date>2026-03-30<": "<p:Date>2026-05-13<"},
        VALVE,
    ),
)

BOUNDARIES: Final = (
    (VALVE, {">23500<": ">20000<"}),
    (VALVE, {"<p:Date>2026-03-30<": "<p:Date>2026-05-12<"}),
    (VALVE, {'listID="GBT2260">330300<': 'listID="GBT2260">330000<'}),
    (VALVE, {'bound="minimum">20000<': 'bound="minimum">10001<'}),
    (VALVE, {"<p:PublishedOn>2024-06-30<": "<p:PublishedOn>2026-05-12<"}),
)


class TestRegionalBrand(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


def test_brand_with_three_criteria_lacks_the_fourth() -> None:
    world = make_world()
    draft = world.draft(SILK).decode()
    begin = draft.rindex("<p:Criterion>")
    end = draft.rindex("</p:Criterion>") + len("</p:Criterion>")

    findings = findings_of(world, (draft[:begin] + draft[end:]).encode())

    assert [one.code for one in findings] == [RegionalBrandRuleCode.SCH_RGB_03]
    assert "integrity" in findings[0].message
