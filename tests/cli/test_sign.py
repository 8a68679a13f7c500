"""`exchange sign`: nothing is signed that would not pass, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.cli.main import main
from tests.cli.conftest import SAMPLES, Place

SAMPLE = SAMPLES / "ru-qms-machinery.xml"


def _words(made: Place, draft: Path, *more: str) -> list[str]:
    vault = made.vault("RU-CB-0201")
    return ["sign", str(draft), "--vault", vault, "--key", "RU-CB-0201/attestation", *more]


def test_sign_never_overwrites(made: Place, tmp_path: Path) -> None:
    taken = tmp_path / "taken.xml"
    taken.write_bytes(b"mine")
    assert main(_words(made, SAMPLE, "--out", str(taken))) == 2
    assert taken.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [taken]


def test_sign_a_draft_that_breaks_its_schema_is_refused(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "draft.xml"
    draft.write_bytes(SAMPLE.read_bytes().replace(b"<Revision>", b"<Revision>x", 1))
    assert main(_words(made, draft, "--out", str(tmp_path / "signed.xml"))) == 1
    assert "schema.invalid" in capsys.readouterr().err
    assert not (tmp_path / "signed.xml").exists()


def test_sign_what_is_signed_already_is_refused(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_words(made, made.signed)) == 1
    assert "signature.multiple" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--algorithm", "hmac-sha256"], "expected one of"),
        (["--signed-at", "2026-11-22"], "with its zone"),
    ],
)
def test_sign_with_an_option_that_makes_no_sense_is_misuse(
    made: Place, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert main(_words(made, SAMPLE, *more)) == 2
    assert said in capsys.readouterr().err


def test_sign_with_an_algorithm_of_another_kind_of_key_is_refused(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_words(made, SAMPLE, "--algorithm", "rsa-sha256")) in {1, 2}
    assert capsys.readouterr().out == ""


def test_sign_with_a_key_that_is_not_in_the_vault_is_misuse(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = made.vault("RU-CB-0201")
    words = ["sign", str(SAMPLE), "--vault", vault, "--key", "CN-CB-0103/attestation"]
    assert main(words) == 2
    assert "vault.unknown-key" in capsys.readouterr().err


def test_sign_with_a_wrong_pass_phrase_is_misuse(
    made: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", "wrong")
    assert main(_words(made, SAMPLE)) == 2
    shown = capsys.readouterr()
    assert "vault.pass-phrase" in shown.err
    assert "wrong" not in shown.err.replace("is wrong", "")


def test_sign_without_a_pass_phrase_and_without_a_terminal_is_misuse(
    made: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EXCHANGE_VAULT_PASSPHRASE")
    assert main(_words(made, SAMPLE)) == 2
    assert "EXCHANGE_VAULT_PASSPHRASE" in capsys.readouterr().err


def test_sign_a_folder_signs_every_draft(made: Place, tmp_path: Path) -> None:
    drafts, out = tmp_path / "drafts", tmp_path / "signed"
    drafts.mkdir()
    for number in range(3):
        (drafts / f"{number}.xml").write_bytes(SAMPLE.read_bytes())
    assert main(_words(made, drafts, "--out", str(out))) == 0
    assert sorted(path.name for path in out.iterdir()) == ["0.xml", "1.xml", "2.xml"]
    assert main(["examine", str(out / "1.xml"), *made.trusting]) == 0


def test_sign_several_without_a_folder_is_misuse(made: Place) -> None:
    assert main(_words(made, SAMPLE, str(SAMPLE))) == 2
