"""Reading an attestation: one function for each group of its schema.

Source: `schemas/attestation/attestation-1.xsd`.
"""

from __future__ import annotations

from decimal import Decimal

from exchange.core.document.attestation import (
    Assessment,
    Attestation,
    AttestedObject,
    Authorisation,
    Decision,
    DeclaredStatus,
    EquivalentTo,
    Evidence,
    Exclusion,
    HumanReadable,
    IssuingBody,
    Lapse,
    ManagementSystem,
    Mark,
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
from exchange.core.document.elements import (
    Element,
    actor,
    address,
    children,
    code,
    codes,
    day,
    digest,
    document_ref,
    flag,
    header,
    identifier,
    identifiers,
    local_names,
    measure,
    optional_day,
    optional_measure,
    optional_word,
    party,
    party_of,
    secure_link,
    texts,
    word,
    words,
)
from exchange.core.document.read_particulars import particulars
from exchange.core.model import BodyId, Economy


def attestation(root: Element) -> Attestation:
    """Return the values of an attestation that is valid under its schema."""
    groups = children(root)
    decision = children(groups["Decision"][0])
    status = children(groups["Status"][0])
    return Attestation(
        header(groups["Header"][0]),
        word(groups["AttestationID"][0]),
        word(groups["CertificateNumber"][0]),
        int(groups["Revision"][0].text or "0"),
        _taken_over(groups["TakenOver"][0]) if "TakenOver" in groups else None,
        word(groups["AttestationType"][0]),
        word(groups["AssessorLevel"][0]),
        word(groups["AssessmentLevel"][0]),
        _scheme(groups["Scheme"][0]),
        _issuing_body(groups["IssuingBody"][0]),
        tuple([_authorisation(one) for one in groups["Authorisation"]]),
        party(groups["Holder"][0]),
        party(groups["Applicant"][0]) if "Applicant" in groups else None,
        tuple([party(one) for one in groups.get("Manufacturer", ())]),
        tuple([_site(one) for one in groups.get("Site", ())]),
        _object(groups["Object"][0]),
        tuple([_requirement(one) for one in groups["Requirement"]]),
        tuple([_assessment(one) for one in groups["Assessment"]]),
        Decision(day(decision["DecisionDate"][0]), actor(decision["DecidedBy"][0])),
        _validity(groups["Validity"][0]),
        DeclaredStatus(
            word(status["Code"][0]), day(status["Since"][0]), word(status["RegisterUri"][0])
        ),
        tuple([_mark(one) for one in groups.get("Mark", ())]),
        tuple([_human_readable(one) for one in groups.get("HumanReadable", ())]),
        tuple([_evidence(one) for one in groups.get("Evidence", ())]),
        tuple([_related(one) for one in groups.get("RelatedAttestation", ())]),
        particulars(groups["SchemeParticulars"][0]),
    )


def _taken_over(element: Element) -> TakenOver:
    groups = children(element)
    return TakenOver(
        identifier(groups["OriginalBody"][0]) if "OriginalBody" in groups else None,
        day(groups["OriginalDate"][0]),
        int(groups["OriginalRevision"][0].text or "0"),
        word(groups["OriginalStatus"][0]),
        day(groups["TakenOverOn"][0]),
    )


def _scheme(element: Element) -> Scheme:
    groups = children(element)
    return Scheme(
        word(groups["SchemeID"][0]),
        word(groups["SchemeVersion"][0]),
        local_names(groups["SchemeName"]),
        party(groups["SchemeOwner"][0]),
        optional_word(groups, "SchemeType"),
        tuple([_rule_document(one) for one in groups.get("RuleDocument", ())]),
        optional_word(groups, "CertificationMode"),
    )


def _rule_document(element: Element) -> RuleDocument:
    groups = children(element)
    return RuleDocument(
        word(groups["Number"][0]), word(groups["Version"][0]), day(groups["Date"][0])
    )


def _issuing_body(element: Element) -> IssuingBody:
    groups = children(element)
    return IssuingBody(
        party_of(groups),
        optional_word(groups, "ApprovalNumber"),
        optional_word(groups, "CABCode"),
    )


def _authorisation(element: Element) -> Authorisation:
    groups = children(element)
    return Authorisation(
        word(groups["Kind"][0]),
        BodyId(word(groups["Authority"][0])),
        word(groups["AccreditationNumber"][0]),
        word(groups["Standard"][0]),
        codes(groups.get("ScopeCode", ())),
        day(groups["ValidFrom"][0]),
        optional_day(groups, "ValidTo"),
        words(groups.get("ArrangementID", ())),
    )


def _site(element: Element) -> Site:
    groups = children(element)
    return Site(
        word(groups["SiteID"][0]),
        word(groups["Role"][0]),
        local_names(groups["Name"]),
        address(groups["Address"][0]),
        optional_word(groups, "GLN"),
        codes(groups.get("Activity", ())),
        texts(groups.get("ScopeStatement", ())),
    )


def _object(element: Element) -> AttestedObject:
    groups = children(element)
    ((name, members),) = groups.items()
    kind = ObjectKind(name)
    match kind:
        case ObjectKind.MANAGEMENT_SYSTEM:
            return AttestedObject(kind, management_system=_management_system(members[0]))
        case ObjectKind.PRODUCT:
            return AttestedObject(kind, products=tuple([_product(one) for one in members]))
        case ObjectKind.SERVICE:
            return AttestedObject(kind, services=tuple([_service(one) for one in members]))
        case ObjectKind.PROCESS:
            return AttestedObject(kind, processes=tuple([_process(one) for one in members]))
        case ObjectKind.ORGANISATION:
            statements = texts(children(members[0])["ScopeStatement"])
            return AttestedObject(kind, organisation=Organisation(statements))


def _management_system(element: Element) -> ManagementSystem:
    groups = children(element)
    return ManagementSystem(
        texts(groups["ScopeStatement"]),
        codes(groups["SectorCode"]),
        tuple([_exclusion(one) for one in groups.get("Exclusion", ())]),
        int(groups["EffectivePersonnel"][0].text or "0")
        if "EffectivePersonnel" in groups
        else None,
    )


def _exclusion(element: Element) -> Exclusion:
    groups = children(element)
    return Exclusion(word(groups["Clause"][0]), texts(groups["Justification"]))


def _product(element: Element) -> Product:
    groups = children(element)
    return Product(
        identifiers(groups.get("ProductID", ())),
        local_names(groups["ProductName"]),
        words(groups.get("Brand", ())),
        words(groups.get("Model", ())),
        words(groups.get("Specification", ())),
        codes(groups.get("CommodityCode", ())),
        optional_word(groups, "ProductionMethod"),
        optional_measure(groups, "Quantity"),
        words(groups.get("BatchID", ())),
        tuple([_parameter(one) for one in groups.get("Parameter", ())]),
        Economy(word(groups["OriginEconomy"][0])),
    )


def _parameter(element: Element) -> Parameter:
    groups = children(element)
    return Parameter(
        local_names(groups["ParameterName"]),
        optional_measure(groups, "Value"),
        optional_word(groups, "Statement"),
    )


def _service(element: Element) -> Service:
    groups = children(element)
    score = optional_word(groups, "Score")
    return Service(
        local_names(groups["ServiceName"]),
        code(groups["ServiceClass"][0]),
        optional_word(groups, "Grade"),
        None if score is None else Decimal(score),
    )


def _process(element: Element) -> Process:
    groups = children(element)
    return Process(local_names(groups["ProcessName"]), texts(groups.get("Description", ())))


def _requirement(element: Element) -> Requirement:
    groups = children(element)
    return Requirement(
        word(groups["RequirementID"][0]),
        word(groups["Kind"][0]),
        word(groups["Number"][0]),
        optional_word(groups, "Edition"),
        words(groups.get("Clause", ())),
        local_names(groups["Title"]),
        tuple([_equivalent(one) for one in groups.get("EquivalentTo", ())]),
    )


def _equivalent(element: Element) -> EquivalentTo:
    groups = children(element)
    return EquivalentTo(
        word(groups["Number"][0]), optional_word(groups, "Edition"), word(groups["Degree"][0])
    )


def _assessment(element: Element) -> Assessment:
    groups = children(element)
    return Assessment(
        word(groups["AssessmentID"][0]),
        word(groups["ActivityType"][0]),
        optional_word(groups, "Topic"),
        words(groups["RequirementRef"]),
        words(groups.get("SiteRef", ())),
        tuple([actor(one) for one in groups["PerformedBy"]]),
        day(groups["PeriodStart"][0]),
        day(groups["PeriodEnd"][0]),
        tuple([_report(one) for one in groups.get("ReportRef", ())]),
        tuple([_metric(one) for one in groups.get("Metric", ())]),
        flag(groups["Conformance"][0]),
    )


def _report(element: Element) -> ReportRef:
    groups = children(element)
    return ReportRef(
        word(groups["Number"][0]),
        identifier(groups["Issuer"][0]),
        day(groups["Date"][0]),
        digest(groups["Digest"][0]) if "Digest" in groups else None,
        element.get("enclosed", "false").strip() in {"true", "1"},
    )


def _metric(element: Element) -> Metric:
    groups = children(element)
    return Metric(
        local_names(groups["MetricName"]),
        _threshold(groups["Threshold"][0]) if "Threshold" in groups else None,
        optional_measure(groups, "DeclaredValue"),
        optional_measure(groups, "MeasuredValue"),
    )


def _threshold(element: Element) -> Threshold:
    return Threshold(measure(element), element.get("bound", "").strip() == "minimum")


def _validity(element: Element) -> Validity:
    groups = children(element)
    lapse = children(groups["Lapse"][0]) if "Lapse" in groups else None
    return Validity(
        day(groups["OriginalIssueDate"][0]),
        day(groups["IssueDate"][0]),
        day(groups["EffectiveDate"][0]),
        optional_day(groups, "ExpiryDate"),
        optional_day(groups, "CycleStart"),
        optional_day(groups, "CycleEnd"),
        optional_day(groups, "NextSurveillanceDue"),
        None
        if lapse is None
        else Lapse(day(lapse["PreviousExpiryDate"][0]), day(lapse["RecertificationDate"][0])),
    )


def _mark(element: Element) -> Mark:
    groups = children(element)
    return Mark(
        word(groups["Code"][0]), secure_link(groups["Link"][0]) if "Link" in groups else None
    )


def _human_readable(element: Element) -> HumanReadable:
    groups = children(element)
    return HumanReadable(secure_link(groups["Link"][0]), word(groups["Language"][0]))


def _evidence(element: Element) -> Evidence:
    groups = children(element)
    return Evidence(
        secure_link(groups["Link"][0]),
        word(groups["Kind"][0]),
        word(groups["Confidentiality"][0]),
    )


def _related(element: Element) -> RelatedAttestation:
    groups = children(element)
    return RelatedAttestation(document_ref(groups["Document"][0]), word(groups["Relation"][0]))
