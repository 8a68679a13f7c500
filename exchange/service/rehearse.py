"""Rehearse: what breaks if this change is made on Friday? Nothing is changed by asking.

Steps:
 1. the change is worked out against the state of trust, as an approval would;
 2. the lists are changed as if it had taken effect, in memory and unsigned; that nothing else
    differs is tested by applying the same change to a copy of the database;
 3. documents of the last days by the bodies that it touches are judged again, under the lists
    in force and under the changed ones, as if they arrived when the change takes effect;
 4. what is on its way, and which partners do not hold the lists in force, is listed.

What was accepted and receipted stays good: a verdict that would change is that on a document
which arrives then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from exchange.core.actions.effects import Effects, effects
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import Activation, Change
from exchange.core.entry import DeliveryId
from exchange.core.model import BodyId, ContentDigest, Economy, Fingerprint, Kind
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import ListType
from exchange.service.activation import partners
from exchange.service.hub import Hub
from exchange.service.list_files import list_file
from exchange.service.publication import require_keeper
from exchange.service.supposed import signed_by, snapshot_with, supposed_state, verdict_on
from exchange.store.flight import InFlight, Judged

DAYS: Final = 30
"""Documents of so many days are judged again, unless told."""
MOST: Final = 2000
"""Documents that are judged again at most, the newest; a rehearsal says when there are more."""
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItsWay:
    """A document by a key that the change touches, which has not reached everybody."""

    content_digest: ContentDigest
    kind: Kind
    issuer: BodyId
    key: Fingerprint
    received_at: datetime
    delivery_id: DeliveryId | None
    """`None` for a status change that waits for the one before it."""
    addressee: BodyId | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A partner who does not hold a list as it is in force."""

    partner: BodyId
    name: str
    """File name of the list."""
    held: int | None
    """The version that it holds; `None` when it has never said."""
    current: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedVerdict:
    """A document that would be judged differently if it arrived when the change takes effect."""

    content_digest: ContentDigest
    kind: Kind
    issuer: BodyId
    key: Fingerprint
    received_at: datetime
    """When it arrived in truth."""
    before: str
    """`accepted`, or the code of the refusal."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would follow from a change."""

    at: datetime
    """When it would take effect."""
    effects: Effects
    in_flight: tuple[OnItsWay, ...]
    behind: tuple[Behind, ...]
    verdicts: tuple[ChangedVerdict, ...]
    judged: int
    """How many documents were judged again."""
    complete: bool
    """Whether these were all documents of the time; otherwise the newest ones."""


async def rehearse(
    hub: Hub,
    changes: Sequence[Change],
    activation: Activation,
    *,
    days: int = DAYS,
) -> Rehearsal:
    """Return what would follow from a change; nothing is written.

    Args:
        hub: Administers trust.
        changes: As they would be proposed.
        activation: When they would take effect.
        days: How far back documents are judged again.

    Raises:
        RefusedError: This hub administers no trust.
        RuleError: The change cannot be made; everything that keeps it from being made is named.
    """
    keeper = require_keeper(hub)
    # Another process, whose clock is ahead, may have acted a moment ago.
    now = max(hub.clock(), keeper.state.at)
    state = keeper.at(now)
    shown = effects(state, changes, activation, now)  # 1
    at = max(activation.at, now)
    changed = supposed_state(keeper.at(at), changes, activation, at)
    present = hub.snapshot
    issuers = _issuers(state, shown)
    bodies = frozenset(one for one in shown.bodies)

    def snapshots() -> tuple[Snapshot, Snapshot]:
        return (
            snapshot_with(present, keeper.at(at), at),
            snapshot_with(present, changed, at),
        )

    before, after = await asyncio.to_thread(snapshots)  # 2
    documents, complete = await _documents(hub, issuers, now - timedelta(days=days))
    verdicts = await asyncio.to_thread(_compare, documents, before, after, at)  # 3
    flying = await hub.store.in_flight(issuers, limit=MOST)
    touched = _touched(state, shown)
    return Rehearsal(
        at=at,
        effects=shown,
        in_flight=await asyncio.to_thread(_on_their_way, flying, touched, present),  # 4
        behind=await _behind(
            hub, {state.bodies[one].economy for one in bodies & set(state.bodies)}
        ),
        verdicts=verdicts,
        judged=len(documents),
        complete=complete,
    )


def _issuers(state: TrustState, shown: Effects) -> frozenset[BodyId]:
    """Return whose documents may be judged differently."""
    of_keys = {state.keys[key].body for key in shown.keys if key in state.keys}
    return frozenset(shown.bodies | of_keys)


def _touched(state: TrustState, shown: Effects) -> frozenset[Fingerprint]:
    """Return the keys that a change touches; a body as a whole is touched with all of its keys."""
    whole = {one.body for one in shown.effects if one.key is None and one.body is not None}
    return shown.keys | {
        key.fingerprint for body in whole if body in state.bodies for key in state.bodies[body].keys
    }


async def _documents(
    hub: Hub, issuers: frozenset[BodyId], since: datetime
) -> tuple[tuple[Judged, ...], bool]:
    found: list[Judged] = []
    after = -1
    complete = True
    while issuers and (
        page := await hub.store.judged_since(issuers, since=since, after=after, limit=_PAGE)
    ):
        found += (one for one in page if one.kind is not Kind.ACTION)
        complete = complete and len(found) <= MOST
        found = found[-MOST:]
        after = page[-1].sequence
    return tuple(found), complete


def _compare(
    documents: Iterable[Judged], before: Snapshot, after: Snapshot, at: datetime
) -> tuple[ChangedVerdict, ...]:
    found = []
    for one in documents:
        was, will = verdict_on(one.data, before, at), verdict_on(one.data, after, at)
        if was != will:
            found.append(
                ChangedVerdict(
                    content_digest=one.content_digest,
                    kind=one.kind,
                    issuer=one.issuer,
                    key=signed_by(one.data, before),
                    received_at=one.received_at,
                    before=was,
                    after=will,
                )
            )
    return tuple(found)


def _on_their_way(
    flying: Iterable[InFlight], touched: frozenset[Fingerprint], snapshot: Snapshot
) -> tuple[OnItsWay, ...]:
    found = []
    for one in flying:
        document = one.document
        if document.kind is Kind.ACTION:
            continue
        key = signed_by(document.data, snapshot)
        if key in touched:
            found.append(
                OnItsWay(
                    content_digest=document.content_digest,
                    kind=document.kind,
                    issuer=document.issuer,
                    key=key,
                    received_at=document.received_at,
                    delivery_id=one.delivery_id,
                    addressee=one.addressee,
                    state=one.state.value,
                )
            )
    return tuple(found)


async def _behind(hub: Hub, territories: set[Economy]) -> tuple[Behind, ...]:
    """Return who does not hold the lists in force of these economies."""
    keeper = require_keeper(hub)
    held = {(one.partner, one.name): one.sequence for one in await hub.store.fetches()}
    current = {
        list_file(one.type, one.territory): one.sequence
        for one in keeper.published
        if one.type is ListType.ECONOMY and one.territory in territories
    }
    return tuple(
        Behind(partner=partner, name=name, held=held.get((partner, name)), current=sequence)
        for partner in sorted(partners(hub))
        for name, sequence in sorted(current.items())
        if held.get((partner, name), 0) < sequence
    )
