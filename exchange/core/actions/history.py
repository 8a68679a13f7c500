"""Everything again, from the octets alone: every seal, every person's signature, every quorum.

- The first statement is the founding, and its key certificate is the root that the reader pins.
- Each statement takes gates 1 to 3; then the fold asks of it what it asked when it arrived.
- Nothing that a database says is believed, the instant of receipt included: it is held against
  the signing time of the seal, which is what counts.
- An action that was left out is found where another one rests on it: an approval of a proposal
  that is missing, a change made from an entry that nobody made. That none is missing at the end
  is shown by the ledger, in which every action has its receipt.

Example:
    >>> verified = verify_history(exported, root=pinned, catalogue=catalogue, limits=limits,
    ...                           algorithms=ALGORITHMS)
    >>> [one.persons for one in verified.actions]
    [(), ('XX-HUB-01/li-wei',), ('XX-HUB-01/li-wei', 'XX-HUB-01/anna-berg')]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.codes.actions import ActionCode
from exchange.core.actions.document import sealed_action
from exchange.core.actions.fold import fold
from exchange.core.actions.founding import begin
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Activate,
    Approve,
    Found,
    PersonId,
    SealedAction,
)
from exchange.core.algorithms import AlgorithmTable
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint, Kind
from exchange.core.periods import in_zulu
from exchange.core.schema import Catalogue, conform
from exchange.core.signature import verify
from exchange.core.trust_values import POLICY
from exchange.core.xml import parse
from exchange.errors import ExchangeError, Finding, RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAction:
    """One action of a history that holds."""

    number: int
    """1 for the founding."""
    sealed: SealedAction
    persons: tuple[PersonId, ...]
    """On whose word it counts: nobody's for the founding, two persons' for an approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedHistory:
    """A history that holds, with the state that follows from it."""

    state: TrustState
    actions: tuple[VerifiedAction, ...]


def verify_history(
    statements: Iterable[tuple[bytes, datetime]],
    *,
    root: Fingerprint,
    catalogue: Catalogue,
    limits: Limits,
    algorithms: AlgorithmTable,
) -> VerifiedHistory:
    """Return the state of trust that follows from sealed actions, everything checked again.

    Args:
        statements: Octets of each sealed action with the instant at which the hub says that it
            received it, in the order of the ledger, the founding first.
        root: The pinned root: SHA-256 of its key certificate.
        catalogue: The registered schemas.
        limits: Sizes beyond which a statement is refused.
        algorithms: The table in force.

    Raises:
        RuleError: Something does not hold; the path of each finding begins with the number of
            the action, such as `/History/Action[3]`.
    """
    state: TrustState | None = None
    actions: list[VerifiedAction] = []
    for number, (data, received_at) in enumerate(statements, 1):
        try:
            sealed = open_action(data, catalogue=catalogue, limits=limits, algorithms=algorithms)
            _received(sealed, received_at)
            if state is None:
                if sealed.sealed_by != root:
                    raise RuleError(
                        _fault(
                            ActionCode.ROOT,
                            f"expected root {root.hex()}, found {sealed.sealed_by.hex()}",
                        )
                    )
                state = begin(sealed)
            else:
                state = fold(state, (sealed,))
        except ExchangeError as exc:
            raise RuleError(
                *(replace(one, path=f"/History/Action[{number}]{one.path}") for one in exc.findings)
            ) from exc
        actions.append(
            VerifiedAction(number=number, sealed=sealed, persons=_persons(state, sealed))
        )
    if state is None:
        # An empty history means no: nobody founded anything.
        raise RuleError(_fault(ActionCode.FOUNDING, "expected the founding, found no action"))
    return VerifiedHistory(state=state, actions=tuple(actions))


def open_action(
    data: bytes, *, catalogue: Catalogue, limits: Limits, algorithms: AlgorithmTable
) -> SealedAction:
    """Return a sealed action from its octets, the seal verified and its key not yet judged.

    Raises:
        RejectedError: Gates 1 to 3 refuse it, or it is no action.
    """
    signed = verify(conform(parse(data, limits), catalogue, limits), algorithms)
    if signed.kind is not Kind.ACTION:
        raise RuleError(
            _fault(ActionCode.UNREADABLE, f"expected an action, found a {signed.kind.value}")
        )
    return sealed_action(signed)


def _received(sealed: SealedAction, received_at: datetime) -> None:
    # The founding is signed at the ceremony and received when the hub opens first.
    if isinstance(sealed.action.word, Found):
        return
    if abs(received_at - sealed.at) > POLICY.clock_tolerance:
        raise RuleError(
            _fault(
                ActionCode.RECEIVED_AT,
                f"expected {in_zulu(sealed.at)}, at which it was sealed, found "
                f"{in_zulu(received_at)}",
            )
        )


def _persons(state: TrustState, sealed: SealedAction) -> tuple[PersonId, ...]:
    """Whoever proposed and approved what an action decides."""
    word = sealed.action.word
    if isinstance(word, Approve | Activate):
        proposal = state.proposals[word.proposal]
        return tuple(one for one in (proposal.proposer, proposal.decided_by) if one is not None)
    return () if sealed.action.person is None else (sealed.action.person,)


def _fault(code: ActionCode, message: str) -> Finding:
    return Finding(code=code, path="", message=message)
