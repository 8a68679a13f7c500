"""`exchange examine`: five verdicts, five numbers, every gate named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.demo.hostile import tampered, wrapped
from exchange.cli.main import main
from tests.cli.conftest import SAMPLES, Place

GATES = ["parse", "schema", "signature", "trust", "rules"]


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def _results(verdict: dict[str, Any]) -> list[str]:
    assert [one["gate"] for one in verdict["gates"]] == GATES
    return [one["result"] for one in verdict["gates"]]


def _changed(before: str, after: str) -> Callable[[bytes], bytes]:
    return lambda data: tampered(data, before, after)


@pytest.mark.parametrize(
    ("change", "failed", "code"),
    [
        (lambda _: b"", 0, "xml.empty"),
        (lambda data: data[:-20], 0, "xml.syntax"),
        (lambda data: b"<!DOCTYPE a>" + data, 0, "xml.doctype"),
        (lambda _: b"<a xmlns='urn:x'/>", 1, "schema.unknown-document"),
        (lambda data: wrapped(data, "2015", "2016"), 1, "schema.signature-shape"),
        (_changed("<Edition>2015", "<Edition>2016"), 2, "signature.digest-mismatch"),
    ],
    ids=["empty", "cut off", "doctype", "unknown", "wrapped", "tampered"],
)
def test_examine_refuses_at_the_gate_that_found_the_fault(
    made: Place,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[bytes], bytes],
    failed: int,
    code: str,
) -> None:
    file = tmp_path / "changed.xml"
    file.write_bytes(change(made.signed.read_bytes()))
    assert main(["examine", str(file), *made.trusting, "--json"]) == 1
    verdict = _json(capsys)
    assert _results(verdict) == (
        ["passed"] * failed + ["failed"] + ["not reached"] * (len(GATES) - failed - 1)
    )
    assert verdict["accepted"] is False
    assert [one["code"] for one in verdict["findings"]] == [code]
    assert all(one["remedy"] for one in verdict["findings"])


def test_examine_accepts_what_is_in_order(made: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examine", str(made.signed), *made.trusting, "--json"]) == 0
    verdict = _json(capsys)
    assert _results(verdict) == ["passed"] * len(GATES)
    assert verdict["issuer"] == "RU-CB-0201"
    assert verdict["custody"] == "own"
    assert verdict["legal_instrument"] == "Federal Law No. 63-FZ On Electronic Signature"
    assert verdict["signature_level"] == "advanced"


def test_examine_tells_people_every_gate(made: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examine", str(made.signed), *made.trusting]) == 0
    shown = capsys.readouterr().out
    assert "accepted" in shown
    assert [gate for gate in GATES if gate not in shown] == []


def test_examine_an_unsigned_draft_fails_at_the_signature(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = str(SAMPLES / "ru-qms-machinery.xml")
    assert main(["examine", draft, *made.trusting, "--json"]) == 1
    assert [one["code"] for one in _json(capsys)["findings"]] == ["signature.missing"]


def test_examine_after_the_lists_have_ended_is_undecided(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    late = "2029-12-31T00:00:00Z"
    assert main(["examine", str(made.signed), *made.trusting, "--at", late]) == 3
    assert "trust.list-expired" in capsys.readouterr().err


def test_examine_before_the_signature_was_made_is_refused(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    early = "2026-01-01T00:00:00Z"
    assert main(["examine", str(made.signed), *made.trusting, "--at", early, "--json"]) == 1
    assert _json(capsys)["accepted"] is False


def test_examine_with_another_root_believes_no_list(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["examine", str(made.signed), "--trust-list", str(made.folder / "trust")]
    assert main([*words, "--root", "00" * 32]) == 1
    assert "trust.list" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--root", "00" * 32],
        ["--trust-list", "."],
        ["--trust-list", ".", "--root", "not a fingerprint"],
        ["--trust-list", "no-such-folder", "--root", "00" * 32],
        ["--trust-list", ".", "--root", "00" * 32, "--at", "yesterday"],
    ],
)
def test_examine_with_half_of_its_options_is_misuse(made: Place, words: list[str]) -> None:
    assert main(["examine", str(made.signed), *words]) == 2


def test_examine_a_file_that_is_not_there_is_misuse(made: Place) -> None:
    assert main(["examine", "no-such.xml", *made.trusting]) == 2
