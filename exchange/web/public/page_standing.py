"""What stands, and what to do about it: the words of an answer that no verdict has.

Whoever holds a certificate in one hand and a phone in the other reads three things: the verdict,
what stands now and on the day that was asked about, and one next step.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from exchange.codes.verification import NotFoundCode, UploadCode
from exchange.core.model import Status
from exchange.core.periods import day_in
from exchange.core.sentences import TEXTS
from exchange.core.verification import Overall, Permanence, Standing, Verification
from exchange.web.public.page_texts import WORDS

_TRY_AGAIN: Final = (
    NotFoundCode.NUMBER_UNKNOWN,
    NotFoundCode.SEVERAL_BODIES,
    NotFoundCode.SEVERAL_SCHEMES,
    NotFoundCode.UNKNOWN_BODY,
    NotFoundCode.ADDRESS_UNKNOWN,
)


def next_step(found: Verification) -> str:
    """Return the key of what whoever reads the answer does next."""
    if found.overall is Overall.VALID:
        return "do-valid"
    if found.overall is Overall.CANNOT_TELL:
        typed = found.code in _TRY_AGAIN or isinstance(found.code, UploadCode)
        return "do-try-again" if typed else "do-cannot-tell"
    if found.leads_to is not None:
        return "do-leads-to"
    lasting = {one.permanence for one in found.verdicts if one.code == found.code}
    return "do-temporary" if lasting == {Permanence.TEMPORARY} else "do-not-valid"


def standings(found: Verification, language: str) -> list[tuple[str, str]]:
    """Return how the certificate stands now and on the day that was asked about."""
    told = (("now", found.now), ("then", found.then))
    return [(key, _stands(one, found.zone, language)) for key, one in told if one is not None]


def _stands(one: Standing, zone: str, language: str) -> str:
    words = WORDS[language]
    said = [status_words(one.status, language)]
    if one.since is not None:
        said.append(f"{words['since']} {_written(day_in(zone, one.since))}")
    if one.until is not None:
        said.append(f"{words['until']} {_written(one.until)}")
    if one.permanence is not None:
        said.append(words[one.permanence.value])
    return " · ".join(said)


def _written(day: date) -> str:
    """Return a day that keeps its order where the text runs from right to left."""
    return f"\u2066{day.isoformat()}\u2069"


def status_words(status: Status, language: str) -> str:
    """Return a status as people say it."""
    if status is Status.ACTIVE:
        return WORDS[language]["in-force"]
    return TEXTS[language][f"status-{status.value}"]
