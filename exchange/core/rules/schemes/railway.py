"""Certification of railway products (CRCC) and of urban rail products (CURC).

A certificate for trial use lets a product run somewhere for a while, to learn about it. It is
marked and claims no arrangement, so that nobody can offer it for recognition: the level and the
arrangements of an attestation are what partners recognise by.

Source: `schemas/schemes/railway/`; documents and rules, sections 2.16 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.calendar_days import add_years
from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import every
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import party
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import Identifier, LocalName, Measure, Party
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_parts import fault, outside_list
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding

ID: Final = "urn:mrhub:scheme:railway"
CATALOGUE: Final = "RAILWAY-CATALOGUE"
PROGRAMMES: Final = "RAILWAY-PROGRAMME"
DOCUMENTS: Final = "RAILWAY-DOCUMENT"
LINES: Final = "RAILWAY-LINE"
STOCK: Final = "RAILWAY-STOCK"
TRIAL_USE: Final = "trialUse"
TRIAL_MARK: Final = "railway-trial"
GROUP_DIGITS: Final = 2
"""A code of the catalogue that is no longer names a group and no item."""
TRIAL_YEARS: Final = 2
"""Longest validity of a certificate for trial use; this project's own."""
OFFERED_LEVEL: Final = "GlobalMRA"
LEVELS: Final = ("basic", "SIL1", "SIL2", "SIL3", "SIL4")
"""Safety integrity, the lowest first. Source: IEC 61508, EN 50129."""

_PATH: Final = f"{PATH}/RailwayParticulars"
_NUMBER: Final = "/Attestation/CertificateNumber"


class RailwayRuleCode(Code):
    """Gate 5, rules of railway products."""

    SCH_RLW_01 = (
        "rule.SCH-RLW-01",
        "the rule or the item of the catalogue was not in force",
        "name an item of the catalogue and a rule in force on the decision date",
    )
    SCH_RLW_02 = (
        "rule.SCH-RLW-02",
        "a certificate for trial use is not marked as one, or offers itself for recognition",
        "give bounds and mark of the trial, claim no arrangement, and end with the trial",
    )
    SCH_RLW_03 = (
        "rule.SCH-RLW-03",
        "the safety integrity that the item needs is missing or too low",
        "give the level that the item of the catalogue needs, with its standard",
    )
    SCH_RLW_04 = (
        "rule.SCH-RLW-04",
        "the operational assessment is missing, not passed or later than the decision",
        "assess the product in operation before a formal certificate, or certify trial use",
    )
    SCH_RLW_05 = (
        "rule.SCH-RLW-05",
        "a test of a batch was not passed or cannot be true",
        "give samples within the batch, tested and passed before the decision",
    )
    SCH_RLW_06 = (
        "rule.SCH-RLW-06",
        "programme, mark, number, document or place of use are not those of the lists",
        "use the codes of the lists, and mark and number of the programme",
    )


class ImplementationRule(NamedTuple):
    """The rule that the product was certified by."""

    number: str
    version: str
    effective: date
    titles: tuple[LocalName, ...]


class TrialUse(NamedTuple):
    """The bounds of a trial."""

    until: date
    quantity: Measure | None
    places: tuple[LocalName, ...]


class OperationalAssessment(NamedTuple):
    """What was learnt in operation, over which days and kilometres."""

    places: tuple[LocalName, ...]
    start: date
    end: date
    mileage: Measure | None
    is_passed: bool


class BatchTest(NamedTuple):
    """A test of one batch."""

    batch: str
    size: int
    sample_size: int
    laboratory: Identifier
    report_number: str
    day: date
    is_passed: bool


class Factory(NamedTuple):
    """A factory with its code in the certificate."""

    party: Party
    code: str
    last_inspection: date | None


@dataclass(frozen=True, slots=True)
class RailwayParticulars(Particulars):
    """What a certificate of a railway product says beyond the attestation."""

    programme: CodedValue
    kind: str
    trial_use: TrialUse | None
    catalogue_item: CodedValue
    units: tuple[LocalName, ...]
    rule: ImplementationRule
    documents: tuple[CodedValue, ...]
    """The kinds of the drawings and technical conditions."""
    uses: tuple[tuple[str, CodedValue], ...]
    """Line types and rolling stock, each with the name of its element."""
    safety_level: str | None
    assessments: tuple[OperationalAssessment, ...]
    batch_tests: tuple[BatchTest, ...]
    factories: tuple[Factory, ...]

    @property
    def is_trial(self) -> bool:
        """Whether the certificate is for trial use."""
        return self.kind == TRIAL_USE

    def parties(self) -> Iterator[tuple[str, Party]]:
        """Yield the factories."""
        for number, factory in enumerate(self.factories, 1):
            yield f"{_PATH}/Factory[{number}]", factory.party

    def names_factory(self) -> bool:
        """Say yes: the schema wants a factory."""
        return True

    def codes(self) -> Iterator[tuple[str, CodedValue]]:
        """Yield the item of the catalogue."""
        yield f"{_PATH}/CatalogueItem", self.catalogue_item

    def tests(self) -> Iterator[tuple[str, Identifier, date]]:
        """Yield the tests of batches."""
        for number, test in enumerate(self.batch_tests, 1):
            yield f"{_PATH}/BatchTest[{number}]", test.laboratory, test.day

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield unit, title of the rule, and the places of trial and assessment."""
        if self.trial_use is not None:
            yield f"{_PATH}/TrialUse/Place", self.trial_use.places
        yield f"{_PATH}/CertificationUnit", self.units
        yield f"{_PATH}/ImplementationRule/Title", self.rule.titles
        for number, one in enumerate(self.assessments, 1):
            yield f"{_PATH}/OperationalAssessment[{number}]/Place", one.places


def _read(cursor: Cursor, tag: str) -> RailwayParticulars:
    cursor.enter("RailwayParticulars")
    return RailwayParticulars(
        tag,
        cursor.code("Programme"),
        cursor.word("CertificateKind"),
        _trial_use(cursor) if cursor.sees("TrialUse") else None,
        cursor.code("CatalogueItem"),
        cursor.local_names("CertificationUnit"),
        _rule(cursor),
        every(cursor, "Drawing", _document),
        tuple(_uses(cursor)),
        _safety_level(cursor) if cursor.sees("SafetyIntegrity") else None,
        every(cursor, "OperationalAssessment", _assessment),
        every(cursor, "BatchTest", _batch_test),
        tuple(_factories(cursor)),
    )


def _trial_use(cursor: Cursor) -> TrialUse:
    cursor.enter("TrialUse")
    return TrialUse(
        cursor.day("Until"), cursor.optional_measure("Quantity"), cursor.local_names("Place")
    )


def _rule(cursor: Cursor) -> ImplementationRule:
    cursor.enter("ImplementationRule")
    return ImplementationRule(
        cursor.word("Number"),
        cursor.word("Version"),
        cursor.day("EffectiveDate"),
        cursor.local_names("Title"),
    )


def _document(cursor: Cursor) -> CodedValue:
    kind = cursor.code("Kind")
    cursor.word("Number")
    cursor.word("Version")
    return kind


def _uses(cursor: Cursor) -> Iterator[tuple[str, CodedValue]]:
    while cursor.sees("LineType") or cursor.sees("RollingStock"):
        name = cursor.name()
        yield name, cursor.code(name)


def _safety_level(cursor: Cursor) -> str:
    cursor.enter("SafetyIntegrity")
    level = cursor.word("Level")
    cursor.word("Standard")
    cursor.word("Edition")
    cursor.word("Assessor")
    return level


def _assessment(cursor: Cursor) -> OperationalAssessment:
    return OperationalAssessment(
        cursor.local_names("Place"),
        cursor.day("From"),
        cursor.day("To"),
        cursor.optional_measure("Mileage"),
        cursor.flag("Passed"),
    )


def _batch_test(cursor: Cursor) -> BatchTest:
    return BatchTest(
        cursor.word("Batch"),
        cursor.count("BatchSize"),
        cursor.count("SampleSize"),
        cursor.identifier("Laboratory"),
        cursor.word("ReportNumber"),
        cursor.day("Date"),
        cursor.flag("Passed"),
    )


def _factories(cursor: Cursor) -> Iterator[Factory]:
    while cursor.sees("Factory"):
        yield Factory(
            party(cursor, "Factory"),
            cursor.word("FactoryCode"),
            cursor.optional_day("LastInspection"),
        )


def rule_and_item_were_in_force(case: AttestationCase) -> Iterator[Finding]:
    """The item of the catalogue and the rule were in force on the decision date.

    Number, version and effective date of the rule are required by the schema; it is one of the
    rule documents of the scheme. A group of the catalogue is no item.

    Source: SCH-RLW-01; the rules of CRCC, such as CRCC-06W-057:2012 V1.3.
    """
    said = case.document.particulars
    code = RailwayRuleCode.SCH_RLW_01
    if not isinstance(said, RailwayParticulars):
        return
    item, path = said.catalogue_item, f"{_PATH}/CatalogueItem"
    yield from outside_list(case, CATALOGUE, item, code, path)
    if len(item.value) <= GROUP_DIGITS:
        yield fault(code, path, "an item and not a group", quoted(item.value))
    rule, decided = said.rule, case.document.decision.decision_date
    if rule.effective > decided:
        path = f"{_PATH}/ImplementationRule/EffectiveDate"
        yield fault(code, path, f"{decided} or earlier", f"{rule.effective}")
    if (rule.number, rule.version, rule.effective) not in case.document.scheme.rule_documents:
        wanted = f"{quoted(rule.number)} {quoted(rule.version)} of {rule.effective}"
        found = ", ".join(quoted(one.number) for one in case.document.scheme.rule_documents[:3])
        yield fault(code, "/Attestation/Scheme/RuleDocument", wanted, found or "none")


def trial_use_is_marked(case: AttestationCase) -> Iterator[Finding]:
    """A certificate for trial use is marked, bounded, and never offered for recognition.

    Its mark is that of trials, a number of the Chinese form has a T, its validity ends at most two
    years on, the trial ends with it, and it claims neither an arrangement nor the level that
    rests on one. A formal certificate has no bounds of a trial.

    Source: SCH-RLW-02; the bound of two years is this project's own.
    """
    said = case.document.particulars
    code = RailwayRuleCode.SCH_RLW_02
    if not isinstance(said, RailwayParticulars):
        return
    marks = [mark.code for mark in case.document.marks]
    parts = _parts_of_number(case)
    if parts is not None and (parts["trial"] is not None) is not said.is_trial:
        expected = "a T in the number" if said.is_trial else "no T in the number"
        yield fault(code, _NUMBER, expected, quoted(case.document.certificate_number))
    if not said.is_trial:
        if said.trial_use is not None:
            yield fault(code, f"{_PATH}/TrialUse", "no bounds of a trial", "those of one")
        if TRIAL_MARK in marks:
            yield fault(code, "/Attestation/Mark", "the mark of the programme", TRIAL_MARK)
        return
    if marks != [TRIAL_MARK]:
        found = ", ".join(map(quoted, marks[:3])) or "none"
        yield fault(code, "/Attestation/Mark", f"the mark {TRIAL_MARK} and no other", found)
    yield from _offered(case)
    yield from _unbounded(case, said.trial_use)


def _parts_of_number(case: AttestationCase) -> Mapping[str, str | None] | None:
    """Return what a number of the form that binds the body says, or None for another one."""
    form = None if case.scheme is None else case.scheme.number_form(case.body.economy)
    match = None if form is None else re.fullmatch(form, case.document.certificate_number)
    return None if match is None else match.groupdict()


def _offered(case: AttestationCase) -> Iterator[Finding]:
    """Yield what offers a certificate for recognition."""
    code = RailwayRuleCode.SCH_RLW_02
    if case.document.assessment_level == OFFERED_LEVEL:
        path = "/Attestation/AssessmentLevel"
        yield fault(code, path, "a level that rests on no arrangement", OFFERED_LEVEL)
    for number, one in enumerate(case.document.authorisations, 1):
        if one.arrangements:
            path = f"/Attestation/Authorisation[{number}]/ArrangementID"
            yield fault(code, path, "no arrangement", quoted(one.arrangements[0]))


def _unbounded(case: AttestationCase, trial: TrialUse | None) -> Iterator[Finding]:
    """Yield where a certificate goes on longer than a trial."""
    code = RailwayRuleCode.SCH_RLW_02
    first, last = case.document.validity.effective_date, case.document.validity.expiry_date
    latest = add_years(first, TRIAL_YEARS)
    if last is not None and last > latest:
        path = "/Attestation/Validity/ExpiryDate"
        yield fault(code, path, f"{latest} or earlier", f"{last}")
    if trial is None:
        yield fault(code, f"{_PATH}/TrialUse", "the bounds of the trial", "none")
    elif last is not None and not first <= trial.until <= last:
        yield fault(
            code, f"{_PATH}/TrialUse/Until", f"a day from {first} to {last}", f"{trial.until}"
        )


def safety_level_is_enough(case: AttestationCase) -> Iterator[Finding]:
    """The safety integrity level is at least the one that the item of the catalogue needs.

    Source: SCH-RLW-03; a rule of this project after EN 50129.
    """
    said = case.document.particulars
    if not isinstance(said, RailwayParticulars):
        return
    day = case.document.decision.decision_date
    item = case.code_lists.item(CATALOGUE, said.catalogue_item.value, day)
    needed = None if item is None else item.facts.get("sil")
    if needed is None:
        return
    found = said.safety_level
    if found is None or LEVELS.index(found) < LEVELS.index(needed):
        path = f"{_PATH}/SafetyIntegrity/Level"
        yield fault(RailwayRuleCode.SCH_RLW_03, path, f"{needed} or higher", found or "none")


def operation_was_assessed(case: AttestationCase) -> Iterator[Finding]:
    """A formal certificate rests on operation where the item needs it, passed before the decision.

    Source: SCH-RLW-04; documents and rules, section 9: "operational assessment mileage/months".
    """
    said = case.document.particulars
    code = RailwayRuleCode.SCH_RLW_04
    if not isinstance(said, RailwayParticulars):
        return
    decided = case.document.decision.decision_date
    item = case.code_lists.item(CATALOGUE, said.catalogue_item.value, decided)
    is_needed = item is not None and item.facts.get("operation") == "yes"
    if is_needed and not said.is_trial and not said.assessments:
        yield fault(code, f"{_PATH}/OperationalAssessment", "an assessment in operation", "none")
    for number, one in enumerate(said.assessments, 1):
        path = f"{_PATH}/OperationalAssessment[{number}]"
        if not one.is_passed:
            yield fault(code, f"{path}/Passed", "true", "false")
        if not one.start <= one.end <= decided:
            yield fault(code, f"{path}/To", f"a day from {one.start} to {decided}", f"{one.end}")
        mileage = one.mileage
        if mileage is not None and (mileage.unit != "KMT" or mileage.amount <= 0):
            found = f"{mileage.amount} {quoted(mileage.unit)}"
            yield fault(code, f"{path}/Mileage", "kilometres (KMT) above 0", found)


def batches_were_tested(case: AttestationCase) -> Iterator[Finding]:
    """Each batch was tested before the decision and passed, on samples within it.

    That its laboratory was accredited is rule ASM-04.

    Source: SCH-RLW-05; documents and rules, section 9: "batch quality assurance tests".
    """
    said = case.document.particulars
    code = RailwayRuleCode.SCH_RLW_05
    if not isinstance(said, RailwayParticulars):
        return
    decided = case.document.decision.decision_date
    for number, one in enumerate(said.batch_tests, 1):
        path = f"{_PATH}/BatchTest[{number}]"
        if not one.is_passed:
            yield fault(code, f"{path}/Passed", "true", "false")
        if one.sample_size > one.size:
            yield fault(code, f"{path}/SampleSize", f"{one.size} or less", f"{one.sample_size}")
        if one.day > decided:
            yield fault(code, f"{path}/Date", f"{decided} or earlier", f"{one.day}")


def codes_are_of_the_lists(case: AttestationCase) -> Iterator[Finding]:
    """Programme, documents and places of use are coded; mark and number are of the programme.

    Source: SCH-RLW-06; a rule of this project.
    """
    said = case.document.particulars
    code = RailwayRuleCode.SCH_RLW_06
    if not isinstance(said, RailwayParticulars):
        return
    yield from outside_list(case, PROGRAMMES, said.programme, code, f"{_PATH}/Programme")
    for number, kind in enumerate(said.documents, 1):
        yield from outside_list(case, DOCUMENTS, kind, code, f"{_PATH}/Drawing[{number}]/Kind")
    for name, use in said.uses:
        list_id = LINES if name == "LineType" else STOCK
        yield from outside_list(case, list_id, use, code, f"{_PATH}/{name}")
    for number, mark in enumerate(case.document.marks, 1):
        if mark.code in {"CRCC", "CURC"} and mark.code != said.programme.value:
            path = f"/Attestation/Mark[{number}]/Code"
            yield fault(code, path, quoted(said.programme.value), mark.code)
    parts = _parts_of_number(case)
    if parts is not None and parts["programme"] != said.programme.value:
        found = quoted(case.document.certificate_number)
        yield fault(code, _NUMBER, f"{quoted(said.programme.value)} in the number", found)


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:railway:1}RailwayParticulars",
    read=_read,
    rules=(
        built(
            RailwayRuleCode.SCH_RLW_01,
            rule_and_item_were_in_force,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(RailwayRuleCode.SCH_RLW_02, trial_use_is_marked, scheme=ID),
        built(RailwayRuleCode.SCH_RLW_03, safety_level_is_enough, older=Older.WARNING, scheme=ID),
        built(RailwayRuleCode.SCH_RLW_04, operation_was_assessed, older=Older.WARNING, scheme=ID),
        built(RailwayRuleCode.SCH_RLW_05, batches_were_tested, scheme=ID),
        built(RailwayRuleCode.SCH_RLW_06, codes_are_of_the_lists, older=Older.WARNING, scheme=ID),
    ),
)
