"""Comparing amounts that have units.

- Units of mass and of area are converted into each other; every other unit compares with itself
  alone, and what does not compare is answered with nothing and not with no.
- Amounts are decimal, so that nothing is lost on the way.

Example:
    >>> fits(Measure(Decimal(900), "KGM"), Measure(Decimal(1), "TNE"))
    True

Source: UN/ECE Recommendation 20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from exchange.core.document.values import Measure

KILOGRAM: Final = "KGM"
MASS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"GRM": Decimal("0.001"), KILOGRAM: Decimal(1), "TNE": Decimal(1000)}
)
"""Units of mass in kilograms, by their code of Recommendation 20."""
AREA: Final[Mapping[str, Decimal]] = MappingProxyType({"MTK": Decimal(1), "HAR": Decimal(10_000)})
"""Units of area in square metres."""


def in_kilograms(measure: Measure) -> Measure:
    """Return a mass in kilograms, and anything else as it is."""
    factor = MASS.get(measure.unit)
    return measure if factor is None else Measure(measure.amount * factor, KILOGRAM)


def fits(part: Measure, whole: Measure) -> bool | None:
    """Tell whether a part is no more than the whole; nothing where their units do not compare."""
    part, whole = in_kilograms(part), in_kilograms(whole)
    return part.amount <= whole.amount if part.unit == whole.unit else None


def harvest(areas: Iterable[Measure], crop: Measure, per: str) -> Measure | None:
    """Return what areas yield, or nothing where one of them is no area.

    Args:
        areas: The plots; none of them yield nothing that is known.
        crop: The yield of one unit of area.
        per: That unit of area, by its code of Recommendation 20.
    """
    found = list(areas)
    if not found or per not in AREA or any(area.unit not in AREA for area in found):
        return None
    total = sum((area.amount * AREA[area.unit] for area in found), Decimal(0))
    return Measure((total / AREA[per] * crop.amount).normalize(), crop.unit)
