"""What the page of a search shows of each certificate, in the language of its reader.

Status and marks are in the words of a verification; that a hit is no verdict stands above them,
and the number leads to the verification.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from exchange.codes.verification import StandingCode
from exchange.core.hits import Mark
from exchange.core.model import Status
from exchange.core.sentences import TEXTS
from exchange.service.search import Former, Found
from exchange.web.public.page_texts import WORDS


def shown_hit(one: Found, scheme: str, language: str) -> dict[str, Any]:
    """Return what the template shows of a certificate.

    Args:
        one: As it was found.
        scheme: What its scheme is called.
        language: Of the page.
    """
    words = {"number": one.certificate_number, "issuer": one.issuer, "lang": language}
    return {
        "number": one.certificate_number,
        "address": f"/verify?{urlencode(words)}",
        "holders": [name for name, _ in one.holders],
        "scheme": scheme,
        "issuer": one.issuer,
        "state": one.status.value,
        "status": _standing(one.status, language),
        "lasts": WORDS[language]["final" if one.is_final else "temporary"],
        "marks": [_marked(mark, language) for mark in one.marks],
        "former": _former(one.former, language),
    }


def _standing(status: Status, language: str) -> str:
    if status is Status.ACTIVE:
        return WORDS[language]["in-force"]
    return TEXTS[language][f"status-{status.value}"]


def _marked(mark: Mark, language: str) -> str:
    if mark.code is StandingCode.UNCONFIRMED and mark.since is not None:
        return WORDS[language]["unknown-since"].format(since=f"{mark.since:%Y-%m-%d}")
    return mark.said(language)


def _former(former: Former | None, language: str) -> str:
    if former is None:
        return ""
    key = "former-number" if former.number else "former"
    # Isolated, so that a number keeps its order where the text runs from right to left.
    return WORDS[language][key].format(number=f"\u2068{former.number}\u2069")
