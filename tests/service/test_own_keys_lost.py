"""The hub's own keys are declared compromised by the verbs for every other key, and it goes on."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from exchange.core.model import Fingerprint, KeyRole
from exchange.core.trust_values import KeyStatus, ListType
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.publication import publish
from exchange.service.verification import keys_to_verify_with
from exchange.vault.vault import key_name
from tests.administered import (
    CB,
    CNAS,
    delegated,
    key_of,
    make_administered,
    with_status,
)
from tests.service.test_act import submitted
from tests.world import HUB

OWN = (KeyRole.RECEIPT, KeyRole.LIST, KeyRole.CHECKPOINT, KeyRole.TRANSPORT)


@pytest.mark.parametrize("role", OWN, ids=[role.value for role in OWN])
async def test_a_hub_goes_on_without_an_own_key_that_was_lost(
    tmp_path: Path, role: KeyRole
) -> None:
    administered = make_administered()
    world = administered.world
    second = {one: key_name(HUB, one, "2027") for one in OWN}
    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        await administered.admit(hub, CNAS, CB)
        await sign_checkpoint(hub)
        await administered.change(hub, administered.bring_all(hub, HUB, OWN, "2027"))
        both = (key_name(HUB, KeyRole.LIST), second[KeyRole.LIST])
        newer = delegated(world, at=world.clock.now, signers=both, previous=administered.delegation)
        await publish(hub, newer)
        lost = key_of(hub, HUB, role).fingerprint
        follower = Fingerprint(sha256(world.vault.certificates_now(second[role])[0]).digest())
        assert lost != follower

        await administered.suspend(hub, administered.li, HUB, lost)
        await administered.change(hub, with_status(hub, lost, KeyStatus.REVOKED), shrinking=True)
        await publish(hub)

        assert hub.trust.by_fingerprint[lost].key.status_at(world.clock.now) is KeyStatus.REVOKED
        assert (await hub.own_key(role)).name == second[role]
        assert (await submitted(hub, world.attestation(), 1))[0] == "accepted"
        await sign_checkpoint(hub)
        assert (await keys_to_verify_with(hub)).checkpoint_key is not None
        lists = [one for one in hub.trust.lists if one.type is not ListType.DELEGATION]
        if role is KeyRole.LIST:
            assert {one.signer for one in lists} == {follower}

    # What was lost stays lost when the hub opens again, and nothing else is.
    async with administered.open(tmp_path, further=tuple(second.values())) as hub:
        assert (await hub.own_key(role)).name == second[role]
        assert (await submitted(hub, world.attestation(number=2), 2))[0] == "accepted"
