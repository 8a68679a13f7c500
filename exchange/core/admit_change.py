"""What a status change has to fulfil that only the register knows.

- STC-01, STC-03, STC-09: it names the latest revision, its scheme (by which gate 4 judged the
  key), the register's status, a move that the tables allow, and comes from who may change it.
- STC-02: its number has not been used. In its turn it is held against everything; across a gap
  only against what the missing change cannot alter.
- STC-09: an authority restricts and transfers; it lifts only what it suspended itself, and
  nobody else lifts that.
- STC-07: whatever takes parts away, by whatever name, leaves something of their kind.
- TRF-02: a transfer that ends a certificate names the attestation that took it over; a renewal
  that names one names another certificate of the same body.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.entry import NewStatusChange, Statement
from exchange.core.lifecycle import (
    CHANGES,
    FINAL_STATUSES,
    RESTRICTIONS,
    STATUS,
    Change,
    status_at,
)
from exchange.core.model import BodyId, Status
from exchange.core.parts import kind_of
from exchange.core.register import RegisterFacts, RegisterRecord
from exchange.core.turns import Place, ahead, caught_up, in_turn, is_restriction, standing_of
from exchange.errors import Finding

_LIVE: Final = frozenset({Status.ACTIVE, Status.SUSPENDED})
_LEGAL_ACTS: Final = RESTRICTIONS | {Change.TRANSFER}
"""What an authority may decide, beside lifting what it suspended itself (STC-09)."""


def subject(
    facts: RegisterFacts, statement: Statement, claim: NewStatusChange
) -> RegisterRecord | None:
    """Return the attestation that a status change is about, if its signer may know it.

    An identifier is unique per issuer only, so the signer's own comes first.
    """
    entitled = {statement.issuer, *claim.acts_for, *claim.vouches_for}
    candidates = [record for record in facts.same_identifier if record.issuer in entitled]
    candidates.sort(key=lambda record: record.issuer != statement.issuer)
    named = [r for r in candidates if r.content_digest == claim.attestation_digest]
    return next(iter(named or candidates), None)


def unknown(claim: NewStatusChange) -> tuple[Finding, ...]:
    """Say that there is no such attestation for this signer.

    Whether somebody else has one is not told: identifiers could be guessed for a list of clients.
    """
    return (
        Finding(
            code=StatusChangeCode.STC_01,
            path="/StatusChange/AttestationRef/AttestationID",
            message="expected a known attestation that this body may change, "
            f"found none called {claim.attestation_id}",
        ),
        Finding(
            code=StatusChangeCode.STC_09,
            path="/StatusChange/Header/Issuer",
            message="expected the issuer of the attestation, its successor or its authority, "
            "found no such attestation of any of them",
        ),
    )


def changed(
    facts: RegisterFacts,
    record: RegisterRecord,
    claim: NewStatusChange,
    early: Sequence[NewStatusChange],
) -> RegisterRecord:
    """Return the record as it is after a change, in its turn or ahead of it."""
    if claim.sequence == record.place.sequence + 1:
        place, left = caught_up(in_turn(record.place, claim), early)
    else:
        place, left = record.place, tuple(_with(early, claim))
    moved = record.moved(place, left)
    successor = None if claim.successor is None else facts.related.get(claim.successor)
    if successor is None or moved.status is not Status.SUPERSEDED:
        return moved
    return replace(moved, successor=successor.first)


def change_fits(
    facts: RegisterFacts, statement: Statement, claim: NewStatusChange, record: RegisterRecord
) -> Iterator[Finding]:
    """Hold a status change against the record of its attestation, one that it may change."""
    early = facts.early.get((record.issuer, record.attestation_id), ())
    yield from _names(statement, claim, record)
    if acts_by_vouching(statement, claim, record.issuer):
        yield from _legal_act(facts, statement, claim, record)
    elif lifts(claim) and facts.suspended_by - {statement.issuer, record.issuer}:
        yield _of_another(facts.suspended_by)
    used = claim.sequence <= record.place.sequence
    if used or any(claim.sequence == one.sequence for one in early):
        yield Finding(
            code=StatusChangeCode.STC_02,
            path="/StatusChange/Sequence",
            message=f"expected sequence {record.place.sequence + 1}, found {claim.sequence}",
        )
        if not used:
            return
    if (claim.previous, claim.new) not in CHANGES[claim.change]:
        yield Finding(
            code=StatusChangeCode.STC_03,
            path="/StatusChange/NewStatus",
            message=f"expected a move that {claim.change} makes, "
            f"found {claim.previous} to {claim.new}",
        )
    if claim.sequence == record.place.sequence + 1:
        yield from _in_turn(facts, claim, record, early)
    elif not used and is_restriction(claim):
        # What stands between may bring another revision and another status, so that is all that
        # can be asked: the missing change can not bring back what has ended.
        yield from _ahead(claim, record.place, early)


def lifts(claim: NewStatusChange) -> bool:
    """Tell whether a change ends a suspension."""
    return claim.previous is Status.SUSPENDED and claim.new is Status.ACTIVE


def acts_by_vouching(statement: Statement, claim: NewStatusChange, issuer: BodyId) -> bool:
    """Tell whether only its vouching for the issuer lets the signer speak."""
    return issuer != statement.issuer and issuer not in claim.acts_for


def _legal_act(
    facts: RegisterFacts, statement: Statement, claim: NewStatusChange, record: RegisterRecord
) -> Iterator[Finding]:
    """STC-09: an authority restricts and transfers, and lifts only what it suspended itself."""
    if claim.change is Change.RESTORE:
        # Ahead of its turn it waits, and is asked again then.
        in_its_turn = claim.sequence == record.place.sequence + 1
        if in_its_turn and facts.suspended_by != {statement.issuer}:
            yield _of_another(facts.suspended_by)
        return
    if claim.change not in _LEGAL_ACTS or lifts(claim) or claim.added:
        yield Finding(
            code=StatusChangeCode.STC_09,
            path="/StatusChange/ChangeType",
            message="expected a restriction or a transfer, as an authority may decide for a body "
            f"that it vouches for, found {claim.change} "
            f"from {claim.previous} to {claim.new}{' with a wider scope' if claim.added else ''}",
        )


def _of_another(bodies: frozenset[BodyId]) -> Finding:
    by = f" of {' and '.join(sorted(bodies))}" if bodies else ""
    return Finding(
        code=StatusChangeCode.STC_09,
        path="/StatusChange/ChangeType",
        message=f"expected a suspension that the signer alone decided, found one{by}; whoever "
        "suspended lifts the suspension, and what two have suspended can only be issued anew",
    )


def _names(
    statement: Statement, claim: NewStatusChange, record: RegisterRecord
) -> Iterator[Finding]:
    """STC-01, as far as no missing change can alter it."""
    if record.scheme != statement.scheme:
        # The scope of the key was held against the scheme that the document names, so another
        # one here would let a key out of its scope.
        yield Finding(
            code=StatusChangeCode.STC_01,
            path="/StatusChange/AttestationRef/SchemeID",
            message=f"expected {record.scheme}, found {statement.scheme}",
        )
    if record.certificate_number != claim.certificate_number:
        yield Finding(
            code=StatusChangeCode.STC_01,
            path="/StatusChange/AttestationRef/CertificateNumber",
            message=f"expected {record.certificate_number}, found {claim.certificate_number}",
        )


def _in_turn(
    facts: RegisterFacts,
    claim: NewStatusChange,
    record: RegisterRecord,
    early: Sequence[NewStatusChange],
) -> Iterator[Finding]:
    """STC-01, STC-03, STC-07 and TRF-02 of the next change."""
    place = record.place
    if record.content_digest != claim.attestation_digest:
        yield Finding(
            code=StatusChangeCode.STC_01,
            path="/StatusChange/AttestationRef/Digest",
            message=f"expected the digest of revision {record.revision}, "
            f"{record.content_digest.hex()[:16]}…, found {claim.attestation_digest.hex()[:16]}…",
        )
    current = status_at(place.status, record.expires_at, claim.effective_at)
    # Recording that the date has passed may name the status as it was before the date.
    recorded = claim.new is Status.EXPIRED and claim.previous is place.status
    if claim.previous is not current and not recorded:
        yield Finding(
            code=StatusChangeCode.STC_03,
            path="/StatusChange/PreviousStatus",
            message=f"expected {current}, found {claim.previous}",
        )
    elif claim.new is not claim.previous and claim.new not in STATUS[claim.previous]:
        yield Finding(
            code=StatusChangeCode.STC_03,
            path="/StatusChange/NewStatus",
            message=f"expected a status that may follow {claim.previous}, found {claim.new}",
        )
    after, left = caught_up(in_turn(place, claim), early)
    yield from list(_leaves_something(claim, place, in_turn(place, claim))) or _leaves_something(
        claim, place, standing_of(after, left)
    )
    yield from _successor(facts, claim, record)


def _ahead(
    claim: NewStatusChange, place: Place, early: Sequence[NewStatusChange]
) -> Iterator[Finding]:
    """STC-03 and STC-07 of a restriction whose turn has not come."""
    before = standing_of(place, (one for one in early if one.sequence < claim.sequence))
    if before.status in FINAL_STATUSES:
        yield Finding(
            code=StatusChangeCode.STC_03,
            path="/StatusChange/NewStatus",
            message=f"expected nothing that follows {before.status}, found {claim.new}",
        )
    stands = standing_of(place, early)
    yield from list(_leaves_something(claim, before, ahead(before, claim))) or _leaves_something(
        claim, stands, standing_of(place, _with(early, claim))
    )


def _with(early: Sequence[NewStatusChange], claim: NewStatusChange) -> list[NewStatusChange]:
    return sorted((*early, claim), key=lambda one: one.sequence)


def _leaves_something(claim: NewStatusChange, before: Place, after: Place) -> Iterator[Finding]:
    """STC-07: a scope without products, without sites or without sectors is none at all."""
    if after.status not in _LIVE:
        return  # Nothing needs to be left of what ends.
    kinds = {kind_of(part) for part in before.parts}
    for kind in sorted(kinds & {kind_of(part) for part in claim.removed}):
        if not any(kind_of(part) == kind for part in after.parts):
            yield Finding(
                code=StatusChangeCode.STC_07,
                path="/StatusChange/ScopeChange",
                message=f"expected a {kind} that is left, found none; "
                "take away everything by a withdrawal",
            )


def _takes_over(successor: RegisterRecord, record: RegisterRecord, *, is_transfer: bool) -> bool:
    """Tell whether a certificate may stand in the place of another."""
    if is_transfer:
        return successor.predecessor is not None and successor.predecessor == record.first
    # Whoever renews leads to a certificate of its own: another body would have to agree.
    return successor.issuer == record.issuer and successor.first != record.first


def _successor(
    facts: RegisterFacts, claim: NewStatusChange, record: RegisterRecord
) -> Iterator[Finding]:
    """TRF-02."""
    is_transfer = claim.change is Change.TRANSFER
    if claim.new is not Status.SUPERSEDED or not (is_transfer or claim.successor is not None):
        return
    successor = None if claim.successor is None else facts.related.get(claim.successor)
    if successor is None or not _takes_over(successor, record, is_transfer=is_transfer):
        yield Finding(
            code=StatusChangeCode.TRF_02,
            path="/StatusChange/Successor",
            message="expected the attestation that takes this certificate over, found "
            f"{'none' if successor is None else 'one that does not'}",
        )
        return
    status = status_at(successor.status, successor.expires_at, facts.at)
    if status is not Status.ACTIVE:
        yield Finding(
            code=StatusChangeCode.TRF_02,
            path="/StatusChange/Successor",
            message=f"expected an active attestation, found one that is {status}",
        )
