"""No rule of the rule book is forgotten: each is built, decided elsewhere, or waits by name."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from exchange.codes import every_code
from exchange.codes.receipts import ReceiptCode
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.rules.built import BOTH, BUILT, SCHEMES
from exchange.core.rules.elsewhere import DECIDED_ELSEWHERE
from exchange.core.rules.entry import Decided, Rule
from exchange.core.rules.register import REGISTER, rules_table
from exchange.core.rules.waiting import WAITING
from exchange.errors import Severity

HERE = Path(__file__).resolve().parent
SECTION_10 = dict(line.split() for line in (HERE / "section_10.txt").read_text().splitlines())
SEVERITIES = {"F": Severity.FATAL, "W": Severity.WARNING, "I": Severity.INFORMATION}
RULE_BOOK = HERE.parents[3] / "shared" / "domain" / "documents-and-rules.md"
IN_SCOPE = frozenset(
    "SYN HDR SIG ATT SCM ISS AUT PTY SIT OBJ REQ ASM DEC VAL STA MRK EVD REL RCP TSL".split()  # noqa: SIM905
)
MAY_WAIT = {"SIG-09", "REQ-03", "STA-02"}
OUR_OWN = {
    *("ISS-04", "TKO-01", "TXT-01", "TXT-02", "TRF-01", "TRF-02"),
    *(f"DCL-{number:02}" for number in range(1, 7)),
    *(f"NTC-{number:02}" for number in range(1, 7)),
}
SCHEME_CODES = {code for rule in SCHEMES for code in rule.codes}


@pytest.mark.parametrize(("rule", "severity"), SECTION_10.items())
def test_rule_of_the_book_is_in_the_register_with_its_severity(rule: str, severity: str) -> None:
    assert REGISTER[rule].severity is SEVERITIES[severity]


def test_register_has_no_rule_that_the_book_does_not_know() -> None:
    of_schemes = {rule.id for rule in SCHEMES}  # They may have rules beyond those of the book.

    assert set(REGISTER) - set(SECTION_10) - of_schemes == OUR_OWN


def test_register_has_no_rule_twice() -> None:
    assert len(REGISTER) == len(BUILT) + len(DECIDED_ELSEWHERE) + len(WAITING)


def test_list_of_rules_is_that_of_the_rule_book() -> None:
    if not RULE_BOOK.is_file():
        pytest.skip("the folder shared/domain is not beside the checkout")
    section = RULE_BOOK.read_text(encoding="utf-8").partition("## 10. ")[2].partition("## 11. ")[0]

    found = re.findall(r"^\| ([A-Z0-9]+(?:-[A-Z0-9]+)+) \| ([FWI]) \|", section, re.MULTILINE)

    assert dict(found) == SECTION_10


def test_no_rule_of_this_scope_waits_without_being_named_here() -> None:
    waiting = {
        rule.id
        for rule in REGISTER.values()
        if rule.decided is not Decided.HERE
        and rule.decided is not Decided.ELSEWHERE
        and rule.id.partition("-")[0] in IN_SCOPE
    }

    assert waiting == MAY_WAIT


def test_rule_that_waits_says_for_what() -> None:
    assert all(len(rule.where) > 10 for rule in WAITING)


@pytest.mark.parametrize("rule", DECIDED_ELSEWHERE, ids=lambda rule: rule.id)
def test_rule_decided_elsewhere_names_modules_and_codes_that_exist(rule: Rule) -> None:
    assert rule.codes
    assert set(rule.codes) <= set(every_code())
    for module in rule.where.split(", "):
        assert importlib.import_module(module).__doc__


@pytest.mark.parametrize("rule", BUILT, ids=lambda rule: rule.id)
def test_rule_built_says_itself_and_its_source(rule: Rule) -> None:
    assert len(rule.summary) > 20
    assert rule.source.startswith(rule.id)
    assert rule.check is not None


def test_every_rule_code_stands_in_the_register() -> None:
    registered = {code for rule in REGISTER.values() for code in rule.codes}

    assert {*RuleCode, *StatusChangeCode, *ReceiptCode, *SCHEME_CODES} <= registered


def test_rules_of_the_header_are_asked_of_both_kinds() -> None:
    assert [rule.id for rule in BOTH] == [
        *("HDR-02", "HDR-03", "HDR-04", "HDR-05"),
        *("TXT-01", "TXT-02"),
    ]


def test_table_has_a_line_for_every_rule() -> None:
    lines = rules_table().splitlines()

    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == list(REGISTER)
