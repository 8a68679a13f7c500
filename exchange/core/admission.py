"""What only the register knows, decided: may this statement enter, and what does it change?

Gate 5 has judged the document by itself. These rules need facts that only the database has;
the committer gathers them inside its transaction and asks here. All findings are reported at
once.

- HDR-01: a DocumentID names one content. The same content again is a *duplicate*: it gets a
  receipt of its own and changes nothing.
- HDR-06: what is replaced exists, has the same issuer and that content digest.
- ATT-01: an AttestationID belongs to one certificate of its issuer, and to no other.
- ATT-03: revisions count from 0 without a gap; what was taken over begins where it stood.
- STA-01: a revision declares the status that the register has (`REVISIONS`).
- STC-01, STC-03, STC-09: a status change names the latest revision, its scheme (by which gate 4
  judged the key), the register's status, a move that the tables allow, and comes from who may
  change it.
- STC-07: whatever takes parts away, by whatever name, leaves something of their kind.
- STC-02: sequence numbers follow each other; a gap *holds* the change, an old number is
  refused.

Example:
    >>> decide(RegisterFacts(at=at), statement).admission
    <Admission.ADMIT: 'admit'>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.core.entry import (
    NewAttestation,
    NewStatusChange,
    Statement,
)
from exchange.core.lifecycle import (
    CHANGES,
    FIRST,
    REVISIONS,
    STATUS,
    TAKEN_OVER,
    status_at,
)
from exchange.core.model import BodyId, Status
from exchange.core.parts import kind_of
from exchange.core.register import RegisterFacts, RegisterRecord
from exchange.errors import Finding, RuleError

_LIVE: Final = frozenset({Status.ACTIVE, Status.SUSPENDED})


class Admission(StrEnum):
    """How a statement enters."""

    ADMIT = "admit"
    DUPLICATE = "duplicate"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from the facts."""

    admission: Admission
    records: tuple[RegisterRecord, ...] = ()
    """The records of the register as they are from now on; only those that change."""
    waiting_for: int | None = None
    """The sequence number that is missing, for `Admission.HOLD`."""
    about: tuple[BodyId, str] | None = None
    """Issuer and identifier of the attestation that it is about."""


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
    records: tuple[RegisterRecord, ...] = ()
    waiting_for: int | None = None
    about: tuple[BodyId, str] | None = None
    match claim:
        case NewAttestation():
            about = (statement.issuer, claim.attestation_id)
            findings += _attestation(facts, statement, claim)
            records = (*_superseded(facts, claim), _revised(statement, claim, facts))
        case NewStatusChange():
            record = subject(facts, statement, claim)
            if record is None:
                findings.append(_unknown(facts, claim))
            else:
                about = (record.issuer, record.attestation_id)
                findings += _status_change(statement, claim, record)
                waiting_for = record.sequence + 1
                records = (_changed(record, claim),)
        case None:
            pass
        case _:
            assert_never(claim)
    if findings:
        raise RuleError(*findings)
    if isinstance(claim, NewStatusChange) and waiting_for != claim.sequence:
        return Decision(admission=Admission.HOLD, waiting_for=waiting_for, about=about)
    return Decision(admission=Admission.ADMIT, records=records, about=about)


def subject(
    facts: RegisterFacts, statement: Statement, claim: NewStatusChange
) -> RegisterRecord | None:
    """Return the attestation that a status change is about, if its signer may know it.

    An identifier is unique per issuer only, so the signer's own comes first.
    """
    entitled = {statement.issuer, *claim.acts_for}
    candidates = [record for record in facts.same_identifier if record.issuer in entitled]
    candidates.sort(key=lambda record: record.issuer != statement.issuer)
    named = [r for r in candidates if r.content_digest == claim.attestation_digest]
    return next(iter(named or candidates), None)


def _fatal(code: Code, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)


def _document(facts: RegisterFacts, statement: Statement) -> Iterator[Finding]:
    """HDR-01 and HDR-06."""
    known = facts.same_document
    if known is not None:
        # The other document is not described: it may belong to somebody else.
        yield _fatal(
            RuleCode.HDR_01,
            "/*/Header/DocumentID",
            f"expected an unused identifier, found {statement.document_id}",
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
            yield _fatal(
                RuleCode.HDR_06,
                "/*/Header/Replaces",
                f"expected a document of {statement.issuer} with this digest, found none "
                f"for {document_id}",
            )


def _attestation(
    facts: RegisterFacts, statement: Statement, claim: NewAttestation
) -> Iterator[Finding]:
    """ATT-01, ATT-03 and STA-01."""
    record = _own(facts, statement)
    if record is not None and (record.certificate_number, record.scheme) != (
        claim.certificate_number,
        claim.scheme,
    ):
        yield _fatal(
            RuleCode.ATT_01,
            "/Attestation/AttestationID",
            f"expected certificate {record.certificate_number} of {record.scheme}, "
            f"found {claim.certificate_number} of {claim.scheme}",
        )
    for other in facts.same_number:
        if other.attestation_id != claim.attestation_id:
            yield _fatal(
                RuleCode.ATT_01,
                "/Attestation/AttestationID",
                f"expected {other.attestation_id} for this certificate number, "
                f"found {claim.attestation_id}",
            )
    if record is None:
        yield from _first(claim)
        return
    expected = record.revision + 1
    if claim.revision != expected:
        yield _fatal(
            RuleCode.ATT_03,
            "/Attestation/Revision",
            f"expected revision {expected}, found {claim.revision}",
        )
    current = status_at(record.status, record.expires_at, facts.at)
    # An extension may arrive a little before or after the old date passes: what was active
    # may be revised as such, and what has expired only renewed.
    if claim.status not in REVISIONS[current]:
        yield _fatal(
            RuleCode.STA_01,
            "/Attestation/Status",
            f"expected a status that may follow {current}, found {claim.status}",
        )


def _first(claim: NewAttestation) -> Iterator[Finding]:
    if claim.revision != 0 and not claim.taken_over:
        yield _fatal(
            RuleCode.ATT_03,
            "/Attestation/Revision",
            f"expected revision 0, found {claim.revision}",
        )
    if claim.status not in (TAKEN_OVER if claim.taken_over else FIRST):
        yield _fatal(
            RuleCode.STA_01,
            "/Attestation/Status",
            f"expected a status in which a certificate begins, found {claim.status}",
        )


def _own(facts: RegisterFacts, statement: Statement) -> RegisterRecord | None:
    return next((r for r in facts.same_identifier if r.issuer == statement.issuer), None)


def _revised(statement: Statement, claim: NewAttestation, facts: RegisterFacts) -> RegisterRecord:
    before = _own(facts, statement)
    unchanged = before is not None and before.status == claim.status
    return RegisterRecord(
        issuer=statement.issuer,
        attestation_id=claim.attestation_id,
        certificate_number=claim.certificate_number,
        scheme=claim.scheme,
        revision=claim.revision,
        content_digest=statement.content_digest,
        status=claim.status,
        since=before.since if before is not None and unchanged else claim.since,
        expires_at=claim.expires_at,
        sequence=before.sequence if before is not None else 0,
        taken_over=claim.taken_over if before is None else before.taken_over,
        parts=claim.parts,
        first=before.first if before is not None else None,
        token=before.token if before is not None else b"",
        successor=before.successor if before is not None else None,
    )


def _superseded(facts: RegisterFacts, claim: NewAttestation) -> Iterator[RegisterRecord]:
    """Other attestations whose latest revision is replaced, where the table allows the move."""
    for record in facts.replaced_records:
        if (
            record.attestation_id != claim.attestation_id
            and Status.SUPERSEDED in STATUS[status_at(record.status, record.expires_at, facts.at)]
        ):
            yield replace(record, status=Status.SUPERSEDED, since=facts.at)


def _unknown(facts: RegisterFacts, claim: NewStatusChange) -> Finding:
    if facts.same_identifier:
        return _fatal(
            RuleCode.STC_09,
            "/StatusChange/Header/Issuer",
            "expected the issuer of the attestation, its successor or its authority, found "
            "another body",
        )
    return _fatal(
        RuleCode.STC_01,
        "/StatusChange/AttestationRef/AttestationID",
        f"expected a known attestation, found {claim.attestation_id}",
    )


def _status_change(
    statement: Statement, claim: NewStatusChange, record: RegisterRecord
) -> Iterator[Finding]:
    """STC-01 to STC-03; `record` is one that the signer may change."""
    if record.scheme != statement.scheme:
        # The scope of the key was held against the scheme that the document names, so another
        # one here would let a key out of its scope.
        yield _fatal(
            RuleCode.STC_01,
            "/StatusChange/AttestationRef/SchemeID",
            f"expected {record.scheme}, found {statement.scheme}",
        )
    if record.certificate_number != claim.certificate_number:
        yield _fatal(
            RuleCode.STC_01,
            "/StatusChange/AttestationRef/CertificateNumber",
            f"expected {record.certificate_number}, found {claim.certificate_number}",
        )
    if claim.sequence <= record.sequence:
        yield _fatal(
            RuleCode.STC_02,
            "/StatusChange/Sequence",
            f"expected sequence {record.sequence + 1}, found {claim.sequence}",
        )
    if (claim.previous, claim.new) not in CHANGES[claim.change]:
        yield _fatal(
            RuleCode.STC_03,
            "/StatusChange/NewStatus",
            f"expected a move that {claim.change} makes, found {claim.previous} to {claim.new}",
        )
    if claim.sequence != record.sequence + 1:
        # What stands between may bring another revision and another status, so these are
        # judged when the turn of this change comes.
        return
    if record.content_digest != claim.attestation_digest:
        yield _fatal(
            RuleCode.STC_01,
            "/StatusChange/AttestationRef/Digest",
            f"expected the digest of revision {record.revision}, "
            f"{record.content_digest.hex()[:16]}…, found {claim.attestation_digest.hex()[:16]}…",
        )
    current = status_at(record.status, record.expires_at, claim.effective_at)
    # Recording that the date has passed may name the status as it was before the date.
    recorded = claim.new is Status.EXPIRED and claim.previous is record.status
    if claim.previous is not current and not recorded:
        yield _fatal(
            RuleCode.STC_03,
            "/StatusChange/PreviousStatus",
            f"expected {current}, found {claim.previous}",
        )
    elif claim.new is not claim.previous and claim.new not in STATUS[claim.previous]:
        yield _fatal(
            RuleCode.STC_03,
            "/StatusChange/NewStatus",
            f"expected a status that may follow {claim.previous}, found {claim.new}",
        )
    yield from _reduction(claim, record)


def _reduction(claim: NewStatusChange, record: RegisterRecord) -> Iterator[Finding]:
    """STC-07: a scope without products, without sites or without sectors is none at all."""
    if claim.new not in _LIVE:
        return  # Nothing needs to be left of what ends.
    for kind in sorted({kind_of(part) for part in claim.removed}):
        before = {part for part in record.parts if kind_of(part) == kind}
        if before and before <= claim.removed:
            yield _fatal(
                RuleCode.STC_07,
                "/StatusChange/ScopeChange",
                f"expected a {kind} that is left, found none; take away everything by a withdrawal",
            )


def _changed(record: RegisterRecord, claim: NewStatusChange) -> RegisterRecord:
    moved = claim.new is not record.status
    return replace(
        record,
        status=claim.new,
        since=claim.effective_at if moved else record.since,
        sequence=claim.sequence,
        parts=record.parts - claim.removed | claim.added,
    )
