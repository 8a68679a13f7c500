"""Who is told what becomes of a certificate, and where its old numbers lead."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.certificates import CertificateKey
from exchange.core.entry import Entry, NewAttestation, Verdict
from exchange.core.lifecycle import Change, Mode
from exchange.core.model import BodyId, ContentDigest, Status
from exchange.errors import RuleError
from exchange.store.store import Store
from tests.store.samples import HUB, ISSUER, OTHER, PULLER, PUSHED, Samples, later

LATE = BodyId("GB-RA-LATE")


def digest(entry: Entry) -> ContentDigest:
    assert entry.statement is not None
    return entry.statement.content_digest


def claim_of(entry: Entry) -> NewAttestation:
    assert entry.statement is not None
    assert isinstance(entry.statement.claim, NewAttestation)
    return entry.statement.claim


def held(entry: Entry) -> Entry:
    return replace(entry, verdict=Verdict.HELD, hold_until=later(hours=24))


def silent(entry: Entry) -> Entry:
    """Return the entry without addressees of its own."""
    return replace(entry, deliveries=(), message=replace(entry.message, addressees=()))


def correction(samples: Samples, first: Entry, number: str) -> Entry:
    assert first.statement is not None
    named = (first.statement.document_id, digest(first))
    return samples.revision(first, 1, certificate_number=number, replaces=(named,))


async def receivers(store: Store, entry: Entry) -> list[tuple[str, str]]:
    found = await store.deliveries(digest(entry))
    return sorted((one.addressee, one.mode) for one in found)


async def test_change_goes_to_everybody_who_received_the_certificate(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(PULLER, OTHER), push=(PUSHED,))
    await store.commit(first)
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    until = later(hours=72)

    await store.commit(replace(silent(suspend), pushed={PUSHED: until}))

    assert await receivers(store, suspend) == sorted(
        [(PULLER, Mode.PULL), (OTHER, Mode.PULL), (PUSHED, Mode.PUSH)]
    )
    pushed = next(d for d in await store.deliveries(digest(suspend)) if d.addressee == PUSHED)
    assert pushed.deadline == until


async def test_addressee_who_received_it_before_gets_a_change_once(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(PULLER, OTHER))
    await store.commit(first)
    maintain = samples.status_change(first, 1, Status.ACTIVE, Status.ACTIVE, Change.MAINTAIN)

    await store.commit(maintain)
    await store.commit(samples.again(maintain))

    assert await receivers(store, maintain) == [(PULLER, Mode.PULL), (OTHER, Mode.PULL)]


async def test_later_revision_goes_to_those_who_have_the_first(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(PULLER,))
    await store.commit(first)
    second = samples.revision(first, 1, pull=(OTHER,))

    await store.commit(second)

    assert [name for name, _ in await receivers(store, second)] == sorted([PULLER, OTHER])


async def test_held_change_tells_on_release_and_not_before(store: Store, samples: Samples) -> None:
    first = samples.attestation(pull=(PULLER, OTHER))
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(held(silent(restore)))
    assert await receivers(store, restore) == []

    await store.commit(silent(suspend))

    for name in (PULLER, OTHER):
        handed = []
        while leased := await store.lease(name, limit=9, at=later(hours=1), until=later(hours=2)):
            assert len(leased) == 1
            await store.acknowledge(samples.acknowledgement(leased[0]))
            handed.append(leased[0].content_digest)
        assert handed == [digest(first), digest(suspend), digest(restore)]


async def test_late_receiver_gets_what_has_become_of_it_in_order(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(PULLER,))
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(held(restore))
    await store.commit(suspend)
    again = samples.again(first)
    late = replace(
        again,
        deliveries=(replace(again.deliveries[0], addressee=LATE),),
        message=replace(again.message, addressees=(LATE,)),
    )

    await store.commit(late)
    await store.commit(samples.again(late))

    handed = []
    while leased := await store.lease(LATE, limit=9, at=later(hours=1), until=later(hours=2)):
        await store.acknowledge(samples.acknowledgement(leased[0]))
        handed.append(leased[0].content_digest)
    assert handed == [digest(first), digest(suspend), digest(restore)]


async def test_many_submissions_at_once_tell_everybody_once(store: Store, samples: Samples) -> None:
    first = samples.attestation(pull=(PULLER, OTHER))
    await store.commit(first)
    change = samples.status_change(first, 1, Status.ACTIVE, Status.ACTIVE, Change.MAINTAIN)

    answers = await asyncio.gather(
        *(store.commit(one) for one in (change, *(samples.again(change) for _ in range(7))))
    )

    assert sum(not one.duplicate for one in answers) == 1
    assert [name for name, _ in await receivers(store, change)] == sorted([PULLER, OTHER])


async def test_authority_that_changes_a_status_tells_the_issuer(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    await store.commit(first)
    change = samples.status_change(
        first,
        1,
        Status.ACTIVE,
        Status.WITHDRAWN,
        Change.WITHDRAW,
        acts_for=frozenset({ISSUER}),
    )
    assert change.statement is not None

    await store.commit(replace(change, statement=replace(change.statement, issuer=HUB)))

    assert [name for name, _ in await receivers(store, change)] == sorted([PULLER, ISSUER])


async def test_corrected_number_leads_to_the_certificate_and_is_never_given_again(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    committed = await store.commit(first)
    old = claim_of(first).certificate_number

    await store.commit(correction(samples, first, "CORRECTED-1"))

    (key,) = await store.certificates_by_number(old)
    assert key == CertificateKey(committed.sequence)
    assert await store.certificates_by_number("CORRECTED-1", ISSUER) == (key,)
    kept = await store.certificate(key)
    assert kept is not None
    assert (kept.certificate_number, kept.former_numbers) == ("CORRECTED-1", (old,))
    assert kept.token == first.token
    assert await store.certificate_by_token(first.token) == key
    assert kept.statements[0].content_digest == digest(first)
    assert await store.certificate_of(digest(first)) == key
    with pytest.raises(RuleError) as refused:
        await store.commit(samples.attestation(certificate_number=old))
    assert refused.value.code is RuleCode.ATT_01


async def test_number_that_changes_without_a_correction_is_refused(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    await store.commit(first)

    with pytest.raises(RuleError) as refused:
        await store.commit(samples.revision(first, 1, certificate_number="OTHER-1"))

    assert refused.value.code is RuleCode.ATT_01


@pytest.mark.parametrize("by", [ISSUER, HUB])
async def test_transferred_certificate_leads_to_the_one_that_took_its_place(
    store: Store, samples: Samples, by: BodyId
) -> None:
    """`HUB` stands for the accreditation body of an issuer that is gone."""
    old = samples.attestation()
    await store.commit(old)
    taking = samples.attestation(issuer=OTHER, taken_from=(digest(old),))
    change = samples.status_change(
        old,
        1,
        Status.ACTIVE,
        Status.SUPERSEDED,
        Change.TRANSFER,
        successor=digest(taking),
        acts_for=frozenset({ISSUER}),
    )
    assert change.statement is not None
    change = replace(change, statement=replace(change.statement, issuer=by))
    with pytest.raises(RuleError) as early:
        await store.commit(change)
    assert early.value.code is StatusChangeCode.TRF_02

    new = await store.commit(taking)
    await store.commit(change)

    (key,) = await store.certificates_by_number(claim_of(old).certificate_number)
    kept = await store.certificate(key)
    assert kept is not None
    assert kept.successor == CertificateKey(new.sequence)
    assert taking.statement is not None
    assert taking.statement.signer is not None
    signed = await store.certificates_signed_by({taking.statement.signer})
    assert signed == (CertificateKey(new.sequence),)


@pytest.mark.parametrize("change", [Change.SUSPEND, Change.WITHDRAW, Change.EXPIRE])
async def test_what_is_not_active_is_not_transferred(
    store: Store, samples: Samples, change: Change
) -> None:
    old = samples.attestation()
    await store.commit(old)
    new = {
        Change.SUSPEND: Status.SUSPENDED,
        Change.WITHDRAW: Status.WITHDRAWN,
        Change.EXPIRE: Status.EXPIRED,
    }[change]
    await store.commit(samples.status_change(old, 1, Status.ACTIVE, new, change))

    with pytest.raises(RuleError) as refused:
        await store.commit(samples.attestation(issuer=OTHER, taken_from=(digest(old),)))

    assert refused.value.code is StatusChangeCode.TRF_01


async def test_replaced_attestation_leads_on_and_its_receivers_are_told(
    store: Store, samples: Samples
) -> None:
    old = samples.attestation(pull=(OTHER,))
    await store.commit(old)
    assert old.statement is not None
    named = (old.statement.document_id, digest(old))
    new = samples.attestation(replaces=(named,))

    committed = await store.commit(new)

    (key,) = await store.certificates_by_number(claim_of(old).certificate_number)
    kept = await store.certificate(key)
    assert kept is not None
    assert kept.successor == CertificateKey(committed.sequence)
    assert [name for name, _ in await receivers(store, new)] == sorted([PULLER, OTHER])


async def test_sub_certificate_needs_its_parent(store: Store, samples: Samples) -> None:
    parent = samples.attestation()
    number = claim_of(parent).certificate_number
    sub = samples.attestation(certificate_number=f"{number}-1", parents=(digest(parent),))
    other = samples.attestation(certificate_number="else-1", parents=(digest(parent),))
    for one in (sub, other):
        with pytest.raises(RuleError) as refused:
            await store.commit(one)
        assert refused.value.code is RuleCode.REL_01
    await store.commit(parent)

    await store.commit(sub)

    with pytest.raises(RuleError) as refused:
        await store.commit(other)
    assert refused.value.code is RuleCode.REL_01
    suspend = samples.status_change(parent, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    await store.commit(suspend)
    with pytest.raises(RuleError) as refused:
        await store.commit(
            samples.attestation(certificate_number=f"{number}-2", parents=(digest(parent),))
        )
    assert refused.value.code is RuleCode.REL_01


async def test_new_addressee_of_a_held_change_gets_it_when_its_turn_comes(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation(pull=(PULLER,))
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    await store.commit(first)
    await store.commit(held(restore))
    again = samples.again(restore)
    late = replace(
        again,
        deliveries=(replace(again.deliveries[0], addressee=LATE),),
        message=replace(again.message, addressees=(LATE,)),
    )

    await store.commit(late)

    assert await store.lease(LATE, limit=9, at=later(hours=1), until=later(hours=2)) == ()
    await store.commit(silent(suspend))
    (leased,) = await store.lease(LATE, limit=9, at=later(hours=1), until=later(hours=2))
    assert leased.content_digest == digest(restore)
