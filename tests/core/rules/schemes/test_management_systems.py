"""Management systems: every good sample passes, every rule is broken alone, and the boundaries."""

from __future__ import annotations

from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.rules.judge import Accepted
from exchange.core.rules.schemes.management_systems import (
    ManagementSystemRuleCode as SystemRuleCode,
)
from exchange.service.materials import schemas_folder
from tests.core.rules.provoking import SYSTEM, Provocation, broken_by, findings_of, given, without
from tests.world import make_world

FOLDER: Final = schemas_folder() / "schemes" / "management-systems"
GOOD: Final = sorted(path.stem for path in FOLDER.glob("samples/good/*.xml"))
EXPECTED: Final[dict[str, set[Code]]] = {"pt-qms-taken-over": {RuleCode.SCM_01}}
"""What the hub says about samples that it accepts with a warning: this one is older than it."""

_IS: Final = "<CertificateNumber>"
KOREA: Final = "kr-qms-transition"
OLD: Final = "hk-qms-old-edition"
_SECOND_SURVEILLANCE = """
   <p:PlannedSurveillance>
    <p:Sequence>2</p:Sequence>
    <p:DueBy>2028-03-15</p:DueBy>
   </p:PlannedSurveillance>"""

BROKEN: Final = (
    given(
        SystemRuleCode.SCH_QMS_01,
        "an unknown edition",
        {"<Edition>2016</Edition>": "<Edition>2017</Edition>"},
    ),
    given(
        SystemRuleCode.SCH_QMS_01,
        "regulations only",
        {
            '<Kind listID="MRHUB-REQUIREMENT-KIND">standard<': (
                '<Kind listID="MRHUB-REQUIREMENT-KIND">technicalRegulation<'
            )
        },
    ),
    given(SystemRuleCode.SCH_QMS_02, "one surveillance", {_SECOND_SURVEILLANCE: ""}),
    given(SystemRuleCode.SCH_QMS_02, "four years", {"<CycleEnd>2029-": "<CycleEnd>2030-"}),
    given(
        SystemRuleCode.SCH_QMS_02,
        "no cycle",
        {"<CycleStart>2026-03-16</CycleStart>": "", "<CycleEnd>2029-03-15</CycleEnd>": ""},
    ),
    without(SystemRuleCode.SCH_QMS_03, "three sites and no word on them", "p:MultiSite"),
    given(
        SystemRuleCode.SCH_QMS_01,
        "a standard of no system",
        {"<Number>GB/T 19001</Number>": "<Number>GB 4943.1</Number>"},
    ),
    given(
        SystemRuleCode.SCH_QMS_02,
        "a surveillance behind the cycle",
        {"<p:DueBy>2028-03-15<": "<p:DueBy>2029-03-16<"},
    ),
    given(
        SystemRuleCode.SCH_QMS_04,
        "to another edition than the one certified",
        {"<p:ToEdition>2026<": "<p:ToEdition>2030<"},
        KOREA,
    ),
    given(
        SystemRuleCode.SCH_QMS_04,
        "from the edition certified",
        {"<p:FromEdition>2015<": "<p:FromEdition>2026<"},
        KOREA,
    ),
    given(
        SystemRuleCode.SCH_QMS_04,
        "a day longer than the transition",
        {"<p:Deadline>2029-09-30<": "<p:Deadline>2029-10-01<"},
        KOREA,
    ),
    given(
        SystemRuleCode.SCH_QMS_05,
        "a day longer than its edition",
        {"<ExpiryDate>2029-09-30<": "<ExpiryDate>2029-10-01<"},
        OLD,
    ),
    *(
        given(SystemRuleCode.SCH_QMS_06, name, {old: new}, sample)
        for name, old, new, sample in (
            ("the year after", "10326Q10286R0M", "10327Q10286R0M", SYSTEM),
            ("environment for quality", "10326Q10286R0M", "10326E10286R0M", SYSTEM),
            ("quality for environment", "10726E00118R0M", "10726Q00118R0M", "cn-ems-chemicals"),
            ("never recertified", "10326Q10286R0M", "10326Q10286R1M", SYSTEM),
            ("a larger size", "10326Q10286R0M", "10326Q10286R0L", SYSTEM),
        )
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


@pytest.mark.parametrize(
    ("sample", "old", "new"),
    [
        pytest.param(
            "cn-qms-food-multi-site",
            "<CycleEnd>2029-03-15<",
            "<CycleEnd>2029-03-16<",
            id="three years to the day",
        ),
        pytest.param(
            "cn-qms-food-multi-site",
            "<p:DueBy>2028-03-15<",
            "<p:DueBy>2029-03-15<",
            id="a surveillance on the last day of the cycle",
        ),
        pytest.param(
            KOREA, "<p:Deadline>2029-09-30<", "<p:Deadline>2027-01-01<", id="an earlier deadline"
        ),
        pytest.param(
            KOREA,
            "<p:FromEdition>2015<",
            "<p:FromEdition>1994<",
            id="an edition that the register does not know",
        ),
        pytest.param(
            OLD,
            "<DecisionDate>2026-10-19<",
            "<DecisionDate>2026-09-30<",
            id="decided on the day of withdrawal",
        ),
        pytest.param(
            "cn-ems-chemicals", f"{_IS}10726E00118", f"{_IS}10726XE00118", id="any other letters"
        ),
        pytest.param(SYSTEM, f"{_IS}10326Q", f"{_IS}10309Q", id="a number of an earlier year"),
        pytest.param(
            SYSTEM,
            '<p:SizeClass listID="MRHUB-SIZE-CLASS">M</p:SizeClass>',
            "",
            id="no size class but in the number",
        ),
        pytest.param(
            "sa-qms-construction",
            f"{_IS}SA-Q-2026-0188",
            f"{_IS}10827E00001R7L",
            id="a number of its own, which looks like a Chinese one",
        ),
    ],
)
def test_boundary_holds(sample: str, old: str, new: str) -> None:
    world = make_world()
    draft = world.draft(sample, changes={old: new})

    codes = {finding.code for finding in findings_of(world, draft)}

    assert codes.isdisjoint(SystemRuleCode)


def attestation(accepted: Accepted) -> Attestation:
    """Return the attestation that was accepted."""
    assert isinstance(accepted.document, Attestation)
    return accepted.document


def test_sub_certificates_name_the_octets_of_their_parent() -> None:
    world = make_world()
    parent = world.examine(world.attestation("cn-qms-group"))

    for name in ("cn-qms-group-gears", "cn-qms-group-foundry"):
        found = attestation(world.examine(world.attestation(name)))
        (related,) = found.related
        assert related.relation == "parent"
        assert related.document.document_id == attestation(parent).header.document_id
        assert related.document.digest.value == parent.trusted.signed.content_digest
