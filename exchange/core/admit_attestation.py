"""What an attestation has to fulfil that only the register knows.

- ATT-01: an AttestationID belongs to one certificate of its issuer, and to no other. A
  *correction*, a new revision that replaces the latest one, may change the certificate number:
  the old number leads to it from then on and is never given to another certificate.
- ATT-03: revisions count from 0 without a gap; what was taken over begins where it stood.
- STA-01: a revision declares the status that the register has (`REVISIONS`); what expired while
  an authority had suspended it is not renewed.
- REL-01: the parent of a sub-certificate is one of the same issuer, has the number before the
  last hyphen and is active while the sub-certificate is.
- TRF-01: what a transfer takes over is a certificate of another body and the same scheme, named
  by its latest revision, and active. Suspended, withdrawn and expired ones are not transferred.
  The old certificate goes on until its body, or that body's authority, says `transfer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from exchange.codes import Code
from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.entry import NewAttestation, Statement
from exchange.core.lifecycle import FIRST, REVISIONS, STATUS, TAKEN_OVER, status_at
from exchange.core.model import Status
from exchange.core.register import RegisterFacts, RegisterRecord
from exchange.errors import Finding


def own_record(facts: RegisterFacts, statement: Statement) -> RegisterRecord | None:
    """Return what the register has of the certificate already."""
    return next((r for r in facts.same_identifier if r.issuer == statement.issuer), None)


def attestation_fits(
    facts: RegisterFacts, statement: Statement, claim: NewAttestation
) -> Iterator[Finding]:
    """Hold an attestation against the register."""
    record = own_record(facts, statement)
    yield from _identity(facts, claim, record)
    if record is None:
        yield from _begins(claim)
    else:
        yield from _continues(facts, claim, record)
    yield from _sub_certificate(facts, statement, claim)
    if record is None or record.predecessor is None:
        yield from _taken_from(facts, statement, claim)


def renews(record: RegisterRecord, claim: NewAttestation, at: datetime) -> bool:
    """Tell whether a revision makes valid again what has expired."""
    now = status_at(record.status, record.expires_at, at)
    return now is Status.EXPIRED and claim.status is Status.ACTIVE


def revised(facts: RegisterFacts, statement: Statement, claim: NewAttestation) -> RegisterRecord:
    """Return the record as it is after the revision."""
    before = own_record(facts, statement)
    old = next((facts.related[digest] for digest in claim.taken_from), None)
    record = RegisterRecord(
        issuer=statement.issuer,
        attestation_id=claim.attestation_id,
        certificate_number=claim.certificate_number,
        scheme=claim.scheme,
        revision=claim.revision,
        content_digest=statement.content_digest,
        status=claim.status,
        since=claim.since,
        expires_at=claim.expires_at,
        sequence=0,
        taken_over=claim.taken_over,
        parts=claim.parts,
        predecessor=None if old is None else old.first,
    )
    if before is None:
        return record
    return replace(
        record,
        since=before.since if before.status is claim.status else claim.since,
        sequence=before.sequence,
        taken_over=before.taken_over,
        first=before.first,
        token=before.token,
        successor=before.successor,
        predecessor=before.predecessor or record.predecessor,
    )


def superseded(facts: RegisterFacts, claim: NewAttestation) -> Iterator[RegisterRecord]:
    """Return other attestations whose latest revision is replaced, if the table allows it."""
    for record in facts.replaced_records:
        if (
            record.attestation_id != claim.attestation_id
            and Status.SUPERSEDED in STATUS[status_at(record.status, record.expires_at, facts.at)]
        ):
            yield replace(record, status=Status.SUPERSEDED, since=facts.at)


def _identity(
    facts: RegisterFacts, claim: NewAttestation, record: RegisterRecord | None
) -> Iterator[Finding]:
    """ATT-01."""
    if record is not None:
        corrects = any(digest == record.content_digest for _, digest in claim.replaces)
        same_number = record.certificate_number == claim.certificate_number
        if record.scheme != claim.scheme or not (same_number or corrects):
            yield Finding(
                code=RuleCode.ATT_01,
                path="/Attestation/AttestationID",
                message=f"expected certificate {record.certificate_number} of {record.scheme}, "
                "or a correction that replaces its latest revision, "
                f"found {claim.certificate_number} of {claim.scheme}",
            )
    for other in facts.same_number:
        if other.attestation_id != claim.attestation_id:
            yield Finding(
                code=RuleCode.ATT_01,
                path="/Attestation/AttestationID",
                message=f"expected {other.attestation_id} for this certificate number, "
                f"found {claim.attestation_id}",
            )


def _begins(claim: NewAttestation) -> Iterator[Finding]:
    """ATT-03 and STA-01 of the first statement about a certificate."""
    if claim.revision != 0 and not claim.taken_over:
        yield Finding(
            code=RuleCode.ATT_03,
            path="/Attestation/Revision",
            message=f"expected revision 0, found {claim.revision}",
        )
    if claim.status not in (TAKEN_OVER if claim.taken_over else FIRST):
        yield Finding(
            code=RuleCode.STA_01,
            path="/Attestation/Status",
            message=f"expected a status in which a certificate begins, found {claim.status}",
        )


def _continues(
    facts: RegisterFacts, claim: NewAttestation, record: RegisterRecord
) -> Iterator[Finding]:
    """ATT-03 and STA-01 of a later revision."""
    expected = record.revision + 1
    if claim.revision != expected:
        yield Finding(
            code=RuleCode.ATT_03,
            path="/Attestation/Revision",
            message=f"expected revision {expected}, found {claim.revision}",
        )
    current = status_at(record.status, record.expires_at, facts.at)
    # An extension may arrive a little before or after the old date passes: what was active
    # may be revised as such, and what has expired only renewed.
    if claim.status not in REVISIONS[current]:
        yield Finding(
            code=RuleCode.STA_01,
            path="/Attestation/Status",
            message=f"expected a status that may follow {current}, found {claim.status}",
        )
    if renews(record, claim, facts.at) and (others := facts.suspended_by - {record.issuer}):
        yield Finding(
            code=RuleCode.STA_01,
            path="/Attestation/Status",
            message=f"expected a status without the suspension of {', '.join(sorted(others))}, "
            "under which this certificate expired, "
            f"found {claim.status}; issue another certificate",
        )


def _sub_certificate(
    facts: RegisterFacts, statement: Statement, claim: NewAttestation
) -> Iterator[Finding]:
    """REL-01."""
    number, _, _ = claim.certificate_number.rpartition("-")
    for digest in claim.parents:
        parent = facts.related.get(digest)
        if parent is None or parent.issuer != statement.issuer:
            yield _related(
                RuleCode.REL_01, f"a parent of {statement.issuer} with this digest", "none"
            )
            continue
        if parent.certificate_number != number:
            yield Finding(
                code=RuleCode.REL_01,
                path="/Attestation/CertificateNumber",
                message=f"expected {parent.certificate_number}, a hyphen and a number, "
                f"found {claim.certificate_number}",
            )
        status = status_at(parent.status, parent.expires_at, facts.at)
        if claim.status is Status.ACTIVE and status is not Status.ACTIVE:
            yield _related(RuleCode.REL_01, "an active parent", f"one that is {status}")


def _taken_from(
    facts: RegisterFacts, statement: Statement, claim: NewAttestation
) -> Iterator[Finding]:
    """TRF-01; it is asked once, when the transfer begins."""
    if len(claim.taken_from) > 1:
        yield _related(StatusChangeCode.TRF_01, "one certificate", f"{len(claim.taken_from)}")
    for digest in claim.taken_from:
        old = facts.related.get(digest)
        if old is None or old.issuer == statement.issuer or old.scheme != claim.scheme:
            yield _related(
                StatusChangeCode.TRF_01,
                f"a certificate of another body under {claim.scheme}",
                "none",
            )
            continue
        if old.content_digest != digest:
            yield _related(StatusChangeCode.TRF_01, f"revision {old.revision}", "an older one")
        status = status_at(old.status, old.expires_at, facts.at)
        if status is not Status.ACTIVE:
            yield _related(
                StatusChangeCode.TRF_01, "an active certificate", f"one that is {status}"
            )


def _related(code: Code, expected: str, found: str) -> Finding:
    return Finding(
        code=code,
        path="/Attestation/RelatedAttestation",
        message=f"expected {expected}, found {found}",
    )
