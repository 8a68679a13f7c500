"""Management systems: ISO 9001 and its family, with national adoptions.

Source: `schemas/schemes/management-systems/`; ISO/IEC 17021-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from exchange.codes import Code
from exchange.core.calendar_days import add_years
from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import PATH, Particulars
from exchange.core.document.values import LocalName
from exchange.core.rules.case import AttestationCase, quoted
from exchange.core.rules.entry import Older, built
from exchange.core.rules.scheme_rules import SchemeRules
from exchange.errors import Finding, Severity

ID: Final = "urn:mrhub:scheme:management-systems"
CYCLE_YEARS: Final = 3
SURVEILLANCES: Final = 2
INITIAL: Final = "initial"
QUALITY: Final = "Q"
QUALITY_STANDARD: Final = "ISO 9001"
_CENTURY: Final = 2000
_DAY: Final = timedelta(days=1)
STANDARD: Final = "standard"
"""The kind of a requirement that is a standard, of the list MRHUB-REQUIREMENT-KIND."""

_PATH: Final = f"{PATH}/ManagementSystemParticulars"


class ManagementSystemRuleCode(Code):
    """Gate 5, rules of management systems."""

    SCH_QMS_01 = (
        "rule.SCH-QMS-01",
        "the standard is not a management system standard of the scheme, with its edition",
        "name the standard, or its identical national adoption, with the edition",
    )
    SCH_QMS_02 = (
        "rule.SCH-QMS-02",
        "the cycle is not three years, or two surveillances are not planned",
        "give the start and the end of the cycle and at least two planned surveillances",
    )
    SCH_QMS_03 = (
        "rule.SCH-QMS-03",
        "several sites are certified without a statement on how they were audited",
        "say whether the sites were sampled or all visited",
    )
    SCH_QMS_04 = (
        "rule.SCH-QMS-04",
        "the transition is not one to the edition certified, or ends later than the register says",
        "name the edition before, the edition of the certificate and the last day of the change",
    )
    SCH_QMS_05 = (
        "rule.SCH-QMS-05",
        "the certificate to a withdrawn edition outlives the transition to the next one",
        "let it expire on the last day of the transition at the latest",
    )
    SCH_QMS_06 = (
        "rule.SCH-QMS-06",
        "year, type, recertification or size inside the number is not that of the certificate",
        "correct the number, or what the certificate says about the audit and its size",
    )


class MultiSite(NamedTuple):
    """How more than one site was covered (IAF MD 1)."""

    method: str
    sites_total: int
    sites_visited: int
    statements: tuple[LocalName, ...]


class Transition(NamedTuple):
    """A certificate that moves from one edition of its standard to the next."""

    from_number: str
    from_edition: str
    to_edition: str
    deadline: date


@dataclass(frozen=True, slots=True)
class ManagementSystemParticulars(Particulars):
    """What a certificate of a management system says beyond the attestation."""

    audit_type: str
    recertification_count: int
    size_class: str | None
    planned_surveillances: tuple[date, ...]
    multi_site: MultiSite | None
    transition: Transition | None

    def texts(self) -> Iterator[tuple[str, tuple[LocalName, ...]]]:
        """Yield how several sites were covered."""
        if self.multi_site is not None:
            yield f"{_PATH}/MultiSite/Statement", self.multi_site.statements

    def recertifications(self) -> int:
        """Return the count of recertifications."""
        return self.recertification_count


def _read(cursor: Cursor, tag: str) -> ManagementSystemParticulars:
    cursor.enter("ManagementSystemParticulars")
    audit_type = cursor.word("AuditType")
    recertification_count = cursor.count("RecertificationCount")
    size_class = cursor.optional_word("SizeClass")
    for name in ("TotalPersonnel", "Complexity", "AuditDays"):
        cursor.skip(name)
    found = ManagementSystemParticulars(
        tag,
        audit_type,
        recertification_count,
        size_class,
        _surveillances(cursor),
        _multi_site(cursor) if cursor.sees("MultiSite") else None,
        _transition(cursor) if cursor.sees("Transition") else None,
    )
    cursor.skip("AuditedTogetherWith")
    cursor.skip("AccreditationSymbol")
    return found


def _surveillances(cursor: Cursor) -> tuple[date, ...]:
    found = []
    while cursor.sees("PlannedSurveillance"):
        cursor.enter("PlannedSurveillance")
        cursor.skip("Sequence")
        found.append(cursor.day("DueBy"))
    return tuple(found)


def _multi_site(cursor: Cursor) -> MultiSite:
    cursor.enter("MultiSite")
    return MultiSite(
        cursor.word("Method"),
        cursor.count("SitesTotal"),
        cursor.count("SitesVisited"),
        cursor.local_names("Statement"),
    )


def _transition(cursor: Cursor) -> Transition:
    cursor.enter("Transition")
    return Transition(
        cursor.word("FromNumber"),
        cursor.word("FromEdition"),
        cursor.word("ToEdition"),
        cursor.day("Deadline"),
    )


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
            code=ManagementSystemRuleCode.SCH_QMS_01,
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
                    code=ManagementSystemRuleCode.SCH_QMS_01,
                    path=f"{path}/Edition",
                    message=f"expected an edition of {quoted(requirement.number)}, "
                    f"found {quoted(requirement.edition or '')}",
                )
        else:
            yield Finding(
                code=ManagementSystemRuleCode.SCH_QMS_01,
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
            code=ManagementSystemRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleStart",
            message="expected the start and the end of the cycle, found none",
        )
        return
    latest = add_years(start, CYCLE_YEARS)
    if not latest - _DAY <= end <= latest:
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleEnd",
            message=f"expected {latest - _DAY} or {latest}, found {end}",
        )
    decided = case.document.decision.decision_date
    if particulars.audit_type == INITIAL and start < decided:
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_02,
            path="/Attestation/Validity/CycleStart",
            message=f"expected {decided} or later after an initial audit, found {start}",
        )
    planned = len([due for due in particulars.planned_surveillances if start < due <= end])
    if planned < SURVEILLANCES:
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_02,
            path=f"{_PATH}/PlannedSurveillance",
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
            code=ManagementSystemRuleCode.SCH_QMS_03,
            path=f"{_PATH}/MultiSite",
            message=f"expected how {len(case.document.sites)} sites were covered, found nothing",
        )


def transition_leads_to_the_edition(case: AttestationCase) -> Iterator[Finding]:
    """A transition leads from a withdrawn edition to the one certified, within its time.

    The standard may be named as adopted or as it was published first. Which edition was withdrawn
    and until when the change may last stands in the register of standards; an edition that is not
    there is not judged.

    Source: SCH-QMS-04, this project's own; IAF MD on transitions: three years as a rule.
    """
    particulars = case.document.particulars
    if not isinstance(particulars, ManagementSystemParticulars) or particulars.transition is None:
        return
    change = particulars.transition
    path = f"{_PATH}/Transition"
    certified: set[tuple[str, str | None]] = set()
    for one in case.document.requirements:
        known = case.code_lists.standard(one.number, one.edition or "")
        certified.add((one.number, one.edition))
        if known is not None and known.identical_to is not None:
            certified.add(known.identical_to)
    if (change.from_number, change.to_edition) not in certified:
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_04,
            path=f"{path}/ToEdition",
            message=f"expected an edition of {quoted(change.from_number)} that is certified, "
            f"found {quoted(change.to_edition)}",
        )
    before = case.code_lists.standard(change.from_number, change.from_edition)
    if change.from_edition == change.to_edition or (before is not None and not before.withdrawn):
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_04,
            path=f"{path}/FromEdition",
            message=f"expected a withdrawn edition, found {quoted(change.from_edition)}",
        )
    latest = None if before is None else before.transition_until
    if latest is not None and change.deadline > latest:
        yield Finding(
            code=ManagementSystemRuleCode.SCH_QMS_04,
            path=f"{path}/Deadline",
            message=f"expected {latest} or earlier, found {change.deadline}",
        )


def old_edition_ends_with_its_transition(case: AttestationCase) -> Iterator[Finding]:
    """A certificate decided to a withdrawn edition expires with the transition at the latest.

    One that was decided after the transition is a matter of REQ-02.

    Source: SCH-QMS-05, this project's own; the resolutions of IAF on each new edition.
    """
    document = case.document
    expiry = document.validity.expiry_date
    for number, requirement in enumerate(document.requirements, 1):
        if requirement.edition is None or expiry is None:
            continue
        edition = case.code_lists.standard(requirement.number, requirement.edition)
        if edition is None or edition.withdrawn is None or edition.transition_until is None:
            continue
        decided_in_transition = (
            edition.withdrawn <= document.decision.decision_date <= edition.transition_until
        )
        if decided_in_transition and expiry > edition.transition_until:
            yield Finding(
                code=ManagementSystemRuleCode.SCH_QMS_05,
                path="/Attestation/Validity/ExpiryDate",
                message=f"expected {edition.transition_until} or earlier for requirement "
                f"{number}, found {expiry}",
            )


def number_says_what_the_certificate_says(case: AttestationCase) -> Iterator[Finding]:
    """A number of the Chinese form tells year, type, recertifications and size of the certificate.

    The year is not after the issue; the letter is Q for ISO 9001 and its adoptions, and for nothing
    else, unless the register does not know a standard; a sub-certificate has the size of its parent
    in its number. Other letters are not judged.

    Source: SCH-QMS-06, this project's own; the numbering of CNCA: 03410Q10286R0S.
    """
    particulars = case.document.particulars
    form = None if case.scheme is None else case.scheme.number_form(case.body.economy)
    if form is None or not isinstance(particulars, ManagementSystemParticulars):
        return
    number = case.document.certificate_number
    match = re.fullmatch(form, number)
    if match is None:
        return
    parts = match.groupdict()
    issued = case.document.validity.issue_date.year
    size = particulars.size_class if parts["sub"] is None else None
    for found, expected, fits in (
        (f"the year {parts['year']}", f"{issued % 100:02} or earlier",
         _CENTURY + int(parts["year"]) <= issued),
        (f"type {parts['type']}", f"{QUALITY} for {QUALITY_STANDARD} and for nothing else",
         _letter_fits(case, parts["type"])),
        (f"R{parts['cycle']}", f"R{particulars.recertification_count}",
         int(parts["cycle"]) == particulars.recertification_count),
        (f"size {parts['size']}", f"size {size}", size in (None, parts["size"])),
    ):  # fmt: skip
        if not fits:
            yield Finding(
                code=ManagementSystemRuleCode.SCH_QMS_06,
                path="/Attestation/CertificateNumber",
                message=f"expected {expected} in the number, found {found}",
            )


def _letter_fits(case: AttestationCase, letter: str) -> bool:
    """Tell whether the letter is that of the standards, as adopted or as they came first."""
    quality = False
    for one in case.document.requirements:
        known = case.code_lists.standard(one.number, one.edition or "")
        if known is None:
            # What the register does not know is the business of SCH-QMS-01.
            return True
        same = known.identical_to
        quality |= QUALITY_STANDARD in (one.number, None if same is None else same[0])
    return quality == (letter == QUALITY)


SCHEME: Final = SchemeRules(
    scheme=ID,
    particulars="{urn:mrhub:scheme:management-systems:1}ManagementSystemParticulars",
    read=_read,
    rules=(
        built(
            ManagementSystemRuleCode.SCH_QMS_01,
            standard_is_of_the_family,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(ManagementSystemRuleCode.SCH_QMS_02, cycle_is_three_years, scheme=ID),
        built(
            ManagementSystemRuleCode.SCH_QMS_03,
            several_sites_have_a_statement,
            severity=Severity.WARNING,
            scheme=ID,
        ),
        built(
            ManagementSystemRuleCode.SCH_QMS_04,
            transition_leads_to_the_edition,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(
            ManagementSystemRuleCode.SCH_QMS_05,
            old_edition_ends_with_its_transition,
            older=Older.WARNING,
            scheme=ID,
        ),
        built(
            ManagementSystemRuleCode.SCH_QMS_06,
            number_says_what_the_certificate_says,
            older=Older.WARNING,
            scheme=ID,
        ),
    ),
)
