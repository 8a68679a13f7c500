"""From values to the XML of an entry of a trust list: one body with its keys.

- Writes what `exchange.core.trust_reading` reads: reading a written entry gives its values
  back.
- The same values give the same octets: the digest of an entry names what it says.

Source: ETSI TS 119 612 v2.4.1, clauses 5.4 to 5.6; `schemas/trust-list/`.
"""

from __future__ import annotations

from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.competence import Accreditation, Scope
from exchange.core.periods import in_zulu
from exchange.core.trust_markup import (
    DECLARES,
    DECLARES_OWN,
    address,
    attribute,
    certificate,
    codes,
    each,
    escaped,
    extension,
    in_base64,
    link,
    names,
    own,
    own_text,
    since,
    tsl,
    tsl_text,
)
from exchange.core.trust_values import (
    Body,
    Capability,
    FormerName,
    KeyEntry,
    KeyPeriod,
    LegalBasis,
    service_type,
)
from exchange.errors import Finding, TrustError


def write_entry(body: Body) -> etree._Element:
    """Return the entry of a body as it stands on a list, alone.

    Returns:
        A `TrustServiceProvider` element that `exchange.core.trust_reading.read_entry` reads.

    Raises:
        TrustError: A text of it cannot stand in XML (`trust.entry-text`).
    """
    markup = (
        f"<TrustServiceProvider{DECLARES}{DECLARES_OWN}>{_content(body)}</TrustServiceProvider>"
    )
    try:
        return etree.fromstring(markup)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise TrustError(
            Finding(
                code=TrustCode.ENTRY_TEXT,
                path=f"//TrustServiceProvider[{body.id}]",
                message=f"expected texts without control characters, found {str(exc)[:120]}",
            )
        ) from exc


def entry_markup(body: Body) -> str:
    """Return the entry of a body as markup, for a list that declares the prefixes."""
    return tsl("TrustServiceProvider", _content(body))


def _content(body: Body) -> str:
    return "".join(
        (
            "<TSPInformation>",
            names("TSPName", body.names),
            address("TSPAddress", body.place),
            link("TSPInformationURI", body.place.information),
            tsl("TSPInformationExtensions", _body_information(body)),
            "</TSPInformation>",
            tsl("TSPServices", *[_key(key) for key in body.keys]),
        )
    )


def _body_information(body: Body) -> str:
    return extension(
        "BodyInformation",
        own_text("BodyID", body.id),
        each("Role", sorted(body.roles)),
        own_text("Economy", body.economy),
        each("ServedEconomy", sorted(body.economies - {body.economy})),
        own_text("TimeZone", body.time_zone),
        "" if body.approval_number is None else own_text("ApprovalNumber", body.approval_number),
        "" if body.cab_code is None else own_text("CABCode", body.cab_code),
        *(since("State", one.state.value, in_zulu(one.since)) for one in body.history),
        *map(_former_name, body.former_names),
        each("Predecessor", sorted(body.predecessors)),
        *map(_accreditation, body.accreditations),
        *map(_capability, body.capabilities),
        "" if body.endpoint is None else own_text("Endpoint", body.endpoint),
        own_text("ForbidsHubCustody", str(body.forbids_hub_custody).lower()),
    )


def _former_name(former: FormerName) -> str:
    written = "".join(
        f'<mrt:Name xml:lang="{attribute(language)}">{escaped(text)}</mrt:Name>'
        for language, text in former.names.items()
    )
    return f'<mrt:FormerName until="{in_zulu(former.until)}">{written}</mrt:FormerName>'


def _accreditation(one: Accreditation) -> str:
    return own(
        "Accreditation",
        own_text("Kind", one.kind),
        own_text("Authority", one.authority),
        own_text("Number", one.number),
        own_text("Standard", one.standard),
        each("Scheme", sorted(one.schemes)),
        codes("ScopeCode", one.scope_codes),
        own_text("ValidFrom", one.valid_from.isoformat()),
        "" if one.valid_to is None else own_text("ValidTo", one.valid_to.isoformat()),
        *(since("State", period.state.value, period.since.isoformat()) for period in one.history),
    )


def _capability(one: Capability) -> str:
    return own(
        "Capability",
        own_text("Kind", one.kind.value),
        own_text("Schema", one.schema),
        each("Scheme", sorted(one.schemes)),
    )


def _key(key: KeyEntry) -> str:
    current, *former = key.periods
    return tsl(
        "TSPService",
        "<ServiceInformation>",
        tsl_text("ServiceTypeIdentifier", service_type(key.role)),
        names("ServiceName", key.names),
        certificate(key.certificate.der),
        _status(current),
        tsl("ServiceInformationExtensions", _key_information(key)),
        "</ServiceInformation>",
        tsl("ServiceHistory", *[_instance(key, period) for period in former]) if former else "",
    )


def _key_information(key: KeyEntry) -> str:
    return extension(
        "KeyInformation",
        own_text("BodyID", key.body),
        own_text("KeyRole", key.role.value),
        own_text("Custody", key.custody.value),
        own_text("SignsUntil", in_zulu(key.signs_until)),
        own_text("AcceptedUntil", in_zulu(key.accepted_until)),
        "" if key.legal is None else _legal(key.legal),
        _path(key) if key.path else "",
        "" if key.scope == Scope() else _scope(key.scope),
    )


def _legal(legal: LegalBasis) -> str:
    return own(
        "LegalBasis",
        own_text("Instrument", legal.instrument),
        own_text("Level", legal.level.value),
    )


def _path(key: KeyEntry) -> str:
    return own(
        "CertificationPath", *(own("Certificate", in_base64(above.der)) for above in key.path)
    )


def _scope(scope: Scope) -> str:
    return own(
        "Scope",
        each("Scheme", sorted(scope.schemes)),
        each("Standard", sorted(scope.standards)),
        codes("ProductGroup", scope.product_groups),
        each("Economy", sorted(scope.economies)),
    )


def _instance(key: KeyEntry, period: KeyPeriod) -> str:
    return tsl(
        "ServiceHistoryInstance",
        tsl_text("ServiceTypeIdentifier", service_type(key.role)),
        names("ServiceName", key.names),
        "<ServiceDigitalIdentity><DigitalId>",
        tsl("X509SKI", in_base64(key.key_id)),
        "</DigitalId></ServiceDigitalIdentity>",
        _status(period),
    )


def _status(period: KeyPeriod) -> str:
    return tsl_text("ServiceStatus", period.status.value) + tsl_text(
        "StatusStartingTime", in_zulu(period.not_before)
    )
