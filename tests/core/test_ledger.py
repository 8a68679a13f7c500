"""The ledger against RFC 6962: its published vectors, and its text written down naively."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import pairwise

import pytest

from exchange.codes.store import LedgerCode
from exchange.core.ledger import (
    EMPTY_ROOT,
    NO_CONTENT,
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
    leaf_kind,
    verify_consistency,
    verify_inclusion,
)
from exchange.core.receipt_document import Stage
from exchange.errors import RejectedError
from exchange.service.materials import schemas_folder

# The eight leaves and the roots of the first n of them, as in the reference implementation of
# certificate transparency (merkletree/merkle_tree_test.cc) and the Go and Python ones after it.
VECTORS = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(first: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:  # noqa: FBT001, FBT002
    """RFC 6962, section 2.1.2, word for word."""
    if first == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if first <= k:
        return [*naive_proof(first, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(first - k, leaves[k:], whole=False), naive_root(leaves[:k])]


class Tree:
    """Every perfect subtree of some leaves, as a database would have them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.frontier, complete = extend(Frontier(), map(leaf_hash, leaves))
        self.nodes = dict(complete)

    def hashes(self, ranges: tuple[Range, ...]) -> list[bytes]:
        return list(hash_ranges(ranges, lambda nodes: [self.nodes[node] for node in nodes]))


LEAVES = [bytes([n, n + 1]) for n in range(70)]


@pytest.mark.parametrize("size", range(9))
def test_root_of_the_reference_vectors_is_the_published_one(size: int) -> None:
    frontier, _ = extend(Frontier(), map(leaf_hash, VECTORS[:size]))

    assert frontier.root().hex() == ROOTS[size] == naive_root(VECTORS[:size]).hex()


def test_audit_path_of_the_reference_vectors_is_the_published_one() -> None:
    path = Tree(VECTORS).hashes(inclusion_ranges(5, 8))

    assert [digest.hex() for digest in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_consistency_proof_of_the_reference_vectors_is_the_published_one() -> None:
    proof = Tree(VECTORS).hashes(consistency_ranges(6, 8))

    assert [digest.hex() for digest in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 17, 31, 64, 69])
def test_every_inclusion_proof_is_that_of_the_text_and_verifies(size: int) -> None:
    tree, leaves = Tree(LEAVES[:size]), LEAVES[:size]
    for index in range(size):
        proof = tree.hashes(inclusion_ranges(index, size))

        assert proof == naive_path(index, leaves)
        verify_inclusion(
            leaf_hash(leaves[index]), index=index, size=size, proof=proof, root=naive_root(leaves)
        )


@pytest.mark.parametrize("second", [1, 2, 3, 7, 8, 16, 33, 69])
def test_every_consistency_proof_is_that_of_the_text_and_verifies(second: int) -> None:
    tree = Tree(LEAVES[:second])
    for first in range(1, second + 1):
        proof = tree.hashes(consistency_ranges(first, second))

        assert proof == naive_proof(first, LEAVES[:second])
        verify_consistency(
            first=first,
            second=second,
            proof=proof,
            first_root=naive_root(LEAVES[:first]),
            second_root=naive_root(LEAVES[:second]),
        )


def test_inclusion_proof_for_anything_else_is_refused() -> None:
    tree, size, index = Tree(LEAVES), len(LEAVES), 41
    leaf, root = leaf_hash(LEAVES[index]), tree.frontier.root()
    proof = tree.hashes(inclusion_ranges(index, size))
    other = leaf_hash(b"other")
    wrong: list[tuple[Digest, int, int, list[bytes], bytes]] = [
        (other, index, size, proof, root),
        (leaf, index + 1, size, proof, root),
        (leaf, index - 1, size, proof, root),
        (leaf, -1, size, proof, root),
        (leaf, size, size, proof, root),
        (leaf, index, size // 2, proof, root),
        (leaf, index, size, proof[:-1], root),
        (leaf, index, size, proof[1:], root),
        (leaf, index, size, [*proof, other], root),
        (leaf, index, size, [other, *proof[1:]], root),
        (leaf, index, size, [], root),
        (leaf, index, size, proof, other),
        (leaf, 0, 0, [], EMPTY_ROOT),
    ]
    for leaf_given, at, of, path, against in wrong:
        with pytest.raises(RejectedError) as refused:
            verify_inclusion(leaf_given, index=at, size=of, proof=path, root=against)
        assert refused.value.code is LedgerCode.INCLUSION


def test_consistency_proof_for_anything_else_is_refused() -> None:
    first, second = 41, 70
    proof = Tree(LEAVES).hashes(consistency_ranges(first, second))
    old, new = naive_root(LEAVES[:first]), naive_root(LEAVES)
    wrong: list[tuple[int, int, list[bytes], bytes, bytes]] = [
        (first, second, proof, new, old),
        (first, second, proof[:-1], old, new),
        (first, second, [*proof, new], old, new),
        (first, second, [], old, new),
        (first + 1, second, proof, old, new),
        (32, second, proof, old, new),
        (second, first, proof, old, new),
        (second, second, [], old, new),
        (second, second, proof, new, new),
        (0, second, [], old, new),
        (-1, second, proof, old, new),
        (first, second, proof, old, EMPTY_ROOT),
    ]
    for small, large, path, before, after in wrong:
        with pytest.raises(RejectedError) as refused:
            verify_consistency(
                first=small, second=large, proof=path, first_root=before, second_root=after
            )
        assert refused.value.code is LedgerCode.CONSISTENCY


def test_growing_in_any_steps_gives_the_same_tree() -> None:
    for cuts in ([0, 70], [0, 1, 2, 3, 70], [0, 16, 17, 64, 70], list(range(71))):
        frontier = Frontier()
        nodes: dict[Node, Digest] = {}
        for start, end in pairwise(cuts):
            frontier, complete = extend(frontier, map(leaf_hash, LEAVES[start:end]))
            nodes.update(complete)

        assert frontier.root() == naive_root(LEAVES)
        assert frontier == Frontier.of(70, frontier.octets())
        assert nodes[Node(4, 1)] == naive_root(LEAVES[16:32])


def test_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 hashes"):
        Frontier.of(3, bytes(32))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_ranges(index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
def test_sizes_in_the_wrong_order_have_no_proof(first: int, second: int) -> None:
    with pytest.raises(IndexError):
        consistency_ranges(first, second)


def test_leaf_is_sixty_six_octets_and_names_nobody() -> None:
    leaf = Leaf(kind=LeafKind.REJECTED, content_digest=NO_CONTENT, receipt_digest=b"\xaa" * 32)

    assert leaf.record() == b"\x01\x02" + bytes(32) + b"\xaa" * 32


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_of_a_receipt_has_a_kind_of_leaf(stage: Stage) -> None:
    assert leaf_kind(stage).name == stage.name


def test_published_description_of_the_ledger_is_that_of_the_code() -> None:
    sheet = (schemas_folder() / "ledger" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| `([0-9a-f]{132})` \| `([0-9a-f]{64})` \|$", sheet, re.MULTILINE)
    records = [bytes.fromhex(record) for _, record, _ in rows]
    leaves = [Digest(bytes.fromhex(leaf)) for _, _, leaf in rows]
    (root,) = re.findall(r"root is `([0-9a-f]{64})`", sheet)

    assert len(records) == 3
    for record, leaf in zip(records, leaves, strict=True):
        written = Leaf(
            kind=LeafKind(record[1]), content_digest=record[2:34], receipt_digest=record[34:]
        )
        assert (written.record(), leaf_hash(record)) == (record, leaf)
    verify_inclusion(
        leaves[1], index=1, size=3, proof=(leaves[0], leaves[2]), root=bytes.fromhex(root)
    )
    for kind in LeafKind:
        assert f"{kind.value} {kind.name.lower()}" in sheet
