"""Identifiers against the vectors of section 12, the wrong ones first."""

from __future__ import annotations

import pytest

from exchange.core.identifiers import identifier_fault

BROKEN = [
    pytest.param("USCC", "91110000600037341M", "check digits", id="uscc-other-check-digit"),
    pytest.param("USCC", "91110000600037342L", "check digits", id="uscc-other-digit"),
    pytest.param("USCC", "9111000060003734I1", "expected", id="uscc-letter-i"),
    pytest.param("USCC", "91110000 600037341L", "expected", id="uscc-with-blank"),
    pytest.param("USCC", "91110000600037341l", "expected", id="uscc-lower-case"),
    pytest.param("USCC", "9111000060003734", "expected", id="uscc-too-short"),
    pytest.param("USCC", "９1110000600037341L", "expected", id="uscc-full-width-digit"),
    pytest.param("LEI", "213800KUD8LXJWSQ9D15", "check digits", id="lei-vector"),
    pytest.param("LEI", "213800KUD8LAJWSQ9DXX", "expected", id="lei-letters-at-end"),
    pytest.param("LEI", "213800-KUD8LAJWSQ9D15", "expected", id="lei-with-dash"),
    pytest.param("GTIN", "9780471117095", "check digits", id="gtin13"),
    pytest.param("GTIN", "978-0471117094", "expected", id="gtin-with-dash"),
    pytest.param("GTIN", "97804711170", "expected", id="gtin-of-11"),
    pytest.param("GLN", "73513537", "expected", id="gln-of-8"),
    pytest.param("GLN", "4012345000008", "check digits", id="gln"),
    pytest.param("GLN", "٤٠١٢٣٤٥٠٠٠٠٠٩", "expected", id="gln-arabic-digits"),
    pytest.param("SSCC", "106141412345678907", "check digits", id="sscc"),
    pytest.param("DUNS", "12-345-6789", "expected", id="duns-with-dashes"),
    pytest.param("CNCA", "CNCA-X-2002-102", "expected", id="cnca-other-letter"),
]

WHOLE = [
    ("USCC", "91110000600037341L"),
    ("USCC", "91110000MA01A2B32P"),
    ("USCC", "12100000MA01A2B32Q"),
    ("USCC", "91310115MA01A2B322"),
    ("LEI", "213800KUD8LAJWSQ9D15"),
    ("GTIN", "9780471117094"),
    ("GTIN", "98412345678908"),
    ("GTIN", "73513537"),
    ("GLN", "4012345000009"),
    ("SSCC", "106141412345678908"),
    ("DUNS", "123456789"),
    ("CNCA", "CNCA-R-2002-102"),
    ("CNCA", "CNCA-RF-2019-07"),
]


@pytest.mark.parametrize(("scheme", "value", "words"), BROKEN)
def test_identifier_broken_names_what_is_wrong(scheme: str, value: str, words: str) -> None:
    fault = identifier_fault(scheme, value)

    assert fault is not None
    assert words in fault


@pytest.mark.parametrize(("scheme", "value"), WHOLE)
def test_identifier_whole_has_no_fault(scheme: str, value: str) -> None:
    assert identifier_fault(scheme, value) is None


def test_identifier_of_a_scheme_without_check_is_not_judged() -> None:
    assert identifier_fault("NATIONAL", "ЕАЭС-7 本") is None


@pytest.mark.parametrize("position", range(17))
def test_uscc_any_single_wrong_character_is_found(position: int) -> None:
    good = "91110000600037341L"
    other = "7" if good[position] != "7" else "3"

    assert identifier_fault("USCC", good[:position] + other + good[position + 1 :]) is not None
