"""The registers among the code lists: schemes, editions of standards, arrangements, statuses.

What a rule needs to know about a scheme stands here as data: how its numbers look, how long
its certificates may run, under which standard its bodies are accredited. A new scheme is an
entry of the list, a schema of particulars and a file of rules. Collections that are empty
allow nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from exchange.core.periods import covers_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Calendar days on which an entry holds, both ends inclusive."""

    first: date = date.min
    """The first day; the beginning of time where the list does not say."""
    last: date | None = None
    """The last day, or None while none is set."""

    def covers(self, on: date) -> bool:
        """Tell whether the day lies inside."""
        return covers_day(self.first, self.last, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """A version of a document of a scheme, such as an implementation rule."""

    number: str
    version: str
    period: Period
    """The days on which it is in force; the next version does not end it by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeEntry:
    """A version of a conformity assessment scheme, as the register of schemes has it."""

    id: str
    """`urn:mrhub:scheme:…`, as `SchemeID` has it."""
    version: str
    """As `SchemeVersion` has it."""
    names: Mapping[str, str]
    """The scheme's name by language."""
    period: Period
    """The days on which decisions under this version may be taken."""
    object_kinds: frozenset[str]
    """The children of `Object` that the scheme certifies, such as `Product` (OBJ-01)."""
    max_validity_years: int | None
    """Longest validity in years, or None where the scheme has no expiry (VAL-02, VAL-03)."""
    number_pattern: str | None
    """Regular expression of the certificate number, or None where none is prescribed (ATT-02).

    Its groups name the parts: `cab` is the code of the body, so that ISS-03 binds where the
    pattern has it; `year`, `class` and `serial` are read by the rules of the scheme.
    """
    national_numbers: Mapping[str, str]
    """By economy the regular expression that binds the bodies there, where `number_pattern` binds
    nobody; bodies elsewhere number as they are used to.

    Groups beyond those above: `approval` is the last part of the body's approval number,
    `accreditation` that of its accreditation number (ISS-04).
    """
    particulars: str
    """The root of `SchemeParticulars` in Clark notation (SCM-04)."""
    accreditation_standards: frozenset[str]
    """Standards of accreditation that fit, such as `ISO/IEC 17065` (AUT-03)."""
    standards: frozenset[str]
    """Numbers of the standards that may be certified; empty means none."""
    standard_prefixes: tuple[str, ...]
    """Beginnings of further numbers that may be certified; empty means none."""
    undated_references: bool
    """Whether a requirement may stand without its edition (REQ-01)."""
    surveillance: bool
    """Whether surveillance is planned and due (VAL-04)."""
    activity_types: frozenset[str]
    """Assessment activities that the scheme knows (SCM-03)."""
    marks: frozenset[str]
    """Marks that attestations of the scheme may show (MRK-01)."""
    rule_documents: tuple[RuleVersion, ...] = ()
    """Versions of its rule documents, as far as the register knows them (SCM-02)."""

    def certifies(self, number: str) -> bool:
        """Tell whether the scheme certifies against the standard with this number."""
        return number in self.standards or number.startswith(self.standard_prefixes)

    def number_form(self, economy: str) -> str | None:
        """Return the form that binds the numbers of bodies in an economy, if there is one."""
        if self.number_pattern is not None:
            return self.number_pattern
        return self.national_numbers.get(economy)

    def rule_in_force(self, number: str, on: date) -> RuleVersion | None:
        """Return the latest version of a rule document that day, or None where it is not known."""
        known = [
            one for one in self.rule_documents if one.number == number and one.period.covers(on)
        ]
        return max(known, key=lambda one: one.period.first, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardEdition:
    """An edition of a standard or technical regulation."""

    number: str
    """Such as `ISO 9001`."""
    edition: str
    """Such as `2015`."""
    published: date | None
    """The day of publication, as far as the list knows it."""
    withdrawn: date | None
    """The day from which the edition is withdrawn, or None while it is current."""
    transition_until: date | None
    """The last day on which decisions may still rest on a withdrawn edition."""
    identical_to: tuple[str, str] | None
    """Number and edition of the standard that it adopts identically, or None."""

    def usable(self, on: date) -> bool:
        """Tell whether a decision of that day may rest on it (REQ-02)."""
        if self.withdrawn is None or on < self.withdrawn:
            return True
        return self.transition_until is not None and on <= self.transition_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """A body's signature under an arrangement."""

    authority: str
    """The accreditation body, such as `CN-AB-CNAS`."""
    scopes: frozenset[str]
    """Main scopes: standards of accreditation such as `ISO/IEC 17021-1`."""
    period: Period
    """The days on which the signature counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """A recognition arrangement among accreditation bodies."""

    id: str
    """As `ArrangementID` has it."""
    is_global: bool
    """Whether it supports the level GlobalMRA (documents and rules, 8.2)."""
    period: Period
    """The days on which it is in force; its transition is part of it."""
    signatories: tuple[Signatory, ...]
    """Who signed, for what and when."""

    def recognises(self, authority: str, scope: str, on: date) -> bool:
        """Tell whether the authority was signatory for this main scope on that day (AUT-06)."""
        return self.period.covers(on) and any(
            one.authority == authority and scope in one.scopes and one.period.covers(on)
            for one in self.signatories
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEntry:
    """A status with what others call it."""

    code: str
    """The word of the hub."""
    names: Mapping[str, str]
    """What it means, by language."""
    permanence: str
    """`valid`, `temporary` or `final`, of the list `MRHUB-PERMANENCE`: can it become valid again
    by a status change? What has expired can only be renewed, by another revision."""
    valid_for_recognition: bool
    """Whether an attestation in this status may be recognised."""
    others: Mapping[str, str]
    """The word of CertSearch, CNCA, GS1 and UNCL1373, where there is one."""


def read_period(entry: Mapping[str, Any]) -> Period:
    """Return the days that an entry names as `valid_from` and `valid_to`."""
    return Period(first=_day(entry.get("valid_from")) or date.min, last=_day(entry.get("valid_to")))


def read_scheme(entry: Mapping[str, Any]) -> SchemeEntry:
    """Return the scheme that an entry of the register describes."""
    pattern = entry["number_pattern"]
    national = dict(entry.get("national_numbers", {}))
    for one in (*(() if pattern is None else (pattern,)), *national.values()):
        try:
            re.compile(one)
        except re.error as exc:
            raise ValueError(f"{entry['code']}: {exc}") from exc
    if pattern is not None and national:
        raise ValueError(f"{entry['code']}: number_pattern binds all, so national_numbers nobody")
    return SchemeEntry(
        id=entry["code"],
        version=entry["version"],
        names=MappingProxyType(dict(entry["name"])),
        period=read_period(entry),
        object_kinds=frozenset(entry["object_kinds"]),
        max_validity_years=entry["max_validity_years"],
        number_pattern=pattern,
        national_numbers=MappingProxyType(national),
        particulars=entry["particulars"],
        accreditation_standards=frozenset(entry["accreditation_standards"]),
        standards=frozenset(entry["standards"]),
        standard_prefixes=tuple(entry["standard_prefixes"]),
        undated_references=entry["undated_references"],
        surveillance=entry["surveillance"],
        activity_types=frozenset(entry["activity_types"]),
        marks=frozenset(entry["marks"]),
        rule_documents=tuple(
            RuleVersion(number=one["number"], version=one["version"], period=read_period(one))
            for one in entry.get("rule_documents", ())
        ),
    )


def read_standard(entry: Mapping[str, Any]) -> StandardEdition:
    """Return the edition of a standard that an entry describes."""
    same = entry.get("identical_to")
    return StandardEdition(
        number=entry["number"],
        edition=entry["edition"],
        published=_day(entry.get("published")),
        withdrawn=_day(entry.get("withdrawn")),
        transition_until=_day(entry.get("transition_until")),
        identical_to=None if same is None else (same["number"], same["edition"]),
    )


def read_arrangement(entry: Mapping[str, Any]) -> Arrangement:
    """Return the recognition arrangement that an entry describes, with its signatories."""
    return Arrangement(
        id=entry["code"],
        is_global=entry["global"],
        period=read_period(entry),
        signatories=tuple(
            Signatory(
                authority=one["authority"],
                scopes=frozenset(one["scopes"]),
                period=read_period(one),
            )
            for one in entry["signatories"]
        ),
    )


def read_status(entry: Mapping[str, Any]) -> StatusEntry:
    """Return the status that an entry describes, with the words of others."""
    return StatusEntry(
        code=entry["code"],
        names=MappingProxyType(dict(entry["name"])),
        permanence=entry["permanence"],
        valid_for_recognition=entry["valid_for_recognition"],
        others=MappingProxyType(dict(entry["others"])),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
