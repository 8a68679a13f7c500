"""Amounts with units: what compares, and what does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.core.amounts import fits, harvest
from exchange.core.document.values import Measure


def measure(text: str) -> Measure:
    amount, unit = text.split()
    return Measure(Decimal(amount), unit)


@pytest.mark.parametrize(
    ("part", "whole", "answer"),
    [
        ("1 TNE", "1000 KGM", True),
        ("1000000 GRM", "1 TNE", True),
        ("1000.001 KGM", "1 TNE", False),
        ("5 LTR", "5 LTR", True),
        ("5.1 LTR", "5 LTR", False),
        ("5 LTR", "5 KGM", None),
        ("5 C62", "5 EA", None),
    ],
)
def test_amounts_compare_within_mass_and_within_one_unit(
    part: str,
    whole: str,
    answer: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    assert fits(measure(part), measure(whole)) is answer


@pytest.mark.parametrize(
    ("areas", "crop", "per", "answer"),
    [
        (["120 HAR", "80 HAR"], "7500 KGM", "HAR", "1500000 KGM"),
        (["450000 MTK"], "0.6 TNE", "HAR", "27 TNE"),
        (["2 HAR"], "0.75 KGM", "MTK", "15000 KGM"),
        (["2 LTR"], "1 KGM", "HAR", None),
        (["2 HAR"], "1 KGM", "DAY", None),
        ([], "1 KGM", "HAR", None),
    ],
)
def test_harvest_is_area_times_yield(
    areas: list[str], crop: str, per: str, answer: str | None
) -> None:
    found = harvest(map(measure, areas), measure(crop), per)

    assert found == (None if answer is None else measure(answer))
