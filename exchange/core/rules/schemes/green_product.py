"""Green products and green food.

What an indicator must have is the rule of the notes (SCH-GRN-01); the other rules are this
project's own and say what makes an indicator worth reading.

Source: `schemas/schemes/green-product/`; documents and rules, section 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import (
    Limit,
    MarkLicence,
    Method,
    every,
    mark_licence,
    method,
    optional_limit,
)
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import secure_link
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import LocalName, Measure
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import built
from exchange.core.rules.object import UNITS
from exchange.core.rules.scheme_parts import beyond_limit, fault, licence_outside, outside_list
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding

ID: Final = "urn:mrhub:scheme:green-product"
PROGRAMMES: Final = "GREEN-PROGRAMME"
CATEGORIES: Final = "GREEN-CATEGORY"
BOUNDARIES: Final = "GREEN-BOUNDARY"
GREEN_FOOD: Final = "green-food"

MASSES: Final = frozenset({"MGM", "GRM", "KGM", "TNE"})
"""Units of a carbon value, which is a mass of carbon dioxide equivalent."""

NEEDED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "green-product": frozenset({"resource", "energy", "environment", "quality"}),
        GREEN_FOOD: frozenset({"environment", "quality"}),
    }
)
"""For each programme, which is the name of its mark too, the categories that need an indicator.
Source: GB/T 33761 for products; for food this project's own."""

_PATH: Final = f"{PATH}/GreenProductParticulars"


class GreenRuleCode(Code):
    """Gate 5, rules of green products and green food."""

    SCH_GRN_01 = (
        "rule.SCH-GRN-01",
        "a green indicator lacks a known unit, a category or a dated method",
        "give each indicator a unit of Recommendation 20, its category and a method with edition",
    )
    SCH_GRN_02 = (
        "rule.SCH-GRN-02",
        "a green indicator does not meet its limit",
        "certify only what meets the limits, with value and limit in the same unit",
    )
    SCH_GRN_03 = (
        "rule.SCH-GRN-03",
        "the programme is not known, or something that it judges is missing",
        "name the programme, its standard, an indicator of every category and the growing bases",
    )
    SCH_GRN_04 = (
        "rule.SCH-GRN-04",
        "the life-cycle data or the carbon value cannot be understood",
        "give a mass for a reference quantity above zero, with boundary and dated method",
    )
    SCH_GRN_05 = (
        "rule.SCH-GRN-05",
        "the licence of the mark does not fit the certificate",
        "let the licence run inside the certificate, for the mark of the programme",
    )
    SCH_GRN_06 = (
        "rule.SCH-GRN-06",
        "the output is more than the growing bases yield",
        "state the output of each period, no more than the bases yield in a year",
    )


class Indicator(NamedTuple):
    """One green indicator with its value."""

    category: CodedValue
    names: tuple[LocalName, ...]
    limit: Limit | None
    value: Measure
    uncertainty: Measure | None
    method: Method


class LifeCycle(NamedTuple):
    """The life-cycle data behind the certificate."""

    functional_units: tuple[LocalName, ...]
    boundary: CodedValue
    method: Method
    descriptions: tuple[LocalName, ...]


class Carbon(NamedTuple):
    """Carbon dioxide equivalent of one reference quantity."""

    value: Measure
    reference: Measure
    boundary: CodedValue
    method: Method


class GrowingBase(NamedTuple):
    """Where green food grows, and what it yields in a year."""

    names: tuple[LocalName, ...]
    environment: Method
    area: Measure
    annual_output: Measure


@dataclass(frozen=True, slots=True)
class GreenProductParticulars(Particulars):
    """What a green certificate says beyond the attestation."""

    programme: CodedValue
    evaluation_standard: Method
    indicators: tuple[Indicator, ...]
    life_cycle: LifeCycle | None
    carbon: Carbon | None
    growing_bases: tuple[GrowingBase, ...]
    mark_licence: MarkLicence
    outputs: tuple[Measure, ...]
    """The quantity of each period."""

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the names of indicators and bases, the functional unit, the titles of methods."""
        yield f"{_PATH}/EvaluationStandard/Title", self.evaluation_standard.titles
        for number, one in enumerate(self.indicators, 1):
            yield f"{_PATH}/Indicator[{number}]/IndicatorName", one.names
            yield f"{_PATH}/Indicator[{number}]/Method/Title", one.method.titles
        if self.life_cycle is not None:
            yield f"{_PATH}/LifeCycle/FunctionalUnit", self.life_cycle.functional_units
            yield f"{_PATH}/LifeCycle/Method/Title", self.life_cycle.method.titles
            yield f"{_PATH}/LifeCycle/Data/Description", self.life_cycle.descriptions
        if self.carbon is not None:
            yield f"{_PATH}/Carbon/Method/Title", self.carbon.method.titles
        for number, base in enumerate(self.growing_bases, 1):
            path = f"{_PATH}/GrowingBase[{number}]"
            yield f"{path}/BaseName", base.names
            yield f"{path}/EnvironmentStandard/Title", base.environment.titles


def _read(cursor: Cursor, tag: str) -> GreenProductParticulars:
    cursor.enter("GreenProductParticulars")
    return GreenProductParticulars(
        tag,
        cursor.code("Programme"),
        method(cursor, "EvaluationStandard"),
        every(cursor, "Indicator", _indicator),
        _life_cycle(cursor) if cursor.sees("LifeCycle") else None,
        _carbon(cursor) if cursor.sees("Carbon") else None,
        every(cursor, "GrowingBase", _growing_base),
        mark_licence(cursor, "MarkLicence"),
        every(cursor, "Output", _output),
    )


def _indicator(cursor: Cursor) -> Indicator:
    cursor.word("IndicatorID")
    found = Indicator(
        cursor.code("Category"),
        cursor.local_names("IndicatorName"),
        optional_limit(cursor, "Limit"),
        cursor.measure("Value"),
        cursor.optional_measure("Uncertainty"),
        method(cursor, "Method"),
    )
    cursor.optional_word("ReportNumber")
    return found


def _life_cycle(cursor: Cursor) -> LifeCycle:
    cursor.enter("LifeCycle")
    return LifeCycle(
        cursor.local_names("FunctionalUnit"),
        cursor.code("Boundary"),
        method(cursor, "Method"),
        secure_link(cursor, "Data").descriptions,
    )


def _carbon(cursor: Cursor) -> Carbon:
    cursor.enter("Carbon")
    found = Carbon(
        cursor.measure("Value"),
        cursor.measure("Reference"),
        cursor.code("Boundary"),
        method(cursor, "Method"),
    )
    cursor.optional_word("Verifier")
    return found


def _growing_base(cursor: Cursor) -> GrowingBase:
    return GrowingBase(
        cursor.local_names("BaseName"),
        method(cursor, "EnvironmentStandard"),
        cursor.measure("Area"),
        cursor.measure("AnnualOutput"),
    )


def _output(cursor: Cursor) -> Measure:
    cursor.day("PeriodStart")
    cursor.day("PeriodEnd")
    return cursor.measure("Quantity")


def indicators_can_be_read(case: AttestationCase) -> Iterator[Finding]:
    """Each green indicator has a value with a known unit, a category and a dated method.

    That value, unit and method are there at all is required by the schema.

    Source: SCH-GRN-01.
    """
    said = case.document.particulars
    code = GreenRuleCode.SCH_GRN_01
    if not isinstance(said, GreenProductParticulars):
        return
    day = case.document.decision.decision_date
    for number, one in enumerate(said.indicators, 1):
        path = f"{_PATH}/Indicator[{number}]"
        if not case.code_lists.contains(UNITS, one.value.unit, day):
            yield fault(
                code, f"{path}/Value", "a unit of Recommendation 20", quoted(one.value.unit)
            )
        yield from outside_list(case, CATEGORIES, one.category, code, f"{path}/Category")
        if one.method.edition is None:
            number_of = quoted(one.method.number)
            yield fault(code, f"{path}/Method/Edition", f"the edition of {number_of}", "none")


def indicators_meet_their_limits(case: AttestationCase) -> Iterator[Finding]:
    """Every indicator with a limit meets it, in the unit of the limit.

    Source: SCH-GRN-02; a rule of this project.
    """
    said = case.document.particulars
    code = GreenRuleCode.SCH_GRN_02
    if not isinstance(said, GreenProductParticulars):
        return
    for number, one in enumerate(said.indicators, 1):
        path = f"{_PATH}/Indicator[{number}]"
        if one.limit is not None:
            yield from beyond_limit(one.value, one.limit, code, f"{path}/Value")
        if one.uncertainty is not None and one.uncertainty.unit != one.value.unit:
            unit, found = quoted(one.value.unit), quoted(one.uncertainty.unit)
            yield fault(code, f"{path}/Uncertainty", f"the unit of the value, {unit}", found)


def programme_has_what_it_judges(case: AttestationCase) -> Iterator[Finding]:
    """The programme is known, and what it judges is here: standard, indicators, growing bases.

    Source: SCH-GRN-03; a rule of this project after GB/T 33761.
    """
    said = case.document.particulars
    code = GreenRuleCode.SCH_GRN_03
    if not isinstance(said, GreenProductParticulars):
        return
    programme = said.programme.value
    yield from outside_list(case, PROGRAMMES, said.programme, code, f"{_PATH}/Programme")
    missing = NEEDED.get(programme, frozenset()) - {one.category.value for one in said.indicators}
    if missing:
        wanted = ", ".join(sorted(missing))
        yield fault(code, f"{_PATH}/Indicator", f"an indicator of {wanted}", "none")
    if programme == GREEN_FOOD and not said.growing_bases:
        yield fault(code, f"{_PATH}/GrowingBase", "the bases where green food grows", "none")
    standard = said.evaluation_standard
    if (standard.number, standard.edition) not in [
        (one.number, one.edition) for one in case.document.requirements
    ]:
        found = f"{quoted(standard.number)} {quoted(standard.edition or 'without edition')}"
        yield fault(code, f"{_PATH}/EvaluationStandard", "a requirement of the certificate", found)


def carbon_value_has_its_frame(case: AttestationCase) -> Iterator[Finding]:
    """A carbon value is a mass for a reference quantity, inside a boundary, by a dated method.

    It may be negative: wood stores more than its making sets free.

    Source: SCH-GRN-04; a rule of this project after ISO 14067.
    """
    said = case.document.particulars
    code = GreenRuleCode.SCH_GRN_04
    if not isinstance(said, GreenProductParticulars):
        return
    carbon = said.carbon
    for name, group in (("LifeCycle", said.life_cycle), ("Carbon", carbon)):
        if group is None:
            continue
        path = f"{_PATH}/{name}"
        yield from outside_list(case, BOUNDARIES, group.boundary, code, f"{path}/Boundary")
        if group.method.edition is None:
            number_of = quoted(group.method.number)
            yield fault(code, f"{path}/Method/Edition", f"the edition of {number_of}", "none")
    if carbon is None:
        return
    if carbon.value.unit not in MASSES:
        wanted = f"a mass in {', '.join(sorted(MASSES))}"
        yield fault(code, f"{_PATH}/Carbon/Value", wanted, quoted(carbon.value.unit))
    if carbon.reference.amount <= 0:
        yield fault(
            code, f"{_PATH}/Carbon/Reference", "a quantity above 0", f"{carbon.reference.amount}"
        )


def licence_fits(case: AttestationCase) -> Iterator[Finding]:
    """The licence is for the mark of the programme and runs inside the certificate.

    Source: SCH-GRN-05; a rule of this project.
    """
    said = case.document.particulars
    if isinstance(said, GreenProductParticulars):
        code, path = GreenRuleCode.SCH_GRN_05, f"{_PATH}/MarkLicence"
        yield from licence_outside(case, said.mark_licence, said.programme.value, code, path)


def output_is_what_bases_yield(case: AttestationCase) -> Iterator[Finding]:
    """No period has more output than the growing bases yield in a year.

    Quantities in other units than those of the bases are not compared, except tonnes with
    kilograms.

    Source: SCH-GRN-06; a rule of this project.
    """
    said = case.document.particulars
    if not isinstance(said, GreenProductParticulars) or not said.growing_bases:
        return
    kilograms = {"KGM": 1, "TNE": 1000}
    measures = [base.annual_output for base in said.growing_bases]
    if any(one.unit not in kilograms for one in (*measures, *said.outputs)):
        return
    yielded = sum(one.amount * kilograms[one.unit] for one in measures)
    for number, output in enumerate(said.outputs, 1):
        if output.amount * kilograms[output.unit] > yielded:
            yield fault(
                GreenRuleCode.SCH_GRN_06,
                f"{_PATH}/Output[{number}]/Quantity",
                f"{yielded} kilograms or less, as the bases yield in a year",
                f"{output.amount} {output.unit}",
            )


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:green-product:1}GreenProductParticulars",
    read=_read,
    rules=(
        built(GreenRuleCode.SCH_GRN_01, indicators_can_be_read, scheme=ID),
        built(GreenRuleCode.SCH_GRN_02, indicators_meet_their_limits, scheme=ID),
        built(GreenRuleCode.SCH_GRN_03, programme_has_what_it_judges, scheme=ID),
        built(GreenRuleCode.SCH_GRN_04, carbon_value_has_its_frame, scheme=ID),
        built(GreenRuleCode.SCH_GRN_05, licence_fits, scheme=ID),
        built(GreenRuleCode.SCH_GRN_06, output_is_what_bases_yield, scheme=ID),
    ),
)
