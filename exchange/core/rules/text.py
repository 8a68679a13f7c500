"""Rules about the letters of texts: what is read must be what is written.

- Characters that cannot be seen, or that turn the direction of writing, make two numbers or names
  look alike that are not: none is let in, wherever it stands in the document. The two joiners stay
  where writing needs them, between letters of Arabic and of Indic scripts: without the one no
  Persian, without the other no Sinhala.
- A word of Latin and Cyrillic or Greek letters is refused where one script could be there for its
  look alone: every Cyrillic letter of it looks like a Latin one, or the other way round. Other
  mixtures are left alone: `Яndex` deceives nobody, and neither do `μm`, `kΩ` and a model number.
  Words end at anything that is no letter, so `IT-компания` and `RA.RU.13АБ21` are several.
- A word of one script alone is never refused, though АВС and ABC look alike: which of them a
  company has chosen is its own matter, and searches fold neither into the other.

Source: TXT-01 and TXT-02, this project's own; Unicode Technical Standard 39, sections 4 and 5.2;
RFC 5892, appendix A (joiners).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.document.cursor import Words, path_at, words_of
from exchange.core.rules.case import AnyCase, quoted
from exchange.errors import Finding

_JOINING: Final = (
    "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"
    "\u1800-\u18af"
)
"""Arabic, the Indic scripts, Thai, Lao, Tibetan, Myanmar, Khmer and Mongolian."""

_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
    f"|(?<![{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINING}])"
)
"""Marks of direction, zero-width characters, fillers, tags; joiners outside their scripts."""

_SUSPECT: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""The same and every joiner: one set costs a tenth of a choice between sets."""

_FOREIGN_LETTER: Final = re.compile("[\u0370-\u052f]")
"""Greek and Cyrillic."""


def _kinds() -> bytes:
    """Return what each octet of UTF-8 is: L a letter of ASCII, M or C the beginning of another.

    M begins another Latin letter, C a Cyrillic or Greek one; x is inside a letter.
    """
    table = bytearray(b"." * 256)
    for kind, first, last in (
        (b"L", ord("A"), ord("Z")),
        (b"L", ord("a"), ord("z")),
        (b"x", 0x80, 0xBF),
        (b"M", 0xC3, 0xC9),
        (b"C", 0xCD, 0xD4),
    ):
        table[first : last + 1] = kind * (last + 1 - first)
    return bytes(table)


_KINDS: Final = _kinds()
_MEETINGS: Final = (b"LC", b"CxL", b"MxC", b"CxM")
"""Where two scripts meet inside a word; a pattern of letters would take six times as long."""

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_FOREIGN: Final = {
    "Cyrillic": (
        re.compile("[\u0400-\u052f]"),
        frozenset("АВЕЅІЈКМНОРСТУХаеорсухѕіјһԁԛԝѵүҮӏӀ"),
        frozenset("ABCEHIJKMOPSTXYaceijopsxyhdqwvl"),
    ),
    "Greek": (
        re.compile("[\u0370-\u03ff]"),
        frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυ"),
        frozenset("ABEZHIKMNOPTYXovpu"),
    ),
}
"""By script: its letters, those that look like Latin ones, and Latin ones that look like them."""


def texts_show_what_they_say(case: AnyCase) -> Iterator[Finding]:
    """No text has characters that cannot be seen or that turn the direction of writing.

    Source: TXT-01; Unicode Technical Report 36, section 2.
    """
    if _SUSPECT.search(case.spoken) is None:
        return
    for words, at, text in _texts(case):
        found = _UNSEEN.search(text)
        if found is not None:
            yield Finding(
                code=RuleCode.TXT_01,
                path=path_at(words, at),
                message=f"expected characters that can be seen, found U+{ord(found[0]):04X} "
                f"in {quoted(text)}",
            )


def words_are_of_one_script(case: AnyCase) -> Iterator[Finding]:
    """No word mixes Latin letters with Cyrillic or Greek ones that look like them.

    Source: TXT-02; Unicode Technical Standard 39, section 5.2.
    """
    spoken = case.spoken
    if _FOREIGN_LETTER.search(spoken) is None:
        return
    kinds = spoken.encode().translate(_KINDS)
    if not any(meeting in kinds for meeting in _MEETINGS):
        return
    for words, at, text in _texts(case):
        for word in _WORD.findall(text):
            script = _disguised(word)
            if script is not None:
                yield Finding(
                    code=RuleCode.TXT_02,
                    path=path_at(words, at),
                    message=f"expected letters of one script, found Latin and {script} ones "
                    f"in {quoted(word)}",
                )
                break


def _disguised(word: str) -> str | None:
    """Return the script whose letters are mixed with Latin ones that they look like."""
    latin = frozenset(_LATIN.findall(word))
    for script, (letters, like_latin, like_them) in _FOREIGN.items():
        foreign = frozenset(letters.findall(word))
        if latin and foreign and (foreign <= like_latin or latin <= like_them):
            return script
    return None


def _texts(case: AnyCase) -> Iterator[tuple[Words, int, str]]:
    """Yield every text that is not ASCII, with the number of its element."""
    words = words_of(case.trusted.signed.content, case.trusted.tags)
    for at, text in enumerate(words.texts):
        if not text.isascii():
            yield words, at, text
