"""From the elements of a trust list to values, and nothing is decided about them here.

- Reads the tree made from canonical signed octets, which gate 2 has found valid.
- What cannot be put into a value at all is refused here: a key certificate that does not
  parse, a service type that contradicts the extension, a history of another key.
- Each key certificate is parsed once, when its list is read.

Source: ETSI TS 119 612 v2.4.1, clauses 5.3 to 5.6; `schemas/trust-list/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.certificate import KeyCertificate, read_certificate, signing_certificate
from exchange.core.competence import (
    Accreditation,
    AccreditationPeriod,
    AccreditationState,
    Scope,
    ScopeCode,
)
from exchange.core.lexical import collapsed, octets
from exchange.core.model import BodyId, BodyRole, Custody, Economy, Fingerprint, KeyRole, Kind
from exchange.core.periods import from_zulu
from exchange.core.signature_policy import STATEMENT
from exchange.core.trust_index import Pointer
from exchange.core.trust_values import (
    TRUST,
    TSL,
    Body,
    BodyPeriod,
    BodyState,
    Capability,
    FormerName,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
    LegalBasis,
    ListType,
    Operator,
    Place,
    SignatureLevel,
    service_type,
)
from exchange.errors import Finding, SignatureError, TrustError

_T: Final = f"{{{TSL}}}"
_E: Final = f"{{{TRUST}}}"
_SIGNS: Final = frozenset(KeyRole) - {KeyRole.TRANSPORT, KeyRole.CHECKPOINT}
"""Roles whose keys sign documents, and so are held to the policy of gate 3."""
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHeading:
    """The scheme information of a list (clause 5.3)."""

    version: int
    sequence: int
    type: ListType
    territory: Economy
    operator: Operator
    history_period: timedelta
    issued_at: datetime
    next_update: datetime
    pointers: tuple[Pointer, ...]
    announces: frozenset[Fingerprint]


def read_heading(root: etree._Element) -> ListHeading:
    """Return the scheme information of a list that is valid under our schema.

    Args:
        root: The `TrustServiceStatusList` element.
    """
    scheme = _one(root, f"{_T}SchemeInformation")
    return ListHeading(
        version=int(_text(scheme, f"{_T}TSLVersionIdentifier")),
        sequence=int(_text(scheme, f"{_T}TSLSequenceNumber")),
        type=ListType(_text(scheme, f"{_T}TSLType")),
        territory=Economy(_text(scheme, f"{_T}SchemeTerritory")),
        operator=Operator(
            names=_names(_one(scheme, f"{_T}SchemeOperatorName")),
            scheme_names=_names(_one(scheme, f"{_T}SchemeName")),
            place=_place(
                _one(scheme, f"{_T}SchemeOperatorAddress"),
                _one(scheme, f"{_T}SchemeInformationURI"),
            ),
        ),
        history_period=timedelta(days=int(_text(scheme, f"{_T}HistoricalInformationPeriod"))),
        issued_at=from_zulu(_text(scheme, f"{_T}ListIssueDateTime")),
        next_update=from_zulu(_text(scheme, f"{_T}NextUpdate/{_T}dateTime")),
        pointers=tuple(
            _pointer(one) for one in scheme.iterfind(f"{_T}PointersToOtherTSL/{_T}OtherTSLPointer")
        ),
        announces=frozenset(
            _fingerprint(one)
            for one in scheme.iterfind(
                f"{_T}SchemeExtensions/{_T}Extension/{_E}ListInformation/{_E}NextSigner"
            )
        ),
    )


def read_entry(provider: etree._Element) -> Body:
    """Return the body of one entry that is valid under our schema.

    Args:
        provider: A `TrustServiceProvider` element, on a list or alone.

    Raises:
        TrustError: As `read_bodies`.
    """
    return _body(provider)


def read_bodies(root: etree._Element) -> tuple[Body, ...]:
    """Return the bodies of a list with their keys.

    Raises:
        TrustError: An entry cannot be a value (`trust.key-certificate`,
            `trust.key-service-type`, `trust.history-identity`, `trust.key-of-another-body`).
    """
    return tuple(
        _body(provider)
        for provider in root.iterfind(f"{_T}TrustServiceProviderList/{_T}TrustServiceProvider")
    )


def _pointer(element: etree._Element) -> Pointer:
    about = _one(element, f"{_T}AdditionalInformation/{_T}OtherInformation")
    return Pointer(
        location=_text(element, f"{_T}TSLLocation"),
        type=ListType(_text(about, f"{_T}TSLType")),
        territory=Economy(_text(about, f"{_T}SchemeTerritory")),
        signers=frozenset(_fingerprint(one) for one in element.iter(f"{_T}X509Certificate")),
    )


def _body(provider: etree._Element) -> Body:
    about = _one(provider, f"{_T}TSPInformation")
    extension = _one(about, f"{_T}TSPInformationExtensions/{_T}Extension/{_E}BodyInformation")
    body_id = BodyId(_text(extension, f"{_E}BodyID"))
    economy = Economy(_text(extension, f"{_E}Economy"))
    return Body(
        id=body_id,
        roles=frozenset(BodyRole(text) for text in _texts(extension, f"{_E}Role")),
        names=_names(_one(about, f"{_T}TSPName")),
        economy=economy,
        economies=frozenset(
            {economy, *(Economy(text) for text in _texts(extension, f"{_E}ServedEconomy"))}
        ),
        time_zone=_text(extension, f"{_E}TimeZone"),
        approval_number=_optional(extension, f"{_E}ApprovalNumber"),
        cab_code=_optional(extension, f"{_E}CABCode"),
        history=tuple(
            BodyPeriod(
                state=BodyState(collapsed(one.text)), since=from_zulu(collapsed(one.get("since")))
            )
            for one in extension.iterfind(f"{_E}State")
        ),
        former_names=tuple(
            FormerName(names=_names(one), until=from_zulu(collapsed(one.get("until"))))
            for one in extension.iterfind(f"{_E}FormerName")
        ),
        predecessors=frozenset(BodyId(text) for text in _texts(extension, f"{_E}Predecessor")),
        accreditations=tuple(
            _accreditation(one) for one in extension.iterfind(f"{_E}Accreditation")
        ),
        capabilities=tuple(_capability(one) for one in extension.iterfind(f"{_E}Capability")),
        place=_place(_one(about, f"{_T}TSPAddress"), _one(about, f"{_T}TSPInformationURI")),
        endpoint=_optional(extension, f"{_E}Endpoint"),
        forbids_hub_custody=_text(extension, f"{_E}ForbidsHubCustody") in ("true", "1"),
        keys=tuple(
            _key(body_id, service)
            for service in provider.iterfind(f"{_T}TSPServices/{_T}TSPService")
        ),
    )


def _place(address: etree._Element, information: etree._Element) -> Place:
    """The first postal address and the first links; further languages are for people."""
    postal = _one(address, f"{_T}PostalAddresses/{_T}PostalAddress")
    return Place(
        street=_text(postal, f"{_T}StreetAddress"),
        locality=_text(postal, f"{_T}Locality"),
        economy=Economy(_text(postal, f"{_T}CountryName")),
        contact=_text(address, f"{_T}ElectronicAddress/{_T}URI"),
        information=_text(information, f"{_T}URI"),
    )


def _accreditation(element: etree._Element) -> Accreditation:
    valid_to = _optional(element, f"{_E}ValidTo")
    return Accreditation(
        kind=_text(element, f"{_E}Kind"),
        authority=BodyId(_text(element, f"{_E}Authority")),
        number=_text(element, f"{_E}Number"),
        standard=_text(element, f"{_E}Standard"),
        scope_codes=_codes(element, f"{_E}ScopeCode"),
        schemes=frozenset(_texts(element, f"{_E}Scheme")),
        valid_from=date.fromisoformat(_text(element, f"{_E}ValidFrom")),
        valid_to=None if valid_to is None else date.fromisoformat(valid_to),
        history=tuple(
            AccreditationPeriod(
                state=AccreditationState(collapsed(one.text)),
                since=date.fromisoformat(collapsed(one.get("since"))),
            )
            for one in element.iterfind(f"{_E}State")
        ),
    )


def _capability(element: etree._Element) -> Capability:
    return Capability(
        kind=Kind(_text(element, f"{_E}Kind")),
        schema=_text(element, f"{_E}Schema"),
        schemes=frozenset(_texts(element, f"{_E}Scheme")),
    )


def _key(body: BodyId, service: etree._Element) -> KeyEntry:
    about = _one(service, f"{_T}ServiceInformation")
    extension = _one(about, f"{_T}ServiceInformationExtensions/{_T}Extension/{_E}KeyInformation")
    role = KeyRole(_text(extension, f"{_E}KeyRole"))
    owner = _text(extension, f"{_E}BodyID")
    if owner != body:
        raise _fault(
            TrustCode.KEY_OF_ANOTHER_BODY, body, f"expected a key of {body}, found one of {owner}"
        )
    history = tuple(service.iterfind(f"{_T}ServiceHistory/{_T}ServiceHistoryInstance"))
    for one in (about, *history):
        found = _text(one, f"{_T}ServiceTypeIdentifier")
        if found != service_type(role):
            raise _fault(
                TrustCode.KEY_SERVICE_TYPE, body, f"expected {service_type(role)}, found {found}"
            )
    certificate = _certificate(body, role, _one(about, f".//{_T}X509Certificate"))
    for one in history:
        if _octets(_one(one, f".//{_T}X509SKI")) != certificate.key_id:
            raise _fault(
                TrustCode.HISTORY_IDENTITY,
                body,
                f"expected the identifier of key {certificate.key_id.hex()[:16]}…, found another",
            )
    return KeyEntry(
        body=body,
        role=role,
        custody=Custody(_text(extension, f"{_E}Custody")),
        certificate=certificate,
        names=_names(_one(about, f"{_T}ServiceName")),
        periods=_periods((about, *history)),
        scope=_scope(extension.find(f"{_E}Scope")),
        signs_until=from_zulu(_text(extension, f"{_E}SignsUntil")),
        accepted_until=from_zulu(_text(extension, f"{_E}AcceptedUntil")),
        legal=_legal(extension.find(f"{_E}LegalBasis")),
        path=tuple(
            _authority(body, one)
            for one in extension.iterfind(f"{_E}CertificationPath/{_E}Certificate")
        ),
    )


def _legal(element: etree._Element | None) -> LegalBasis | None:
    if element is None:
        return None
    return LegalBasis(
        instrument=_text(element, f"{_E}Instrument"),
        level=SignatureLevel(_text(element, f"{_E}Level")),
    )


def _authority(body: BodyId, element: etree._Element) -> KeyCertificate:
    try:
        return read_certificate(_octets(element))
    except SignatureError as exc:
        raise _fault(TrustCode.KEY_CERTIFICATE, body, exc.findings[0].message) from exc


def _periods(newest_first: tuple[etree._Element, ...]) -> tuple[KeyPeriod, ...]:
    """Each status lasts until the one after it began; their order is a rule, TSL-08."""
    periods: list[KeyPeriod] = []
    end: datetime | None = None
    for one in newest_first:
        begin = from_zulu(_text(one, f"{_T}StatusStartingTime"))
        periods.append(
            KeyPeriod(
                status=KeyStatus(_text(one, f"{_T}ServiceStatus")), not_before=begin, not_after=end
            )
        )
        end = begin
    return tuple(periods)


def _scope(element: etree._Element | None) -> Scope:
    if element is None:
        return Scope()
    return Scope(
        schemes=frozenset(_texts(element, f"{_E}Scheme")),
        standards=frozenset(_texts(element, f"{_E}Standard")),
        product_groups=_codes(element, f"{_E}ProductGroup"),
        economies=frozenset(Economy(text) for text in _texts(element, f"{_E}Economy")),
    )


def _certificate(body: BodyId, role: KeyRole, element: etree._Element) -> KeyCertificate:
    """A key that can never sign is refused when it is listed, not when it is used."""
    der = _octets(element)
    try:
        if role in _SIGNS:
            return signing_certificate(der, STATEMENT.keys)
        certificate = read_certificate(der)
    except SignatureError as exc:
        raise _fault(TrustCode.KEY_CERTIFICATE, body, exc.findings[0].message) from exc
    # A checkpoint is a C2SP signed note, for which there is no other algorithm; and no
    # connection is made with the key that signs them.
    if isinstance(certificate.public_key, Ed25519PublicKey) is not (role is KeyRole.CHECKPOINT):
        raise _fault(
            TrustCode.KEY_CERTIFICATE,
            body,
            f"expected {'an Ed25519' if role is KeyRole.CHECKPOINT else 'an EC or RSA'} key for "
            f"{role.value}, found {type(certificate.public_key).__name__}",
        )
    return certificate


def _fingerprint(element: etree._Element) -> Fingerprint:
    """A signer is known by its fingerprint alone; gate 3 judges its certificate when it signs."""
    return Fingerprint(sha256(_octets(element)).digest())


def _octets(element: etree._Element) -> bytes:
    try:
        return octets(element.text or "")
    except ValueError as exc:
        raise TrustError(
            Finding(
                code=TrustCode.KEY_CERTIFICATE,
                path=f"/TrustServiceStatusList//{etree.QName(element).localname}",
                message="expected Base64 and nothing else",
            )
        ) from exc


def _codes(element: etree._Element, tag: str) -> tuple[ScopeCode, ...]:
    return tuple(
        ScopeCode(list_id=collapsed(one.get("listID")), code=collapsed(one.text))
        for one in element.iterfind(tag)
    )


def _names(element: etree._Element) -> Mapping[str, str]:
    return MappingProxyType({one.get(_LANG, ""): collapsed(one.text) for one in element})


def _one(element: etree._Element, path: str) -> etree._Element:
    found = element.find(path)
    if found is None:
        # The schema requires the element, so this is our own fault and not the list's.
        msg = f"{path} is missing from a list that is valid under its schema"
        raise LookupError(msg)
    return found


def _text(element: etree._Element, path: str) -> str:
    return collapsed(_one(element, path).text)


def _texts(element: etree._Element, tag: str) -> list[str]:
    return [collapsed(one.text) for one in element.iterfind(tag)]


def _optional(element: etree._Element, tag: str) -> str | None:
    text = element.findtext(tag)
    return None if text is None else collapsed(text)


def _fault(code: TrustCode, body: BodyId, message: str) -> TrustError:
    return TrustError(
        Finding(
            code=code,
            path=f"/TrustServiceStatusList//TrustServiceProvider[{body}]",
            message=message,
        )
    )
