"""What somebody is found competent for: the scope of a key, the accreditations of a body.

- Empty means *no*: an empty scope allows nothing, an accreditation without codes covers none.
- An accreditation has a history, so that the day of any decision can be judged again.
- Scopes are compared by code, never by words.

Source: ISO/IEC 17011, 3.1 and 7.8; the extension schema `urn:mrhub:trust:1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from exchange.core.model import BodyId, Economy

ANY: Final = "*"
"""In a scope: every value, said aloud. Leaving a group out means none."""


class ScopeCode(NamedTuple):
    """One code of a list, or the beginning of one where the list is a tree.

    A tuple, because whole scopes of them are compared for every document and every listed key.
    """

    list_id: str
    """The code list as the attestation names it: `IAF-ID1`, `HS`, `CCC-CLASS`."""
    code: str


TREES: Final = frozenset({"HS", "CCC-CLASS", "NACE", "RAILWAY-CATALOGUE"})
"""Code lists in which a longer code lies below its beginning."""


def spans(scope: tuple[ScopeCode, ...], code: ScopeCode) -> bool:
    """Tell whether a code is in the scope, or below something in it.

    Only trees have a below: chapter 85 of the harmonised system holds 850440, while sector 1
    of the flat IAF list does not hold sector 19. An empty scope spans nothing.
    """
    if code in scope:
        return True
    list_id, wanted = code
    if list_id not in TREES:
        return False
    return any(named == list_id and wanted.startswith(mine) for named, mine in scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a key may speak about; each group left empty allows nothing."""

    schemes: frozenset[str] = frozenset()
    """Scheme ids such as `urn:mrhub:scheme:ccc`."""
    standards: frozenset[str] = frozenset()
    """Numbers of requirements without edition, such as `ISO 9001`, or `*`."""
    product_groups: tuple[ScopeCode, ...] = ()
    """HS chapters or codes, IAF sectors, CCC classes."""
    economies: frozenset[Economy] = frozenset()
    """Economies of the holders whose objects may be attested, or `*`."""

    @property
    def is_empty(self) -> bool:
        """Whether any group is empty, so that nothing can be inside."""
        return not (self.schemes and self.standards and self.product_groups and self.economies)


class AccreditationState(StrEnum):
    """The life of an accreditation, in the words of ISO/IEC 17011."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccreditationPeriod:
    """One state of an accreditation since a calendar day of its authority."""

    state: AccreditationState
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Accreditation:
    """What an authority has found a body competent for; bounds the scope of its keys."""

    kind: str
    """As `Authorisation/Kind`: accreditation, designation, governmentApproval, notification."""
    authority: BodyId
    number: str
    standard: str
    """The standard for bodies: `ISO/IEC 17021-1`, `ISO/IEC 17065`, `ISO/IEC 17025`, …"""
    scope_codes: tuple[ScopeCode, ...]
    schemes: frozenset[str]
    """Scheme ids that the authority has accredited the body for."""
    valid_from: date
    valid_to: date | None
    """Last valid day, inclusive."""
    history: tuple[AccreditationPeriod, ...]
    """States, newest first; at least one."""

    def state_on(self, day: date) -> AccreditationState | None:
        """Return the state on a calendar day, or `None` before the first or after the end."""
        if self.valid_to is not None and day > self.valid_to:
            return None
        for period in self.history:
            if period.since <= day:
                return period.state if self.valid_from <= day else None
        return None

    def spans(self, code: ScopeCode) -> bool:
        """Tell whether the code lies inside the accredited scope."""
        return spans(self.scope_codes, code)
