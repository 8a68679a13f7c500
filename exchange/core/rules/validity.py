"""Rules about the days on which a certificate counts.

All days run in the zone of the issuing body, and an expiry date is the last valid day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.calendar_days import add_months, add_years
from exchange.core.model import Status
from exchange.core.rules.case import AttestationCase
from exchange.errors import Finding

_PATH: Final = "/Attestation/Validity"

EARLY_MONTHS: Final = 12
"""Months by which a new cycle may begin later than the certificate: recertification takes the
place of the last yearly surveillance. Source: ISO/IEC 17021-1, 9.1.3.3."""

OVERDUE_DAYS: Final = 60
"""Days after which an overdue surveillance concerns the accreditation body."""


def effective_after_decision(case: AttestationCase) -> Iterator[Finding]:
    """The certificate takes effect on the decision date or later.

    Source: VAL-01; ISO/IEC 17021-1, 8.2.2 b.
    """
    decided = case.document.decision.decision_date
    effective = case.document.validity.effective_date
    if effective < decided:
        yield Finding(
            code=RuleCode.VAL_01,
            path=f"{_PATH}/EffectiveDate",
            message=f"expected {decided} or later, found {effective}",
        )


def dates_are_in_order(case: AttestationCase) -> Iterator[Finding]:
    """Original issue, issue and expiry follow each other; the expiry date is there.

    The expiry date may be missing where the scheme has none.

    Source: VAL-02.
    """
    validity = case.document.validity
    if validity.original_issue_date > validity.issue_date:
        yield Finding(
            code=RuleCode.VAL_02,
            path=f"{_PATH}/OriginalIssueDate",
            message=f"expected {validity.issue_date} or earlier, "
            f"found {validity.original_issue_date}",
        )
    if validity.expiry_date is None:
        if case.scheme is None or case.scheme.max_validity_years is not None:
            yield Finding(
                code=RuleCode.VAL_02,
                path=f"{_PATH}/ExpiryDate",
                message="expected an expiry date, found none",
            )
    elif validity.expiry_date < validity.issue_date:
        yield Finding(
            code=RuleCode.VAL_02,
            path=f"{_PATH}/ExpiryDate",
            message=f"expected {validity.issue_date} or later, found {validity.expiry_date}",
        )


def validity_is_not_too_long(case: AttestationCase) -> Iterator[Finding]:
    """The certificate is valid for no longer than the scheme allows.

    It is counted from the effective date, or from the start of the cycle where that is later:
    a recertification in the last year of a cycle begins with the new one. A cycle that starts
    later still counts for nothing, or it could carry the expiry to any year.

    Source: VAL-03; documents and rules, section 9.
    """
    validity = case.document.validity
    scheme = case.scheme
    if scheme is None or scheme.max_validity_years is None or validity.expiry_date is None:
        return
    start = validity.effective_date
    if validity.cycle_start is not None and (
        start < validity.cycle_start <= add_months(start, EARLY_MONTHS)
    ):
        start = validity.cycle_start
    latest = add_years(start, scheme.max_validity_years)
    if validity.expiry_date > latest:
        yield Finding(
            code=RuleCode.VAL_03,
            path=f"{_PATH}/ExpiryDate",
            message=f"expected {latest} or earlier, found {validity.expiry_date}",
        )


def surveillance_is_not_overdue(case: AttestationCase) -> Iterator[Finding]:
    """While a certificate is active its next surveillance lies in the future.

    Overdue by more than 60 days it concerns the accreditation body too.

    Source: VAL-04; ISO/IEC 17021-1, 9.6.2.
    """
    due = case.document.validity.next_surveillance_due
    if due is None or due >= case.today or case.document.status.status != Status.ACTIVE:
        return
    yield Finding(
        code=RuleCode.VAL_04,
        path=f"{_PATH}/NextSurveillanceDue",
        message=f"expected {case.today} or later, found {due}"
        + (
            f"; more than {OVERDUE_DAYS} days overdue, for the accreditation body to know"
            if case.today - due > timedelta(days=OVERDUE_DAYS)
            else ""
        ),
    )


def lapse_is_shown(case: AttestationCase) -> Iterator[Finding]:
    """A lapse between two cycles is shown with the previous expiry and the recertification.

    That there was one is known where the particulars count the recertifications: the cycle then
    starts later than that many full cycles after the original issue.

    Source: VAL-05; ISO/IEC 17021-1, 8.2.2, note.
    """
    validity = case.document.validity
    if validity.lapse is not None:
        if not (
            validity.original_issue_date
            < validity.lapse.previous_expiry_date
            < validity.lapse.recertification_date
        ):
            yield Finding(
                code=RuleCode.VAL_05,
                path=f"{_PATH}/Lapse",
                message="expected the previous expiry before the recertification, found "
                f"{validity.lapse.previous_expiry_date} and "
                f"{validity.lapse.recertification_date}",
            )
        return
    count = case.document.particulars.recertifications()
    years = None if case.scheme is None else case.scheme.max_validity_years
    if not count or years is None or validity.cycle_start is None:
        return
    seamless = add_years(validity.original_issue_date, years * min(count, 100))
    if validity.cycle_start > seamless:
        yield Finding(
            code=RuleCode.VAL_05,
            path=f"{_PATH}/Lapse",
            message=f"expected the lapse between {seamless} and {validity.cycle_start}, "
            "found none shown",
        )
