"""Causes of notices: written down once, by nobody who knows less, claimed by one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from exchange.core.document.notice import BodyCause, Standing
from exchange.core.grounds import Ground
from exchange.store.store import Store
from tests.store.samples import ISSUER, NOW, later

GROUND = Ground(
    cause=BodyCause(ISSUER), standing=Standing.SUSPENDED, since=NOW, sequence=2, actions=7
)


async def test_a_cause_is_written_down_once_however_many_notice_it(store: Store) -> None:
    noted = await asyncio.gather(*(store.note_causes([GROUND], at=NOW) for _ in range(4)))

    assert sorted(noted) == [0, 0, 0, 1]


async def test_whoever_has_older_lists_takes_nothing_back(store: Store) -> None:
    await store.note_causes([GROUND], at=NOW)
    lifted = replace(GROUND, standing=None)

    assert await store.note_causes([replace(lifted, sequence=1)], at=NOW) == 0
    assert await store.note_causes([replace(lifted, actions=6)], at=NOW) == 0
    assert await store.note_causes([lifted], at=NOW) == 1
    assert (await store.known_grounds())[GROUND.subject].standing is Standing.LIFTED


async def test_a_cause_is_claimed_by_one_until_the_claim_has_run_out(store: Store) -> None:
    await store.note_causes([GROUND], at=NOW)

    claims = await asyncio.gather(
        *(store.claim_cause(at=NOW, until=later(minutes=1)) for _ in range(4))
    )
    again = await store.claim_cause(at=later(minutes=1), until=later(minutes=2))

    assert len([one for one in claims if one is not None]) == 1
    assert again is not None
    assert again.cause == GROUND.cause
    await store.finish_cause(again.number, at=later(minutes=1))
    assert await store.claim_cause(at=later(hours=1), until=later(hours=2)) is None
