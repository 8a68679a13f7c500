"""What ends soon: every key, every list, the delegation and its root, in time to do something.

- A thing is warned of at 60, 30, 14, 7 and 1 days before its end, and once when it has ended.
- A threshold that is longer than the life of the thing says nothing and does not count. A list
  is issued again when a third of its life is left, so only thresholds within that third count:
  whoever is warned of a list knows that something keeps it from being issued.
- A key ends when it signs no more or when its key certificate ends, whichever is first.
- A key that another one follows stands there too, with its follower; once it has ended it is
  no news any more. Withdrawn and revoked keys, and those of ended bodies, are no news at all.
- What was warned of is told apart by `mark`: with another end, it is another warning.

Example:
    >>> [(one.name, one.days_left, one.threshold) for one in expiring(trust, at)]
    [('attestation key of CN-CB-0103', 29, 30)]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final

from exchange.core.actions.values import Administrator
from exchange.core.certificate import KeyCertificate
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus, ListType

THRESHOLDS: Final = (60, 30, 14, 7, 1)
"""Days before an end at which somebody is told, longest first."""
ENDED: Final = 0
"""The threshold of what has ended."""
_SHOWN_AFTER: Final = timedelta(days=30)
"""How long an ended key stays on the board; a list past its next update stays until it goes."""
_REISSUED_AT: Final = 3
"""A list is issued again when this part of its life is left: a third."""
_OVER: Final = frozenset({KeyStatus.WITHDRAWN, KeyStatus.REVOKED})
_DAY: Final = timedelta(days=1)


class Subject(StrEnum):
    """What can end."""

    KEY = "key"
    """A key on a trust list."""
    LIST = "list"
    DELEGATION = "delegation"
    """The root's word that another key publishes the lists."""
    ROOT = "root"
    HELD = "held"
    """A key in the vault that stands on no list."""
    ADMINISTRATOR = "administrator"
    DECLARATION = "declaration"
    """A body's confirmation of its register (`exchange.core.lapsing`)."""


class End(StrEnum):
    """Which of its ends comes first."""

    SIGNS_UNTIL = "signs-until"
    CERTIFICATE = "key-certificate"
    NEXT_UPDATE = "next-update"
    CONFIRMED = "confirmed"
    """The month after the instant that a body has confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A key of a vault, by the name that the vault has for it."""

    name: str
    certificate: KeyCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """One thing that ends soon, or has ended."""

    subject: Subject
    name: str
    """What people call it: `attestation key of CN-CB-0103`, `trust list of CN`."""
    identity: str
    """What tells it apart: a fingerprint in hexadecimal, or the name of a list."""
    body: BodyId | None
    """Who has to do something; `None` for a list, which is its operator's."""
    ends_at: datetime
    end: End
    left: timedelta
    """Until the end; negative when it has passed."""
    threshold: int | None
    """The shortest threshold that is reached, in days; 0 when it has ended; `None` when none
    counts yet."""
    follower: Fingerprint | None = None
    """The key of the same body and role that signs on after the end."""

    @property
    def days_left(self) -> int:
        """Whole days until the end; negative when it has passed."""
        return self.left // _DAY

    @property
    def mark(self) -> str:
        """What a warning is remembered by: the same thing with another end is another."""
        return f"{self.subject.value} {self.identity} {in_zulu(self.ends_at)}"


def expiring(
    trust: Trust,
    at: datetime,
    *,
    held: Iterable[HeldKey] = (),
    administrators: Iterable[Administrator] = (),
    roots: Iterable[KeyCertificate] = (),
    within: timedelta = THRESHOLDS[0] * _DAY,
) -> tuple[Expiring, ...]:
    """Return everything that ends within a span, what ends first in front.

    Args:
        trust: The lists in force, delegation and list of lists included.
        at: Now, aware UTC.
        held: Keys of the vault; those on a list are looked at there.
        administrators: Persons whose key opens connections and signs actions.
        roots: Key certificates of the offline roots that readers pin.
        within: How far ahead is looked; 60 days.
    """
    listed = trust.by_fingerprint
    found = [
        *(_of_list(one, at) for one in trust.lists),
        *(one for body in trust.bodies.values() for one in _of_body(body, at, within)),
        *(_held(one, at) for one in held if one.certificate.fingerprint not in listed),
        *(_of_person(one, at) for one in administrators),
        *(_root(one, at) for one in roots),
    ]
    return tuple(
        sorted(
            (one for one in found if one.left <= within and _is_news(one)),
            key=lambda one: (one.ends_at, one.name, one.identity),
        )
    )


def nearest_end(found: Iterable[Expiring]) -> int | None:
    """Return the shortest threshold that anything has reached, or `None`."""
    return min((one.threshold for one in found if one.threshold is not None), default=None)


def _of_list(one: TrustList, at: datetime) -> Expiring:
    life = one.next_update - one.issued_at
    delegated = one.type is ListType.DELEGATION
    called = {
        ListType.ECONOMY: f"trust list of {one.territory}",
        ListType.LIST_OF_LISTS: "list of lists",
        ListType.DELEGATION: "delegation by the root",
    }
    return _expiring(
        Subject.DELEGATION if delegated else Subject.LIST,
        name=called[one.type],
        identity=f"{one.type.name}/{one.territory}".lower(),
        body=None,
        ends=((one.next_update, End.NEXT_UPDATE),),
        # A delegation is renewed by people who meet; the other lists by the hub itself.
        counts_within=life if delegated else life / _REISSUED_AT,
        at=at,
    )


def _of_body(body: Body, at: datetime, within: timedelta) -> Iterator[Expiring]:
    if body.state_at(at) is BodyState.ENDED:
        return
    ending = [key for key in body.keys if key.status not in _OVER and _last_day(key) - at <= within]
    lines = {role: _Line.of(body, role) for role in {key.role for key in ending}}
    for key in ending:
        follower = lines[key.role].follower(key)
        found = _expiring(
            Subject.KEY,
            name=f"{key.role.value} key of {body.id}",
            identity=key.fingerprint.hex(),
            body=body.id,
            ends=(
                (key.signs_until, End.SIGNS_UNTIL),
                (key.certificate.not_after, End.CERTIFICATE),
            ),
            counts_within=_last_day(key) - key.signs_from,
            at=at,
        )
        yield found if follower is None else replace(found, follower=follower.fingerprint)


def _last_day(key: KeyEntry) -> datetime:
    return min(key.signs_until, key.certificate.not_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The granted keys of a body for one role, as they follow each other."""

    begins: tuple[datetime, ...]
    """When each begins, in order."""
    longest: tuple[KeyEntry, ...]
    """Of each and those before it the one that signs longest."""

    @classmethod
    def of(cls, body: Body, role: KeyRole) -> _Line:
        keys = sorted(
            (one for one in body.keys if one.role is role and one.status is KeyStatus.GRANTED),
            key=lambda one: one.periods[0].not_before,
        )
        return cls(
            begins=tuple(one.periods[0].not_before for one in keys),
            longest=tuple(accumulate(keys, lambda a, b: max(a, b, key=_last_day))),
        )

    def follower(self, key: KeyEntry) -> KeyEntry | None:
        """Return the key that signs longest among those that begin before this one ends."""
        end = _last_day(key)
        before = bisect_right(self.begins, end)
        if not before or _last_day(self.longest[before - 1]) <= end:
            return None
        return self.longest[before - 1]


def _held(one: HeldKey, at: datetime) -> Expiring:
    return _of_certificate(Subject.HELD, f"key {one.name} in the vault", None, one.certificate, at)


def _of_person(one: Administrator, at: datetime) -> Expiring:
    return _of_certificate(
        Subject.ADMINISTRATOR, f"key of {one.person}", one.body, one.certificate, at
    )


def _root(certificate: KeyCertificate, at: datetime) -> Expiring:
    return _of_certificate(Subject.ROOT, "root key", None, certificate, at)


def _of_certificate(
    subject: Subject, name: str, body: BodyId | None, certificate: KeyCertificate, at: datetime
) -> Expiring:
    return _expiring(
        subject,
        name=name,
        identity=certificate.fingerprint.hex(),
        body=body,
        ends=((certificate.not_after, End.CERTIFICATE),),
        counts_within=certificate.not_after - certificate.not_before,
        at=at,
    )


def _expiring(
    subject: Subject,
    *,
    name: str,
    identity: str,
    body: BodyId | None,
    ends: tuple[tuple[datetime, End], ...],
    counts_within: timedelta,
    at: datetime,
) -> Expiring:
    ends_at, end = min(ends, key=lambda each: each[0])
    left = ends_at - at
    return Expiring(
        subject=subject,
        name=name,
        identity=identity,
        body=body,
        ends_at=ends_at,
        end=end,
        left=left,
        threshold=_threshold(left, counts_within),
    )


def _threshold(left: timedelta, counts_within: timedelta) -> int | None:
    if left <= timedelta(0):
        return ENDED
    reached = [days for days in THRESHOLDS if left <= days * _DAY <= counts_within]
    return min(reached, default=None)


def _is_news(one: Expiring) -> bool:
    if one.left > timedelta(0) or one.subject in {Subject.LIST, Subject.DELEGATION}:
        return True
    return one.follower is None and one.left > -_SHOWN_AFTER
