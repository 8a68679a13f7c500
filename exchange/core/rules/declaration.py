"""Rules about declarations, as far as the document decides them.

What the register decides (DCL-04, newer than the last one) stands in `exchange.core.declarations`;
what it counts (DCL-05) travels as a warning and is compared in `exchange.service.declarations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from exchange.codes.declarations import DeclarationCode
from exchange.core.periods import in_zulu
from exchange.core.rules.case import DeclarationCase, quoted
from exchange.errors import Finding

OLDEST: Final = timedelta(hours=24)
"""How far the instant that is confirmed may lie back when the declaration arrives."""

_ROOT: Final = "/RegisterDeclaration"


def schemes_are_its_own(case: DeclarationCase) -> Iterator[Finding]:
    """Every scheme is registered and inside the scope of the key that signed.

    Source: DCL-01; as gate 4 demands it of a status change, whose weight a declaration has.
    """
    scope = case.trusted.key.scope
    registered = {one.id for one in case.code_lists.schemes()}
    for number, declared in enumerate(case.document.schemes, 1):
        path = f"{_ROOT}/Scheme[{number}]/SchemeID"
        if declared.scheme_id not in registered:
            yield Finding(
                code=DeclarationCode.DCL_01,
                path=path,
                message=f"expected a scheme of the register, found {quoted(declared.scheme_id)}",
            )
        elif declared.scheme_id not in scope.schemes:
            yield Finding(
                code=DeclarationCode.DCL_01,
                path=path,
                message="expected a scheme in the scope of the key, found "
                + quoted(declared.scheme_id),
            )


def instant_is_plausible(case: DeclarationCase) -> Iterator[Finding]:
    """AsOf is not in the future, and at most 24 hours back.

    Nobody knows what a register will be; a confirmation of last month would be a way to never
    be late. There is no tolerance for clocks ahead: whoever declares names an instant that has
    passed by its own clock.

    Source: DCL-02; issue 4, "each body confirms at least monthly".
    """
    as_of = case.document.as_of
    earliest = case.at - OLDEST
    if not earliest <= as_of <= case.at:
        yield Finding(
            code=DeclarationCode.DCL_02,
            path=f"{_ROOT}/AsOf",
            message=f"expected an instant from {in_zulu(earliest)} to {in_zulu(case.at)}, "
            f"found {in_zulu(as_of)}",
        )


def scheme_stands_once(case: DeclarationCase) -> Iterator[Finding]:
    """Each scheme is declared once.

    Source: DCL-03; two answers to one question are none.
    """
    seen: set[str] = set()
    for number, declared in enumerate(case.document.schemes, 1):
        if declared.scheme_id in seen:
            yield Finding(
                code=DeclarationCode.DCL_03,
                path=f"{_ROOT}/Scheme[{number}]/SchemeID",
                message=f"expected each scheme once, found {quoted(declared.scheme_id)} again",
            )
        seen.add(declared.scheme_id)


def nothing_is_replaced(case: DeclarationCase) -> Iterator[Finding]:
    """A declaration names no document that it replaces.

    Source: DCL-06; the later declaration about a scheme counts by itself, so a reference would
    be dropped in silence.
    """
    if case.document.header.replaces:
        yield Finding(
            code=DeclarationCode.DCL_06,
            path=f"{_ROOT}/Header/Replaces",
            message="expected no document, found "
            + quoted(case.document.header.replaces[0].document_id),
        )
