"""Mandatory product certification: good samples pass, every rule is broken alone, boundaries."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.core.competence import ANY
from exchange.core.model import KeyRole
from exchange.core.rules.schemes.ccc import MODES, CCCRuleCode
from exchange.service.materials import load_code_lists, schemas_folder
from tests.core.rules.provoking import (
    KETTLE,
    Provocation,
    broken_by,
    findings_of,
    given,
    without,
)
from tests.world import ISSUER, World, make_world

FOLDER: Final = schemas_folder() / "schemes" / "ccc"
GOOD: Final = sorted(path.stem for path in FOLDER.glob("samples/good/*.xml"))
UNLISTED_LABORATORY: Final[set[Code]] = {RuleCode.ASM_04}
EXPECTED: Final = dict.fromkeys(
    ("cn-ccc-adapter", "cn-ccc-kettle", "cn-ccc-luminaire"), UNLISTED_LABORATORY
)
"""Samples that name a laboratory which no trust list knows."""

BATCH: Final = "cn-ccc-kettle-batch"
CONSIGNMENT: Final = "cn-ccc-server-consignment"
_MODELS = "   <Model>YH-K1701</Model>\n   <Model>YH-K1702</Model>\n   <Model>YH-K1705S</Model>\n"
_FOLLOW_UP: Final = """   <p:FollowUpDue>2027-04-30</p:FollowUpDue>
   <p:ElectronicCertificate>"""


def any_standard(world: World) -> World:
    """Return the world where the key of the issuer is not bound to standards."""
    body = next(one for one in world.description.bodies if one.id == ISSUER)
    scope = next(key.scope for key in body.keys if key.role is KeyRole.ATTESTATION)
    return world.with_key(
        ISSUER, KeyRole.ATTESTATION, scope=replace(scope, standards=frozenset({ANY}))
    )


BROKEN: Final = (
    given(
        CCCRuleCode.SCH_CCC_01,
        "a year to come",
        {"2026010718000123": "2027010718000123"},
        KETTLE,
    ),
    given(
        CCCRuleCode.SCH_CCC_01, "another class", {"2026010718000123": "2026010719000123"}, KETTLE
    ),
    given(CCCRuleCode.SCH_CCC_02, "no such class", {"0718": "0799"}, KETTLE),
    given(CCCRuleCode.SCH_CCC_03, "no model", {_MODELS: ""}, KETTLE),
    given(
        CCCRuleCode.SCH_CCC_03,
        "a type that is not covered",
        {"<p:TypeTested>YH-K1705S<": "<p:TypeTested>YH-K9999<"},
        KETTLE,
    ),
    without(CCCRuleCode.SCH_CCC_04, "no certification mode", "CertificationMode", KETTLE),
    given(
        CCCRuleCode.SCH_CCC_04,
        "a mode with a design review that was not done",
        {">type-test+factory+follow-up<": ">design+type-test+factory+follow-up<"},
        KETTLE,
    ),
    without(CCCRuleCode.SCH_CCC_05, "no link", "p:ElectronicCertificate", KETTLE),
    given(
        CCCRuleCode.SCH_CCC_04, "no such mode", {">type-test+factory+follow-up<": ">trust<"}, KETTLE
    ),
    given(
        CCCRuleCode.SCH_CCC_03,
        "no standard of the scheme",
        {
            "<Number>GB 4706.19</Number>": "<Number>IEC 60335-2-15</Number>",
            "<Number>GB 4343.1</Number>": "<Number>CISPR 14-1</Number>",
        },
        KETTLE,
        any_standard,
    ),
    Provocation(
        code=CCCRuleCode.SCH_CCC_06,
        name="a batch without a name",
        sample=BATCH,
        without="BatchID",
    ),
    without(CCCRuleCode.SCH_CCC_06, "a consignment of any size", "Quantity", CONSIGNMENT),
    given(
        CCCRuleCode.SCH_CCC_06,
        "a batch with a follow-up",
        {"   <p:ElectronicCertificate>": _FOLLOW_UP},
        BATCH,
    ),
)


@pytest.mark.parametrize("name", GOOD)
def test_good_sample_passes_all_gates(name: str) -> None:
    world = make_world()

    findings = world.examine(world.attestation(name)).findings

    assert {finding.code for finding in findings} <= EXPECTED.get(name, set())


@pytest.mark.parametrize("broken", BROKEN, ids=[f"{x.code.value}: {x.name}" for x in BROKEN])
def test_rule_broken_alone_is_the_only_finding(broken: Provocation) -> None:
    findings = broken_by(broken)

    assert all(one.path.startswith("/") and one.message for one in findings)


def test_modes_of_the_rule_are_those_of_the_list() -> None:
    assert set(MODES) == set(load_code_lists().lists["CCC-MODE"].items)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("2026010718000123", "2025010718000123", id="a year before the issue"),
        pytest.param("<Model>YH-K1701</Model>\n", "", id="one model fewer"),
        pytest.param(
            "<p:TypeTested>YH-K1705S</p:TypeTested>",
            "<p:TypeTested>YH-K1701</p:TypeTested><p:TypeTested>YH-K1702</p:TypeTested>",
            id="two types tested",
        ),
    ],
)
def test_boundary_holds(old: str, new: str) -> None:
    world = make_world()

    codes = {
        finding.code for finding in findings_of(world, world.draft(KETTLE, changes={old: new}))
    }

    assert codes.isdisjoint(CCCRuleCode)
