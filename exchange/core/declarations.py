"""What bodies have declared of their registers here: how open, how complete, as of when.

- `Disclosure` is whom a body lets see its certificates of a scheme. Nothing declared means the
  least: a certificate is shown to whoever holds its token, and to nobody else.
- `Coverage` is how much of its register a body keeps here. Only a body that keeps everything
  here makes "not found" mean "not issued".
- A declaration is confirmed at least monthly (`CONFIRMED_EVERY`); when it is late, nobody can
  say any more that nothing has changed, so the answer is *unknown since* that instant.

Example:
    >>> declared.disclosure(BodyId("CN-CB-0103"), "urn:mrhub:scheme:ccc")
    <Disclosure.PUBLIC: 'public'>
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from exchange.codes.declarations import DeclarationCode
from exchange.core.model import BodyId, ContentDigest
from exchange.core.periods import in_zulu
from exchange.errors import Finding, RuleError

CONFIRMED_EVERY: Final = timedelta(days=31)
"""How long a confirmation lasts: a month, whichever. Source: IAF MD 28, monthly upload."""


class Disclosure(StrEnum):
    """Whom a body lets see its certificates of a scheme."""

    PUBLIC = "public"
    """Everybody: search finds them, the holder is shown."""
    NUMBER = "number"
    """Who knows the number: a verdict without the holder, whose name can be checked."""
    TOKEN = "token"  # noqa: S105
    """Who has the QR address in hand, and nobody else."""


class Coverage(StrEnum):
    """How much of its register of a scheme a body keeps here."""

    ALL = "all"
    """Every certificate: what is not here was not issued by this body."""
    SOME = "some"
    """Some of them: what is not here may still have been issued."""
    NONE = "none"
    """None: this body does not publish here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a body has declared last about one scheme."""

    issuer: BodyId
    scheme: str
    disclosure: Disclosure
    coverage: Coverage
    as_of: datetime
    """The instant for which the body confirms that its register here is complete and current."""
    statement: ContentDigest
    """The declaration that says so."""
    certificates: int | None = None
    """How many active certificates the body counts itself; `None` where it does not say."""

    @property
    def lapses_at(self) -> datetime:
        """From when on the confirmation is late."""
        return self.as_of + CONFIRMED_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """The last declaration of every body about every scheme."""

    by_scheme: Mapping[tuple[BodyId, str], Declared]

    @classmethod
    def of(cls, declared: Iterable[Declared]) -> Self:
        """Return the declarations by body and scheme; the later one counts."""
        found: dict[tuple[BodyId, str], Declared] = {}
        for one in sorted(declared, key=lambda each: each.as_of):
            found[one.issuer, one.scheme] = one
        return cls(by_scheme=MappingProxyType(found))

    def of_scheme(self, issuer: BodyId, scheme: str) -> Declared | None:
        """Return what a body has declared last about a scheme."""
        return self.by_scheme.get((issuer, scheme))

    def disclosure(self, issuer: BodyId, scheme: str) -> Disclosure:
        """Return whom the body lets see; empty means the least."""
        declared = self.of_scheme(issuer, scheme)
        return Disclosure.TOKEN if declared is None else declared.disclosure

    def of_body(self, issuer: BodyId) -> tuple[Declared, ...]:
        """Return everything that a body has declared, by scheme."""
        return tuple(one for (body, _), one in sorted(self.by_scheme.items()) if body == issuer)


def admit(issuer: BodyId, declared: Iterable[Declared], last: Declarations) -> None:
    """Let a declaration enter that is newer than the last one about each of its schemes.

    Args:
        issuer: Who declares.
        declared: What it says about each scheme.
        last: What the register has, read inside the transaction.

    Raises:
        RuleError: DCL-04; one finding for each scheme.
    """
    findings = []
    for number, one in enumerate(declared, 1):
        before = last.of_scheme(issuer, one.scheme)
        if before is not None and one.as_of <= before.as_of:
            findings.append(
                Finding(
                    code=DeclarationCode.DCL_04,
                    path=f"/RegisterDeclaration/Scheme[{number}]",
                    message=f"{one.scheme}: expected an instant after {in_zulu(before.as_of)}, "
                    f"found {in_zulu(one.as_of)}",
                )
            )
    if findings:
        raise RuleError(*findings)
