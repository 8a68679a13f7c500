"""Names and identifiers of invented enterprises, in the languages of the samples.

- A number and a language give a name, the same in every run. Words are real, companies are not.
- Identifiers have valid check digits: USCC (GB 32100), LEI (ISO 17442), GS1 keys; of registers
  without one the shape of the sample's number is kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from stdnum import ean
from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

_MASK: Final = (1 << 64) - 1
_USCC: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_REGIONS: Final = ("110108", "130102", "310115", "330106", "370211", "440305", "510107", "650104")
"""Districts of eight provinces."""


def mixed(*numbers: int) -> int:
    """Return 64 bits that follow from numbers and look like chance (splitmix64)."""
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _read() -> dict[str, tuple[list[str], list[str], list[str], str]]:
    text = (Path(__file__).resolve().parent.parent / "demo" / "names.toml").read_text("utf-8")
    return {
        language: (one["places"], one["names"], one["trades"], one["form"])
        for language, one in tomllib.loads(text).items()
    }


_LISTS: Final = _read()
_MANY_SYLLABLES: Final = frozenset({"zh", "ja", "ko"})


def enterprise_name(language: str, chance: int) -> str:
    """Return the name of an enterprise in a language.

    Args:
        language: BCP 47; one without words of its own is given the English ones.
        chance: 64 bits that the enterprise is known by.
    """
    language = language.partition("-")[0].lower()
    language = language if language in _LISTS else "en"
    places, names, trades, form = _LISTS[language]
    first, second = chance >> 24 & 0xFFFF, chance >> 40 & 0xFFFF
    name = names[first % len(names)] + names[second % len(names)]
    if language not in _MANY_SYLLABLES:
        # Few syllables: a number tells apart who would share a name.
        name = f"{name} {chance >> 8 & 0x3FFF}"
    elif chance >> 56 & 1:
        name += names[(chance >> 8) % len(names)]
    return form.format(
        place=places[chance % len(places)], name=name, trade=trades[(chance >> 16) % len(trades)]
    )


def _uscc(sample: str, chance: int) -> str:
    del sample
    digits = ""
    for _ in range(8):
        chance, digit = divmod(chance, len(_USCC))
        digits += _USCC[digit]
    number = "91" + _REGIONS[chance % len(_REGIONS)] + "M" + digits
    return str(number + uscc.calc_check_digit(number))


def _lei(sample: str, chance: int) -> str:
    number = sample[:4] + "00" + f"{chance % 36**8:012d}"[-12:]
    return str(number + mod_97_10.calc_check_digits(number))


def _gs1(sample: str, chance: int) -> str:
    digits = len(sample) - 1
    number = sample[:3] + f"{chance % 10 ** (digits - 3):0{digits - 3}d}"
    return str(number + ean.calc_check_digit(number))


def _shaped(sample: str, chance: int) -> str:
    """Return a number of the shape of a sample: digits for its digits behind the first two."""
    found = []
    for place, sign in enumerate(sample):
        if sign.isdigit() and place > 1:
            chance, digit = divmod(chance, 10)
            found.append(str(digit))
        else:
            found.append(sign)
    return "".join(found)


_MADE: Final[Mapping[str, Callable[[str, int], str]]] = MappingProxyType(
    {"USCC": _uscc, "LEI": _lei, "GTIN": _gs1, "GLN": _gs1}
)


def identifier(scheme: str, sample: str, chance: int) -> str:
    """Return an identifier of a register for whoever is known by a chance.

    Args:
        scheme: As the document writes it.
        sample: An identifier of that register, for its shape.
        chance: 64 bits.
    """
    return _MADE.get(scheme, _shaped)(sample, chance)
