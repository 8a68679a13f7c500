"""What a trust list says about itself: whose it is, its number, its dates, its pointers.

Reads the tree made from canonical signed octets, which gate 2 has found valid; whether any of
it is believed is decided in `exchange.core.trustlist`.

Source: ETSI TS 119 612 v2.4.1, clause 5.3; `schemas/trust-list/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from exchange.core.model import Economy, Fingerprint
from exchange.core.periods import from_zulu
from exchange.core.trust_index import Pointer
from exchange.core.trust_tree import E, T, child, fingerprint, names, place, text
from exchange.core.trust_values import ListType, Operator


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
    scheme = child(root, f"{T}SchemeInformation")
    return ListHeading(
        version=int(text(scheme, f"{T}TSLVersionIdentifier")),
        sequence=int(text(scheme, f"{T}TSLSequenceNumber")),
        type=ListType(text(scheme, f"{T}TSLType")),
        territory=Economy(text(scheme, f"{T}SchemeTerritory")),
        operator=Operator(
            names=names(child(scheme, f"{T}SchemeOperatorName")),
            scheme_names=names(child(scheme, f"{T}SchemeName")),
            place=place(
                child(scheme, f"{T}SchemeOperatorAddress"),
                child(scheme, f"{T}SchemeInformationURI"),
            ),
        ),
        history_period=timedelta(days=int(text(scheme, f"{T}HistoricalInformationPeriod"))),
        issued_at=from_zulu(text(scheme, f"{T}ListIssueDateTime")),
        next_update=from_zulu(text(scheme, f"{T}NextUpdate", f"{T}dateTime")),
        pointers=tuple(
            _pointer(one) for one in scheme.iterfind(f"{T}PointersToOtherTSL/{T}OtherTSLPointer")
        ),
        announces=frozenset(
            fingerprint(one)
            for one in scheme.iterfind(
                f"{T}SchemeExtensions/{T}Extension/{E}ListInformation/{E}NextSigner"
            )
        ),
    )


def _pointer(element: etree._Element) -> Pointer:
    about = child(element, f"{T}AdditionalInformation", f"{T}OtherInformation")
    return Pointer(
        location=text(element, f"{T}TSLLocation"),
        type=ListType(text(about, f"{T}TSLType")),
        territory=Economy(text(about, f"{T}SchemeTerritory")),
        signers=frozenset(fingerprint(one) for one in element.iter(f"{T}X509Certificate")),
    )
