"""Regional brands, such as Zhejiang Made (浙江制造, the Pin Zi mark).

A regional brand promises more than the national standard, so each of its indicators gives both
limits and what was measured. Brands, their owners and regions are lists: an operator registers
the true owners.

Source: `schemas/schemes/regional-brand/`; documents and rules, section 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.document.cursor import Cursor
from exchange.core.document.measured import (
    Limit,
    MarkLicence,
    every,
    limit,
    mark_licence,
    optional_limit,
)
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.read_parts import secure_link
from exchange.core.document.values import Code as CodedValue
from exchange.core.document.values import Identifier, LocalName, Measure
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_parts import beyond_limit, fault, licence_outside, outside_list
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding

ID: Final = "urn:mrhub:scheme:regional-brand"
BRANDS: Final = "REGIONAL-BRAND"
OWNERS: Final = "REGIONAL-BRAND-OWNER"
CRITERIA: Final = "REGIONAL-BRAND-CRITERION"
DIVISIONS: Final = "GBT2260"
SUBDIVISIONS: Final = "ISO3166-2"
MARK: Final = "regional-brand"
PROVINCE: Final = 2
"""Digits of a code of GB/T 2260 that name the province."""
NEEDED: Final = ("innovation", "intelligence", "green", "integrity")
"""The criteria of every regional brand. Source: documents and rules, section 9."""

_GROUP_STANDARD: Final = re.compile(r"T/[A-Z]{2,12} [0-9]{1,6}(\.[0-9]{1,3})?")
"""T, the code of the association, a number. Source: GB/T 20004.1."""
_PATH: Final = f"{PATH}/RegionalBrandParticulars"


class RegionalBrandRuleCode(Code):
    """Gate 5, rules of regional brands."""

    SCH_RGB_01 = (
        "rule.SCH-RGB-01",
        "region, brand owner or group standard are not those of the brand",
        "give a region of the brand, its registered owner and the group standard with edition",
    )
    SCH_RGB_02 = (
        "rule.SCH-RGB-02",
        "an indicator does not go beyond the national standard, or is not met",
        "give limits stricter than those of the national standard, and values that meet them",
    )
    SCH_RGB_03 = (
        "rule.SCH-RGB-03",
        "one of the four criteria is missing or not met",
        "give innovation, intelligence, green and integrity once each, all met",
    )
    SCH_RGB_04 = (
        "rule.SCH-RGB-04",
        "the licence of the mark does not fit the certificate",
        "let the licence run inside the certificate, for the mark of regional brands",
    )
    SCH_RGB_05 = (
        "rule.SCH-RGB-05",
        "the self-declaration is later than the decision",
        "decide on a declaration that the holder has made before",
    )


class GroupStandard(NamedTuple):
    """A standard of an association."""

    number: str
    edition: str | None
    published: date
    titles: tuple[LocalName, ...]


class Indicator(NamedTuple):
    """An indicator that goes beyond the national standard."""

    names: tuple[LocalName, ...]
    national_limit: Limit | None
    brand_limit: Limit
    measured: Measure


class Criterion(NamedTuple):
    """One of the four criteria, and what was found."""

    dimension: CodedValue
    is_met: bool
    findings: tuple[LocalName, ...]


class SelfDeclaration(NamedTuple):
    """What the holder has declared itself."""

    number: str
    day: date
    descriptions: tuple[LocalName, ...]


@dataclass(frozen=True, slots=True)
class RegionalBrandParticulars(Particulars):
    """What a certificate of a regional brand says beyond the attestation."""

    brand: CodedValue
    brand_names: tuple[LocalName, ...]
    owner: Identifier
    region: CodedValue
    group_standard: GroupStandard
    indicators: tuple[Indicator, ...]
    criteria: tuple[Criterion, ...]
    self_declaration: SelfDeclaration
    mark_licence: MarkLicence

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield the names of brand, standard and indicators, and the findings."""
        yield f"{_PATH}/BrandName", self.brand_names
        yield f"{_PATH}/GroupStandard/Title", self.group_standard.titles
        for number, indicator in enumerate(self.indicators, 1):
            yield f"{_PATH}/Indicator[{number}]/IndicatorName", indicator.names
        for number, criterion in enumerate(self.criteria, 1):
            yield f"{_PATH}/Criterion[{number}]/Finding", criterion.findings
        yield f"{_PATH}/SelfDeclaration/Link/Description", self.self_declaration.descriptions


def _read(cursor: Cursor, tag: str) -> RegionalBrandParticulars:
    cursor.enter("RegionalBrandParticulars")
    return RegionalBrandParticulars(
        tag,
        cursor.code("Brand"),
        cursor.local_names("BrandName"),
        cursor.identifier("BrandOwner"),
        cursor.code("Region"),
        _group_standard(cursor),
        every(cursor, "Indicator", _indicator),
        every(cursor, "Criterion", _criterion),
        _self_declaration(cursor),
        mark_licence(cursor, "MarkLicence"),
    )


def _group_standard(cursor: Cursor) -> GroupStandard:
    cursor.enter("GroupStandard")
    number = cursor.word("Number")
    edition = cursor.optional_word("Edition")
    cursor.word("Publisher")
    return GroupStandard(number, edition, cursor.day("PublishedOn"), cursor.local_names("Title"))


def _indicator(cursor: Cursor) -> Indicator:
    cursor.word("IndicatorID")
    names = cursor.local_names("IndicatorName")
    cursor.enter("NationalStandard")
    cursor.word("Number")
    cursor.word("Edition")
    cursor.optional_word("Clause")
    found = Indicator(
        names,
        optional_limit(cursor, "NationalLimit"),
        limit(cursor, "BrandLimit"),
        cursor.measure("MeasuredValue"),
    )
    cursor.word("Method")
    return found


def _criterion(cursor: Cursor) -> Criterion:
    return Criterion(cursor.code("Dimension"), cursor.flag("Met"), cursor.local_names("Finding"))


def _self_declaration(cursor: Cursor) -> SelfDeclaration:
    cursor.enter("SelfDeclaration")
    return SelfDeclaration(
        cursor.word("Number"),
        cursor.day("Date"),
        secure_link(cursor, "Link").descriptions if cursor.sees("Link") else (),
    )


def brand_is_registered(case: AttestationCase) -> Iterator[Finding]:
    """The region is one of the brand, its owner is registered and owns the scheme.

    The group standard has its number in the form of the associations, its edition, and is a
    requirement of the certificate.

    Source: SCH-RGB-01; GB/T 2260, ISO 3166-2, GB/T 20004.1.
    """
    said = case.document.particulars
    if not isinstance(said, RegionalBrandParticulars):
        return
    code = RegionalBrandRuleCode.SCH_RGB_01
    yield from outside_list(case, BRANDS, said.brand, code, f"{_PATH}/Brand")
    yield from _region(case, said)
    yield from _owner(case, said)
    yield from _standard(case, said.group_standard)


def _region(case: AttestationCase, said: RegionalBrandParticulars) -> Iterator[Finding]:
    code, path = RegionalBrandRuleCode.SCH_RGB_01, f"{_PATH}/Region"
    day = case.document.decision.decision_date
    region = said.region
    if region.list_id not in {DIVISIONS, SUBDIVISIONS}:
        yield fault(code, path, f"a code of {DIVISIONS} or {SUBDIVISIONS}", quoted(region.list_id))
        return
    yield from outside_list(case, region.list_id, region, code, path)
    brand = case.code_lists.item(BRANDS, said.brand.value, day)
    if brand is None:
        return
    if region.list_id == DIVISIONS:
        home = brand.facts["region"]
        is_inside = region.value[:PROVINCE] == home[:PROVINCE]
    else:
        home = brand.facts["subdivision"]
        is_inside = region.value == home
    if not is_inside:
        yield fault(code, path, f"a region of {home}, where the brand is", quoted(region.value))


def _owner(case: AttestationCase, said: RegionalBrandParticulars) -> Iterator[Finding]:
    code = RegionalBrandRuleCode.SCH_RGB_01
    day = case.document.decision.decision_date
    owner = case.code_lists.item(OWNERS, said.owner.value, day)
    path = f"{_PATH}/BrandOwner"
    if owner is None or owner.facts["brand"] != said.brand.value:
        wanted = f"the registered owner of {quoted(said.brand.value)}"
        yield fault(code, path, wanted, quoted(said.owner.value))
    ids = [(one.scheme, one.value) for one in case.document.scheme.owner.ids]
    if (said.owner.scheme, said.owner.value) not in ids:
        found = ", ".join(quoted(value) for _, value in ids[:3])
        wanted = f"{quoted(said.owner.value)}, the owner of the brand"
        yield fault(code, "/Attestation/Scheme/SchemeOwner/PartyID", wanted, found)


def _standard(case: AttestationCase, standard: GroupStandard) -> Iterator[Finding]:
    code, path = RegionalBrandRuleCode.SCH_RGB_01, f"{_PATH}/GroupStandard"
    if _GROUP_STANDARD.fullmatch(standard.number) is None:
        yield fault(code, f"{path}/Number", "T/, an association, a number", quoted(standard.number))
    if standard.edition is None:
        wanted = f"the edition of {quoted(standard.number)}"
        yield fault(code, f"{path}/Edition", wanted, "none")
    elif (standard.number, standard.edition) not in [
        (one.number, one.edition) for one in case.document.requirements
    ]:
        found = f"{quoted(standard.number)} {quoted(standard.edition)}"
        yield fault(code, f"{path}/Number", "a requirement of the certificate", found)
    day = case.document.decision.decision_date
    if standard.published > day:
        yield fault(code, f"{path}/PublishedOn", f"{day} or earlier", f"{standard.published}")


def indicators_go_beyond(case: AttestationCase) -> Iterator[Finding]:
    """Each limit of the brand is stricter than that of the national standard, and is met.

    Where the national standard has no limit, any is stricter.

    Source: SCH-RGB-02; documents and rules, section 9: "mandatory indicators beyond national
    standard".
    """
    said = case.document.particulars
    code = RegionalBrandRuleCode.SCH_RGB_02
    if not isinstance(said, RegionalBrandParticulars):
        return
    for number, one in enumerate(said.indicators, 1):
        path = f"{_PATH}/Indicator[{number}]"
        yield from beyond_limit(one.measured, one.brand_limit, code, f"{path}/MeasuredValue")
        national, brand = one.national_limit, one.brand_limit
        if national is None:
            continue
        is_alike = (
            national.measure.unit == brand.measure.unit and national.is_minimum == brand.is_minimum
        )
        is_stricter = is_alike and (
            brand.measure.amount > national.measure.amount
            if brand.is_minimum
            else brand.measure.amount < national.measure.amount
        )
        if not is_stricter:
            wanted = f"a limit stricter than {national.in_words()}"
            yield fault(code, f"{path}/BrandLimit", wanted, brand.in_words())


def criteria_are_met(case: AttestationCase) -> Iterator[Finding]:
    """The four criteria are given, and each is met.

    That none is given twice is required by the schema.

    Source: SCH-RGB-03; documents and rules, section 9.
    """
    said = case.document.particulars
    code = RegionalBrandRuleCode.SCH_RGB_03
    if not isinstance(said, RegionalBrandParticulars):
        return
    for number, one in enumerate(said.criteria, 1):
        path = f"{_PATH}/Criterion[{number}]"
        yield from outside_list(case, CRITERIA, one.dimension, code, f"{path}/Dimension")
        if not one.is_met:
            yield fault(code, f"{path}/Met", "true", "false")
    missing = set(NEEDED) - {one.dimension.value for one in said.criteria}
    if missing:
        wanted = f"the criteria {', '.join(sorted(missing))} too"
        yield fault(code, f"{_PATH}/Criterion", wanted, "none")


def licence_fits(case: AttestationCase) -> Iterator[Finding]:
    """The licence is for the mark of regional brands and runs inside the certificate.

    Source: SCH-RGB-04; documents and rules, section 9: "mark licence period".
    """
    said = case.document.particulars
    if isinstance(said, RegionalBrandParticulars):
        code, path = RegionalBrandRuleCode.SCH_RGB_04, f"{_PATH}/MarkLicence"
        yield from licence_outside(case, said.mark_licence, MARK, code, path)


def declared_before_decision(case: AttestationCase) -> Iterator[Finding]:
    """The self-declaration of the holder is not later than the decision.

    Source: SCH-RGB-05; a rule of this project.
    """
    said = case.document.particulars
    decided = case.document.decision.decision_date
    if isinstance(said, RegionalBrandParticulars) and said.self_declaration.day > decided:
        yield fault(
            RegionalBrandRuleCode.SCH_RGB_05,
            f"{_PATH}/SelfDeclaration/Date",
            f"{decided} or earlier",
            f"{said.self_declaration.day}",
        )


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:regional-brand:1}RegionalBrandParticulars",
    read=_read,
    rules=(
        built(
            RegionalBrandRuleCode.SCH_RGB_01, brand_is_registered, older=Older.WARNING, scheme=ID
        ),
        built(RegionalBrandRuleCode.SCH_RGB_02, indicators_go_beyond, scheme=ID),
        built(RegionalBrandRuleCode.SCH_RGB_03, criteria_are_met, scheme=ID),
        built(RegionalBrandRuleCode.SCH_RGB_04, licence_fits, scheme=ID),
        built(RegionalBrandRuleCode.SCH_RGB_05, declared_before_decision, scheme=ID),
    ),
)
