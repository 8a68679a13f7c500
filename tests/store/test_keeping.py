"""Opening, migrating, compressing, replaying and backing up."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from alembic import command
from sqlalchemy import Connection, inspect, text

from exchange.codes.store import StoreCode
from exchange.core.model import SnapshotId
from exchange.errors import StoreError
from exchange.store.compression import MAX_BODY_BYTES, Codec, Subject
from exchange.store.schema import configuration, migrate
from exchange.store.search_tables import is_of_search
from exchange.store.store import Store
from exchange.store.tables import METADATA
from tests.postgres import Server
from tests.store.samples import NOW, PULLER, Samples, later


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_tables_are_those_of_the_code_after_all_migrations(store: Store) -> None:
    """`alembic check`: it raises when the code has something that no migration makes."""

    def check(connection: Connection) -> set[str]:
        command.check(configuration(connection))
        names = inspect(connection).get_table_names()
        return {name for name in names if not is_of_search(name)}

    assert await store._database.write(check) == {*METADATA.tables, "alembic_version"}


async def test_migrations_go_down_to_nothing_and_up_again(store: Store) -> None:
    def down(connection: Connection) -> set[str]:
        command.downgrade(configuration(connection), "base")
        return set(inspect(connection).get_table_names())

    assert await store._database.write(down) == {"alembic_version"}
    await store._database.write(migrate)
    assert await store.tree_size() == 0


async def test_opening_again_changes_nothing(url: str, samples: Samples) -> None:
    async with Store.open(url) as store:
        await store.commit(samples.attestation())
        before = await store.statistics()

    async with Store.open(url) as store:
        after = await store.statistics()

    assert after.messages == before.messages == 1


async def test_two_processes_that_start_at_once_on_postgresql_migrate_once(
    postgres_url: str,
) -> None:
    async def opened() -> int:
        async with Store.open(postgres_url) as store:
            return await store.tree_size()

    assert await asyncio.gather(*(opened() for _ in range(4))) == [0] * 4


async def test_second_hub_on_the_same_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.sqlite3"
    async with Store.open(url):
        with pytest.raises(StoreError) as refused:
            async with Store.open(url):
                pass
        assert refused.value.code is StoreCode.OWNED_BY_ANOTHER_PROCESS

    async with Store.open(url) as again:
        assert await again.tree_size() == 0


@pytest.mark.parametrize(
    "url", ["", "hub.sqlite3", "mysql://hub@localhost/hub", "sqlite://", "sqlite:///:memory:"]
)
async def test_url_of_no_engine_that_we_know_is_refused(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        async with Store.open(url):
            pass

    assert refused.value.code is StoreCode.URL


async def test_database_that_does_not_answer_is_our_fault(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite3").write_bytes(b"this is no database, and long enough to tell" * 99)
    for url in (f"sqlite:///{tmp_path}/hub.sqlite3", f"postgresql://x@/x?host={tmp_path}"):
        with pytest.raises(StoreError) as failed:
            async with Store.open(url):
                pass
        assert failed.value.code is StoreCode.UNAVAILABLE


def executed(statement: str, connection: Connection) -> int:
    return connection.execute(text(statement)).rowcount


async def test_foreign_keys_and_strict_types_are_enforced(store: Store) -> None:
    for statement in (
        "INSERT INTO kept (message, purpose, body) VALUES (7, 'evidence', 'x')",
        "UPDATE ledger SET size = 'many'",
        "UPDATE ledger SET id = 2",
    ):
        with pytest.raises(StoreError):
            await store._database.write(partial(executed, statement))


async def test_commit_is_flushed_to_the_disk(store: Store) -> None:
    def settings(connection: Connection) -> list[Any]:
        if connection.dialect.name == "sqlite":
            asked = ("PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys")
        else:
            asked = ("SHOW synchronous_commit", "SHOW server_encoding", "SHOW jit")
        return [connection.execute(text(question)).scalar_one() for question in asked]

    found = await store._database.write(settings)

    assert found in (["wal", 2, 1], ["on", "UTF8", "off"])


async def test_trained_dictionary_makes_statements_smaller_and_old_ones_stay_readable(
    store: Store, samples: Samples
) -> None:
    first = [samples.attestation() for _ in range(150)]
    await asyncio.gather(*(store.commit(entry) for entry in first))
    assert await store.train_dictionaries() == (Subject.STATEMENT, Subject.RECEIPT)
    later_ones = [samples.attestation() for _ in range(20)]
    await asyncio.gather(*(store.commit(entry) for entry in later_ones))

    for entry in (*first, *later_ones):
        assert entry.statement is not None
        found = await store.statement(entry.statement.content_digest)
        assert found is not None
        assert found.data == entry.data

    def mean(connection: Connection) -> list[float]:
        query = text("SELECT avg(length(body)) FROM statements GROUP BY sequence >= 150 ORDER BY 1")
        return [float(size) for size in connection.execute(query).scalars()]

    small, large = await store._database.read(mean)
    assert small < large * 0.9


async def test_dictionary_is_trained_when_a_threshold_is_passed_by_a_receipt(
    store: Store, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of the threshold itself goes to an acknowledgement, not to a commit."""
    monkeypatch.setattr("exchange.store.store.TRAIN_AT", (121,))
    await asyncio.gather(*(store.commit(samples.attestation()) for _ in range(120)))
    (leased,) = await store.lease(PULLER, limit=1, at=later(hours=1), until=later(hours=2))
    await store.acknowledge(samples.acknowledgement(leased))
    tasks = {store._training}

    await store.commit(samples.attestation())

    tasks.add(store._training)
    (training,) = (one for one in tasks if one is not None)
    await training
    assert await store._database.read(
        lambda c: c.execute(text("SELECT count(*) FROM dictionaries")).scalar_one()
    )


async def test_dictionary_of_another_process_is_fetched_when_it_is_needed(
    postgres_url: str, samples: Samples
) -> None:
    async with Store.open(postgres_url) as one, Store.open(postgres_url) as two:
        await asyncio.gather(*(one.commit(samples.attestation()) for _ in range(120)))
        await one.train_dictionaries()
        entry = samples.attestation()
        committed = await one.commit(entry)
        assert committed.content_digest is not None

        found = await two.statement(committed.content_digest)

        assert found is not None
        assert found.data == entry.data


async def test_too_few_samples_make_no_dictionary(store: Store, samples: Samples) -> None:
    await asyncio.gather(*(store.commit(samples.attestation()) for _ in range(20)))

    assert await store.train_dictionaries() == ()


def test_frame_that_is_damaged_or_too_large_is_refused_before_it_is_unpacked() -> None:
    codec = Codec()
    good = codec.pack(b"a statement", Subject.STATEMENT)
    bomb = zstandard.ZstdCompressor().compress(bytes(MAX_BODY_BYTES + 1))
    unknown = zstandard.ZstdCompressor(
        dict_data=zstandard.train_dictionary(
            4096, [f"sample {n} of {n * n} words".encode() * 9 for n in range(300)], dict_id=7
        )
    ).compress(b"sample 4 of 5 words")
    assert codec.unpack(good) == b"a statement"

    for frame in (b"", b"no frame", good[:-3], bomb, unknown):
        with pytest.raises(StoreError) as damaged:
            codec.unpack(frame)
        assert damaged.value.code is StoreCode.DAMAGED


async def test_snapshot_is_kept_once_and_comes_back_whole(store: Store) -> None:
    parts = {"trust/CN": b"<TrustServiceStatusList/>" * 100, "rules": b"1.0", "limits": b"1.0"}
    first, second = SnapshotId("a" * 64), SnapshotId("b" * 64)

    kept = [
        await store.keep_snapshot(first, parts, at=NOW),
        await store.keep_snapshot(first, parts, at=later(days=1)),
        await store.keep_snapshot(second, {**parts, "rules": b"1.1"}, at=later(days=1)),
    ]

    assert kept == [True, False, True]
    assert await store.snapshot(first) == parts
    assert await store.snapshot(second) == {**parts, "rules": b"1.1"}
    assert await store.snapshot(SnapshotId("c" * 64)) == {}


async def test_the_lists_of_the_snapshot_that_was_kept_last_are_found(store: Store) -> None:
    old = {"trust/economy/CN/1": b"<one/>", "trust/economy/SG/9": b"<nine/>", "limits": b"{}"}
    assert await store.newest_parts("trust/") == ()
    await store.keep_snapshot(SnapshotId("first"), old, at=NOW)
    new = {**old, "trust/economy/CN/2": b"<two/>"}
    del new["trust/economy/CN/1"]
    await store.keep_snapshot(SnapshotId("second"), new, at=later(days=1))

    assert await store.newest_parts("trust/") == (b"<two/>", b"<nine/>")


async def test_back_up_of_a_running_store_is_complete_with_its_dictionaries(
    tmp_path: Path, samples: Samples
) -> None:
    entries = [samples.attestation() for _ in range(150)]
    async with Store.open(f"sqlite:///{tmp_path}/hub.sqlite3") as store:
        await asyncio.gather(*(store.commit(entry) for entry in entries[:120]))
        await store.train_dictionaries()
        await asyncio.gather(*(store.commit(entry) for entry in entries[120:140]))

        await asyncio.gather(
            store.backup(tmp_path / "copy.sqlite3"),
            *(store.commit(entry) for entry in entries[140:]),
        )
        root = await store.root(140)

    async with Store.open(f"sqlite:///{tmp_path}/copy.sqlite3") as copy:
        assert await copy.tree_size() >= 140
        assert await copy.root(140) == root
        statement = entries[130].statement
        assert statement is not None
        found = await copy.statement(statement.content_digest)
        assert found is not None
        assert found.data == entries[130].data
        assert await copy.lease(PULLER, limit=1, at=NOW, until=later(minutes=1))


async def test_back_up_never_overwrites(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"precious")

    with pytest.raises(StoreError) as refused:
        await store.backup(target)

    assert refused.value.code is StoreCode.BACKUP
    assert target.read_bytes() == b"precious"


async def test_back_up_that_fails_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        await store.backup(tmp_path / "missing" / "copy")

    assert refused.value.code is StoreCode.BACKUP
    assert not [name for name in names_in(tmp_path) if name.endswith(".partial")]


async def test_back_up_of_postgresql_is_a_dump_that_can_be_restored(
    postgres_server: Server,
    postgres_url: str,
    samples: Samples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(postgres_server.binaries), prepend=os.pathsep)
    async with Store.open(postgres_url) as store:
        await store.commit(samples.attestation())
        await store.backup(tmp_path / "copy.dump")
    restored = postgres_server.create()
    name = restored.partition("@/")[2].partition("?")[0]
    # The server's user cannot look into the folder of the test.
    dump = postgres_server.folder / "copy.dump"
    shutil.copyfile(tmp_path / "copy.dump", dump)
    dump.chmod(0o644)
    postgres_server.run(
        "pg_restore", f"--host={postgres_server.folder}", "-U", "exchange", "-d", name, str(dump)
    )

    async with Store.open(restored) as copy:
        assert await copy.tree_size() == 1


async def test_postgresql_without_its_tool_is_refused_in_words(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with Store.open(postgres_url) as store:
        with pytest.raises(StoreError, match="pg_dump"):
            await store.backup(tmp_path / "copy.dump")


async def test_one_file_is_left_when_the_store_is_closed(tmp_path: Path, samples: Samples) -> None:
    path = tmp_path / "hub.sqlite3"
    async with Store.open(f"sqlite:///{path}") as store:
        await store.commit(samples.attestation())
        await store.statistics()

    assert names_in(tmp_path) == {"hub.sqlite3", "hub.sqlite3.lock"}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
