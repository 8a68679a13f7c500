"""Drafts for figures: certificates of management systems, for bodies and holders given.

Bodies and holders are invented; standards, sectors and
schemes are real. The same values give the same octets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from exchange.core.model import BodyId, DocumentId
from exchange.core.periods import in_zulu

_COMMON: Final = "urn:mrhub:common:1"
_ATTESTATION: Final = "urn:mrhub:attestation:1"
_SCHEME: Final = "urn:mrhub:scheme:management-systems:1"
_NAMESPACES: Final = {None: _ATTESTATION, "c": _COMMON}
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

_a: Final = ElementMaker(namespace=_ATTESTATION, nsmap=_NAMESPACES)
_c: Final = ElementMaker(namespace=_COMMON, nsmap=_NAMESPACES)
_s: Final = ElementMaker(namespace=_SCHEME, nsmap={None: _SCHEME, "c": _COMMON})

Texts = Mapping[str, str]
"""One text in several languages, by language tag."""

SCHEME_NAMES: Final[Texts] = {
    "en": "Certification of management systems",
    "zh": "管理体系认证",
    "ru": "Сертификация систем менеджмента",
    "ar": "إصدار شهادات أنظمة الإدارة",
    "pt": "Certificação de sistemas de gestão",
}
TITLES: Final[Texts] = {
    "en": "Quality management systems — Requirements",
    "zh": "质量管理体系 要求",
    "ru": "Системы менеджмента качества. Требования",
    "ar": "أنظمة إدارة الجودة — المتطلبات",
    "pt": "Sistemas de gestão da qualidade — Requisitos",
}
OWNERS: Final[Texts] = {
    "en": "Scheme owner of the hub",
    "zh": "枢纽制度所有者",
    "ru": "Владелец схемы",
    "ar": "مالك المخطط",
    "pt": "Proprietário do esquema",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The certification body as it writes itself into a certificate."""

    id: BodyId
    names: Texts
    address: Texts
    economy: str
    authority: BodyId
    accreditation_number: str
    accredited_from: date
    approval_number: str | None = None
    cab_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whoever the certificate is issued to."""

    identifier: str
    scheme: str
    """USCC, LEI, NATIONAL and so on."""
    names: Texts
    address: Texts
    economy: str
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the certificate says."""

    document_id: DocumentId
    attestation_id: str
    number: str
    languages: tuple[str, ...]
    """The first is the authoritative one; every text is there in each."""
    issuer: Issuer
    holder: Holder
    scope: Texts
    sector: str
    """IAF ID1."""
    decided_on: date
    issued_at: datetime
    standard: str = "ISO 9001"
    edition: str = "2015"
    personnel: int = 120
    is_test: bool = True


def write_draft(certificate: Certificate) -> bytes:
    """Return the unsigned attestation, UTF-8."""
    issuer, day = certificate.issuer, certificate.decided_on
    say = _Languages(certificate.languages)
    root = _a.Attestation(
        _header(certificate),
        _a.AttestationID(certificate.attestation_id),
        _a.CertificateNumber(certificate.number),
        _a.Revision("0"),
        _code("AttestationType", "certification", "MRHUB-ATTESTATION-TYPE"),
        _code("AssessorLevel", "3rdParty", "MRHUB-ASSESSOR-LEVEL"),
        _code("AssessmentLevel", "Accredited", "MRHUB-ASSESSMENT-LEVEL"),
        _scheme(say),
        _issuing_body(issuer, say),
        _authorisation(certificate),
        _holder(certificate.holder, say),
        _main_site(certificate, say),
        _a.Object(
            _a.ManagementSystem(
                *say.each("ScopeStatement", certificate.scope),
                _code("SectorCode", certificate.sector, "IAF-ID1"),
                _a.EffectivePersonnel(str(certificate.personnel)),
            )
        ),
        _a.Requirement(
            _a.RequirementID("R1"),
            _code("Kind", "standard", "MRHUB-REQUIREMENT-KIND"),
            _a.Number(certificate.standard),
            _a.Edition(certificate.edition),
            *say.each("Title", TITLES),
        ),
        *_assessments(certificate),
        _a.Decision(
            _a.DecisionDate(day.isoformat()),
            _actor("DecidedBy", f"{issuer.id}-D01", "certification-decision-maker"),
        ),
        _validity(day),
        _a.Status(
            _code("Code", "active", "MRHUB-STATUS"),
            _a.Since(day.isoformat()),
            _a.RegisterUri(f"https://register.example/{certificate.attestation_id[9:]}"),
        ),
        _a.SchemeParticulars(_particulars(day, certificate.personnel)),
        Id=f"A-{certificate.document_id[9:]}",
        schemaVersion="1.0",
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


@dataclass(frozen=True, slots=True)
class _Languages:
    """Writes a text in the languages of the document."""

    languages: tuple[str, ...]

    def each(self, name: str, texts: Texts, make: ElementMaker = _a) -> tuple[etree._Element, ...]:
        return tuple(make(name, texts[one], {_LANG: one}) for one in self.languages)


def _code(name: str, value: str, list_id: str, make: ElementMaker = _a) -> etree._Element:
    return make(name, value, listID=list_id)


def _header(certificate: Certificate) -> etree._Element:
    tests = (_c.TestIndicator("true"),) if certificate.is_test else ()
    return _a.Header(
        _c.DocumentID(certificate.document_id),
        _code("DocumentType", "2", "UNCL1001", _c),
        _code("DocumentFunction", "9", "UNCL1225", _c),
        _c.IssueDateTime(in_zulu(certificate.issued_at)),
        *(_c.Language(one) for one in certificate.languages),
        _c.Issuer(certificate.issuer.id, schemeID="CAB"),
        *tests,
    )


def _party(
    ids: tuple[etree._Element, ...], names: Texts, address: Texts, economy: str, say: _Languages
) -> tuple[etree._Element, ...]:
    return (
        *ids,
        *say.each("Name", names, _c),
        _c.Address(*say.each("Full", address, _c), _c.Economy(economy)),
    )


def _role(value: str) -> etree._Element:
    return _code("Role", value, "MRHUB-PARTY-ROLE", _c)


def _scheme(say: _Languages) -> etree._Element:
    owner = _party(
        (_c.PartyID("XX-HUB-01", schemeID="HUB"),), OWNERS, dict.fromkeys(OWNERS, "—"), "CH", say
    )
    return _a.Scheme(
        _a.SchemeID("urn:mrhub:scheme:management-systems"),
        _a.SchemeVersion("1"),
        *say.each("SchemeName", SCHEME_NAMES),
        _a.SchemeOwner(*owner, _role("scheme-owner")),
    )


def _issuing_body(issuer: Issuer, say: _Languages) -> etree._Element:
    numbers = []
    if issuer.approval_number is not None:
        numbers.append(_a.ApprovalNumber(issuer.approval_number))
    if issuer.cab_code is not None:
        numbers.append(_a.CABCode(issuer.cab_code))
    ids = (_c.PartyID(issuer.id, schemeID="CAB"),)
    party = _party(ids, issuer.names, issuer.address, issuer.economy, say)
    return _a.IssuingBody(*party, _role("issuing-body"), *numbers)


def _authorisation(certificate: Certificate) -> etree._Element:
    issuer = certificate.issuer
    return _a.Authorisation(
        _code("Kind", "accreditation", "MRHUB-AUTHORISATION-KIND"),
        _a.Authority(issuer.authority, schemeID="AB"),
        _a.AccreditationNumber(issuer.accreditation_number),
        _code("Standard", "ISO/IEC 17021-1", "MRHUB-ACCREDITATION-STANDARD"),
        _code("ScopeCode", certificate.sector, "IAF-ID1"),
        _a.ValidFrom(issuer.accredited_from.isoformat()),
    )


def _holder(holder: Holder, say: _Languages) -> etree._Element:
    given = _c.PartyID(holder.identifier, schemeID=holder.scheme)
    if holder.agency is not None:
        given.set("schemeAgencyID", holder.agency)
    party = _party((given,), holder.names, holder.address, holder.economy, say)
    return _a.Holder(*party, _role("holder"))


def _main_site(certificate: Certificate, say: _Languages) -> etree._Element:
    holder = certificate.holder
    return _a.Site(
        _a.SiteID("S1"),
        _code("Role", "main", "MRHUB-SITE-ROLE"),
        *say.each("Name", holder.names),
        _a.Address(*say.each("Full", holder.address, _c), _c.Economy(holder.economy)),
        _code("Activity", certificate.sector, "IAF-ID1"),
    )


def _actor(name: str, identifier: str, role: str) -> etree._Element:
    return _a(
        name,
        _c.ActorID(identifier, schemeID="STAFF"),
        _code("Role", role, "MRHUB-ACTOR-ROLE", _c),
    )


def _assessments(certificate: Certificate) -> tuple[etree._Element, ...]:
    """Stage 1 and stage 2 of the initial audit."""
    day, issuer = certificate.decided_on, certificate.issuer.id
    stages = (("documentReview", 60, 58, "auditor"), ("audit", 30, 27, "lead-auditor"))
    return tuple(
        _a.Assessment(
            _a.AssessmentID(f"AS{number}"),
            _code("ActivityType", activity, "MRHUB-ACTIVITY-TYPE"),
            _code("Topic", "quality", "MRHUB-TOPIC"),
            _a.RequirementRef("R1"),
            _a.SiteRef("S1"),
            _actor("PerformedBy", f"{issuer}-A{number:02}", role),
            _a.PeriodStart((day - timedelta(days=start)).isoformat()),
            _a.PeriodEnd((day - timedelta(days=end)).isoformat()),
            _a.ReportRef(
                _a.Number(f"{certificate.number}-{number}"),
                _a.Issuer(issuer, schemeID="CAB"),
                _a.Date((day - timedelta(days=end - 2)).isoformat()),
            ),
            _a.Conformance("true"),
        )
        for number, (activity, start, end, role) in enumerate(stages, start=1)
    )


def _validity(day: date) -> etree._Element:
    first, last = day.isoformat(), _years_later(day, 3)
    return _a.Validity(
        _a.OriginalIssueDate(first),
        _a.IssueDate(first),
        _a.EffectiveDate(first),
        _a.ExpiryDate(last),
        _a.CycleStart(first),
        _a.CycleEnd(last),
        _a.NextSurveillanceDue(_years_later(day, 1)),
    )


def _years_later(day: date, years: int) -> str:
    """Return the last day of a period of whole years."""
    month_and_day = (day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
    return (date(day.year + years, *month_and_day) - timedelta(days=1)).isoformat()


def _particulars(day: date, personnel: int) -> etree._Element:
    return _s.ManagementSystemParticulars(
        _code("AuditType", "initial", "MRHUB-AUDIT-TYPE", _s),
        _s.RecertificationCount("0"),
        _s.TotalPersonnel(str(personnel)),
        *(
            _s.PlannedSurveillance(_s.Sequence(str(number)), _s.DueBy(_years_later(day, number)))
            for number in (1, 2)
        ),
    )
