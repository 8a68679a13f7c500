"""Rules about the assessments behind a certificate, their reports and values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.competence import AccreditationState
from exchange.core.document.attestation import Metric
from exchange.core.document.values import Identifier
from exchange.core.model import BodyId
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

TESTS: Final = frozenset({"typeTest", "test"})
LABORATORY: Final = "LAB"
TESTING_STANDARD: Final = "ISO/IEC 17025"


def _path(number: int, name: str) -> str:
    return f"/Attestation/Assessment[{number}]/{name}"


def every_requirement_was_met(case: AttestationCase) -> Iterator[Finding]:
    """Every requirement has an assessment that found conformity, and none found the contrary.

    Source: ASM-01; UNTP conformance.
    """
    assessments = case.document.assessments
    met = {
        requirement
        for assessment in assessments
        if assessment.conformance
        for requirement in assessment.requirement_ids
    }
    for number, requirement in enumerate(case.document.requirements, 1):
        if requirement.requirement_id not in met:
            yield Finding(
                code=RuleCode.ASM_01,
                path=f"/Attestation/Requirement[{number}]/RequirementID",
                message=f"expected an assessment that found conformity with "
                f"{quoted(requirement.requirement_id)}, found none",
            )
    for number, assessment in enumerate(assessments, 1):
        if not assessment.conformance:
            yield Finding(
                code=RuleCode.ASM_01,
                path=_path(number, "Conformance"),
                message="expected true, found false",
            )


def assessed_before_decision(case: AttestationCase) -> Iterator[Finding]:
    """Each assessment ends on or after its start and on or before the decision date.

    Source: ASM-02; the date rules of the DCC.
    """
    decided = case.document.decision.decision_date
    for number, assessment in enumerate(case.document.assessments, 1):
        if not assessment.period_start <= assessment.period_end <= decided:
            yield Finding(
                code=RuleCode.ASM_02,
                path=_path(number, "PeriodEnd"),
                message=f"expected a day from {assessment.period_start} to {decided}, "
                f"found {assessment.period_end}",
            )


def enclosed_reports_have_digests(case: AttestationCase) -> Iterator[Finding]:
    """A report that is enclosed has its digest.

    Number, issuer and date are required by the schema.

    Source: ASM-03; UNTP SecureLink.
    """
    for number, assessment in enumerate(case.document.assessments, 1):
        for report_number, report in enumerate(assessment.reports, 1):
            if report.is_enclosed and report.digest is None:
                yield Finding(
                    code=RuleCode.ASM_03,
                    path=_path(number, f"ReportRef[{report_number}]/Digest"),
                    message="expected the digest of the enclosed report "
                    f"{quoted(report.number)}, found none",
                )


def _tests(case: AttestationCase) -> Iterator[tuple[str, Identifier, date]]:
    """Yield every test report: its path, its laboratory and its date.

    A report of a laboratory that is enclosed counts, whatever activity it stands under.
    """
    for number, assessment in enumerate(case.document.assessments, 1):
        for report_number, report in enumerate(assessment.reports, 1):
            enclosed = report.is_enclosed and report.issuer.scheme == LABORATORY
            if enclosed or assessment.activity in TESTS:
                yield _path(number, f"ReportRef[{report_number}]"), report.issuer, report.day
    yield from case.document.particulars.tests()


def laboratories_were_accredited(case: AttestationCase) -> Iterator[Finding]:
    """The laboratory of each test report was accredited under ISO/IEC 17025 on that day.

    Source: ASM-04; ILAC MRA. What is not on a trust list is not known to be accredited.
    """
    for path, laboratory, day in _tests(case):
        body = case.snapshot.trust.body(BodyId(laboratory.value))
        if body is None or not any(
            accreditation.standard == TESTING_STANDARD
            and accreditation.state_on(day) is AccreditationState.ACTIVE
            for accreditation in body.accreditations
        ):
            yield Finding(
                code=RuleCode.ASM_04,
                path=path,
                message=f"expected a laboratory accredited under {TESTING_STANDARD} on {day}, "
                f"found {quoted(laboratory.value)}",
            )


def values_meet_thresholds(case: AttestationCase) -> Iterator[Finding]:
    """Declared and measured values meet their threshold.

    Values in another unit than that of the threshold are not compared.

    Source: ASM-05; UNTP thresholdValue.
    """
    for number, assessment in enumerate(case.document.assessments, 1):
        for metric_number, metric in enumerate(assessment.metrics, 1):
            for name, value in _short(metric):
                yield Finding(
                    code=RuleCode.ASM_05,
                    path=_path(number, f"Metric[{metric_number}]/{name}"),
                    message=value,
                )


def _short(metric: Metric) -> Iterator[tuple[str, str]]:
    if metric.threshold is None:
        return
    limit = metric.threshold.limit
    for name, value in (("DeclaredValue", metric.declared), ("MeasuredValue", metric.measured)):
        if value is None or value.unit != limit.unit:
            continue
        if metric.threshold.is_minimum and value.amount < limit.amount:
            yield name, f"expected {limit.amount} {limit.unit} or more, found {value.amount}"
        elif not metric.threshold.is_minimum and value.amount > limit.amount:
            yield name, f"expected {limit.amount} {limit.unit} or less, found {value.amount}"
