"""The words around an answer on the public pages, in the languages of the sentences.

The sentence of an answer comes from `exchange.core.sentences`; here stand the labels of the form
and of the seven questions, one file for each language beside this module. Every language has
every key: a test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from exchange.core.sentences import LANGUAGES

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "English",
        "zh": "中文",
        "ru": "Русский",
        "ar": "العربية",
        "fr": "Français",
        "es": "Español",
    }
)
"""What each language calls itself."""


def _words(language: str) -> Mapping[str, str]:
    data = files("exchange.web.public").joinpath("words", f"{language}.json").read_bytes()
    return MappingProxyType(dict(json.loads(data)))


WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {language: _words(language) for language in LANGUAGES}
)
"""The words by language and key."""
