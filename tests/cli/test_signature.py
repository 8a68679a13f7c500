"""`exchange signature verify`: one or many files of any schema, one line of JSON for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.demo.hostile import tampered
from exchange.cli.main import main
from tests.cli.conftest import Place


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_verify_says_what_was_signed_by_whom_and_how(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = made.certificate("RU-CB-0201/attestation")
    assert main(["signature", "verify", str(made.signed), "--anchor", anchor, "--json"]) == 0
    (line,) = _lines(capsys)
    assert line["accepted"] is True
    assert line["signed_element"] == "{urn:mrhub:attestation:1}Attestation"
    assert line["indication"] == "TOTAL-PASSED"
    assert line["code"] is None
    assert line["algorithms"]["signature"].endswith("ecdsa-sha384")


def test_verify_many_names_each_and_fails_when_one_does(
    made: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "a.xml", tmp_path / "b.xml"
    good.write_bytes(made.signed.read_bytes())
    bad.write_bytes(tampered(made.signed.read_bytes(), "<Edition>2015", "<Edition>2016"))
    anchor = made.certificate("RU-CB-0201/attestation")
    assert main(["signature", "verify", str(tmp_path), "--anchor", anchor, "--json"]) == 1
    lines = _lines(capsys)
    assert [(line["file"], line["accepted"]) for line in lines] == [
        (str(good), True),
        (str(bad), False),
    ]
    assert lines[1]["code"] == "signature.digest-mismatch"
    assert lines[1]["indication"] == "TOTAL-FAILED"


def test_verify_against_another_anchor_finds_no_path(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = made.certificate("CN-CB-0103/attestation")
    assert main(["signature", "verify", str(made.signed), "--anchor", anchor, "--json"]) == 1
    assert _lines(capsys)[0]["code"].startswith("path.")


def test_verify_before_the_key_was_valid_fails(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = made.certificate("RU-CB-0201/attestation")
    words = ["signature", "verify", str(made.signed), "--anchor", anchor]
    assert main([*words, "--at", "2001-01-01T00:00:00Z"]) == 1
    assert "refused" in capsys.readouterr().out


def test_verify_without_anchor_is_misuse(made: Place) -> None:
    assert main(["signature", "verify", str(made.signed)]) == 2


def test_verify_an_anchor_that_is_no_certificate_is_misuse(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["signature", "verify", str(made.signed), "--anchor", str(made.signed)]
    assert main(words) == 2
    assert "settings.value" in capsys.readouterr().err


def test_verify_an_empty_folder_is_misuse(made: Place, tmp_path: Path) -> None:
    anchor = made.certificate("RU-CB-0201/attestation")
    assert main(["signature", "verify", str(tmp_path), "--anchor", anchor]) == 2
