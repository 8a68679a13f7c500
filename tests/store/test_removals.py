"""Removal by order: nothing of the content is left, and everything that was signed still holds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from exchange.codes.notices import NoticeCode
from exchange.codes.service import RefusedCode
from exchange.core.deliveries import Leased
from exchange.core.entry import Entry, NewRemoval
from exchange.core.ledger import leaf_hash, verify_inclusion
from exchange.core.lifecycle import Delivery
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.errors import RefusedError, RuleError
from exchange.store.store import Store
from tests.store.samples import HUB, PULLER, Samples, later

SECRET = "xyzzyplugh"  # noqa: S105
"""A word of the content that stands in no identifier."""


def secret(samples: Samples) -> Entry:
    """Return an attestation that says the word in its octets and in the parts of its scope."""
    entry = samples.attestation(parts=frozenset({f"product {SECRET}"}))
    return replace(entry, data=entry.data.replace(b"</Attestation>", SECRET.encode() * 3 + b"<"))


def notice(samples: Samples, of: Entry, order: str = "Court, 7, 2026-11-22") -> Entry:
    """Return the notice that a statement is removed."""
    assert of.statement is not None
    entry = samples.attestation(pull=(PULLER,), issuer=HUB)
    assert entry.statement is not None
    statement = replace(entry.statement, kind=Kind.NOTICE, claim=None, scheme=None, about="removal")
    removal = NewRemoval(statement=of.statement.content_digest, order=order, at=later(hours=1))
    return replace(entry, statement=statement, removal=removal, token=b"")


def digest_of(entry: Entry) -> ContentDigest:
    assert entry.statement is not None
    return entry.statement.content_digest


async def packed(store: Store, digest: ContentDigest) -> bytes:
    """Return the octets of a statement as the database keeps them."""
    found: bytes = await store._database.read(
        lambda c: bytes(
            c.execute(
                text("SELECT body FROM statements WHERE content_digest = :digest"),
                {"digest": digest},
            ).scalar_one()
        )
    )
    return found


async def rows_of(store: Store) -> dict[str, str]:
    """Return every row of every table as text."""

    def read(connection: Connection) -> dict[str, str]:
        return {
            table: repr(connection.execute(text(f'SELECT * FROM "{table}"')).all())  # noqa: S608
            for table in inspect(connection).get_table_names()
        }

    return await store._database.read(read)


async def test_nothing_of_the_content_is_left_in_any_row(store: Store, samples: Samples) -> None:
    entry = secret(samples)
    await store.commit(entry)
    kept = await packed(store, digest_of(entry))
    refused = replace(samples.rejected(samples.again(entry)), data=entry.data)
    await store.commit(refused)
    before = await rows_of(store)
    assert SECRET in before["register"]
    assert sum(repr(kept)[2:40] in rows for rows in before.values()) == 2

    await store.commit(notice(samples, entry))
    await store.scrub()

    after = await rows_of(store)
    assert not [table for table, rows in after.items() if SECRET in rows]
    assert not [table for table, rows in after.items() if repr(kept)[2:40] in rows]


async def test_nothing_of_the_content_is_left_in_the_file(tmp_path: Path, samples: Samples) -> None:
    # PostgreSQL writes over dead rows later; the README says what stays till then.
    path = tmp_path / "hub.sqlite3"
    url = f"sqlite:///{path}"
    entry = secret(samples)
    others = [samples.attestation() for _ in range(50)]
    async with Store.open(url) as store:
        await store.commit(entry)
        kept = await packed(store, digest_of(entry))
        for other in others:
            await store.commit(other)
        await store.commit(notice(samples, entry))
        await store.scrub()

        files = [path, Path(f"{path}-wal")]
        octets = b"".join([await asyncio.to_thread(file.read_bytes) for file in files])

        assert SECRET.encode() not in octets
        # No piece of the compressed octets either, beyond the heading that all frames share.
        assert not [at for at in range(32, len(kept) - 16, 16) if kept[at : at + 16] in octets]
        assert all([await store.statement(digest_of(other)) for other in others])


async def test_receipts_and_proofs_hold_and_the_notice_takes_the_place(
    store: Store, samples: Samples
) -> None:
    entry = secret(samples)
    first = await store.commit(entry)
    told = notice(samples, entry)
    await store.commit(told)

    statement = await store.statement(digest_of(entry))
    removal = await store.removal(digest_of(entry))
    size = await store.tree_size()
    (leaf,) = await store.leaves(first.sequence, first.sequence + 1)
    path = await store.inclusion_proof(first.sequence, size)

    assert statement is not None
    assert statement.data is None
    assert removal is not None
    assert (removal.order, removal.notice) == ("Court, 7, 2026-11-22", told.data)
    assert removal.notice_digest == digest_of(told)
    verify_inclusion(
        leaf_hash(leaf.record()),
        index=first.sequence,
        size=size,
        proof=path,
        root=await store.root(size),
    )
    assert [one.data for one in await store.receipts(digest_of(entry))] == [entry.receipt.data]


async def test_what_was_not_handed_over_yet_is_not_handed_over_any_more(
    store: Store, samples: Samples
) -> None:
    entry = secret(samples)
    await store.commit(entry)
    told = notice(samples, entry)
    await store.commit(told)

    leased = await store.lease(PULLER, limit=9, at=later(hours=2), until=later(hours=3))
    (delivery,) = await store.deliveries(digest_of(entry))

    assert [one.data for one in leased] == [told.data]
    assert (delivery.state, delivery.last_code) == (Delivery.ABANDONED, NoticeCode.REMOVED.value)


async def test_removed_content_is_refused_when_it_comes_again(
    store: Store, samples: Samples
) -> None:
    entry = secret(samples)
    await store.commit(entry)
    await store.commit(notice(samples, entry))

    with pytest.raises(RuleError) as caught:
        await store.commit(samples.again(entry))

    assert caught.value.code is NoticeCode.REMOVED


async def test_a_statement_is_removed_once(store: Store, samples: Samples) -> None:
    entry = secret(samples)
    await store.commit(entry)
    await store.commit(notice(samples, entry))
    size = await store.tree_size()

    for wrong in (notice(samples, entry), notice(samples, samples.attestation())):
        with pytest.raises(RefusedError) as caught:
            await store.commit(wrong)
        assert caught.value.code is RefusedCode.NOT_FOUND

    assert await store.tree_size() == size
    assert (await store.removal(digest_of(samples.attestation()))) is None


LATE = BodyId("SG-CB-0601")


async def test_whoever_was_to_receive_it_gets_the_notice_whatever_was_known_before(
    store: Store, samples: Samples
) -> None:
    entry = secret(samples)
    await store.commit(entry)
    # The notice is addressed to the first recipient alone; another one has come since.
    told = notice(samples, entry)
    await store.commit(to_late(samples, entry))
    await store.commit(told)

    assert [one.data for one in await waiting(store, LATE)] == [told.data]
    assert [one.data for one in await waiting(store, PULLER)] == [told.data]


async def test_in_one_transaction_too_nobody_is_left_between_the_document_and_the_notice(
    store: Store, samples: Samples
) -> None:
    before, after = secret(samples), secret(samples)
    for entry in (before, after):
        await store.commit(entry)
    told = [notice(samples, one) for one in (before, after)]

    results = await store.commit_all(
        [to_late(samples, before), told[0], told[1], to_late(samples, after)]
    )

    # Whoever is first gets the notice; whoever is too late is refused, and gets nothing.
    assert [isinstance(one, RuleError) for one in results] == [False, False, False, True]
    assert [one.data for one in await waiting(store, LATE)] == [told[0].data]


def to_late(samples: Samples, entry: Entry) -> Entry:
    """Return another message that brings the same document to somebody else."""
    again = samples.again(entry)
    return replace(
        again, deliveries=tuple(replace(one, addressee=LATE) for one in again.deliveries)
    )


async def waiting(store: Store, addressee: BodyId) -> tuple[Leased, ...]:
    """Take what waits for a body."""
    return await store.lease(addressee, limit=9, at=later(hours=2), until=later(hours=3))
