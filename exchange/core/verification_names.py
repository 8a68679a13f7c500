"""Does the name typed from the paper fit the holder's?

- Compared is what people mean by a name: NFKC, without case, accents of width, punctuation and
  legal form. *Match* is the same then; *close* differs by a slip of typing; else *mismatch*.
- The answer never contains the name, and a *mismatch* counts as a guess (`service.guesses`).

Example:
    >>> compare("Brightwell tools LTD", ("Brightwell Tools Co., Ltd.",))
    <Match.MATCH: 'match'>
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from exchange.core.verification import Match

# fmt: off
_LEGAL_FORMS: Final = frozenset({
    "ab", "ag", "as", "aps", "bhd", "bv", "co", "company", "corp", "corporation", "eirl",
    "gmbh", "inc", "incorporated", "kg", "lda", "limitada", "limited", "llc", "llp", "ltd",
    "ltda", "nv", "oy", "plc", "private", "pte", "pty", "pvt", "sa", "saoc", "saog", "sarl",
    "sas", "sdn", "se", "sl", "spa", "srl", "ао", "зао", "ип", "ооо", "оао", "пао", "тоо",
    "шшс", "жшс", "ذمم", "شذمم", "شمم",
})
# fmt: on
_SUFFIXES: Final = (
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "股份公司",
    "株式会社",
    "有限会社",
    "주식회사",
)
_CLOSE: Final = 0.92
"""How alike two names are at least for a slip of typing; 1 is the same."""
_SHORTEST: Final = 5
"""Shorter names are never close: one letter is too much of them."""
_LONGEST: Final = 300


def compare(typed: str, names: Iterable[str]) -> Match:
    """Return how a name fits the holder's, in whichever language that fits best."""
    wanted = _essence(typed)
    if not wanted:
        return Match.MISMATCH
    best = 0.0
    for name in names:
        found = _essence(name)
        if wanted == found:
            return Match.MATCH
        if min(len(wanted), len(found)) >= _SHORTEST:
            best = max(best, SequenceMatcher(None, wanted, found, autojunk=False).ratio())
    return Match.CLOSE if best >= _CLOSE else Match.MISMATCH


def _essence(name: str) -> str:
    """Return what is left of a name without case, punctuation and legal form."""
    text = unicodedata.normalize("NFKC", name[:_LONGEST]).casefold()
    # A dot or an apostrophe inside an abbreviation joins it: `L.L.C.` is `llc`.
    text = "".join(letter for letter in text if letter not in ".'’`´")
    words = "".join(letter if _is_word(letter) else " " for letter in text).split()
    kept = [word for word in words if word not in _LEGAL_FORMS]
    essence = "".join(kept or words)
    for suffix in _SUFFIXES:
        essence = essence.replace(suffix, "") or essence
    return essence


def _is_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM"
