"""Numbers in the form of an economy: whose they are, and who need not have one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from exchange.codes.rules import RuleCode
from exchange.codes.verification import NotFoundCode
from exchange.core.declarations import Declarations
from exchange.core.model import BodyId
from exchange.core.numbers import is_number_of, strange_codes
from exchange.core.registers import read_scheme
from exchange.core.trust_values import Body
from exchange.core.verification_absent import absent
from exchange.service.materials import load_code_lists
from tests.core.rules.provoking import findings_of
from tests.world import START, make_world

FORMS = {
    one.id.rpartition(":")[2]: one.national_numbers
    for one in load_code_lists().schemes()
    if one.national_numbers
}
QMS = FORMS["management-systems"]["CN"]
BODY = make_world().snapshot.trust.bodies[BodyId("CN-CB-0107")]
LABORATORY = make_world().snapshot.trust.bodies[BodyId("CN-LAB-0110")]


def test_schemes_without_a_form_for_everybody_have_one_for_bodies_in_china() -> None:
    assert set(FORMS) == {
        *("green-product", "management-systems", "railway", "regional-brand", "service"),
        "test-report",
    }


@pytest.mark.parametrize(
    ("form", "number", "body", "strange"),
    [
        (QMS, "10726Q00041R0L", BODY, ()),
        (QMS, "10326Q00041R0L", BODY, (("approval", "103"),)),
        (QMS, "10726Q00041R0L", replace(BODY, approval_number="CNCA-R-2016-1107"),
         (("approval", "107"),)),
        (QMS, "00726Q00041R0L", replace(BODY, approval_number="CNCA-R-2002-007"), ()),
        (QMS, "10726Q00041R0L", replace(BODY, approval_number=None), (("approval", "107"),)),
        (FORMS["service"]["CN"], "0107-SC-2026-H0002", BODY, ()),
        (FORMS["service"]["CN"], "1070-SC-2026-H0002", BODY, (("approval", "1070"),)),
        (FORMS["railway"]["CN"], "CRCC-T-0107-2026-0004", BODY, ()),
        (FORMS["test-report"]["CN"], "L0110-2026-00101", LABORATORY, ()),
        (FORMS["test-report"]["CN"], "L01100-2026-00101", LABORATORY,
         (("accreditation", "L01100"),)),
        (FORMS["test-report"]["CN"], "L0110-2026-00101", BODY, (("accreditation", "L0110"),)),
    ],
)  # fmt: skip
def test_code_inside_a_number_is_that_of_the_body_or_strange(
    form: str, number: str, body: Body, strange: tuple[tuple[str, str], ...]
) -> None:
    match = re.fullmatch(form, number)

    assert match is not None
    assert strange_codes(match, body) == strange
    assert is_number_of(match, body) is (not strange)


def test_number_without_a_code_is_nobodys() -> None:
    match = re.fullmatch("(?P<serial>[0-9]+)", "107")

    assert match is not None
    assert not is_number_of(match, BODY)


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        ("10326Q10286R0M", True),
        ("10726E10286R3S", True),
        ("99926Q10286R0M", False),
        ("103-Q-10286", False),
        ("01-2026", False),
    ],
)
def test_body_abroad_is_refused_only_a_number_of_a_listed_body(number: str, refused: bool) -> None:  # noqa: FBT001
    world = make_world()
    old = "<CertificateNumber>SA-Q-2026-0188<"
    draft = world.draft("sa-qms-construction", changes={old: f"<CertificateNumber>{number}<"})

    codes = {finding.code for finding in findings_of(world, draft)}

    assert (RuleCode.ISS_04 in codes) is refused
    assert RuleCode.ATT_02 not in codes


@pytest.mark.parametrize("number", ["CN107Q2600041R0L", "10326q10286R0M", "１0326Q10286R0M", "103"])
def test_body_in_china_numbers_management_systems_in_the_national_form(number: str) -> None:
    world = make_world()
    old = "<CertificateNumber>10326Q10286R0M<"
    draft = world.draft(changes={old: f"<CertificateNumber>{number}<"})

    assert RuleCode.ATT_02 in {finding.code for finding in findings_of(world, draft)}


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("10726Q99999R0M", NotFoundCode.NUMBER_FORMAT),
        ("OLD-2009-7", NotFoundCode.ONLY_BY_ADDRESS),
    ],
)
def test_absent_number_with_the_code_of_another_was_never_given(
    number: str, answer: NotFoundCode
) -> None:
    world = make_world()

    found, _ = absent(number, BodyId("CN-CB-0103"), Declarations.of(()), world.snapshot, START)

    assert found is answer


def test_entry_binds_everybody_or_the_bodies_of_an_economy() -> None:
    with pytest.raises(ValueError, match="number_pattern binds all"):
        read_scheme({"code": "x", "number_pattern": "a", "national_numbers": {"CN": "b"}})
    with pytest.raises(ValueError, match="x: "):
        read_scheme({"code": "x", "number_pattern": None, "national_numbers": {"CN": "("}})
