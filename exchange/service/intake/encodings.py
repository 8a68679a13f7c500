r"""In which encoding a text was written: told only when it is certain, refused otherwise.

- A byte order mark says it. Without one, octets that are strict UTF-8 are UTF-8.
- UTF-16 without a mark is told by its line ends and separators, which fit one byte order only.
- GB18030 and the Windows code pages 1251 (Cyrillic), 1252 (western Europe) and 1256 (Arabic)
  read almost any octets, so each has a test that only text of its own script passes; where none
  or more than one passes, nobody is guessed at and the reader is asked to say it.

Example:
    >>> certain_encoding("证书编号,状态\n有效".encode("gb18030"))
    'gb18030'
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Final

KNOWN: Final[Mapping[str, str]] = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "windows-1256": "cp1256",
}
"""Encodings that may be said, and what Python calls them."""
_FEWEST: Final = 8
"""Characters beyond ASCII from which on a script can be told."""
_MOST: Final = 0.9


def certain_encoding(sample: bytes) -> str | None:
    """Return Python's name of the encoding of a text, or `None` where it is not certain.

    Args:
        sample: The first octets, up to the end of a line.
    """
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample:
        fitting = [name for name in ("utf-16-le", "utf-16-be") if _is_utf_16(sample, name)]
        return fitting[0] if len(fitting) == 1 else None
    if _decoded(sample, "utf-8") is not None:
        return "utf-8"
    passed = [name for name, test in _TESTS.items() if _passes(sample, name, test)]
    return passed[0] if len(passed) == 1 else None


def _decoded(sample: bytes, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        # A sample may end inside a character.
        return decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return None


def _is_utf_16(sample: bytes, encoding: str) -> bool:
    text = _decoded(sample, encoding)
    return text is not None and "\0" not in text and bool(re.search(r"[,;\t].*?\r?\n", text))


def _passes(sample: bytes, encoding: str, test: Callable[[str], bool]) -> bool:
    text = _decoded(sample, encoding)
    if text is None:
        return False
    return sum(not one.isascii() for one in text) >= _FEWEST and test(text)


def _is_chinese(text: str) -> bool:
    """Nearly all characters are those of the first level of GB 2312, or its punctuation."""
    beyond = [one for one in text if not one.isascii()]
    return sum(map(_is_common, beyond)) >= _MOST * len(beyond)


def _is_common(one: str) -> bool:
    try:
        octets = one.encode("gb2312")
    except UnicodeEncodeError:
        return False
    # Source: GB 2312: rows 1 to 9 are signs, rows 16 to 55 the characters of the first level.
    return len(octets) == 2 and (octets[0] <= 0xA9 or 0xB0 <= octets[0] <= 0xD7)  # noqa: PLR2004


_CYRILLIC: Final = re.compile("[А-яЁё]+")
_MIXED: Final = re.compile("[а-яё][А-ЯЁ]")
_CYRILLIC_ONLY: Final = re.compile("[А-яЁё«»№–—“”„…’°\xa0\\x00-\\x7f]*")


def _is_cyrillic(text: str) -> bool:
    """Words are Russian letters only, no capital stands behind a small one, most are small."""
    words = _CYRILLIC.findall(text)
    letters = "".join(words)
    if not letters or not _CYRILLIC_ONLY.fullmatch(text) or _MIXED.search(text):
        return False
    small = sum(one.islower() for one in letters)
    return small >= 0.6 * len(letters) and len(letters) >= 2 * len(words)


_WESTERN: Final = frozenset("áàâãäåçéèêëíîïñóôõöúùûüÁÀÂÃÄÅÇÉÈÊËÍÎÏÑÓÔÕÖÚÙÛÜß°ºª«»–—“”‘’…€§·\xa0")
_WESTERN_WORD: Final = re.compile("[A-Za-z][À-ÿ]{1,2}|[À-ÿ]{1,2}[A-Za-z]")
_LONG_RUN: Final = re.compile("[À-ÿ]{3}")


def _is_western(text: str) -> bool:
    """Accented letters stand one or two together between plain ones, and are western ones."""
    beyond = [one for one in text if not one.isascii()]
    if any(one not in _WESTERN for one in beyond) or _LONG_RUN.search(text):
        return False
    # Hungarian and Romanian use the same octets for letters of their own: õ stands beside ã or ç.
    if ("õ" in text or "û" in text) and not ("ã" in text or "ç" in text or "ê" in text):
        return False
    accented = [one for one in beyond if one.isalpha()]
    return bool(accented) and len(_WESTERN_WORD.findall(text)) >= 0.5 * len(accented)


_ARABIC: Final = re.compile(
    "[\u0621-\u064a\u064b-\u0652\u060c\u061b\u061f\u0640«»–—\xa0\\x00-\\x7f]*"
)
_ARABIC_ARTICLE: Final = re.compile("(?<![\u0621-\u064a])(?:ال|و|لل)[\u0621-\u064a]{2}")


def _is_arabic(text: str) -> bool:
    """Letters are Arabic ones only, and some words begin as Arabic words do."""
    return bool(_ARABIC.fullmatch(text) and _ARABIC_ARTICLE.search(text))


_TESTS: Final[Mapping[str, Callable[[str], bool]]] = {
    "gb18030": _is_chinese,
    "cp1251": _is_cyrillic,
    "cp1252": _is_western,
    "cp1256": _is_arabic,
}
