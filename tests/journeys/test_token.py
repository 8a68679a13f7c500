"""A hub whose keys are in a PKCS#11 token does what every hub does, and says the same."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.core.model import Custody, KeyRole
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Outcome
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.hub import Hub
from exchange.service.publication import keep_own_keys, publish
from exchange.vault.device import DEVICE, TokenPlace, current
from exchange.vault.files import FileVault
from exchange.vault.opening import TokenWithFiles, VaultPlace, opened
from exchange.vault.vault import Brought, key_name, split_name
from exchange.web.serve import serving
from tests.administered import CB, CNAS, Administered, key_of, make_administered
from tests.running import PASS_PHRASE, Running, settings_for
from tests.softhsm import moved_into
from tests.world import HUB, ISSUER, make_world


@pytest.fixture
async def house(token: TokenPlace, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub that keeps its keys, and those of one issuer, in a token."""
    world = make_world()
    for role in (KeyRole.ATTESTATION, KeyRole.STATUS):
        world = world.with_key(ISSUER, role, custody=Custody.HUB, kept_by=HUB)
    settings = await moved_into(token, settings_for(world, tmp_path))
    async with Hub.open(settings, clock=world.clock) as hub, serving(hub) as addresses:
        one = Running(world=world, hub=hub, addresses=addresses, folder=tmp_path)
        try:
            yield one
        finally:
            await one.close_callers()


async def test_keys_that_sign_are_in_the_token_and_nowhere_on_disk(house: Running) -> None:
    assert isinstance(house.hub.vault, TokenWithFiles)
    roles = {split_name(name)[1] for name in house.hub.vault.names()}
    assert {KeyRole.RECEIPT, KeyRole.CHECKPOINT, KeyRole.ATTESTATION} <= roles

    files = await FileVault.open(house.folder / "vault", PASS_PHRASE)

    assert {split_name(name)[1] for name in files.names()} == {KeyRole.TRANSPORT}


async def test_document_is_received_with_a_receipt_that_everybody_can_verify(
    house: Running,
) -> None:
    caller = await house.caller("RU-CB-0201")

    answer = await caller.submit(house.world.attestation("ru-qms-machinery"))

    assert answer.status in {200, 201}, answer.body
    receipt = read_receipt(answer.body, house.world.snapshot, house.world.clock.now).receipt
    assert receipt.outcome is Outcome.ACCEPTED


async def test_fifty_documents_at_once_each_get_their_receipt(house: Running) -> None:
    caller = await house.caller("RU-CB-0201")
    documents = [house.world.attestation("ru-qms-machinery", number=n) for n in range(1, 51)]

    answers = await asyncio.gather(*(caller.submit(one) for one in documents))

    for answer in answers:
        read_receipt(answer.body, house.world.snapshot, house.world.clock.now)


async def test_draft_is_signed_with_a_key_of_the_token_that_the_hub_keeps(
    house: Running,
) -> None:
    caller = await house.caller(ISSUER)

    answer = await caller.issue(house.world.draft(), ["register-only"])

    assert answer.status == 201, answer.body
    accepted = house.world.examine(base64.b64decode(answer.json["statement"]))
    assert accepted.trusted.key.custody is Custody.HUB


async def test_checkpoint_of_the_ledger_is_signed_in_the_token(house: Running) -> None:
    caller = await house.caller("RU-CB-0201")
    await caller.submit(house.world.attestation("ru-qms-machinery"))

    stored = await sign_checkpoint(house.hub)

    assert stored is not None
    name = key_name(HUB, KeyRole.CHECKPOINT)
    text, _, signatures = stored.note.decode().rpartition("\n\n")
    value = base64.b64decode(signatures.split()[-1])[-64:]
    public = Ed25519PublicKey.from_public_bytes(await house.hub.vault.public_key(name))
    public.verify(value, f"{text}\n".encode())


async def test_log_of_a_hub_tells_no_secret_even_when_the_token_fails(
    house: Running, token: TokenPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = await house.caller("RU-CB-0201")
    await caller.submit(house.world.attestation("ru-qms-machinery"))
    await DEVICE.run(lambda: pkcs11.lib(token.module).reinitialize(), 30)
    await caller.submit(house.world.attestation("ru-qms-machinery", number=2))
    await DEVICE.run(lambda: current(token).close(), 30)
    await sign_checkpoint(house.hub)

    shown = capsys.readouterr()

    assert "committed" in shown.out
    for secret in (token.pin, PASS_PHRASE, "PRIVATE KEY"):
        assert secret not in shown.out + shown.err


@pytest.fixture
async def founded(token: TokenPlace, tmp_path: Path) -> AsyncIterator[tuple[Administered, Hub]]:
    """Return a hub that administers trust, its receipt, list and checkpoint keys in a token."""
    administered = make_administered()
    settings = await moved_into(token, administered.settings(tmp_path))
    async with Hub.open(settings, clock=administered.world.clock) as hub:
        yield administered, hub


async def test_lists_and_receipts_of_administration_are_signed_in_the_token(
    founded: tuple[Administered, Hub],
) -> None:
    administered, hub = founded

    await administered.admit(hub, CNAS, CB)
    acted = await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)

    assert acted.receipt
    assert hub.snapshot.interruptions.key_at(key_of(hub, CB).fingerprint, hub.clock())
    assert {CNAS, CB} <= hub.trust.bodies.keys()


async def test_receipt_key_of_the_hub_rotates_inside_the_token(
    founded: tuple[Administered, Hub], token: TokenPlace, tmp_path: Path
) -> None:
    administered, hub = founded
    # The new key is made in the world, and brought into the token while the hub runs.
    change = administered.bring(hub, HUB, KeyRole.RECEIPT, "2027")
    name = key_name(HUB, KeyRole.RECEIPT, "2027")
    private, chain = administered.world.vault._key(name)
    beside = VaultPlace(folder=tmp_path / "vault", pass_phrase=PASS_PHRASE, token=token)
    async with opened(beside) as operator:
        await operator.import_key(name, Brought(private=private, certificates=chain))
    assert name not in hub.vault.names()

    await administered.change(hub, change)
    await publish(hub)
    await keep_own_keys(hub)

    assert (await hub.own_key(KeyRole.RECEIPT)).name == name
