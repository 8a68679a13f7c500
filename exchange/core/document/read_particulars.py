"""Reading scheme particulars: one function for each element that has a value type.

Source: `schemas/schemes/management-systems/`, `schemas/schemes/ccc/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import (
    CCCParticulars,
    CriticalComponent,
    Factory,
    ImplementationRule,
    ManagementSystemParticulars,
    MultiSite,
    OtherParticulars,
    Particulars,
    TestReport,
    Transition,
)
from exchange.core.document.read_parts import party, secure_link


def particulars(cursor: Cursor) -> Particulars:
    """Take the particulars in their `SchemeParticulars` wrapper."""
    cursor.enter("SchemeParticulars")
    tag = cursor.tag()
    reader = _READERS.get(tag)
    if reader is None:
        cursor.skip(cursor.name())
        return OtherParticulars(tag)
    return reader(cursor, tag)


def _management_system(cursor: Cursor, tag: str) -> Particulars:
    cursor.enter("ManagementSystemParticulars")
    audit_type = cursor.word("AuditType")
    recertification_count = cursor.count("RecertificationCount")
    size_class = cursor.optional_word("SizeClass")
    for name in ("TotalPersonnel", "Complexity", "AuditDays"):
        cursor.skip(name)
    found = ManagementSystemParticulars(
        tag,
        audit_type,
        recertification_count,
        size_class,
        _surveillances(cursor),
        _multi_site(cursor) if cursor.sees("MultiSite") else None,
        _transition(cursor) if cursor.sees("Transition") else None,
    )
    cursor.skip("AuditedTogetherWith")
    cursor.skip("AccreditationSymbol")
    return found


def _surveillances(cursor: Cursor) -> tuple[date, ...]:
    found = []
    while cursor.sees("PlannedSurveillance"):
        cursor.enter("PlannedSurveillance")
        cursor.skip("Sequence")
        found.append(cursor.day("DueBy"))
    return tuple(found)


def _multi_site(cursor: Cursor) -> MultiSite:
    cursor.enter("MultiSite")
    return MultiSite(
        cursor.word("Method"),
        cursor.count("SitesTotal"),
        cursor.count("SitesVisited"),
        cursor.local_names("Statement"),
    )


def _transition(cursor: Cursor) -> Transition:
    cursor.enter("Transition")
    return Transition(
        cursor.word("FromNumber"),
        cursor.word("FromEdition"),
        cursor.word("ToEdition"),
        cursor.day("Deadline"),
    )


def _ccc(cursor: Cursor, tag: str) -> Particulars:
    cursor.enter("CCCParticulars")
    return CCCParticulars(
        tag,
        cursor.code("ProductClass"),
        _implementation_rule(cursor),
        _factories(cursor),
        cursor.words("TypeTested"),
        _test_reports(cursor),
        _components(cursor),
        cursor.optional_day("FollowUpDue"),
        secure_link(cursor, "ElectronicCertificate")
        if cursor.sees("ElectronicCertificate")
        else None,
        cursor.optional_word("RegisterQR"),
    )


def _implementation_rule(cursor: Cursor) -> ImplementationRule:
    cursor.enter("ImplementationRule")
    return ImplementationRule(
        cursor.word("Number"), cursor.optional_word("Edition"), cursor.local_names("Title")
    )


def _factories(cursor: Cursor) -> tuple[Factory, ...]:
    found = []
    while cursor.sees("Factory"):
        found.append(
            Factory(
                party(cursor, "Factory"),
                cursor.word("FactoryCode"),
                cursor.optional_day("LastInspection"),
            )
        )
    return tuple(found)


def _test_reports(cursor: Cursor) -> tuple[TestReport, ...]:
    found = []
    while cursor.sees("TestReport"):
        cursor.enter("TestReport")
        found.append(
            TestReport(
                cursor.word("Number"),
                cursor.identifier("Laboratory"),
                cursor.word("AccreditationNumber"),
                cursor.day("Date"),
                cursor.words("Standard"),
                cursor.words("Model"),
            )
        )
    return tuple(found)


def _components(cursor: Cursor) -> tuple[CriticalComponent, ...]:
    found = []
    while cursor.sees("CriticalComponent"):
        cursor.enter("CriticalComponent")
        found.append(
            CriticalComponent(
                cursor.local_names("ComponentName"),
                cursor.word("Model"),
                cursor.word("Maker"),
                cursor.optional_word("CertificateNumber"),
            )
        )
    return tuple(found)


_READERS: Final[Mapping[str, Callable[[Cursor, str], Particulars]]] = MappingProxyType(
    {
        "{urn:mrhub:scheme:management-systems:1}ManagementSystemParticulars": _management_system,
        "{urn:mrhub:scheme:ccc:1}CCCParticulars": _ccc,
    }
)
