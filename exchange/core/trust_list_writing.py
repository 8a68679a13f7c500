"""From values to the XML of a whole trust list, unsigned and ready for the list key.

- The same values give the same octets, so that a list changes only when its content does.

Source: ETSI TS 119 612 v2.4.1, clauses 5.2 and 5.3; `schemas/trust-list/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.core.model import Economy
from exchange.core.periods import in_zulu
from exchange.core.trust_markup import (
    DECLARES,
    DECLARES_OWN,
    EXTENSIONS,
    address,
    attribute,
    certificate,
    extension,
    in_base64,
    link,
    names,
    own,
    tsl,
    tsl_text,
)
from exchange.core.trust_values import (
    POLICY,
    STATUS_APPROACH,
    TSL_TAG,
    Body,
    ListType,
    Operator,
)
from exchange.core.trust_writing import entry_markup


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
    identifier = attribute(f"TL-{draft.territory}-{draft.sequence}")
    parts = [
        f'<TrustServiceStatusList{DECLARES}{DECLARES_OWN} Id="{identifier}" TSLTag="{TSL_TAG}">',
        _scheme(draft),
    ]
    if draft.bodies:
        parts.append("<TrustServiceProviderList>")
        parts += [entry_markup(body) for body in draft.bodies]
        parts.append("</TrustServiceProviderList>")
    parts.append("</TrustServiceStatusList>")
    return "".join(parts).encode()


def canonical_form(written: bytes) -> bytes:
    """Return a list that `write_list` wrote in exclusive canonical form.

    The two differ in nothing but where our prefix is declared. No text can look like one of our
    tags, because there are no angle brackets left in texts.

    Source: Exclusive XML Canonicalization 1.0, section 3.
    """
    form = written.replace(DECLARES_OWN.encode(), b"", 1)
    for tag in EXTENSIONS:
        form = form.replace(f"<mrt:{tag}>".encode(), f"<mrt:{tag}{DECLARES_OWN}>".encode())
    return form


def _scheme(draft: ListDraft) -> str:
    operator = draft.operator
    return tsl(
        "SchemeInformation",
        tsl_text("TSLVersionIdentifier", str(max(POLICY.known_versions))),
        tsl_text("TSLSequenceNumber", str(draft.sequence)),
        tsl_text("TSLType", draft.type.value),
        names("SchemeOperatorName", operator.names),
        address("SchemeOperatorAddress", operator.place),
        names("SchemeName", operator.scheme_names),
        link("SchemeInformationURI", operator.place.information),
        tsl_text("StatusDeterminationApproach", STATUS_APPROACH),
        tsl_text("SchemeTerritory", draft.territory),
        tsl_text("HistoricalInformationPeriod", str(draft.history_period.days)),
        tsl("PointersToOtherTSL", *map(_pointer, draft.pointers)) if draft.pointers else "",
        tsl_text("ListIssueDateTime", in_zulu(draft.issued_at)),
        tsl("NextUpdate", tsl_text("dateTime", in_zulu(draft.next_update))),
        _distribution_points(draft) if draft.distribution_points else "",
        _announcement(draft) if draft.announces else "",
    )


def _distribution_points(draft: ListDraft) -> str:
    return tsl("DistributionPoints", *(tsl_text("URI", one) for one in draft.distribution_points))


def _announcement(draft: ListDraft) -> str:
    signers = [own("NextSigner", in_base64(der)) for der in draft.announces]
    return tsl("SchemeExtensions", extension("ListInformation", *signers))


def _pointer(pointer: PointerDraft) -> str:
    signers = [certificate(der) for der in pointer.signers]
    return tsl(
        "OtherTSLPointer",
        tsl("ServiceDigitalIdentities", *signers) if signers else "",
        tsl_text("TSLLocation", pointer.location),
        "<AdditionalInformation><OtherInformation>",
        tsl_text("TSLType", pointer.type.value),
        tsl_text("SchemeTerritory", pointer.territory),
        "</OtherInformation></AdditionalInformation>",
    )
