"""`exchange examine` with a proof of existence, and with what an authority said of the key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.main import main
from exchange.core.periods import in_zulu
from tests.certified import certified_world
from tests.pki_certomancer import NOW, CertomancerPki, make_pki
from tests.proofs import receipt, request
from tests.world import START, make_world

DAY = timedelta(days=1)
LATER = in_zulu(START + 3 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lies before a reader: a document, lists, and what others said."""

    folder: Path
    pki: CertomancerPki
    root: str

    def examine(self, *words: str, at: str = LATER) -> int:
        """Run the command about the document."""
        lists, document = str(self.folder / "trust"), str(self.folder / "document.xml")
        trusting = ("--trust-list", lists, "--root", self.root)
        return main(["examine", document, *trusting, "--at", at, "--json", *words])

    def file(self, name: str) -> str:
        """Return the path of a file that lies there."""
        return str(self.folder / name)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Lay out a document whose key was revoked two days after it was made."""
    folder = tmp_path_factory.mktemp("desk")
    pki = make_pki(folder)
    world = certified_world(make_world(), pki)
    pki.revoke("good", START + 2 * DAY)
    (folder / "trust").mkdir()
    for name, data in world.files.items():
        (folder / "trust" / name).write_bytes(data)
    document = world.attestation(at=START)
    later = NOW + 3 * DAY
    for name, data in {
        "document.xml": document,
        "receipt.xml": receipt(world, document, START),
        "other.xml": receipt(world, b"another", START),
        "early.tsr": pki.time_stamp(request(document), START + DAY),
        "late.tsr": pki.time_stamp(request(document), START + 2 * DAY),
        "tsa.der": pki.der("root"),
        "issuing.der": pki.der("issuing"),
        "issuing.crl": pki.crl("issuing", later),
        "root.crl": pki.crl("root", later),
        "second.crl": pki.crl("second", later),
    }.items():
        (folder / name).write_bytes(data)
    return Desk(folder=folder, pki=pki, root=world.root.hex())


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def lists(desk: Desk) -> tuple[str, ...]:
    return (
        "--revocation",
        desk.file("issuing.crl"),
        "--revocation",
        desk.file("root.crl"),
    )


def test_without_a_word_of_the_authority_it_is_come_back_later(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.examine() == 3
    assert [one["code"] for one in said(capsys)["findings"]] == ["revocation.not-known"]


def test_a_revoked_key_is_refused_when_nothing_proves_an_earlier_time(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.examine(*lists(desk)) == 1
    assert [one["code"] for one in said(capsys)["findings"]] == ["revocation.revoked"]


def test_a_receipt_from_before_the_revocation_saves_the_document(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.examine(*lists(desk), "--receipt", desk.file("receipt.xml")) == 0
    verdict = said(capsys)
    assert verdict["proof_of_existence"] == {
        "kind": "receipt",
        "at": in_zulu(START),
        "by": "XX-HUB-01",
    }
    assert verdict["at"] == in_zulu(START)


@pytest.mark.parametrize(("stamp", "code"), [("early.tsr", 0), ("late.tsr", 1)])
def test_a_time_stamp_tells_before_from_after(
    desk: Desk, capsys: pytest.CaptureFixture[str], stamp: str, code: int
) -> None:
    words = ("--time-stamp", desk.file(stamp), "--tsa", desk.file("issuing.der"))
    assert desk.examine(*lists(desk), *words) == code
    verdict = said(capsys)
    assert verdict["accepted"] is (code == 0)
    assert verdict["proof_of_existence"]["kind"] == "time-stamp"


def test_people_read_what_proves_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["examine", desk.file("document.xml"), "--trust-list", desk.file("trust")]
    words += ["--root", desk.root, "--at", LATER, *lists(desk)]
    assert main([*words, "--receipt", desk.file("receipt.xml")]) == 0
    shown = capsys.readouterr().out
    assert f"receipt of {in_zulu(START)} by XX-HUB-01" in shown
    assert "advanced" in shown


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("--receipt", "other.xml"), 1, "RCP-01"),
        (("--time-stamp", "early.tsr"), 1, "existence.authority"),
        (("--time-stamp", "early.tsr", "--tsa", "document.xml"), 1, "existence.unreadable"),
        (("--time-stamp", "receipt.xml", "--tsa", "tsa.der"), 1, "existence.unreadable"),
        (("--revocation", "second.crl"), 3, "revocation.for-another"),
        (("--revocation", "document.xml"), 3, "revocation.for-another"),
        (("--receipt", "receipt.xml", "--time-stamp", "early.tsr"), 2, "found both"),
    ],
)
def test_what_proves_nothing_ends_the_command(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    named: str,
) -> None:
    given = [word if word.startswith("--") else desk.file(word) for word in words]
    assert desk.examine(*given) == code
    told = capsys.readouterr()
    assert named in told.out + told.err
