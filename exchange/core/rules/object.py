"""Rules about what is certified: management systems, products and their codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Product
from exchange.core.document.values import Measure
from exchange.core.identifiers import identifier_fault
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

SECTORS: Final = "IAF-ID1"
COMMODITIES: Final = "HS"
UNITS: Final = "REC20"

MAX_COMBINATIONS: Final = 100_000
"""Combinations of brand and model that are compared; lines of more cannot be told apart."""

_COMMODITY: Final = re.compile("[0-9]{6,10}")
_STEM: Final = 6
"""Digits that are the same in every economy; those behind them are its own."""


def _path(number: int, name: str) -> str:
    return f"/Attestation/Object/Product[{number}]/{name}"


def scheme_certifies_kind(case: AttestationCase) -> Iterator[Finding]:
    """The object is of a kind that the scheme certifies.

    Source: OBJ-01; the register of schemes.
    """
    kind = case.document.object.kind
    if case.scheme is not None and kind.value not in case.scheme.object_kinds:
        yield Finding(
            code=RuleCode.OBJ_01,
            path="/Attestation/Object",
            message=f"expected {' or '.join(sorted(case.scheme.object_kinds))}, found {kind.value}",
        )


def system_has_sectors(case: AttestationCase) -> Iterator[Finding]:
    """A management system has a scope statement and at least one sector of IAF ID1, 1 to 39.

    The scope statement is required by the schema.

    Source: OBJ-02; IAF ID1.
    """
    system = case.document.object.management_system
    if system is None:
        return
    day = case.document.decision.decision_date
    sectors = [
        (number, code)
        for number, code in enumerate(system.sector_codes, 1)
        if code.list_id == SECTORS
    ]
    if not sectors:
        yield Finding(
            code=RuleCode.OBJ_02,
            path="/Attestation/Object/ManagementSystem/SectorCode",
            message=f"expected a code of {SECTORS}, found "
            + ", ".join(quoted(code.list_id) for code in system.sector_codes[:5]),
        )
    for number, code in sectors:
        if not case.code_lists.contains(SECTORS, code.value, day):
            yield Finding(
                code=RuleCode.OBJ_02,
                path=f"/Attestation/Object/ManagementSystem/SectorCode[{number}]",
                message=f"expected a sector from 1 to 39, found {quoted(code.value)}",
            )


def products_are_identified(case: AttestationCase) -> Iterator[Finding]:
    """Each product has a model, specification or series; its identifiers pass their check.

    Source: OBJ-03; Measures for the Administration of Compulsory Product Certification, art. 7;
    GS1 General Specifications.
    """
    for number, product in enumerate(case.document.object.products, 1):
        if not product.models and not product.specifications:
            yield Finding(
                code=RuleCode.OBJ_03,
                path=_path(number, "Model"),
                message="expected a model, specification or series, found none",
            )
        for identifier_number, identifier in enumerate(product.ids, 1):
            fault = identifier_fault(identifier.scheme, identifier.value)
            if fault is not None:
                yield Finding(
                    code=RuleCode.OBJ_03,
                    path=_path(number, f"ProductID[{identifier_number}]"),
                    message=f"{quoted(identifier.scheme)} {quoted(identifier.value)}: {fault}",
                )


def commodities_are_in_the_tariff(case: AttestationCase) -> Iterator[Finding]:
    """Commodity codes have 6 to 10 digits and stand in the HS edition named.

    What counts are the first 6 digits, the subheading: a chapter alone names no commodity.

    Source: OBJ-04; Harmonized System.
    """
    day = case.document.decision.decision_date
    for number, product in enumerate(case.document.object.products, 1):
        for code_number, code in enumerate(product.commodity_codes, 1):
            if code.list_id != COMMODITIES:
                continue
            known = case.code_lists.lists.get(COMMODITIES)
            edition = "" if known is None else known.version
            if _COMMODITY.fullmatch(code.value) is None:
                message = f"expected 6 to 10 digits, found {quoted(code.value)}"
            elif code.version is not None and code.version != edition:
                message = f"expected edition {edition}, found {quoted(code.version)}"
            elif not case.code_lists.contains(COMMODITIES, code.value[:_STEM], day):
                message = f"expected a subheading of edition {edition}, found {quoted(code.value)}"
            else:
                continue
            yield Finding(
                code=RuleCode.OBJ_04,
                path=_path(number, f"CommodityCode[{code_number}]"),
                message=message,
            )


def product_lines_do_not_overlap(case: AttestationCase) -> Iterator[Finding]:
    """No model of a brand stands in two product lines.

    Source: OBJ-05; the rule of GSO conformity certificates.
    """
    products = case.document.object.products
    if len(products) < 2:  # noqa: PLR2004
        return
    combinations = sum(len(one.brands or " ") * len(one.models) for one in products)
    if combinations > MAX_COMBINATIONS:
        yield Finding(
            code=RuleCode.OBJ_05,
            path="/Attestation/Object/Product",
            message=f"expected {MAX_COMBINATIONS} combinations of brand and model or less, "
            f"found {combinations}; use several certificates",
        )
        return
    owner: dict[tuple[str, str], int] = {}
    for number, product in enumerate(products, 1):
        for pair in _pairs(product):
            first = owner.setdefault(pair, number)
            if first != number:
                brand, model = pair
                yield Finding(
                    code=RuleCode.OBJ_05,
                    path=_path(number, "Model"),
                    message=f"expected a model of its own, found {quoted(model)} of "
                    f"{quoted(brand) if brand else 'no brand'} as in product {first}",
                )


def _pairs(product: Product) -> Iterator[tuple[str, str]]:
    for brand in product.brands or ("",):
        for model in product.models:
            yield brand.casefold(), model.casefold()


def _measures(case: AttestationCase) -> Iterator[tuple[str, Measure]]:
    for number, product in enumerate(case.document.object.products, 1):
        if product.quantity is not None:
            yield _path(number, "Quantity"), product.quantity
        for parameter_number, parameter in enumerate(product.parameters, 1):
            if parameter.value is not None:
                yield _path(number, f"Parameter[{parameter_number}]/Value"), parameter.value
    for number, assessment in enumerate(case.document.assessments, 1):
        for metric_number, metric in enumerate(assessment.metrics, 1):
            path = f"/Attestation/Assessment[{number}]/Metric[{metric_number}]"
            if metric.threshold is not None:
                yield f"{path}/Threshold", metric.threshold.limit
            if metric.declared is not None:
                yield f"{path}/DeclaredValue", metric.declared
            if metric.measured is not None:
                yield f"{path}/MeasuredValue", metric.measured


def units_are_known(case: AttestationCase) -> Iterator[Finding]:
    """Every amount has a unit of Recommendation 20.

    Source: OBJ-06; UNTP Measure, UN/ECE Recommendation 20.
    """
    day = case.document.decision.decision_date
    known: set[str] = set()
    for path, measure in _measures(case):
        if measure.unit in known:
            continue
        if case.code_lists.contains(UNITS, measure.unit, day):
            known.add(measure.unit)
        else:
            yield Finding(
                code=RuleCode.OBJ_06,
                path=path,
                message=f"expected a unit of Recommendation 20, found {quoted(measure.unit)}",
            )
