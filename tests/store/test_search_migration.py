"""An index of the edition before is made again: what is found afterwards is what was found before.

The store holds what it holds in use: certificates with revisions, former numbers and statuses.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import Connection, text

from exchange.core.index_entry import EDITION
from exchange.core.lifecycle import Change
from exchange.core.model import Status
from exchange.core.searching import Question
from exchange.store.schema import configuration, migrate
from exchange.store.searching import Hits
from exchange.store.store import Store
from tests.living import begun
from tests.store.samples import NOW, Samples
from tests.store.test_search_revised import EVERYTHING, NEW, commit
from tests.world import World, make_world

STALE: Final = "saidbyanotheredition"


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of the tests, where real documents come from."""
    return make_world()


def _step_back(connection: Connection) -> None:
    """Make the store one of the step before, with an index that is none of this edition."""
    command.downgrade(configuration(connection), "0007")
    row = (
        "INSERT INTO search_words (rowid, words) VALUES (1, :said)"
        if connection.dialect.name == "sqlite"
        else "INSERT INTO search_words (place, words) VALUES (1, CAST(:said AS tsvector))"
    )
    connection.execute(text(row), {"said": STALE})
    connection.execute(text("UPDATE search_progress SET next = until"))


def _of_the_index(connection: Connection) -> tuple[Any, ...]:
    """Return the edition, how much is still to be done, and rows of the edition before."""
    edition, left = connection.execute(
        text("SELECT edition, until - next FROM search_progress")
    ).one()
    matches = (
        "search_words MATCH :said"
        if connection.dialect.name == "sqlite"
        else "words @@ to_tsquery('simple', :said)"
    )
    stale = connection.execute(
        text(f"SELECT count(*) FROM search_words WHERE {matches}"),  # noqa: S608  one of two
        {"said": STALE},
    ).scalar_one()
    return edition, left, stale


async def _asked(store: Store, question: Question) -> Hits:
    return await store.search(question, sight=EVERYTHING, after=None, limit=20, at=NOW)


async def _answers(store: Store, old: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the questions of readers find."""
    asked = {
        "everything": Question(),
        "former number": Question(identifier=old),
        "former number in words": Question(text=old),
        "beginning of a former number": Question(text=f"{old[:-1]}*"),
        "new number": Question(text=NEW),
        "words": Question(text="haijia"),
        "suspended": Question(status=Status.SUSPENDED),
        "active": Question(status=Status.ACTIVE),
        "suspended under a former number": Question(identifier=old, status=Status.SUSPENDED),
        "active under a former number": Question(identifier=old, status=Status.ACTIVE),
        "nobody": Question(text="nobody"),
    }
    return {
        name: [
            (hit.certificate_number, hit.is_revised, hit.former_numbers, hit.row.status)
            for hit in (await _asked(store, question)).hits
        ]
        for name, question in asked.items()
    }


async def test_store_with_revised_certificates_is_upgraded_and_finds_the_same(
    store: Store, samples: Samples, world: World
) -> None:
    first = begun(world, 7)
    old = first.number
    await commit(store, samples, world, first.data)
    other = await commit(store, samples, world, begun(world, 8).data)
    latest = await commit(store, samples, world, first.revised(number=NEW).data)
    for entry in (latest, other):
        await store.commit(
            samples.status_change(entry, 1, Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND)
        )
    await store.commit(
        samples.status_change(other, 2, Status.SUSPENDED, Status.ACTIVE, Change.RESTORE)
    )
    before = await _answers(store, old)
    assert before["former number"] == [(NEW, True, (old,), Status.SUSPENDED)]
    assert before["active under a former number"] == []
    assert len(before["everything"]) == 2

    await store._database.write(_step_back)
    assert await store._database.read(_of_the_index) == (1, 0, 1)
    await store._database.write(migrate)

    # Nothing of the edition before is left, and what is missing is said.
    assert await store._database.read(_of_the_index) == (EDITION, 6, 0)
    page = await _asked(store, Question(identifier=old))
    assert page.hits == ()
    assert not (await store.search_progress()).is_complete
    # What comes meanwhile is found at once, and once.
    late = begun(world, 9)
    await commit(store, samples, world, late.data)
    assert len((await _asked(store, Question(text=late.number))).hits) == 1
    steps = 0
    while not (await store.index_more(2)).is_complete:
        steps += 1

    assert steps
    after = await _answers(store, old)
    for name in ("everything", "active"):
        found, *rest = after[name]
        assert found[0] == late.number
        after[name] = rest
    after["words"] = [one for one in after["words"] if one[0] != late.number]
    assert after == before
    assert len((await _asked(store, Question(text=late.number))).hits) == 1


async def test_store_without_anything_is_upgraded(store: Store) -> None:
    await store._database.write(lambda c: command.downgrade(configuration(c), "0007"))
    await store._database.write(migrate)

    assert await store._database.read(_of_the_index) == (EDITION, 0, 0)
    assert (await store.index_more(1)).is_complete
