"""Uploads: what is held up is judged as it is, whatever the register has that resembles it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from exchange.core.model import KeyRole
from exchange.core.verification import Asked, Match, Question
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


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("Shandong Haijia Foods Ltd", Match.MATCH),
        ("HAIJIA", Match.MATCH),
        ("海岬", Match.MATCH),
        ("Shandong Haijia Food", Match.CLOSE),
        ("Haijia Trading", Match.MISMATCH),
        ("", Match.MISMATCH),
        (None, None),
    ],
)
async def test_name_from_the_paper_is_compared_with_trading_names_registered_or_not(
    hub_and_document: tuple[Hub, bytes], typed: str | None, fits: Match | None, *, registered: bool
) -> None:
    hub, genuine = hub_and_document
    if registered:
        await submit_to(hub, genuine, 1)

    found = await verify_document(hub, genuine, asked=Asked(holder=typed))

    assert found.holder is fits
    assert (found.overall.value == "valid") is registered


async def test_holder_of_what_does_not_pass_is_not_compared(
    hub_and_document: tuple[Hub, bytes],
) -> None:
    hub, genuine = hub_and_document
    altered = genuine.replace(b"2029-03-15", b"2039-03-15")
    assert altered != genuine

    found = await verify_document(hub, altered, asked=Asked(holder="Haijia"))

    assert found.overall.value == "not-valid"
    assert found.holder is None


@pytest_asyncio.fixture
async def hub_and_document(tmp_path: Path) -> AsyncIterator[tuple[Hub, bytes]]:
    """Return a hub that has nothing, and a certificate whose holder has trading names."""
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        yield hub, world.attestation()
