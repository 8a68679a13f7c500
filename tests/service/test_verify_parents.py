"""Sub-certificates: what becomes of the parent shows in the answer, today and on another day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from exchange.core.sentences import sentence
from exchange.core.verification import Asked
from exchange.service.hub import Hub
from exchange.service.verify import verify_number
from tests.living import with_legal_acts
from tests.running import settings_for
from tests.service.test_attacks_certificates import Attack, part_of
from tests.world import ISSUER, make_world


@pytest_asyncio.fixture
async def attack(tmp_path: Path) -> AsyncIterator[Attack]:
    world = with_legal_acts(make_world())
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        made = Attack(world=world, hub=hub)
        assert await made.declare() == ""
        yield made


async def test_parent_that_was_withdrawn_outweighs_that_nobody_confirms(attack: Attack) -> None:
    parent = await attack.begin(9)
    part = part_of(parent)
    assert await attack.send(part.data) == ""
    assert await attack.send(parent.change("withdraw", 1)) == ""

    attack.world.clock.forward(timedelta(days=40))

    assert await attack.verify(part.number) == ("not-valid", "verification.parent")


@pytest.mark.parametrize(("days", "overall"), [(3, "not-valid"), (12, "valid")])
async def test_part_did_not_stand_on_a_day_on_which_its_parent_was_suspended(
    attack: Attack, days: int, overall: str
) -> None:
    parent = await attack.begin(9)
    part = part_of(parent)
    assert await attack.send(part.data) == ""
    begins = attack.world.clock.now.date()
    assert await attack.send(parent.change("suspend", 1)) == ""
    attack.world.clock.forward(timedelta(days=10))
    assert await attack.send(parent.change("restore", 2)) == ""
    attack.world.clock.forward(timedelta(days=10))

    asked = Asked(on=begins + timedelta(days=days))
    found = await verify_number(attack.hub, part.number, ISSUER, asked=asked)

    assert found.overall.value == overall
    assert found.then is not None
    assert (found.then.status.value == "active") is (overall == "valid")
    if overall == "not-valid":
        assert found.because == ("then",)
        assert "was not valid: it was suspended" in sentence(found, "en")
