"""Whose certificate number is this: the code of a body inside a number.

- A scheme's form of number names the parts by groups; three of them are codes of the body:
  `cab` as the trust list has it, `approval` the last part of its approval number, and
  `accreditation` the last part of one of its accreditation numbers.
- Noughts in front do not count: `0107` is the code of `CNCA-R-2002-107`.
- A body that has no such number has no such code, and none of its numbers can carry one.

Example:
    parts = re.fullmatch(form, "10726Q00041R0L")
    strange_codes(parts, body)                # () for the body approved as CNCA-R-2002-107
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from exchange.core.trust_values import Body

_PART: Final = re.compile(r"[^\s-]+\Z")


def _last(number: str | None) -> frozenset[str]:
    match = None if number is None else _PART.search(number)
    return frozenset() if match is None else frozenset({match[0]})


def _accreditations(body: Body) -> frozenset[str]:
    return frozenset().union(*(_last(one.number) for one in body.accreditations))


CODES: Final[Mapping[str, Callable[[Body], frozenset[str]]]] = MappingProxyType(
    {
        "cab": lambda body: frozenset(() if body.cab_code is None else (body.cab_code,)),
        "approval": lambda body: _last(body.approval_number),
        "accreditation": _accreditations,
    }
)
"""Groups of a form of number that are codes of the body, with the codes that a body has."""


def strange_codes(parts: re.Match[str], body: Body) -> tuple[tuple[str, str], ...]:
    """Return group and text of every code inside a number that is not the body's own."""
    return tuple(
        (group, text)
        for group, text in parts.groupdict().items()
        if group in CODES and text is not None and not _has(body, group, text)
    )


def is_number_of(parts: re.Match[str], body: Body) -> bool:
    """Tell whether a number carries codes of a body, and of no other."""
    coded = any(parts.groupdict().get(group) is not None for group in CODES)
    return coded and not strange_codes(parts, body)


def _has(body: Body, group: str, text: str) -> bool:
    return text.lstrip("0") in {code.lstrip("0") for code in CODES[group](body)}
