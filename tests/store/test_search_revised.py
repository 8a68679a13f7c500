"""What a certificate said before leads to it, and pages stay right while certificates change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Connection, update

from exchange.core.entry import Entry, NewAttestation
from exchange.core.lifecycle import Change
from exchange.core.model import Status
from exchange.core.projection import project
from exchange.core.searching import Question, Sight
from exchange.store import search as index
from exchange.store.dictionaries import unpacker
from exchange.store.search_tables import SEARCH_PROGRESS
from exchange.store.searching import Hit, Hits
from exchange.store.store import Store
from exchange.store.tables import STATEMENTS
from tests.living import begun
from tests.store.samples import NOW, Samples
from tests.world import World, make_world

EVERYTHING = Sight(everything=True)
NEW = "10326Q10307R0M"


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of the tests, where real documents come from."""
    return make_world()


async def commit(store: Store, samples: Samples, world: World, data: bytes) -> Entry:
    """Commit a real document, with the receipt of a sample."""
    statement = project(world.examine(data), world.snapshot.trust)
    assert isinstance(statement.claim, NewAttestation)
    made = samples.entry(statement.claim, data, statement.issuer, (), ())
    receipt = replace(made.receipt, content_digest=statement.content_digest)
    entry = replace(made, statement=statement, receipt=receipt)
    await store.commit(entry)
    return entry


async def _found(store: Store, **asked: object) -> tuple[Hit, ...]:
    question = Question(**asked)  # type: ignore[arg-type]
    page = await store.search(question, sight=EVERYTHING, after=None, limit=20, at=NOW)
    return page.hits


async def test_a_former_number_leads_to_the_latest_revision_whatever_becomes_of_it(
    store: Store, samples: Samples, world: World
) -> None:
    first = begun(world, 7)
    old = first.number
    await commit(store, samples, world, first.data)
    await commit(store, samples, world, begun(world, 8).data)
    latest = await commit(store, samples, world, first.revised(number=NEW).data)

    for asked in ({"identifier": old}, {"text": old}, {"text": f"{old[:-1]}*"}, {"text": NEW}):
        (hit,) = await _found(store, **asked)
        assert (hit.certificate_number, hit.is_revised) == (NEW, True), asked
        assert hit.former_numbers == (old,)

    change = samples.status_change(latest, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    await store.commit(change)
    for status, number in ((Status.SUSPENDED, 1), (Status.ACTIVE, 0), (None, 1)):
        assert len(await _found(store, identifier=old, status=status)) == number


async def test_what_a_removed_revision_said_leads_nowhere_any_more(
    store: Store, samples: Samples, world: World
) -> None:
    first = begun(world, 7)
    await commit(store, samples, world, first.data)
    latest = await commit(store, samples, world, first.revised(number=NEW).data)
    await store.commit(
        samples.status_change(latest, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
    )

    def remove(connection: Connection, statement: int) -> None:
        index.forget(connection, statement, unpacker(connection, store._codec))
        which = STATEMENTS.c.sequence == statement
        connection.execute(update(STATEMENTS).where(which).values(body=None))

    async def forget(statement: int) -> None:
        await store._database.write(partial(remove, statement=statement))

    await forget(0)
    assert await _found(store, identifier=first.number) == ()
    assert len(await _found(store, identifier=NEW, status=Status.SUSPENDED)) == 1
    assert latest.statement is not None
    assert isinstance(latest.statement.claim, NewAttestation)
    assert len(await _found(store, text=latest.statement.claim.words.split()[-1])) == 1
    await forget(1)
    assert await _found(store) == ()


async def test_an_index_that_is_made_again_knows_former_numbers(
    store: Store, samples: Samples, world: World
) -> None:
    first = begun(world, 7)
    await commit(store, samples, world, first.data)
    await commit(store, samples, world, first.revised(number=NEW).data)

    def lose(connection: Connection) -> None:
        for statement in (1, 0):
            index.forget(connection, statement, unpacker(connection, store._codec))
        connection.execute(update(SEARCH_PROGRESS).values(next=0, until=2))

    await store._database.write(lose)
    assert await _found(store, identifier=first.number) == ()
    while not (await store.index_more(1)).is_complete:
        pass
    assert [hit.certificate_number for hit in await _found(store, identifier=first.number)] == [NEW]


async def test_pages_give_nothing_twice_and_lose_nothing_while_certificates_change(
    store: Store, samples: Samples, world: World
) -> None:
    made = [begun(world, 10 + number) for number in range(8)]
    entries = [await commit(store, samples, world, one.data) for one in made]
    numbers = [_number(entry) for entry in entries]
    suspend = partial(
        samples.status_change, previous=Status.ACTIVE, new=Status.SUSPENDED, change=Change.SUSPEND
    )
    # The last of the first page stands suspended, and an unseen one, too.
    await store.commit(suspend(entries[5], 1))
    await store.commit(suspend(entries[1], 1))

    async def page(after: int | None) -> Hits:
        return await store.search(Question(), sight=EVERYTHING, after=after, limit=3, at=NOW)

    first = await page(None)
    # Meanwhile: the last one seen and an unseen one are restored, another is withdrawn, one is
    # revised that was seen and one that was not, and new ones come.
    restore = partial(
        samples.status_change, previous=Status.SUSPENDED, new=Status.ACTIVE, change=Change.RESTORE
    )
    await store.commit(restore(entries[5], 2))
    await store.commit(restore(entries[1], 2))
    await store.commit(
        samples.status_change(entries[2], 1, Status.ACTIVE, Status.WITHDRAWN, Change.WITHDRAW)
    )
    for data in (made[6].revised().data, made[0].revised().data, begun(world, 30).data):
        await commit(store, samples, world, data)
    second = await page(first.after)
    third = await page(second.after)

    assert [hit.certificate_number for hit in first.hits] == numbers[7:4:-1]
    assert [hit.certificate_number for hit in second.hits] == numbers[4:1:-1]
    # What was revised is new: it stands on the first page of whoever asks again.
    assert [hit.certificate_number for hit in third.hits] == numbers[1:2]
    assert third.after is None
    assert numbers[0] in [hit.certificate_number for hit in (await page(None)).hits]


def _number(entry: Entry) -> str:
    assert entry.statement is not None
    assert isinstance(entry.statement.claim, NewAttestation)
    return entry.statement.claim.certificate_number
