"""Texts as their schema types have them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.lexical import collapsed, octets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("", ""),
        (" \t\n\r", ""),
        ("CN-CB-0103", "CN-CB-0103"),
        ("\r\n CN-CB-0103\t", "CN-CB-0103"),
        ("ISO \n 9001", "ISO 9001"),
        ("\u3000CN\u00a0", "\u3000CN\u00a0"),
    ],
)
def test_collapsed_takes_the_blanks_of_xml_only(text: str | None, expected: str) -> None:
    assert collapsed(text) == expected


@given(value=st.binary(min_size=1, max_size=100))
def test_octets_come_back(value: bytes) -> None:
    text = b64encode(value).decode("ascii")

    assert octets(f" {text[:2]}\n{text[2:]}\t") == value


@pytest.mark.parametrize(
    "text", ["AAA", "AA==A", "AAAA====", "AA*AA", "AB==", "AAAA\u00a0", "AAAA.", "=AAA"]
)
def test_octets_of_anything_else_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        octets(text)
