"""Committing: whole or not at all, once, and never at a neighbour's cost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.codes.rules import RuleCode
from exchange.codes.service import RefusedCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.codes.store import StoreCode
from exchange.core.entry import Committed, DeliveryId, Entry, NewAttestation, Verdict
from exchange.core.hold import Hold, Lapse
from exchange.core.ledger import Leaf, LeafKind
from exchange.core.lifecycle import Change, Delivery
from exchange.core.model import BodyId, DocumentId, MessageDigest, MessageId, Status
from exchange.errors import ExchangeError, RefusedError, RuleError, StoreError, UndecidedError
from exchange.store.store import Store
from tests.store.samples import HUB, ISSUER, NOW, OTHER, PULLER, PUSHED, SCHEME, Samples, later


async def outcome(store: Store, entry: Entry) -> Committed | ExchangeError:
    try:
        return await store.commit(entry)
    except ExchangeError as exc:
        return exc


def too_large_a_number(entry: Entry) -> Entry:
    assert entry.statement is not None
    assert isinstance(entry.statement.claim, NewAttestation)
    broken = replace(entry.statement.claim, revision=2**70, taken_over=True)
    return replace(entry, statement=replace(entry.statement, claim=broken))


def half_a_character(entry: Entry) -> Entry:
    return replace(entry, message=replace(entry.message, sender=BodyId("CN-\ud800")))


def short_message_id(entry: Entry) -> Entry:
    return replace(entry, message=replace(entry.message, message_id=MessageId("short")))


def naive_instant(entry: Entry) -> Entry:
    naive = entry.message.received_at.replace(tzinfo=None)
    return replace(entry, message=replace(entry.message, received_at=naive))


def foreign_receipt(entry: Entry) -> Entry:
    return replace(entry, message=replace(entry.message, digest=bytes(32)))  # type: ignore[arg-type]


def no_octets(entry: Entry) -> Entry:
    return replace(entry, data="text")  # type: ignore[arg-type]


def taken_delivery(entry: Entry) -> Entry:
    first = replace(entry.deliveries[0], addressee=PUSHED)
    return replace(entry, deliveries=(*entry.deliveries, first))


BROKEN = (
    too_large_a_number,
    half_a_character,
    short_message_id,
    naive_instant,
    foreign_receipt,
    no_octets,
    taken_delivery,
)


@pytest.mark.parametrize("breaking", BROKEN)
async def test_item_that_cannot_be_written_fails_alone_among_fifty(
    store: Store, samples: Samples, breaking: object
) -> None:
    assert callable(breaking)
    entries = [samples.attestation() for _ in range(51)]
    entries[25] = breaking(entries[25])

    results = await asyncio.gather(*(outcome(store, entry) for entry in entries))

    bad = results.pop(25)
    assert isinstance(bad, StoreError)
    assert bad.code is StoreCode.UNWRITABLE
    assert all(isinstance(result, Committed) for result in results)
    assert (await store.statistics()).messages == 50
    assert await store.tree_size() == 50


async def test_refusal_by_the_register_fails_alone_among_fifty(
    store: Store, samples: Samples
) -> None:
    entries = [samples.attestation() for _ in range(50)]
    entries.insert(25, samples.revision(entries[24], 7))

    results = await asyncio.gather(*(outcome(store, entry) for entry in entries))

    bad = results.pop(25)
    assert isinstance(bad, RuleError)
    assert bad.code is RuleCode.ATT_03
    assert all(isinstance(result, Committed) for result in results)
    assert await store.tree_size() == 50


async def test_message_id_conflict_fails_alone_among_fifty(store: Store, samples: Samples) -> None:
    entries = [samples.attestation() for _ in range(51)]
    same = replace(entries[25].message, message_id=entries[24].message.message_id)
    entries[25] = replace(entries[25], message=same)

    results = await asyncio.gather(*(outcome(store, entry) for entry in entries))

    bad = results.pop(25)
    assert isinstance(bad, RefusedError)
    assert bad.code is RefusedCode.MESSAGE_ID_CONFLICT
    assert all(isinstance(result, Committed) for result in results)


async def test_message_sent_again_is_answered_with_the_first_receipt(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation()
    first = await store.commit(entry)
    digest = entry.message.digest
    other_receipt = samples.receipt(digest, first.content_digest, "accepted", ISSUER)
    message = replace(entry.message, addressees=(*entry.message.addressees,) * 2)

    again = await store.commit(replace(entry, message=message, receipt=other_receipt))

    assert again.repeated
    assert again.receipt == first.receipt == entry.receipt.data
    assert again.sequence == first.sequence
    assert await store.tree_size() == 1


async def test_message_sent_twice_at_once_is_committed_once(store: Store, samples: Samples) -> None:
    entry = samples.attestation()

    results = await asyncio.gather(*(store.commit(entry) for _ in range(20)))

    assert sorted(result.repeated for result in results) == [False] + [True] * 19
    assert {result.receipt for result in results} == {entry.receipt.data}
    assert (await store.statistics()).messages == 1


@pytest.mark.parametrize("part", ["octets", "addressees"])
async def test_message_id_used_for_something_else_is_refused_with_both_digests(
    store: Store, samples: Samples, part: str
) -> None:
    entry, other = samples.attestation(), samples.attestation()
    await store.commit(entry)
    if part == "octets":
        other = replace(other, message=replace(other.message, message_id=entry.message.message_id))
    else:
        other = replace(entry, message=replace(entry.message, addressees=("NO",)))

    with pytest.raises(RefusedError) as refused:
        await store.commit(other)

    assert refused.value.code is RefusedCode.MESSAGE_ID_CONFLICT
    assert entry.message.digest.hex() in str(refused.value)
    assert other.message.digest.hex() in str(refused.value)


async def test_same_message_id_of_another_sender_is_another_message(
    store: Store, samples: Samples
) -> None:
    entry, other = samples.attestation(), samples.attestation(issuer=OTHER)
    other = replace(other, message=replace(other.message, message_id=entry.message.message_id))

    results = [await store.commit(entry), await store.commit(other)]

    assert [result.repeated for result in results] == [False, False]


async def test_refused_message_is_receipted_and_repeated_identically(
    store: Store, samples: Samples
) -> None:
    refusal = samples.rejected(samples.attestation())
    first = await store.commit(refusal)

    again = await store.commit(refusal)

    assert first.verdict is Verdict.REJECTED
    assert again == replace(first, repeated=True)
    assert await store.refused_octets(first.sequence) == refusal.data
    assert await store.tree_size() == 1
    assert (await store.statistics()).statements == 0


async def test_same_content_by_another_message_is_stored_once_and_receipted_twice(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation(pull=(PULLER,))
    first = await store.commit(entry)
    again = samples.again(entry)
    new_addressee = replace(again.deliveries[0], addressee=PUSHED)
    again = replace(
        again,
        deliveries=(
            replace(again.deliveries[0], delivery_id=DeliveryId(samples.identifier())),
            new_addressee,
        ),
    )

    second = await store.commit(again)

    assert second.duplicate
    assert second.receipt != first.receipt
    assert second.deliveries == (new_addressee.delivery_id,)
    figures = await store.statistics()
    assert (figures.statements, figures.messages, figures.receipts) == (1, 2, 2)
    assert first.content_digest is not None
    assert len(await store.receipts(first.content_digest)) == 2


async def test_other_content_with_a_used_document_id_is_refused(
    store: Store, samples: Samples
) -> None:
    entry, other = samples.attestation(), samples.attestation(issuer=OTHER)
    assert entry.statement is not None
    assert other.statement is not None
    await store.commit(entry)
    stolen = replace(other.statement, document_id=entry.statement.document_id)

    with pytest.raises(RuleError) as refused:
        await store.commit(replace(other, statement=stolen))

    assert refused.value.code is RuleCode.HDR_01
    assert await store.tree_size() == 1


async def test_caller_that_goes_away_does_not_lose_the_commit(
    store: Store, samples: Samples
) -> None:
    entries = [samples.attestation() for _ in range(20)]
    tasks = [asyncio.create_task(store.commit(entry)) for entry in entries]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    again = await store.commit(entries[3])

    assert again.repeated
    assert await store.tree_size() == 20


async def test_statement_comes_back_byte_for_byte(store: Store, samples: Samples) -> None:
    entry = replace(samples.attestation(), evidence=b"authorised by Wang Fang")
    committed = await store.commit(entry)
    assert committed.content_digest is not None

    found = await store.statement(committed.content_digest)

    assert found is not None
    assert found.data == entry.data
    assert found.message_digest == entry.message.digest
    assert await store.evidence(committed.sequence) == b"authorised by Wang Fang"
    stored = await store.find_message(entry.message.sender, entry.message.message_id)
    assert stored is not None
    assert stored.receipt == entry.receipt.data
    assert stored.message.received_at == NOW


async def test_statement_is_visible_to_its_three_parties_only(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation(pull=(PULLER,))
    sender = BodyId("CN-LAB-7")
    entry = replace(entry, message=replace(entry.message, sender=sender))
    digest = (await store.commit(entry)).content_digest
    assert digest is not None

    seen = {body: await store.visible_to(digest, body) for body in (sender, ISSUER, PULLER, PUSHED)}

    assert seen == {sender: True, ISSUER: True, PULLER: True, PUSHED: False}
    assert not await store.visible_to(b"?" * 32, ISSUER)  # type: ignore[arg-type]


async def test_register_follows_revisions_and_status_changes(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    second = samples.revision(first, 1, expires_at=later(days=365))
    suspended = samples.status_change(
        second, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND, effective_at=later(hours=1)
    )

    # All in one group, or one by one: each sees what the one before changed.
    await asyncio.gather(*(store.commit(entry) for entry in (first, second, suspended)))

    assert first.statement is not None
    assert second.statement is not None
    claim = first.statement.claim
    assert claim is not None
    (record,) = await store.register(claim.attestation_id)
    assert record.revision == 1
    assert record.status is Status.SUSPENDED
    assert record.since == later(hours=1)
    assert record.expires_at == later(days=365)
    assert record.sequence == 1
    assert record.content_digest == second.statement.content_digest
    assert await store.register_number(ISSUER, claim.certificate_number) == (record,)
    assert record.scheme == SCHEME


async def test_number_of_another_attestation_is_refused(store: Store, samples: Samples) -> None:
    first = samples.attestation(certificate_number="00126Q30001R0M")
    await store.commit(first)

    with pytest.raises(RuleError) as refused:
        await store.commit(samples.attestation(certificate_number="00126Q30001R0M"))

    assert refused.value.code is RuleCode.ATT_01
    # Another issuer may count in the same way.
    await store.commit(samples.attestation(certificate_number="00126Q30001R0M", issuer=OTHER))


async def test_replaced_document_must_be_the_issuers_own(store: Store, samples: Samples) -> None:
    foreign = samples.attestation(issuer=OTHER)
    own = samples.attestation()
    for entry in (foreign, own):
        await store.commit(entry)
    assert foreign.statement is not None
    assert own.statement is not None
    names = {
        entry: (entry.document_id, entry.content_digest)
        for entry in (foreign.statement, own.statement)
    }
    unknown = (DocumentId("urn:uuid:0"), own.statement.content_digest)
    wrong_digest = (own.statement.document_id, foreign.statement.content_digest)

    for bad in (names[foreign.statement], unknown, wrong_digest):
        with pytest.raises(RuleError) as refused:
            await store.commit(samples.attestation(replaces=(bad,)))
        assert refused.value.code is RuleCode.HDR_06
    await store.commit(samples.attestation(replaces=(names[own.statement],)))

    assert own.statement.claim is not None
    (record,) = await store.register(own.statement.claim.attestation_id)
    assert record.status is Status.SUPERSEDED


async def handed_out(store: Store, samples: Samples) -> list[MessageDigest]:
    """Take and acknowledge what there is, one after the other."""
    handed = []
    while leased := await store.lease(PULLER, limit=9, at=NOW, until=later(minutes=5)):
        assert len(leased) == 1
        await store.acknowledge(samples.acknowledgement(leased[0]))
        handed.append(leased[0].message_digest)
    return handed


async def test_restriction_across_a_gap_takes_effect_and_what_is_behind_it_is_held(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    withdraw = samples.status_change(first, 3, Status.ACTIVE, Status.WITHDRAWN, Change.WITHDRAW)
    await store.commit(first)
    with pytest.raises(UndecidedError) as undecided:
        await store.commit(restore)
    assert undecided.value.code is StatusChangeCode.STC_02
    held = [
        await store.commit(replace(entry, verdict=Verdict.HELD, hold_until=later(hours=24)))
        for entry in (withdraw, restore)
    ]
    assert [committed.verdict for committed in held] == [Verdict.ACCEPTED, Verdict.HELD]
    assert await handed_out(store, samples) == [one.message.digest for one in (first, withdraw)]
    assert (await store.statistics()).held == 1

    await store.commit(suspend)

    assert await handed_out(store, samples) == [one.message.digest for one in (suspend, restore)]
    assert first.statement is not None
    assert first.statement.claim is not None
    (record,) = await store.register(first.statement.claim.attestation_id)
    assert (record.status, record.sequence) == (Status.WITHDRAWN, 3)
    assert (await store.statistics()).held == 0


async def test_held_status_change_that_turns_out_wrong_becomes_a_dead_letter(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    cancel = samples.status_change(first, 1, Status.ACTIVE, Status.CANCELLED, Change.CANCEL)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))

    await store.commit(cancel)

    (dead,) = await store.dead_letters()
    assert dead.state is Delivery.ABANDONED
    assert dead.last_code == StatusChangeCode.STC_03
    assert (await store.statistics()).held == 0


async def test_reduction_that_would_leave_nothing_beside_a_later_one_is_refused(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(parts=frozenset({"product A", "product B", "site S1"}))

    def reduction(sequence: int, *parts: str) -> Entry:
        return samples.status_change(
            first, sequence, Status.ACTIVE, Status.ACTIVE, Change.REDUCE, removed=frozenset(parts)
        )

    await store.commit(first)
    await store.commit(
        replace(reduction(2, "product B"), verdict=Verdict.HELD, hold_until=later(hours=24))
    )

    with pytest.raises(RuleError) as refused:
        await store.commit(reduction(1, "product A"))
    assert refused.value.code is StatusChangeCode.STC_07
    again = samples.revision(first, 1, parts=frozenset({"product A", "product C"}))
    with pytest.raises(UndecidedError) as undecided:
        await store.commit(again)
    assert undecided.value.code is StatusChangeCode.STC_02

    await store.commit(reduction(1, "site S9"))
    await store.commit(again)
    assert first.statement is not None
    assert first.statement.claim is not None
    (record,) = await store.register(first.statement.claim.attestation_id)
    assert (record.sequence, record.gap) == (2, None)
    assert record.parts == {"product A", "product C"}


async def test_hold_that_lapses_is_listed_and_given_up(store: Store, samples: Samples) -> None:
    first = samples.attestation()
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))
    assert await store.lapsed_holds(at=later(hours=23), limit=10) == ()

    (hold,) = await store.lapsed_holds(at=later(hours=24), limit=10)
    await store.lapse(end_of(samples, hold, StatusChangeCode.STC_02))

    assert hold.waiting_for == 1
    assert await store.lapsed_holds(at=later(hours=25), limit=10) == ()
    (dead,) = await store.dead_letters()
    assert dead.last_code == StatusChangeCode.STC_02


def end_of(samples: Samples, hold: Hold, code: str) -> Lapse:
    receipt = samples.receipt(hold.message.digest, hold.content_digest, "failed", HUB)
    return Lapse(
        hold=hold,
        receipt=replace(receipt, previous=hold.receipt_digest),
        at=later(hours=24),
        code=code,
    )


async def test_hold_that_lapses_ends_with_a_signed_receipt_in_the_ledger(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    held = await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))
    (hold,) = await store.lapsed_holds(at=later(hours=24), limit=10)
    assert (hold.message, hold.receipt_digest) == (restore.message, held.receipt_digest)
    lapse = end_of(samples, hold, StatusChangeCode.STC_02)

    ended = await store.lapse(lapse)

    assert ended.sequence == held.sequence
    assert await store.tree_size() == 3
    assert await store.leaves(2, 3) == (
        Leaf(
            kind=LeafKind.FAILED,
            content_digest=hold.content_digest,
            receipt_digest=lapse.receipt.digest,
        ),
    )
    receipts = await store.receipts(hold.content_digest)
    assert [one.stage for one in receipts] == ["accepted", "failed"]
    assert receipts[1].previous == held.receipt_digest
    assert await store.lapsed_holds(at=later(hours=25), limit=10) == ()
    assert await store.untold_holds(limit=10) == ()
    (dead,) = await store.dead_letters()
    assert dead.last_code == StatusChangeCode.STC_02
    with pytest.raises(RefusedError) as twice:
        await store.lapse(end_of(samples, hold, StatusChangeCode.STC_02))
    assert twice.value.code is RefusedCode.DELIVERY_STATE


async def test_hold_refused_at_its_turn_is_listed_until_its_sender_has_a_receipt(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    await store.commit(first)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))
    assert await store.untold_holds(limit=10) == ()
    await store.commit(
        samples.status_change(first, 1, Status.ACTIVE, Status.CANCELLED, Change.CANCEL)
    )

    (hold,) = await store.untold_holds(limit=10)
    await store.lapse(end_of(samples, hold, str(hold.fault)))

    assert hold.fault == StatusChangeCode.STC_03
    assert await store.untold_holds(limit=10) == ()
    assert len(await store.receipts(hold.content_digest)) == 2


@pytest.mark.parametrize("first_of_both", ["lapse", "predecessor"])
async def test_hold_that_lapses_as_its_predecessor_arrives_ends_once(
    store: Store, samples: Samples, first_of_both: str
) -> None:
    first = samples.attestation()
    await store.commit(first)
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))
    (hold,) = await store.lapsed_holds(at=later(hours=24), limit=10)
    lapse = store.lapse(end_of(samples, hold, StatusChangeCode.STC_02))
    both = (
        (lapse, store.commit(suspend))
        if first_of_both == "lapse"
        else (store.commit(suspend), lapse)
    )

    results = await asyncio.gather(*both, return_exceptions=True)

    (record,) = await store.register(hold.attestation_id)
    dead = await store.dead_letters()
    if first_of_both == "lapse":
        assert not any(isinstance(one, Exception) for one in results)
        assert (record.status, len(dead)) == (Status.SUSPENDED, 1)
    else:
        assert isinstance(results[1], RefusedError)
        assert (record.status, len(dead)) == (Status.ACTIVE, 0)
    assert await store.untold_holds(limit=10) == ()


async def test_dead_letter_of_a_status_change_that_never_entered_is_not_sent_again(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(replace(restore, verdict=Verdict.HELD, hold_until=later(hours=24)))
    (hold,) = await store.lapsed_holds(at=later(hours=24), limit=10)
    await store.lapse(end_of(samples, hold, StatusChangeCode.STC_02))
    (dead,) = await store.dead_letters()

    with pytest.raises(RefusedError) as refused:
        await store.resend(dead.delivery_id, at=later(hours=25), deadline=None)

    assert refused.value.code is RefusedCode.DELIVERY_STATE


async def test_closed_store_takes_nothing_more(url: str, samples: Samples) -> None:
    async with Store.open(url) as store:
        pass

    with pytest.raises(StoreError) as closed:
        await store.commit(samples.attestation())

    assert closed.value.code is StoreCode.CLOSED
