"""A declaration as values: what a body says of its register here.

Source: `schemas/declaration/declaration-1.xsd`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.cursor import Cursor
from exchange.core.document.read_parts import header
from exchange.core.document.values import Header


class DeclaredScheme(NamedTuple):
    """What is declared about one scheme."""

    scheme_id: str
    disclosure: Disclosure
    coverage: Coverage
    certificates: int | None
    """How many active certificates the body counts itself; `None` where it does not say."""


class RegisterDeclaration(NamedTuple):
    """Everything that a declaration states."""

    header: Header
    as_of: datetime
    """For which instant the body confirms that its register here is complete and current."""
    schemes: tuple[DeclaredScheme, ...]
    text_languages: frozenset[tuple[str, ...]]


def register_declaration(cursor: Cursor) -> RegisterDeclaration:
    """Take a declaration that is valid under its schema."""
    cursor.enter("RegisterDeclaration")
    return RegisterDeclaration(
        header(cursor), cursor.instant("AsOf"), _schemes(cursor), cursor.languages()
    )


def _schemes(cursor: Cursor) -> tuple[DeclaredScheme, ...]:
    found = []
    while cursor.sees("Scheme"):
        cursor.enter("Scheme")
        found.append(
            DeclaredScheme(
                cursor.word("SchemeID"),
                cursor.choice("Disclosure", Disclosure),
                cursor.choice("Coverage", Coverage),
                cursor.optional_count("CertificateCount"),
            )
        )
    return tuple(found)
