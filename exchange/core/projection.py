"""What an accepted document says to the register: the part that every later one is held to.

- Calendar days become instants in the zone of the issuing body: a status holds from the
  beginning of its day, a certificate until the end of its expiry date.
- A status change acts for its own issuer and for the bodies whose place its signer took; as an
  authority it may restrict and transfer by legal act what those certify for whom it vouches for
  the scheme at the proof time (rule STC-09).

Example:
    >>> project(accepted, snapshot.trust).claim.certificate_number
    '0103-2026-000001'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from exchange.core.actions.values import Action
from exchange.core.competence import AccreditationState
from exchange.core.declarations import Declared
from exchange.core.document.attestation import Attestation
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.notice import Notice, subject_of
from exchange.core.document.status_change import StatusChange
from exchange.core.document.values import Header
from exchange.core.entry import NewAttestation, NewStatusChange, Statement
from exchange.core.index_entry import index_entry
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, BodyRole, ContentDigest, DocumentId, Status
from exchange.core.parts import changed_parts, parts_of
from exchange.core.rules.judge import Accepted
from exchange.core.trust_index import Trust
from exchange.core.trust_values import Body

_AUTHORITIES = frozenset({BodyRole.ACCREDITATION_BODY, BodyRole.RECOGNITION_AUTHORITY})
_VOUCHING = frozenset({AccreditationState.ACTIVE, AccreditationState.SUSPENDED})


def project(
    accepted: Accepted, trust: Trust, *, at: datetime | None = None, searched: bool = True
) -> Statement:
    """Return what the store keeps of an accepted document beside its octets.

    Args:
        accepted: The document with its issuer.
        trust: The lists that say for whom a signer may act.
        at: The proof time, aware UTC; without it an authority speaks for nobody else.
        searched: Whether the words for the search are wanted; they take a tenth of a verification.
    """
    document = accepted.document
    body = accepted.trusted.body
    signed = accepted.trusted.signed
    claim: NewAttestation | NewStatusChange
    match document:
        case Action():
            # What it changes is the state of trust, which follows from all actions in order.
            return Statement(
                content_digest=signed.content_digest,
                document_id=document.action_id,
                kind=signed.kind,
                issuer=body.id,
            )
        case RegisterDeclaration():
            return Statement(
                content_digest=signed.content_digest,
                document_id=document.header.document_id,
                kind=signed.kind,
                issuer=body.id,
                signer=signed.certificate.fingerprint,
                declared=tuple(_declared(document, body, signed.content_digest)),
                about=f"declaration/{body.id}",
            )
        case Notice():
            return Statement(
                content_digest=signed.content_digest,
                document_id=document.header.document_id,
                kind=signed.kind,
                issuer=body.id,
                signer=signed.certificate.fingerprint,
                about=f"notice/{subject_of(document.cause)}",
            )
        case Attestation():
            scheme = document.scheme.scheme_id
            claim = _attestation(document, body, searched=searched)
        case StatusChange():
            scheme = document.attestation.scheme_id
            claim = _status_change(document, body, trust, at)
        case _:
            assert_never(document)
    return Statement(
        content_digest=signed.content_digest,
        document_id=document.header.document_id,
        kind=signed.kind,
        issuer=body.id,
        scheme=scheme,
        claim=claim,
        signer=signed.certificate.fingerprint,
    )


def _declared(
    document: RegisterDeclaration, body: Body, digest: ContentDigest
) -> Iterator[Declared]:
    for one in document.schemes:
        yield Declared(
            issuer=body.id,
            scheme=one.scheme_id,
            disclosure=one.disclosure,
            coverage=one.coverage,
            as_of=document.as_of,
            statement=digest,
            certificates=one.certificates,
        )


def _attestation(document: Attestation, body: Body, *, searched: bool) -> NewAttestation:
    expiry = document.validity.expiry_date
    return NewAttestation(
        attestation_id=document.attestation_id,
        certificate_number=document.certificate_number,
        scheme=document.scheme.scheme_id,
        revision=document.revision,
        status=Status(document.status.status),
        since=_begins(document.status.since, body),
        # The expiry date is the last valid day, so the next one begins the time without.
        expires_at=_ends(expiry, body) if expiry is not None else None,
        parts=parts_of(document),
        taken_over=document.taken_over is not None,
        replaces=_replaces(document.header),
        words=index_entry(document, body.id) if searched else "",
        next_surveillance=document.validity.next_surveillance_due,
        parents=_related(document, "parent"),
        taken_from=_related(document, "transferFrom"),
    )


def _related(document: Attestation, relation: str) -> tuple[ContentDigest, ...]:
    """Return the attestations that relate to this one so; `relation` is of `MRHUB-RELATION`."""
    return tuple(
        ContentDigest(one.document.digest.value)
        for one in document.related
        if one.relation == relation
    )


def _status_change(
    document: StatusChange, body: Body, trust: Trust, at: datetime | None
) -> NewStatusChange:
    return NewStatusChange(
        attestation_id=document.attestation.attestation_id,
        certificate_number=document.attestation.certificate_number,
        attestation_digest=ContentDigest(document.attestation.digest.value),
        sequence=document.sequence,
        previous=Status(document.previous_status),
        new=Status(document.new_status),
        change=Change(document.change_type),
        effective_at=document.effective_at,
        added=changed_parts(document, added=True),
        removed=changed_parts(document, added=False),
        acts_for=_predecessors(body, trust),
        vouches_for=_wards(body, document.attestation.scheme_id, trust, at),
        replaces=_replaces(document.header),
        reasons=tuple(reason.code for reason in document.reasons),
        suspension_end=(
            _ends(document.suspension_end, body) if document.suspension_end is not None else None
        ),
        next_surveillance=document.next_surveillance_due,
        successor=(
            ContentDigest(document.successor.digest.value)
            if document.successor is not None
            else None
        ),
    )


def _predecessors(body: Body, trust: Trust) -> frozenset[BodyId]:
    """Return the bodies whose place this one took, and those whose place they had taken.

    It may change the status of their attestations in its own name; gate 4 lets nobody sign in
    the name of another.
    """
    found: set[BodyId] = set()
    todo = set(body.predecessors)
    while todo:
        one = todo.pop()
        if one != body.id and one not in found:
            found.add(one)
            entry = trust.body(one)
            # One that has left the lists still was somebody's predecessor.
            todo |= frozenset() if entry is None else entry.predecessors
    return frozenset(found)


def _wards(body: Body, scheme: str, trust: Trust, at: datetime | None) -> frozenset[BodyId]:
    """Return the bodies for whose competence in a scheme this one vouches at an instant.

    One whose accreditation is suspended is still a ward; it is none any more from the day on
    which the accreditation is withdrawn, or after its last valid day.
    """
    if at is None or not body.roles & _AUTHORITIES:
        return frozenset()
    day = at.astimezone(ZoneInfo(body.time_zone)).date()
    return frozenset(
        other.id
        for other in trust.bodies.values()
        if any(
            accreditation.authority == body.id
            and scheme in accreditation.schemes
            and accreditation.state_on(day) in _VOUCHING
            for accreditation in other.accreditations
        )
    )


def _replaces(header: Header) -> tuple[tuple[DocumentId, ContentDigest], ...]:
    return tuple(
        (reference.document_id, ContentDigest(reference.digest.value))
        for reference in header.replaces
    )


def _begins(day: date, body: Body) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(body.time_zone)).astimezone(UTC)


def _ends(day: date, body: Body) -> datetime | None:
    """Return the first instant after a day; the end of the calendar is no end."""
    return None if day == date.max else _begins(day + timedelta(days=1), body)
