"""The results of tests: samples, values with their uncertainty and limits, the statement.

Source: `schemas/schemes/test-report/test-report-1.xsd`; ISO/IEC 17025, 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import Limit, Method, limit, method
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import LocalName, Measure


class Sample(NamedTuple):
    """What was tested, and how it came."""

    sample_id: str
    descriptions: tuple[LocalName, ...]
    conditions: tuple[LocalName, ...]
    sampled_by: CodedValue
    sampled_on: date | None
    received_on: date


class Result(NamedTuple):
    """One value or observation with its verdict."""

    is_accredited: bool
    sample_id: str
    requirement_id: str
    parameters: tuple[LocalName, ...]
    method: Method
    tested_on: date | None
    value: Measure | None
    observations: tuple[LocalName, ...]
    uncertainty: Measure | None
    limits: tuple[Limit, ...]
    verdict: str


class ConformityStatement(NamedTuple):
    """What the laboratory states, and by which decision rule."""

    conforms: bool
    statements: tuple[LocalName, ...]
    rule: CodedValue
    guard_factor: Decimal | None


def take_sample(cursor: Cursor) -> Sample:
    """Take what stands inside a sample."""
    sample_id = cursor.word("SampleID")
    cursor.word("Identification")
    descriptions = cursor.local_names("Description")
    cursor.optional_word("Model")
    cursor.optional_word("BatchID")
    conditions = cursor.local_names("Condition")
    sampled_by = cursor.code("SampledBy")
    sampled_on = cursor.optional_day("SampledOn")
    cursor.optional_word("SamplingPlan")
    return Sample(
        sample_id, descriptions, conditions, sampled_by, sampled_on, cursor.day("ReceivedOn")
    )


def take_results(cursor: Cursor) -> Iterator[Result]:
    """Take all results."""
    while cursor.sees("Result"):
        is_accredited = cursor.attribute("accredited") not in {"false", "0"}
        cursor.enter("Result")
        cursor.word("ResultID")
        sample_id = cursor.word("SampleID")
        cursor.optional_word("LocationID")
        yield Result(
            is_accredited,
            sample_id,
            cursor.word("RequirementID"),
            cursor.local_names("Parameter"),
            method(cursor, "Method"),
            cursor.optional_day("TestedOn"),
            cursor.optional_measure("Value"),
            cursor.local_names("Observation"),
            _uncertainty(cursor) if cursor.sees("Uncertainty") else None,
            tuple(_limits(cursor)),
            cursor.word("Verdict"),
        )


def _uncertainty(cursor: Cursor) -> Measure:
    cursor.enter("Uncertainty")
    expanded = cursor.measure("Expanded")
    cursor.word("CoverageFactor")
    return expanded


def _limits(cursor: Cursor) -> Iterator[Limit]:
    while cursor.sees("Limit"):
        yield limit(cursor, "Limit")


def take_statement(cursor: Cursor) -> ConformityStatement:
    """Take the statement of conformity."""
    cursor.enter("ConformityStatement")
    conforms = cursor.flag("Conforms")
    statements = cursor.local_names("Statement")
    cursor.enter("DecisionRule")
    rule = cursor.code("Kind")
    factor = cursor.optional_word("GuardFactor")
    cursor.optional_word("Agreement")
    return ConformityStatement(
        conforms, statements, rule, None if factor is None else Decimal(factor)
    )
