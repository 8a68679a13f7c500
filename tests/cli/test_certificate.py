"""`exchange certificate`: what a customs officer types, and whom the command believes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.cli import certificate_verify
from exchange.cli.main import main
from exchange.core.model import KeyRole
from exchange.core.qr_address import address_of
from exchange.service.verify import verify_number
from exchange.service.verify_signed import sign_verification
from exchange.vault.vault import key_name
from tests.running import PASS_PHRASE, Running, keep_key, running
from tests.web.test_verification import NUMBER, declare, pdf_with
from tests.world import ISSUER, World

MISSING = "10326Q10287R0M"


class Officer:
    """Somebody with trust lists, a root, and the address of a hub."""

    def __init__(self, house: Running, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.trusting = ["--trust-list", str(folder / "trust"), "--root", house.world.root.hex()]

    async def verify(self, *words: str, hub: str | None = None) -> int:
        """Run the command against the hub; return its exit code."""
        base = hub if hub is not None else self.house.addresses.public
        given = [
            "certificate",
            "verify",
            *words,
            *self.trusting,
            *(["--hub", base] if base else []),
        ]
        return await asyncio.to_thread(main, given)


@pytest.fixture
async def house(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    monkeypatch.setattr(certificate_verify, "now", lambda: world.clock.now)
    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)
    async with running(world, tmp_path) as one:
        issuer = await one.caller("CN-CB-0103")
        answer = await issuer.submit(world.attestation())
        assert answer.status == 201, answer.body
        await declare(issuer, "public")
        yield one


@pytest.fixture
def officer(house: Running, tmp_path: Path) -> Officer:
    return Officer(house, tmp_path)


async def test_valid_number_ends_with_0_and_one_plain_sentence(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await officer.verify(NUMBER, "--issuer", ISSUER) == 0
    text = capsys.readouterr().out
    assert "\nValid: certificate" in f"\n{text}"
    assert text.count("passed") == 6


async def test_number_that_was_not_issued_ends_with_1_and_an_unknown_one_with_3(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await officer.verify(MISSING, "--issuer", ISSUER) == 1
    assert await officer.verify(MISSING) == 3
    assert await officer.verify(NUMBER, "--economy", "KZ") == 3
    assert "Traceback" not in capsys.readouterr().err


async def test_address_file_and_pdf_are_verified(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    hub, world = officer.house.hub, officer.house.world
    (key,) = await hub.store.certificates_by_number(NUMBER)
    kept = await hub.store.certificate(key)
    assert kept is not None
    written = address_of(kept.token)
    xml, pdf = officer.folder / "certificate.xml", officer.folder / "certificate.pdf"
    xml.write_bytes(world.attestation())
    pdf.write_bytes(pdf_with(world.attestation()))
    altered = officer.folder / "altered.xml"
    altered.write_bytes(world.attestation().replace(b"2029-03-15", b"2039-03-15"))

    assert await officer.verify(written) == 0
    assert await officer.verify(f"https://hub.example/q/{written.lower()}") == 0
    assert await officer.verify(str(xml), "--on", "2026-11-22", "--occasion", "entry") == 0
    assert await officer.verify(str(pdf)) == 0
    assert await officer.verify(str(altered)) == 1
    assert await officer.verify("1-00000000000000000000000000") == 3
    capsys.readouterr()
    assert await officer.verify(NUMBER, "--json", "--lang", "zh", "--model", "x") == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["overall"], len(found["verdicts"])) == ("cannot-tell", 7)
    assert "证书" in found["sentence"]


async def test_signed_answer_is_read_off_line_and_an_altered_one_is_refused(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = officer.house.hub
    assert await officer.verify(NUMBER, "--issuer", ISSUER, "--xml") == 0
    assert "<ds:SignatureValue>" in capsys.readouterr().out
    signed = await sign_verification(hub, await verify_number(hub, NUMBER, ISSUER))
    genuine, forged = officer.folder / "answer.xml", officer.folder / "forged.xml"
    genuine.write_bytes(signed)
    forged.write_bytes(signed.replace(b"2026-11-22", b"2026-11-23", 1))

    # A day later and without a hub: it still says what was found then.
    officer.house.world.clock.forward(timedelta(days=1))
    assert await officer.verify(str(genuine), hub="") == 0
    assert await officer.verify(str(forged), hub="") == 1
    assert "signature.digest-mismatch" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        (NUMBER, "--on", "22/11/2026"),
        (NUMBER, "--occasion", "wedding"),
        (NUMBER, "--economy", "kz"),
        (NUMBER, "--colour", "red"),
        (NUMBER, "--on", "2026-13-01"),
        ("1-UUUUUUUUUUUUUUUUUUUUUUUUUU",),
        ("no-such-certificate.xml",),
        (),
    ],
)
async def test_wrong_arguments_end_with_2(officer: Officer, words: tuple[str, ...]) -> None:
    assert await officer.verify(*words) == 2


async def test_without_a_hub_nothing_can_be_told(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await officer.verify(NUMBER, hub="") == 2
    assert await officer.verify(NUMBER, hub="hub.example:8444") == 2
    assert await officer.verify(NUMBER, hub="https://127.0.0.1:9") == 3
    assert "peer.unreachable" in capsys.readouterr().err


async def test_stale_answer_is_refused(
    officer: Officer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = officer.house.world.clock.now + timedelta(minutes=11)
    monkeypatch.setattr(certificate_verify, "now", lambda: later)

    assert await officer.verify(NUMBER, "--issuer", ISSUER) == 3
    assert "refused.stale-answer" in capsys.readouterr().err


async def test_genuine_answer_to_another_question_is_refused(
    officer: Officer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = officer.house.hub
    answer = await sign_verification(hub, await verify_number(hub, NUMBER, ISSUER))

    async def somebody_between(*_: object) -> bytes:
        return answer

    # Whoever sits on the connection can hand over any answer that the hub has signed.
    monkeypatch.setattr(certificate_verify, "_fetched", somebody_between)
    file = officer.folder / "other.xml"
    file.write_bytes(b"<Attestation/>")

    assert await officer.verify(NUMBER, "--issuer", ISSUER) == 0
    for words in (
        (MISSING, "--issuer", ISSUER),
        (NUMBER,),
        (NUMBER, "--issuer", ISSUER, "--model", "x"),
        (NUMBER, "--issuer", ISSUER, "--scheme", "urn:mrhub:scheme:management-systems"),
        (NUMBER, "--issuer", ISSUER, "--on", "2026-11-22"),
        ("1-00000000000000000000000000",),
        (str(file),),
    ):
        capsys.readouterr()
        assert await officer.verify(*words) == 3, words
        assert "refused.another-question" in capsys.readouterr().err


async def test_answer_of_a_hub_that_nobody_listed_is_not_believed(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    officer.trusting[-1] = "0" * 64

    assert await officer.verify(NUMBER) != 0
    assert "Valid" not in capsys.readouterr().out


async def test_qr_address_and_its_picture_are_for_the_issuer(
    officer: Officer, capsys: pytest.CaptureFixture[str]
) -> None:
    partner, picture = officer.folder / "partner.toml", officer.folder / "code.svg"
    values = {
        "body": ISSUER,
        "hub": "XX-HUB-01",
        "address": officer.house.addresses.partners,
        "root": officer.house.world.root.hex(),
        "vault": str(partner_vault(officer)),
        "trust": str(officer.folder / "trust"),
    }
    partner.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()))
    words = ["certificate", "qr", NUMBER, "--partner", str(partner), "--out", str(picture)]

    assert await asyncio.to_thread(main, words) == 0
    address = capsys.readouterr().out.strip().splitlines()[-1]
    assert re.search("/q/1-[0-9A-Z]{26}$", address)
    assert picture.read_bytes().startswith(b"<svg")
    assert await officer.verify(address) == 0
    words[2] = MISSING
    assert await asyncio.to_thread(main, words) == 1
    assert "refused.not-found" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["certificate", "qr", NUMBER]) == 2


def partner_vault(officer: Officer) -> Path:
    """Return a vault with the keys of the issuer."""
    folder = officer.folder / "issuer-vault"
    folder.mkdir(mode=0o700)
    for role in (KeyRole.TRANSPORT, KeyRole.RECEIPT, KeyRole.ATTESTATION, KeyRole.STATUS):
        keep_key(officer.house.world, folder, key_name(ISSUER, role))
    return folder
