"""Questions that are read together are answered as they would be alone, and none waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from exchange.codes.store import StoreCode
from exchange.core.entry import NewAttestation
from exchange.core.model import BodyId
from exchange.errors import Finding, StoreError
from exchange.store.certificates import Found, Sought
from exchange.store.gathered import MOST, Gathered
from exchange.store.store import Store
from tests.store.samples import Samples

SECONDS = 10


class Squares:
    """Answers numbers; counts visits, and cannot answer thirteen."""

    def __init__(self) -> None:
        self.visits: list[int] = []

    async def read(self, numbers: Sequence[int]) -> list[int]:
        self.visits.append(len(numbers))
        await asyncio.sleep(0)
        if 13 in numbers:
            raise StoreError(Finding(code=StoreCode.UNWRITABLE, message="thirteen"))
        return [number * number for number in numbers]


async def test_one_after_the_other_is_answered_though_the_reader_has_just_ended() -> None:
    squares = Squares()
    gathered = Gathered(squares.read, at_once=1)
    async with asyncio.timeout(SECONDS):
        assert [await gathered.ask(number) for number in range(14, 34)] == [
            n * n for n in range(14, 34)
        ]
    assert squares.visits == [1] * 20


@pytest.mark.parametrize("at_once", [1, 2, 8])
async def test_what_waits_together_is_read_together(at_once: int) -> None:
    squares = Squares()
    gathered = Gathered(squares.read, at_once=at_once)
    async with asyncio.timeout(SECONDS):
        answers = await asyncio.gather(*(gathered.ask(number) for number in range(14, 54)))
    assert answers == [number * number for number in range(14, 54)]
    assert len(squares.visits) == 40 / MOST


async def test_a_question_that_cannot_be_asked_spoils_no_other() -> None:
    gathered = Gathered(Squares().read, at_once=2)
    async with asyncio.timeout(SECONDS):
        answers = await asyncio.gather(
            *(gathered.ask(number) for number in range(10, 16)), return_exceptions=True
        )
    assert [one for one in answers if not isinstance(one, StoreError)] == [100, 121, 144, 196, 225]
    assert isinstance(answers[3], StoreError)


async def test_who_goes_away_holds_up_nobody() -> None:
    gathered = Gathered(Squares().read, at_once=1)
    async with asyncio.timeout(SECONDS):
        gone = asyncio.create_task(gathered.ask(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert await gathered.ask(3) == 9
    assert gone.cancelled()


async def test_who_may_not_see_gets_nothing_and_parties_are_known(
    store: Store, samples: Samples
) -> None:
    entry = samples.attestation()
    await store.commit(entry)
    assert entry.statement is not None
    assert isinstance(entry.statement.claim, NewAttestation)
    number, issuer = entry.statement.claim.certificate_number, entry.statement.issuer
    looked_at: list[Found] = []

    def parties_only(found: Found) -> bool:
        looked_at.append(found)
        return found.is_addressed

    async def seek(asking: BodyId | None, *numbers: str) -> tuple[Found, ...]:
        return await store.seek(
            Sought(numbers=numbers, issuer=None, asking=asking, may_see=parties_only)
        )

    async with asyncio.timeout(SECONDS):
        nobody, stranger, own, second = await asyncio.gather(
            seek(None, number),
            seek(BodyId("CN-CB-0999"), number),
            seek(issuer, number),
            seek(issuer, "no such number", number, "neither this"),
        )
        broken = await asyncio.gather(
            seek(issuer, "\ud800"), seek(issuer, number), return_exceptions=True
        )
    assert nobody == stranger == ()
    assert all(one.kept.statements == () for one in looked_at)
    assert own == second == broken[1]
    (found,) = own
    assert found.kept == await store.certificate(found.kept.key)
    assert found.kept.statements[0].data == entry.data
    assert isinstance(broken[0], StoreError)
