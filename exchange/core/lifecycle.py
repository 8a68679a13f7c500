"""States are tables: what may follow what stands here and nowhere else.

- `DELIVERY`: the life of a delivery. Every state that is not final has a time at which
  something happens next (`FINAL`); a dead letter is final until somebody sends it again.
- `STATUS`: the life of an attestation (documents and rules, section 8.1), `CHANGES`: which
  move each kind of change makes (ISO/IEC 17021-1, 9.6), `REVISIONS`: which status a new
  revision may declare.
- A move that is not in its table does not happen.

Example:
    >>> move(Delivery.READY, Act.LEASE)
    <Delivery.LEASED: 'leased'>
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from exchange.core.model import Status


class Mode(StrEnum):
    """How an addressee gets its statements."""

    PULL = "pull"
    """It asks, and holds a lease until it acknowledges."""
    PUSH = "push"
    """The hub sends them to its endpoint."""


class Delivery(StrEnum):
    """The states of a delivery."""

    HELD = "held"
    """The statement waits for its predecessor."""
    READY = "ready"
    """To be handed out or sent from its next action time on."""
    LEASED = "leased"
    """Handed out, or being sent, until its next action time; then it counts as ready."""
    ACKNOWLEDGED = "acknowledged"
    """The addressee's signed acknowledgement is kept, whatever it says."""
    ABANDONED = "abandoned"
    """A dead letter: the hub gave up, and an operator can send it again."""


class Act(StrEnum):
    """What can happen to a delivery."""

    RELEASE = "release"
    LEASE = "lease"
    ACKNOWLEDGE = "acknowledge"
    FAIL = "fail"
    ABANDON = "abandon"
    RESEND = "resend"


DELIVERY: Final[Mapping[Delivery, Mapping[Act, Delivery]]] = MappingProxyType(
    {
        Delivery.HELD: {Act.RELEASE: Delivery.READY, Act.ABANDON: Delivery.ABANDONED},
        Delivery.READY: {
            Act.LEASE: Delivery.LEASED,
            # An answer can arrive after an attempt that seemed to fail.
            Act.ACKNOWLEDGE: Delivery.ACKNOWLEDGED,
            Act.ABANDON: Delivery.ABANDONED,
        },
        Delivery.LEASED: {
            # A lease that ran out is given anew.
            Act.LEASE: Delivery.LEASED,
            Act.ACKNOWLEDGE: Delivery.ACKNOWLEDGED,
            Act.FAIL: Delivery.READY,
            Act.ABANDON: Delivery.ABANDONED,
        },
        Delivery.ACKNOWLEDGED: {},
        Delivery.ABANDONED: {
            Act.RESEND: Delivery.READY,
            # A late acknowledgement is worth more than the opinion that none would come.
            Act.ACKNOWLEDGE: Delivery.ACKNOWLEDGED,
        },
    }
)

FINAL: Final = frozenset({Delivery.ACKNOWLEDGED, Delivery.ABANDONED})
"""States without a next action time."""

IN_TURN: Final = frozenset({Delivery.READY, Delivery.LEASED})
"""States that hold back later deliveries to the same addressee with the same order key. One
that is held does not: it waits for exactly those."""


def move(state: Delivery, act: Act) -> Delivery:
    """Return the state that follows.

    Raises:
        ValueError: The act is not possible in this state.
    """
    try:
        return DELIVERY[state][act]
    except KeyError:
        raise ValueError(f"a delivery that is {state} cannot {act}") from None


def sources(act: Act) -> tuple[Delivery, ...]:
    """Return the states in which the act is possible, for the condition of an update."""
    return tuple(state for state, moves in DELIVERY.items() if act in moves)


def target(act: Act) -> Delivery:
    """Return the one state to which the act leads; the table has one for each act."""
    (state,) = {moves[act] for moves in DELIVERY.values() if act in moves}
    return state


class Change(StrEnum):
    """Why a status changes. Source: documents and rules, section 7.3, ChangeType."""

    GRANT = "grant"
    MAINTAIN = "maintain"
    EXTEND = "extend"
    REDUCE = "reduce"
    SUSPEND = "suspend"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RENEW = "renew"
    TRANSFER = "transfer"
    CORRECT = "correct"


STATUS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.ACTIVE}),
        Status.ACTIVE: frozenset(
            {
                Status.SUSPENDED,
                Status.WITHDRAWN,
                Status.CANCELLED,
                Status.EXPIRED,
                Status.SUPERSEDED,
            }
        ),
        Status.SUSPENDED: frozenset(
            {Status.ACTIVE, Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED}
        ),
        Status.WITHDRAWN: frozenset(),
        Status.CANCELLED: frozenset(),
        # To active only as a renewal with a new revision: `REVISIONS`.
        Status.EXPIRED: frozenset(),
        Status.SUPERSEDED: frozenset(),
    }
)
"""Moves by a status change. Source: documents and rules, section 8.1."""

FINAL_STATUSES: Final = frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED})
"""Nothing follows these. An expired certificate can be renewed, so expiry is not among them."""

RESTRICTIONS: Final = frozenset(
    {Change.SUSPEND, Change.WITHDRAW, Change.CANCEL, Change.REDUCE, Change.EXPIRE}
)
"""Changes that take effect on arrival, even ahead of their turn; all others wait for it."""

_LIVE: Final = frozenset({Status.ACTIVE, Status.SUSPENDED})
_SAME: Final = frozenset((status, status) for status in _LIVE)


def _from_live(new: Status) -> frozenset[tuple[Status, Status]]:
    return frozenset((status, new) for status in _LIVE)


CHANGES: Final[Mapping[Change, frozenset[tuple[Status, Status]]]] = MappingProxyType(
    {
        Change.GRANT: frozenset({(Status.DRAFT, Status.ACTIVE)}),
        Change.MAINTAIN: frozenset({(Status.ACTIVE, Status.ACTIVE)}),
        Change.EXTEND: frozenset({(Status.ACTIVE, Status.ACTIVE)}),
        # A body may lift a suspension by taking the part away that caused it.
        Change.REDUCE: _SAME | {(Status.SUSPENDED, Status.ACTIVE)},
        Change.SUSPEND: frozenset({(Status.ACTIVE, Status.SUSPENDED)}),
        Change.RESTORE: frozenset({(Status.SUSPENDED, Status.ACTIVE)}),
        Change.WITHDRAW: _from_live(Status.WITHDRAWN),
        Change.CANCEL: _from_live(Status.CANCELLED),
        Change.EXPIRE: _from_live(Status.EXPIRED),
        Change.RENEW: frozenset(
            {(Status.ACTIVE, Status.ACTIVE), (Status.ACTIVE, Status.SUPERSEDED)}
        ),
        # What is suspended is not transferred.
        Change.TRANSFER: frozenset(
            {(Status.ACTIVE, Status.ACTIVE), (Status.ACTIVE, Status.SUPERSEDED)}
        ),
        Change.CORRECT: _SAME,
    }
)
"""Which moves each kind of change makes; staying is a move too. Source: STC-03."""

REVISIONS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.DRAFT, Status.ACTIVE}),
        Status.ACTIVE: frozenset({Status.ACTIVE}),
        Status.SUSPENDED: frozenset({Status.SUSPENDED}),
        Status.WITHDRAWN: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.EXPIRED: frozenset({Status.ACTIVE}),
        Status.SUPERSEDED: frozenset(),
    }
)
"""The status that a new revision may declare, by that of the register (STA-01)."""

FIRST: Final = frozenset({Status.DRAFT, Status.ACTIVE})
"""The status that a first revision may declare (STA-01: any other needs a status change)."""

TAKEN_OVER: Final = frozenset(Status) - {Status.DRAFT, Status.SUPERSEDED}
"""The status with which a certificate older than the hub may enter."""


def status_at(status: Status, expires_at: datetime | None, at: datetime) -> Status:
    """Return the status at an instant: a date that has passed speaks for itself.

    Args:
        status: What the register holds.
        expires_at: The first instant after the last valid day; `None` is open.
        at: Aware instant.
    """
    if status in _LIVE and expires_at is not None and at >= expires_at:
        return Status.EXPIRED
    return status
