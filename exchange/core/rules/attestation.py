"""Rules about the attestation as a whole: its number, its type and its level.

Uniqueness and revisions (ATT-01, ATT-03) are decided by the register, in
`exchange.core.admission`; the file for people (ATT-06) in `exchange.core.rules.link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

THIRD_PARTY: Final = frozenset({"3rdParty"})
ANY_PARTY: Final = frozenset({"3rdParty", "2ndParty", "Self", "Membership", "Unspecified"})

ASSESSORS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "certification": THIRD_PARTY,
        "accreditation": THIRD_PARTY,
        "declaration": frozenset({"Self"}),
        "inspection": ANY_PARTY,
        "testing": ANY_PARTY,
        "verification": ANY_PARTY,
        "validation": ANY_PARTY,
        "calibration": ANY_PARTY,
    }
)
"""Who may make which attestation. Source: ISO/IEC 17000, clause 7, notes to entry."""

LEVELS: Final = "MRHUB-ASSESSMENT-LEVEL"
"""The code list of levels. Source: UNTP conformity credential, assessmentLevel."""

_APPROVALS: Final = frozenset({"designation", "governmentApproval"})


def number_has_format_of_scheme(case: AttestationCase) -> Iterator[Finding]:
    """CertificateNumber has the format that the scheme prescribes to bodies of its economy, if any.

    Source: ATT-02; the register of schemes.
    """
    form = None if case.scheme is None else case.scheme.number_form(case.body.economy)
    if case.scheme is None or form is None:
        return
    number = case.document.certificate_number
    match = re.fullmatch(form, number)
    expected = None if match is not None else f"a number of the form {form}"
    # Who binds everybody has a rule of its own for the year.
    if match is not None and case.scheme.number_pattern is None:
        issued = f"{case.document.validity.issue_date.year}"
        if len(year := match.groupdict().get("year") or "") == len(issued) and year > issued:
            expected = f"the year {issued} or an earlier one in the number"
    if expected is not None:
        yield Finding(
            code=RuleCode.ATT_02,
            path="/Attestation/CertificateNumber",
            message=f"expected {expected}, found {quoted(number)}",
        )


def type_fits_assessor(case: AttestationCase) -> Iterator[Finding]:
    """AttestationType and AssessorLevel fit: certification wants a third party.

    Source: ATT-04; ISO/IEC 17000, clause 7.3, note.
    """
    document = case.document
    assessors = ASSESSORS.get(document.attestation_type)
    if assessors is None:
        yield Finding(
            code=RuleCode.ATT_04,
            path="/Attestation/AttestationType",
            message=f"expected one of {', '.join(sorted(ASSESSORS))}, "
            f"found {quoted(document.attestation_type)}",
        )
    elif document.assessor_level not in assessors:
        yield Finding(
            code=RuleCode.ATT_04,
            path="/Attestation/AssessorLevel",
            message=f"expected {' or '.join(sorted(assessors))} for "
            f"{document.attestation_type}, found {quoted(document.assessor_level)}",
        )


def level_is_supported(case: AttestationCase) -> Iterator[Finding]:
    """AssessmentLevel is never higher than the authorisations support.

    Source: ATT-05; documents and rules, section 8.2.
    """
    level = case.document.assessment_level
    if not case.code_lists.contains(LEVELS, level, case.document.validity.issue_date):
        yield Finding(
            code=RuleCode.ATT_05,
            path="/Attestation/AssessmentLevel",
            message=f"expected a level of the list {LEVELS}, found {quoted(level)}",
        )
        return
    authorisations = case.document.authorisations
    kinds = [authorisation.kind for authorisation in authorisations]
    match level:
        case "GlobalMRA":
            supported = any(
                _is_global(case, arrangement)
                for authorisation in authorisations
                for arrangement in authorisation.arrangements
            )
            expected = "an authorisation under a global arrangement in force on the decision date"
        case "Accredited":
            supported = "accreditation" in kinds
            expected = "an accreditation"
        case "GovtApproval":
            supported = not _APPROVALS.isdisjoint(kinds)
            expected = "a designation or an approval by a government"
        case _:
            return
    if not supported:
        yield Finding(
            code=RuleCode.ATT_05,
            path="/Attestation/AssessmentLevel",
            message=f"expected {expected} for {level}, found none",
        )


def _is_global(case: AttestationCase, arrangement_id: str) -> bool:
    arrangement = case.code_lists.arrangement(arrangement_id)
    return (
        arrangement is not None
        and arrangement.is_global
        and arrangement.period.covers(case.document.decision.decision_date)
    )
