"""What the store keeps about trust: actions in one order, lists published once, and the rest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from alembic import command
from sqlalchemy import Connection, text

from exchange.codes.service import RefusedCode
from exchange.codes.store import StoreCode
from exchange.codes.trust import TrustCode
from exchange.core.entry import DeliveryId, Entry, Interrupted, Verdict
from exchange.core.lifecycle import Change, Delivery, Mode
from exchange.core.model import BodyId, Economy, Fingerprint, Status
from exchange.core.trust_records import Fetch, Notice, PublishedList
from exchange.core.trust_values import ListType
from exchange.errors import RefusedError, StoreError
from exchange.store.batch import ACTIONS_BELL, LISTS
from exchange.store.schema import configuration, migrate
from exchange.store.store import Store
from tests.store.samples import HUB, ISSUER, NOW, OTHER, PULLER, PUSHED, Samples, later

KEY = Fingerprint(bytes(range(32)))


def action(samples: Samples, after: int) -> Entry:
    """Return an entry with a statement that is the next action after so many."""
    entry = samples.attestation(pull=(), issuer=HUB)
    assert entry.statement is not None
    return replace(entry, statement=replace(entry.statement, claim=None), actions=after)


def refusal(samples: Samples, body: BodyId = ISSUER, sender: BodyId = ISSUER) -> Entry:
    """Return the refusal of a document whose key is suspended."""
    entry = samples.attestation(pull=(), issuer=sender)
    return Entry(
        message=entry.message,
        verdict=Verdict.REJECTED,
        receipt=samples.receipt(entry.message.digest, None, "rejected", HUB),
        interrupted=Interrupted(body=body, key=KEY, code=TrustCode.KEY_SUSPENDED.value),
    )


def published(
    territory: str, sequence: int, data: bytes, kind: ListType = ListType.ECONOMY
) -> PublishedList:
    return PublishedList(
        type=kind,
        territory=Economy(territory),
        sequence=sequence,
        issued_at=NOW,
        next_update=later(days=30),
        actions=1,
        data=data,
    )


async def test_actions_are_numbered_in_the_order_of_their_commits(
    store: Store, samples: Samples
) -> None:
    entries = [action(samples, n) for n in range(3)]
    for entry in entries:
        await store.commit(entry)

    found = await store.actions()

    assert [one.number for one in found] == [1, 2, 3]
    assert [one.data for one in found] == [entry.data for entry in entries]
    assert [one.receipt for one in found] == [entry.receipt.data for entry in entries]
    assert {one.received_at for one in found} == {NOW}
    assert [one.number for one in await store.actions(after=1, limit=1)] == [2]
    assert await store.count_actions() == 3
    assert await store.action_number(found[1].digest) == 2
    other = samples.attestation()
    await store.commit(other)
    assert other.statement is not None
    assert await store.action_number(other.statement.content_digest) is None


async def test_of_two_actions_decided_on_the_same_state_one_enters_and_the_other_is_told(
    store: Store, samples: Samples
) -> None:
    await store.commit(action(samples, 0))
    racing = [action(samples, 1) for _ in range(5)]

    results = await asyncio.gather(*map(store.commit, racing), return_exceptions=True)

    refused = [one for one in results if isinstance(one, BaseException)]
    assert len(refused) == 4
    for one in refused:
        assert isinstance(one, StoreError)
        assert one.code is StoreCode.OVERTAKEN
    assert await store.count_actions() == 2
    # What was overtaken left no trace.
    assert (await store.statistics()).messages == 2


async def test_two_processes_on_postgresql_see_each_others_actions_at_once(
    postgres_url: str, samples: Samples
) -> None:
    async with Store.open(postgres_url) as one, Store.open(postgres_url) as two:
        mark = two.mark(ACTIONS_BELL)
        await one.commit(action(samples, 0))

        assert await two.wait_for_work(ACTIONS_BELL, timedelta(seconds=5), mark)
        assert await two.count_actions() == 1
        with pytest.raises(StoreError) as overtaken:
            await two.commit(action(samples, 0))
        assert overtaken.value.code is StoreCode.OVERTAKEN


async def test_an_action_whose_octets_are_gone_is_damage_and_not_skipped(
    store: Store, samples: Samples
) -> None:
    await store.commit(action(samples, 0))

    def remove(connection: Connection) -> None:
        connection.execute(text("UPDATE statements SET body = NULL"))

    await store._database.write(remove)
    with pytest.raises(StoreError) as damaged:
        await store.actions()
    assert damaged.value.code is StoreCode.DAMAGED


async def test_kinds_of_statements_know_actions_after_the_migration(
    store: Store, samples: Samples
) -> None:
    await store.commit(samples.attestation())

    def rename(kind: str, connection: Connection) -> None:
        connection.execute(text("UPDATE statements SET kind = :kind"), {"kind": kind})

    await store._database.write(partial(rename, "action"))
    with pytest.raises(StoreError):
        await store._database.write(partial(rename, "whatever"))


async def test_a_database_with_actions_does_not_go_back_behind_them(
    store: Store, samples: Samples
) -> None:
    def down(connection: Connection) -> None:
        command.downgrade(configuration(connection), "0002")

    await store._database.write(down)
    await store._database.write(migrate)
    await store.commit(action(samples, 0))
    with pytest.raises(RuntimeError):
        await store._database.write(down)
    assert await store.count_actions() == 1


async def test_lists_are_published_together_and_each_version_once(store: Store) -> None:
    first = (published("CN", 1, b"<cn/>"), published("XX", 1, b"<xx/>", ListType.LIST_OF_LISTS))
    mark = store.mark(LISTS)
    assert await store.publish_lists(first)
    assert await store.wait_for_work(LISTS, timedelta(seconds=1), mark)
    assert set(await store.published_lists()) == set(first)

    # The list of lists is not newer, so the new list of CN is not kept either.
    late = (published("CN", 2, b"<cn2/>"), published("XX", 1, b"<other/>", ListType.LIST_OF_LISTS))
    assert not await store.publish_lists(late)
    assert set(await store.published_lists()) == set(first)

    assert await store.publish_lists((late[0],))
    assert {one.sequence for one in await store.published_lists()} == {1, 2}
    assert await store.published_versions() == (
        (ListType.ECONOMY.value, "CN", 2),
        (ListType.LIST_OF_LISTS.value, "XX", 1),
    )
    # What was trusted before can be shown for good.
    assert await store.published_list(ListType.ECONOMY, Economy("CN"), 1) == first[0]
    assert await store.published_list(ListType.ECONOMY, Economy("CN"), 9) is None


async def test_the_first_list_that_shows_an_action_is_found(store: Store) -> None:
    for sequence, shown in ((1, 1), (2, 4), (3, 9)):
        one = replace(published("CN", sequence, f"<cn{sequence}/>".encode()), actions=shown)
        assert await store.publish_lists((one,))

    assert [await store.announced_by(Economy("CN"), n) for n in (1, 2, 4, 5, 9, 10)] == [
        1,
        2,
        2,
        3,
        3,
        None,
    ]
    assert await store.announced_by(Economy("RU"), 1) is None


async def test_of_two_processes_that_publish_at_once_one_does(postgres_url: str) -> None:
    async with Store.open(postgres_url) as one, Store.open(postgres_url) as two:
        kept = await asyncio.gather(
            *(
                store.publish_lists((published("CN", 1, f"<cn{n}/>".encode()),))
                for n, store in enumerate((one, two, one, two))
            )
        )

        assert sorted(kept) == [False, False, False, True]


async def test_the_newest_word_of_a_partner_about_what_it_holds_counts(store: Store) -> None:
    await store.note_fetch(PULLER, "CN.xml", 3, 12, NOW)
    await store.note_fetch(PULLER, "XX.xml", 1, 12, NOW)
    await store.note_fetch(PULLER, "CN.xml", 4, 0, later(hours=1))

    assert await store.fetches() == (
        Fetch(partner=PULLER, name="CN.xml", sequence=4, keys=0, at=later(hours=1)),
        Fetch(partner=PULLER, name="XX.xml", sequence=1, keys=12, at=NOW),
    )


async def test_documents_refused_under_a_suspension_are_listed_until_their_senders_are_told(
    store: Store, samples: Samples
) -> None:
    ours, theirs = refusal(samples), refusal(samples, OTHER, OTHER)
    for entry in (ours, theirs, samples.attestation()):
        await store.commit(entry)

    listed = await store.refused_under_suspension()
    assert [one.message for one in listed] == [ours.message, theirs.message]
    assert listed[0].interrupted == ours.interrupted
    assert await store.refused_under_suspension(bodies=[OTHER]) == listed[1:]
    assert await store.refused_under_suspension(sender=ISSUER) == listed[:1]
    assert await store.refused_under_suspension(after=listed[0].sequence) == listed[1:]

    receipt = replace(
        samples.receipt(ours.message.digest, None, "rejected", HUB),
        previous=listed[0].receipt_digest,
    )
    notice = Notice(refused=listed[0], receipt=receipt, at=later(hours=1))
    await store.tell(notice)

    assert await store.refused_under_suspension(untold=True) == listed[1:]
    assert (await store.refused_under_suspension())[0].told_at == later(hours=1)
    receipts = await store.receipts_of_message(listed[0].sequence)
    assert [data for _, data in receipts] == [ours.receipt.data, receipt.data]
    assert await store.tree_size() == 4
    with pytest.raises(RefusedError) as again:
        await store.tell(replace(notice, receipt=samples.receipt(b"", None, "rejected", HUB)))
    assert again.value.code is RefusedCode.DELIVERY_STATE
    assert await store.tree_size() == 4


async def test_documents_on_their_way_and_judged_lately_are_found_by_their_issuer(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation(pull=(PULLER,), push=(PUSHED,))
    await store.commit(entry)
    await store.commit(samples.attestation(issuer=OTHER))
    await store.commit(refusal(samples))
    held = replace(
        samples.status_change(entry, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE),
        verdict=Verdict.HELD,
        hold_until=later(hours=24),
        deliveries=(),
    )
    await store.commit(held)

    flying = await store.in_flight([ISSUER], limit=10)

    assert [(one.addressee, one.mode, one.state) for one in flying] == [
        (PULLER, Mode.PULL, Delivery.READY),
        (PUSHED, Mode.PUSH, Delivery.READY),
        (None, None, Delivery.HELD),
    ]
    assert flying[0].delivery_id == DeliveryId(entry.deliveries[0].delivery_id)
    assert flying[2].document.data == held.data
    judged = await store.judged_since([ISSUER], since=NOW, limit=10)
    assert [one.data for one in judged] == [entry.data, held.data]
    assert not await store.judged_since([ISSUER], since=later(seconds=1), limit=10)
    assert await store.judged_since([ISSUER, OTHER], since=NOW, after=judged[0].sequence, limit=1)


async def test_revocation_data_is_kept_by_its_address(store: Store) -> None:
    await store.put_revocation("http://ca.example/crl", b"one", NOW, later(days=1))
    await store.put_revocation("http://ca.example/crl", b"two", later(hours=1), None)

    (kept,) = await store.revocation_data()

    assert (kept.data, kept.fetched_at, kept.next_update) == (b"two", later(hours=1), None)


async def test_a_warning_is_given_once_whoever_asks(store: Store) -> None:
    assert not await store.warned("key/aa", 30)
    first = await asyncio.gather(*(store.note_warning("key/aa", 30, NOW) for _ in range(4)))
    assert sorted(first) == [False, False, False, True]
    assert await store.warned("key/aa", 30)
    assert not await store.warned("key/aa", 14)
