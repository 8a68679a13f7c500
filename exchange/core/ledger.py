"""The public ledger: a Merkle tree over fixed records, and proofs about it.

- A leaf is 66 octets: version 1, kind, content digest, receipt digest (`Leaf`). It names no
  party and holds no document, so a document can be removed by order and every proof holds.
- Hashes and proofs are those of RFC 6962, section 2.1 (RFC 9162 has the same): 0x00 before a
  leaf, 0x01 before an inner node.
- Nothing here holds the tree. A hash over any range of leaves is folded from perfect subtrees
  (`perfect`), so whoever has the database fetches a handful of nodes for each proof, and a
  growing tree needs its right edge only (`Frontier`).
- Verification raises; it never answers true or false.

Example:
    >>> frontier, nodes = extend(Frontier(), [leaf_hash(leaf.record())])
    >>> frontier.root()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final, NamedTuple, NewType

from exchange.codes.store import LedgerCode
from exchange.errors import Finding, RejectedError

Digest = NewType("Digest", bytes)
"""A node hash, 32 octets."""

DIGEST_SIZE: Final = 32
VERSION: Final = 1
EMPTY_ROOT: Final = Digest(sha256(b"").digest())
"""The root of the empty tree. Source: RFC 6962, section 2.1."""
NO_CONTENT: Final = bytes(DIGEST_SIZE)
"""Stands for the content digest of a message that was not read that far."""


class LeafKind(IntEnum):
    """What the receipt in a leaf says; the numbers are public and never reused."""

    ACCEPTED = 1
    REJECTED = 2
    ACKNOWLEDGED = 3
    FAILED = 4


def leaf_kind(stage: str) -> LeafKind:
    """Return the kind of leaf for a stage of `exchange.core.receipt_document.Stage`."""
    return LeafKind[stage.upper()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One public record."""

    kind: LeafKind
    content_digest: bytes
    """32 octets; `NO_CONTENT` when there is none."""
    receipt_digest: bytes
    """32 octets."""

    def record(self) -> bytes:
        """Return the 66 octets that are hashed."""
        return bytes((VERSION, self.kind)) + self.content_digest + self.receipt_digest


class Node(NamedTuple):
    """A perfect subtree: leaves from `place << level` up to `(place + 1) << level`."""

    level: int
    place: int


class Range(NamedTuple):
    """Leaves from `start` up to and without `end`."""

    start: int
    end: int


def leaf_hash(record: bytes) -> Digest:
    """Return the hash of a leaf. Source: RFC 6962, section 2.1."""
    return Digest(sha256(b"\x00" + record).digest())


def node_hash(left: bytes, right: bytes) -> Digest:
    """Return the hash of an inner node. Source: RFC 6962, section 2.1."""
    return Digest(sha256(b"\x01" + left + right).digest())


def fold(hashes: Sequence[Digest]) -> Digest:
    """Return the hash over adjacent perfect subtrees of falling size; none is `EMPTY_ROOT`."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def perfect(leaves: Range) -> tuple[Node, ...]:
    """Return the perfect subtrees whose fold is the hash over a range of a proof.

    Args:
        leaves: A range that RFC 6962 hashes as one: its start is a multiple of the smallest
            power of two that is not smaller than its length.
    """
    nodes = []
    start, length = leaves.start, leaves.end - leaves.start
    while length:
        level = length.bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
        length -= 1 << level
    return tuple(nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: all that is needed to grow it."""

    size: int = 0
    hashes: tuple[Digest, ...] = ()
    """Of the perfect subtrees from the left, one for each bit of `size` that is set."""

    def root(self) -> Digest:
        """Return the root of the whole tree."""
        return fold(self.hashes)

    def octets(self) -> bytes:
        """Return the hashes one behind the other, for keeping."""
        return b"".join(self.hashes)

    @classmethod
    def of(cls, size: int, octets: bytes) -> Frontier:
        """Return what `octets` was made from.

        Raises:
            ValueError: Size and octets do not fit each other.
        """
        hashes = tuple(
            Digest(octets[at : at + DIGEST_SIZE]) for at in range(0, len(octets), DIGEST_SIZE)
        )
        if len(octets) != DIGEST_SIZE * size.bit_count():
            raise ValueError(f"expected {size.bit_count()} hashes, found {len(octets)} octets")
        return cls(size=size, hashes=hashes)


def extend(
    frontier: Frontier, leaves: Iterable[Digest]
) -> tuple[Frontier, tuple[tuple[Node, Digest], ...]]:
    """Append leaves.

    Returns:
        The new frontier, and every perfect subtree that became complete, leaves included.
    """
    size = frontier.size
    hashes = list(frontier.hashes)
    complete: list[tuple[Node, Digest]] = []
    for leaf in leaves:
        current, level, index = leaf, 0, size
        complete.append((Node(0, index), current))
        while index & 1:
            current = node_hash(hashes.pop(), current)
            level += 1
            index >>= 1
            complete.append((Node(level, index), current))
        hashes.append(current)
        size += 1
    return Frontier(size=size, hashes=tuple(hashes)), tuple(complete)


def _split(length: int) -> int:
    """Return the largest power of two smaller than `length`; 2 or more."""
    return 1 << ((length - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> tuple[Range, ...]:
    """Return the ranges whose hashes are the audit path of one leaf, leaf upwards.

    Args:
        index: Position of the leaf, 0 <= index < size.
        size: Of the tree, 1 or more.

    Raises:
        IndexError: The leaf is not in the tree.

    Source: RFC 6962, section 2.1.1.
    """
    if not 0 <= index < size:
        raise IndexError(f"expected an index below {size}, found {index}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_ranges(first: int, second: int) -> tuple[Range, ...]:
    """Return the ranges whose hashes prove that one tree begins another.

    Args:
        first: Size of the older tree, 1 or more; of the empty tree there is nothing to prove.
        second: Size of the newer tree, not smaller.

    Raises:
        IndexError: The sizes are not in that order.

    Source: RFC 6962, section 2.1.2.
    """
    if not 0 < first <= second:
        raise IndexError(f"expected 0 < first <= second, found {first} and {second}")
    path = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
            whole = False
    if not whole:
        path.append(Range(start, end))
    return tuple(reversed(path))


def hash_ranges(
    ranges: Sequence[Range], fetch: Callable[[Sequence[Node]], Sequence[Digest]]
) -> tuple[Digest, ...]:
    """Return one hash for each range.

    Args:
        ranges: From `inclusion_ranges` or `consistency_ranges`, or `Range(0, size)` for a root.
        fetch: Gives the hashes of perfect subtrees, in the order asked for.
    """
    parts = [perfect(leaves) for leaves in ranges]
    hashes = iter(fetch([node for nodes in parts for node in nodes]))
    return tuple(fold([next(hashes) for _ in nodes]) for nodes in parts)


def _invalid(code: LedgerCode, message: str) -> RejectedError:
    return RejectedError(Finding(code=code, message=message))


def _sides(index: int, last: int, count: int, code: LedgerCode) -> Iterator[bool]:
    """Tell for each hash of a proof whether it stands left of the path from a leaf upwards.

    The lengths are checked on the way: all hashes are used, and they reach the root.
    """
    for _ in range(count):
        if last == 0:
            raise _invalid(code, "the proof is longer than the tree is high")
        left = bool(index & 1) or index == last
        while left and not index & 1 and index:
            index, last = index >> 1, last >> 1
        yield left
        index, last = index >> 1, last >> 1
    if last != 0:
        raise _invalid(code, "the proof is shorter than the tree is high")


def verify_inclusion(
    leaf: Digest, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf is in the tree with this root.

    Raises:
        RejectedError: The proof does not show it.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise _invalid(LedgerCode.INCLUSION, f"expected an index below {size}, found {index}")
    result = leaf
    sides = _sides(index, size - 1, len(proof), LedgerCode.INCLUSION)
    for left, sibling in zip(sides, proof, strict=True):
        result = node_hash(sibling, result) if left else node_hash(result, sibling)
    if result != root:
        raise _invalid(
            LedgerCode.INCLUSION, f"expected root {root.hex()[:16]}…, found {result.hex()[:16]}…"
        )


def verify_consistency(
    *, first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Check that the tree of size `second` begins with the tree of size `first`.

    Raises:
        RejectedError: The proof does not show it.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 <= first <= second:
        raise _invalid(LedgerCode.CONSISTENCY, f"a ledger of {first} cannot grow to {second}")
    if first in (0, second):
        expected = EMPTY_ROOT if first == 0 else second_root
        if proof or first_root != expected:
            raise _invalid(LedgerCode.CONSISTENCY, "expected equal roots and no proof")
        return
    # A tree that is one perfect subtree is its own first hash and not repeated in the proof.
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        raise _invalid(LedgerCode.CONSISTENCY, "expected a proof, found none")
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = path[0]
    sides = _sides(index, last, len(path) - 1, LedgerCode.CONSISTENCY)
    for left, sibling in zip(sides, path[1:], strict=True):
        if left:
            old = node_hash(sibling, old)
        new = node_hash(sibling, new) if left else node_hash(new, sibling)
    if old != first_root or new != second_root:
        raise _invalid(LedgerCode.CONSISTENCY, "the roots do not follow from the proof")
