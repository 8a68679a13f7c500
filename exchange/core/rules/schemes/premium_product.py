"""Premium product certification: toilet seats, rice cookers, air purifiers and toys.

No published rules of this scheme were found, so its elements, its number and its limits are a
proposal of this project. What it is about stands behind every rule: a premium product is measured
against a standard stricter than everybody's, says so in public, and stays what was measured.

Source: `schemas/schemes/premium-product/`; documents and rules, section 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.calendar_days import add_months
from exchange.core.document.premium_product import (
    PREMIUM_PRODUCT,
    PremiumProductParticulars,
    read,
)
from exchange.core.document.values import Code as CodedValue
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:premium-product"
UNITS: Final = "REC20"
AHEAD: Final = frozenset({"stricter", "additional"})
"""Results of a comparison by which a standard is ahead of the other; of PREMIUM-COMPARISON."""
BEHIND: Final = "below"
MAX_INTERVAL_MONTHS: Final = 12
"""Longest time between two checks of consistency; this project's own, a year of surveillance."""
STEM: Final = 6
"""Digits of a commodity code that are the same in every economy."""


class Category(NamedTuple):
    """How a product group shows in a certificate."""

    letters: str
    """In the certificate number."""
    commodities: frozenset[str]
    """Its subheadings of the Harmonized System."""


CATEGORIES: Final[Mapping[str, Category]] = MappingProxyType(
    {
        "toilet-seat": Category("TS", frozenset({"392220", "851679", "854370"})),
        "rice-cooker": Category("RC", frozenset({"851660"})),
        "air-purifier": Category("AP", frozenset({"842139"})),
        "toy": Category("TY", frozenset({"950300"})),
    }
)
"""The product groups of PREMIUM-CATEGORY."""

LEVELS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {"leading": Fraction(1), "excellent": Fraction(1, 2), "advanced": Fraction(0)}
)
"""For each of PREMIUM-LEVEL: the share of indicators measured better than their benchmark."""


class PremiumProductRuleCode(Code):
    """Gate 5, rules of premium product certification."""

    SCH_PRM_01 = (
        "rule.SCH-PRM-01",
        "a key indicator has no comparable values, or measured less than was declared",
        "give declared, measured and benchmark value in one unit; declare what was measured",
    )
    SCH_PRM_02 = (
        "rule.SCH-PRM-02",
        "the declared value of a key indicator does not reach its benchmark",
        "declare at least the benchmark, or do not certify the product as premium",
    )
    SCH_PRM_03 = (
        "rule.SCH-PRM-03",
        "a standard is not ahead of those it was compared with, or is no requirement",
        "name an advanced standard among the requirements and show where it is stricter",
    )
    SCH_PRM_04 = (
        "rule.SCH-PRM-04",
        "the evaluation level is not reached by the key indicators",
        "give the level that the measured values support",
    )
    SCH_PRM_05 = (
        "rule.SCH-PRM-05",
        "the sampling plan contradicts itself, the certificate, or was not passed",
        "give lot, sample, limits and models of the sampling that the tests rest on",
    )
    SCH_PRM_06 = (
        "rule.SCH-PRM-06",
        "the consistency of production is not controlled, or was not checked in time",
        "check consistency at least yearly and before the decision",
    )
    SCH_PRM_07 = (
        "rule.SCH-PRM-07",
        "category, certificate number and commodity codes do not belong together",
        "use the letters and the commodity codes of the category, and a year up to the issue",
    )
    SCH_PRM_08 = (
        "rule.SCH-PRM-08",
        "the public claim is missing in a language of the certificate",
        "give the words of the claim in every language of the header",
    )
    SCH_PRM_09 = (
        "rule.SCH-PRM-09",
        "a key indicator was measured in a report that the certificate does not name",
        "name the test report among the assessments",
    )


def _unlisted(
    case: AttestationCase, rule: Code, path: str, code: CodedValue, list_id: str
) -> Iterator[Finding]:
    """Yield that a code is not of its list on the decision date."""
    day = case.document.decision.decision_date
    if code.list_id != list_id or not case.code_lists.contains(list_id, code.value, day):
        yield Finding(
            code=rule,
            path=path,
            message=f"expected a code of {list_id}, "
            f"found {quoted(code.list_id)} {quoted(code.value)}",
        )


def indicators_were_met(case: AttestationCase) -> Iterator[Finding]:
    """Every key indicator has three values in one unit, and measured meets declared.

    That all three are there, each with a unit, is required by the schema.

    Source: SCH-PRM-01, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    day = case.document.decision.decision_date
    for number, one in enumerate(particulars.key_indicators, 1):
        path = f"{PREMIUM_PRODUCT}/KeyIndicator[{number}]"
        unit = one.declared.unit
        units = {unit, one.measured.unit, one.benchmark.unit}
        if len(units) > 1 or not case.code_lists.contains(UNITS, unit, day):
            yield Finding(
                code=PremiumProductRuleCode.SCH_PRM_01,
                path=f"{path}/Declared",
                message="expected one unit of Recommendation 20 for the three values, "
                f"found {', '.join(map(quoted, sorted(units)))}",
            )
        elif not one.reaches(one.measured, one.declared):
            yield Finding(
                code=PremiumProductRuleCode.SCH_PRM_01,
                path=f"{path}/Measured",
                message=f"expected {one.declared.amount} {unit} or {one.better}, "
                f"found {one.measured.amount}",
            )


def declared_reaches_benchmark(case: AttestationCase) -> Iterator[Finding]:
    """What is declared for a key indicator is at least its benchmark.

    Source: SCH-PRM-02, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    for number, one in enumerate(particulars.key_indicators, 1):
        if one.declared.unit == one.benchmark.unit and not one.reaches(one.declared, one.benchmark):
            yield Finding(
                code=PremiumProductRuleCode.SCH_PRM_02,
                path=f"{PREMIUM_PRODUCT}/KeyIndicator[{number}]/Declared",
                message=f"expected {one.benchmark.amount} {one.benchmark.unit} or {one.better}, "
                f"found {one.declared.amount}",
            )


def standards_are_ahead(case: AttestationCase) -> Iterator[Finding]:
    """Each advanced standard is a requirement, ahead of one it was compared with, behind none.

    One of them at least is a standard that the scheme certifies against.

    Source: SCH-PRM-03, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    rule = PremiumProductRuleCode.SCH_PRM_03
    required = {(one.number, one.edition) for one in case.document.requirements}
    for number, standard in enumerate(particulars.advanced_standards, 1):
        path = f"{PREMIUM_PRODUCT}/AdvancedStandard[{number}]"
        if (standard.number, standard.edition) not in required:
            yield Finding(
                code=rule,
                path=f"{path}/Number",
                message="expected a requirement of the certificate with this edition, "
                f"found {quoted(standard.number)} {quoted(standard.edition)}",
            )
        for place, one in enumerate(standard.comparisons, 1):
            at = f"{path}/ComparedWith[{place}]"
            yield from _unlisted(case, rule, f"{at}/Level", one.level, "PREMIUM-REFERENCE")
            yield from _unlisted(case, rule, f"{at}/Result", one.result, "PREMIUM-COMPARISON")
        results = {one.result.value for one in standard.comparisons}
        if BEHIND in results or results.isdisjoint(AHEAD):
            yield Finding(
                code=rule,
                path=f"{path}/ComparedWith",
                message=f"expected {' or '.join(sorted(AHEAD))} once and never {BEHIND}, "
                f"found {', '.join(map(quoted, sorted(results)))}",
            )
    scheme = case.scheme
    if scheme is not None and not any(
        scheme.certifies(one.number) for one in particulars.advanced_standards
    ):
        yield Finding(
            code=rule,
            path=f"{PREMIUM_PRODUCT}/AdvancedStandard/Number",
            message=f"expected a standard of {' or '.join(scheme.standard_prefixes)}, found "
            + ", ".join(quoted(one.number) for one in particulars.advanced_standards[:3]),
        )


def level_is_reached(case: AttestationCase) -> Iterator[Finding]:
    """The evaluation level was given by the decision date and the indicators support it.

    Source: SCH-PRM-04, this project's own; the list PREMIUM-LEVEL.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    rule = PremiumProductRuleCode.SCH_PRM_04
    path = f"{PREMIUM_PRODUCT}/Evaluation"
    day = case.document.decision.decision_date
    if particulars.evaluated_on > day:
        yield Finding(
            code=rule,
            path=f"{path}/EvaluatedOn",
            message=f"expected {day} or earlier, found {particulars.evaluated_on}",
        )
    yield from _unlisted(case, rule, f"{path}/Level", particulars.level, "PREMIUM-LEVEL")
    needed = LEVELS.get(particulars.level.value)
    indicators = particulars.key_indicators
    better = sum(not one.reaches(one.benchmark, one.measured) for one in indicators)
    if needed is not None and Fraction(better, len(indicators)) < needed:
        yield Finding(
            code=rule,
            path=f"{path}/Level",
            message=f"expected {needed} of the key indicators better than their benchmark for "
            f"{particulars.level.value}, found {better} of {len(indicators)}",
        )


def sampling_was_passed(case: AttestationCase) -> Iterator[Finding]:
    """The sample was taken from the lot and the models before the tests, and was accepted.

    Source: SCH-PRM-05, this project's own; ISO 2859-1 (GB/T 2828.1), acceptance and rejection
    numbers.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    rule = PremiumProductRuleCode.SCH_PRM_05
    plan = particulars.sampling_plan
    path = f"{PREMIUM_PRODUCT}/SamplingPlan"
    yield from _unlisted(case, rule, f"{path}/Place", plan.place, "PREMIUM-SAMPLING-PLACE")
    ends = [one.period_end for one in case.document.assessments if one.activity == "typeTest"]
    models = {model for product in case.document.object.products for model in product.models}
    decided = case.document.decision.decision_date
    for name, holds, expected, found in (
        ("SampledOn", plan.sampled_on <= min(ends, default=decided), "a day before the tests end",
         str(plan.sampled_on)),
        ("Model", models.issuperset(plan.models), "models of the certificate",
         ", ".join(map(quoted, plan.models[:5]))),
        ("SampleSize", plan.sample_size <= plan.lot_size, f"{plan.lot_size} or less",
         str(plan.sample_size)),
        ("RejectionNumber", plan.rejection_number > plan.acceptance_number,
         f"more than {plan.acceptance_number}", str(plan.rejection_number)),
        ("Nonconforming", plan.nonconforming <= plan.acceptance_number,
         f"{plan.acceptance_number} or less", str(plan.nonconforming)),
    ):  # fmt: skip
        if not holds:
            yield Finding(
                code=rule, path=f"{path}/{name}", message=f"expected {expected}, found {found}"
            )


def production_stays_consistent(case: AttestationCase) -> Iterator[Finding]:
    """Consistency was checked in the interval before the decision, which is a year at most.

    Source: SCH-PRM-06, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    rule = PremiumProductRuleCode.SCH_PRM_06
    control = particulars.consistency_control
    path = f"{PREMIUM_PRODUCT}/ConsistencyControl"
    day = case.document.decision.decision_date
    for number, item in enumerate(control.critical_items, 1):
        at = f"{path}/CriticalItem[{number}]/Control"
        yield from _unlisted(case, rule, at, item.control, "PREMIUM-CONTROL")
    if control.interval_months > MAX_INTERVAL_MONTHS:
        yield Finding(
            code=rule,
            path=f"{path}/IntervalMonths",
            message=f"expected {MAX_INTERVAL_MONTHS} or less, found {control.interval_months}",
        )
    if not control.checked_on <= day <= add_months(control.checked_on, control.interval_months):
        yield Finding(
            code=rule,
            path=f"{path}/CheckedOn",
            message=f"expected a day in the {control.interval_months} months before {day}, "
            f"found {control.checked_on}",
        )


def category_fits(case: AttestationCase) -> Iterator[Finding]:
    """Number and commodity codes are those of the category, the year is not after the issue.

    Source: SCH-PRM-07, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    rule = PremiumProductRuleCode.SCH_PRM_07
    yield from _unlisted(
        case, rule, f"{PREMIUM_PRODUCT}/Category", particulars.category, "PREMIUM-CATEGORY"
    )
    category = CATEGORIES.get(particulars.category.value)
    if category is None:
        return
    pattern = "" if case.scheme is None else case.scheme.number_pattern or ""
    match = re.fullmatch(pattern, case.document.certificate_number)
    parts = {} if match is None else match.groupdict()
    issued = case.document.validity.issue_date.year
    # A number of another form is the business of ATT-02.
    if parts and (parts["category"] != category.letters or int(parts["year"]) > issued):
        yield Finding(
            code=rule,
            path="/Attestation/CertificateNumber",
            message=f"expected a year up to {issued} and the letters {category.letters}, "
            f"found {quoted(case.document.certificate_number)}",
        )
    for number, product in enumerate(case.document.object.products, 1):
        stems = {code.value[:STEM] for code in product.commodity_codes if code.list_id == "HS"}
        if stems.isdisjoint(category.commodities):
            yield Finding(
                code=rule,
                path=f"/Attestation/Object/Product[{number}]/CommodityCode",
                message=f"expected one of {', '.join(sorted(category.commodities))}, "
                f"found {', '.join(map(quoted, sorted(stems))) or 'none'}",
            )


def claim_speaks_every_language(case: AttestationCase) -> Iterator[Finding]:
    """The words of the public claim are given in every language of the certificate.

    Source: SCH-PRM-08, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    given = {claim.language for claim in particulars.public_claims}
    missing = [one for one in case.document.header.languages if one not in given]
    if missing:
        yield Finding(
            code=PremiumProductRuleCode.SCH_PRM_08,
            path=f"{PREMIUM_PRODUCT}/PublicClaim",
            message=f"expected the claim in {', '.join(map(quoted, missing))}, "
            f"found {', '.join(map(quoted, sorted(given)))}",
        )


def indicators_are_in_reports(case: AttestationCase) -> Iterator[Finding]:
    """The report of every key indicator is one that an assessment names.

    Source: SCH-PRM-09, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, PremiumProductParticulars):
        return
    named = {report.number for one in case.document.assessments for report in one.reports}
    for number, one in enumerate(particulars.key_indicators, 1):
        if one.report_number not in named:
            yield Finding(
                code=PremiumProductRuleCode.SCH_PRM_09,
                path=f"{PREMIUM_PRODUCT}/KeyIndicator[{number}]/ReportNumber",
                message=f"expected a report of the assessments, found {quoted(one.report_number)}",
            )


_Code = PremiumProductRuleCode
_W: Final = Severity.WARNING

SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:premium-product:1}PremiumProductParticulars",
    read=read,
    rules=(
        built(_Code.SCH_PRM_01, indicators_were_met, scheme=ID),
        built(_Code.SCH_PRM_02, declared_reaches_benchmark, scheme=ID),
        built(_Code.SCH_PRM_03, standards_are_ahead, scheme=ID),
        built(_Code.SCH_PRM_04, level_is_reached, scheme=ID),
        built(_Code.SCH_PRM_05, sampling_was_passed, scheme=ID),
        built(_Code.SCH_PRM_06, production_stays_consistent, severity=_W, scheme=ID),
        built(_Code.SCH_PRM_07, category_fits, older=Older.WARNING, scheme=ID),
        built(_Code.SCH_PRM_08, claim_speaks_every_language, severity=_W, scheme=ID),
        built(_Code.SCH_PRM_09, indicators_are_in_reports, scheme=ID),
    ),
)
