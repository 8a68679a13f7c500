"""The same questions to a small multilingual register have the same answers on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, update

from exchange.codes.search import SearchCode
from exchange.core.document.attestation import Attestation
from exchange.core.entry import Entry, NewAttestation
from exchange.core.index_entry import entry_of, index_entry
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, Status
from exchange.core.projection import project
from exchange.core.searching import Question, Sight, checked_limit, read_cursor, write_cursor
from exchange.errors import RefusedError
from exchange.store import search as index
from exchange.store.dictionaries import unpacker
from exchange.store.search import Progress
from exchange.store.search_tables import SEARCH_PROGRESS
from exchange.store.store import Store
from tests.store.samples import ISSUER, NOW, OTHER, SCHEME, Samples
from tests.world import World, make_world

EVERYTHING = Sight(everything=True)
CCC = "urn:mrhub:scheme:ccc"
_REGISTER = {
    "haier": ("d:cncb0103.urnmrhubschememanagementsystems i:cncb0103 o:cn n:iso9001 e:2015 "
              "e:iso9001.2015 k:91370200163562681g v:2025 v:2026 x:2026 x:202601 "
              "海尔 尔集 集团 haier group"),
    "pumps": "i:cncb0103 o:kz n:iso9001 e:iso9001.2015 e:2015 v:2026 v:2027 насосы казахстан pumps",
    "arabic": "i:decb0042 o:sa n:iso14001 e:2015 e:iso14001.2015 v:open مصنع المضخات pumps",
    "thai": "i:decb0042 o:th n:iso9001 e:2026 e:iso9001.2026 v:2026 บร ริ ิษ ษั ัท pumps",
}  # fmt: skip


async def _fill(store: Store, samples: Samples) -> dict[str, str]:
    """Commit the register; return the number of each certificate."""
    numbers = {}
    for name, words in _REGISTER.items():
        entry = samples.attestation(
            issuer=OTHER if "decb0042" in words else ISSUER,
            scheme=CCC if name == "thai" else SCHEME,
            words=words,
            expires_at=NOW.replace(month=1) if name == "haier" else None,
            status=Status.SUSPENDED if name == "thai" else Status.ACTIVE,
            taken_over=True,
        )
        await store.commit(entry)
        assert entry.statement is not None
        assert entry.statement.claim is not None
        numbers[entry.statement.claim.certificate_number] = name
    return numbers


async def _asked(
    store: Store, numbers: dict[str, str], question: Question, sight: Sight = EVERYTHING
) -> list[str]:
    page = await store.search(question, sight=sight, after=None, limit=20, at=NOW)
    assert page.after is None
    return [numbers[hit.certificate_number] for hit in page.hits]


_QUESTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["thai", "arabic", "pumps", "haier"]),
    ({"text": "pumps"}, ["thai", "arabic", "pumps"]),
    ({"text": "PUMPS насосы"}, ["pumps"]),
    ({"text": "海尔"}, ["haier"]),
    ({"text": "尔集团"}, ["haier"]),
    ({"text": "海团"}, []),
    ({"text": "บริษัท"}, ["thai"]),
    ({"text": "مُصْنَع"}, ["arabic"]),
    ({"text": "pum*"}, ["thai", "arabic", "pumps"]),
    ({"text": "pum"}, []),
    ({"text": "91370200163562681G"}, ["haier"]),
    ({"identifier": "9137-0200 163562681g"}, ["haier"]),
    ({"identifier": "haier"}, []),
    ({"standard": "ISO 9001"}, ["thai", "pumps", "haier"]),
    ({"standard": "ISO 9001", "edition": "2015"}, ["pumps", "haier"]),
    ({"edition": "2015"}, ["arabic", "pumps", "haier"]),
    ({"economy": "SA"}, ["arabic"]),
    ({"issuer": BodyId("DE-CB-0042")}, ["thai", "arabic"]),
    ({"scheme": CCC}, []),
    ({"status": Status.SUSPENDED}, ["thai"]),
    ({"status": Status.ACTIVE}, ["arabic", "pumps"]),
    ({"status": Status.EXPIRED}, ["haier"]),
    ({"status": Status.WITHDRAWN}, []),
    ({"text": "pumps", "status": Status.SUSPENDED}, ["thai"]),
    ({"valid_on": date(2027, 1, 1)}, ["arabic", "pumps"]),
    ({"text": "\" OR pumps * ) NEAR( ' ; DROP TABLE register; --"}, []),
]


@pytest.mark.parametrize(("asked", "found"), _QUESTIONS, ids=str)
async def test_a_question_finds_the_same_on_both_engines(
    store: Store, samples: Samples, asked: dict[str, Any], found: list[str]
) -> None:
    numbers = await _fill(store, samples)

    assert await _asked(store, numbers, Question(**asked)) == found


async def test_a_stranger_finds_what_is_public_and_an_issuer_its_own(
    store: Store, samples: Samples
) -> None:
    numbers = await _fill(store, samples)
    public = frozenset({(ISSUER, SCHEME)})

    assert await _asked(store, numbers, Question(text="pumps"), Sight()) == []
    assert await _asked(store, numbers, Question(text="海尔"), Sight(public=public)) == ["haier"]
    assert await _asked(store, numbers, Question(text="pumps"), Sight(own=OTHER)) == [
        "thai",
        "arabic",
    ]


async def test_pages_by_key_give_everything_once_newest_first(
    store: Store, samples: Samples
) -> None:
    for number in range(7):
        await store.commit(samples.attestation(words=f"pumps n{number}"))
    places: list[int] = []
    after = None
    while True:
        page = await store.search(
            Question(text="pumps"), sight=EVERYTHING, after=after, limit=3, at=NOW
        )
        places += [hit.place for hit in page.hits]
        after = page.after
        if after is None:
            break

    assert len(places) == 7
    assert places == sorted(set(places), reverse=True)


def test_a_cursor_belongs_to_its_question_and_to_who_asked() -> None:
    tag = Question(text="pumps").tag(EVERYTHING)
    other = Question(text="valves").tag(EVERYTHING)

    assert read_cursor(write_cursor(77, tag), tag) == 77
    for cursor in (write_cursor(77, other), "", "a", "\x00", "é", "=" * 99, "AAAA"):
        with pytest.raises(RefusedError):
            read_cursor(cursor, tag)
    assert Question(text="pumps").tag(Sight(own=ISSUER)) != tag


@pytest.mark.parametrize("limit", [-1, 0, 101])
def test_a_page_has_a_size_within_limits(limit: int) -> None:
    with pytest.raises(RefusedError) as refused:
        checked_limit(limit)
    assert refused.value.code is SearchCode.LIMIT


@pytest.fixture(scope="module")
def world() -> World:
    """Return the world of the tests, where real documents come from."""
    return make_world()


async def _commit(store: Store, samples: Samples, world: World, data: bytes) -> Entry:
    """Commit a real document, with the receipt of a sample."""
    statement = project(world.examine(data), world.snapshot.trust)
    assert isinstance(statement.claim, NewAttestation)
    made = samples.entry(statement.claim, data, statement.issuer, (), ())
    receipt = replace(made.receipt, content_digest=statement.content_digest)
    entry = replace(made, statement=statement, receipt=receipt)
    await store.commit(entry)
    return entry


def _word(entry: Entry) -> str:
    """Return a word that every sample has."""
    assert entry.statement is not None
    assert isinstance(entry.statement.claim, NewAttestation)
    return entry.statement.claim.words.split()[-1]


async def test_a_certificate_is_found_under_its_new_status_and_no_more_under_the_old_one(
    store: Store, samples: Samples, world: World
) -> None:
    entry = await _commit(store, samples, world, world.attestation())
    for number, (before, then, change) in enumerate(
        (
            (Status.ACTIVE, Status.SUSPENDED, Change.SUSPEND),
            (Status.SUSPENDED, Status.ACTIVE, Change.RESTORE),
            (Status.ACTIVE, Status.WITHDRAWN, Change.WITHDRAW),
        ),
        1,
    ):
        await store.commit(samples.status_change(entry, number, before, then, change))
        found = {}
        for status in (Status.ACTIVE, Status.SUSPENDED, Status.WITHDRAWN):
            asked = Question(text=_word(entry), status=status)
            page = await store.search(asked, sight=EVERYTHING, after=None, limit=9, at=NOW)
            found[status] = len(page.hits)

        assert {status for status, number in found.items() if number} == {then}


async def test_a_lost_index_is_made_again_in_steps_and_what_is_removed_leaves_it(
    store: Store, samples: Samples, world: World
) -> None:
    for number in range(1, 4):
        entry = await _commit(store, samples, world, world.attestation(number=number))
    asked = Question(text=_word(entry))

    async def found() -> int:
        page = await store.search(asked, sight=EVERYTHING, after=None, limit=9, at=NOW)
        return len(page.hits)

    def lose(connection: Connection) -> None:
        for statement in range(3):
            index.forget(connection, statement, unpacker(connection, store._codec))
        connection.execute(update(SEARCH_PROGRESS).values(next=0, until=3))

    assert await found() == 3
    await store._database.write(lose)
    assert await found() == 0
    assert await store.index_more(2) == Progress(done=2, of=3)
    assert await found() == 2
    assert (await store.index_more(2)).is_complete
    assert await found() == 3


def test_the_entry_of_kept_octets_is_that_of_the_examined_document(world: World) -> None:
    data = world.attestation()
    accepted = world.examine(data)
    assert isinstance(accepted.document, Attestation)

    assert entry_of(data, ISSUER) == index_entry(accepted.document, ISSUER)
    assert entry_of(b"<x/>", ISSUER) == ""
