"""The search of the register, for anyone; a body finds its own certificates as well.

A hit is no verdict: each says where its verification is, and what a verification would mark.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from exchange.codes.search import SearchCode
from exchange.core.model import BodyId, Economy, Status
from exchange.core.periods import in_zulu
from exchange.core.searching import LIMIT, MAX_LIMIT, Question
from exchange.errors import Finding, RefusedError
from exchange.service.search import Found, search_register
from exchange.web.answers import as_json, parameter
from exchange.web.api.callers import calling_body
from exchange.web.application import HUB

_NAMES: Final = frozenset(
    {
        "q",
        "scheme",
        "issuer",
        "status",
        "economy",
        "standard",
        "edition",
        "identifier",
        "valid_on",
        "after",
        "limit",
    }
)


async def get_certificates(request: web.Request) -> web.Response:
    """Return a page of the certificates that a search finds."""
    given = dict(request.query)
    unknown = sorted(given.keys() - _NAMES)
    if unknown:
        raise _refused(f"expected one of {', '.join(sorted(_NAMES))}, found {unknown[0][:30]!r}")
    page = await search_register(
        request.app[HUB],
        _question(given),
        caller=calling_body(request),
        after=given.get("after"),
        limit=parameter(request, "limit", default=LIMIT, least=1, most=MAX_LIMIT),
    )
    return as_json(
        {
            "certificates": [_shown(one) for one in page.found],
            "after": page.after,
            "complete": page.is_complete,
        }
    )


def _question(given: dict[str, str]) -> Question:
    """Return the question of a request; an empty value is no filter."""
    issuer, economy = given.get("issuer"), given.get("economy")
    return Question(
        text=given.get("q", ""),
        scheme=given.get("scheme") or None,
        issuer=BodyId(issuer) if issuer else None,
        status=_status(given.get("status")),
        economy=Economy(economy) if economy else None,
        standard=given.get("standard") or None,
        edition=given.get("edition") or None,
        identifier=given.get("identifier") or None,
        valid_on=_day(given.get("valid_on")),
    )


def _status(text: str | None) -> Status | None:
    if not text:
        return None
    try:
        return Status(text)
    except ValueError:
        words = ", ".join(Status)
        raise _refused(f"status: expected one of {words}, found {text[:30]!r}") from None


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused(
            f"valid_on: expected a day such as 2026-11-22, found {text[:30]!r}"
        ) from None


def _shown(one: Found) -> dict[str, Any]:
    return {
        "certificate_number": one.certificate_number,
        "attestation_id": one.attestation_id,
        "issuer": one.issuer,
        "scheme": one.scheme,
        "status": one.status.value,
        "final": one.is_final,
        "marks": [
            {
                "code": mark.code.value,
                "text": mark.text,
                "since": None if mark.since is None else in_zulu(mark.since),
                "final": mark.is_final,
            }
            for mark in one.marks
        ],
        "former": None if one.former is None else {"number": one.former.number or None},
        "verification": _verification(one),
        "holders": [{"name": name, "language": language} for name, language in one.holders],
        "economy": one.economy,
        "objects": list(one.objects),
        "standards": list(one.standards),
        "valid_from": None if one.valid_from is None else one.valid_from.isoformat(),
        "valid_to": None if one.valid_to is None else one.valid_to.isoformat(),
    }


def _verification(one: Found) -> str:
    """Return where a verdict is to be had; a hit is none."""
    number = quote(one.certificate_number, safe="")
    return f"/v1/certificates/{number}/verification?{urlencode({'issuer': one.issuer})}"


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=SearchCode.FILTER, message=message))
