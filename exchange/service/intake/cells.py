"""Cells: the text of a cell becomes the value of a field, or a sentence that says why not.

Nothing is guessed: a date is ISO 8601 or in a format of the mapping, a code is among the
translations of the mapping where it has some, a number keeps every digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.codes.intake import IntakeCode
from exchange.errors import Finding
from exchange.service.intake.mapping import Column
from exchange.service.intake.rows import Row, remark

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COUNT: Final = (re.compile(r"[0-9]{1,18}"), "a whole number")
_AMOUNT: Final = (re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?"), "a number")
_PATTERNS: Final = {
    "Count": _COUNT,
    "Ordinal": _COUNT,
    "Amount": _AMOUNT,
    "Measure": _AMOUNT,
    "boolean": (re.compile("true|false|1|0", re.IGNORECASE), "true or false"),
}
_ANY: Final = (re.compile(r".*", re.DOTALL), "a text")
_NUMBERS: Final = frozenset({"Count", "Ordinal", "Amount", "Measure"})
_DAYS: Final = frozenset({"Day", "Instant"})
_AMOUNTS: Final = frozenset({"Amount", "Measure"})
_SAFE_DIGITS: Final = 15
"""Digits that a number of a workbook keeps. Source: IEEE 754, double precision."""


def values_of(column: Column, cells: Row) -> Iterator[str | Finding]:
    """Yield the values that a row's cell gives a field; findings stand for what gives none."""
    text = cells.cells.get(column.column, column.default)
    if text is None or not text.strip():
        return
    if column.column in cells.numbers and column.path.element.type_name not in _NUMBERS:
        digits = text.lstrip("-").replace(".", "")
        # A number of 19 digits and more is written with an exponent.
        if len(digits) > _SAFE_DIGITS or not digits.isdecimal():
            yield _fault(
                column, IntakeCode.DIGITS_LOST, "the last digits of a number this long are lost"
            )
            return
        if column.codes is None:
            yield remark(
                IntakeCode.DIGITS_LOST, column.column, f"{text} is a number here, meant as a text"
            )
    if column.column in cells.days and column.path.element.type_name not in _DAYS:
        yield _fault(
            column, IntakeCode.DATE, f"expected a text, found what a spreadsheet made a day: {text}"
        )
        return
    is_text = column.column not in cells.numbers
    is_amount = column.path.element.type_name in _AMOUNTS
    if column.decimal == "," and is_text and is_amount and "." in text:
        # A thousand or a fraction? A thousandth of an amount is worse than a row that waits.
        yield _fault(
            column,
            IntakeCode.VALUE,
            f"expected a number with a comma and no separator of thousands, found {text[:60]!r}",
        )
        return
    parts = text.split(column.split) if column.split else [text]
    for part in parts:
        if part.strip():
            yield _value(column, part.strip())


def _value(column: Column, text: str) -> str | Finding:
    if column.codes is not None:
        found = column.codes.get(text)
        if found is None:
            known = ", ".join(list(column.codes)[:12])
            return _fault(
                column, IntakeCode.UNTRANSLATED, f"expected one of {known}, found {text[:60]!r}"
            )
        text = found
    kind = column.path.element.type_name
    if kind == "Day":
        return _day(column, text)
    if kind in _AMOUNTS and column.decimal == ",":
        text = text.replace(",", ".")
    pattern, expected = _PATTERNS.get(kind, _ANY)
    if not pattern.fullmatch(text):
        return _fault(column, IntakeCode.VALUE, f"expected {expected}, found {text[:60]!r}")
    if kind not in _PATTERNS and text.startswith("="):
        return _fault(column, IntakeCode.FORMULA, "expected a value, found a formula")
    return text.lower() if kind == "boolean" else text


def _day(column: Column, text: str) -> str | Finding:
    formats = ("%Y-%m-%d",) if _DAY.fullmatch(text) else column.dates
    for form in formats:
        try:
            # A day has no zone: it runs in that of the issuing body.
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    expected = " or ".join(("YYYY-MM-DD", *column.dates))
    return _fault(column, IntakeCode.DATE, f"expected {expected}, found {text[:60]!r}")


def _fault(column: Column, code: IntakeCode, message: str) -> Finding:
    return Finding(code=code, path=column.column, message=message)
