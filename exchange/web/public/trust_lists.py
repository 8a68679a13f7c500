"""Trust lists for anyone: byte-exact, by digest, by tag, compressed when that is asked for.

- The tag of a list is its SHA-256; each encoding has a tag of its own (RFC 9110, section 8.8.3.3).
- `CN.sha2` is the digest file beside `CN.xml`, for readers that ask cheaply (ETSI TS 119 612,
  clause 6.1).
- A partner that asks over its own connection may say what it holds: `Trust-List-Sequence`, the
  number of this list, and `Trust-Keys-Held`, its keys from all lists. That is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.model import BodyId
from exchange.core.trust_index import TrustList
from exchange.errors import Finding, RefusedError
from exchange.service.list_files import digest_octets
from exchange.service.list_serving import (
    Encoding,
    Holding,
    ServedLists,
    find_digest,
    find_served,
    names_of,
    note_holding,
    preferred,
)
from exchange.web.answers import XML, as_json
from exchange.web.api.callers import caller
from exchange.web.application import HUB

SERVED: Final = web.AppKey("served-lists", ServedLists)
SEQUENCE: Final = "Trust-List-Sequence"
KEYS: Final = "Trust-Keys-Held"
_NUMBER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)


async def get_trust_lists(request: web.Request) -> web.Response:
    """List the trust lists in force."""
    return as_json({"trust_lists": [_listed(one) for one in request.app[HUB].trust.lists]})


def _listed(one: TrustList) -> dict[str, str | int]:
    file, name = names_of(one)
    return {
        "name": name,
        "file": file,
        "territory": one.territory,
        "sequence": one.sequence,
        "issued_at": one.issued_at.isoformat(),
        "next_update": one.next_update.isoformat(),
        "digest": one.digest.hex(),
        "signer": one.signer.hex(),
    }


async def get_trust_list(request: web.Request) -> web.Response:
    """Return a trust list or its digest, unless the caller has it already."""
    hub = request.app[HUB]
    trust, name = hub.trust, request.match_info["name"]
    beside = find_digest(trust, name)
    if beside is not None:
        return web.Response(
            body=digest_octets(beside.data),
            content_type="text/plain",
            headers={"Cache-Control": "no-cache", "Last-Modified": _modified(beside)},
        )
    one = find_served(trust, name)
    partner = _partner(request)
    if partner is not None:
        await note_holding(hub, partner, one, _holding(request))
    encoding = preferred(_accepted(request))
    headers = _headers(one, encoding)
    if _has_it(request, one):
        return web.Response(status=304, headers=headers)
    octets = await request.app[SERVED].octets(trust, one, encoding)
    if encoding is not Encoding.IDENTITY:
        headers["Content-Encoding"] = encoding.value
    return web.Response(body=octets, content_type=XML, headers=headers)


def _headers(one: TrustList, encoding: Encoding) -> dict[str, str]:
    return {
        "ETag": _tag(one, encoding),
        "Last-Modified": _modified(one),
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-cache",
    }


def _tag(one: TrustList, encoding: Encoding) -> str:
    suffix = "" if encoding is Encoding.IDENTITY else f"-{encoding.value}"
    return f'"{one.digest.hex()}{suffix}"'


def _modified(one: TrustList) -> str:
    return format_datetime(one.issued_at, usegmt=True)


def _has_it(request: web.Request, one: TrustList) -> bool:
    """Tell whether the caller has the list; a tag counts more than a date (section 13.2.2)."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = {part.strip().removeprefix("W/") for part in tags.split(",")}
        # Whoever has it in another encoding has it: the octets that were signed are the same.
        return "*" in known or any(_tag(one, each) in known for each in Encoding)
    since = request.headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        return one.issued_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError, OverflowError):
        # What is no date is ignored (section 13.1.3).
        return False


def _accepted(request: web.Request) -> Iterator[str]:
    """Yield the encodings that the caller takes (section 12.5.3); what is unreadable is none."""
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip()) if parameter else None
        if parameter and (weight is None or float(weight[1]) == 0):
            continue
        yield name.strip().lower()


def _partner(request: web.Request) -> BodyId | None:
    """Return the body that asks, where the connection says who it is."""
    try:
        return caller(request).id
    except RefusedError:
        # Anyone may have a list; administrators and strangers hold none that is noted.
        return None


def _holding(request: web.Request) -> Holding:
    return Holding(sequence=_number(request, SEQUENCE), keys=_number(request, KEYS))


def _number(request: web.Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise RefusedError(
            Finding(
                code=RefusedCode.PARAMETER,
                path=name,
                message=f"expected a number, found {text[:30]!r}",
            )
        )
    return int(text)
