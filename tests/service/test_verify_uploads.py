"""Uploads: what is held up is judged as it is, whatever the register has that resembles it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.core.model import KeyRole
from exchange.core.verification import Question
from exchange.service.hub import Hub
from exchange.service.verify import verify_document
from tests.running import settings_for
from tests.service.notices import submit_to
from tests.service.test_verify import said
from tests.world import SAMPLE, make_world


@pytest.mark.parametrize(
    ("body", "role"),
    [
        ("CN-CB-0107", KeyRole.ATTESTATION),
        ("RU-CB-0201", KeyRole.ATTESTATION),
        ("CN-CB-0103", KeyRole.STATUS),
    ],
)
async def test_registered_words_under_the_signature_of_another_are_not_valid(
    tmp_path: Path, body: str, role: KeyRole
) -> None:
    world = make_world()
    draft = world.draft(SAMPLE)
    genuine = world.sign(draft, "CN-CB-0103", KeyRole.ATTESTATION)
    forged = world.sign(draft, body, role)
    assert world.signed(forged).content_digest == world.signed(genuine).content_digest
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        await submit_to(hub, genuine, 1)
        assert (await verify_document(hub, genuine)).overall.value == "valid"

        found = await verify_document(hub, forged)

        assert found.overall.value == "not-valid"
        assert said(found, Question.KEY)[0] == "failed"
        assert found.certificate is None
