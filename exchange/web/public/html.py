"""The pages for people: check a certificate by its number, its QR code or its file; search.

- Every page works without a script, with a keyboard and on a phone, in six languages and both
  directions of writing; what comes from documents is isolated, so that it cannot turn the rest.
- An answer is what the verb says: one sentence first, then seven verdicts with their evidence.
- Nothing is loaded from elsewhere, nothing is kept: no cookie, no counter, no referrer.
- A refusal is a page too, with the sentence of its code and the form to try again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FunctionLoader, StrictUndefined

from exchange.codes.verification import StandingCode
from exchange.core.model import BodyId
from exchange.core.periods import in_zulu
from exchange.core.searching import LIMIT, Question
from exchange.core.sentences import TEXTS, accepted, choose, direction, sentence
from exchange.core.verification import Overall, Result, Shown, Verification
from exchange.errors import ExchangeError
from exchange.service.hub import Hub
from exchange.service.search import search_register
from exchange.service.verify import verify_document, verify_number, verify_token
from exchange.web.application import HUB
from exchange.web.problems import status_of
from exchange.web.public.page_standing import next_step, standings
from exchange.web.public.page_texts import NAMES as LANGUAGE_NAMES
from exchange.web.public.page_texts import WORDS
from exchange.web.public.search_page import shown_hit
from exchange.web.public.upload_form import uploaded
from exchange.web.public.verification import (
    NAMES,
    asked_of,
    get_verification_of_address,
    given_parameters,
    viewer_of,
)

_FOLDER: Final = files("exchange.web.public").joinpath("templates")


@dataclass(frozen=True, slots=True)
class _Part:
    """A file that pages load."""

    data: bytes
    media_type: str
    tag: str


def _part(name: str, media_type: str) -> _Part:
    data = _FOLDER.joinpath(name).read_bytes()
    return _Part(data, media_type, f'"{sha256(data).hexdigest()}"')


_PARTS: Final = {
    "/page.css": _part("page.css", "text/css"),
    "/icon.svg": _part("icon.svg", "image/svg+xml"),
}
_SIGNS: Final = {Overall.VALID: "✓", Overall.NOT_VALID: "✕", Overall.CANNOT_TELL: "?"}
_MARKS: Final = {Result.PASSED: "✓", Result.FAILED: "✕", Result.UNKNOWN: "?"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Accept-Language",
}


def _template(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


_PAGES: Final = Environment(
    loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


async def get_form(request: web.Request) -> web.Response:
    """Show the form."""
    return _page(request, "form.html", {"fault": ""})


async def get_answer(request: web.Request) -> web.Response:
    """Answer the form: a number, with what else is known from the paper."""
    try:
        given = given_parameters(request, NAMES | {"issuer", "number", "scheme"})
        number = given.get("number", "").strip()
        if not number:
            return _page(request, "form.html", {"fault": ""})
        if "economy" in given:
            given["economy"] = given["economy"].upper()
        found = await verify_number(
            request.app[HUB],
            number,
            BodyId(given["issuer"].strip()) if "issuer" in given else None,
            asked=asked_of(given),
            viewer=viewer_of(request),
        )
    except ExchangeError as error:
        return _refusal(request, error)
    return _answered(request, found)


async def post_answer(request: web.Request) -> web.Response:
    """Answer about an uploaded file."""
    try:
        data = await uploaded(request)
        found = await verify_document(request.app[HUB], data, viewer=viewer_of(request))
    except ExchangeError as error:
        return _refusal(request, error)
    return _answered(request, found)


async def get_address(request: web.Request) -> web.Response:
    """Answer a QR code: a page for browsers, data for programs."""
    if "text/html" not in request.headers.get("Accept", ""):
        return await get_verification_of_address(request)
    try:
        address = request.match_info["address"]
        given = given_parameters(request, NAMES)
        found = await verify_token(
            request.app[HUB], address, asked=asked_of(given), viewer=viewer_of(request)
        )
    except ExchangeError as error:
        return _refusal(request, error)
    return _answered(request, found)


async def get_search(request: web.Request) -> web.Response:
    """Show a page of what a search finds among what is public."""
    query, after = request.query.get("q", ""), request.query.get("after") or None
    language = _language(request)
    shown: dict[str, Any] = {"query": query[:200], "found": (), "after": "", "fault": ""}
    status = HTTPStatus.OK
    try:
        page = await search_register(
            request.app[HUB], Question(text=query), after=after, limit=LIMIT
        )
    except ExchangeError as error:
        status = status_of(error)
        shown["fault"] = _said(error)
    else:
        shown["found"] = [
            shown_hit(one, _scheme(request.app[HUB], one.scheme, language), language)
            for one in page.found
        ]
        if page.after is not None:
            words = {"q": query, "after": page.after, "lang": language}
            shown["after"] = f"/search?{urlencode(words)}"
    return _page(request, "search.html", shown, status)


async def get_part(request: web.Request) -> web.Response:
    """Return what every page loads: its style, its icon."""
    part = _PARTS[request.path]
    headers = {"ETag": part.tag, "Cache-Control": "max-age=3600"}
    if request.headers.get("If-None-Match") == part.tag:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=part.data, content_type=part.media_type, headers=headers)


def _language(request: web.Request) -> str:
    wanted = request.query.get("lang")
    header = accepted(request.headers.get("Accept-Language", ""))
    return choose((*((wanted,) if wanted else ()), *header))


def _page(
    request: web.Request,
    template: str,
    values: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    language = _language(request)
    text = _PAGES.get_template(template).render(
        language=language,
        direction=direction(language),
        words=WORDS[language],
        names=LANGUAGE_NAMES,
        hub=request.app[HUB].id,
        here=partial(_here, request),
        **values,
    )
    headers = {**_HEADERS, "Content-Language": language}
    return web.Response(
        text=text, content_type="text/html", charset="utf-8", status=status, headers=headers
    )


def _here(request: web.Request, language: str) -> str:
    """Return the address of this page in another language; of an upload, that of the form."""
    if request.method == "POST":
        return f"/?lang={language}"
    query = {name: value for name, value in request.query.items() if name != "lang"}
    return f"{request.path}?{urlencode({**query, 'lang': language})}"


def _refusal(request: web.Request, error: ExchangeError) -> web.Response:
    return _page(request, "form.html", {"fault": _said(error)}, status_of(error))


def _said(error: ExchangeError) -> str:
    """Return what went wrong and what to do about it."""
    code = error.code
    return f"{code.summary}: {error.findings[0].message}. {code.remedy} ({code.value})"


def _answered(request: web.Request, found: Verification) -> web.Response:
    language = _language(request)
    return _page(
        request,
        "answer.html",
        {
            "overall": found.overall.value,
            "sign": _SIGNS[found.overall],
            "sentence": sentence(found, language),
            "holder": "" if found.holder is None else found.holder.value,
            # What the sentence says in the language of the reader is not said in another as well.
            "notes": [
                note.summary
                for note in found.notes
                if note.value not in TEXTS[language] and note is not StandingCode.NOT_YET
            ],
            "leads_to": _leads_to(found, language),
            "choices": _choices(request, found, language),
            "next_step": next_step(found),
            "standings": standings(found, language),
            "certificate": found.certificate,
            "rows": _rows(request.app[HUB], found.certificate, language),
            "goods": [{"about": one.about, "covered": one.covered.value} for one in found.goods],
            "verdicts": found.verdicts,
            "marks": {result.value: mark for result, mark in _MARKS.items()},
            "differences": found.differences,
            "at": in_zulu(found.at),
            "told_at": f"{found.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "zone": found.zone,
            "signed": _signed(request),
        },
    )


def _leads_to(found: Verification, language: str) -> dict[str, str] | None:
    if found.leads_to is None:
        return None
    number, _, issuer = found.leads_to.partition(" (")
    words = {"number": number, "lang": language}
    if issuer:
        words["issuer"] = issuer.removesuffix(")")
    return {"number": found.leads_to, "address": f"/verify?{urlencode(words)}"}


def _choices(request: web.Request, found: Verification, language: str) -> list[dict[str, str]]:
    """Return the certificates of one number, each with the question that asks for it alone."""
    names = ("on", "occasion", "economy", "holder", "model", "gtin", "hs", "batch", "factory")
    given = {name: request.query[name] for name in names if name in request.query}
    number = {"number": found.asked.number, "lang": language}
    return [
        {
            "issuer": one.issuer,
            "scheme": _scheme(request.app[HUB], one.scheme, language),
            "address": "/verify?"
            + urlencode({**given, **number, "issuer": one.issuer, "scheme": one.scheme}),
        }
        for one in found.choices
    ]


def _rows(hub: Hub, shown: Shown | None, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a certificate shows, by the key of its label; what is not shown is left out."""
    if shown is None:
        return []
    body = hub.trust.body(shown.issuer)
    named = () if body is None else tuple(body.names.values())
    rows: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("issuer", (*named, shown.issuer)),
        ("scheme", (_scheme(hub, shown.scheme, language),)),
        ("holder", shown.holder),
        ("products", shown.products),
        ("scope", shown.scope),
        ("standards", shown.standards),
        ("sites", shown.sites),
        ("issued", () if shown.issue_date is None else (shown.issue_date.isoformat(),)),
        ("expires", () if shown.expiry_date is None else (shown.expiry_date.isoformat(),)),
        ("revision", (str(shown.revision),)),
    )
    return [(key, values) for key, values in rows if values]


def _scheme(hub: Hub, scheme: str, language: str) -> str:
    """Return what a scheme is called; its identifier where nobody has said."""
    names = {one.id: one.names for one in hub.snapshot.code_lists.schemes()}.get(scheme, {})
    return names.get(language) or names.get("en") or scheme


def _signed(request: web.Request) -> str:
    """Return where the signed form of this answer is, if it can be asked for again."""
    if request.method == "POST":
        return ""
    query = {name: value for name, value in request.query.items() if name not in {"number", "lang"}}
    path = request.path
    if path == "/verify":
        number = urlencode({"": request.query.get("number", "").strip()})[1:]
        path = f"/v1/certificates/{number.replace('+', '%20')}/verification"
    else:
        path = f"/v1{path}/verification"
    return f"{path}?{urlencode({**query, 'form': 'xml'})}"


def page_routes() -> list[web.RouteDef]:
    """Return the addresses of the pages."""
    return [
        web.get("/", get_form),
        web.get("/verify", get_answer),
        web.post("/verify", post_answer),
        web.get("/search", get_search),
        *(web.get(path, get_part) for path in _PARTS),
    ]
