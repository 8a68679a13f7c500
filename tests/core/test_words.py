"""The tokeniser: what is written in a name is found by whoever types a part of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.words import (
    MAX_LENGTH,
    MAX_QUERY,
    MAX_TERMS,
    Term,
    fold,
    squeezed,
    terms,
    words,
)

_HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12)
_THAI = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E2E), min_size=2, max_size=12)
_HANGUL = st.text(
    st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=2, max_size=12
)
_CYRILLIC = st.text(
    st.characters(min_codepoint=0x0410, max_codepoint=0x044F), min_size=1, max_size=12
)
_ARABIC = st.text(
    st.characters(min_codepoint=0x0621, max_codepoint=0x0652), min_size=1, max_size=12
)
_LATIN = st.text(st.characters(min_codepoint=0x00C0, max_codepoint=0x017F), min_size=1, max_size=12)


def _finds(query: str, text: str) -> bool:
    held = set(words(text))
    return bool(terms(query)) and all(
        any(one.startswith(term.text) for one in held) if term.is_prefix else term.text in held
        for term in terms(query)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("海尔集团", ("海尔", "尔集", "集团")),
        ("TCL集团A座", ("tcl", "集团", "a", "座")),
        ("株式会社トウシバ", ("株式", "式会", "会社", "社ト", "トウ", "ウシ", "シバ")),
        ("ﾄｳｼﾊﾞ", ("トウ", "ウシ", "シバ")),
        ("삼성전자", ("삼성", "성전", "전자")),
        ("ไทย", ("ไท", "ทย")),
        ("Conceição ｃｏｎｃｅｉçãｏ CONCEICAO", ("conceicao",) * 3),
        ("Straße Ørsted Łódź İstanbul", ("strasse", "orsted", "lodz", "istanbul")),
        ("тёплый ТЕПЛЫЙ Қазақстан", ("теплый", "теплый", "қазақстан")),
        ("مُؤَسَّسَة مـــؤسسه", ("موسسه", "موسسه")),
        ("ﻻ لا", ("لا", "لا")),
        ("שָׁלוֹם", ("שלום",)),
        ("हिन्दी", ("हिन्दी",)),
        ("١٢٣ १२३ １２３", ("123", "123", "123")),
        ("GB/T 19001-2016", ("gb", "t", "19001", "2016")),
        ("a\u202eb\u200bc", ("abc",)),
        ("\x00\x01\ud800 \U0001f600", ()),
    ],
)
def test_words_are_split_and_folded_as_searchers_expect(text: str, found: tuple[str, ...]) -> None:
    assert words(text) == found


@given(_HAN | _THAI | _HANGUL, st.data())
def test_every_part_of_a_name_without_blanks_is_found(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 2))
    end = data.draw(st.integers(start + 2, len(name)))

    assert _finds(name[start:end], f"A {name} B")


@given(st.lists(_CYRILLIC | _ARABIC | _LATIN | _HAN, min_size=1, max_size=6), st.data())
def test_every_word_of_a_name_is_found_in_any_case(name: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(name))

    if words(word):
        assert _finds(word, " ".join(name))
        assert _finds(word.upper(), " ".join(name))
        assert _finds(unicodedata.normalize("NFD", word), " ".join(name))


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once_and_tokens_are_bounded(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for token in words(text):
        assert 0 < len(token) <= MAX_LENGTH
        assert " " not in token
        assert "\x00" not in token


@given(st.text(max_size=2 * MAX_QUERY))
def test_a_query_asks_for_a_bounded_number_of_terms_and_never_fails(query: str) -> None:
    asked = terms(query)

    assert len(asked) <= MAX_TERMS
    assert len(set(asked)) == len(asked)


def test_a_prefix_needs_three_characters_and_an_asterisk() -> None:
    assert terms("pum* pu* * 海尔*") == (
        Term("pum", is_prefix=True),
        Term("pu"),
        Term("海尔"),
    )


def test_the_signs_of_query_languages_only_separate() -> None:
    assert terms('"pumps" OR (valves NEAR/2 x) -y :z ^') == tuple(
        Term(one) for one in ("pumps", "or", "valves", "near", "2", "x", "y", "z")
    )


def test_an_identifier_is_found_with_and_without_its_dashes() -> None:
    assert squeezed("0103-2026 000001") == "01032026000001"
