"""Same line, same standard, same quality: food and farm products for home and for export.

The name is the promise: one production line for both markets, the stricter of the two standards,
and what was measured meets it. No published rules were found, so elements, number and limits of
time are a proposal of this project; that the certificate is tied to the export registration is
what the notes say of it.

Source: `schemas/schemes/same-line/`; documents and rules, section 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from exchange.codes import Code
from exchange.core.calendar_days import add_months
from exchange.core.document.same_line import (
    MINIMUM,
    SAME_LINE,
    Limit,
    ProductOnLine,
    SameLineParticulars,
    read,
)
from exchange.core.document.values import Measure
from exchange.core.identifiers import identifier_fault
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:same-line"
UNITS: Final = "REC20"
SYSTEMS: Final = "SAME-LINE-SYSTEM"
RESULTS: Final = "SAME-LINE-INSPECTION-RESULT"
CONFORMING: Final = frozenset({"conforming", "conforming-after-correction"})
LAST_FOOD_CHAPTER: Final = 24
"""Chapters 01 to 24 of the Harmonized System are food and what it is made from."""
INSPECTED_MONTHS: Final = 24
"""Months for which an official inspection speaks; this project's own."""


class SameLineRuleCode(Code):
    """Gate 5, rules of same line, same standard, same quality."""

    SCH_3SM_01 = (
        "rule.SCH-3SM-01",
        "a product lacks line, standards or limits, or does not meet the stricter limit",
        "give lines, standards at home and abroad and limits in one unit; meet the stricter one",
    )
    SCH_3SM_02 = (
        "rule.SCH-3SM-02",
        "the export registration is not valid for this enterprise, or the product is no food",
        "name a registration of holder or manufacturer that was valid on the decision date",
    )
    SCH_3SM_03 = (
        "rule.SCH-3SM-03",
        "a production line stands at no site of the certificate, or produces nothing of it",
        "name the site of each line and only lines that produce a certified product",
    )
    SCH_3SM_04 = (
        "rule.SCH-3SM-04",
        "a standard of a product is no requirement of the certificate",
        "name every standard at home and abroad among the requirements",
    )
    SCH_3SM_05 = (
        "rule.SCH-3SM-05",
        "a food safety certificate is of another kind or had ended when it was decided",
        "name certificates of HACCP or a food safety system that were valid",
    )
    SCH_3SM_06 = (
        "rule.SCH-3SM-06",
        "the last official inspection is too old, comes later, or did not find conformity",
        "wait for an official inspection that finds conformity",
    )
    SCH_3SM_07 = (
        "rule.SCH-3SM-07",
        "a traceability code is malformed, names no platform or belongs to another product",
        "give the GTIN of the product, or a number with the platform that resolves it",
    )
    SCH_3SM_08 = (
        "rule.SCH-3SM-08",
        "the certificate outlasts the export registration that it is tied to",
        "end the certificate with the registration, or give the renewed registration",
    )
    SCH_3SM_09 = (
        "rule.SCH-3SM-09",
        "the certificate number has a year after its issue",
        "write the year of the first issue",
    )


def strictest(limit: Limit) -> Measure | None:
    """Return the strictest limit there is: the highest minimum or the lowest maximum."""
    demanded = limit.demanded()
    if not demanded:
        return None
    choose = max if limit.bound == MINIMUM else min
    return choose(demanded, key=lambda measure: measure.amount)


def _fault(case: AttestationCase, limit: Limit) -> str | None:
    """Say why a characteristic does not satisfy, or nothing."""
    bound = strictest(limit)
    if bound is None:
        return "expected a limit at home or abroad, found none"
    units = {limit.measured.unit, *(measure.unit for measure in limit.demanded())}
    day = case.document.decision.decision_date
    if len(units) > 1 or not case.code_lists.contains(UNITS, bound.unit, day):
        return "expected one unit of Recommendation 20, found " + ", ".join(
            map(quoted, sorted(units))
        )
    found = limit.measured.amount
    if limit.bound == MINIMUM and found < bound.amount:
        return f"expected {bound.amount} {bound.unit} or more, found {found}"
    if limit.bound != MINIMUM and found > bound.amount:
        return f"expected {bound.amount} {bound.unit} or less, found {found}"
    return None


def limits_are_met(case: AttestationCase) -> Iterator[Finding]:
    """Every product has lines, standards and limits, and meets the stricter of the limits.

    Line and standards of a product that is named are required by the schema. Limits are compared
    in one unit; equal to the stricter limit is enough.

    Source: SCH-3SM-01, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    rule = SameLineRuleCode.SCH_3SM_01
    count = len(case.document.object.products)
    named = {product.product_ref for product in particulars.products}
    for missing in [number for number in range(1, count + 1) if number not in named]:
        yield Finding(
            code=rule,
            path=f"{SAME_LINE}/ProductOnLine",
            message=f"expected lines, standards and limits of product {missing}, found none",
        )
    for number, product in enumerate(particulars.products, 1):
        path = f"{SAME_LINE}/ProductOnLine[{number}]"
        if product.product_ref > count:
            yield Finding(
                code=rule,
                path=f"{path}/ProductRef",
                message=f"expected a product from 1 to {count}, found {product.product_ref}",
            )
        for place, limit in enumerate(product.limits, 1):
            fault = _fault(case, limit)
            if fault is not None:
                yield Finding(code=rule, path=f"{path}/Limit[{place}]/Measured", message=fault)


def registration_covers_food(case: AttestationCase) -> Iterator[Finding]:
    """The export registration of the enterprise was valid on the decision date; goods are food.

    Source: SCH-3SM-02, this project's own; Harmonized System, chapters 01 to 24.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    rule = SameLineRuleCode.SCH_3SM_02
    day = case.document.decision.decision_date
    one = particulars.registration
    path = f"{SAME_LINE}/ExportRegistration"
    if not one.valid_from <= day <= one.valid_to:
        yield Finding(
            code=rule,
            path=f"{path}/ValidTo",
            message=f"expected a period with {day}, found {one.valid_from} to {one.valid_to}",
        )
    enterprises = {
        (identifier.scheme, identifier.value)
        for party in (case.document.holder, *case.document.manufacturers)
        for identifier in party.ids
    }
    if (one.enterprise.scheme, one.enterprise.value) not in enterprises:
        yield Finding(
            code=rule,
            path=f"{path}/Enterprise",
            message=f"expected holder or manufacturer, found {quoted(one.enterprise.value)}",
        )
    for number, product in enumerate(case.document.object.products, 1):
        codes = [code.value for code in product.commodity_codes if code.list_id == "HS"]
        if not codes or any(not _is_food(code) for code in codes):
            yield Finding(
                code=rule,
                path=f"/Attestation/Object/Product[{number}]/CommodityCode",
                message=f"expected codes of chapters 01 to {LAST_FOOD_CHAPTER}, "
                f"found {', '.join(map(quoted, codes[:5])) or 'none'}",
            )


def _is_food(code: str) -> bool:
    chapter = code[:2]
    return chapter.isascii() and chapter.isdigit() and 1 <= int(chapter) <= LAST_FOOD_CHAPTER


def lines_stand_and_produce(case: AttestationCase) -> Iterator[Finding]:
    """Every production line stands at a site of the certificate and produces one of its products.

    Source: SCH-3SM-03, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    sites = {site.site_id for site in case.document.sites}
    used = {line for product in particulars.products for line in product.line_refs}
    for number, line in enumerate(particulars.lines, 1):
        for name, found, allowed, words in (
            ("SiteRef", line.site_ref, sites, "a site of the certificate"),
            ("LineID", line.line_id, used, "a line that a product names"),
        ):
            if found not in allowed:
                yield Finding(
                    code=SameLineRuleCode.SCH_3SM_03,
                    path=f"{SAME_LINE}/ProductionLine[{number}]/{name}",
                    message=f"expected {words}, found {quoted(found)}",
                )


def _standards(product: ProductOnLine) -> Iterator[tuple[str, str, str]]:
    for place, (number, edition) in enumerate(product.domestic_standards, 1):
        yield f"DomesticStandard[{place}]", number, edition
    for place, (_, number, edition) in enumerate(product.destination_standards, 1):
        yield f"DestinationStandard[{place}]", number, edition


def standards_are_requirements(case: AttestationCase) -> Iterator[Finding]:
    """Every standard at home and abroad is a requirement of the certificate, in its edition.

    Source: SCH-3SM-04, this project's own.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    required = {(one.number, one.edition) for one in case.document.requirements}
    for number, product in enumerate(particulars.products, 1):
        for name, standard, edition in _standards(product):
            if (standard, edition) not in required:
                yield Finding(
                    code=SameLineRuleCode.SCH_3SM_04,
                    path=f"{SAME_LINE}/ProductOnLine[{number}]/{name}/Number",
                    message="expected a requirement of the certificate, "
                    f"found {quoted(standard)} {quoted(edition)}",
                )


def food_safety_is_certified(case: AttestationCase) -> Iterator[Finding]:
    """The certificates of HACCP or a food safety system were valid on the decision date.

    Source: SCH-3SM-05, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    day = case.document.decision.decision_date
    for number, system in enumerate(particulars.systems, 1):
        path = f"{SAME_LINE}/FoodSafetySystem[{number}]"
        kind = system.kind
        if kind.list_id != SYSTEMS or not case.code_lists.contains(SYSTEMS, kind.value, day):
            yield Finding(
                code=SameLineRuleCode.SCH_3SM_05,
                path=f"{path}/Kind",
                message=f"expected a code of {SYSTEMS}, found {quoted(kind.value)}",
            )
        if system.valid_to < day:
            yield Finding(
                code=SameLineRuleCode.SCH_3SM_05,
                path=f"{path}/ValidTo",
                message=f"expected {day} or later, found {system.valid_to}",
            )


def authority_found_conformity(case: AttestationCase) -> Iterator[Finding]:
    """The authority inspected within two years before the decision and found conformity.

    Source: SCH-3SM-06, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    rule = SameLineRuleCode.SCH_3SM_06
    path = f"{SAME_LINE}/LastOfficialInspection"
    day = case.document.decision.decision_date
    one = particulars.inspection
    if not one.day <= day <= add_months(one.day, INSPECTED_MONTHS):
        yield Finding(
            code=rule,
            path=f"{path}/Date",
            message=f"expected a day in the {INSPECTED_MONTHS} months before {day}, "
            f"found {one.day}",
        )
    if one.result.list_id != RESULTS or one.result.value not in CONFORMING:
        yield Finding(
            code=rule,
            path=f"{path}/Result",
            message=f"expected {' or '.join(sorted(CONFORMING))}, found {quoted(one.result.value)}",
        )


def goods_can_be_traced(case: AttestationCase) -> Iterator[Finding]:
    """Each traceability code is a GTIN of the product, or a number with its platform.

    Source: SCH-3SM-07, this project's own; GS1 General Specifications.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, SameLineParticulars):
        return
    products = case.document.object.products
    for number, product in enumerate(particulars.products, 1):
        own = {
            (one.scheme, one.value)
            for certified in products[product.product_ref - 1 : product.product_ref]
            for one in certified.ids
        }
        for place, one in enumerate(product.traceability_codes, 1):
            fault = identifier_fault(one.scheme, one.value)
            if fault is None and one.scheme == "GTIN" and ("GTIN", one.value) not in own:
                fault = "expected a GTIN of the product"
            if fault is None and one.scheme != "GTIN" and one.agency is None:
                fault = "expected the platform as schemeAgencyID"
            if fault is not None:
                yield Finding(
                    code=SameLineRuleCode.SCH_3SM_07,
                    path=f"{SAME_LINE}/ProductOnLine[{number}]/TraceabilityCode[{place}]",
                    message=f"{fault}, found {quoted(one.scheme)} {quoted(one.value)}",
                )


def certificate_ends_with_registration(case: AttestationCase) -> Iterator[Finding]:
    """The certificate does not outlast the export registration that it is tied to.

    Source: SCH-3SM-08, this project's own; documents and rules, section 9, "tied to export
    registration".
    """
    particulars = case.document.particulars
    expiry = case.document.validity.expiry_date
    if not isinstance(particulars, SameLineParticulars) or expiry is None:
        return
    end = particulars.registration.valid_to
    if expiry > end:
        yield Finding(
            code=SameLineRuleCode.SCH_3SM_08,
            path="/Attestation/Validity/ExpiryDate",
            message=f"expected {end} or earlier, found {expiry}",
        )


def number_tells_year(case: AttestationCase) -> Iterator[Finding]:
    """The year inside the certificate number is not after its issue.

    Source: SCH-3SM-09, this project's own; the number format is a proposal.
    """
    pattern = "" if case.scheme is None else case.scheme.number_pattern or ""
    number = case.document.certificate_number
    match = re.fullmatch(pattern, number)
    issued = case.document.validity.issue_date.year
    # A number of another form is the business of ATT-02.
    if match is not None and int(match.groupdict().get("year") or "0") > issued:
        yield Finding(
            code=SameLineRuleCode.SCH_3SM_09,
            path="/Attestation/CertificateNumber",
            message=f"expected a year up to {issued}, found {quoted(number)}",
        )


_Code = SameLineRuleCode
_W: Final = Severity.WARNING
_OLD: Final = Older.WARNING

SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:same-line:1}SameLineParticulars",
    read=read,
    rules=(
        built(_Code.SCH_3SM_01, limits_are_met, scheme=ID),
        built(_Code.SCH_3SM_02, registration_covers_food, scheme=ID),
        built(_Code.SCH_3SM_03, lines_stand_and_produce, scheme=ID),
        built(_Code.SCH_3SM_04, standards_are_requirements, scheme=ID),
        built(_Code.SCH_3SM_05, food_safety_is_certified, severity=_W, scheme=ID),
        built(_Code.SCH_3SM_06, authority_found_conformity, severity=_W, scheme=ID),
        built(_Code.SCH_3SM_07, goods_can_be_traced, scheme=ID),
        built(_Code.SCH_3SM_08, certificate_ends_with_registration, severity=_W, scheme=ID),
        built(_Code.SCH_3SM_09, number_tells_year, older=_OLD, scheme=ID),
    ),
)
