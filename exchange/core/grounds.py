"""On what certificates rest, and how it stands with that: keys, bodies, accreditations.

- Everything on the trust lists that does not count is found here, with what administrators have
  stopped since the lists were published: one answer, whoever administers the lists.
- Whoever remembers what was told last sees by comparison what has changed: `changes` says what
  is to be told, and nothing is told twice. A hub that was away finds everything when it is back.
- A key that signs no more at the end of its period is not stopped: what it signed stays as it
  is. Nor is anything said about what has left the lists.

Example:
    >>> [(one.subject, one.standing) for one in changes(standings(trust, stopped, at), {})]
    [('body/KZ-CB-0401', <Standing.SUSPENDED: 'suspended'>)]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from exchange.core.competence import Accreditation, AccreditationState
from exchange.core.document.notice import (
    AccreditationCause,
    BodyCause,
    Cause,
    KeyCause,
    Standing,
    subject_of,
)
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import BodyId, BodyRole, ContentDigest, Fingerprint, KeyRole
from exchange.core.periods import day_in
from exchange.core.trust_index import Trust
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus

Rested = KeyCause | BodyCause | AccreditationCause
"""What a certificate can rest on."""

ISSUING: Final = frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY})
"""Who issues certificates: it matters to recipients whether they count."""
SIGNING: Final = frozenset({KeyRole.ATTESTATION, KeyRole.STATUS})
"""Keys on which certificates rest."""

_KEYS: Final = {KeyStatus.SUSPENDED: Standing.SUSPENDED, KeyStatus.REVOKED: Standing.REVOKED}
_BODIES: Final = {BodyState.SUSPENDED: Standing.SUSPENDED, BodyState.ENDED: Standing.WITHDRAWN}
_ACCREDITATIONS: Final = {
    AccreditationState.SUSPENDED: Standing.SUSPENDED,
    AccreditationState.WITHDRAWN: Standing.WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """How it stands with something that certificates rest on."""

    cause: Rested
    standing: Standing | None
    """`None` where it counts."""
    since: datetime
    schemes: frozenset[str] = frozenset()
    """Of an accreditation: the schemes whose certificates rest on it."""
    sequence: int = 0
    """Number of the list that says so."""
    actions: int = 0
    """How many actions of administrators were counted."""
    action: ContentDigest | None = None
    """The action that is the reason, where it is known."""

    @property
    def subject(self) -> str:
        """What it is, as one word."""
        return subject_of(self.cause)


def standings(trust: Trust, stopped: Interruptions, at: datetime) -> Iterator[Ground]:
    """Yield how it stands at an instant with every key, body and accreditation that issues.

    Args:
        trust: The lists in force.
        stopped: What administrators have stopped since.
        at: Aware UTC.
    """
    sequences = {one.territory: one.sequence for one in trust.lists}
    for body in trust.bodies.values():
        if body.roles & ISSUING:
            sequence = sequences.get(body.economy, 0)
            for ground in _of_body(body, stopped, at):
                yield replace(ground, sequence=sequence)


def _of_body(body: Body, stopped: Interruptions, at: datetime) -> Iterator[Ground]:
    yield _body(body, stopped.body_at(body.id, at), at)
    for key in body.keys:
        if key.role in SIGNING:
            found = _key(key, stopped.key_at(key.fingerprint, at), at)
            if found is not None:
                yield found
    for accreditation in body.accreditations:
        yield _accreditation(body, accreditation, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The standing that was written down last about a subject, and from which lists."""

    standing: Standing
    sequence: int
    actions: int


def changes(found: Iterable[Ground], known: Mapping[str, Known]) -> Iterator[Ground]:
    """Yield what stands otherwise than was written down last.

    A process that has older lists, or knows of fewer actions, than the one that wrote it down
    has nothing new to say: it would take back what is true.

    Args:
        found: How it stands.
        known: What was written down last about each subject.
    """
    for ground in found:
        before = known.get(ground.subject)
        if before is None:
            if ground.standing is not None:
                yield ground
            continue
        is_older = ground.sequence < before.sequence or ground.actions < before.actions
        was = None if before.standing is Standing.LIFTED else before.standing
        if ground.standing is not was and not is_older:
            yield ground


def _body(body: Body, stop: Interruption | None, at: datetime) -> Ground:
    state = body.state_at(at)
    standing = _BODIES.get(state) if state is not None else None
    since = next((one.since for one in body.history if one.since <= at), at)
    if stop is not None and standing is not Standing.WITHDRAWN:
        suspended = stop.what is Stopped.SUSPENDED
        stopped = Standing.SUSPENDED if suspended else Standing.WITHDRAWN
        if stopped is not standing:
            standing, since = stopped, stop.since
    return Ground(cause=BodyCause(body.id), standing=standing, since=since)


def _key(key: KeyEntry, stop: Interruption | None, at: datetime) -> Ground | None:
    status = key.status_at(at)
    if status is None or (status is KeyStatus.WITHDRAWN and stop is None):
        return None
    standing = _KEYS.get(status)
    since = next(one.not_before for one in key.periods if one.status is status)
    if stop is not None and standing is not Standing.REVOKED:
        suspended = stop.what is Stopped.SUSPENDED
        stopped = Standing.SUSPENDED if suspended else Standing.REVOKED
        if stopped is not standing:
            standing, since = stopped, stop.since
    return Ground(cause=KeyCause(key.fingerprint, key.body), standing=standing, since=since)


def _accreditation(body: Body, one: Accreditation, at: datetime) -> Ground:
    # An accreditation that has run out was not taken away: `None` on that day.
    state = one.state_on(day_in(body.time_zone, at))
    standing = _ACCREDITATIONS.get(state) if state is not None else None
    day = next((period.since for period in one.history if period.state is state), one.valid_from)
    return Ground(
        cause=AccreditationCause(one.authority, one.number, one.standard, body.id),
        standing=standing,
        since=datetime.combine(day, time(), ZoneInfo(body.time_zone)).astimezone(UTC),
        schemes=one.schemes,
    )


def write_ground(cause: Cause, schemes: frozenset[str] = frozenset()) -> str:
    """Return a cause as the store keeps it: one JSON document."""
    match cause:
        case KeyCause():
            said = {"key": cause.fingerprint.hex(), "body": cause.body}
        case BodyCause():
            said = {"body": cause.body}
        case AccreditationCause():
            said = {
                "authority": cause.authority,
                "number": cause.number,
                "standard": cause.standard,
                "body": cause.body,
            }
        case _:
            raise TypeError(f"{type(cause).__name__} is nothing that certificates rest on")
    return json.dumps({**said, "schemes": sorted(schemes)}, sort_keys=True, ensure_ascii=False)


def read_ground(written: str) -> tuple[Rested, frozenset[str]]:
    """Return what `write_ground` was given."""
    said = json.loads(written)
    schemes = frozenset(said["schemes"])
    body = BodyId(said["body"])
    if "key" in said:
        return KeyCause(Fingerprint(bytes.fromhex(said["key"])), body), schemes
    if "authority" in said:
        cause = AccreditationCause(
            BodyId(said["authority"]), said["number"], said["standard"], body
        )
        return cause, schemes
    return BodyCause(body), schemes
