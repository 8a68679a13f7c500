"""Attacks on the life of certificates in the store: removal at bad moments, replays, thefts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import text

from exchange.codes.notices import NoticeCode
from exchange.codes.service import RefusedCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.entry import Committed, DeliveryId, Entry, NewRemoval, Verdict
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, ContentDigest, Kind, Status
from exchange.errors import RefusedError, RuleError, UndecidedError
from exchange.store.store import Store
from tests.store.samples import HUB, PULLER, Samples, later

LATE: Final = BodyId("JP-RA-METI")
ACTIVE, SUSPENDED = Status.ACTIVE, Status.SUSPENDED


def digest_of(entry: Entry) -> ContentDigest:
    assert entry.statement is not None
    return entry.statement.content_digest


async def offered(store: Store, entry: Entry) -> Committed:
    """Commit as the service does: what comes across a gap is offered again."""
    try:
        return await store.commit(entry)
    except UndecidedError:
        held = replace(entry, verdict=Verdict.HELD, hold_until=later(hours=24))
        return await store.commit(held)


async def remove(store: Store, samples: Samples, of: Entry) -> None:
    """Remove the octets of a statement by order."""
    entry = samples.attestation(pull=(), issuer=HUB)
    assert entry.statement is not None
    statement = replace(entry.statement, kind=Kind.NOTICE, claim=None, scheme=None, about="removal")
    removal = NewRemoval(statement=digest_of(of), order="Court, 7", at=later(hours=1))
    await store.commit(replace(entry, statement=statement, removal=removal, token=b""))


async def rows_of(store: Store, table: str) -> str:
    statement = text(f"SELECT * FROM {table}")  # noqa: S608
    return await store._database.read(lambda c: repr(c.execute(statement).all()))


async def status_of(store: Store, first: Entry) -> Status:
    assert first.statement is not None
    assert first.statement.claim is not None
    (record,) = await store.register(first.statement.claim.attestation_id)
    return record.status


async def handed_out(store: Store, addressee: BodyId) -> list[bytes]:
    found = await store.lease(addressee, limit=50, at=later(hours=2), until=later(hours=3))
    return [one.data for one in found]


def suspend(samples: Samples, first: Entry, sequence: int, **claimed: Any) -> Entry:
    return samples.status_change(first, sequence, ACTIVE, SUSPENDED, Change.SUSPEND, **claimed)


def maintain(samples: Samples, first: Entry, sequence: int) -> Entry:
    return samples.status_change(first, sequence, ACTIVE, ACTIVE, Change.MAINTAIN)


async def test_removed_change_that_waited_neither_enters_nor_stops_what_follows(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    second = maintain(samples, first, 2)
    await store.commit(first)
    await offered(store, second)
    await remove(store, samples, second)

    await offered(store, maintain(samples, first, 1))

    assert await status_of(store, first) is ACTIVE
    assert second.data not in await handed_out(store, PULLER)


async def test_removed_restriction_that_stood_ahead_still_restricts(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(parts=frozenset({"product A", "product B"}))
    ahead = suspend(samples, first, 2)
    await store.commit(first)
    await offered(store, ahead)
    await remove(store, samples, ahead)

    await offered(store, maintain(samples, first, 1))

    assert await status_of(store, first) is SUSPENDED
    with pytest.raises(RuleError) as caught:
        await offered(store, maintain(samples, first, 2))
    assert StatusChangeCode.STC_02 in {one.code for one in caught.value.findings}


async def test_removed_statement_reaches_nobody_who_receives_the_certificate_later(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    change = suspend(samples, first, 1)
    await store.commit(first)
    await store.commit(change)
    await remove(store, samples, change)
    restore = samples.status_change(first, 2, SUSPENDED, ACTIVE, Change.RESTORE)
    await store.commit(restore)
    (model,) = first.deliveries
    late = replace(model, addressee=LATE, delivery_id=DeliveryId(samples.identifier()))

    await store.commit(replace(samples.again(first), deliveries=(late,)))

    assert await handed_out(store, LATE) == [first.data]
    assert LATE in {one.addressee for one in await store.deliveries(digest_of(restore))}
    assert LATE not in {one.addressee for one in await store.deliveries(digest_of(change))}


async def test_dead_letter_of_what_was_removed_is_not_sent_again(
    store: Store, samples: Samples
) -> None:
    first, other = samples.attestation(), samples.attestation()
    await store.commit(first)
    await remove(store, samples, first)
    (dead,) = await store.deliveries(digest_of(first))

    with pytest.raises(RefusedError) as caught:
        await store.resend(dead.delivery_id, at=later(hours=1), deadline=None)

    assert caught.value.code is RefusedCode.DELIVERY_STATE
    await store.commit(other)
    # The notice of the removal, which takes its place, and what came after it.
    notice, last = await handed_out(store, PULLER)
    assert first.data not in (notice, last)
    assert last == other.data


async def test_removed_change_that_waited_in_vain_is_refused_when_it_comes_again(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    second = maintain(samples, first, 2)
    await store.commit(first)
    await offered(store, second)
    (hold,) = await store.lapsed_holds(at=later(days=2), limit=9)
    await store.lapse(samples.lapse(hold))
    await remove(store, samples, second)
    await store.commit(maintain(samples, first, 1))

    with pytest.raises(RuleError) as caught:
        await offered(store, samples.again(second))

    assert caught.value.code is NoticeCode.REMOVED


async def test_removed_change_that_waits_lapses_in_order(store: Store, samples: Samples) -> None:
    first = samples.attestation()
    second = maintain(samples, first, 2)
    await store.commit(first)
    await offered(store, second)
    await remove(store, samples, second)

    for hold in await store.lapsed_holds(at=later(days=2), limit=9):
        await store.lapse(samples.lapse(hold))

    assert await store.lapsed_holds(at=later(days=3), limit=9) == ()
    (told,) = await store.untold_holds(limit=9)
    assert told.fault == NoticeCode.REMOVED.value
    await store.commit(maintain(samples, first, 1))


async def test_no_part_of_a_removed_scope_is_left_behind_a_gap(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(parts=frozenset({"product xyzzy", "product plugh"}))
    reduce = samples.status_change(
        first, 2, ACTIVE, ACTIVE, Change.REDUCE, removed=frozenset({"product xyzzy"})
    )
    await store.commit(first)
    await offered(store, reduce)

    await remove(store, samples, first)
    await remove(store, samples, reduce)

    for table in ("register", "holds"):
        rows = await rows_of(store, table)
        assert "xyzzy" not in rows, table
        assert "plugh" not in rows, table
