"""What administrators say to a hub: examined, decided, committed, enforced, published."""

from __future__ import annotations

from pathlib import Path

from exchange.core.model import KeyRole
from tests.administered import CB, CNAS, key_of, make_administered, state_of


async def test_a_body_is_admitted_by_two_and_its_documents_are_accepted(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)

        assert CB in hub.trust.bodies
        assert key_of(hub, CB, KeyRole.ATTESTATION).role is KeyRole.ATTESTATION
        assert state_of(hub).count == 3
