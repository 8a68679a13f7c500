"""Find: what was committed, for those whom it concerns; to others it does not exist.

- Submitter, issuer and addressees see a statement, its receipts and its proofs.
- Whoever may not see a thing gets the answer that it does not exist, so that nobody learns
  anything by asking.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.codes.service import RefusedCode
from exchange.core.entry import (
    StoredCheckpoint,
    StoredMessage,
    StoredReceipt,
    StoredStatement,
)
from exchange.core.model import ContentDigest, Kind, MessageId
from exchange.errors import Finding, RefusedError
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.hub import Hub
from exchange.service.identify import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafProof:
    """That one receipt is in the ledger of a checkpoint."""

    receipt: StoredReceipt
    record: bytes
    """The public record that is the leaf."""
    path: tuple[bytes, ...]
    """Sibling hashes from the leaf upwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A checkpoint and a proof for every receipt of a statement that it covers."""

    checkpoint: StoredCheckpoint
    leaves: tuple[LeafProof, ...]


async def find_message(hub: Hub, caller: Caller, message_id: MessageId) -> StoredMessage:
    """Return a message of the caller's own.

    Raises:
        RefusedError: There is none.
    """
    found = await hub.store.find_message(caller.id, message_id)
    if found is None:
        raise nothing(f"no message {message_id}")
    return found


async def find_statement(hub: Hub, caller: Caller, digest: ContentDigest) -> StoredStatement:
    """Return a statement with its octets.

    Raises:
        RefusedError: There is none for this caller.
    """
    await _require_visible(hub, caller, digest)
    found = await hub.store.statement(digest)
    if found is None:
        raise nothing(f"no statement {digest.hex()}")
    return found


async def find_action(hub: Hub, digest: ContentDigest) -> StoredStatement:
    """Return an action of an administrator; administrators see all of them, and nothing else.

    Raises:
        RefusedError: There is none.
    """
    found = await hub.store.statement(digest)
    if found is None or found.kind is not Kind.ACTION:
        raise nothing(f"no action {digest.hex()}")
    return found


async def find_receipts(
    hub: Hub, caller: Caller, digest: ContentDigest
) -> tuple[StoredReceipt, ...]:
    """Return every receipt about a statement, in the order of the ledger.

    Raises:
        RefusedError: There is no such statement for this caller.
    """
    await _require_visible(hub, caller, digest)
    return await hub.store.receipts(digest)


async def find_proof(hub: Hub, caller: Caller, digest: ContentDigest) -> Proof:
    """Return proofs for every receipt about a statement, under the latest checkpoint.

    Raises:
        RefusedError: There is no such statement for this caller, or no checkpoint yet.
    """
    receipts = await find_receipts(hub, caller, digest)
    # What was committed a moment ago is under no checkpoint yet.
    await sign_checkpoint(hub)
    checkpoint = await find_checkpoint(hub)
    leaves: list[LeafProof] = []
    for receipt in receipts:
        if receipt.index < checkpoint.size:
            path = await hub.store.inclusion_proof(receipt.index, checkpoint.size)
            (leaf,) = await hub.store.leaves(receipt.index, receipt.index + 1)
            leaves.append(LeafProof(receipt=receipt, record=leaf.record(), path=tuple(path)))
    return Proof(checkpoint=checkpoint, leaves=tuple(leaves))


async def find_checkpoint(hub: Hub) -> StoredCheckpoint:
    """Return the latest signed checkpoint.

    Raises:
        RefusedError: Nothing was signed yet.
    """
    found = await hub.store.latest_checkpoint()
    if found is None:
        raise nothing("no checkpoint was signed yet")
    return found


async def find_consistency(hub: Hub, first: int, second: int) -> tuple[bytes, ...]:
    """Return the proof that the ledger of one size begins like that of another.

    Raises:
        RefusedError: The sizes are not in order, or the ledger is smaller.
    """
    size = await hub.store.tree_size()
    if not 0 <= first <= second <= size:
        raise RefusedError(
            Finding(
                code=RefusedCode.PARAMETER,
                message=f"expected 0 <= first <= second <= {size}, found {first} and {second}",
            )
        )
    if first in {0, second}:
        # Everything begins with nothing, and with itself: there is nothing to prove.
        return ()
    return tuple(await hub.store.consistency_proof(first, second))


async def _require_visible(hub: Hub, caller: Caller, digest: ContentDigest) -> None:
    if not await hub.store.visible_to(digest, caller.id):
        raise nothing(f"no statement {digest.hex()}")


def nothing(message: str) -> RefusedError:
    """Return the answer for what is not there, or not for this caller."""
    return RefusedError(Finding(code=RefusedCode.NOT_FOUND, message=message))
