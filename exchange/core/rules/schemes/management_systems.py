"""Rules of the scheme for management systems: ISO 9001 and its family."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from exchange.codes.scheme_rules import SchemeRuleCode
from exchange.core.calendar_days import add_years
from exchange.core.document.particulars import ManagementSystemParticulars
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

CYCLE_YEARS: Final = 3
SURVEILLANCES: Final = 2
INITIAL: Final = "initial"
_DAY: Final = timedelta(days=1)
STANDARD: Final = "standard"
"""The kind of a requirement that is a standard, of the list MRHUB-REQUIREMENT-KIND."""


def standard_is_of_the_family(case: AttestationCase) -> Iterator[Finding]:
    """The standard is one of the scheme, or its identical national adoption, with its edition.

    There is one at least: a certificate under regulations alone certifies no management system.

    Source: SCH-QMS-01; the register of schemes and the register of standards.
    """
    scheme = case.scheme
    if scheme is None:
        return
    if STANDARD not in [requirement.kind for requirement in case.document.requirements]:
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_01,
            path="/Attestation/Requirement/Kind",
            message="expected a management system standard of the scheme, found none",
        )
    for number, requirement in enumerate(case.document.requirements, 1):
        if requirement.kind != STANDARD:
            continue
        path = f"/Attestation/Requirement[{number}]"
        if scheme.certifies(requirement.number):
            known = requirement.edition is None or case.code_lists.standard(
                requirement.number, requirement.edition
            )
            if not known:
                yield Finding(
                    code=SchemeRuleCode.SCH_QMS_01,
                    path=f"{path}/Edition",
                    message=f"expected an edition of {quoted(requirement.number)}, "
                    f"found {quoted(requirement.edition or '')}",
                )
        else:
            yield Finding(
                code=SchemeRuleCode.SCH_QMS_01,
                path=f"{path}/Number",
                message="expected a management system standard of the scheme, "
                f"found {quoted(requirement.number)}",
            )


def cycle_is_three_years(case: AttestationCase) -> Iterator[Finding]:
    """The cycle is three years from the decision, or from when recertification was due.

    At least two surveillances are planned inside it.

    Source: SCH-QMS-02; ISO/IEC 17021-1, 9.1.3.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, ManagementSystemParticulars):
        return
    validity = case.document.validity
    start, end = validity.cycle_start, validity.cycle_end
    if start is None or end is None:
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleStart",
            message="expected the start and the end of the cycle, found none",
        )
        return
    latest = add_years(start, CYCLE_YEARS)
    if not latest - _DAY <= end <= latest:
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleEnd",
            message=f"expected {latest - _DAY} or {latest}, found {end}",
        )
    decided = case.document.decision.decision_date
    if particulars.audit_type == INITIAL and start < decided:
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleStart",
            message=f"expected {decided} or later after an initial audit, found {start}",
        )
    planned = len([due for due in particulars.planned_surveillances if start < due <= end])
    if planned < SURVEILLANCES:
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_02,
            path="/Attestation/SchemeParticulars/ManagementSystemParticulars/PlannedSurveillance",
            message=f"expected {SURVEILLANCES} planned surveillances inside the cycle, "
            f"found {planned}",
        )


def several_sites_have_a_statement(case: AttestationCase) -> Iterator[Finding]:
    """A certificate of several sites says whether they were sampled or all visited.

    Source: SCH-QMS-03; IAF MD 1.
    """
    particulars = case.document.particulars
    if (
        isinstance(particulars, ManagementSystemParticulars)
        and len(case.document.sites) > 1
        and particulars.multi_site is None
    ):
        yield Finding(
            code=SchemeRuleCode.SCH_QMS_03,
            path="/Attestation/SchemeParticulars/ManagementSystemParticulars/MultiSite",
            message=f"expected how {len(case.document.sites)} sites were covered, found nothing",
        )
