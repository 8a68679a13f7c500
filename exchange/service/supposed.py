"""Trust as it would be: a state after a change that nobody has made, and a snapshot that shows it.

- Everything is made in memory, unsigned and unpublished; nothing here is ever judged by in
  earnest, and its identifiers name nothing that is kept.
- Lists are taken to have been made anew before they ran out, as the hub does.

Example:
    >>> then = supposed_state(state, changes, activation, friday)
    >>> verdict_on(data, snapshot_with(hub.snapshot, then, friday), friday)
    'trust.no-longer-accepted'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from exchange.core.actions.draft import Draft
from exchange.core.actions.enact import carry_out
from exchange.core.actions.life import ProposalState
from exchange.core.actions.moves import Effective
from exchange.core.actions.plan import make_plan
from exchange.core.actions.state import Proposal, TrustState
from exchange.core.actions.values import Activation, Change, PersonId
from exchange.core.examine import examine
from exchange.core.model import ContentDigest, Economy, Fingerprint
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import Body, ListType
from exchange.core.xml import parse
from exchange.errors import ExchangeError, RuleError
from exchange.service.generations import laid_over

ACCEPTED: Final = "accepted"
"""The verdict on a document that all gates let pass."""


def supposed_state(
    state: TrustState, changes: Sequence[Change], activation: Activation, at: datetime
) -> TrustState:
    """Return the state of trust as it would be if a change took effect at an instant.

    Args:
        state: As it will be then without the change.
        changes: As they would be proposed.
        activation: When they would take effect.
        at: When they do.

    Raises:
        RuleError: It cannot be done then; what was approved before stands in its way, perhaps.
    """
    draft = Draft(state)
    nobody = PersonId("rehearsal")
    digest = ContentDigest(sha256(b"rehearsal").digest())
    proposal = Proposal(
        digest=digest,
        proposer=nobody,
        key=Fingerprint(b""),
        body=state.hub,
        at=at,
        changes=tuple(changes),
        activation=activation,
        reason="rehearsal",
        state=ProposalState.APPROVED,
        decided_by=nobody,
        decision=digest,
        decided_at=at,
    )
    # What would happen is asked, and not who may decide it.
    effective = Effective(start=at, due=activation.at, is_now=True)
    plan = make_plan(state, proposal.changes, effective, at)
    if plan.findings:
        raise RuleError(*plan.findings)
    carry_out(draft, proposal, plan, at)
    return draft.state


def snapshot_with(present: Snapshot, state: TrustState, at: datetime) -> Snapshot:
    """Return a snapshot whose lists show a state of trust, unsigned and in memory only.

    Args:
        present: The snapshot in force.
        state: What the lists shall show.
        at: For this instant; lists are taken to have been made anew before they ran out.
    """
    published = state.published(at)
    lists = tuple(_shows(one, published, at) for one in present.trust.lists)
    known = {one.territory for one in lists if one.type is ListType.ECONOMY}
    template = next((one for one in lists if one.type is ListType.ECONOMY), lists[0])
    further = tuple(
        replace(
            template,
            territory=territory,
            bodies=bodies,
            digest=sha256(f"rehearsal {territory}".encode()).digest(),
        )
        for territory, bodies in published.items()
        if territory not in known
    )
    built = Snapshot.build(
        catalogue=present.catalogue,
        limits=present.limits,
        algorithms=present.algorithms,
        trust=Trust.build((*lists, *further)),
        code_lists=present.code_lists,
        hub=present.hub,
        production=present.production,
    )
    return laid_over(built, present).with_interruptions(state.interruptions())


def verdict_on(data: bytes, snapshot: Snapshot, at: datetime) -> str:
    """Return `accepted`, or the code of the refusal, of a document that arrives at an instant."""
    try:
        examine(data, snapshot, at)
    except ExchangeError as error:
        return error.code.value
    return ACCEPTED


def signed_by(data: bytes, snapshot: Snapshot) -> Fingerprint:
    """Return the key certificate that signed a document which was accepted once."""
    conforming = conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits)
    return verify(conforming, snapshot.algorithms).certificate.fingerprint


def _shows(
    one: TrustList, published: Mapping[Economy, tuple[Body, ...]], at: datetime
) -> TrustList:
    fresh = max(one.next_update, at + timedelta(days=1))
    if one.type is not ListType.ECONOMY or one.territory not in published:
        return replace(one, next_update=fresh)
    return replace(one, next_update=fresh, bodies=published[one.territory])
