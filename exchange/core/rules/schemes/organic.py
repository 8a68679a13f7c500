"""Organic products under GB/T 19630, whole certificates, sub-certificates and consignments.

The number is given by the national system and kept at every recertification: code of the body,
`OP`, year, serial, and `-k` for a sub-certificate. That its form fits (ATT-02), that the code is
the body's (ISS-03) and that the parent is active (REL-01) are rules of every certificate.

Source: `schemas/schemes/organic/`; documents and rules, sections 2.16, 9 and 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from exchange.codes import Code
from exchange.core.amounts import fits, harvest, in_kilograms
from exchange.core.calendar_days import add_months, add_years
from exchange.core.document.organic import (
    ORGANIC,
    OrganicParticulars,
    Part,
    read,
)
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import Measure
from exchange.core.organic_labels import claims_organic
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:organic"
METHODS: Final = "MRHUB-PRODUCTION-METHOD"
PURE: Final = "organic"
CONVERSION: Final = "inConversion"
MARK: Final = "organic-product"
PARENT: Final = "parent"
YEARS: Final = 1
"""Longest validity, from the day of issue."""
INSPECTED_MONTHS: Final = 12
"""Months for which an inspection speaks: organic operators are inspected every year."""
CONVERSION_MONTHS: Final = 24
"""Shortest conversion of land, that for annual crops (GB/T 19630); perennials need more. It ends
before the sowing, which nobody states, so the end of the season stands for it: no product is
refused that could be organic. Of batches without a season the decision date counts."""
GROWERS: Final = frozenset({"cultivation", "wild-collection", "livestock", "aquaculture"})


class OrganicRuleCode(Code):
    """Gate 5, rules of organic products."""

    SCH_ORG_01 = (
        "rule.SCH-ORG-01",
        "the number is not an organic number of this control body and year",
        "write the code of the body, OP, the year of the first issue and five digits",
    )
    SCH_ORG_02 = (
        "rule.SCH-ORG-02",
        "an organic certificate is valid for more than one year",
        "end the certificate one year after its issue; certify again under the same number",
    )
    SCH_ORG_03 = (
        "rule.SCH-ORG-03",
        "the production method is missing or not organic, or conversion is labelled organic",
        "code the method of each product; call no product in conversion organic",
    )
    SCH_ORG_04 = (
        "rule.SCH-ORG-04",
        "the output exceeds what the area can yield",
        "state output, area and yield that agree",
    )
    SCH_ORG_05 = (
        "rule.SCH-ORG-05",
        "a sub-certificate does not belong to its certificate, or takes more than there is",
        "number it as its parent, a hyphen and 1, 2 and so on, within the output of the product",
    )
    SCH_ORG_06 = (
        "rule.SCH-ORG-06",
        "a range of organic codes is not the body's, runs backwards, is too small or is used twice",
        "give first and last code of the body and year, and no more codes than the range holds",
    )
    SCH_ORG_07 = (
        "rule.SCH-ORG-07",
        "an organic product comes from a plot that is not organic or not long enough",
        "wait for the end of the conversion, or certify the product as in conversion",
    )
    SCH_ORG_08 = (
        "rule.SCH-ORG-08",
        "what is produced is not described as its operator must: product, species, season, batch",
        "give one production for each product, its species where it is grown, and its batches",
    )
    SCH_ORG_09 = (
        "rule.SCH-ORG-09",
        "no inspection in the year before the decision",
        "inspect the operator on the site before the decision",
    )
    SCH_ORG_10 = (
        "rule.SCH-ORG-10",
        "a lot of the consignment is not covered by the certificate",
        "name batches of the products, within their output, and leave while it is valid",
    )
    SCH_ORG_11 = (
        "rule.SCH-ORG-11",
        "the organic standard is not among the requirements",
        "name GB/T 19630 with its edition",
    )


def _found(rule: Code, path: str, expected: str, found: object) -> Finding:
    return Finding(code=rule, path=path, message=f"expected {expected}, found {found}")


def _unlisted(
    case: AttestationCase, rule: Code, path: str, code: CodedValue, list_id: str
) -> Iterator[Finding]:
    """Yield that a code is not of its list on the decision date."""
    day = case.document.decision.decision_date
    if code.list_id != list_id or not case.code_lists.contains(list_id, code.value, day):
        yield _found(rule, path, f"a code of {list_id}", quoted(code.value))


def number_is_of_body_and_year(case: AttestationCase) -> Iterator[Finding]:
    """The number begins with the control body's code, and its year is not after the issue.

    Source: SCH-ORG-01; documents and rules, sections 2.16 and 12: code of the body, OP, year.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    pattern = "" if case.scheme is None else case.scheme.number_pattern or ""
    number = case.document.certificate_number
    match = re.fullmatch(pattern, number)
    if match is None:
        return  # A number of another form is the business of ATT-02.
    if match["cab"] != particulars.control_body_code:
        yield _found(
            OrganicRuleCode.SCH_ORG_01,
            f"{ORGANIC}/ControlBodyCode",
            f"{quoted(match['cab'])} as in the certificate number",
            quoted(particulars.control_body_code),
        )
    issued = case.document.validity.issue_date.year
    if 2000 + int(match["year"]) > issued:
        yield _found(
            OrganicRuleCode.SCH_ORG_01,
            "/Attestation/CertificateNumber",
            f"a year up to {issued % 100:02d} behind OP",
            quoted(number),
        )


def valid_for_one_year(case: AttestationCase) -> Iterator[Finding]:
    """The certificate expires one year after its issue or earlier.

    Source: SCH-ORG-02; documents and rules, section 9.
    """
    validity = case.document.validity
    latest = add_years(validity.issue_date, YEARS)
    if validity.expiry_date is not None and validity.expiry_date > latest:
        yield _found(
            OrganicRuleCode.SCH_ORG_02,
            "/Attestation/Validity/ExpiryDate",
            f"{latest} or earlier",
            validity.expiry_date,
        )


def conversion_is_never_called_organic(case: AttestationCase) -> Iterator[Finding]:
    """The method of each product is coded; one in conversion has no organic name, mark or code.

    A word that says organic is no claim where the same text says in conversion.

    Source: SCH-ORG-03; GB/T 19630, labelling.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_03
    coded = {one.product_ref for one in particulars.organic_codes}
    products = case.document.object.products
    for number, product in enumerate(products, 1):
        path = f"/Attestation/Object/Product[{number}]"
        method = product.production_method
        if method not in {PURE, CONVERSION}:
            found = "none" if method is None else quoted(method)
            yield _found(rule, f"{path}/ProductionMethod", f"{PURE} or {CONVERSION}", found)
        if method != CONVERSION:
            continue
        for label in (*(name.text for name in product.names), *product.brands):
            if claims_organic(label):
                yield _found(
                    rule, f"{path}/ProductName", "no word for organic in conversion", quoted(label)
                )
        if number in coded:
            yield _found(
                rule,
                f"{ORGANIC}/OrganicCodes",
                "no organic codes in conversion",
                f"some of product {number}",
            )
    marks = {mark.code for mark in case.document.marks}
    if MARK in marks and all(one.production_method == CONVERSION for one in products):
        yield _found(rule, "/Attestation/Mark", "no organic mark in conversion", MARK)


def output_fits_area(case: AttestationCase) -> Iterator[Finding]:
    """The output of a product does not exceed the area of its plots times the declared yield.

    Amounts whose units do not compare are not compared.

    Source: SCH-ORG-04, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    plots = particulars.plots()
    for number, one in enumerate(particulars.productions, 1):
        if one.crop is None:
            continue
        most = harvest((plots[ref].area for ref in one.plot_refs), *one.crop)
        if most is not None and fits(one.output, most) is False:
            yield _found(
                OrganicRuleCode.SCH_ORG_04,
                f"{ORGANIC}/Production[{number}]/Output",
                f"{most.amount:f} {most.unit} or less",
                f"{one.output.amount} {one.output.unit}",
            )


def sub_certificates_belong(case: AttestationCase) -> Iterator[Finding]:
    """A number with -k names its parent; those listed are numbered from it and fit its output.

    Source: SCH-ORG-05, this project's own; organic numbering. That the parent is active is
    REL-01.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_05
    number = case.document.certificate_number
    stem, hyphen, _ = number.partition("-")
    named = {one.relation for one in case.document.related}
    if (particulars.parent_number or "") != (stem if hyphen else ""):
        yield _found(
            rule,
            f"{ORGANIC}/SubCertificateOf/Number",
            quoted(stem) if hyphen else "none for a number without -k",
            quoted(particulars.parent_number or "none"),
        )
    if hyphen and PARENT not in named:
        yield _found(rule, "/Attestation/RelatedAttestation", "the parent certificate", "none")
    for place, one in enumerate(particulars.sub_certificates, 1):
        if re.fullmatch(f"{re.escape(number)}-[1-9][0-9]{{0,3}}", one.number) is None:
            yield _found(
                rule, f"{ORGANIC}/SubCertificate[{place}]/Number", f"{number}-k", quoted(one.number)
            )
    path = f"{ORGANIC}/SubCertificate"
    yield from _within_output(particulars, particulars.sub_certificates, rule, path)


def _within_output(
    particulars: OrganicParticulars, parts: tuple[Part, ...], rule: Code, path: str
) -> Iterator[Finding]:
    """Yield each product of which the parts together are more than its output."""
    outputs = {one.product_ref: one.output for one in particulars.productions}
    taken: dict[tuple[int, str], Decimal] = {}
    for part in parts:
        if part.product_ref not in outputs:
            yield _found(rule, path, "a product with its output", f"product {part.product_ref}")
            continue
        quantity = in_kilograms(part.quantity)
        key = (part.product_ref, quantity.unit)
        taken[key] = taken.get(key, Decimal(0)) + quantity.amount
    for (product_ref, unit), amount in taken.items():
        whole = outputs[product_ref]
        if fits(Measure(amount, unit), whole) is False:
            yield _found(
                rule,
                path,
                f"{whole.amount} {whole.unit} or less of product {product_ref}",
                f"{amount} {unit}",
            )


def codes_are_of_body(case: AttestationCase) -> Iterator[Finding]:
    """Ranges of organic codes begin with body and year, run forward, suffice and do not overlap.

    A body with a code of four digits writes the first three, and what a body with a letter in its
    code writes is not known: the coding rule of 2022 was not seen, so nothing more is asked.

    Source: SCH-ORG-06, this project's own; documents and rules, section 2.16: body (3), year
    (2), number (12).
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_06
    code = particulars.control_body_code
    body = code[:3] if code.isdecimal() else ""
    issued = case.document.validity.issue_date.year % 100
    for number, one in enumerate(particulars.organic_codes, 1):
        path = f"{ORGANIC}/OrganicCodes[{number}]"
        yield from _unlisted(case, rule, f"{path}/Mark", one.mark, "ORGANIC-MARK")
        if not one.first.startswith(body) or int(one.first[3:5]) > issued:
            expected = f"a code {body} of a year up to {issued:02d}"
            yield _found(rule, f"{path}/First", expected, quoted(one.first))
        if one.last < one.first or one.last[:5] != one.first[:5]:
            expected = f"{quoted(one.first)} or later of the same body and year"
            yield _found(rule, f"{path}/Last", expected, quoted(one.last))
        elif one.number_of_codes > int(one.last) - int(one.first) + 1:
            holds = int(one.last) - int(one.first) + 1
            yield _found(rule, f"{path}/NumberOfCodes", f"{holds} or less", one.number_of_codes)
    # Sorted by their first code, ranges overlap if and only if one begins before the furthest
    # end of those before it; asking every pair would take a hostile document minutes.
    furthest = ""
    ordered = sorted(enumerate(particulars.organic_codes, 1), key=lambda one: one[1].first)
    for number, one in ordered:
        if one.first <= furthest:
            path = f"{ORGANIC}/OrganicCodes[{number}]/First"
            yield _found(rule, path, f"codes behind {quoted(furthest)}", quoted(one.first))
        furthest = max(furthest, one.last)


def plots_are_long_enough_organic(case: AttestationCase) -> Iterator[Finding]:
    """An organic product comes from organic plots whose conversion took two years at least.

    Source: SCH-ORG-07, this project's own; GB/T 19630, conversion periods.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_07
    products = case.document.object.products
    plots = particulars.plots()
    for number, base in enumerate(particulars.bases, 1):
        for place, plot in enumerate(base.plots, 1):
            path = f"{ORGANIC}/Base[{number}]/Plot[{place}]/ProductionMethod"
            yield from _unlisted(case, rule, path, plot.production_method, METHODS)
    for number, one in enumerate(particulars.productions, 1):
        product = next(iter(products[one.product_ref - 1 : one.product_ref]), None)
        if product is None or product.production_method != PURE:
            continue
        end = one.season[1] if one.season else case.document.decision.decision_date
        for place, ref in enumerate(one.plot_refs, 1):
            plot = plots[ref]
            ready = add_months(plot.conversion_start, CONVERSION_MONTHS)
            if plot.production_method.value != PURE or ready > end:
                yield _found(
                    rule,
                    f"{ORGANIC}/Production[{number}]/PlotRef[{place}]",
                    f"an organic plot in conversion {CONVERSION_MONTHS} months before {end}",
                    f"{quoted(ref)} {plot.production_method.value} since {plot.conversion_start}",
                )


def production_is_described(case: AttestationCase) -> Iterator[Finding]:
    """Each product has its production: its species where it is grown, a season or its batches.

    Source: SCH-ORG-08, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_08
    for place, kind in enumerate(particulars.operator_types, 1):
        path = f"{ORGANIC}/OperatorType[{place}]"
        yield from _unlisted(case, rule, path, kind, "ORGANIC-OPERATOR")
    products = case.document.object.products
    described = {one.product_ref for one in particulars.productions}
    for number in set(range(1, len(products) + 1)) ^ described:
        path = f"{ORGANIC}/Production/ProductRef"
        yield _found(rule, path, "one production for each product", f"product {number} alone")
    grows = not GROWERS.isdisjoint(code.value for code in particulars.operator_types)
    for number, one in enumerate(particulars.productions, 1):
        path = f"{ORGANIC}/Production[{number}]"
        if grows and not one.scientific_names:
            yield _found(rule, f"{path}/ScientificName", "the species", "none")
        if one.season and one.season[0] > one.season[1]:
            yield _found(rule, f"{path}/Season/To", f"{one.season[0]} or later", one.season[1])
        product = next(iter(products[one.product_ref - 1 : one.product_ref]), None)
        if product is not None and not set(one.batch_ids) <= set(product.batch_ids):
            found = ", ".join(map(quoted, one.batch_ids[:5]))
            yield _found(rule, f"{path}/BatchID", "batches of the product", found)


def operator_was_inspected(case: AttestationCase) -> Iterator[Finding]:
    """An inspection took place in the year before the decision, and none after it.

    Source: SCH-ORG-09, this project's own; documents and rules, section 9.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars):
        return
    rule = OrganicRuleCode.SCH_ORG_09
    day = case.document.decision.decision_date
    for number, one in enumerate(particulars.inspections, 1):
        path = f"{ORGANIC}/Inspection[{number}]/Kind"
        yield from _unlisted(case, rule, path, one.kind, "ORGANIC-INSPECTION")
    latest = max(one.day for one in particulars.inspections)
    if not latest <= day <= add_months(latest, INSPECTED_MONTHS):
        expected = f"a day in the {INSPECTED_MONTHS} months before {day}"
        yield _found(rule, f"{ORGANIC}/Inspection/Date", expected, latest)


def consignment_is_covered(case: AttestationCase) -> Iterator[Finding]:
    """Every lot of a consignment is a batch of its product, and it leaves while it is certified.

    Source: SCH-ORG-10, this project's own; UN/CEFACT SPSCertificate, consignment.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, OrganicParticulars) or particulars.consignment is None:
        return
    rule = OrganicRuleCode.SCH_ORG_10
    one = particulars.consignment
    path = f"{ORGANIC}/Consignment"
    validity = case.document.validity
    last = validity.expiry_date or one.departure
    if not validity.effective_date <= one.departure <= last:
        expected = f"a day from {validity.effective_date} to {last}"
        yield _found(rule, f"{path}/Departure", expected, one.departure)
    certified = {
        (number, batch)
        for number, product in enumerate(case.document.object.products, 1)
        for batch in product.batch_ids
    }
    for place, lot in enumerate(one.lots, 1):
        if (lot.product_ref, lot.number) not in certified:
            found = quoted(lot.number)
            yield _found(rule, f"{path}/Lot[{place}]/BatchID", "a batch of the product", found)
    yield from _within_output(particulars, one.lots, rule, f"{path}/Lot")


def standard_is_organic(case: AttestationCase) -> Iterator[Finding]:
    """A requirement is the organic standard of the scheme.

    Source: SCH-ORG-11, this project's own; documents and rules, section 9: GB/T 19630.
    """
    scheme = case.scheme
    requirements = case.document.requirements
    if scheme is not None and not any(scheme.certifies(one.number) for one in requirements):
        yield _found(
            OrganicRuleCode.SCH_ORG_11,
            "/Attestation/Requirement/Number",
            " or ".join(sorted(scheme.standards)),
            ", ".join(quoted(one.number) for one in requirements[:3]),
        )


_Code = OrganicRuleCode
_W: Final = Severity.WARNING
_OLD: Final = Older.WARNING

SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:organic:1}OrganicParticulars",
    read=read,
    rules=(
        built(_Code.SCH_ORG_01, number_is_of_body_and_year, older=_OLD, scheme=ID),
        built(_Code.SCH_ORG_02, valid_for_one_year, older=_OLD, scheme=ID),
        built(_Code.SCH_ORG_03, conversion_is_never_called_organic, scheme=ID),
        built(_Code.SCH_ORG_04, output_fits_area, severity=_W, scheme=ID),
        built(_Code.SCH_ORG_05, sub_certificates_belong, scheme=ID),
        built(_Code.SCH_ORG_06, codes_are_of_body, scheme=ID),
        built(_Code.SCH_ORG_07, plots_are_long_enough_organic, scheme=ID),
        built(_Code.SCH_ORG_08, production_is_described, scheme=ID),
        built(_Code.SCH_ORG_09, operator_was_inspected, scheme=ID),
        built(_Code.SCH_ORG_10, consignment_is_covered, scheme=ID),
        built(_Code.SCH_ORG_11, standard_is_organic, scheme=ID),
    ),
)
