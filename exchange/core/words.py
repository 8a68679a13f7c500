"""The one tokeniser: what people write and what they search for become the same tokens.

- Documents and queries go through `words`, on both engines, so what is found on one is found on
  the other; no engine splits or folds anything by itself.
- Text is folded: NFKC, case, the marks of Latin and Greek letters and of `ё`; Arabic without
  tatweel, harakat and hamza carriers; Hebrew without points; every digit as ASCII. So
  `Conceição`, `CONCEICAO` and the same in full width are one word. The folded form is the only
  token: with a second one that keeps the marks a query could find less than it should, and the
  index would grow.
- A word is a run of letters and digits. Where a script has no blanks between words (Han, Kana,
  Hangul, Thai, Lao, Khmer, Burmese) a run becomes overlapping pairs, so that each word inside a
  name is found; a run of one character is a token by itself.
- What is asked may be a prefix: `pum*` finds `pumps`; it has at least `MIN_PREFIX` characters.

Example:
    >>> words("海尔集团 Haier Group")
    ('海尔', '尔集', '集团', 'haier', 'group')

Source: UAX #15 (NFKC), UAX #24 (scripts), UAX #44 (general categories).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

MAX_TEXT: Final = 10_000
"""Characters of one text that are looked at; a scope statement has some hundreds."""
MAX_LENGTH: Final = 40
"""Characters of a token; a longer run is cut, in documents and queries alike."""
MAX_TERMS: Final = 24
"""Tokens of a query; a name of a company has about ten."""
MAX_QUERY: Final = 400
"""Characters of a query."""
MIN_PREFIX: Final = 3
"""Characters that a prefix has at least."""

_PAIRED: Final = (
    "\u0e00-\u0e7f"  # Thai
    "\u0e80-\u0eff"  # Lao
    "\u1000-\u109f\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035"  # iteration marks, Hangzhou numerals
    "\u3040-\u30ff\u31f0-\u31ff"  # Kana
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff"  # Hangul
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U0001b000-\U0001b16f\U00020000-\U000323af"  # Kana and Han beyond the first plane
)
"""Scripts that write no blanks between words, or words longer than what is searched for."""
_SINGLE: Final = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ک": "ك",
    "ة": "ه",
    "ـ": "",
    "ٱ": "ا",
    "\u30fb": " ",
}
"""Letters that people write for each other, and which no decomposition brings together."""
_FOLDED: Final = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]")
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
_DIAERESIS: Final = "\u0308"
_SEMITIC_MARK: Final = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
_COMBINING: Final = re.compile("[\u0300-\u036f]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
"""Joiners, directions, variation selectors: whoever types does not see them."""
_INDIC: Final = "\u0900-\u0963\u0966-\u0dff\u0f00-\u0fff"
"""Vowel signs of these scripts are no letters to Unicode, and stand inside words."""
_QUICK: Final = "0-9a-z\u0430-\u045f\u0621-\u064a"
"""Letters of most words, taken together: looking at each one by itself takes twice as long."""
_WORD: Final = re.compile(
    rf"([{_PAIRED}]+)|((?:[{_QUICK}]+|(?![{_PAIRED}])[^\W_]|[{_INDIC}])+)(\*?)"
)
_APART: Final = "\n"
"""Between two texts; in no word, and nothing composes with it."""


@dataclass(frozen=True, slots=True)
class Term:
    """One token that is searched for; whatever begins with it when it is a prefix."""

    text: str
    is_prefix: bool = False


def words(text: str) -> tuple[str, ...]:
    """Return the tokens of a text in order, each as often as it is there."""
    return tuple(token for token, _ in _tokens(text[:MAX_TEXT]))


def words_of(texts: Iterable[str]) -> Iterator[str]:
    """Return the tokens of several texts; a word never spans two of them."""
    # All at once: folding and splitting one by one take twice as long.
    return (token for token, _ in _tokens(_APART.join([text[:MAX_TEXT] for text in texts])))


def terms(query: str) -> tuple[Term, ...]:
    """Return what a query asks for, each term once, in the order of the query.

    Args:
        query: As it was typed; what is no letter and no digit only separates, so no sign has a
            meaning here but the asterisk behind a word. What is longer than the limits is cut.
    """
    found: dict[Term, None] = {}
    for token, starred in _tokens(query[:MAX_QUERY]):
        found[Term(token, starred and len(token) >= MIN_PREFIX)] = None
    return tuple(found)[:MAX_TERMS]


def squeezed(identifier: str) -> str:
    """Return an identifier without what separates its parts: `0103-2026-1` and `010320261`.

    Whoever types a number leaves out dashes and blanks, or finds other ones on the paper.
    """
    folded = fold(identifier)
    return (folded if folded.isalnum() else "".join(filter(str.isalnum, folded)))[:MAX_LENGTH]


def fold(text: str) -> str:
    """Return a text in which only differences are left that matter to whoever searches."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_LETTERS)


class _Letters(dict[int, str]):
    """What stands for each character; ten times as fast as asking for each."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _letter(chr(code))
        return found


_LETTERS: Final = _Letters()
"""Grows with the characters that were seen, of which Unicode has a hundred and fifty thousand."""


def _letter(character: str) -> str:
    """Return what stands for one character."""
    if character in _SINGLE:
        return _SINGLE[character]
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if _SEMITIC_MARK.match(character) or _COMBINING.match(character):
        return ""
    return _bare(unicodedata.normalize("NFD", character))


def _bare(parts: str) -> str:
    """Return a letter without the marks that searchers leave out."""
    first = parts[0]
    if _FOLDED.match(first):
        bare = _COMBINING.sub("", parts)
        return "".join(_SINGLE.get(one, one) for one in bare)
    if _CYRILLIC.match(first):
        return unicodedata.normalize("NFC", parts.replace(_DIAERESIS, ""))
    return unicodedata.normalize("NFC", _SEMITIC_MARK.sub("", parts))


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Yield tokens with whether an asterisk follows them."""
    for run, word, star in _WORD.findall(fold(text)):
        if word:
            yield word[:MAX_LENGTH], bool(star)
        elif len(run) == 1:
            yield run, False
        else:
            for first, second in pairwise(run):
                yield first + second, False
