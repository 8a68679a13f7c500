"""Organic products: every rule is broken by a good certificate in which one thing was changed."""

from __future__ import annotations

from typing import Final

import pytest

from exchange.codes.rules import RuleCode
from exchange.core.rules.schemes.organic import SCHEME, OrganicRuleCode
from tests.core.rules.provoking import findings_of, given, without
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

RICE: Final = "cn-organic-rice"
SHIPPED: Final = "cn-organic-rice-consignment"
TEA: Final = "cn-organic-tea-in-conversion"
BARLEY: Final = "cn-organic-highland-barley"
LINSEED: Final = "kz-organic-flaxseed"
DATES: Final = "sa-organic-dates"
OIL: Final = "pt-organic-olive-oil"
COFFEE: Final = "vn-organic-coffee"

_INSIDE: Final = "\n     "
"""Before an element inside a lot of the consignment, five steps below the root."""

PROVOCATIONS: Final = (
    given(OrganicRuleCode.SCH_ORG_01, "a year to come", {"107OP26": "107OP27"}, LINSEED),
    given(
        OrganicRuleCode.SCH_ORG_01,
        "the code of another control body",
        {"<p:ControlBodyCode>107<": "<p:ControlBodyCode>108<"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_02,
        "a year and a day after the issue",
        {"<ExpiryDate>2027-07-08<": "<ExpiryDate>2027-07-09<"},
        BARLEY,
    ),
    without(OrganicRuleCode.SCH_ORG_03, "no method", "ProductionMethod", LINSEED),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "a conventional product",
        {">organic</ProductionMethod>": ">conventional</ProductionMethod>"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "in conversion and called organic",
        {"Oolong tea, in conversion to organic farming": "Organic oolong tea of garden two"},
        TEA,
    ),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "in conversion and called organic in Arabic alone",
        {'<ProductName xml:lang="ar">شاي أولونغ<': '<ProductName xml:lang="ar">شاي أولونغ عضوي<'},
        TEA,
    ),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "in conversion under an organic brand",
        {"<Brand>九曲<": "<Brand>九曲有机<"},
        TEA,
    ),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "organic codes in conversion",
        {"<p:OrganicCodes>\n    <p:ProductRef>1<": "<p:OrganicCodes>\n    <p:ProductRef>2<"},
        TEA,
    ),
    given(
        OrganicRuleCode.SCH_ORG_03,
        "the organic mark with nothing organic",
        {
            ">organic</ProductionMethod>": ">inConversion</ProductionMethod>",
            ">有机亚麻籽<": ">亚麻籽<",
            ">Organic linseed<": ">Linseed<",
            ">Органикалық зығыр тұқымы<": ">Зығыр тұқымы<",
            ">Семена льна органические<": ">Семена льна<",
        },
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_04,
        "a kilogram more than the area yields",
        {'<p:Output unitCode="TNE">1500<': '<p:Output unitCode="TNE">1500.001<'},
        RICE,
    ),
    given(
        OrganicRuleCode.SCH_ORG_04,
        "more than the area yields, in another unit",
        {'<p:Output unitCode="KGM">48000<': '<p:Output unitCode="KGM">48001<'},
        COFFEE,
    ),
    given(
        OrganicRuleCode.SCH_ORG_05,
        "the parent of another family",
        {"<p:Number>107OP2400012<": "<p:Number>107OP2400013<"},
        SHIPPED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_05,
        "a sub-certificate of another family",
        {"<p:Number>107OP2400012-2<": "<p:Number>107OP2400013-2<"},
        RICE,
    ),
    given(
        OrganicRuleCode.SCH_ORG_05,
        "a sub-certificate numbered zero",
        {"<p:Number>107OP2400012-2<": "<p:Number>107OP2400012-0<"},
        RICE,
    ),
    given(
        OrganicRuleCode.SCH_ORG_05,
        "sub-certificates of more than there is",
        {'<p:Quantity unitCode="TNE">25<': '<p:Quantity unitCode="KGM">860001<'},
        RICE,
    ),
    given(OrganicRuleCode.SCH_ORG_06, "codes of next year", {">10726": ">10727"}, DATES),
    given(OrganicRuleCode.SCH_ORG_06, "codes of another body", {">10726": ">10826"}, DATES),
    given(
        OrganicRuleCode.SCH_ORG_06,
        "a range that runs backwards",
        {">10726000004180000<": ">10726000004000000<"},
        DATES,
    ),
    given(
        OrganicRuleCode.SCH_ORG_06,
        "one code more than the range holds",
        {"<p:NumberOfCodes>180000<": "<p:NumberOfCodes>180001<"},
        DATES,
    ),
    given(
        OrganicRuleCode.SCH_ORG_06,
        "two ranges that share a code",
        {">10726000000200001<": ">10726000000090000<"},
        RICE,
    ),
    given(OrganicRuleCode.SCH_ORG_06, "a mark of its own", {">printed<": ">painted<"}, DATES),
    given(
        OrganicRuleCode.SCH_ORG_07,
        "organic tea from a garden in conversion",
        {">organic</p:ProductionMethod>": ">inConversion</p:ProductionMethod>"},
        TEA,
    ),
    given(
        OrganicRuleCode.SCH_ORG_07,
        "a day less than two years of conversion",
        {"<p:ConversionStart>2018-05-01<": "<p:ConversionStart>2024-09-21<"},
        BARLEY,
    ),
    given(
        OrganicRuleCode.SCH_ORG_07,
        "a method of its own",
        {">inConversion</p:ProductionMethod>": ">biodynamic</p:ProductionMethod>"},
        TEA,
    ),
    without(OrganicRuleCode.SCH_ORG_08, "grown and no species", "p:ScientificName", LINSEED),
    given(
        OrganicRuleCode.SCH_ORG_08,
        "the production of a product that is not there",
        {"<p:ProductRef>1<": "<p:ProductRef>2<"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_08,
        "a season that ends before it begins",
        {"<p:From>2026-05-15<": "<p:From>2026-10-01<"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_08,
        "a batch that the product does not have",
        {"<p:BatchID>L26-119<": "<p:BatchID>L26-120<"},
        OIL,
    ),
    given(
        OrganicRuleCode.SCH_ORG_08,
        "an activity of its own",
        {">processing<": ">blending<"},
        OIL,
    ),
    given(
        OrganicRuleCode.SCH_ORG_09,
        "inspected a year and a day ago",
        {"<p:Date>2026-07-20<": "<p:Date>2025-08-13<"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_09,
        "inspected after the decision",
        {"<p:Date>2026-07-20<": "<p:Date>2026-08-15<"},
        LINSEED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_09, "a visit of its own kind", {">announced<": ">virtual<"}, LINSEED
    ),
    given(
        OrganicRuleCode.SCH_ORG_10,
        "a departure after the last day",
        {"<p:Departure>2026-11-18<": "<p:Departure>2027-04-15<"},
        SHIPPED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_10,
        "a batch that is not certified",
        {f"{_INSIDE}<p:BatchID>DHX-2026-01<": f"{_INSIDE}<p:BatchID>DHX-2026-09<"},
        SHIPPED,
    ),
    given(
        OrganicRuleCode.SCH_ORG_10,
        "a tonne more than there is",
        {
            f'{_INSIDE}<p:Quantity unitCode="TNE">40<': f'{_INSIDE}<p:Quantity unitCode="TNE">41<',
        },
        SHIPPED,
    ),
    given(OrganicRuleCode.SCH_ORG_11, "another standard", {"GB/T 19630": "GB/T 19631"}, LINSEED),
)

BOUNDARIES: Final = (
    (BARLEY, {"<p:ConversionStart>2018-05-01<": "<p:ConversionStart>2024-09-20<"}),
    (LINSEED, {"<p:Date>2026-07-20<": "<p:Date>2025-08-14<"}),
    (LINSEED, {"<p:Date>2026-07-20<": "<p:Date>2026-08-14<"}),
    (RICE, {'<p:Quantity unitCode="TNE">25<': '<p:Quantity unitCode="KGM">860000<'}),
    (RICE, {">10726000000200001<": ">10726000000090001<"}),
    (SHIPPED, {"<p:Departure>2026-11-18<": "<p:Departure>2027-04-14<"}),
    (COFFEE, {'<p:Yield unitCode="TNE"': '<p:Yield unitCode="LTR"'}),
)


class TestOrganic(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"-1</CertificateNumber>": "</CertificateNumber>"}, "SubCertificateOf/Number"),
        ({">parent</Relation>": ">basedOn</Relation>"}, "RelatedAttestation"),
    ],
)
def test_sub_certificate_and_its_parent_name_each_other(changes: dict[str, str], path: str) -> None:
    world = make_world()

    findings = findings_of(world, world.draft(SHIPPED, changes=changes))

    assert [one.path for one in findings if one.code is OrganicRuleCode.SCH_ORG_05] == [
        next(one.path for one in findings if one.path.endswith(path))
    ]


def test_codes_of_a_body_with_a_letter_are_not_held_against_its_number() -> None:
    world = make_world()
    changes = {"107OP26": "F02OP26", "<p:ControlBodyCode>107<": "<p:ControlBodyCode>F02<"}

    codes = {one.code for one in findings_of(world, world.draft(DATES, changes=changes))}

    assert codes == {RuleCode.ISS_03}
