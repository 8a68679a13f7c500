"""Reading an attestation: one function for each group of its schema.

The order of the takes is the order of the schema; each names the element that it expects.

Source: `schemas/attestation/attestation-1.xsd`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from exchange.core.document.attestation import (
    Assessment,
    Attestation,
    AttestedObject,
    Authorisation,
    Decision,
    DeclaredStatus,
    EquivalentTo,
    Exclusion,
    IssuingBody,
    Lapse,
    ManagementSystem,
    Metric,
    ObjectKind,
    Organisation,
    Parameter,
    Process,
    Product,
    RelatedAttestation,
    ReportRef,
    Requirement,
    RuleDocument,
    Scheme,
    Service,
    Site,
    TakenOver,
    Threshold,
    Validity,
)
from exchange.core.document.cursor import Cursor
from exchange.core.document.read_particulars import particulars
from exchange.core.document.read_parts import (
    actor,
    address,
    document_ref,
    evidence,
    header,
    human_readable,
    mark,
    parties,
    party,
)
from exchange.core.document.values import Actor
from exchange.core.model import BodyId, Economy

Value = TypeVar("Value")


def attestation(cursor: Cursor) -> Attestation:
    """Take an attestation that is valid under its schema."""
    cursor.enter("Attestation")
    return Attestation(
        header(cursor),
        cursor.word("AttestationID"),
        cursor.word("CertificateNumber"),
        cursor.count("Revision"),
        _taken_over(cursor) if cursor.sees("TakenOver") else None,
        cursor.word("AttestationType"),
        cursor.word("AssessorLevel"),
        cursor.word("AssessmentLevel"),
        _scheme(cursor),
        _issuing_body(cursor),
        _every(cursor, "Authorisation", _authorisation),
        party(cursor, "Holder"),
        party(cursor, "Applicant") if cursor.sees("Applicant") else None,
        parties(cursor, "Manufacturer"),
        _every(cursor, "Site", _site),
        _object(cursor),
        _every(cursor, "Requirement", _requirement),
        _every(cursor, "Assessment", _assessment),
        _decision(cursor),
        _validity(cursor),
        _status(cursor),
        _every(cursor, "Mark", mark),
        _every(cursor, "HumanReadable", human_readable),
        _every(cursor, "Evidence", evidence),
        _every(cursor, "RelatedAttestation", _related),
        particulars(cursor),
        cursor.languages(),
    )


def _every(cursor: Cursor, name: str, take: Callable[[Cursor], Value]) -> tuple[Value, ...]:
    """Take all elements of this name, each by its function."""
    found = []
    while cursor.sees(name):
        cursor.enter(name)
        found.append(take(cursor))
    return tuple(found)


def _taken_over(cursor: Cursor) -> TakenOver:
    cursor.enter("TakenOver")
    return TakenOver(
        cursor.identifier("OriginalBody") if cursor.sees("OriginalBody") else None,
        cursor.day("OriginalDate"),
        cursor.count("OriginalRevision"),
        cursor.word("OriginalStatus"),
        cursor.day("TakenOverOn"),
    )


def _scheme(cursor: Cursor) -> Scheme:
    cursor.enter("Scheme")
    return Scheme(
        cursor.word("SchemeID"),
        cursor.word("SchemeVersion"),
        cursor.local_names("SchemeName"),
        party(cursor, "SchemeOwner"),
        cursor.optional_word("SchemeType"),
        _every(cursor, "RuleDocument", _rule_document),
        cursor.optional_word("CertificationMode"),
    )


def _rule_document(cursor: Cursor) -> RuleDocument:
    return RuleDocument(cursor.word("Number"), cursor.word("Version"), cursor.day("Date"))


def _issuing_body(cursor: Cursor) -> IssuingBody:
    return IssuingBody(
        party(cursor, "IssuingBody"),
        cursor.optional_word("ApprovalNumber"),
        cursor.optional_word("CABCode"),
    )


def _authorisation(cursor: Cursor) -> Authorisation:
    return Authorisation(
        cursor.word("Kind"),
        BodyId(cursor.word("Authority")),
        cursor.word("AccreditationNumber"),
        cursor.word("Standard"),
        cursor.codes("ScopeCode"),
        cursor.day("ValidFrom"),
        cursor.optional_day("ValidTo"),
        cursor.words("ArrangementID"),
    )


def _site(cursor: Cursor) -> Site:
    return Site(
        cursor.word("SiteID"),
        cursor.word("Role"),
        cursor.local_names("Name"),
        address(cursor),
        cursor.optional_word("GLN"),
        cursor.codes("Activity"),
        cursor.local_names("ScopeStatement"),
    )


def _object(cursor: Cursor) -> AttestedObject:
    cursor.enter("Object")
    kind = ObjectKind(cursor.name())
    match kind:
        case ObjectKind.MANAGEMENT_SYSTEM:
            return AttestedObject(kind, management_system=_management_system(cursor))
        case ObjectKind.PRODUCT:
            return AttestedObject(kind, products=_every(cursor, kind.value, _product))
        case ObjectKind.SERVICE:
            return AttestedObject(kind, services=_every(cursor, kind.value, _service))
        case ObjectKind.PROCESS:
            return AttestedObject(kind, processes=_every(cursor, kind.value, _process))
        case ObjectKind.ORGANISATION:
            cursor.enter(kind.value)
            statements = cursor.local_names("ScopeStatement")
            return AttestedObject(kind, organisation=Organisation(statements))


def _management_system(cursor: Cursor) -> ManagementSystem:
    cursor.enter("ManagementSystem")
    return ManagementSystem(
        cursor.local_names("ScopeStatement"),
        cursor.codes("SectorCode"),
        _every(cursor, "Exclusion", _exclusion),
        cursor.optional_count("EffectivePersonnel"),
    )


def _exclusion(cursor: Cursor) -> Exclusion:
    return Exclusion(cursor.word("Clause"), cursor.local_names("Justification"))


def _product(cursor: Cursor) -> Product:
    return Product(
        cursor.identifiers("ProductID"),
        cursor.local_names("ProductName"),
        cursor.words("Brand"),
        cursor.words("Model"),
        cursor.words("Specification"),
        cursor.codes("CommodityCode"),
        cursor.optional_word("ProductionMethod"),
        cursor.optional_measure("Quantity"),
        cursor.words("BatchID"),
        _every(cursor, "Parameter", _parameter),
        Economy(cursor.word("OriginEconomy")),
    )


def _parameter(cursor: Cursor) -> Parameter:
    return Parameter(
        cursor.local_names("ParameterName"),
        cursor.optional_measure("Value"),
        cursor.optional_word("Statement"),
    )


def _service(cursor: Cursor) -> Service:
    names = cursor.local_names("ServiceName")
    service_class = cursor.code("ServiceClass")
    grade = cursor.optional_word("Grade")
    score = cursor.optional_word("Score")
    return Service(names, service_class, grade, None if score is None else Decimal(score))


def _process(cursor: Cursor) -> Process:
    return Process(cursor.local_names("ProcessName"), cursor.local_names("Description"))


def _requirement(cursor: Cursor) -> Requirement:
    return Requirement(
        cursor.word("RequirementID"),
        cursor.word("Kind"),
        cursor.word("Number"),
        cursor.optional_word("Edition"),
        cursor.words("Clause"),
        cursor.local_names("Title"),
        _every(cursor, "EquivalentTo", _equivalent),
    )


def _equivalent(cursor: Cursor) -> EquivalentTo:
    return EquivalentTo(
        cursor.word("Number"), cursor.optional_word("Edition"), cursor.word("Degree")
    )


def _assessment(cursor: Cursor) -> Assessment:
    return Assessment(
        cursor.word("AssessmentID"),
        cursor.word("ActivityType"),
        cursor.optional_word("Topic"),
        cursor.words("RequirementRef"),
        cursor.words("SiteRef"),
        _performers(cursor),
        cursor.day("PeriodStart"),
        cursor.day("PeriodEnd"),
        _reports(cursor),
        _every(cursor, "Metric", _metric),
        cursor.flag("Conformance"),
    )


def _performers(cursor: Cursor) -> tuple[Actor, ...]:
    found = []
    while cursor.sees("PerformedBy"):
        found.append(actor(cursor, "PerformedBy"))
    return tuple(found)


def _reports(cursor: Cursor) -> tuple[ReportRef, ...]:
    found = []
    while cursor.sees("ReportRef"):
        is_enclosed = cursor.attribute("enclosed") in {"true", "1"}
        cursor.enter("ReportRef")
        found.append(
            ReportRef(
                cursor.word("Number"),
                cursor.identifier("Issuer"),
                cursor.day("Date"),
                cursor.digest("Digest") if cursor.sees("Digest") else None,
                is_enclosed,
            )
        )
    return tuple(found)


def _metric(cursor: Cursor) -> Metric:
    return Metric(
        cursor.local_names("MetricName"),
        _threshold(cursor) if cursor.sees("Threshold") else None,
        cursor.optional_measure("DeclaredValue"),
        cursor.optional_measure("MeasuredValue"),
    )


def _threshold(cursor: Cursor) -> Threshold:
    is_minimum = cursor.attribute("bound") == "minimum"
    return Threshold(cursor.measure("Threshold"), is_minimum)


def _decision(cursor: Cursor) -> Decision:
    cursor.enter("Decision")
    return Decision(cursor.day("DecisionDate"), actor(cursor, "DecidedBy"))


def _validity(cursor: Cursor) -> Validity:
    cursor.enter("Validity")
    return Validity(
        cursor.day("OriginalIssueDate"),
        cursor.day("IssueDate"),
        cursor.day("EffectiveDate"),
        cursor.optional_day("ExpiryDate"),
        cursor.optional_day("CycleStart"),
        cursor.optional_day("CycleEnd"),
        cursor.optional_day("NextSurveillanceDue"),
        _lapse(cursor) if cursor.sees("Lapse") else None,
    )


def _lapse(cursor: Cursor) -> Lapse:
    cursor.enter("Lapse")
    return Lapse(cursor.day("PreviousExpiryDate"), cursor.day("RecertificationDate"))


def _status(cursor: Cursor) -> DeclaredStatus:
    cursor.enter("Status")
    return DeclaredStatus(cursor.word("Code"), cursor.day("Since"), cursor.word("RegisterUri"))


def _related(cursor: Cursor) -> RelatedAttestation:
    return RelatedAttestation(document_ref(cursor, "Document"), cursor.word("Relation"))
