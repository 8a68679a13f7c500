"""The sentences word by word: no language is left in another, and no number changes places."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Formatter

import pytest

from exchange.core.sentences import LANGUAGES, TEXTS, sentence
from tests.core.test_verification import kept, verified
from tests.world import World

SHARED = {"QR", "PDF", "XML"}
"""What is called so in every language."""
ENGLISH = re.compile(
    r"\b(the|is|not|was|were|has|have|this|that|for|from|with|certificate|issued|by|ask|only|"
    r"today|since|scheme|issuer|signed|valid|here|of|and)\b",
    re.IGNORECASE,
)
NUMBERS = ["0103-2026-000001", "10326Q10286R0M", "12/34.56", "京-2026-1", "2026"]


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_no_english_word_is_left(language: str) -> None:
    for key, text in TEXTS[language].items():
        words = re.sub(r"\{\w+\}", "", text)
        assert not ENGLISH.search(words) or text != TEXTS["en"][key], key
        if language in {"zh", "ru", "ar"}:
            assert set(re.findall(r"[A-Za-z]+", words)) <= SHARED, key
        else:
            found = {one.group().lower() for one in ENGLISH.finditer(words)}
            assert found <= {"has"} | ({"de"} if language == "fr" else set()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert TEXTS[language].keys() == TEXTS["en"].keys()
    for key, text in TEXTS[language].items():
        # A reason may leave out what another language has to name; it never names more.
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        known = {"reason", "number", "issuer", "day", "since", "economy", "other", "status"}
        assert names <= known | {"month", "year"} | _names("en", key), key
        if names & {"number", "since"}:
            assert names >= {"since"} & _names("en", key), key


def _names(language: str, key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(TEXTS[language][key]) if name}


@pytest.mark.parametrize("number", NUMBERS)
def test_number_stands_alone_in_a_sentence_from_right_to_left(world: World, number: str) -> None:
    found = verified(world, kept(world, world.attestation()))
    assert found.certificate is not None
    shown = replace(found.certificate, certificate_number=number)

    text = sentence(replace(found, certificate=shown), "ar")

    assert f"\u2068{number}\u2069" in text
    assert f"\u2068{shown.issuer}\u2069" in text
    outside = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
    # Beside what stands alone there are only whole numbers, as of a day.
    assert not re.search(r"\d[-./:]\d", outside)
    assert not re.search("[A-Za-z]", outside)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "ar"])
def test_plain_number_stands_as_it_is_in_a_sentence_from_left_to_right(
    world: World, language: str
) -> None:
    found = verified(world, kept(world, world.attestation()))

    assert not set("\u2066\u2067\u2068\u2069") & set(sentence(found, language))
