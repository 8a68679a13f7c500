"""An attestation as values: what a certification body states about an object.

- Element by element as in the schema, under the names of the schema.
- Built by `exchange.core.document.read` from the signed content only.
- Particulars of a scheme are values of that scheme (`exchange.core.document.particulars`).

Source: `schemas/attestation/attestation-1.xsd`; documents and rules, section 7.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from exchange.core.document.particulars import Particulars
from exchange.core.document.values import (
    Actor,
    Address,
    Code,
    Digest,
    DocumentRef,
    Evidence,
    Header,
    HumanReadable,
    Identifier,
    LocalName,
    Mark,
    Measure,
    Party,
)
from exchange.core.model import BodyId, Economy


class ObjectKind(StrEnum):
    """What is certified, in the words of ISO/IEC 17000, clause 4.2."""

    MANAGEMENT_SYSTEM = "ManagementSystem"
    PRODUCT = "Product"
    SERVICE = "Service"
    PROCESS = "Process"
    ORGANISATION = "Organisation"


class TakenOver(NamedTuple):
    """The mark of a certificate that is older than the hub."""

    original_body: Identifier | None
    original_date: date
    original_revision: int
    original_status: str
    taken_over_on: date


class RuleDocument(NamedTuple):
    """A document of the scheme, such as an implementation rule."""

    number: str
    version: str
    day: date


class Scheme(NamedTuple):
    """The certification scheme under which the decision was taken."""

    scheme_id: str
    version: str
    names: tuple[LocalName, ...]
    owner: Party
    scheme_type: str | None
    """ISO/IEC 17067: 1a, 1b, 2 to 6, N."""
    rule_documents: tuple[RuleDocument, ...]
    certification_mode: str | None


class IssuingBody(NamedTuple):
    """The body that decided and attests."""

    party: Party
    approval_number: str | None
    cab_code: str | None
    """Its code inside certificate numbers."""


class Authorisation(NamedTuple):
    """Who vouches for the issuing body: an accreditation, designation or approval."""

    kind: str
    authority: BodyId
    number: str
    standard: str
    scope_codes: tuple[Code, ...]
    valid_from: date
    valid_to: date | None
    """Last valid day, inclusive."""
    arrangements: tuple[str, ...]


class Site(NamedTuple):
    """A place that the certificate covers."""

    site_id: str
    role: str
    names: tuple[LocalName, ...]
    address: Address
    gln: str | None
    activities: tuple[Code, ...]
    scope_statements: tuple[LocalName, ...]


class Exclusion(NamedTuple):
    """A clause that was not applied, and why."""

    clause: str
    justifications: tuple[LocalName, ...]


class ManagementSystem(NamedTuple):
    """A certified management system."""

    scope_statements: tuple[LocalName, ...]
    sector_codes: tuple[Code, ...]
    exclusions: tuple[Exclusion, ...]
    effective_personnel: int | None


class Parameter(NamedTuple):
    """A property of a product: an amount or a statement."""

    names: tuple[LocalName, ...]
    value: Measure | None
    statement: str | None


class Product(NamedTuple):
    """A product line: what carries these brands and models."""

    ids: tuple[Identifier, ...]
    names: tuple[LocalName, ...]
    brands: tuple[str, ...]
    models: tuple[str, ...]
    specifications: tuple[str, ...]
    commodity_codes: tuple[Code, ...]
    production_method: str | None
    quantity: Measure | None
    batch_ids: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    origin: Economy


class Service(NamedTuple):
    """A certified service."""

    names: tuple[LocalName, ...]
    service_class: Code
    grade: str | None
    score: Decimal | None


class Process(NamedTuple):
    """A certified process."""

    names: tuple[LocalName, ...]
    descriptions: tuple[LocalName, ...]


class Organisation(NamedTuple):
    """A certified organisation."""

    scope_statements: tuple[LocalName, ...]


class AttestedObject(NamedTuple):
    """The object of conformity assessment: one kind, one or more of it."""

    kind: ObjectKind
    management_system: ManagementSystem | None = None
    products: tuple[Product, ...] = ()
    services: tuple[Service, ...] = ()
    processes: tuple[Process, ...] = ()
    organisation: Organisation | None = None


class EquivalentTo(NamedTuple):
    """Another standard that says the same, and how closely."""

    number: str
    edition: str | None
    degree: str


class Requirement(NamedTuple):
    """A standard, technical regulation or scheme clause that the object fulfils."""

    requirement_id: str
    kind: str
    number: str
    edition: str | None
    clauses: tuple[str, ...]
    titles: tuple[LocalName, ...]
    equivalents: tuple[EquivalentTo, ...]


class ReportRef(NamedTuple):
    """A report that an assessment rests on."""

    number: str
    issuer: Identifier
    day: date
    digest: Digest | None
    is_enclosed: bool


class Threshold(NamedTuple):
    """What a measured value has to reach, or must not pass."""

    limit: Measure
    is_minimum: bool


class Metric(NamedTuple):
    """A value that was declared or measured in an assessment."""

    names: tuple[LocalName, ...]
    threshold: Threshold | None
    declared: Measure | None
    measured: Measure | None


class Assessment(NamedTuple):
    """One activity of determination and its result."""

    assessment_id: str
    activity: str
    topic: str | None
    requirement_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    performed_by: tuple[Actor, ...]
    period_start: date
    period_end: date
    reports: tuple[ReportRef, ...]
    metrics: tuple[Metric, ...]
    conformance: bool


class Decision(NamedTuple):
    """The decision on certification."""

    decision_date: date
    decided_by: Actor


class Lapse(NamedTuple):
    """A gap between two cycles."""

    previous_expiry_date: date
    recertification_date: date


class Validity(NamedTuple):
    """The days on which the certificate was issued and counts, all in the issuer's zone."""

    original_issue_date: date
    issue_date: date
    effective_date: date
    expiry_date: date | None
    """Last valid day, inclusive."""
    cycle_start: date | None
    cycle_end: date | None
    next_surveillance_due: date | None
    lapse: Lapse | None


class DeclaredStatus(NamedTuple):
    """The status that the certificate itself declares."""

    status: str
    since: date
    register_uri: str


class RelatedAttestation(NamedTuple):
    """Another attestation and how it relates to this one."""

    document: DocumentRef
    relation: str


class Attestation(NamedTuple):
    """Everything that an attestation states."""

    header: Header
    attestation_id: str
    certificate_number: str
    revision: int
    taken_over: TakenOver | None
    attestation_type: str
    assessor_level: str
    assessment_level: str
    scheme: Scheme
    issuing_body: IssuingBody
    authorisations: tuple[Authorisation, ...]
    holder: Party
    applicant: Party | None
    manufacturers: tuple[Party, ...]
    sites: tuple[Site, ...]
    object: AttestedObject
    requirements: tuple[Requirement, ...]
    assessments: tuple[Assessment, ...]
    decision: Decision
    validity: Validity
    status: DeclaredStatus
    marks: tuple[Mark, ...]
    human_readable: tuple[HumanReadable, ...]
    evidence: tuple[Evidence, ...]
    related: tuple[RelatedAttestation, ...]
    particulars: Particulars
    text_languages: frozenset[tuple[str, ...]]
    """The languages that texts are given in: those of one group of texts stand together."""

    def parties(self) -> Iterator[tuple[str, Party]]:
        """Yield every party with its path."""
        yield "/Attestation/Scheme/SchemeOwner", self.scheme.owner
        yield "/Attestation/IssuingBody", self.issuing_body.party
        yield "/Attestation/Holder", self.holder
        if self.applicant is not None:
            yield "/Attestation/Applicant", self.applicant
        for number, party in enumerate(self.manufacturers, 1):
            yield f"/Attestation/Manufacturer[{number}]", party
        yield from self.particulars.parties()
