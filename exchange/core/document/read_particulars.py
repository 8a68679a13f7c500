"""Reading scheme particulars: one function for each element that has a value type.

Source: `schemas/schemes/management-systems/`, `schemas/schemes/ccc/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from exchange.core.document.elements import (
    Element,
    children,
    code,
    day,
    identifier,
    local_names,
    optional_day,
    optional_word,
    party_of,
    secure_link,
    texts,
    word,
    words,
)
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

_MS: Final = "{urn:mrhub:scheme:management-systems:1}"
_CCC: Final = "{urn:mrhub:scheme:ccc:1}"


def particulars(element: Element) -> Particulars:
    """Return the particulars in their `SchemeParticulars` wrapper."""
    inner = element[0]
    reader = _READERS.get(str(inner.tag))
    return OtherParticulars(str(inner.tag)) if reader is None else reader(inner)


def _management_system(element: Element) -> Particulars:
    groups = children(element)
    return ManagementSystemParticulars(
        str(element.tag),
        word(groups["AuditType"][0]),
        int(groups["RecertificationCount"][0].text or "0"),
        optional_word(groups, "SizeClass"),
        tuple([_due(one) for one in groups["PlannedSurveillance"]]),
        _multi_site(groups["MultiSite"][0]) if "MultiSite" in groups else None,
        _transition(groups["Transition"][0]) if "Transition" in groups else None,
    )


def _due(element: Element) -> date:
    return day(children(element)["DueBy"][0])


def _multi_site(element: Element) -> MultiSite:
    groups = children(element)
    return MultiSite(
        word(groups["Method"][0]),
        int(groups["SitesTotal"][0].text or "0"),
        int(groups["SitesVisited"][0].text or "0"),
        texts(groups["Statement"]),
    )


def _transition(element: Element) -> Transition:
    groups = children(element)
    return Transition(
        word(groups["FromNumber"][0]),
        word(groups["FromEdition"][0]),
        word(groups["ToEdition"][0]),
        day(groups["Deadline"][0]),
    )


def _ccc(element: Element) -> Particulars:
    groups = children(element)
    rule = children(groups["ImplementationRule"][0])
    links = groups.get("ElectronicCertificate")
    return CCCParticulars(
        str(element.tag),
        code(groups["ProductClass"][0]),
        ImplementationRule(
            word(rule["Number"][0]),
            optional_word(rule, "Edition"),
            local_names(rule["Title"]),
        ),
        tuple([_factory(one) for one in groups["Factory"]]),
        words(groups["TypeTested"]),
        tuple([_test_report(one) for one in groups["TestReport"]]),
        tuple([_component(one) for one in groups.get("CriticalComponent", ())]),
        optional_day(groups, "FollowUpDue"),
        None if links is None else secure_link(links[0]),
        optional_word(groups, "RegisterQR"),
    )


def _factory(element: Element) -> Factory:
    groups = children(element)
    return Factory(
        party_of(groups),
        word(groups["FactoryCode"][0]),
        optional_day(groups, "LastInspection"),
    )


def _test_report(element: Element) -> TestReport:
    groups = children(element)
    return TestReport(
        word(groups["Number"][0]),
        identifier(groups["Laboratory"][0]),
        word(groups["AccreditationNumber"][0]),
        day(groups["Date"][0]),
        words(groups["Standard"]),
        words(groups["Model"]),
    )


def _component(element: Element) -> CriticalComponent:
    groups = children(element)
    return CriticalComponent(
        local_names(groups["ComponentName"]),
        word(groups["Model"][0]),
        word(groups["Maker"][0]),
        optional_word(groups, "CertificateNumber"),
    )


_READERS: Final[Mapping[str, Callable[[Element], Particulars]]] = MappingProxyType(
    {
        f"{_MS}ManagementSystemParticulars": _management_system,
        f"{_CCC}CCCParticulars": _ccc,
    }
)
