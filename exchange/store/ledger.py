"""The ledger in the database: its right edge, some of its nodes, and proofs from them.

Leaf hashes are computed from the receipts, and nodes below `LOWEST` from up to that many
leaves, so that only one node is stored for each `2 ** LOWEST` leaves. A proof costs two
queries whatever the size of the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update

from exchange.codes.store import StoreCode
from exchange.core.entry import StoredCheckpoint
from exchange.core.ledger import (
    Digest,
    Frontier,
    Leaf,
    LeafKind,
    Node,
    Range,
    consistency_ranges,
    extend,
    hash_ranges,
    inclusion_ranges,
    leaf_hash,
)
from exchange.errors import Finding, StoreError
from exchange.store.engine import Record
from exchange.store.rows import write_rows
from exchange.store.tables import CHECKPOINTS, LEDGER, NODES, RECEIPTS, STATEMENTS

LOWEST: Final = 4
"""Level of the lowest nodes that are stored: each covers 16 leaves."""

CONTENT: Final = func.coalesce(RECEIPTS.c.content_digest, STATEMENTS.c.content_digest)
"""The content digest in the leaf of a receipt; outer join the statements for it."""

_LEAVES: Final[Select[Any]] = select(
    RECEIPTS.c.position,
    RECEIPTS.c.leaf_kind,
    CONTENT.label("content_digest"),
    RECEIPTS.c.digest,
).outerjoin(STATEMENTS, STATEMENTS.c.sequence == RECEIPTS.c.statement)
_LOCK: Final = select(LEDGER.c.size, LEDGER.c.frontier).with_for_update()
_NODES: Final = insert(NODES)
_GROW: Final = update(LEDGER)


def lock(connection: Connection) -> Frontier:
    """Return the right edge, and let nobody else write until this transaction ends."""
    row = connection.execute(_LOCK).one()
    return Frontier.of(row.size, row.frontier)


def append(connection: Connection, frontier: Frontier, leaves: Sequence[Leaf]) -> Frontier:
    """Write what follows from new leaves; their receipts are written by the caller."""
    grown, complete = extend(frontier, (leaf_hash(leaf.record()) for leaf in leaves))
    nodes = [
        {"level": node.level, "place": node.place, "hash": digest}
        for node, digest in complete
        if node.level >= LOWEST
    ]
    if nodes:
        write_rows(connection, _NODES, nodes)
    connection.execute(_GROW, {"size": grown.size, "frontier": grown.octets()})
    return grown


def size(connection: Connection) -> int:
    """Return the number of leaves."""
    return int(connection.execute(select(LEDGER.c.size)).scalar_one())


def leaves(connection: Connection, start: int, end: int) -> tuple[Leaf, ...]:
    """Return the public records of a range; what lies beyond the end is left out."""
    rows = connection.execute(
        _LEAVES.where(RECEIPTS.c.position >= start, RECEIPTS.c.position < end).order_by(
            RECEIPTS.c.position
        )
    )
    return tuple(map(_leaf, rows))


def _leaf(row: Record) -> Leaf:
    return Leaf(
        kind=LeafKind(row.leaf_kind),
        content_digest=row.content_digest,
        receipt_digest=row.digest,
    )


def _fetch(connection: Connection, nodes: Sequence[Node]) -> list[Digest]:
    """Return hashes of perfect subtrees in the order asked for."""
    stored = [node for node in nodes if node.level >= LOWEST]
    low = [node for node in nodes if node.level < LOWEST]
    found: dict[Node, Digest] = {}
    if stored:
        rows = connection.execute(
            select(NODES.c.level, NODES.c.place, NODES.c.hash).where(
                or_(
                    *(
                        and_(NODES.c.level == level, NODES.c.place == place)
                        for level, place in stored
                    )
                )
            )
        )
        found = {Node(row.level, row.place): Digest(row.hash) for row in rows}
    if low:
        spans = [(node.place << node.level, (node.place + 1) << node.level) for node in low]
        rows = connection.execute(
            _LEAVES.where(
                or_(
                    *(
                        and_(RECEIPTS.c.position >= start, RECEIPTS.c.position < end)
                        for start, end in spans
                    )
                )
            )
        )
        hashes = {row.position: leaf_hash(_leaf(row).record()) for row in rows}
        for node, (start, end) in zip(low, spans, strict=True):
            if all(at in hashes for at in range(start, end)):
                frontier, _ = extend(Frontier(), (hashes[at] for at in range(start, end)))
                found[node] = frontier.root()
    missing = [node for node in nodes if node not in found]
    if missing:
        raise StoreError(
            Finding(
                code=StoreCode.DAMAGED,
                message=f"expected every node of the ledger, found none at {missing[0]}",
            )
        )
    return [found[node] for node in nodes]


def _hashes(connection: Connection, ranges: Sequence[Range]) -> tuple[Digest, ...]:
    return hash_ranges(ranges, lambda nodes: _fetch(connection, nodes))


def root(connection: Connection, at_size: int) -> Digest:
    """Return the root of the first leaves.

    Raises:
        IndexError: There are fewer.
    """
    _reached(connection, at_size)
    (digest,) = _hashes(connection, (Range(0, at_size),))
    return digest


def inclusion_proof(connection: Connection, index: int, at_size: int) -> tuple[Digest, ...]:
    """Return the audit path of one leaf in the tree of a size.

    Raises:
        IndexError: There is no such leaf, or no such tree yet.
    """
    _reached(connection, at_size)
    return _hashes(connection, inclusion_ranges(index, at_size))


def consistency_proof(connection: Connection, first: int, second: int) -> tuple[Digest, ...]:
    """Return the proof that the tree of size `second` begins with that of size `first`.

    Raises:
        IndexError: The sizes are not in that order, or the tree has not grown so far.
    """
    _reached(connection, second)
    return _hashes(connection, consistency_ranges(first, second))


def _reached(connection: Connection, wanted: int) -> None:
    found = size(connection)
    if not 0 <= wanted <= found:
        raise IndexError(f"expected a size up to {found}, found {wanted}")


def save_checkpoint(connection: Connection, checkpoint: StoredCheckpoint) -> None:
    """Keep a signed checkpoint; one of the same size that is there already stays."""
    lock(connection)
    known = connection.execute(
        select(CHECKPOINTS.c.size).where(CHECKPOINTS.c.size == checkpoint.size)
    ).one_or_none()
    if known is None:
        connection.execute(
            insert(CHECKPOINTS).values(
                size=checkpoint.size,
                root=checkpoint.root,
                note=checkpoint.note,
                signed_at=checkpoint.signed_at,
            )
        )


def latest_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    """Return the checkpoint of the largest tree."""
    row = connection.execute(
        select(CHECKPOINTS.c.size, CHECKPOINTS.c.root, CHECKPOINTS.c.note, CHECKPOINTS.c.signed_at)
        .order_by(CHECKPOINTS.c.size.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return StoredCheckpoint(size=row.size, root=row.root, note=row.note, signed_at=row.signed_at)
