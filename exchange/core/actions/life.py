"""The life of a trust key, a proposal, a body and an accreditation, as tables.

- `KEY`: the states of a key and the moves between them. What two persons decide, what one
  person may do in an emergency, and what the clock does are moves of the same table (`BY`).
- `PROPOSAL`: a proposal is open until a second person answers it.
- `BODY` and `ACCREDITATION`: every move of theirs is made by two persons, but for the suspension
  of a body, which one person may do in an emergency.
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

from exchange.core.competence import AccreditationState
from exchange.core.trust_values import BodyState


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
        ProposalState.APPROVED: {
            ProposalMove.ACTIVATE: ProposalState.ACTIVE,
            # Until it counts, one officer can stop it: to do nothing takes one word.
            ProposalMove.REJECT: ProposalState.REJECTED,
            # An emergency or another change came first: what waits must not undo it.
            ProposalMove.OVERTAKE: ProposalState.OUTDATED,
        },
        ProposalState.ACTIVE: {},
        ProposalState.REJECTED: {},
        ProposalState.OUTDATED: {},
    }
)


class BodyMove(StrEnum):
    """What can happen to a body."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    END = "end"


BODY: Final[Mapping[BodyState, Mapping[BodyMove, BodyState]]] = MappingProxyType(
    {
        BodyState.ACTIVE: {
            BodyMove.SUSPEND: BodyState.SUSPENDED,
            BodyMove.END: BodyState.ENDED,
        },
        BodyState.SUSPENDED: {
            BodyMove.RESTORE: BodyState.ACTIVE,
            BodyMove.END: BodyState.ENDED,
        },
        # A body that begins again is another body, with another identifier.
        BodyState.ENDED: {},
    }
)


class AccreditationMove(StrEnum):
    """What can happen to an accreditation."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    WITHDRAW = "withdraw"


ACCREDITATION: Final[
    Mapping[AccreditationState, Mapping[AccreditationMove, AccreditationState]]
] = MappingProxyType(
    {
        AccreditationState.ACTIVE: {
            AccreditationMove.SUSPEND: AccreditationState.SUSPENDED,
            AccreditationMove.WITHDRAW: AccreditationState.WITHDRAWN,
        },
        AccreditationState.SUSPENDED: {
            AccreditationMove.RESTORE: AccreditationState.ACTIVE,
            AccreditationMove.WITHDRAW: AccreditationState.WITHDRAWN,
        },
        # One that is granted again has another number, or at least another beginning.
        AccreditationState.WITHDRAWN: {},
    }
)
