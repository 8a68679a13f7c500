"""From values to the XML of an entry of a trust list: one body with its keys.

- Writes what `exchange.core.trust_reading` reads: reading a written entry gives its values
  back.
- The same values give the same octets: the digest of an entry names what it says.

Source: ETSI TS 119 612 v2.4.1, clauses 5.4 to 5.6; `schemas/trust-list/`.
"""

from __future__ import annotations

from lxml import etree

from exchange.core.competence import Accreditation, Scope
from exchange.core.periods import in_zulu
from exchange.core.trust_elements import (
    LANG,
    PREFIXES,
    add_address,
    add_certificate,
    add_codes,
    add_each,
    add_extension,
    add_link,
    add_names,
    add_own,
    add_tsl,
    base64_text,
)
from exchange.core.trust_values import TSL, Body, KeyEntry, KeyPeriod, service_type


def write_entry(body: Body) -> etree._Element:
    """Return the entry of a body as it stands on a list, alone.

    Returns:
        A `TrustServiceProvider` element that `exchange.core.trust_reading.read_entry` reads.
    """
    provider = etree.Element(f"{{{TSL}}}TrustServiceProvider", nsmap=PREFIXES)
    _fill(provider, body)
    return provider


def add_entry(parent: etree._Element, body: Body) -> None:
    """Write the entry of a body as the last child of an element."""
    _fill(add_tsl(parent, "TrustServiceProvider"), body)


def _fill(provider: etree._Element, body: Body) -> None:
    about = add_tsl(provider, "TSPInformation")
    add_names(about, "TSPName", body.names)
    add_address(about, "TSPAddress", body.place)
    add_link(about, "TSPInformationURI", body.place.information)
    extension = add_extension(add_tsl(about, "TSPInformationExtensions"), "BodyInformation")
    add_own(extension, "BodyID", body.id)
    add_each(extension, "Role", sorted(body.roles))
    add_own(extension, "Economy", body.economy)
    add_each(extension, "ServedEconomy", sorted(body.economies - {body.economy}))
    add_own(extension, "TimeZone", body.time_zone)
    if body.approval_number is not None:
        add_own(extension, "ApprovalNumber", body.approval_number)
    if body.cab_code is not None:
        add_own(extension, "CABCode", body.cab_code)
    for period in body.history:
        add_own(extension, "State", period.state.value).set("since", in_zulu(period.since))
    for former in body.former_names:
        element = add_own(extension, "FormerName")
        element.set("until", in_zulu(former.until))
        for language, text in former.names.items():
            add_own(element, "Name", text).set(LANG, language)
    add_each(extension, "Predecessor", sorted(body.predecessors))
    for accreditation in body.accreditations:
        _accreditation(extension, accreditation)
    for capability in body.capabilities:
        element = add_own(extension, "Capability")
        add_own(element, "Kind", capability.kind.value)
        add_own(element, "Schema", capability.schema)
        add_each(element, "Scheme", sorted(capability.schemes))
    if body.endpoint is not None:
        add_own(extension, "Endpoint", body.endpoint)
    add_own(extension, "ForbidsHubCustody", str(body.forbids_hub_custody).lower())
    services = add_tsl(provider, "TSPServices")
    for key in body.keys:
        _key(services, key)


def _accreditation(parent: etree._Element, accreditation: Accreditation) -> None:
    element = add_own(parent, "Accreditation")
    add_own(element, "Kind", accreditation.kind)
    add_own(element, "Authority", accreditation.authority)
    add_own(element, "Number", accreditation.number)
    add_own(element, "Standard", accreditation.standard)
    add_each(element, "Scheme", sorted(accreditation.schemes))
    add_codes(element, "ScopeCode", accreditation.scope_codes)
    add_own(element, "ValidFrom", accreditation.valid_from.isoformat())
    if accreditation.valid_to is not None:
        add_own(element, "ValidTo", accreditation.valid_to.isoformat())
    for period in accreditation.history:
        add_own(element, "State", period.state.value).set("since", period.since.isoformat())


def _key(parent: etree._Element, key: KeyEntry) -> None:
    service = add_tsl(parent, "TSPService")
    about = add_tsl(service, "ServiceInformation")
    current, *former = key.periods
    add_tsl(about, "ServiceTypeIdentifier", service_type(key.role))
    add_names(about, "ServiceName", key.names)
    add_certificate(about, key.certificate.der)
    _status(about, current)
    extension = add_extension(add_tsl(about, "ServiceInformationExtensions"), "KeyInformation")
    add_own(extension, "BodyID", key.body)
    add_own(extension, "KeyRole", key.role.value)
    add_own(extension, "Custody", key.custody.value)
    add_own(extension, "SignsUntil", in_zulu(key.signs_until))
    add_own(extension, "AcceptedUntil", in_zulu(key.accepted_until))
    if key.legal is not None:
        legal = add_own(extension, "LegalBasis")
        add_own(legal, "Instrument", key.legal.instrument)
        add_own(legal, "Level", key.legal.level.value)
    if key.path:
        path = add_own(extension, "CertificationPath")
        for authority in key.path:
            add_own(path, "Certificate", base64_text(authority.der))
    if key.scope != Scope():
        scope = add_own(extension, "Scope")
        add_each(scope, "Scheme", sorted(key.scope.schemes))
        add_each(scope, "Standard", sorted(key.scope.standards))
        add_codes(scope, "ProductGroup", key.scope.product_groups)
        add_each(scope, "Economy", sorted(key.scope.economies))
    if former:
        history = add_tsl(service, "ServiceHistory")
        for period in former:
            instance = add_tsl(history, "ServiceHistoryInstance")
            add_tsl(instance, "ServiceTypeIdentifier", service_type(key.role))
            add_names(instance, "ServiceName", key.names)
            identity = add_tsl(add_tsl(instance, "ServiceDigitalIdentity"), "DigitalId")
            add_tsl(identity, "X509SKI", base64_text(key.key_id))
            _status(instance, period)


def _status(parent: etree._Element, period: KeyPeriod) -> None:
    add_tsl(parent, "ServiceStatus", period.status.value)
    add_tsl(parent, "StatusStartingTime", in_zulu(period.not_before))
