"""Certification of services by score and grade.

Which score makes which grade is data: the code list SERVICE-GRADE has a table for each standard,
that of GB/T 27922 among them. A grade is named by its standard, `GB/T 27922:2011/five-star`, so
that five stars of one standard are never taken for those of another.

Source: `schemas/schemes/service/`; documents and rules, sections 2.16 and 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.calendar_days import add_years
from exchange.core.code_lists import CodeLists
from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import Method, every, method
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import secure_link
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import LocalName, Measure
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_parts import fault, outside_list
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:service"
CLASSES: Final = "SERVICE-CLASS"
GRADES: Final = "SERVICE-GRADE"
METHODS: Final = "SERVICE-METHOD"
EVERY_CLASS: Final = "*"
"""In a table of grades: the standard grades services of every class."""
MANAGEMENT_AUDIT: Final = "management-audit"
FULL: Final = Decimal(100)
"""Percent."""

_PATH: Final = f"{PATH}/ServiceParticulars"
_OBJECT: Final = "/Attestation/Object"


class ServiceRuleCode(Code):
    """Gate 5, rules of service certification."""

    SCH_SRV_01 = (
        "rule.SCH-SRV-01",
        "the grade does not agree with the score",
        "give the grade that the table of the standard has for this score",
    )
    SCH_SRV_02 = (
        "rule.SCH-SRV-02",
        "the grading standard does not fit the services",
        "name a standard with a table of grades for these classes, and require it",
    )
    SCH_SRV_03 = (
        "rule.SCH-SRV-03",
        "the points of the parts do not make the score",
        "give each part no more points than it has, and as a sum the score of the service",
    )
    SCH_SRV_04 = (
        "rule.SCH-SRV-04",
        "the methods of evaluation are not complete",
        "give an audit of the management and a test of the service, with sample, site and period",
    )
    SCH_SRV_05 = (
        "rule.SCH-SRV-05",
        "the outlets do not agree with the sites",
        "list every outlet that was visited as a site, and no more of them than there are",
    )
    SCH_SRV_06 = (
        "rule.SCH-SRV-06",
        "surveillance is not planned for every year",
        "plan surveillances in order, no more than a year apart",
    )


class Part(NamedTuple):
    """A part of the evaluation with its points."""

    names: tuple[LocalName, ...]
    maximum: Decimal
    score: Decimal


class EvaluationMethod(NamedTuple):
    """How the service was evaluated, and on how large a sample."""

    kind: CodedValue
    site_ids: tuple[str, ...]
    population: int | None
    sample_size: int
    start: date
    end: date
    satisfied: Measure | None


class Outlets(NamedTuple):
    """Places where the service is given."""

    total: int
    visited: int
    descriptions: tuple[LocalName, ...]


@dataclass(frozen=True, slots=True)
class ServiceParticulars(Particulars):
    """What a certificate of a service says beyond the attestation."""

    grading_standard: Method
    parts: tuple[Part, ...]
    methods: tuple[EvaluationMethod, ...]
    outlets: Outlets | None
    complaint_contacts: tuple[str, ...]
    answer_within_days: int
    procedures: tuple[LocalName, ...]
    surveillances: tuple[tuple[int, date], ...]

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the title of the standard, the names of the parts, the complaint procedure."""
        yield f"{_PATH}/GradingStandard/Title", self.grading_standard.titles
        for number, part in enumerate(self.parts, 1):
            yield f"{_PATH}/Part[{number}]/PartName", part.names
        if self.outlets is not None:
            yield f"{_PATH}/Outlets/Directory/Description", self.outlets.descriptions
        yield f"{_PATH}/ComplaintHandling/Procedure", self.procedures


def _read(cursor: Cursor, tag: str) -> ServiceParticulars:
    cursor.enter("ServiceParticulars")
    standard = method(cursor, "GradingStandard")
    parts = every(cursor, "Part", _part)
    methods = every(cursor, "EvaluationMethod", _evaluation_method)
    outlets = _outlets(cursor) if cursor.sees("Outlets") else None
    cursor.enter("ComplaintHandling")
    return ServiceParticulars(
        tag,
        standard,
        parts,
        methods,
        outlets,
        every(cursor, "Contact", _contact),
        cursor.count("AnswerWithinDays"),
        cursor.local_names("Procedure"),
        every(cursor, "PlannedSurveillance", _surveillance),
    )


def _part(cursor: Cursor) -> Part:
    return Part(
        cursor.local_names("PartName"),
        Decimal(cursor.word("Maximum")),
        Decimal(cursor.word("Score")),
    )


def _evaluation_method(cursor: Cursor) -> EvaluationMethod:
    return EvaluationMethod(
        cursor.code("Kind"),
        cursor.words("SiteID"),
        cursor.optional_count("Population"),
        cursor.count("SampleSize"),
        cursor.day("PeriodStart"),
        cursor.day("PeriodEnd"),
        cursor.optional_measure("Satisfied"),
    )


def _outlets(cursor: Cursor) -> Outlets:
    cursor.enter("Outlets")
    return Outlets(
        cursor.count("Total"),
        cursor.count("Visited"),
        secure_link(cursor, "Directory").descriptions if cursor.sees("Directory") else (),
    )


def _contact(cursor: Cursor) -> str:
    cursor.word("Kind")
    return cursor.word("Value")


def _surveillance(cursor: Cursor) -> tuple[int, date]:
    return cursor.count("Sequence"), cursor.day("DueBy")


def _table(lists: CodeLists, standard: Method, on: date) -> dict[str, Mapping[str, str]]:
    """Return the grades of a standard, the highest first, each with what the list says of it."""
    known = lists.lists.get(GRADES)
    dated = f"{standard.number}:{standard.edition}"
    found = {
        code: item.facts
        for code, items in ({} if known is None else known.items).items()
        for item in items
        if item.period.covers(on) and item.facts.get("standard") == dated
    }
    return dict(sorted(found.items(), key=lambda one: Decimal(one[1]["least"]), reverse=True))


def grade_agrees_with_score(case: AttestationCase) -> Iterator[Finding]:
    """The grade of each service is the one that its standard has for the score.

    For GB/T 27922: 950 of 1000 points are five stars, 900 four, 800 three, 700 the pass level.

    Source: SCH-SRV-01; GB/T 27922.
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_01
    if not isinstance(said, ServiceParticulars):
        return
    table = _table(case.code_lists, said.grading_standard, case.document.decision.decision_date)
    for number, service in enumerate(case.document.object.services, 1):
        path = f"{_OBJECT}/Service[{number}]"
        if service.score is None or service.grade is None:
            yield fault(code, f"{path}/Grade", "a score and the grade that it makes", "not both")
            continue
        if not table:
            continue  # That the standard has no table is said by SCH-SRV-02.
        full = max(Decimal(facts["of"]) for facts in table.values())
        if not 0 <= service.score <= full:
            yield fault(code, f"{path}/Score", f"0 to {full} points", f"{service.score}")
            continue
        grade = next(
            (name for name, facts in table.items() if service.score >= Decimal(facts["least"])),
            None,
        )
        if grade is None:
            least = min(Decimal(facts["least"]) for facts in table.values())
            yield fault(code, f"{path}/Score", f"{least} points or more", f"{service.score}")
        elif grade != service.grade:
            wanted = f"{grade} for {service.score} points"
            yield fault(code, f"{path}/Grade", wanted, quoted(service.grade))


def standard_grades_these_services(case: AttestationCase) -> Iterator[Finding]:
    """The grading standard has a table for the classes of the services, and is a requirement.

    Source: SCH-SRV-02; a rule of this project.
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_02
    if not isinstance(said, ServiceParticulars):
        return
    standard = said.grading_standard
    table = _table(case.code_lists, standard, case.document.decision.decision_date)
    shown = f"{quoted(standard.number)} {quoted(standard.edition or 'without edition')}"
    if not table:
        yield fault(code, f"{_PATH}/GradingStandard", f"a standard of {GRADES}", shown)
    if (standard.number, standard.edition) not in [
        (one.number, one.edition) for one in case.document.requirements
    ]:
        path = f"{_PATH}/GradingStandard/Number"
        yield fault(code, path, "a requirement of the certificate", shown)
    classes = {name for facts in table.values() for name in facts["classes"].split()}
    for number, service in enumerate(case.document.object.services, 1):
        found, path = service.service_class, f"{_OBJECT}/Service[{number}]/ServiceClass"
        yield from outside_list(case, CLASSES, found, code, path)
        if table and EVERY_CLASS not in classes and found.value not in classes:
            yield fault(code, path, f"a class of {', '.join(sorted(classes))}", quoted(found.value))


def parts_make_the_score(case: AttestationCase) -> Iterator[Finding]:
    """No part has more points than it can have, and together they make the score.

    Parts may be left out; then there is nothing to add up. Where there are several services,
    the parts are those of none of them.

    Source: SCH-SRV-03; a rule of this project.
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_03
    if not isinstance(said, ServiceParticulars) or not said.parts:
        return
    for number, part in enumerate(said.parts, 1):
        if not 0 <= part.score <= part.maximum:
            path = f"{_PATH}/Part[{number}]/Score"
            yield fault(code, path, f"0 to {part.maximum} points", f"{part.score}")
    services = case.document.object.services
    total = sum((part.score for part in said.parts), Decimal(0))
    if len(services) != 1:
        yield fault(code, f"{_PATH}/Part", "one service whose score has parts", f"{len(services)}")
    elif services[0].score is not None and total != services[0].score:
        wanted = f"{services[0].score} points, the score of the service"
        yield fault(code, f"{_PATH}/Part", wanted, f"{total}")


def methods_are_complete(case: AttestationCase) -> Iterator[Finding]:
    """Management was audited and the service itself evaluated, on samples of what there is.

    Source: SCH-SRV-04; a rule of this project after GB/T 27922, which wants both.
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_04
    if not isinstance(said, ServiceParticulars):
        return
    kinds = {one.kind.value for one in said.methods}
    if MANAGEMENT_AUDIT not in kinds or kinds == {MANAGEMENT_AUDIT}:
        wanted = f"{MANAGEMENT_AUDIT} and another method"
        yield fault(code, f"{_PATH}/EvaluationMethod", wanted, ", ".join(map(quoted, kinds)))
    sites = {site.site_id for site in case.document.sites}
    decided = case.document.decision.decision_date
    for number, one in enumerate(said.methods, 1):
        path = f"{_PATH}/EvaluationMethod[{number}]"
        yield from outside_list(case, METHODS, one.kind, code, f"{path}/Kind")
        for site_id in one.site_ids:
            if site_id not in sites:
                yield fault(code, f"{path}/SiteID", "a site of the certificate", quoted(site_id))
        if one.population is not None and one.sample_size > one.population:
            wanted = f"{one.population} or less, as many as there are"
            yield fault(code, f"{path}/SampleSize", wanted, f"{one.sample_size}")
        if not one.start <= one.end <= decided:
            wanted = f"a day from {one.start} to {decided}"
            yield fault(code, f"{path}/PeriodEnd", wanted, f"{one.end}")
        share = one.satisfied
        if share is not None and not (share.unit == "P1" and 0 <= share.amount <= FULL):
            found = f"{share.amount} {quoted(share.unit)}"
            yield fault(code, f"{path}/Satisfied", "0 to 100 percent (P1)", found)


def outlets_agree_with_sites(case: AttestationCase) -> Iterator[Finding]:
    """Every outlet that was visited is a site, and no more were visited than there are.

    A service has at least one site: the place that answers for it.

    Source: SCH-SRV-05; a rule of this project.
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_05
    if not isinstance(said, ServiceParticulars):
        return
    sites = len(case.document.sites)
    if not sites:
        yield fault(code, "/Attestation/Site", "at least one site of the service", "none")
    if said.outlets is None:
        return
    if said.outlets.visited > said.outlets.total:
        wanted = f"{said.outlets.total} outlets or less"
        yield fault(code, f"{_PATH}/Outlets/Visited", wanted, f"{said.outlets.visited}")
    if said.outlets.visited != sites:
        wanted = f"{sites}, as many as there are sites"
        yield fault(code, f"{_PATH}/Outlets/Visited", wanted, f"{said.outlets.visited}")


def surveillance_is_yearly(case: AttestationCase) -> Iterator[Finding]:
    """Surveillances are planned in order, each within a year of the one before.

    Source: SCH-SRV-06; documents and rules, section 9: "3 years, yearly surveillance".
    """
    said = case.document.particulars
    code = ServiceRuleCode.SCH_SRV_06
    if not isinstance(said, ServiceParticulars):
        return
    before = case.document.validity.effective_date
    last = case.document.validity.expiry_date
    for number, (_, due) in enumerate(sorted(said.surveillances), 1):
        if not before < due <= add_years(before, 1):
            path = f"{_PATH}/PlannedSurveillance[{number}]/DueBy"
            yield fault(code, path, f"a day in the year after {before}", f"{due}")
        before = due
    if last is not None and last > add_years(before, 1):
        wanted = f"a surveillance in the year after {before}"
        yield fault(code, f"{_PATH}/PlannedSurveillance", wanted, "none")


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:service:1}ServiceParticulars",
    read=_read,
    rules=(
        built(ServiceRuleCode.SCH_SRV_01, grade_agrees_with_score, scheme=ID),
        built(
            ServiceRuleCode.SCH_SRV_02,
            standard_grades_these_services,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(ServiceRuleCode.SCH_SRV_03, parts_make_the_score, scheme=ID),
        built(ServiceRuleCode.SCH_SRV_04, methods_are_complete, scheme=ID),
        built(ServiceRuleCode.SCH_SRV_05, outlets_agree_with_sites, scheme=ID),
        built(
            ServiceRuleCode.SCH_SRV_06,
            surveillance_is_yearly,
            severity=Severity.WARNING,
            scheme=ID,
        ),
    ),
)
