"""Cells: what could mean two things is asked about, and never guessed."""

from __future__ import annotations

import pytest

from exchange.errors import Finding
from exchange.service.intake.cells import values_of
from exchange.service.intake.declared import Element
from exchange.service.intake.fields import FieldPath, Step
from exchange.service.intake.mapping import Column
from exchange.service.intake.rows import Row


def read(text: str, kind: str, *, decimal: str = ".", is_number: bool = False) -> list[str]:
    element = Element(name="X", namespace="", type_name=kind, is_required=False, most=1)
    path = FieldPath(steps=(Step(name="X"),), element=element)
    numbers = frozenset({"x"} if is_number else ())
    row = Row(number=2, cells={"x": text}, numbers=numbers)
    column = Column(column="x", path=path, decimal=decimal)
    return [one.code.value if isinstance(one, Finding) else one for one in values_of(column, row)]


@pytest.mark.parametrize(
    ("text", "decimal", "is_number", "expected"),
    [
        ("1.234", ",", False, ["intake.value"]),
        ("1.234,5", ",", False, ["intake.value"]),
        ("1234,5", ",", False, ["1234.5"]),
        ("1,234", ".", False, ["intake.value"]),
        ("1.234", ".", False, ["1.234"]),
        # A number of a workbook has no comma, whatever its texts are written with.
        ("1.234", ",", True, ["1.234"]),
    ],
)
def test_thousands_are_never_read_as_fractions(
    text: str, decimal: str, *, is_number: bool, expected: list[str]
) -> None:
    assert read(text, "Measure", decimal=decimal, is_number=is_number) == expected


@pytest.mark.parametrize("text", ["913702001234567890", "9.13702001234568e+18", "1e+20"])
def test_identifier_that_lost_its_digits_is_refused(text: str) -> None:
    assert read(text, "Identifier", is_number=True) == ["intake.digits-lost"]


@pytest.mark.parametrize(
    ("kind", "expected"), [("Identifier", ["intake.date"]), ("Day", ["2026-03-05"])]
)
def test_text_that_a_spreadsheet_has_made_a_day_is_refused(kind: str, expected: list[str]) -> None:
    """A number such as 3-5 or MAR5 is a day as soon as it is typed into a spreadsheet."""
    element = Element(name="X", namespace="", type_name=kind, is_required=False, most=1)
    path = FieldPath(steps=(Step(name="X"),), element=element)
    row = Row(number=2, cells={"x": "2026-03-05"}, days=frozenset({"x"}))

    found = list(values_of(Column(column="x", path=path), row))

    assert [one.code.value if isinstance(one, Finding) else one for one in found] == expected
