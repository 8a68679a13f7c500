"""The one plain sentence of a verification, in six languages, with dates that nobody misreads.

- The sentence begins with what it comes to: valid, not valid, cannot tell. What is in force now
  and was not on the day that was asked about is not valid, and both are said.
- Days are written with the name of the month, since 03/04 means two days in two economies, and
  are those of the issuing body: what was good through the 21st there has expired on the 22nd.
- What can pass again and what is for ever is said in every language.
- A reason that has no words of its own gets those of its question.

Example:
    >>> sentence(verification, "en")
    'Valid: certificate Q-1 of CN-CB-0103 is in force today, 22 November 2026.'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from exchange.core.model import Status
from exchange.core.sentences_arabic import ARABIC
from exchange.core.sentences_chinese import CHINESE
from exchange.core.sentences_english import ENGLISH
from exchange.core.sentences_french import FRENCH
from exchange.core.sentences_russian import RUSSIAN
from exchange.core.sentences_spanish import SPANISH
from exchange.core.verification import Overall, Permanence, Question, Result, Standing, Verification

TEXTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": ENGLISH,
        "zh": CHINESE,
        "ru": RUSSIAN,
        "ar": ARABIC,
        "fr": FRENCH,
        "es": SPANISH,
    }
)
"""The texts by language (BCP 47) and key; every language has every key."""
LANGUAGES: Final = tuple(TEXTS)
"""The languages, the one that is used when no other is asked for first."""
_RIGHT_TO_LEFT: Final = frozenset({"ar"})
_LEADS: Final = {
    Overall.VALID: "valid",
    Overall.NOT_VALID: "not-valid",
    Overall.CANNOT_TELL: "cannot-tell",
}


def direction(language: str) -> str:
    """Return the direction of writing, as HTML names it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def choose(wanted: Iterable[str]) -> str:
    """Return the first language of somebody's wishes that there are texts in.

    Args:
        wanted: Language tags, best first; `zh-Hans-CN` is answered in `zh`.
    """
    for tag in wanted:
        language = tag.strip().lower().partition("-")[0]
        if language in TEXTS:
            return language
    return LANGUAGES[0]


def accepted(header: str) -> tuple[str, ...]:
    """Return the language tags of `Accept-Language`, best first (RFC 9110, section 12.5.4)."""
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, given = part.partition(";")
        weight = 1.0
        if given.strip().startswith("q="):
            try:
                weight = float(given.strip()[2:])
            except ValueError:
                continue
        if tag.strip() and weight > 0:
            found.append((-weight, tag.strip()))
    return tuple(tag for _, tag in sorted(found, key=lambda one: one[0]))


def sentences(verification: Verification) -> dict[str, str]:
    """Return the sentence in every language."""
    return {language: sentence(verification, language) for language in LANGUAGES}


def sentence(verification: Verification, language: str) -> str:
    """Return what a verification comes to, in words that need no second reading."""
    return " ".join(_said(verification, language))


def _said(one: Verification, language: str) -> Iterator[str]:
    texts = TEXTS[language]
    shown = one.certificate
    number = shown.certificate_number if shown is not None else one.asked.number
    issuer = shown.issuer if shown is not None else (one.asked.issuer or _chosen(one))
    given = {
        "number": _isolated(number, language),
        "issuer": _isolated(issuer, language),
        "day": _day(one.at, one.zone, texts),
        "since": "",
        "economy": one.asked.economy or "",
        "other": _isolated(one.leads_to or "", language),
    }
    if one.overall is Overall.VALID:
        yield texts["is-valid"].format_map(given)
    elif one.because == ("then",):
        yield texts["not-valid"].format(reason=texts["only-now"].format_map(given))
    else:
        deciding = next((v for v in one.verdicts if v.code == one.code and v.since), None)
        if deciding is not None and deciding.since is not None:
            given["since"] = _day(deciding.since, one.zone, texts)
        key = _key(one, texts)
        if not given["since"] and f"{key}-undated" in texts:
            key = f"{key}-undated"
        yield texts[_LEADS[one.overall]].format(reason=texts[key].format_map(given))
        lasting = next((v.permanence for v in one.verdicts if v.code == one.code), None)
        if lasting is not None and key.startswith("verification."):
            yield texts[lasting.value]
    if one.asked.on is not None and one.then is None and one.now is not None:
        yield texts["then-not-yet"].format(day=_written(one.asked.on, texts))
    if one.asked.on is not None and one.then is not None:
        yield _then(one.then, one.asked.on, texts)
    if one.leads_to is not None:
        yield texts["leads-to"].format_map(given)
    if one.holder is not None:
        yield texts[f"holder-{one.holder.value}"]
    yield from (_begun(texts[note.value]) for note in one.notes if note.value in texts)


def _chosen(one: Verification) -> str:
    """Return whose certificates there are to choose from."""
    return next((choice.issuer for choice in one.choices), "")


def _begun(text: str) -> str:
    """Let a reason, which stands behind a colon elsewhere, begin a sentence."""
    return text[0].upper() + text[1:]


def _then(then: Standing, on: date, texts: Mapping[str, str]) -> str:
    day = _written(on, texts)
    if then.status is Status.ACTIVE:
        return texts["then-valid"].format(day=day)
    return texts["then-not-valid"].format(day=day, status=texts[f"status-{then.status.value}"])


def _key(one: Verification, texts: Mapping[str, str]) -> str:
    """Return the key of the reason: its own, or that of the question that decides."""
    if one.code.value in texts:
        return one.code.value
    if one.because and one.because[0] in set(Question):
        wanted = Result.FAILED if one.overall is Overall.NOT_VALID else Result.UNKNOWN
        return f"question-{one.because[0]}-{wanted.value}"
    return "goods-not-covered" if one.overall is Overall.NOT_VALID else "goods-unknown"


def _day(at: datetime, zone: str, texts: Mapping[str, str]) -> str:
    return _written(at.astimezone(ZoneInfo(zone)).date(), texts)


def _written(day: date, texts: Mapping[str, str]) -> str:
    months = texts["months"].split()
    return texts["date"].format(day=day.day, month=months[day.month - 1], year=day.year)


def _isolated(value: str, language: str) -> str:
    """Keep a number or identifier together, whichever way the text around it runs.

    Where it runs from right to left, digits between hyphens would change places.
    """
    clean = "".join(letter for letter in value if letter.isprintable())
    alone = clean and (language in _RIGHT_TO_LEFT or not clean.isascii())
    return f"\u2068{clean}\u2069" if alone else clean


def permanence_words(permanence: Permanence, language: str) -> str:
    """Return *temporary* or *final* as people say it."""
    return TEXTS[language][permanence.value]
