"""Verification for anyone: by number, by QR address, by the file itself; JSON or signed XML.

- No account and no quota: only what leads to nothing is counted (`service.verify_guesses`).
- Both listeners answer; on the partners' one the caller sees what it issued or received whole.
- `Accept: application/xml` is answered with the signed form, everything else with JSON.
- The language of the first sentence is that of `lang`, or of `Accept-Language`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.model import BodyId, Economy
from exchange.core.qr_drawing import draw
from exchange.core.sentences import accepted, choose
from exchange.core.verification import Asked, Goods, Occasion, Verification
from exchange.errors import Finding, RefusedError
from exchange.service.uploads import MAX_UPLOAD
from exchange.service.verify import (
    Viewer,
    qr_address,
    verify_document,
    verify_number,
    verify_token,
)
from exchange.service.verify_guesses import network_of
from exchange.service.verify_signed import sign_verification
from exchange.web.answers import XML, as_json, as_xml, read_body
from exchange.web.api.callers import caller, calling_body
from exchange.web.application import HUB
from exchange.web.public.verification_answers import as_document

_GOODS: Final = ("model", "gtin", "hs", "batch", "factory")
NAMES: Final = frozenset({"on", "occasion", "economy", "holder", "lang", "form", *_GOODS})
_FORMS: Final = ("json", "xml")
_LONGEST: Final = 300
_ECONOMY: Final = re.compile("[A-Z]{2}")
_SCHEME: Final = re.compile("urn:[A-Za-z0-9:._-]{1,120}")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UPLOADS: Final = frozenset({XML, "text/xml", "application/pdf", "application/octet-stream"})


async def get_verification_of_number(request: web.Request) -> web.Response:
    """Verify the certificate of a number."""
    given = given_parameters(request, NAMES | {"issuer", "scheme"})
    found = await verify_number(
        request.app[HUB],
        request.match_info["number"],
        BodyId(given["issuer"]) if "issuer" in given else None,
        asked=asked_of(given),
        viewer=viewer_of(request),
    )
    return await _answer(request, found, given)


async def get_verification_of_address(request: web.Request) -> web.Response:
    """Verify the certificate that a QR code leads to."""
    given = given_parameters(request, NAMES)
    found = await verify_token(
        request.app[HUB],
        request.match_info["address"],
        asked=asked_of(given),
        viewer=viewer_of(request),
    )
    return await _answer(request, found, given)


async def post_verification(request: web.Request) -> web.Response:
    """Verify an uploaded file, XML or PDF."""
    given = given_parameters(request, NAMES)
    hub = request.app[HUB]
    # What it is, its octets say; the media type only has to be one of a file.
    media_type = request.content_type if request.content_type in _UPLOADS else XML
    data = await read_body(
        request, media_type=media_type, max_bytes=MAX_UPLOAD, seconds=hub.settings.body_seconds
    )
    found = await verify_document(hub, data, asked=asked_of(given), viewer=viewer_of(request))
    return await _answer(request, found, given)


async def get_qr_code(request: web.Request) -> web.Response:
    """Return the QR code of a certificate of the calling body, as SVG or as JSON."""
    hub = request.app[HUB]
    written = await qr_address(hub, caller(request).id, request.match_info["number"])
    settings = hub.settings
    base = settings.public_url or f"https://{settings.public_host}:{settings.public_port}"
    address = f"{base.rstrip('/')}/q/{written}"
    if "svg" not in request.headers.get("Accept", ""):
        return as_json({"address": address, "qr": written})
    return web.Response(
        body=draw(address), content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )


async def _answer(
    request: web.Request, found: Verification, given: Mapping[str, str]
) -> web.Response:
    # A link cannot say what it accepts.
    form = given.get("form", "json")
    if form not in _FORMS:
        raise _refused(f"form: expected one of {', '.join(_FORMS)}, found {form[:30]!r}")
    if form == "xml" or "application/xml" in request.headers.get("Accept", ""):
        signed = await sign_verification(request.app[HUB], found)
        return as_xml(signed, headers={"Cache-Control": "no-store"})
    wanted = (given["lang"],) if "lang" in given else ()
    language = choose((*wanted, *accepted(request.headers.get("Accept-Language", ""))))
    return as_json(
        as_document(found, language),
        headers={"Content-Language": language, "Vary": "Accept, Accept-Language"},
    )


def given_parameters(request: web.Request, names: frozenset[str]) -> dict[str, str]:
    """Return the parameters; an empty one counts as none.

    Raises:
        RefusedError: One is not known, stands twice or is too long.
    """
    unknown = sorted(request.query.keys() - names)
    if unknown:
        raise _refused(f"expected one of {', '.join(sorted(names))}, found {unknown[0][:30]!r}")
    for name in request.query:
        values = request.query.getall(name)
        if len(values) > 1 or len(values[0]) > _LONGEST:
            raise _refused(f"{name}: expected one value of at most {_LONGEST} characters")
    return {name: value for name, value in request.query.items() if value.strip()}


def asked_of(given: Mapping[str, str]) -> Asked:
    """Return what parameters ask beside the seven questions.

    Raises:
        RefusedError: One cannot be read.
    """
    economy = given.get("economy")
    if economy is not None and not _ECONOMY.fullmatch(economy):
        raise _refused(f"economy: expected two capital letters, found {economy[:30]!r}")
    return Asked(
        on=_day(given.get("on")),
        occasion=_occasion(given.get("occasion")),
        goods=Goods(**{name: given.get(name) for name in _GOODS}),
        economy=None if economy is None else Economy(economy),
        holder=given.get("holder"),
        scheme=_scheme(given.get("scheme", "")),
    )


def _scheme(text: str) -> str:
    if text and not _SCHEME.fullmatch(text):
        raise _refused(
            f"scheme: expected one such as urn:mrhub:scheme:organic, found {text[:30]!r}"
        )
    return text


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        # Python reads 20261122 and 2026-W47-7, too.
        day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as exc:
        raise _refused(f"on: expected a day such as 2026-11-22, found {text[:30]!r}") from exc
    if not 1900 <= day.year < 3000:  # noqa: PLR2004
        raise _refused("on: expected a day of the years 1900 to 2999")
    return day


def _occasion(text: str | None) -> Occasion | None:
    if text is None:
        return None
    try:
        return Occasion(text)
    except ValueError as exc:
        raise _refused(f"occasion: expected one of {', '.join(Occasion)}") from exc


def viewer_of(request: web.Request) -> Viewer:
    """Return who asks."""
    return Viewer(body=calling_body(request), network=network_of(_address(request)))


def _address(request: web.Request) -> str | None:
    """Return where a request comes from: a trusted proxy says it, else the connection."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    address = None if peer is None else str(peer[0])
    said = request.headers.getall("X-Forwarded-For", [])
    if address is None or not said:
        return address
    trusted = request.app[HUB].settings.trusted_proxies
    if any(ip_address(address) in ip_network(one) for one in trusted):
        # The last one was written by the proxy, be it in a line of its own; everything before it
        # is hearsay.
        return said[-1].rpartition(",")[2].strip()
    return address


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.PARAMETER, message=message))


def verification_routes() -> list[web.RouteDef]:
    """Return the addresses that both listeners serve."""
    return [
        web.get("/v1/certificates/{number}/verification", get_verification_of_number),
        web.get("/v1/q/{address}/verification", get_verification_of_address),
        web.post("/v1/verifications", post_verification),
    ]
