"""`exchange declare` where the hub keeps the key: a person says it in place of a signature."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.cli import declare
from exchange.cli import partner as partners
from exchange.cli.main import main
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.model import BodyId, Custody, KeyRole
from exchange.vault.vault import key_name
from tests.running import PASS_PHRASE, Running, keep_key, running
from tests.world import HUB, ISSUER, make_world

QMS = "urn:mrhub:scheme:management-systems"
WORD = ("--person", "Lim Mei", "--role", "head of certification")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """Return a hub that keeps the keys of an issuer."""
    world = make_world()
    for role in (KeyRole.ATTESTATION, KeyRole.STATUS):
        world = world.with_key(ISSUER, role, custody=Custody.HUB, kept_by=HUB)
    for module in (declare, partners):
        monkeypatch.setattr(module, "now", lambda: world.clock.now)

    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)
    async with running(world, tmp_path) as one:
        yield one


@pytest.fixture
def partner(house: Running, tmp_path: Path) -> Path:
    """Return the file of the issuer, whose own vault has nothing but its transport key."""
    (tmp_path / "own").mkdir(mode=0o700)
    keep_key(house.world, tmp_path / "own", key_name(BodyId(ISSUER), KeyRole.TRANSPORT))
    path = tmp_path / "partner.toml"
    path.write_text(
        f'body = "{ISSUER}"\nhub = "{HUB}"\naddress = "{house.addresses.partners}"\n'
        f'vault = "own"\ntrust = "trust"\nroot = "{house.world.root.hex()}"\n',
        encoding="utf-8",
    )
    return path


async def test_a_body_declares_on_the_word_of_a_person(
    house: Running, partner: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["declare", "management-systems:number:all", "--partner", str(partner)]

    # Its own vault has no status key.
    alone = await asyncio.to_thread(main, given)
    before = await house.hub.store.tree_size()
    named = await asyncio.to_thread(main, [*given, *WORD])

    assert (alone != 0, before, named) == (True, 0, 0), capsys.readouterr()
    found = (await house.hub.store.declarations()).of_scheme(BodyId(ISSUER), QMS)
    assert found is not None
    assert (found.disclosure, found.coverage) == (Disclosure.NUMBER, Coverage.ALL)


@pytest.mark.parametrize("further", [WORD[:2], WORD[2:], (*WORD, "--dry-run")])
async def test_half_a_word_or_a_trial_of_it_is_misuse(
    house: Running, partner: Path, further: tuple[str, ...]
) -> None:
    given = ["declare", "ccc:public:all", "--partner", str(partner), *further]
    assert await asyncio.to_thread(main, given) == 2
    assert await house.hub.store.tree_size() == 0


async def test_nothing_is_declared_whose_receipt_could_not_be_kept(
    house: Running, partner: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "receipt.xml"
    taken.write_text("kept")
    given = ["declare", "management-systems:number:all", "--partner", str(partner), *WORD]

    assert await asyncio.to_thread(main, [*given, "--receipt", str(taken)]) == 2
    assert "nothing was done" in " ".join(capsys.readouterr().err.split())
    assert await house.hub.store.tree_size() == 0
    assert taken.read_text() == "kept"

    assert await asyncio.to_thread(main, [*given, "--receipt", str(tmp_path / "new.xml")]) == 0
    assert (tmp_path / "new.xml").is_file()
