"""The life of a certificate: what its accepted statements make of it, in the order of signing.

- Revisions are numbered, status changes have sequence numbers: both are signed, and their order
  is that of the life. The order of arrival decides only what is known when.
- A *restriction* takes effect on arrival, even ahead of its turn, when a number before it is
  missing. It only takes away: a scope that it adds to, or a suspension that it lifts, waits for
  its turn. When the missing change comes, everything is folded again from the gap; what was
  restricted stays restricted.
- Everything else waits: for the missing change, and a revision for the gap to close.
- What cannot follow has no effect and never makes a restriction undone; the fold has an answer for
  every order of events.

`exchange.core.admission` decides with the same steps (`exchange.core.turns`), so the columns of
the register are what this fold says; a test holds them equal.

Example:
    >>> Life.of(told).at(instant).status
    <Status.SUSPENDED: 'suspended'>
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from exchange.core.entry import NewAttestation, NewStatusChange
from exchange.core.lifecycle import FINAL_STATUSES, Change, status_at
from exchange.core.model import ContentDigest, Status
from exchange.core.turns import Place, ahead, in_turn, is_restriction, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One accepted statement about a certificate."""

    content_digest: ContentDigest
    received_at: datetime
    """Its proof time."""
    claim: NewAttestation | NewStatusChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a certificate stands at an instant."""

    status: Status
    """By the clock: a date that has passed speaks for itself."""
    since: datetime
    """From when the status holds."""
    by: ContentDigest
    """The statement that made the status."""
    change: Change | None = None
    """What kind of change that was; `None` when a revision, or the date, made the status."""
    reasons: tuple[str, ...] = ()
    """Codes of `MRHUB-REASON`, of that change."""
    revision: int
    latest: ContentDigest
    """The revision in force."""
    expires_at: datetime | None
    """The first instant after the last valid day."""
    sequence: int
    """Of the last change whose turn has come."""
    missing: tuple[int, ...] = ()
    """Numbers that are missing before restrictions that stand already."""
    parts: frozenset[str] = frozenset()
    """What is left of the scope; none means that its parts have no names."""
    suspension_end: datetime | None = None
    """The first instant after the last day of the suspension, while it is suspended."""
    next_surveillance: date | None = None
    """The day by which the next surveillance is due, in the zone of the issuer."""
    successor: ContentDigest | None = None
    """The attestation that a transfer names as taking its place."""

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow: withdrawn, cancelled, superseded."""
        return self.status in FINAL_STATUSES

    @property
    def is_valid(self) -> bool:
        """Whether it is in force."""
        return self.status is Status.ACTIVE

    def suspension_is_overdue(self, at: datetime) -> bool:
        """Tell whether the suspension has outlived the end that it stated (STC-06)."""
        return self.suspension_end is not None and at >= self.suspension_end


@dataclass(frozen=True, slots=True)
class Life:
    """Everything accepted about one certificate, folded."""

    told: tuple[Told, ...]
    """Every statement, in the order of the commits."""
    ordered: tuple[Told, ...] = field(init=False)
    """Those whose turn has come, in the order of signing."""
    early: tuple[Told, ...] = field(init=False)
    """Restrictions that stand ahead of their turn, by sequence number."""
    waiting: tuple[Told, ...] = field(init=False)
    """What waits for a missing change and has no effect yet."""

    def __post_init__(self) -> None:
        """Put the statements in their order."""
        order = _Order()
        for one in self.told:
            order.hear(one)
        object.__setattr__(self, "ordered", tuple(order.ordered))
        object.__setattr__(self, "early", tuple(order.by_sequence()))
        object.__setattr__(self, "waiting", tuple(order.waiting))

    @classmethod
    def of(cls, told: Iterable[Told], *, known_at: datetime | None = None) -> Life:
        """Return the life that follows from statements.

        Args:
            told: Accepted, in the order of the commits; the first is a revision.
            known_at: Only what had arrived by then.
        """
        return cls(tuple(one for one in told if known_at is None or one.received_at <= known_at))

    @property
    def latest(self) -> Standing:
        """What stands after everything that was told, whenever it takes effect.

        This is what the register's columns hold, and what the next statement starts from.

        Raises:
            ValueError: Nothing was told.
        """
        found = self._fold(lambda _: True)
        if found is None:
            raise ValueError("expected a certificate, found none")
        return found

    def at(self, instant: datetime) -> Standing | None:
        """Return how the certificate stands at an instant, `None` before it began.

        A change counts from the instant at which it takes effect; the first revision from when
        the status that it declares holds, a later one from its arrival.
        """
        begins = self._beginnings()
        found = self._fold(lambda one: begins[one.content_digest] <= instant)
        if found is None:
            return None
        status = status_at(found.status, found.expires_at, instant)
        if status is found.status or found.expires_at is None:
            return found
        return replace(
            found,
            status=status,
            since=found.expires_at,
            by=found.latest,
            change=None,
            reasons=(),
            suspension_end=None,
        )

    def _beginnings(self) -> Mapping[ContentDigest, datetime]:
        """Return from when each statement counts."""
        found: dict[ContentDigest, datetime] = {}
        status: Status | None = None
        for one in self.ordered:
            if isinstance(one.claim, NewAttestation):
                # What was not in force until now cannot be made so for days that have passed.
                found[one.content_digest] = one.claim.since if status is None else one.received_at
                status = one.claim.status
            else:
                found[one.content_digest] = one.claim.effective_at
                status = one.claim.new
        for one in self.early:
            if isinstance(one.claim, NewStatusChange):
                found[one.content_digest] = one.claim.effective_at
        return found

    def _fold(self, counts: Callable[[Told], bool]) -> Standing | None:
        """Return what stands after those statements that count."""
        standing: Standing | None = None
        for one in self.ordered:
            if not counts(one):
                continue
            if isinstance(one.claim, NewAttestation):
                standing = _revised(standing, one, one.claim)
            elif standing is not None:
                standing = _changed(standing, one, one.claim, in_turn)
        early = [one for one in self.early if counts(one)]
        claims = [one.claim for one in early if isinstance(one.claim, NewStatusChange)]
        for one, claim in zip(early, claims, strict=True):
            if standing is not None:
                standing = _changed(standing, one, claim, ahead)
        if standing is None or not claims:
            return standing
        return replace(standing, missing=missing(standing.sequence, claims))


class _Order:
    """Puts statements in the order of signing while they arrive in another."""

    def __init__(self) -> None:
        self.ordered: list[Told] = []
        self.waiting: list[Told] = []
        self._early: dict[int, Told] = {}
        self._sequence = 0

    def hear(self, one: Told) -> None:
        """Take the next arrival."""
        self.waiting.append(one)
        while (ready := next((w for w in self.waiting if self._takes(w)), None)) is not None:
            self.waiting.remove(ready)

    def by_sequence(self) -> Iterable[Told]:
        """Return what stands ahead of its turn."""
        return (self._early[number] for number in sorted(self._early))

    def _takes(self, one: Told) -> bool:
        """Let a statement take its turn, or stand ahead of it, if it can."""
        claim = one.claim
        if isinstance(claim, NewAttestation):
            if self._early:
                return False
            self.ordered.append(one)
            return True
        if claim.sequence != self._sequence + 1:
            if not is_restriction(claim) or claim.sequence <= self._sequence:
                return False
            # The first of two with one number stands; admission lets no second one in.
            self._early.setdefault(claim.sequence, one)
            return self._early[claim.sequence] is one
        self.ordered.append(one)
        self._sequence += 1
        while (early := self._early.pop(self._sequence + 1, None)) is not None:
            self.ordered.append(early)
            self._sequence += 1
        return True


def _revised(before: Standing | None, one: Told, claim: NewAttestation) -> Standing:
    """Return what stands after a revision."""
    unchanged = before is not None and before.status is claim.status
    kept = before if unchanged else None
    return Standing(
        status=claim.status,
        since=claim.since if kept is None else kept.since,
        by=one.content_digest if kept is None else kept.by,
        change=None if kept is None else kept.change,
        reasons=() if kept is None else kept.reasons,
        revision=claim.revision,
        latest=one.content_digest,
        expires_at=claim.expires_at,
        sequence=0 if before is None else before.sequence,
        parts=claim.parts,
        suspension_end=None if kept is None else kept.suspension_end,
        next_surveillance=claim.next_surveillance,
        successor=None if before is None else before.successor,
    )


def _changed(
    before: Standing,
    one: Told,
    claim: NewStatusChange,
    step: Callable[[Place, NewStatusChange], Place],
) -> Standing:
    """Return what stands after a status change, in its turn or ahead of it."""
    place = step(
        Place(
            status=before.status,
            since=before.since,
            sequence=before.sequence,
            parts=before.parts,
        ),
        claim,
    )
    moved = place.status is not before.status
    takes_place = place.status is claim.new
    standing = replace(
        before,
        status=place.status,
        since=place.since,
        sequence=place.sequence,
        parts=place.parts,
        next_surveillance=claim.next_surveillance or before.next_surveillance,
        successor=(claim.successor or before.successor) if takes_place else before.successor,
    )
    if not moved:
        return standing
    return replace(
        standing,
        by=one.content_digest,
        change=claim.change,
        reasons=claim.reasons,
        suspension_end=claim.suspension_end if place.status is Status.SUSPENDED else None,
    )
