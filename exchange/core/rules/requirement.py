"""Rules about the standards and regulations that the object fulfils.

REQ-03 compares with what a receiver lists as equivalent and waits for recognition.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.codes.rules import RuleCode
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding


def requirements_are_dated(case: AttestationCase) -> Iterator[Finding]:
    """Every requirement has its edition, unless the scheme allows undated references.

    At least one requirement with a number is required by the schema.

    Source: REQ-01; ISO/IEC 17021-1, 8.2.2 e.
    """
    if case.scheme is None or case.scheme.undated_references:
        return
    for number, requirement in enumerate(case.document.requirements, 1):
        if requirement.edition is None:
            yield Finding(
                code=RuleCode.REQ_01,
                path=f"/Attestation/Requirement[{number}]/Edition",
                message=f"expected the edition of {quoted(requirement.number)}, found none",
            )


def editions_were_usable(case: AttestationCase) -> Iterator[Finding]:
    """No edition was withdrawn before the decision, or its transition period still ran.

    Of an edition that the register of standards does not know, nothing is said.

    Source: REQ-02; the register of standards.
    """
    day = case.document.decision.decision_date
    for number, requirement in enumerate(case.document.requirements, 1):
        if requirement.edition is None:
            continue
        edition = case.code_lists.standard(requirement.number, requirement.edition)
        if edition is not None and not edition.usable(day):
            yield Finding(
                code=RuleCode.REQ_02,
                path=f"/Attestation/Requirement[{number}]/Edition",
                message=f"expected an edition in force on {day}, found "
                f"{quoted(requirement.edition)}, withdrawn on {edition.withdrawn}",
            )
