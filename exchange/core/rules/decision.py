"""Rules about the decision on certification."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.codes.rules import RuleCode
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding


def decided_before_issue(case: AttestationCase) -> Iterator[Finding]:
    """The decision is taken on or before the day of issue.

    Source: DEC-01; ISO/IEC 17065, 7.7, and ISO/IEC 17021-1, 8.2.2.
    """
    decided = case.document.decision.decision_date
    issued = case.document.validity.issue_date
    if decided > issued:
        yield Finding(
            code=RuleCode.DEC_01,
            path="/Attestation/Decision/DecisionDate",
            message=f"expected {issued} or earlier, found {decided}",
        )


def decider_did_not_assess(case: AttestationCase) -> Iterator[Finding]:
    """Whoever decided is not one of those who did the assessment.

    Source: DEC-02; ISO/IEC 17021-1, 9.5.1, and ISO/IEC 17065, 7.6.
    """
    decider = case.document.decision.decided_by.actor_id
    for number, assessment in enumerate(case.document.assessments, 1):
        if decider in [actor.actor_id for actor in assessment.performed_by]:
            yield Finding(
                code=RuleCode.DEC_02,
                path="/Attestation/Decision/DecidedBy/ActorID",
                message=f"expected somebody who took no part in assessment {number}, "
                f"found {quoted(decider.value)}",
            )
