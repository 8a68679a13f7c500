"""One line of the register of rules: what a rule says and where it is decided.

- A rule that is built here points at its function; sentence and source are read from the
  function's docstring, so that they stand in one place.
- A rule that another gate or the register decides names the module and the codes it has there.
- A rule that is not decided yet names what it waits for; one that is dropped says why.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exchange.codes import Code
from exchange.core.document.attestation import ObjectKind
from exchange.errors import Finding, Severity


class Decided(StrEnum):
    """Where a rule is decided."""

    HERE = "gate 5"
    ELSEWHERE = "elsewhere"
    LATER = "later"
    DROPPED = "dropped"


class Older(StrEnum):
    """What a rule answers about a certificate that is older than the hub."""

    SAME = "the same"
    """The document alone decides, or the world of today."""
    WARNING = "a warning"
    """The rule needs the world of the decision date, which the hub does not know that far back:
    what would refuse the document is reported as a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the rule book."""

    id: str
    severity: Severity
    summary: str
    """The rule as one sentence."""
    source: str
    decided: Decided
    where: str
    """The module that decides, what is waited for, or why it was dropped."""
    codes: tuple[Code, ...] = ()
    """The codes of its findings."""
    check: Callable[[Any], Iterable[Finding]] | None = None
    older: Older = Older.SAME
    objects: frozenset[ObjectKind] = frozenset(ObjectKind)
    """Kinds of object that the rule is about."""
    scheme: str | None = None
    """The scheme that the rule belongs to; `None` is all."""


def built(
    code: Code,
    check: Callable[[Any], Iterable[Finding]],
    *,
    severity: Severity = Severity.FATAL,
    older: Older = Older.SAME,
    objects: Iterable[ObjectKind] = ObjectKind,
    scheme: str | None = None,
) -> Rule:
    """Return the line of a rule that is decided by a function of gate 5."""
    text = inspect.getdoc(check) or ""
    source = " ".join(text.partition("Source:")[2].split())
    return Rule(
        id=code.value.removeprefix("rule."),
        severity=severity,
        summary=text.partition("\n")[0].rstrip("."),
        source=source.rstrip("."),
        decided=Decided.HERE,
        where=check.__module__,
        codes=(code,),
        check=check,
        older=older,
        objects=frozenset(objects),
        scheme=scheme,
    )
