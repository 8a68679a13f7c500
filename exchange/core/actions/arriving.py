"""Keys that arrive: each comes with a proof of possession, and can work for what it is brought.

- Evidence of who sent it may come with the approval, and approval is refused without it.
- A public key belongs to one body and one purpose, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from exchange.codes.actions import ActionCode
from exchange.core.actions.moves import Settled, fault
from exchange.core.actions.possession import verify_possession
from exchange.core.actions.state import Proposal, TrustState, arrivals
from exchange.core.actions.values import Arrival, BodyChange, Evidence
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


def evidence_findings(
    state: TrustState,
    proposal: Proposal,
    brought: Sequence[tuple[Fingerprint, Evidence]],
    at: datetime,
) -> Iterator[Finding]:
    """Yield what is missing or wrong in the evidence for the keys of a proposal.

    Args:
        state: Who is known.
        proposal: As it stands.
        brought: What comes with its approval.
        at: When it is approved.
    """
    given = dict(brought)
    for body, arrival in arrivals(proposal):
        path = f"/Action/Word//Entry[{body}]"
        name = f"key {arrival.fingerprint.hex()[:16]}…"
        evidence = given.pop(arrival.fingerprint, None) or arrival.evidence
        if evidence is None:
            yield Finding(
                code=ActionCode.EVIDENCE_MISSING,
                path=path,
                message=f"{name}: expected evidence of who sent it, found none",
            )
        elif evidence.confirmed_by not in state.administrators:
            yield Finding(
                code=ActionCode.EVIDENCE,
                path=path,
                message=f"{name}: expected it confirmed by an administrator, found "
                f"{evidence.confirmed_by}",
            )
        elif evidence.confirmed_at > at + POLICY.clock_tolerance:
            yield Finding(
                code=ActionCode.EVIDENCE,
                path=path,
                message=f"{name}: expected it confirmed by {in_zulu(at)}, found "
                f"{in_zulu(evidence.confirmed_at)}",
            )
    for fingerprint in given:
        yield Finding(
            code=ActionCode.EVIDENCE,
            path="/Action/Word/Approve/Evidence",
            message=f"expected evidence for a key that arrives, found {fingerprint.hex()[:16]}…",
        )


def _stray(change: BodyChange, message: str) -> Finding:
    return fault(ActionCode.ARRIVAL, change.body, message)
