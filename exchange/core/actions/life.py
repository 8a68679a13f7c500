"""The life of a trust key and of a proposal, as tables.

- `KEY`: the states of a key and the moves between them. What two persons decide, what one
  person may do in an emergency, and what the clock does are moves of the same table (`BY`).
- `PROPOSAL`: a proposal is open until a second person answers it.
- A move that is not in its table does not happen. The diagrams in the README are made from
  these tables.

Example:
    >>> KEY[KeyState.ACTIVE][KeyMove.SUSPEND]
    <KeyState.SUSPENDED: 'suspended'>
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class KeyState(StrEnum):
    """Where a key stands."""

    PROPOSED = "proposed"
    """One person has brought it; it is on no list and counts for nothing."""
    APPROVED = "approved"
    """On the list with a beginning that lies ahead, so that partners know it in time."""
    ACTIVE = "active"
    """Signs."""
    RETIRING = "retiring"
    """Signs no more; what it signed before and arrives late is accepted until its last day."""
    RETIRED = "retired"
    """Nothing that arrives now is accepted; what was accepted stays good."""
    SUSPENDED = "suspended"
    """Nothing is accepted, until two persons restore it."""
    REVOKED = "revoked"
    """Nothing is accepted ever again; what existed before the revocation stays good."""


class KeyMove(StrEnum):
    """What can happen to a key."""

    APPROVE = "approve"
    REJECT = "reject"
    BEGIN = "begin"
    RETIRE = "retire"
    END = "end"
    SUSPEND = "suspend"
    RESTORE = "restore"
    REVOKE = "revoke"


class By(StrEnum):
    """On whose word a move happens."""

    TWO = "two persons"
    ONE = "one person"
    CLOCK = "the clock"


BY: Final[Mapping[KeyMove, By]] = MappingProxyType(
    {
        KeyMove.APPROVE: By.TWO,
        KeyMove.REJECT: By.ONE,
        KeyMove.BEGIN: By.CLOCK,
        KeyMove.RETIRE: By.CLOCK,
        KeyMove.END: By.CLOCK,
        KeyMove.SUSPEND: By.ONE,
        KeyMove.RESTORE: By.TWO,
        KeyMove.REVOKE: By.TWO,
    }
)
"""Retiring and ending happen by the clock at instants that two persons have set."""

KEY: Final[Mapping[KeyState, Mapping[KeyMove, KeyState | None]]] = MappingProxyType(
    {
        KeyState.PROPOSED: {
            KeyMove.APPROVE: KeyState.APPROVED,
            # Gone, as if it had never been brought; the actions that say so stay.
            KeyMove.REJECT: None,
        },
        KeyState.APPROVED: {
            KeyMove.BEGIN: KeyState.ACTIVE,
            KeyMove.SUSPEND: KeyState.SUSPENDED,
            KeyMove.REVOKE: KeyState.REVOKED,
        },
        KeyState.ACTIVE: {
            KeyMove.RETIRE: KeyState.RETIRING,
            KeyMove.SUSPEND: KeyState.SUSPENDED,
            KeyMove.REVOKE: KeyState.REVOKED,
        },
        KeyState.RETIRING: {
            KeyMove.END: KeyState.RETIRED,
            KeyMove.SUSPEND: KeyState.SUSPENDED,
            KeyMove.REVOKE: KeyState.REVOKED,
        },
        KeyState.RETIRED: {
            # A compromise can be found out late, and what is judged again must know of it.
            KeyMove.REVOKE: KeyState.REVOKED,
        },
        KeyState.SUSPENDED: {
            KeyMove.RESTORE: KeyState.ACTIVE,
            KeyMove.END: KeyState.RETIRED,
            KeyMove.REVOKE: KeyState.REVOKED,
        },
        KeyState.REVOKED: {},
    }
)


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    """Decided, and waiting for its date or for its partners."""
    ACTIVE = "active"
    REJECTED = "rejected"
    OUTDATED = "outdated"
    """What it was made from has changed since; it has to be made again."""


class ProposalMove(StrEnum):
    """What can happen to a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    OVERTAKE = "overtake"
    ACTIVATE = "activate"


PROPOSAL: Final[Mapping[ProposalState, Mapping[ProposalMove, ProposalState]]] = MappingProxyType(
    {
        ProposalState.OPEN: {
            ProposalMove.APPROVE: ProposalState.APPROVED,
            ProposalMove.REJECT: ProposalState.REJECTED,
            ProposalMove.OVERTAKE: ProposalState.OUTDATED,
        },
        ProposalState.APPROVED: {ProposalMove.ACTIVATE: ProposalState.ACTIVE},
        ProposalState.ACTIVE: {},
        ProposalState.REJECTED: {},
        ProposalState.OUTDATED: {},
    }
)
