"""Green products and green food: every rule is broken by one change."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import pytest

from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.rules.schemes.green_product import SCHEME, GreenRuleCode
from tests.core.rules.provoking import findings_of, given
from tests.core.rules.scheme_tests import SchemeTests
from tests.world import make_world

TILE: Final = "cn-grn-tile"
FRIDGE: Final = "cn-grn-refrigerator"
TEA: Final = "cn-grf-tea"
RICE: Final = "vn-grf-rice"

PROVOCATIONS: Final = (
    given(
        GreenRuleCode.SCH_GRN_01,
        "a unit that nobody knows",
        {'unitCode="KWH"': 'unitCode="ZZZ"'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_01,
        "a category of no list",
        {
            'listID="GREEN-CATEGORY">quality<': 'listID="MRHUB-TOPIC">quality<',
        },
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_01,
        "a method without edition",
        {
            "GB 6566</p:Number>\n     <p:Edition>2010</p:Edition>": "GB 6566</p:Number>",
        },
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_02,
        "a value above its limit",
        {'<p:Value unitCode="C62">0.42<': '<p:Value unitCode="C62">0.9001<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_02,
        "a value below its limit",
        {'<p:Value unitCode="P1">18.5<': '<p:Value unitCode="P1">9.999<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_02,
        "a value in another unit than its limit",
        {'<p:Value unitCode="KWH">0.97<': '<p:Value unitCode="JOU">0.97<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_02,
        "an uncertainty in another unit",
        {'<p:Uncertainty unitCode="C62">': '<p:Uncertainty unitCode="P1">'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_03,
        "no indicator of energy",
        {">energy</p:Category>": ">resource</p:Category>"},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_03,
        "an evaluation standard that is not required",
        {
            "Standard>\n    <p:Number>GB/T 35610<": "Standard>\n    <p:Number>GB/T 35611<",
        },
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_04,
        "a carbon value that is no mass",
        {'<p:Value unitCode="KGM">11.4<': '<p:Value unitCode="KWH">11.4<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_04,
        "carbon for nothing",
        {'<p:Reference unitCode="MTK">1<': '<p:Reference unitCode="MTK">0<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_04,
        "a life cycle without end",
        {">cradle-to-gate<": ">cradle-to-moon<"},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_04,
        "a carbon method without edition",
        {
            "ISO 14067</p:Number>\n     <p:Edition>2018</p:Edition>": "ISO 14067</p:Number>",
        },
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_05,
        "a licence that outlives the certificate",
        {"<p:ValidTo>2029-03-25<": "<p:ValidTo>2029-03-26<"},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_05,
        "a licence from before the certificate",
        {"<p:ValidFrom>2026-03-26<": "<p:ValidFrom>2026-03-25<"},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_05,
        "the mark of green food for a product",
        {'<p:Mark listID="MRHUB-MARK">green-product<': '<p:Mark listID="MRHUB-MARK">green-food<'},
        TILE,
    ),
    given(
        GreenRuleCode.SCH_GRN_06,
        "more tea than grows in a year",
        {'<p:Quantity unitCode="KGM">18600<': '<p:Quantity unitCode="KGM">19000.001<'},
        TEA,
    ),
)

BOUNDARIES: Final = (
    (TILE, {'<p:Value unitCode="C62">0.42<': '<p:Value unitCode="C62">0.9<'}),
    (TILE, {'<p:Value unitCode="P1">18.5<': '<p:Value unitCode="P1">10<'}),
    (TEA, {'<p:Quantity unitCode="KGM">18600<': '<p:Quantity unitCode="KGM">19000<'}),
    (TEA, {'<p:Quantity unitCode="KGM">18600<': '<p:Quantity unitCode="TNE">19<'}),
    (TILE, {'<p:Value unitCode="KGM">11.4<': '<p:Value unitCode="KGM">-11.4<'}),
)


class TestGreenProduct(SchemeTests):
    """What every scheme has to hold."""

    rules = SCHEME
    provocations = PROVOCATIONS
    boundaries = BOUNDARIES


def test_green_food_without_the_bases_where_it_grows_is_refused() -> None:
    world = make_world()
    head, _, rest = world.draft(TEA).decode().partition("<p:GrowingBase>")

    findings = findings_of(world, (head + rest.partition("</p:GrowingBase>")[2]).encode())

    assert [(one.code, one.path.rpartition("/")[2]) for one in findings] == [
        (GreenRuleCode.SCH_GRN_03, "GrowingBase")
    ]


def test_enclosed_report_is_bound_by_the_content_of_the_report_itself() -> None:
    world = make_world()
    report = world.signed(world.attestation("cn-tst-refrigerator"))
    certificate = world.examine(world.attestation(FRIDGE)).document
    assert isinstance(certificate, Attestation)

    (enclosed,) = [one for part in certificate.assessments for one in part.reports if one.digest]
    (related,) = certificate.related

    assert enclosed.is_enclosed
    assert enclosed.digest == related.document.digest
    assert related.document.digest.value == sha256(report.content).digest()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        (
            {'<Issuer schemeID="LAB">CN-LAB-0110<': '<Issuer schemeID="LAB">CN-CB-0107<'},
            RuleCode.ASM_04,
        ),
        ({"<Date>2026-02-24<": "<Date>2022-02-24<"}, RuleCode.ASM_04),
    ],
)
def test_enclosed_report_is_of_a_laboratory_that_was_accredited(
    changes: dict[str, str], code: RuleCode | None
) -> None:
    world = make_world()

    findings = findings_of(world, world.draft(FRIDGE, changes=changes))

    assert [one.code for one in findings] == ([] if code is None else [code])


def test_enclosed_report_without_its_digest_is_refused() -> None:
    world = make_world()
    text = world.draft(FRIDGE).decode()
    head, mark, rest = text.partition('<ReportRef enclosed="true">')
    inside, end, tail = rest.partition("</ReportRef>")
    bare = inside[: inside.index("<Digest")]

    findings = findings_of(world, (head + mark + bare + end + tail).encode())

    assert [one.code for one in findings] == [RuleCode.ASM_03]
