"""What shall be rehearsed: a draft that nobody has signed, or a proposal that waits.

A draft is read like an action, and is none: it carries no person's signature, so that nobody can
make a proposal of what was only rehearsed.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.codes.service import RefusedCode
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import Activation, Change, Propose
from exchange.core.model import ContentDigest
from exchange.errors import Finding, RefusedError
from exchange.service.act import read_unsealed
from exchange.service.find import nothing
from exchange.service.hub import Hub
from exchange.service.pace import paced


async def drafted(hub: Hub, data: bytes) -> tuple[Sequence[Change], Activation]:
    """Return what a draft would change, and when.

    Args:
        hub: Administers trust.
        data: An action that proposes, without a person's signature.

    Raises:
        RefusedError: It proposes nothing, or somebody has signed it.
        RejectedError: The octets are no action.
    """
    action, _ = await paced(len(data), read_unsealed, data, hub.snapshot)
    if action.person is not None:
        raise _refused("expected a draft that nobody has signed, found a signature")
    if not isinstance(action.word, Propose):
        raise _refused(f"expected a proposal, found {type(action.word).__name__.lower()}")
    return action.word.changes, action.word.activation


def proposed(state: TrustState, digest: ContentDigest) -> tuple[Sequence[Change], Activation]:
    """Return what a proposal would change, and when.

    Raises:
        RefusedError: There is no such proposal, or it waits no more.
    """
    found = state.proposals.get(digest)
    if found is None:
        raise nothing(f"no proposal {digest.hex()}")
    if digest not in state.waiting:
        raise _refused(f"expected a proposal that waits, found one that is {found.state.value}")
    return found.changes, found.activation


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.BODY, message=message))
