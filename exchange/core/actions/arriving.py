"""Keys that arrive: each comes with a proof of possession, and can work for what it is brought.

- Evidence of who sent it may come with the approval, and approval is refused without it.
- It is the proposer or the approver who confirmed the fingerprint: nobody vouches unsigned.
- Proof and evidence are of the time of the key certificate, and fresh when they are brought.
- A public key belongs to one body and one purpose, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exchange.codes.actions import ActionCode
from exchange.core.actions.moves import Settled, fault
from exchange.core.actions.possession import verify_possession
from exchange.core.actions.state import Proposal, TrustState
from exchange.core.actions.values import Arrival, BodyChange, Evidence, PersonId
from exchange.core.key_path import path_findings
from exchange.core.key_requirements import require_usable
from exchange.core.model import Fingerprint, KeyId
from exchange.core.periods import in_zulu
from exchange.core.role_requirements import REQUIREMENTS
from exchange.core.trust_values import POLICY, KeyEntry
from exchange.errors import ExchangeError, Finding


def arrival_findings(
    state: TrustState, entries: Sequence[tuple[BodyChange, Settled]], at: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with the keys that a proposal brings."""
    listed: dict[KeyId, KeyEntry] = {}
    for change, settled in entries:
        brought = {one.fingerprint: one for one in change.arrivals}
        if len(brought) != len(change.arrivals):
            yield _stray(change, "expected each arriving key once, found one twice")
        for entry in settled.arriving:
            owner = listed.setdefault(entry.key_id, entry)
            yield from _arrival(
                state, change, entry, brought.pop(entry.fingerprint, None), owner, at
            )
        yield from _paths(state, change, settled, at)
        for fingerprint in brought:
            yield _stray(
                change,
                f"expected a key that is new in the entry, found {fingerprint.hex()[:16]}…",
            )


def _paths(
    state: TrustState, change: BodyChange, settled: Settled, at: datetime
) -> Iterator[Finding]:
    """Another path decides who is asked about revocation, so it is judged as an arriving one."""
    standing = state.bodies.get(change.body.id)
    before = {} if standing is None else {one.fingerprint: one.path for one in standing.keys}
    for entry in settled.body.keys:
        if before.get(entry.fingerprint, entry.path) != entry.path:
            demanded = REQUIREMENTS[entry.role]
            yield from _placed(
                change,
                path_findings(
                    entry.certificate, entry.path, role=entry.role, at=at, demanded=demanded
                ),
            )


def _placed(change: BodyChange, findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, path=f"/Action/Word//Entry[{change.body.id}]//{finding.path}")


def _arrival(
    state: TrustState,
    change: BodyChange,
    entry: KeyEntry,
    arrival: Arrival | None,
    owner: KeyEntry,
    at: datetime,
) -> Iterator[Finding]:
    if entry.key_id in state.person_keys:
        yield fault(
            ActionCode.KEY_OF_PERSON,
            change.body,
            f"the {entry.role.value} key is, or was, the own key of an administrator",
        )
    if arrival is None:
        yield _stray(
            change,
            f"expected a proof of possession for key {entry.fingerprint.hex()[:16]}…, found none",
        )
        return
    try:
        verify_possession(
            arrival.proof,
            entry.certificate,
            hub=state.hub,
            body=change.body.id,
            role=entry.role,
            at=at,
        )
    except ExchangeError as exc:
        yield from exc.findings
    known = state.owners.get(entry.key_id)
    listed: Mapping[KeyId, KeyEntry] = {entry.key_id: known or owner}
    try:
        require_usable(
            entry.certificate,
            body=change.body,
            role=entry.role,
            at=at,
            listed=listed,
            path=entry.path,
        )
    except ExchangeError as exc:
        yield from _placed(change, exc.findings)


def dated_findings(
    entries: Sequence[tuple[BodyChange, Settled]], at: datetime
) -> Iterator[Finding]:
    """Yield proofs and evidence of a proposal that are too old, or not of its time.

    Asked once, when the proposal is made: what was fresh then may wait for its approval.
    """
    for change, settled in entries:
        arriving = {one.fingerprint: one for one in settled.arriving}
        for arrival in change.arrivals:
            entry = arriving.get(arrival.fingerprint)
            if entry is None:
                continue
            earliest, made_at = _earliest(entry, at), arrival.proof.made_at
            if made_at < earliest:
                yield fault(
                    ActionCode.POSSESSION,
                    change.body,
                    f"key {entry.fingerprint.hex()[:16]}…: expected a proof made from "
                    f"{in_zulu(earliest)} on, found {in_zulu(made_at)}",
                )
            if arrival.evidence is not None:
                yield from _confirmed(arrival.evidence, entry, at)


def evidence_findings(
    proposal: Proposal,
    brought: Sequence[tuple[Fingerprint, Evidence]],
    approver: PersonId,
    at: datetime,
) -> Iterator[Finding]:
    """Yield what is missing or wrong in the evidence for the keys of a proposal.

    Args:
        proposal: As it stands.
        brought: What comes with its approval.
        approver: Who approves it.
        at: When it is approved.
    """
    given = dict(brought)
    for entry, arrival in _brought(proposal):
        late = given.pop(arrival.fingerprint, None)
        evidence = late or arrival.evidence
        if evidence is None:
            yield _evidence(
                ActionCode.EVIDENCE_MISSING, entry, "expected evidence of who sent it, found none"
            )
            continue
        # Whoever heard the fingerprint vouches for it by a signature of their own.
        if evidence.confirmed_by not in (proposal.proposer, approver):
            yield _evidence(
                ActionCode.EVIDENCE,
                entry,
                f"expected it confirmed by {proposal.proposer} or {approver}, found "
                f"{evidence.confirmed_by}",
            )
        if late is not None:
            yield from _confirmed(late, entry, at)
    for fingerprint in given:
        yield Finding(
            code=ActionCode.EVIDENCE,
            path="/Action/Word/Approve/Evidence",
            message=f"expected evidence for a key that arrives, found {fingerprint.hex()[:16]}…",
        )


def _brought(proposal: Proposal) -> Iterator[tuple[KeyEntry, Arrival]]:
    for change in proposal.changes:
        if isinstance(change, BodyChange):
            keys = {one.fingerprint: one for one in change.body.keys}
            for arrival in change.arrivals:
                yield keys[arrival.fingerprint], arrival


def _confirmed(evidence: Evidence, entry: KeyEntry, at: datetime) -> Iterator[Finding]:
    earliest = _earliest(entry, at)
    if not earliest <= evidence.confirmed_at <= at + POLICY.clock_tolerance:
        yield _evidence(
            ActionCode.EVIDENCE,
            entry,
            f"expected it confirmed from {in_zulu(earliest)} to {in_zulu(at)}, found "
            f"{in_zulu(evidence.confirmed_at)}",
        )


def _earliest(entry: KeyEntry, at: datetime) -> datetime:
    """Return from when on somebody may have vouched for a key that is brought now."""
    oldest = at - REQUIREMENTS[entry.role].vouched_within
    begins = entry.certificate.not_before
    # A key may be brought long before its beginning, and is vouched for before it then.
    return oldest if begins > at else max(oldest, begins - POLICY.clock_tolerance)


def _evidence(code: ActionCode, entry: KeyEntry, message: str) -> Finding:
    return Finding(
        code=code,
        path=f"/Action/Word//Entry[{entry.body}]",
        message=f"key {entry.fingerprint.hex()[:16]}…: {message}",
    )


def _stray(change: BodyChange, message: str) -> Finding:
    return fault(ActionCode.ARRIVAL, change.body, message)
