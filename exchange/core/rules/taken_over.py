"""The rule about the mark of a certificate that is older than the hub.

The mark softens every rule that needs the world of the decision date (the register of rules
says which), so it must not be had for the asking.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.codes.rules import RuleCode
from exchange.core.periods import day_in
from exchange.core.rules.case import AttestationCase
from exchange.errors import Finding

_PATH = "/Attestation/TakenOver"


def mark_fits_dates(case: AttestationCase) -> Iterator[Finding]:
    """A certificate is taken over only if it is older than what the hub knows of its world.

    The decision lies before the issuer was listed or before the scheme version was registered;
    the day of the take-over lies between the original date and today.

    Source: TKO-01, this project's own; issue 2, Rules.
    """
    mark = case.document.taken_over
    if mark is None:
        return
    document = case.document
    known_from = day_in(case.body.time_zone, case.body.history[-1].since)
    if case.scheme is not None:
        known_from = max(known_from, case.scheme.period.first)
    if document.decision.decision_date >= known_from:
        yield Finding(
            code=RuleCode.TKO_01,
            path="/Attestation/Decision/DecisionDate",
            message=f"expected a decision before {known_from}, from when the issuer and the "
            f"scheme are known, found {document.decision.decision_date}",
        )
    if not mark.original_date <= mark.taken_over_on <= case.today:
        yield Finding(
            code=RuleCode.TKO_01,
            path=f"{_PATH}/TakenOverOn",
            message=f"expected a day from {mark.original_date} to {case.today}, "
            f"found {mark.taken_over_on}",
        )
