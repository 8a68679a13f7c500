"""What only the register knows, decided: may this statement enter, and what does it change?

Gate 5 has judged the document by itself. These rules need facts that only the database has;
the committer gathers them inside its transaction and asks here. All findings are reported at
once.

- HDR-01: a DocumentID names one content. The same content again is a *duplicate*: it gets a
  receipt of its own and changes nothing.
- HDR-06: what is replaced exists, has the same issuer and that content digest.
- What an attestation has to fulfil: `exchange.core.admit_attestation` (ATT-01, ATT-03, STA-01,
  REL-01, TRF-01); what a status change has to: `exchange.core.admit_change` (STC, TRF-02).
- STC-02: sequence numbers follow each other. Across a gap a restriction takes effect *ahead* of
  its turn, anything else is *held*; an old number is refused. A revision is held while a
  restriction stands ahead of its turn: what it would revise is not known yet.

Example:
    >>> decide(RegisterFacts(at=at), statement).admission
    <Admission.ADMIT: 'admit'>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from exchange.codes.rules import RuleCode
from exchange.core.admit_attestation import attestation_fits, own_record, revised, superseded
from exchange.core.admit_change import change_fits, changed, subject, unknown
from exchange.core.entry import NewAttestation, NewStatusChange, Statement
from exchange.core.model import BodyId
from exchange.core.register import RegisterFacts, RegisterRecord
from exchange.core.turns import is_restriction
from exchange.errors import Finding, RuleError


class Admission(StrEnum):
    """How a statement enters."""

    ADMIT = "admit"
    DUPLICATE = "duplicate"
    HOLD = "hold"
    AHEAD = "ahead"
    """A restriction takes effect although a number before it is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from the facts."""

    admission: Admission
    records: tuple[RegisterRecord, ...] = ()
    """The records of the register as they are from now on; only those that change."""
    waiting_for: int | None = None
    """The sequence number that is missing, for `Admission.HOLD` and `Admission.AHEAD`."""
    about: tuple[BodyId, str] | None = None
    """Issuer and identifier of the attestation that it is about."""
    former_number: str | None = None
    """The certificate number that a correction replaces."""


def decide(facts: RegisterFacts, statement: Statement) -> Decision:
    """Decide whether the statement may enter and what it changes.

    Args:
        facts: What the register knows at this instant of this transaction.
        statement: Accepted by the five gates.

    Raises:
        RuleError: It may not; with all findings.
    """
    if facts.same_content is not None:
        return Decision(admission=Admission.DUPLICATE)
    claim = statement.claim
    findings = list(_document(facts, statement))
    match claim:
        case NewAttestation():
            return _attestation(facts, statement, claim, findings)
        case NewStatusChange():
            return _status_change(facts, statement, claim, findings)
        case None:
            if findings:
                raise RuleError(*findings)
            return Decision(admission=Admission.ADMIT)
        case _:
            assert_never(claim)


def _attestation(
    facts: RegisterFacts, statement: Statement, claim: NewAttestation, findings: list[Finding]
) -> Decision:
    record = own_record(facts, statement)
    about = (statement.issuer, claim.attestation_id)
    if record is not None and record.gap is not None and not findings:
        return Decision(
            admission=Admission.HOLD, waiting_for=record.place.sequence + 1, about=about
        )
    findings += attestation_fits(facts, statement, claim)
    if findings:
        raise RuleError(*findings)
    corrected = record is not None and record.certificate_number != claim.certificate_number
    return Decision(
        admission=Admission.ADMIT,
        records=(*superseded(facts, claim), revised(facts, statement, claim)),
        about=about,
        former_number=record.certificate_number if record is not None and corrected else None,
    )


def _status_change(
    facts: RegisterFacts, statement: Statement, claim: NewStatusChange, findings: list[Finding]
) -> Decision:
    record = subject(facts, statement, claim)
    if record is None:
        raise RuleError(*findings, *unknown(claim))
    early = facts.early.get((record.issuer, record.attestation_id), ())
    findings += change_fits(facts, statement, claim, record)
    if findings:
        raise RuleError(*findings)
    about = (record.issuer, record.attestation_id)
    waiting_for = record.place.sequence + 1
    if claim.sequence == waiting_for:
        admission = Admission.ADMIT
    elif is_restriction(claim):
        admission = Admission.AHEAD
    else:
        return Decision(admission=Admission.HOLD, waiting_for=waiting_for, about=about)
    return Decision(
        admission=admission,
        records=(changed(facts, record, claim, early),),
        waiting_for=waiting_for,
        about=about,
    )


def _document(facts: RegisterFacts, statement: Statement) -> Iterator[Finding]:
    """HDR-01 and HDR-06."""
    known = facts.same_document
    if known is not None:
        # The other document is not described: it may belong to somebody else.
        yield Finding(
            code=RuleCode.HDR_01,
            path="/*/Header/DocumentID",
            message=f"expected an unused identifier, found {statement.document_id}",
        )
    if statement.claim is None:
        return
    for (document_id, digest), found in zip(statement.claim.replaces, facts.replaced, strict=True):
        if (
            found is None
            or found.issuer != statement.issuer
            or found.content_digest != digest
            or found.document_id != document_id
        ):
            yield Finding(
                code=RuleCode.HDR_06,
                path="/*/Header/Replaces",
                message=f"expected a document of {statement.issuer} with this digest, found none "
                f"for {document_id}",
            )
