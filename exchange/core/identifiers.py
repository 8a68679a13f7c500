"""Identifiers of registers: is this one well formed, and does its check digit hold?

Rules:
 1. an identifier is taken as it stands: blanks, dashes and lower case are not mended;
 2. format first, then the check digit through python-stdnum;
 3. a scheme whose numbers have no check digit is checked by format only;
 4. a scheme that is not in the table is not judged: the registers behind it have no format that
    all of them share.

Example:
    >>> identifier_fault("LEI", "213800KUD8LXJWSQ9D15")
    'check digits do not hold'

Source: documents and rules, section 12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from stdnum import ean, lei
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

_USCC_ALPHABET: Final = "[0-9A-HJ-NPQRTUWXY]"


def _uscc_holds(value: str) -> bool:
    # stdnum's own `validate` wants digits in the first two places, but GB 32100 gives letters to
    # some authorities and types (`N2`: rural collectives), so only its check digit is used.
    return bool(uscc.calc_check_digit(value[:-1]) == value[-1])


def _lei_holds(value: str) -> bool:
    try:
        lei.validate(value)
    except ValidationError:
        return False
    return True


def _gs1_holds(value: str) -> bool:
    return bool(ean.calc_check_digit(value[:-1]) == value[-1])


_FORMATS: Final[Mapping[str, tuple[re.Pattern[str], str, Callable[[str], bool] | None]]] = (
    MappingProxyType(
        {
            "USCC": (
                re.compile(rf"{_USCC_ALPHABET}{{2}}[0-9]{{6}}{_USCC_ALPHABET}{{10}}"),
                "18 characters of the GB 32100 alphabet, the region in digits",
                _uscc_holds,
            ),
            "LEI": (
                re.compile("[0-9A-Z]{18}[0-9]{2}"),
                "18 letters or digits and 2 check digits",
                _lei_holds,
            ),
            "GLN": (re.compile("[0-9]{13}"), "13 digits", _gs1_holds),
            "GTIN": (
                re.compile("[0-9]{8}|[0-9]{12,14}"),
                "8, 12, 13 or 14 digits",
                _gs1_holds,
            ),
            "SSCC": (re.compile("[0-9]{18}"), "18 digits", _gs1_holds),
            "DUNS": (re.compile("[0-9]{9}"), "9 digits", None),
            "CNCA": (
                re.compile(r"CNCA-R-[0-9]{4}-[0-9]{1,4}|CNCA-RF-[0-9]{4}-[0-9]{1,4}"),
                "CNCA-R-year-number or CNCA-RF-year-number",
                None,
            ),
        }
    )
)
"""Per scheme: format, the format in words, and the check digit if there is one."""

REGISTRY_SCHEMES: Final = frozenset({"USCC", "LEI", "GLN", "VAT", "DUNS", "NATIONAL"})
"""Schemes whose identifiers a public register gave to a legal person (PTY-02)."""


@lru_cache(maxsize=4096)
def identifier_fault(scheme: str, value: str) -> str | None:
    """Say what is wrong with an identifier, or `None` when nothing is.

    The same bodies, owners and authorities come back in every document, so results are kept by
    identifier (never by document).

    Args:
        scheme: The `schemeID`, such as `USCC`.
        value: The identifier, exactly as written.

    Source: documents and rules, section 12; GB 32100, ISO 17442, GS1 General Specifications.
    """
    known = _FORMATS.get(scheme)
    if known is None:
        return None
    pattern, words, holds = known
    if pattern.fullmatch(value) is None:
        return f"expected {words}"
    if holds is not None and not holds(value):
        return "check digits do not hold"
    return None
