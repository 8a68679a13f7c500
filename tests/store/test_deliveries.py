"""Handing out, pushing, giving up and beginning again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from exchange.codes.service import RefusedCode
from exchange.core.deliveries import DeliveryRecord, Failure, Leased
from exchange.core.entry import DeliveryId, Entry
from exchange.core.ledger import LeafKind
from exchange.core.lifecycle import Change, Delivery
from exchange.core.model import BodyId, Kind, Status
from exchange.errors import RefusedError
from exchange.store.store import Store
from tests.store.samples import HUB, NOW, PULLER, PUSHED, SCHEME, Samples, later

SECOND = timedelta(seconds=1)
UNTIL = later(minutes=5)


async def lease(store: Store, **changed: Any) -> tuple[Leased, ...]:
    asked = {"addressee": PULLER, "limit": 10, "at": NOW, "until": UNTIL, **changed}
    return await store.lease(**asked)


async def one_lease(store: Store, samples: Samples) -> Leased:
    await store.commit(samples.attestation())
    (leased,) = await lease(store)
    return leased


async def test_lease_gives_everything_that_the_addressee_needs(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation()
    await store.commit(entry)

    (leased,) = await lease(store)

    assert leased.data == entry.data
    assert leased.receipt == entry.receipt.data
    assert leased.message_id == entry.message.message_id
    assert entry.statement is not None
    assert leased.content_digest == entry.statement.content_digest
    assert (leased.attempts, leased.leased_until) == (1, UNTIL)


async def test_lease_of_somebody_else_shows_nothing(store: Store, samples: Samples) -> None:
    await store.commit(samples.attestation())

    assert await lease(store, addressee=PUSHED) == ()


async def test_leased_delivery_is_not_handed_out_again_before_its_time(
    store: Store, samples: Samples
) -> None:
    first = await one_lease(store, samples)

    assert await lease(store, at=UNTIL - SECOND) == ()
    (again,) = await lease(store, at=UNTIL, until=UNTIL + timedelta(minutes=5))

    assert again.delivery_id == first.delivery_id
    assert again.attempts == 2


async def test_leases_at_once_never_give_the_same_delivery_twice(
    store: Store, samples: Samples
) -> None:
    await asyncio.gather(*(store.commit(samples.attestation()) for _ in range(60)))

    groups = await asyncio.gather(*(lease(store, limit=7) for _ in range(12)))

    handed = [leased.delivery_id for group in groups for leased in group]
    assert len(handed) == len(set(handed))
    # A lease that met another one may have got less than it asked for; nothing is lost.
    rest = await lease(store, limit=60)
    assert len(handed) + len(rest) == 60


async def test_filters_narrow_what_is_leased(store: Store, samples: Samples) -> None:
    attestation = samples.attestation()
    await store.commit(attestation)
    wanted: list[tuple[dict[str, Any], int]] = [
        ({"kinds": {Kind.STATUS_CHANGE}}, 0),
        ({"schemes": {"urn:other"}}, 0),
        ({"kinds": {Kind.ATTESTATION, Kind.STATUS_CHANGE}, "schemes": {SCHEME}}, 1),
    ]

    for filters, number in wanted:
        assert len(await lease(store, **filters)) == number


def chain(samples: Samples) -> tuple[Entry, Entry, Entry]:
    first = samples.attestation()
    change = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    other = samples.attestation()
    return first, change, other


async def test_later_one_of_the_same_number_waits_for_the_earlier(
    store: Store, samples: Samples
) -> None:
    first, change, other = chain(samples)
    for entry in (first, change, other):
        await store.commit(entry)

    handed = await lease(store)

    assert [leased.message_digest for leased in handed] == [
        first.message.digest,
        other.message.digest,
    ]
    assert await lease(store, kinds={Kind.STATUS_CHANGE}) == ()
    await store.acknowledge(samples.acknowledgement(handed[0]))
    (then,) = await lease(store)
    assert then.message_digest == change.message.digest


async def test_dead_letter_does_not_hold_back_what_follows(store: Store, samples: Samples) -> None:
    first, change, _ = chain(samples)
    for entry in (first, change):
        await store.commit(entry)
    (leased,) = await lease(store)
    await store.attempted(leased.delivery_id, at=NOW, next_at=None, code="peer.gone")

    (then,) = await lease(store)

    assert then.message_digest == change.message.digest


async def test_acknowledgement_is_kept_chained_and_in_the_ledger(
    store: Store, samples: Samples
) -> None:
    leased = await one_lease(store, samples)
    acknowledgement = samples.acknowledgement(leased)

    answer = await store.acknowledge(acknowledgement)

    receipts = await store.receipts(leased.content_digest)
    assert [receipt.stage for receipt in receipts] == ["accepted", "acknowledged"]
    assert receipts[1].previous == receipts[0].digest
    assert receipts[1].data == acknowledgement.receipt.data
    assert receipts[1].addressee == PULLER
    (_, leaf) = await store.leaves(0, 9)
    assert leaf.kind is LeafKind.ACKNOWLEDGED
    assert leaf.receipt_digest == answer.receipt_digest
    record = await store.delivery(leased.delivery_id)
    assert record is not None
    assert (record.state, record.next_at) == (Delivery.ACKNOWLEDGED, None)


async def test_acknowledgement_sent_again_is_answered_with_the_first(
    store: Store, samples: Samples
) -> None:
    leased = await one_lease(store, samples)
    acknowledgement = samples.acknowledgement(leased)
    signed_anew = samples.acknowledgement(leased)

    answers = await asyncio.gather(
        *(store.acknowledge(a) for a in (acknowledgement, acknowledgement, signed_anew))
    )

    assert [answer.repeated for answer in answers] == [False, True, True]
    assert {answer.receipt for answer in answers} == {acknowledgement.receipt.data}
    later_on = await store.acknowledge(signed_anew)
    assert later_on.repeated
    assert later_on.receipt == acknowledgement.receipt.data
    assert await store.tree_size() == 2


async def test_late_acknowledgement_counts_when_the_digest_is_right(
    store: Store, samples: Samples
) -> None:
    leased = await one_lease(store, samples)
    (again,) = await lease(store, at=UNTIL, until=later(hours=1))

    await store.acknowledge(samples.acknowledgement(leased))

    assert again.delivery_id == leased.delivery_id
    assert await lease(store, at=later(hours=2)) == ()


async def test_acknowledgement_revives_a_dead_letter(store: Store, samples: Samples) -> None:
    leased = await one_lease(store, samples)
    receipt = samples.receipt(leased.message_digest, leased.content_digest, "failed", HUB)
    await store.fail(
        Failure(delivery_id=leased.delivery_id, receipt=receipt, at=NOW, code="peer.gone")
    )

    await store.acknowledge(samples.acknowledgement(leased))

    assert await store.dead_letters() == ()
    kinds = [leaf.kind for leaf in await store.leaves(0, 9)]
    assert kinds == [LeafKind.ACCEPTED, LeafKind.FAILED, LeafKind.ACKNOWLEDGED]


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], RefusedCode]] = {
    "other octets": ({"message_digest": b"\x09" * 32}, {}, RefusedCode.ACKNOWLEDGEMENT_DIGEST),
    "other content": ({"content_digest": b"\x09" * 32}, {}, RefusedCode.ACKNOWLEDGEMENT_DIGEST),
    "other chain": ({"previous": b"\x09" * 32}, {}, RefusedCode.ACKNOWLEDGEMENT_CHAIN),
    "other body": ({}, {"addressee": PUSHED}, RefusedCode.UNKNOWN_DELIVERY),
    "no delivery": ({}, {"delivery_id": DeliveryId("none")}, RefusedCode.UNKNOWN_DELIVERY),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_acknowledgement_of_something_else_is_refused(
    store: Store, samples: Samples, case: str
) -> None:
    in_receipt, beside, code = REFUSED[case]
    leased = await one_lease(store, samples)

    with pytest.raises(RefusedError) as refused:
        await store.acknowledge(replace(samples.acknowledgement(leased, **in_receipt), **beside))

    assert refused.value.code is code
    assert await store.tree_size() == 1


async def test_acknowledgement_with_another_outcome_is_refused(
    store: Store, samples: Samples
) -> None:
    leased = await one_lease(store, samples)
    await store.acknowledge(samples.acknowledgement(leased))

    with pytest.raises(RefusedError) as refused:
        await store.acknowledge(samples.acknowledgement(leased, outcome="rejected"))

    assert refused.value.code is RefusedCode.ACKNOWLEDGEMENT_CONFLICT


async def test_push_is_claimed_by_one_pusher_only(store: Store, samples: Samples) -> None:
    for _ in range(20):
        await store.commit(samples.attestation(pull=(), push=(PUSHED,)))

    groups = await asyncio.gather(
        *(store.claim_pushes(limit=6, at=NOW, until=UNTIL) for _ in range(6))
    )
    rest = await store.claim_pushes(limit=20, at=NOW, until=UNTIL)

    claimed = [claim.delivery_id for group in (*groups, rest) for claim in group]
    assert len(claimed) == len(set(claimed)) == 20


async def test_failed_push_comes_back_at_its_time_with_the_same_octets(
    store: Store, samples: Samples
) -> None:
    await store.commit(samples.attestation(pull=(), push=(PUSHED,)))
    (first,) = await store.claim_pushes(limit=9, at=NOW, until=UNTIL)
    retry = later(seconds=30)

    noted = await store.attempted(first.delivery_id, at=NOW, next_at=retry, code="peer.gone")

    assert noted
    assert await store.next_push_at() == retry
    assert await store.claim_pushes(limit=9, at=retry - SECOND, until=UNTIL) == ()
    (second,) = await store.claim_pushes(limit=9, at=retry, until=UNTIL)
    assert (second.delivery_id, second.data) == (first.delivery_id, first.data)
    assert second.attempts == 2
    assert second.deadline == later(hours=72)


async def test_claim_of_a_pusher_that_died_comes_back(store: Store, samples: Samples) -> None:
    await store.commit(samples.attestation(pull=(), push=(PUSHED,)))
    await store.claim_pushes(limit=9, at=NOW, until=UNTIL)

    assert await store.next_push_at() == UNTIL
    (again,) = await store.claim_pushes(limit=9, at=UNTIL, until=later(hours=1))

    assert again.attempts == 2


async def test_push_that_waits_for_its_turn_does_not_wake_the_pusher(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(), push=(PUSHED,))
    second = samples.revision(first, 1)
    second = replace(second, deliveries=samples.again(first).deliveries)
    for entry in (first, second):
        await store.commit(entry)
    (claim,) = await store.claim_pushes(limit=9, at=NOW, until=UNTIL)

    assert await store.next_push_at() == UNTIL
    await store.acknowledge(samples.acknowledgement(claim))

    assert await store.next_push_at() == NOW


async def test_attempt_noted_after_the_acknowledgement_changes_nothing(
    store: Store, samples: Samples
) -> None:
    await store.commit(samples.attestation(pull=(), push=(PUSHED,)))
    (claim,) = await store.claim_pushes(limit=9, at=NOW, until=UNTIL)
    await store.acknowledge(samples.acknowledgement(claim))

    noted = await store.attempted(claim.delivery_id, at=NOW, next_at=None, code="peer.gone")

    assert not noted
    assert await store.dead_letters() == ()


async def test_dead_letters_are_listed_in_pages_and_sent_again(
    store: Store, samples: Samples
) -> None:
    addressees = (PUSHED, BodyId("DE-RA-1"), BodyId("FR-RA-1"))
    for _ in range(3):
        await store.commit(samples.attestation(pull=(), push=addressees))
    for claim in await store.claim_pushes(limit=9, at=NOW, until=UNTIL):
        await store.attempted(claim.delivery_id, at=NOW, next_at=None, code="peer.gone")

    listed: list[DeliveryRecord] = []
    after = -1
    while page := await store.dead_letters(after=after, limit=2):
        listed += page
        after = page[-1].position
    assert len({letter.delivery_id for letter in listed}) == 9
    assert {letter.last_code for letter in listed} == {"peer.gone"}

    record = await store.resend(listed[4].delivery_id, at=later(days=4), deadline=later(days=7))

    assert (record.state, record.attempts) == (Delivery.READY, 0)
    assert len(await store.dead_letters()) == 8
    (claim,) = await store.claim_pushes(limit=9, at=later(days=4), until=later(days=5))
    assert claim.delivery_id == listed[4].delivery_id
    with pytest.raises(RefusedError) as refused:
        await store.resend(claim.delivery_id, at=NOW, deadline=None)
    assert refused.value.code is RefusedCode.DELIVERY_STATE


async def test_delivery_past_its_deadline_is_listed_once_nobody_holds_it(
    store: Store, samples: Samples
) -> None:
    await store.commit(samples.attestation(pull=(), push=(PUSHED,)))
    deadline = later(hours=72)
    assert await store.overdue(at=deadline - SECOND, limit=9) == ()
    await store.claim_pushes(limit=9, at=deadline, until=deadline + SECOND)
    assert await store.overdue(at=deadline, limit=9) == ()

    (late,) = await store.overdue(at=deadline + SECOND, limit=9)

    assert late.addressee == PUSHED


async def test_every_open_delivery_has_a_next_action_time_whatever_happens(
    store: Store, samples: Samples
) -> None:
    """The database itself refuses to forget one; this is the walk through all moves."""
    for _ in range(40):
        await store.commit(samples.attestation(pull=(PULLER,), push=(PUSHED,)))
    at = NOW
    for _ in range(12):
        at += timedelta(minutes=10)
        handed = (
            *await lease(store, at=at, until=at + timedelta(minutes=5), limit=9),
            *await store.claim_pushes(limit=9, at=at, until=at + timedelta(minutes=5)),
        )
        for leased in handed:
            what = samples.random.randrange(4)
            if what == 0:
                await store.acknowledge(samples.acknowledgement(leased))
            elif what == 1:
                retry = None if samples.random.random() < 0.3 else at + timedelta(minutes=7)
                await store.attempted(leased.delivery_id, at=at, next_at=retry, code="peer.gone")
        for letter in (await store.dead_letters())[:1]:
            await store.resend(letter.delivery_id, at=at, deadline=None)

    def broken(connection: Any) -> int:
        query = (
            "SELECT count(*) FROM deliveries WHERE (next_at IS NULL) != "
            "(state IN ('acknowledged', 'abandoned'))"
        )
        return int(connection.execute(text(query)).scalar_one())

    assert await store._database.read(broken) == 0
    figures = await store.statistics()
    assert figures.open_deliveries > 0
    assert figures.dead_letters > 0


async def test_long_poll_wakes_when_something_is_committed(store: Store, samples: Samples) -> None:
    mark = store.mark(PULLER)
    waiting = asyncio.create_task(store.wait_for_work(PULLER, timedelta(seconds=20), mark))
    pusher = asyncio.create_task(store.wait_for_work(None, timedelta(seconds=20)))
    await asyncio.sleep(0.01)

    await store.commit(samples.attestation(pull=(PULLER,), push=(PUSHED,)))

    assert await asyncio.wait_for(waiting, 5)
    assert await asyncio.wait_for(pusher, 5)
    # What came between looking and waiting is not missed.
    assert await store.wait_for_work(PULLER, timedelta(seconds=20), mark)


async def test_long_poll_ends_when_nothing_comes(store: Store) -> None:
    assert not await store.wait_for_work(PULLER, timedelta(milliseconds=30))


async def test_acknowledgement_wakes_who_waits_for_the_next(store: Store, samples: Samples) -> None:
    leased = await one_lease(store, samples)
    mark = store.mark(PULLER)

    await store.acknowledge(samples.acknowledgement(leased))

    assert store.mark(PULLER) > mark


async def test_another_process_on_postgresql_is_woken_too(
    postgres_url: str, samples: Samples
) -> None:
    async with Store.open(postgres_url) as one, Store.open(postgres_url) as two:
        waiting = asyncio.create_task(two.wait_for_work(PULLER, timedelta(seconds=20)))
        await asyncio.sleep(0.05)

        await one.commit(samples.attestation())

        assert await asyncio.wait_for(waiting, 10)
        assert len(await lease(two)) == 1
        assert await lease(one) == ()
