"""Every text of a document that is given in several languages, group by group.

- A group is one thing said once per language: the names of a party, the titles of a standard.
- Groups that are left out of a document are not yielded; a group that is there has one text or
  more.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.core.document.attestation import Attestation, AttestedObject, Site
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.notice import Notice
from exchange.core.document.status_change import StatusChange
from exchange.core.document.values import LocalName

Group = tuple[str, tuple[LocalName, ...]]
"""The path of a group and its texts."""


def text_groups(
    document: Attestation | StatusChange | RegisterDeclaration | Notice,
) -> Iterator[Group]:
    """Yield every group of texts with its path."""
    if isinstance(document, Attestation):
        yield from _attestation(document)
    elif isinstance(document, StatusChange):
        for number, reason in enumerate(document.reasons, 1):
            yield f"/StatusChange/Reason[{number}]/Text", reason.texts
    elif isinstance(document, Notice):
        yield "/Notice/Text", document.texts


def _attestation(document: Attestation) -> Iterator[Group]:
    yield "/Attestation/Scheme/SchemeName", document.scheme.names
    for path, party in document.parties():
        yield f"{path}/Name", party.names
        if party.trading_names:
            yield f"{path}/TradingName", party.trading_names
        if party.address.full:
            yield f"{path}/Address/Full", party.address.full
    yield from _sites(document.sites)
    yield from _object(document.object)
    for number, requirement in enumerate(document.requirements, 1):
        yield f"/Attestation/Requirement[{number}]/Title", requirement.titles
    for number, assessment in enumerate(document.assessments, 1):
        for metric_number, metric in enumerate(assessment.metrics, 1):
            path = f"/Attestation/Assessment[{number}]/Metric[{metric_number}]"
            yield f"{path}/MetricName", metric.names
    yield from document.particulars.texts()


def _sites(sites: tuple[Site, ...]) -> Iterator[Group]:
    for number, site in enumerate(sites, 1):
        path = f"/Attestation/Site[{number}]"
        yield f"{path}/Name", site.names
        if site.address.full:
            yield f"{path}/Address/Full", site.address.full
        if site.scope_statements:
            yield f"{path}/ScopeStatement", site.scope_statements


def _object(found: AttestedObject) -> Iterator[Group]:
    if found.management_system is not None:
        path = "/Attestation/Object/ManagementSystem"
        yield f"{path}/ScopeStatement", found.management_system.scope_statements
        for number, exclusion in enumerate(found.management_system.exclusions, 1):
            yield f"{path}/Exclusion[{number}]/Justification", exclusion.justifications
    for number, product in enumerate(found.products, 1):
        path = f"/Attestation/Object/Product[{number}]"
        yield f"{path}/ProductName", product.names
        for parameter_number, parameter in enumerate(product.parameters, 1):
            yield f"{path}/Parameter[{parameter_number}]/ParameterName", parameter.names
    for number, service in enumerate(found.services, 1):
        yield f"/Attestation/Object/Service[{number}]/ServiceName", service.names
    for number, process in enumerate(found.processes, 1):
        path = f"/Attestation/Object/Process[{number}]"
        yield f"{path}/ProcessName", process.names
        if process.descriptions:
            yield f"{path}/Description", process.descriptions
    if found.organisation is not None:
        yield "/Attestation/Object/Organisation/ScopeStatement", found.organisation.scope_statements
