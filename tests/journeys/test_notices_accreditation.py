"""An accreditation is suspended by administrators: all that rests on it is marked at once.

On both engines and through the whole hub: two persons decide, the lists say so, verification and
the search answer so, recipients are told; and when it is lifted everything counts again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.document.notice import AccreditationCause, Duration, Notice, Standing
from exchange.service.hub import Hub
from tests.administered import CB, Administered, changed_body, state_of
from tests.journeys.notified import SG, brought, eventually, notifying, taken, with_endpoint
from tests.living import begun
from tests.running import Caller

SAMPLES = (1, 2)
QMS = "urn:mrhub:scheme:management-systems"


async def moved(administered: Administered, hub: Hub, state: AccreditationState) -> None:
    """Let the operator's two change the standing of what the certificates rest on, from today."""
    standing = state_of(hub).bodies[CB]
    today = hub.clock().date()
    accreditations = tuple(
        replace(one, history=(AccreditationPeriod(state=state, since=today), *one.history))
        if QMS in one.schemes
        else one
        for one in standing.accreditations
    )
    assert accreditations != standing.accreditations
    await administered.change(
        hub,
        changed_body(hub, CB, accreditations=accreditations),
        shrinking=state is not AccreditationState.ACTIVE,
    )


async def verified(caller: Caller, number: str) -> dict[str, Any]:
    answer = await caller.ask("GET", f"/v1/certificates/{number}/verification")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_suspended_accreditation_marks_everything_and_its_end_unmarks_it(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else ""
    administered = with_endpoint(None)
    world = administered.world
    async with notifying(administered, tmp_path, store_url=url) as one:
        hub, issuer, sg = one.hub, await one.caller(CB), await one.caller(SG)
        certificates = [begun(world, number) for number in SAMPLES]
        for each in certificates:
            await brought(one, each.data, f'"{SG}"')
        assert len(await taken(hub, sg)) == len(SAMPLES)
        for each in certificates:
            assert (await verified(issuer, each.number))["overall"] == "valid"

        async def answers() -> set[tuple[str, str]]:
            found = [await verified(issuer, each.number) for each in certificates]
            return {(each["overall"], each["code"]) for each in found}

        world.clock.forward(timedelta(days=1))
        await moved(administered, hub, AccreditationState.SUSPENDED)
        marked = ("cannot-tell", "verification.accreditation-suspended-since")
        await eventually(answers, lambda found: found == {marked})
        told = await eventually(lambda: taken(hub, sg), bool)

        # On the next day it is lifted.
        world.clock.forward(timedelta(days=1))
        await moved(administered, hub, AccreditationState.ACTIVE)
        await eventually(answers, lambda found: {overall for overall, _ in found} == {"valid"})
        lifted = await eventually(lambda: taken(hub, sg), bool)

        for notices, standing, duration in (
            (told, Standing.SUSPENDED, Duration.TEMPORARY),
            (lifted, Standing.LIFTED, Duration.FINAL),
        ):
            causes = set()
            for notice in notices:
                assert isinstance(notice, Notice)
                assert isinstance(notice.cause, AccreditationCause)
                assert notice.cause.body == CB
                assert (notice.standing, notice.duration) == (standing, duration)
                assert {each.certificate_number for each in notice.certificates} == {
                    each.number for each in certificates
                }
                causes.add(notice.cause)
            assert len(causes) == len(notices)
