"""Identifiers are kept as 16 octets and digests once: nothing that was written reads otherwise."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from exchange.core.entry import Verdict
from exchange.core.ledger import Leaf
from exchange.core.model import ContentDigest, MessageId
from exchange.store.columns import octets_of, text_of
from exchange.store.schema import configuration, migrate
from exchange.store.store import Store
from tests.store.samples import Samples

_URN = "urn:uuid:"
_UUIDS = st.uuids().map(str)
_NEARLY = st.one_of(
    _UUIDS.map(str.upper),
    _UUIDS.map(lambda one: one.replace("-", "")),
    _UUIDS.map(lambda one: f"{{{one}}}"),
    _UUIDS.map(lambda one: one.replace("-", " ")),
    _UUIDS.map(lambda one: f"{one[:8]}{one[9:]}-"),
    _UUIDS.map(lambda one: one.replace("1", "\uff11")),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=40),
)


@given(_UUIDS, st.sampled_from(["", _URN]))
def test_a_uuid_is_sixteen_octets(one: str, prefix: str) -> None:
    octets = octets_of(prefix + one, prefix)
    assert octets == uuid.UUID(one).bytes
    assert text_of(octets, prefix) == prefix + one


@given(_NEARLY, st.sampled_from(["", _URN]), st.booleans())
def test_any_other_text_is_read_as_it_was_written(one: str, prefix: str, behind: bool) -> None:  # noqa: FBT001
    written = prefix + one if behind else one
    octets = octets_of(written, prefix)
    assert text_of(octets, prefix) == written
    # Never what a UUID would be kept as, so nobody is found under the name of another.
    assert (len(octets) == 16) == (written in _canonical(written, prefix))


def _canonical(written: str, prefix: str) -> set[str]:
    try:
        return {f"{prefix}{uuid.UUID(written.removeprefix(prefix))}"}
    except ValueError:
        return set()


async def _kept(store: Store, digests: list[ContentDigest], numbers: list[Any]) -> list[object]:
    """Return everything that partners and proofs are given."""
    size = await store.tree_size()
    leaves: tuple[Leaf, ...] = await store.leaves(0, size)
    found: list[object] = [size, await store.root(size), leaves]
    found += [await store.inclusion_proof(index, size) for index in range(size)]
    found += [await store.statement(digest) for digest in digests]
    found += [await store.receipts(digest) for digest in digests]
    found += [await store.deliveries(digest) for digest in digests]
    found += [await store.find_message(*number) for number in numbers]
    return found


async def test_both_ways_everything_is_as_it_was(store: Store, samples: Samples) -> None:
    entries = [samples.attestation() for _ in range(20)]
    refused = samples.rejected(samples.attestation())
    for entry in entries:
        await store.commit(entry)
    await store.commit(refused)
    # The same content by another message, which has a receipt of its own.
    message = replace(entries[0].message, message_id=MessageId(str(uuid.UUID(int=7))))
    again = replace(entries[0], message=message)
    assert (await store.commit(again)).duplicate
    entries.append(again)
    digests = [e.statement.content_digest for e in entries if e.statement is not None]
    numbers = [(e.message.sender, e.message.message_id) for e in (*entries, refused)]
    before = await _kept(store, digests, numbers)

    def down(connection: Connection) -> list[Any]:
        command.downgrade(configuration(connection), "0006")
        return [
            *connection.execute(text("SELECT message_id FROM messages")).scalars(),
            *connection.execute(text("SELECT length(content_digest) FROM receipts")).scalars(),
        ]

    old = await store._database.write(down)
    assert set(old) == {message_id for _, message_id in numbers} | {32}
    await store._database.write(migrate)
    assert await _kept(store, digests, numbers) == before
    if store._database.name == "sqlite":
        sound = await store._database.read(
            lambda c: c.execute(text("PRAGMA integrity_check")).scalars().all()
        )
        assert sound == ["ok"]


async def test_a_digest_stands_once(store: Store, samples: Samples) -> None:
    accepted, refused = samples.attestation(), samples.rejected(samples.attestation())
    assert refused.verdict is Verdict.REJECTED
    await store.commit(accepted)
    await store.commit(refused)
    kept = await store._database.read(
        lambda c: (
            c.execute(text("SELECT content_digest IS NULL FROM receipts ORDER BY position"))
            .scalars()
            .all()
        )
    )
    assert [bool(one) for one in kept] == [True, False]
    assert accepted.statement is not None
    leaves = await store.leaves(0, 2)
    assert leaves[0].content_digest == accepted.statement.content_digest
