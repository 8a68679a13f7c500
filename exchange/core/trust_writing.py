"""From values to the XML of a trust list, unsigned and ready for the list key.

- Writes what `exchange.core.trust_reading` reads: reading a written list gives its values
  back.
- The same values give the same octets, so that a list changes only when its content does.

Source: ETSI TS 119 612 v2.4.1, clauses 5.2 to 5.6; `schemas/trust-list/`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from exchange.core.model import Economy
from exchange.core.periods import in_zulu
from exchange.core.trust_values import (
    POLICY,
    STATUS_APPROACH,
    TRUST,
    TSL,
    TSL_TAG,
    Accreditation,
    Body,
    KeyEntry,
    KeyPeriod,
    ListType,
    Operator,
    Place,
    Scope,
    ScopeCode,
    service_type,
)

_T: Final = f"{{{TSL}}}"
_E: Final = f"{{{TRUST}}}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerDraft:
    """A list to point to, with the key certificates of its signers, DER."""

    location: str
    type: ListType
    territory: Economy
    signers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDraft:
    """Everything that a list will say."""

    type: ListType
    territory: Economy
    sequence: int
    issued_at: datetime
    next_update: datetime
    history_period: timedelta
    operator: Operator
    bodies: tuple[Body, ...] = ()
    pointers: tuple[PointerDraft, ...] = ()
    announces: tuple[bytes, ...] = ()
    """Key certificates, DER, that may sign the list after this one."""
    distribution_points: tuple[str, ...] = ()


def write_list(draft: ListDraft) -> bytes:
    """Return the unsigned XML of a list, UTF-8."""
    root = etree.Element(
        f"{_T}TrustServiceStatusList",
        attrib={"Id": f"TL-{draft.territory}-{draft.sequence}", "TSLTag": TSL_TAG},
        nsmap={None: TSL, "mrt": TRUST},
    )
    _scheme(root, draft)
    if draft.bodies:
        bodies = etree.SubElement(root, f"{_T}TrustServiceProviderList")
        for body in draft.bodies:
            _body(bodies, body)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _scheme(root: etree._Element, draft: ListDraft) -> None:
    scheme = etree.SubElement(root, f"{_T}SchemeInformation")
    _tsl(scheme, "TSLVersionIdentifier", str(max(POLICY.known_versions)))
    _tsl(scheme, "TSLSequenceNumber", str(draft.sequence))
    _tsl(scheme, "TSLType", draft.type.value)
    _names(scheme, "SchemeOperatorName", draft.operator.names)
    _address(scheme, "SchemeOperatorAddress", draft.operator.place)
    _names(scheme, "SchemeName", draft.operator.scheme_names)
    _link(scheme, "SchemeInformationURI", draft.operator.place.information)
    _tsl(scheme, "StatusDeterminationApproach", STATUS_APPROACH)
    _tsl(scheme, "SchemeTerritory", draft.territory)
    _tsl(scheme, "HistoricalInformationPeriod", str(draft.history_period.days))
    if draft.pointers:
        pointers = _tsl(scheme, "PointersToOtherTSL")
        for pointer in draft.pointers:
            _pointer(pointers, pointer)
    _tsl(scheme, "ListIssueDateTime", in_zulu(draft.issued_at))
    _tsl(_tsl(scheme, "NextUpdate"), "dateTime", in_zulu(draft.next_update))
    if draft.distribution_points:
        points = _tsl(scheme, "DistributionPoints")
        for location in draft.distribution_points:
            _tsl(points, "URI", location)
    if draft.announces:
        information = _extension(_tsl(scheme, "SchemeExtensions"), "ListInformation")
        for der in draft.announces:
            _own(information, "NextSigner", _base64(der))


def _pointer(parent: etree._Element, pointer: PointerDraft) -> None:
    element = _tsl(parent, "OtherTSLPointer")
    if pointer.signers:
        identities = _tsl(element, "ServiceDigitalIdentities")
        for der in pointer.signers:
            _certificate(identities, der)
    _tsl(element, "TSLLocation", pointer.location)
    other = _tsl(_tsl(element, "AdditionalInformation"), "OtherInformation")
    _tsl(other, "TSLType", pointer.type.value)
    _tsl(other, "SchemeTerritory", pointer.territory)


def _body(parent: etree._Element, body: Body) -> None:
    provider = _tsl(parent, "TrustServiceProvider")
    about = _tsl(provider, "TSPInformation")
    _names(about, "TSPName", body.names)
    _address(about, "TSPAddress", body.place)
    _link(about, "TSPInformationURI", body.place.information)
    extension = _extension(_tsl(about, "TSPInformationExtensions"), "BodyInformation")
    _own(extension, "BodyID", body.id)
    _each(extension, "Role", sorted(body.roles))
    _own(extension, "Economy", body.economy)
    _each(extension, "ServedEconomy", sorted(body.economies - {body.economy}))
    _own(extension, "TimeZone", body.time_zone)
    if body.approval_number is not None:
        _own(extension, "ApprovalNumber", body.approval_number)
    if body.cab_code is not None:
        _own(extension, "CABCode", body.cab_code)
    for period in body.history:
        _own(extension, "State", period.state.value).set("since", in_zulu(period.since))
    for accreditation in body.accreditations:
        _accreditation(extension, accreditation)
    for capability in body.capabilities:
        element = _own(extension, "Capability")
        _own(element, "Kind", capability.kind.value)
        _own(element, "Schema", capability.schema)
        _each(element, "Scheme", sorted(capability.schemes))
    if body.endpoint is not None:
        _own(extension, "Endpoint", body.endpoint)
    _own(extension, "ForbidsHubCustody", str(body.forbids_hub_custody).lower())
    services = _tsl(provider, "TSPServices")
    for key in body.keys:
        _key(services, key)


def _accreditation(parent: etree._Element, accreditation: Accreditation) -> None:
    element = _own(parent, "Accreditation")
    _own(element, "Kind", accreditation.kind)
    _own(element, "Authority", accreditation.authority)
    _own(element, "Number", accreditation.number)
    _own(element, "Standard", accreditation.standard)
    _each(element, "Scheme", sorted(accreditation.schemes))
    _codes(element, "ScopeCode", accreditation.scope_codes)
    _own(element, "ValidFrom", accreditation.valid_from.isoformat())
    if accreditation.valid_to is not None:
        _own(element, "ValidTo", accreditation.valid_to.isoformat())
    for period in accreditation.history:
        _own(element, "State", period.state.value).set("since", period.since.isoformat())


def _key(parent: etree._Element, key: KeyEntry) -> None:
    service = _tsl(parent, "TSPService")
    about = _tsl(service, "ServiceInformation")
    current, *former = key.periods
    _tsl(about, "ServiceTypeIdentifier", service_type(key.role))
    _names(about, "ServiceName", key.names)
    _certificate(about, key.certificate.der)
    _status(about, current)
    extension = _extension(_tsl(about, "ServiceInformationExtensions"), "KeyInformation")
    _own(extension, "BodyID", key.body)
    _own(extension, "KeyRole", key.role.value)
    _own(extension, "Custody", key.custody.value)
    _own(extension, "SignsUntil", in_zulu(key.signs_until))
    _own(extension, "AcceptedUntil", in_zulu(key.accepted_until))
    if key.scope != Scope():
        scope = _own(extension, "Scope")
        _each(scope, "Scheme", sorted(key.scope.schemes))
        _each(scope, "Standard", sorted(key.scope.standards))
        _codes(scope, "ProductGroup", key.scope.product_groups)
        _each(scope, "Economy", sorted(key.scope.economies))
    if former:
        history = _tsl(service, "ServiceHistory")
        for period in former:
            instance = _tsl(history, "ServiceHistoryInstance")
            _tsl(instance, "ServiceTypeIdentifier", service_type(key.role))
            _names(instance, "ServiceName", key.names)
            identity = _tsl(_tsl(instance, "ServiceDigitalIdentity"), "DigitalId")
            _tsl(identity, "X509SKI", _base64(key.key_id))
            _status(instance, period)


def _status(parent: etree._Element, period: KeyPeriod) -> None:
    _tsl(parent, "ServiceStatus", period.status.value)
    _tsl(parent, "StatusStartingTime", in_zulu(period.not_before))


def _certificate(parent: etree._Element, der: bytes) -> None:
    identity = _tsl(_tsl(parent, "ServiceDigitalIdentity"), "DigitalId")
    _tsl(identity, "X509Certificate", _base64(der))


def _names(parent: etree._Element, tag: str, names: Mapping[str, str]) -> None:
    element = _tsl(parent, tag)
    for language, text in names.items():
        _tsl(element, "Name", text).set(_LANG, language)


def _address(parent: etree._Element, tag: str, place: Place) -> None:
    element = _tsl(parent, tag)
    postal = _tsl(_tsl(element, "PostalAddresses"), "PostalAddress")
    postal.set(_LANG, "en")
    _tsl(postal, "StreetAddress", place.street)
    _tsl(postal, "Locality", place.locality)
    _tsl(postal, "CountryName", place.economy)
    _link(element, "ElectronicAddress", place.contact)


def _link(parent: etree._Element, tag: str, location: str) -> None:
    _tsl(_tsl(parent, tag), "URI", location).set(_LANG, "en")


def _extension(parent: etree._Element, tag: str) -> etree._Element:
    """Whoever does not know our extension must not use the entry (clause 5.5.9)."""
    extension = _tsl(parent, "Extension")
    extension.set("Critical", "true")
    return _own(extension, tag)


def _codes(parent: etree._Element, tag: str, codes: Iterable[ScopeCode]) -> None:
    for one in codes:
        _own(parent, tag, one.code).set("listID", one.list_id)


def _each(parent: etree._Element, tag: str, texts: Iterable[str]) -> None:
    for text in texts:
        _own(parent, tag, text)


def _tsl(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _T + tag)
    element.text = text
    return element


def _own(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _E + tag)
    element.text = text
    return element


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
