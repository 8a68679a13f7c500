"""Rules about the scheme that the certificate was issued under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

_TESTING: Final = frozenset({"typeTest", "sampling"})
_PRODUCTION: Final = frozenset({"factoryInspection", "audit", "inspection"})

NEEDS: Final[Mapping[str, tuple[frozenset[str], ...]]] = MappingProxyType(
    {
        "1a": (_TESTING,),
        "1b": (_TESTING,),
        "2": (_TESTING,),
        "3": (_TESTING,),
        "4": (_TESTING,),
        "5": (_TESTING, _PRODUCTION),
        "6": (frozenset({"audit", "inspection", "documentReview", "serviceTest"}),),
        "N": (),
    }
)
"""For each type of ISO/IEC 17067, table 1: one activity out of each group must be present."""

SURVEILLED: Final = frozenset({"2", "3", "4", "5", "6"})
"""Types of ISO/IEC 17067 that include surveillance."""


def scheme_is_registered(case: AttestationCase) -> Iterator[Finding]:
    """SchemeID and SchemeVersion are registered and were in force on the decision date.

    Source: SCM-01.
    """
    scheme = case.document.scheme
    if case.scheme is None:
        yield Finding(
            code=RuleCode.SCM_01,
            path="/Attestation/Scheme/SchemeID",
            message=f"expected a registered scheme, found {quoted(scheme.scheme_id)} "
            f"version {quoted(scheme.version)}",
        )
    elif not case.scheme.period.covers(case.document.decision.decision_date):
        yield Finding(
            code=RuleCode.SCM_01,
            path="/Attestation/Scheme/SchemeVersion",
            message=f"expected a version in force on {case.document.decision.decision_date}, "
            f"found {quoted(scheme.version)}",
        )


def rule_document_was_the_latest(case: AttestationCase) -> Iterator[Finding]:
    """Each rule document was the latest in force when the assessment began.

    An attestation does not tell the day of the application: the first day of assessment is the
    first after it that is known. Rule documents that the register does not know are not judged.

    Source: SCM-02; the rule lists of CRCC; the register of schemes.
    """
    if case.scheme is None or not case.scheme.rule_documents:
        return
    begun = min([assessment.period_start for assessment in case.document.assessments])
    for number, rule in enumerate(case.document.scheme.rule_documents, 1):
        latest = case.scheme.rule_in_force(rule.number, begun)
        if latest is not None and latest.version != rule.version:
            yield Finding(
                code=RuleCode.SCM_02,
                path=f"/Attestation/Scheme/RuleDocument[{number}]/Version",
                message=f"expected {latest.version}, in force on {begun}, "
                f"found {quoted(rule.version)}",
            )


def assessments_fit_scheme_type(case: AttestationCase) -> Iterator[Finding]:
    """The assessments are those of the scheme, and its type has all that it needs.

    Source: SCM-03; ISO/IEC 17067, table 1.
    """
    activities = {assessment.activity for assessment in case.document.assessments}
    if case.scheme is not None:
        for number, assessment in enumerate(case.document.assessments, 1):
            if assessment.activity not in case.scheme.activity_types:
                yield Finding(
                    code=RuleCode.SCM_03,
                    path=f"/Attestation/Assessment[{number}]/ActivityType",
                    message=f"expected an activity of the scheme, "
                    f"found {quoted(assessment.activity)}",
                )
    scheme_type = case.document.scheme.scheme_type
    if scheme_type is None:
        return
    needs = NEEDS.get(scheme_type)
    if needs is None:
        yield Finding(
            code=RuleCode.SCM_03,
            path="/Attestation/Scheme/SchemeType",
            message=f"expected one of {', '.join(NEEDS)}, found {quoted(scheme_type)}",
        )
        return
    for group in needs:
        if activities.isdisjoint(group):
            yield Finding(
                code=RuleCode.SCM_03,
                path="/Attestation/Assessment",
                message=f"expected {' or '.join(sorted(group))} for type {scheme_type}, found none",
            )
    if scheme_type in SURVEILLED and case.document.validity.next_surveillance_due is None:
        yield Finding(
            code=RuleCode.SCM_03,
            path="/Attestation/Validity/NextSurveillanceDue",
            message=f"expected a planned surveillance for type {scheme_type}, found none",
        )


def particulars_are_those_of_scheme(case: AttestationCase) -> Iterator[Finding]:
    """The root of SchemeParticulars is the one registered for the scheme.

    Source: SCM-04.
    """
    if case.scheme is not None and case.document.particulars.tag != case.scheme.particulars:
        yield Finding(
            code=RuleCode.SCM_04,
            path="/Attestation/SchemeParticulars",
            message=f"expected {case.scheme.particulars}, "
            f"found {quoted(case.document.particulars.tag)}",
        )
