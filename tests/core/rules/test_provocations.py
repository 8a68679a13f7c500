"""Every rule of gate 5 is broken by a document that breaks no other."""

from __future__ import annotations

from collections import Counter

import pytest

from exchange.codes.receipts import ReceiptCode
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.rules.built import ATTESTATION, BOTH, STATUS_CHANGE
from exchange.core.rules.elsewhere import DECIDED_ELSEWHERE
from exchange.errors import Severity
from tests.core.rules.provocations import PROVOCATIONS
from tests.core.rules.provocations_of_links import HARMLESS
from tests.core.rules.provoking import Provocation, broken_by, findings_of
from tests.world import make_world

EVERYBODYS = (*BOTH, *ATTESTATION, *STATUS_CHANGE)
"""Rules of attestations and status changes; those of schemes and other kinds are tested apart."""
GOOD = [
    ("attestation", sample)
    for sample in (
        "cn-ccc-adapter",
        "cn-ccc-kettle",
        "cn-ccc-luminaire",
        "cn-qms-food-multi-site",
        "kz-qms-logistics",
        "pt-qms-taken-over",
        "ru-qms-machinery",
        "sa-qms-construction",
        "sg-isms-data-centre",
    )
] + [("status-change", sample) for sample in ("cancel", "reduce", "restore", "suspend", "withdraw")]


@pytest.mark.parametrize(
    "provocation", PROVOCATIONS, ids=[f"{one.code.value}: {one.name}" for one in PROVOCATIONS]
)
def test_rule_broken_alone_is_the_only_finding(provocation: Provocation) -> None:
    findings = broken_by(provocation)

    assert all(finding.path.startswith("/") and finding.message for finding in findings)


@pytest.mark.parametrize(
    "harmless", HARMLESS, ids=[f"{one.code.value}: {one.name}" for one in HARMLESS]
)
def test_what_comes_close_to_breaking_a_rule_does_not_break_it(harmless: Provocation) -> None:
    world = make_world()
    draft = world.draft(harmless.sample).decode()

    findings = findings_of(world, harmless.text(draft).encode())

    assert harmless.code not in {finding.code for finding in findings}


@pytest.mark.parametrize(("kind", "sample"), GOOD)
def test_good_sample_is_accepted(kind: str, sample: str) -> None:
    world = make_world()

    accepted = world.examine(world.sign(world.draft(sample, kind=kind)))

    assert all(finding.severity is not Severity.FATAL for finding in accepted.findings)
    if kind == "status-change":
        assert accepted.findings == ()


@pytest.mark.parametrize(("start", "is_counted"), [("2027-03-18", True), ("2027-03-19", False)])
def test_recertification_in_the_last_year_counts_from_the_new_cycle(
    start: str,
    is_counted: bool,  # noqa: FBT001
) -> None:
    world = make_world()
    draft = world.draft("cn-qms-food-multi-site").decode()
    for old, new in {
        "<CycleStart>2026-03-16<": f"<CycleStart>{start}<",
        "<CycleEnd>2029-03-15<": "<CycleEnd>2030-03-17<",
        "<ExpiryDate>2029-03-15<": "<ExpiryDate>2030-03-17<",
        "<p:DueBy>2027-03-15<": "<p:DueBy>2029-03-15<",
    }.items():
        assert old in draft
        draft = draft.replace(old, new)

    codes = {finding.code for finding in findings_of(world, draft.encode())}

    assert (RuleCode.VAL_03 not in codes) is is_counted


def test_every_rule_of_gate_5_is_provoked() -> None:
    provoked = Counter(one.code for one in PROVOCATIONS)

    assert [rule.id for rule in EVERYBODYS if provoked.keys().isdisjoint(rule.codes)] == []


def test_every_code_of_a_rule_belongs_to_gate_5_or_is_decided_elsewhere() -> None:
    built = {code for rule in EVERYBODYS for code in rule.codes}
    rules = {*RuleCode, *StatusChangeCode, *ReceiptCode}
    elsewhere = {code for rule in DECIDED_ELSEWHERE for code in rule.codes} & rules

    assert built | elsewhere == rules
    assert not built & elsewhere
