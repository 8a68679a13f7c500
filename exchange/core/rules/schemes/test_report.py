"""Test reports of laboratories (ISO/IEC 17025): tested once, read everywhere.

The scheme is this project's own. A test report is an attestation of type `testing`, issued and
signed by the laboratory itself; it never expires, because it is about samples on days that are
over. What did not conform is no attestation (ISO/IEC 17000, 7.3: "… that fulfilment of specified
requirements has been demonstrated"): ASM-01 refuses it, as in every scheme.

Source: `schemas/schemes/test-report/`; ISO/IEC 17025, 7.8; ILAC-G8:09/2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from exchange.codes import Code
from exchange.core.competence import Accreditation, AccreditationState
from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import every
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import address, secure_link
from exchange.core.document.test_results import (
    ConformityStatement,
    Result,
    Sample,
    take_results,
    take_sample,
    take_statement,
)
from exchange.core.document.values import LocalName
from exchange.core.model import BodyRole
from exchange.core.rules.assessment import TESTING_STANDARD
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.object import UNITS
from exchange.core.rules.scheme_parts import fault, outside_list
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding

ID: Final = "urn:mrhub:scheme:test-report"
TESTING: Final = "testing"
METHODS: Final = "TEST-METHOD"
SAMPLING: Final = "TEST-SAMPLING"
DECISION_RULES: Final = "TEST-DECISION-RULE"
GUARD_BAND: Final = "guard-band"
PASSED: Final = "pass"
FAILED: Final = "fail"
NOT_JUDGED: Final = "notJudged"

_PATH: Final = f"{PATH}/TestReportParticulars"
_NONE: Final = Decimal(0)


class ReportRuleCode(Code):
    """Gate 5, rules of test reports."""

    SCH_TST_01 = (
        "rule.SCH-TST-01",
        "the report is not one of an accredited laboratory about its own tests",
        "let the laboratory issue the report of type testing under its accreditation",
    )
    SCH_TST_02 = (
        "rule.SCH-TST-02",
        "a product or method lies outside the accreditation and is not marked so",
        "give each product its HS code, and mark results outside the accreditation",
    )
    SCH_TST_03 = (
        "rule.SCH-TST-03",
        "a test does not lie between the receipt of the sample and the report",
        "test after the sample has come and before the report",
    )
    SCH_TST_04 = (
        "rule.SCH-TST-04",
        "a value, its uncertainty or its limit cannot be compared",
        "give value, uncertainty and limits in one unit of Recommendation 20, methods dated",
    )
    SCH_TST_05 = (
        "rule.SCH-TST-05",
        "a verdict does not agree with value, limit and decision rule",
        "judge the value as the decision rule says, or leave it not judged",
    )
    SCH_TST_06 = (
        "rule.SCH-TST-06",
        "the statement of conformity does not agree with the results",
        "state conformity where every judged result has passed, by a rule of the list",
    )
    SCH_TST_07 = (
        "rule.SCH-TST-07",
        "a requirement has no result, or a result no requirement",
        "give at least one result for each requirement, and name it in each result",
    )
    SCH_TST_08 = (
        "rule.SCH-TST-08",
        "a test report expires or is under surveillance",
        "leave out expiry date and surveillance: a report is about samples on past days",
    )


@dataclass(frozen=True, slots=True)
class ReportParticulars(Particulars):
    """What a test report says beyond the attestation."""

    locations: tuple[tuple[LocalName, ...], ...]
    """The names of each place."""
    samples: tuple[Sample, ...]
    results: tuple[Result, ...]
    statement: ConformityStatement | None
    files: tuple[tuple[LocalName, ...], ...]
    """The descriptions of each file of results."""
    remarks: tuple[LocalName, ...]

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the texts of places, samples, results, statement, files and remarks."""
        for number, names in enumerate(self.locations, 1):
            yield f"{_PATH}/Location[{number}]/LocationName", names
        for number, sample in enumerate(self.samples, 1):
            yield f"{_PATH}/Sample[{number}]/Description", sample.descriptions
            yield f"{_PATH}/Sample[{number}]/Condition", sample.conditions
        for number, result in enumerate(self.results, 1):
            yield f"{_PATH}/Result[{number}]/Parameter", result.parameters
            yield f"{_PATH}/Result[{number}]/Method/Title", result.method.titles
            yield f"{_PATH}/Result[{number}]/Observation", result.observations
        if self.statement is not None:
            yield f"{_PATH}/ConformityStatement/Statement", self.statement.statements
        for number, descriptions in enumerate(self.files, 1):
            yield f"{_PATH}/ResultsFile[{number}]/Description", descriptions
        yield f"{_PATH}/Remark", self.remarks


def _read(cursor: Cursor, tag: str) -> ReportParticulars:
    cursor.enter("TestReportParticulars")
    return ReportParticulars(
        tag,
        every(cursor, "Location", _location),
        every(cursor, "Sample", take_sample),
        tuple(take_results(cursor)),
        take_statement(cursor) if cursor.sees("ConformityStatement") else None,
        tuple(_files(cursor)),
        cursor.local_names("Remark"),
    )


def _location(cursor: Cursor) -> tuple[LocalName, ...]:
    cursor.word("LocationID")
    names = cursor.local_names("LocationName")
    address(cursor)
    return names


def _files(cursor: Cursor) -> Iterator[tuple[LocalName, ...]]:
    while cursor.sees("ResultsFile"):
        yield secure_link(cursor, "ResultsFile").descriptions


def _in_force(case: AttestationCase) -> tuple[Accreditation, ...]:
    """Return the accreditations for testing that the report names and that were in force."""
    day = case.document.decision.decision_date
    return tuple(
        one
        for one in case.accreditations
        if one is not None
        and one.standard == TESTING_STANDARD
        and one.state_on(day) is AccreditationState.ACTIVE
    )


def laboratory_reports_itself(case: AttestationCase) -> Iterator[Finding]:
    """The issuer is a laboratory, accredited under ISO/IEC 17025, and did the tests itself.

    Source: SCH-TST-01; ISO/IEC 17025, 7.8.2.
    """
    code = ReportRuleCode.SCH_TST_01
    document = case.document
    if document.attestation_type != TESTING:
        path = "/Attestation/AttestationType"
        yield fault(code, path, TESTING, quoted(document.attestation_type))
    if BodyRole.LABORATORY not in case.body.roles:
        found = f"{case.body.id}, {', '.join(sorted(role.value for role in case.body.roles))}"
        yield fault(code, "/Attestation/Header/Issuer", "a laboratory", found)
    if not _in_force(case):
        path = "/Attestation/Authorisation"
        wanted = f"an accreditation under {TESTING_STANDARD} in force on the day of the report"
        yield fault(code, path, wanted, "none")
    for number, assessment in enumerate(document.assessments, 1):
        for actor in assessment.performed_by:
            if case.body.id not in {actor.actor_id.value, actor.actor_id.agency}:
                path = f"/Attestation/Assessment[{number}]/PerformedBy"
                yield fault(code, path, case.body.id, quoted(actor.actor_id.value))


def accreditation_covers_tests(case: AttestationCase) -> Iterator[Finding]:
    """Products have HS codes, and methods lie in the accreditation or are marked as outside.

    That the codes of the products lie in its scope is rule AUT-04. An accreditation that lists
    no method of TEST-METHOD is bounded by products alone. One result at least is accredited.

    Source: SCH-TST-02; ILAC-P8, on results outside the scope.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_02
    if not isinstance(said, ReportParticulars):
        return
    for number, product in enumerate(case.document.object.products, 1):
        if not product.commodity_codes:
            path = f"/Attestation/Object/Product[{number}]/CommodityCode"
            yield fault(code, path, "the HS code of the product", "none")
    scopes = [one.scope_codes for one in _in_force(case)]
    methods = {one.code for scope in scopes for one in scope if one.list_id == METHODS}
    for number, result in enumerate(said.results, 1):
        if result.is_accredited and methods and result.method.number not in methods:
            wanted = f"a method of {METHODS} in the accredited scope"
            path = f"{_PATH}/Result[{number}]/Method/Number"
            yield fault(code, path, wanted, quoted(result.method.number))
    if not any(result.is_accredited for result in said.results):
        yield fault(code, f"{_PATH}/Result", "one result under the accreditation", "none")


def tests_follow_receipt(case: AttestationCase) -> Iterator[Finding]:
    """Samples are received after they were taken, tested after that, and then reported.

    Source: SCH-TST-03; ISO/IEC 17025, 7.8.2.1 h to j.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_03
    if not isinstance(said, ReportParticulars):
        return
    reported = case.document.decision.decision_date
    starts = [one.period_start for one in case.document.assessments]
    ends = [one.period_end for one in case.document.assessments]
    received = {sample.sample_id: sample.received_on for sample in said.samples}
    for number, sample in enumerate(said.samples, 1):
        path = f"{_PATH}/Sample[{number}]"
        yield from outside_list(case, SAMPLING, sample.sampled_by, code, f"{path}/SampledBy")
        if sample.sampled_on is not None and sample.sampled_on > sample.received_on:
            wanted = f"{sample.received_on} or earlier"
            yield fault(code, f"{path}/SampledOn", wanted, f"{sample.sampled_on}")
        if sample.received_on > max(ends):
            yield fault(
                code, f"{path}/ReceivedOn", f"{max(ends)} or earlier", f"{sample.received_on}"
            )
    first = min(received.values())
    for number, start in enumerate(starts, 1):
        if start < first:
            path = f"/Attestation/Assessment[{number}]/PeriodStart"
            yield fault(code, path, f"{first} or later, when samples had come", f"{start}")
    for number, result in enumerate(said.results, 1):
        if result.tested_on is None:
            continue
        earliest = max(received[result.sample_id], min(starts))
        if not earliest <= result.tested_on <= min(max(ends), reported):
            wanted = f"a day from {earliest} to {min(max(ends), reported)}"
            yield fault(code, f"{_PATH}/Result[{number}]/TestedOn", wanted, f"{result.tested_on}")


def values_can_be_compared(case: AttestationCase) -> Iterator[Finding]:
    """Value, uncertainty and limits stand in one unit of Recommendation 20; methods are dated.

    Source: SCH-TST-04; ISO/IEC 17025, 7.8.2.1 m and 7.8.3.1 c.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_04
    if not isinstance(said, ReportParticulars):
        return
    day = case.document.decision.decision_date
    for number, one in enumerate(said.results, 1):
        path = f"{_PATH}/Result[{number}]"
        if one.method.edition is None:
            wanted = f"the edition of {quoted(one.method.number)}"
            yield fault(code, f"{path}/Method/Edition", wanted, "none")
        if one.value is None:
            if one.limits or one.uncertainty is not None:
                wanted = "neither limit nor uncertainty beside an observation"
                yield fault(code, f"{path}/Observation", wanted, "one")
            continue
        if not case.code_lists.contains(UNITS, one.value.unit, day):
            found = quoted(one.value.unit)
            yield fault(code, f"{path}/Value", "a unit of Recommendation 20", found)
        yield from _compared(one, one.value.unit, path)


def _compared(result: Result, unit: str, path: str) -> Iterator[Finding]:
    """Yield what keeps limits and uncertainty from being compared with a value of this unit."""
    code = ReportRuleCode.SCH_TST_04
    others = [("Limit", one.measure) for one in result.limits]
    if result.uncertainty is not None:
        others.append(("Uncertainty/Expanded", result.uncertainty))
        if result.uncertainty.amount <= _NONE:
            found = f"{result.uncertainty.amount}"
            yield fault(code, f"{path}/Uncertainty/Expanded", "an uncertainty above 0", found)
    for name, measure in others:
        if measure.unit != unit:
            wanted = f"the unit of the value, {quoted(unit)}"
            yield fault(code, f"{path}/{name}", wanted, quoted(measure.unit))


def _verdict(result: Result, guard_factor: Decimal) -> str | None:
    """Return the verdict that value and limits make, or None where it is for people."""
    if result.value is None:
        return None
    if not result.limits:
        return NOT_JUDGED
    uncertainty = _NONE if result.uncertainty is None else result.uncertainty.amount
    guard = guard_factor * uncertainty
    for one in result.limits:
        moved = guard if one.is_minimum else -guard
        narrowed = one._replace(measure=one.measure._replace(amount=one.measure.amount + moved))
        if not narrowed.admits(result.value):
            return FAILED
    return PASSED


def verdicts_agree_with_values(case: AttestationCase) -> Iterator[Finding]:
    """Each verdict is the one that value, limits and decision rule make.

    With a guard band the limits are narrowed by the factor times the expanded uncertainty. A
    value without a limit is not judged; one with a limit may be left so; an observation is
    judged by people.

    Source: SCH-TST-05; ILAC-G8:09/2019, 4.2; ISO/IEC Guide 98-4.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_05
    if not isinstance(said, ReportParticulars):
        return
    statement = said.statement
    is_guarded = statement is not None and statement.rule.value == GUARD_BAND
    factor = (statement.guard_factor or _NONE) if statement and is_guarded else _NONE
    for number, one in enumerate(said.results, 1):
        path = f"{_PATH}/Result[{number}]"
        if is_guarded and one.limits and one.uncertainty is None and one.verdict != NOT_JUDGED:
            yield fault(code, f"{path}/Uncertainty", "an uncertainty to guard by", "none")
        units = {one_limit.measure.unit for one_limit in one.limits}
        if one.value is None or units - {one.value.unit}:
            continue  # What cannot be compared is the business of SCH-TST-04.
        expected = _verdict(one, factor)
        if one.verdict not in {expected, NOT_JUDGED}:
            bounds = " and ".join(one_limit.in_words() for one_limit in one.limits)
            found = f"{one.verdict} for {one.value.amount} against {bounds or 'no limit'}"
            yield fault(code, f"{path}/Verdict", f"{expected}", found)


def statement_agrees_with_verdicts(case: AttestationCase) -> Iterator[Finding]:
    """Conformity is stated where at least one result was judged and none failed.

    Verdicts need a statement with its decision rule; a guard factor stands with a guard band,
    above zero.

    Source: SCH-TST-06; ISO/IEC 17025, 7.8.6.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_06
    if not isinstance(said, ReportParticulars):
        return
    path = f"{_PATH}/ConformityStatement"
    verdicts = {one.verdict for one in said.results}
    statement = said.statement
    if statement is None:
        if verdicts != {NOT_JUDGED}:
            yield fault(code, path, "a statement with its decision rule for verdicts", "none")
        return
    rule = statement.rule
    yield from outside_list(case, DECISION_RULES, rule, code, f"{path}/DecisionRule/Kind")
    if (rule.value == GUARD_BAND) != (statement.guard_factor is not None) or (
        statement.guard_factor is not None and statement.guard_factor <= _NONE
    ):
        wanted = "a factor above 0 for a guard band, and none without"
        found = "none" if statement.guard_factor is None else f"{statement.guard_factor}"
        yield fault(code, f"{path}/DecisionRule/GuardFactor", wanted, found)
    conforms = PASSED in verdicts and FAILED not in verdicts
    if statement.conforms != conforms:
        found = f"{str(statement.conforms).lower()} for {', '.join(sorted(verdicts))}"
        yield fault(code, f"{path}/Conforms", str(conforms).lower(), found)
    is_conformity = all(one.conformance for one in case.document.assessments)
    if statement.conforms != is_conformity:
        wanted = f"{str(statement.conforms).lower()} as the statement says"
        yield fault(code, "/Attestation/Assessment/Conformance", wanted, str(is_conformity).lower())


def results_answer_requirements(case: AttestationCase) -> Iterator[Finding]:
    """Every requirement has a result, and every result is about a requirement of the report.

    That sample and place of a result are those of the report is required by the schema.

    Source: SCH-TST-07; a rule of this project.
    """
    said = case.document.particulars
    code = ReportRuleCode.SCH_TST_07
    if not isinstance(said, ReportParticulars):
        return
    required = [one.requirement_id for one in case.document.requirements]
    for number, result in enumerate(said.results, 1):
        if result.requirement_id not in required:
            path = f"{_PATH}/Result[{number}]/RequirementID"
            yield fault(code, path, "a requirement of the report", quoted(result.requirement_id))
    answered = {result.requirement_id for result in said.results}
    for number, one in enumerate(required, 1):
        if one not in answered:
            path = f"/Attestation/Requirement[{number}]/RequirementID"
            yield fault(code, path, f"a result for {quoted(one)}", "none")


def report_does_not_expire(case: AttestationCase) -> Iterator[Finding]:
    """A test report has neither an expiry date nor a surveillance.

    Source: SCH-TST-08; a rule of this project: results are about samples on past days.
    """
    validity = case.document.validity
    for name, day in (
        ("ExpiryDate", validity.expiry_date),
        ("NextSurveillanceDue", validity.next_surveillance_due),
    ):
        if day is not None:
            yield fault(
                ReportRuleCode.SCH_TST_08, f"/Attestation/Validity/{name}", "none", f"{day}"
            )


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:test-report:1}TestReportParticulars",
    read=_read,
    rules=(
        built(ReportRuleCode.SCH_TST_01, laboratory_reports_itself, older=Older.WARNING, scheme=ID),
        built(
            ReportRuleCode.SCH_TST_02,
            accreditation_covers_tests,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(ReportRuleCode.SCH_TST_03, tests_follow_receipt, scheme=ID),
        built(ReportRuleCode.SCH_TST_04, values_can_be_compared, scheme=ID),
        built(ReportRuleCode.SCH_TST_05, verdicts_agree_with_values, scheme=ID),
        built(ReportRuleCode.SCH_TST_06, statement_agrees_with_verdicts, scheme=ID),
        built(ReportRuleCode.SCH_TST_07, results_answer_requirements, scheme=ID),
        built(ReportRuleCode.SCH_TST_08, report_does_not_expire, scheme=ID),
    ),
)
