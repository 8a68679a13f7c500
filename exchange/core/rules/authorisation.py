"""Rules about who vouches for the issuing body: accreditation, designation, approval.

- What counts is the trust list: the document only points at an entry of it. An authorisation
  is *listed* when the issuer's entry has one of this authority and standard.
- The day that counts is the decision date, in the issuer's zone.
- Empty means no: an accreditation without scope codes covers none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.calendar_days import add_months
from exchange.core.competence import AccreditationState, ScopeCode
from exchange.core.document.attestation import ObjectKind
from exchange.core.document.values import Code
from exchange.core.model import BodyRole
from exchange.core.periods import covers_day, last_of_day
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.trust_values import BodyState
from exchange.errors import Finding

AUTHORITIES: Final = frozenset({BodyRole.ACCREDITATION_BODY, BodyRole.RECOGNITION_AUTHORITY})

_CERTIFICATION: Final[Mapping[ObjectKind, frozenset[str]]] = MappingProxyType(
    {
        ObjectKind.MANAGEMENT_SYSTEM: frozenset({"ISO/IEC 17021-1"}),
        ObjectKind.PRODUCT: frozenset({"ISO/IEC 17065"}),
        ObjectKind.SERVICE: frozenset({"ISO/IEC 17065"}),
        ObjectKind.PROCESS: frozenset({"ISO/IEC 17065"}),
        ObjectKind.ORGANISATION: frozenset({"ISO/IEC 17021-1", "ISO/IEC 17065", "ISO/IEC 17011"}),
    }
)
"""Standard for bodies by certified object. Source: IAF MLA, main scopes."""

_BY_TYPE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "testing": frozenset({"ISO/IEC 17025"}),
        "calibration": frozenset({"ISO/IEC 17025"}),
        "inspection": frozenset({"ISO/IEC 17020"}),
        "verification": frozenset({"ISO/IEC 17029"}),
        "validation": frozenset({"ISO/IEC 17029"}),
    }
)
"""Standard for bodies by type of attestation, whatever the object. Source: ILAC MRA."""

OFFERED_MONTHS: Final = 3
"""Months after the end of an accreditation in which its certificates are still offered."""


def _path(number: int, name: str) -> str:
    return f"/Attestation/Authorisation[{number}]/{name}"


def authority_is_listed(case: AttestationCase) -> Iterator[Finding]:
    """Every authority is on a trust list as one that vouches, active on the decision date.

    Source: AUT-01.
    """
    day = case.document.decision.decision_date
    for number, authorisation in enumerate(case.document.authorisations, 1):
        authority = case.snapshot.trust.body(authorisation.authority)
        if authority is None or authority.roles.isdisjoint(AUTHORITIES):
            yield Finding(
                code=RuleCode.AUT_01,
                path=_path(number, "Authority"),
                message="expected an authority of the trust lists, "
                f"found {quoted(authorisation.authority)}",
            )
            continue
        latest = authority.history[0]
        if latest.state is BodyState.ACTIVE and latest.since.date() < day:
            continue  # Active without a break from before that day, in any zone.
        evening = last_of_day(authority.time_zone, day)
        state = authority.state_at(evening)
        if state is not BodyState.ACTIVE:
            found = "not yet listed" if state is None else state.value
            yield Finding(
                code=RuleCode.AUT_01,
                path=_path(number, "Authority"),
                message=f"{authority.id} on {day}: expected active, found {found}",
            )


def number_is_published(case: AttestationCase) -> Iterator[Finding]:
    """AccreditationNumber is the one that the authority published for this body.

    Source: AUT-02; the record of a body in IAF CertSearch.
    """
    for number, authorisation in enumerate(case.document.authorisations, 1):
        accreditation = case.accreditations[number - 1]
        if accreditation is None:
            yield Finding(
                code=RuleCode.AUT_02,
                path=_path(number, "AccreditationNumber"),
                message=f"expected an entry of {quoted(authorisation.authority)} under "
                f"{quoted(authorisation.standard)} for {case.body.id} on the trust list, "
                "found none",
            )
        elif accreditation.number != authorisation.number:
            yield Finding(
                code=RuleCode.AUT_02,
                path=_path(number, "AccreditationNumber"),
                message=f"expected {accreditation.number}, found {quoted(authorisation.number)}",
            )


def standard_fits_object(case: AttestationCase) -> Iterator[Finding]:
    """At least one authorisation is under a standard that covers this object and scheme.

    Source: AUT-03; IAF MLA and ILAC MRA main scopes; the register of schemes.
    """
    document = case.document
    if case.scheme is not None and document.object.kind.value not in case.scheme.object_kinds:
        return  # No standard fits then, and OBJ-01 has said why.
    expected = _BY_TYPE.get(document.attestation_type) or _CERTIFICATION[document.object.kind]
    if case.scheme is not None:
        expected &= case.scheme.accreditation_standards
    for authorisation in document.authorisations:
        if authorisation.standard in expected:
            return
    yield Finding(
        code=RuleCode.AUT_03,
        path="/Attestation/Authorisation/Standard",
        message=f"expected {' or '.join(sorted(expected)) or 'a standard of the scheme'} for "
        f"{document.object.kind.value}, found "
        + ", ".join(quoted(one.standard) for one in document.authorisations[:3]),
    )


def codes_of(case: AttestationCase) -> Iterator[tuple[str, Code]]:
    """Yield every sector, product and service code of the object with its path."""
    found = case.document.object
    if found.management_system is not None:
        for number, code in enumerate(found.management_system.sector_codes, 1):
            yield f"/Attestation/Object/ManagementSystem/SectorCode[{number}]", code
    for number, product in enumerate(found.products, 1):
        for code_number, code in enumerate(product.commodity_codes, 1):
            yield f"/Attestation/Object/Product[{number}]/CommodityCode[{code_number}]", code
    for number, service in enumerate(found.services, 1):
        yield f"/Attestation/Object/Service[{number}]/ServiceClass", service.service_class
    yield from case.document.particulars.codes()


def codes_are_in_accredited_scope(case: AttestationCase) -> Iterator[Finding]:
    """Every sector and product code of the object lies inside the accredited scope.

    Source: AUT-04; IAF ID1 and the schedules of accreditation.
    """
    # Many authorisations may point at the same entry.
    accreditations = {id(one): one for one in case.accreditations if one is not None}.values()
    covered: set[Code] = set()
    for path, code in codes_of(case):
        if code in covered:
            continue
        for accreditation in accreditations:
            if accreditation.spans(ScopeCode(list_id=code.list_id, code=code.value)):
                covered.add(code)
                break
        else:
            yield Finding(
                code=RuleCode.AUT_04,
                path=path,
                message=f"expected a code inside the accredited scope of {case.body.id}, "
                f"found {quoted(code.list_id)} {quoted(code.value)}",
            )


def authorisation_was_in_force(case: AttestationCase) -> Iterator[Finding]:
    """Every authorisation was in force on the decision date and was not suspended then.

    Source: AUT-05; the status of a body in IAF CertSearch.
    """
    day = case.document.decision.decision_date
    for number, authorisation in enumerate(case.document.authorisations, 1):
        if not covers_day(authorisation.valid_from, authorisation.valid_to, day):
            yield Finding(
                code=RuleCode.AUT_05,
                path=_path(number, "ValidFrom"),
                message=f"expected a period with {day}, found {authorisation.valid_from} to "
                f"{authorisation.valid_to or 'an open end'}",
            )
            continue
        accreditation = case.accreditations[number - 1]
        if accreditation is None:
            continue
        state = accreditation.state_on(day)
        if state is not AccreditationState.ACTIVE:
            yield Finding(
                code=RuleCode.AUT_05,
                path=_path(number, "AccreditationNumber"),
                message=f"{accreditation.number} on {day}: expected active, found "
                f"{'not in force' if state is None else state.value}",
            )


def arrangement_was_signed(case: AttestationCase) -> Iterator[Finding]:
    """The authority was signatory to each arrangement claimed, for this scope, on that date.

    Source: AUT-06; IAF MLA, ILAC MRA and, from 2026-01-01, the Global Accreditation Cooperation.
    """
    day = case.document.decision.decision_date
    for number, authorisation in enumerate(case.document.authorisations, 1):
        for arrangement_id in authorisation.arrangements:
            arrangement = case.code_lists.arrangement(arrangement_id)
            if arrangement is not None and arrangement.recognises(
                authorisation.authority, authorisation.standard, day
            ):
                continue
            yield Finding(
                code=RuleCode.AUT_06,
                path=_path(number, "ArrangementID"),
                message=f"expected an arrangement that {quoted(authorisation.authority)} had "
                f"signed for {quoted(authorisation.standard)} on {day}, "
                f"found {quoted(arrangement_id)}",
            )


def accreditation_still_holds(case: AttestationCase) -> Iterator[Finding]:
    """A certificate whose accreditation was suspended or withdrawn later is flagged.

    Three months after a withdrawal it is no longer offered for recognition.

    Source: AUT-07; IAF CertSearch.
    """
    today = case.today
    for number, accreditation in enumerate(case.accreditations, 1):
        if accreditation is None:
            continue
        last = accreditation.history[0]
        if last.state is AccreditationState.ACTIVE or not (
            case.document.decision.decision_date < last.since <= today
        ):
            continue
        if last.state is AccreditationState.SUSPENDED:
            yield Finding(
                code=RuleCode.AUT_07,
                path=_path(number, "AccreditationNumber"),
                message=f"{accreditation.number} has been suspended since {last.since}; what "
                "rests on it waits for its authority",
            )
            continue
        until = add_months(last.since, OFFERED_MONTHS)
        yield Finding(
            code=RuleCode.AUT_07,
            path=_path(number, "AccreditationNumber"),
            message=f"{accreditation.number} was withdrawn on {last.since}; the certificate "
            + (
                f"is offered for recognition until {until}"
                if today <= until
                else f"has not been offered for recognition since {until}"
            ),
        )
