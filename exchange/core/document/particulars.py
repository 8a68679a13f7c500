"""Scheme particulars as values: what one scheme says beyond the attestation.

- One value type for each registered scheme; which one must stand in an attestation of which
  scheme is decided by rule SCM-04, not here.
- A scheme that is registered in the catalogue but has no rules of its own yet is kept as its
  element name, so that it can still be named in a finding.

Source: `schemas/schemes/`; documents and rules, section 9.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from exchange.core.document.values import Code, Identifier, LocalName, Party, SecureLink


class MultiSite(NamedTuple):
    """How more than one site was covered (IAF MD 1)."""

    method: str
    sites_total: int
    sites_visited: int
    statements: tuple[LocalName, ...]


class Transition(NamedTuple):
    """A certificate that moves from one edition of its standard to the next."""

    from_number: str
    from_edition: str
    to_edition: str
    deadline: date


class ManagementSystemParticulars(NamedTuple):
    """What a certificate of a management system says beyond the attestation."""

    tag: str
    audit_type: str
    recertification_count: int
    size_class: str | None
    planned_surveillances: tuple[date, ...]
    multi_site: MultiSite | None
    transition: Transition | None


class ImplementationRule(NamedTuple):
    """The CCC implementation rule that applied."""

    number: str
    edition: str | None
    titles: tuple[LocalName, ...]


class Factory(NamedTuple):
    """A factory with its code in the certificate."""

    party: Party
    code: str
    last_inspection: date | None


class TestReport(NamedTuple):
    """A type test report behind a CCC certificate."""

    number: str
    laboratory: Identifier
    accreditation_number: str
    day: date
    standards: tuple[str, ...]
    models: tuple[str, ...]


class CriticalComponent(NamedTuple):
    """A component whose change needs a new decision."""

    names: tuple[LocalName, ...]
    model: str
    maker: str
    certificate_number: str | None


class CCCParticulars(NamedTuple):
    """What a CCC certificate says beyond the attestation."""

    tag: str
    product_class: Code
    implementation_rule: ImplementationRule
    factories: tuple[Factory, ...]
    types_tested: tuple[str, ...]
    test_reports: tuple[TestReport, ...]
    critical_components: tuple[CriticalComponent, ...]
    follow_up_due: date | None
    electronic_certificate: SecureLink | None
    register_qr: str | None


class OtherParticulars(NamedTuple):
    """Particulars of a scheme that has no rules of its own here."""

    tag: str


Particulars = ManagementSystemParticulars | CCCParticulars | OtherParticulars
