"""The life of a certificate in the store: every move, every order of arrival, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.certificates import CertificateKey
from exchange.core.entry import Committed, Entry, NewAttestation, Verdict
from exchange.core.life import Life, Told
from exchange.core.lifecycle import CHANGES, FINAL_STATUSES, RESTRICTIONS, Change
from exchange.core.model import ContentDigest, Status
from exchange.core.register import RegisterRecord
from exchange.errors import RuleError, UndecidedError
from exchange.store.store import Store
from tests.store.samples import OTHER, Samples, later

MOVES: Final = sorted((change, *move) for change, moves in CHANGES.items() for move in moves)
PARTS: Final = ("product A", "product B", "product C", "site S1")


def digest(entry: Entry) -> ContentDigest:
    assert entry.statement is not None
    return entry.statement.content_digest


async def offered(store: Store, entry: Entry) -> Committed | RuleError:
    """Commit as the service does: what comes across a gap is offered again."""
    try:
        return await store.commit(entry)
    except UndecidedError:
        held = replace(entry, verdict=Verdict.HELD, hold_until=later(hours=24))
        try:
            return await store.commit(held)
        except RuleError as error:
            return error
    except RuleError as error:
        return error


async def record_of(store: Store, first: Entry) -> RegisterRecord:
    assert first.statement is not None
    assert isinstance(first.statement.claim, NewAttestation)
    (record,) = await store.register(first.statement.claim.attestation_id)
    return record


async def life_of(store: Store, key: CertificateKey, entries: Iterable[Entry]) -> Life:
    """Return the fold of what is kept; the claims are those that were committed."""
    claims = {digest(e): e.statement.claim for e in entries if e.statement is not None}
    kept = await store.certificate(key)
    assert kept is not None
    told = []
    for one in kept.statements:
        claim = claims[one.content_digest]
        assert claim is not None
        told.append(
            Told(content_digest=one.content_digest, received_at=one.received_at, claim=claim)
        )
    return Life.of(told)


def columns(record: RegisterRecord) -> dict[str, Any]:
    return {
        "status": record.status,
        "since": record.since,
        "revision": record.revision,
        "latest": record.content_digest,
        "expires_at": record.expires_at,
        "sequence": record.sequence,
        "parts": record.parts,
    }


EVENTS: Final = st.one_of(
    st.tuples(
        st.just("change"),
        st.integers(1, 5),
        st.sampled_from(MOVES),
        st.sets(st.sampled_from(PARTS), max_size=2),
    ),
    st.tuples(
        st.just("revision"),
        st.integers(1, 3),
        st.sampled_from([Status.ACTIVE, Status.SUSPENDED]),
        st.sets(st.sampled_from(PARTS), min_size=1),
    ),
)


@given(walk=st.lists(EVENTS, min_size=1, max_size=14), seed=st.integers(0, 10**9))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_columns_of_the_register_are_what_the_fold_says(
    walk: list[tuple[str, int, Any, set[str]]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    asyncio.run(_walk(folder, walk, seed))


async def _walk(folder: Path, walk: list[tuple[str, int, Any, set[str]]], seed: int) -> None:
    samples = Samples(seed=seed, size=200)
    async with Store.open(f"sqlite:///{folder}/hub.sqlite3") as store:
        first = samples.attestation(parts=frozenset(PARTS), expires_at=later(days=90))
        entries = [first]
        committed = await store.commit(first)
        latest = first
        for minutes, (what, number, how, parts) in enumerate(walk, 1):
            if what == "change":
                change, previous, new = how
                entry = samples.status_change(
                    latest,
                    number,
                    previous,
                    new,
                    change,
                    removed=frozenset(parts) if change is Change.REDUCE else frozenset(),
                    added=frozenset(parts) if change is Change.EXTEND else frozenset(),
                    effective_at=later(minutes=minutes),
                )
            else:
                entry = samples.revision(
                    first, number, status=how, parts=frozenset(parts), since=later(minutes=minutes)
                )
            entries.append(entry)
            answer = await offered(store, entry)
            if (
                what == "revision"
                and not isinstance(answer, RuleError)
                and answer.verdict is Verdict.ACCEPTED
            ):
                latest = entry
            record = await record_of(store, first)
            life = await life_of(store, CertificateKey(int(committed.sequence)), entries)
            standing = life.latest
            assert {name: getattr(standing, name) for name in columns(record)} == columns(record)
            assert bool(standing.missing) is (record.gap is not None)


CHAIN: Final = (
    (Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND),
    (Status.SUSPENDED, Status.ACTIVE, Change.RESTORE),
    (Status.ACTIVE, Status.ACTIVE, Change.REDUCE),
    (Status.ACTIVE, Status.WITHDRAWN, Change.WITHDRAW),
)


@pytest.mark.parametrize(
    "order", [pytest.param(o, id="".join(map(str, o))) for o in permutations(range(1, 5))]
)
async def test_every_order_of_arrival_ends_alike_and_loses_no_restriction(
    store: Store, samples: Samples, order: tuple[int, ...]
) -> None:
    first = samples.attestation(parts=frozenset(PARTS))
    await store.commit(first)
    changes = {
        number: samples.status_change(
            first,
            number,
            *moves,
            effective_at=later(hours=number),
            removed=frozenset({"product A"}) if moves[2] is Change.REDUCE else frozenset(),
        )
        for number, moves in enumerate(CHAIN, 1)
    }
    arrived: list[int] = []
    for number in order:
        answer = await offered(store, changes[number])
        assert not isinstance(answer, RuleError)
        arrived.append(number)
        record = await record_of(store, first)
        if 4 in arrived:
            assert record.status is Status.WITHDRAWN
        if 3 in arrived:
            assert "product A" not in record.parts
        if arrived == [1]:
            assert record.status is Status.SUSPENDED
        waits = any(n < number for n in range(1, number) if n not in arrived)
        restricts = CHAIN[number - 1][2] in RESTRICTIONS
        held = answer.verdict is Verdict.HELD
        assert held is (waits and not restricts)

    record = await record_of(store, first)
    assert (record.status, record.since, record.sequence, record.gap) == (
        Status.WITHDRAWN,
        later(hours=4),
        4,
        None,
    )
    assert record.parts == set(PARTS) - {"product A"}
    assert (await store.statistics()).held == 0


@pytest.mark.parametrize("move", MOVES, ids="-".join)
async def test_every_move_of_the_table_is_made(
    store: Store, samples: Samples, move: tuple[Change, Status, Status]
) -> None:
    change, previous, new = move
    first = samples.attestation(status=previous, taken_over=previous is Status.SUSPENDED)
    await store.commit(first)
    claimed: dict[str, Any] = {}
    if change is Change.TRANSFER and new is Status.SUPERSEDED:
        taking = samples.attestation(issuer=OTHER, taken_from=(digest(first),))
        await store.commit(taking)
        claimed["successor"] = digest(taking)

    answer = await offered(store, samples.status_change(first, 1, previous, new, change, **claimed))

    assert not isinstance(answer, RuleError)
    record = await record_of(store, first)
    assert (record.status, record.sequence) == (new, 1)
    if new in FINAL_STATUSES:
        again = samples.status_change(first, 2, Status.ACTIVE, Status.ACTIVE, Change.MAINTAIN)
        refused = await offered(store, again)
        assert isinstance(refused, RuleError)
        assert refused.code is StatusChangeCode.STC_03


async def test_of_two_changes_with_one_number_one_enters(store: Store, samples: Samples) -> None:
    first = samples.attestation()
    await store.commit(first)
    rivals = [
        samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
        for _ in range(5)
    ]

    answers = await asyncio.gather(*(offered(store, one) for one in rivals))

    refused = [one for one in answers if isinstance(one, RuleError)]
    assert len(refused) == 4
    assert {one.code for one in refused} == {StatusChangeCode.STC_02}


async def test_change_that_waited_in_vain_enters_when_it_is_sent_again(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    cancel = samples.status_change(first, 1, Status.ACTIVE, Status.CANCELLED, Change.CANCEL)
    maintain = samples.status_change(first, 1, Status.ACTIVE, Status.ACTIVE, Change.MAINTAIN)
    second = samples.status_change(first, 2, Status.ACTIVE, Status.ACTIVE, Change.MAINTAIN)
    await store.commit(first)
    await offered(store, second)
    (hold,) = await store.lapsed_holds(at=later(days=2), limit=9)
    await store.lapse(samples.lapse(hold))
    await store.commit(maintain)

    answer = await offered(store, samples.again(second))

    assert not isinstance(answer, RuleError)
    assert not answer.duplicate
    assert (await record_of(store, first)).sequence == 2
    assert [one.state for one in await store.deliveries(digest(second))] == ["ready"]
    refused = await offered(store, cancel)
    assert isinstance(refused, RuleError)


async def test_suspension_that_came_ahead_is_lifted_by_nothing_that_counts_earlier(
    store: Store, samples: Samples
) -> None:
    first = samples.attestation()
    await store.commit(first)
    suspend = samples.status_change(first, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    restore = samples.status_change(first, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    again = samples.status_change(
        first, 3, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND, effective_at=later(hours=3)
    )
    await offered(store, suspend)
    await offered(store, again)

    await offered(store, restore)

    record = await record_of(store, first)
    assert (record.status, record.since, record.sequence) == (Status.SUSPENDED, later(hours=3), 3)
