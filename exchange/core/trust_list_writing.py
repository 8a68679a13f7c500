"""From values to the XML of a whole trust list, unsigned and ready for the list key.

- The same values give the same octets, so that a list changes only when its content does.

Source: ETSI TS 119 612 v2.4.1, clauses 5.2 and 5.3; `schemas/trust-list/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from exchange.core.model import Economy
from exchange.core.periods import in_zulu
from exchange.core.trust_elements import (
    PREFIXES,
    add_address,
    add_certificate,
    add_extension,
    add_link,
    add_names,
    add_own,
    add_tsl,
    base64_text,
)
from exchange.core.trust_values import (
    POLICY,
    STATUS_APPROACH,
    TSL,
    TSL_TAG,
    Body,
    ListType,
    Operator,
)
from exchange.core.trust_writing import add_entry

_T: Final = f"{{{TSL}}}"


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
        nsmap=PREFIXES,
    )
    _scheme(root, draft)
    if draft.bodies:
        bodies = etree.SubElement(root, f"{_T}TrustServiceProviderList")
        for body in draft.bodies:
            add_entry(bodies, body)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _scheme(root: etree._Element, draft: ListDraft) -> None:
    scheme = etree.SubElement(root, f"{_T}SchemeInformation")
    add_tsl(scheme, "TSLVersionIdentifier", str(max(POLICY.known_versions)))
    add_tsl(scheme, "TSLSequenceNumber", str(draft.sequence))
    add_tsl(scheme, "TSLType", draft.type.value)
    add_names(scheme, "SchemeOperatorName", draft.operator.names)
    add_address(scheme, "SchemeOperatorAddress", draft.operator.place)
    add_names(scheme, "SchemeName", draft.operator.scheme_names)
    add_link(scheme, "SchemeInformationURI", draft.operator.place.information)
    add_tsl(scheme, "StatusDeterminationApproach", STATUS_APPROACH)
    add_tsl(scheme, "SchemeTerritory", draft.territory)
    add_tsl(scheme, "HistoricalInformationPeriod", str(draft.history_period.days))
    if draft.pointers:
        pointers = add_tsl(scheme, "PointersToOtherTSL")
        for pointer in draft.pointers:
            _pointer(pointers, pointer)
    add_tsl(scheme, "ListIssueDateTime", in_zulu(draft.issued_at))
    add_tsl(add_tsl(scheme, "NextUpdate"), "dateTime", in_zulu(draft.next_update))
    if draft.distribution_points:
        points = add_tsl(scheme, "DistributionPoints")
        for location in draft.distribution_points:
            add_tsl(points, "URI", location)
    if draft.announces:
        information = add_extension(add_tsl(scheme, "SchemeExtensions"), "ListInformation")
        for der in draft.announces:
            add_own(information, "NextSigner", base64_text(der))


def _pointer(parent: etree._Element, pointer: PointerDraft) -> None:
    element = add_tsl(parent, "OtherTSLPointer")
    if pointer.signers:
        identities = add_tsl(element, "ServiceDigitalIdentities")
        for der in pointer.signers:
            add_certificate(identities, der)
    add_tsl(element, "TSLLocation", pointer.location)
    other = add_tsl(add_tsl(element, "AdditionalInformation"), "OtherInformation")
    add_tsl(other, "TSLType", pointer.type.value)
    add_tsl(other, "SchemeTerritory", pointer.territory)
