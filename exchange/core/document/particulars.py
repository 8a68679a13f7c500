"""Scheme particulars: what one scheme says beyond the attestation.

- Each scheme has a value type of its own, a subclass that stands with its reader and its rules in
  `exchange.core.rules.schemes`. Which one must stand in an attestation of which scheme is decided
  by rule SCM-04, not here.
- Rules of every attestation ask particulars nothing about their scheme: they ask the six
  questions below, and a scheme answers those that concern it.
- A scheme that is registered in the catalogue but has no rules of its own yet is kept as its
  element name, so that it can still be named in a finding.

Example:
    @dataclass(frozen=True, slots=True)
    class OrganicParticulars(Particulars):
        '''What an organic certificate says beyond the attestation.'''

        operator_type: str

    OrganicParticulars(tag, cursor.word("OperatorType"))

Source: `schemas/schemes/`; documents and rules, section 9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from exchange.core.document.values import Code, Identifier, LocalName, Party, SecureLink

PATH: Final = "/Attestation/SchemeParticulars"
"""Where particulars stand."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What one scheme says; by itself the particulars of a scheme without rules of its own."""

    tag: str
    """The name of the element in Clark notation (SCM-04)."""

    def parties(self) -> Iterable[tuple[str, Party]]:
        """Return every party with its path (PTY-01 to PTY-06)."""
        return ()

    def names_factory(self) -> bool:
        """Say whether the factory of the product is named here and not as a site (PTY-03)."""
        return False

    def texts(self) -> Iterable[tuple[str, tuple[LocalName, ...]]]:
        """Return every group of texts with its path (HDR-03, HDR-04)."""
        return ()

    def codes(self) -> Iterable[tuple[str, Code]]:
        """Return the codes that must lie inside the accredited scope (AUT-04).

        Gate 4 knows their elements by name: see `exchange.core.claim`.
        """
        return ()

    def tests(self) -> Iterable[tuple[str, Identifier, date]]:
        """Return path, laboratory and day of every test report (ASM-04)."""
        return ()

    def links(self) -> Iterable[tuple[str, SecureLink]]:
        """Return every link to a file with its path (EVD-01)."""
        return ()

    def recertifications(self) -> int | None:
        """Return how often a cycle was followed by another, where the scheme counts it (VAL-05)."""
        return None
