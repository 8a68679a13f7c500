"""The ledger in the database: every proof from it holds, whatever the groups were."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from exchange.codes.store import StoreCode
from exchange.core.checkpoint import Checkpoint, checkpoint_body, signed_note
from exchange.core.entry import StoredCheckpoint
from exchange.core.ledger import (
    EMPTY_ROOT,
    Frontier,
    LeafKind,
    extend,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from exchange.errors import StoreError
from exchange.store.checkpoint_file import CheckpointFile
from exchange.store.store import Store
from tests.store.samples import NOW, Samples

NAME = "hub.example/ledger"


def note_of(size: int, root: bytes) -> bytes:
    return signed_note(checkpoint_body(NAME, size, root), NAME, bytes(32), bytes(64))


async def filled(store: Store, samples: Samples, *groups: int) -> None:
    for group in groups:
        await asyncio.gather(*(store.commit(samples.attestation()) for _ in range(group)))


async def test_empty_ledger_has_the_root_of_nothing(store: Store) -> None:
    assert await store.tree_size() == 0
    assert await store.root(0) == EMPTY_ROOT
    assert await store.leaves(0, 100) == ()


async def test_every_proof_from_the_database_verifies(store: Store, samples: Samples) -> None:
    await filled(store, samples, 1, 2, 13, 1, 20, 7)
    leaves = await store.leaves(0, 100)
    size = await store.tree_size()
    assert size == len(leaves) == 44
    roots = [
        extend(Frontier(), (leaf_hash(leaf.record()) for leaf in leaves[:n]))[0].root()
        for n in range(size + 1)
    ]

    for at in (1, 2, 16, 17, 31, 32, 33, 44):
        assert await store.root(at) == roots[at]
        for index in {0, at // 2, at - 1}:
            verify_inclusion(
                leaf_hash(leaves[index].record()),
                index=index,
                size=at,
                proof=await store.inclusion_proof(index, at),
                root=roots[at],
            )
        for first in {1, at // 2 or 1, at}:
            verify_consistency(
                first=first,
                second=at,
                proof=await store.consistency_proof(first, at),
                first_root=roots[first],
                second_root=roots[at],
            )


async def test_indices_are_dense_and_each_is_the_place_of_its_receipt(
    store: Store, samples: Samples
) -> None:
    entries = [samples.attestation() for _ in range(30)]
    entries[7] = samples.rejected(entries[7])

    committed = await asyncio.gather(*(store.commit(entry) for entry in entries))

    assert sorted(c.sequence for c in committed) == list(range(30))
    leaves = await store.leaves(0, 30)
    for c in committed:
        assert leaves[c.sequence].receipt_digest == c.receipt_digest
    assert leaves[committed[7].sequence].kind is LeafKind.REJECTED


async def test_proof_of_what_is_not_there_is_an_index_error(store: Store, samples: Samples) -> None:
    await filled(store, samples, 3)

    for index, size in ((3, 3), (0, 4), (-1, 3)):
        with pytest.raises(IndexError):
            await store.inclusion_proof(index, size)
    for first, second in ((0, 3), (3, 2), (1, 4)):
        with pytest.raises(IndexError):
            await store.consistency_proof(first, second)


async def test_ledger_goes_on_where_it_was_after_a_restart(url: str, samples: Samples) -> None:
    async with Store.open(url) as store:
        await filled(store, samples, 19)
        before = await store.root(19)

    async with Store.open(url) as store:
        await filled(store, samples, 14)

        assert await store.root(19) == before
        proof = await store.consistency_proof(19, 33)
        verify_consistency(
            first=19,
            second=33,
            proof=proof,
            first_root=before,
            second_root=await store.root(33),
        )


async def test_two_processes_on_postgresql_share_one_dense_ledger(
    postgres_url: str, samples: Samples
) -> None:
    entries = [samples.attestation() for _ in range(80)]
    async with Store.open(postgres_url) as one, Store.open(postgres_url) as two:
        committed = await asyncio.gather(
            *((one if n % 2 else two).commit(entry) for n, entry in enumerate(entries)),
            # The same message to both at once.
            *(store.commit(entry) for entry in entries[:10] for store in (one, two)),
        )

        assert {c.sequence for c in committed} == set(range(80))
        assert await one.root(80) == await two.root(80)


async def test_missing_node_is_damage_and_not_a_wrong_proof(store: Store, samples: Samples) -> None:
    await filled(store, samples, 40)
    await store._database.write(lambda c: c.execute(text("DELETE FROM ledger_nodes")).rowcount)

    with pytest.raises(StoreError) as damaged:
        await store.root(40)

    assert damaged.value.code is StoreCode.DAMAGED


async def test_checkpoints_are_kept_and_the_largest_is_the_latest(store: Store) -> None:
    assert await store.latest_checkpoint() is None
    for size in (5, 9, 9):
        await store.save_checkpoint(
            StoredCheckpoint(size=size, root=bytes([size]) * 32, note=b"note", signed_at=NOW)
        )

    latest = await store.latest_checkpoint()

    assert latest is not None
    assert (latest.size, latest.root, latest.signed_at) == (9, b"\x09" * 32, NOW)


async def test_ledger_that_contains_the_last_promise_may_be_signed(
    store: Store, samples: Samples, tmp_path: Path
) -> None:
    kept = CheckpointFile(path=tmp_path / "outside" / "checkpoint")
    await store.check_checkpoint(await kept.read())
    await filled(store, samples, 9)
    await kept.write(note_of(9, await store.root(9)))
    await filled(store, samples, 4)

    await store.check_checkpoint(await kept.read())

    assert await kept.read() == Checkpoint(origin=NAME, size=9, root=await store.root(9))


async def test_store_restored_to_less_refuses_to_sign_until_somebody_decides(
    store: Store, samples: Samples, tmp_path: Path
) -> None:
    kept = CheckpointFile(path=tmp_path / "checkpoint")
    await filled(store, samples, 5)
    for size, root in ((6, b"\x01" * 32), (5, b"\x01" * 32)):
        await kept.write(note_of(size, root))
        with pytest.raises(StoreError) as refused:
            await store.check_checkpoint(await kept.read())
        assert refused.value.code is StoreCode.BEHIND_CHECKPOINT

    aside = await kept.set_aside()

    assert aside is not None
    assert aside.read_bytes() == note_of(5, b"\x01" * 32)
    await store.check_checkpoint(await kept.read())


async def test_checkpoint_file_that_is_gone_is_noticed(store: Store, samples: Samples) -> None:
    await filled(store, samples, 1)
    await store.save_checkpoint(
        StoredCheckpoint(size=1, root=await store.root(1), note=b"note", signed_at=NOW)
    )

    with pytest.raises(StoreError) as refused:
        await store.check_checkpoint(None)

    assert refused.value.code is StoreCode.CHECKPOINT_MISSING


async def test_checkpoint_file_that_cannot_be_written_is_our_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreError) as failed:
        await CheckpointFile(path=tmp_path / "file" / "checkpoint").write(b"note")

    assert failed.value.code is StoreCode.CHECKPOINT_FILE
