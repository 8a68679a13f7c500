"""Instants carry a zone, fingerprints are whole, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from exchange.cli.arguments import documents, fingerprint, instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00Z",
        "20261122T100000Z",
        "2026-11-22T10:00:00+0800",
        "2026-02-30T10:00:00Z",
        "2026-11-22T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٦-11-22T10:00:00Z",
        "1763805600",
    ],
)
def test_an_instant_without_zone_or_sense_is_misuse(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected an instant with its zone"):
        instant(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T10:00:00Z", "2026-11-22t10:00:00z", "2026-11-22T18:00:00+08:00"],
)
def test_an_instant_is_the_same_in_every_zone(text: str) -> None:
    assert instant(text) == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert instant(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "ab", "ab" * 31, "ab" * 33, "zz" * 32, "٠١" * 32])
def test_a_fingerprint_that_is_not_64_digits_is_misuse(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="64 hexadecimal digits"):
        fingerprint(text)


def test_a_fingerprint_may_be_written_as_other_tools_print_it() -> None:
    assert fingerprint(":".join(["AB"] * 32)) == bytes.fromhex("ab" * 32)


def test_a_folder_stands_for_its_documents_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml", "notes.txt"):
        (tmp_path / name).touch()
    single = tmp_path / "notes.txt"
    assert documents([single, tmp_path]) == (single, tmp_path / "a.xml", tmp_path / "b.xml")
