"""Particulars of premium product certification as values, and their reader.

Source: `schemas/schemes/premium-product/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.values import Code, LocalName, Measure

PREMIUM_PRODUCT: Final = f"{PATH}/PremiumProductParticulars"
"""Where these particulars stand."""
HIGHER: Final = "higher"
"""The side of an indicator on which more is better; the other is `lower`."""


class Comparison(NamedTuple):
    """One standard that an advanced one was held against."""

    level: Code
    number: str
    edition: str
    result: Code
    statements: tuple[LocalName, ...]


class AdvancedStandard(NamedTuple):
    """A standard of the advanced set."""

    standard_id: str
    number: str
    edition: str
    titles: tuple[LocalName, ...]
    comparisons: tuple[Comparison, ...]


class KeyIndicator(NamedTuple):
    """A key quality indicator with its three values."""

    better: str
    indicator_id: str
    names: tuple[LocalName, ...]
    standard_ref: str
    method: str
    declared: Measure
    measured: Measure
    benchmark: Measure
    report_number: str

    def reaches(self, value: Measure, limit: Measure) -> bool:
        """Tell whether a value is as good as another, on the side that counts."""
        if self.better == HIGHER:
            return value.amount >= limit.amount
        return value.amount <= limit.amount


class SamplingPlan(NamedTuple):
    """How the tested products were chosen, and what was found."""

    number: str
    edition: str
    place: Code
    sampled_on: date
    models: tuple[str, ...]
    lot_size: int
    sample_size: int
    acceptance_number: int
    rejection_number: int
    nonconforming: int


class CriticalItem(NamedTuple):
    """A part, material or process whose change would change the product."""

    names: tuple[LocalName, ...]
    designation: str
    supplier: str | None
    control: Code


class ConsistencyControl(NamedTuple):
    """How production stays what was tested."""

    plan_number: str
    plan_edition: str
    checked_on: date
    interval_months: int
    critical_items: tuple[CriticalItem, ...]


@dataclass(frozen=True, slots=True)
class PremiumProductParticulars(Particulars):
    """What a certificate of a premium product says beyond the attestation."""

    category: Code
    advanced_standards: tuple[AdvancedStandard, ...]
    key_indicators: tuple[KeyIndicator, ...]
    level: Code
    evaluated_on: date
    sampling_plan: SamplingPlan
    consistency_control: ConsistencyControl
    public_claims: tuple[LocalName, ...]

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield titles, comparisons, names of indicators and items, and the claim."""
        for number, standard in enumerate(self.advanced_standards, 1):
            path = f"{PREMIUM_PRODUCT}/AdvancedStandard[{number}]"
            yield f"{path}/Title", standard.titles
            for place, comparison in enumerate(standard.comparisons, 1):
                yield f"{path}/ComparedWith[{place}]/Statement", comparison.statements
        for number, indicator in enumerate(self.key_indicators, 1):
            yield f"{PREMIUM_PRODUCT}/KeyIndicator[{number}]/IndicatorName", indicator.names
        for number, item in enumerate(self.consistency_control.critical_items, 1):
            yield (
                f"{PREMIUM_PRODUCT}/ConsistencyControl/CriticalItem[{number}]/ItemName",
                item.names,
            )
        yield f"{PREMIUM_PRODUCT}/PublicClaim", self.public_claims


def read(cursor: Cursor, tag: str) -> PremiumProductParticulars:
    """Take the particulars of a premium product."""
    cursor.enter("PremiumProductParticulars")
    category = cursor.code("Category")
    standards = tuple(_standards(cursor))
    indicators = tuple(_indicators(cursor))
    cursor.enter("Evaluation")
    level = cursor.code("Level")
    cursor.skip("Score")
    found = PremiumProductParticulars(
        tag,
        category,
        standards,
        indicators,
        level,
        cursor.day("EvaluatedOn"),
        _sampling_plan(cursor),
        _consistency_control(cursor),
        cursor.local_names("PublicClaim"),
    )
    cursor.skip("ClaimPage")
    return found


def _standards(cursor: Cursor) -> Iterator[AdvancedStandard]:
    while cursor.sees("AdvancedStandard"):
        cursor.enter("AdvancedStandard")
        yield AdvancedStandard(
            cursor.word("StandardID"),
            cursor.word("Number"),
            cursor.word("Edition"),
            cursor.local_names("Title"),
            tuple(_comparisons(cursor)),
        )


def _comparisons(cursor: Cursor) -> Iterator[Comparison]:
    while cursor.sees("ComparedWith"):
        cursor.enter("ComparedWith")
        yield Comparison(
            cursor.code("Level"),
            cursor.word("Number"),
            cursor.word("Edition"),
            cursor.code("Result"),
            cursor.local_names("Statement"),
        )


def _indicators(cursor: Cursor) -> Iterator[KeyIndicator]:
    while cursor.sees("KeyIndicator"):
        better = cursor.attribute("better")
        cursor.enter("KeyIndicator")
        yield KeyIndicator(
            better,
            cursor.word("IndicatorID"),
            cursor.local_names("IndicatorName"),
            cursor.word("StandardRef"),
            cursor.word("Method"),
            cursor.measure("Declared"),
            cursor.measure("Measured"),
            cursor.measure("Benchmark"),
            cursor.word("ReportNumber"),
        )


def _sampling_plan(cursor: Cursor) -> SamplingPlan:
    cursor.enter("SamplingPlan")
    return SamplingPlan(
        cursor.word("Number"),
        cursor.word("Edition"),
        cursor.code("Place"),
        cursor.day("SampledOn"),
        cursor.words("Model"),
        cursor.count("LotSize"),
        cursor.count("SampleSize"),
        cursor.count("AcceptanceNumber"),
        cursor.count("RejectionNumber"),
        cursor.count("Nonconforming"),
    )


def _consistency_control(cursor: Cursor) -> ConsistencyControl:
    cursor.enter("ConsistencyControl")
    return ConsistencyControl(
        cursor.word("PlanNumber"),
        cursor.word("PlanEdition"),
        cursor.day("CheckedOn"),
        cursor.count("IntervalMonths"),
        tuple(_critical_items(cursor)),
    )


def _critical_items(cursor: Cursor) -> Iterator[CriticalItem]:
    while cursor.sees("CriticalItem"):
        cursor.enter("CriticalItem")
        yield CriticalItem(
            cursor.local_names("ItemName"),
            cursor.word("Designation"),
            cursor.optional_word("Supplier"),
            cursor.code("Control"),
        )
