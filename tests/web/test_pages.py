"""The pages for people: what they say, in every language, and that nothing in them is alive."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from exchange.core.sentences import LANGUAGES, TEXTS
from exchange.web.public.page_texts import NAMES, WORDS
from tests.running import Answer, Caller, Running, running
from tests.web.test_verification import HOLDER, NUMBER, address, declare
from tests.world import World

HTML = {"Accept": "text/html"}
_VOID = {"meta", "link", "input", "br"}


class _Reader(HTMLParser):
    """Reads a page strictly enough to notice what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.faults == []
    assert reader.open == []
    return reader


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(world, tmp_path, max_guesses_per_network=8) as one:
        yield one


@pytest.fixture
async def anyone(house: Running) -> Caller:
    return await house.caller(None, base=house.addresses.public)


@pytest.fixture
async def issuer(house: Running) -> Caller:
    found = await house.caller("CN-CB-0103")
    answer = await found.submit(found.world.attestation())
    assert answer.status == 201, answer.body
    return found


async def page(caller: Caller, path: str, **query: str) -> tuple[Answer, str]:
    asked = f"{path}?{urlencode(query)}" if query else path
    answer = await caller.ask("GET", asked, headers=HTML)
    return answer, answer.body.decode()


def test_every_language_has_every_word() -> None:
    assert set(WORDS) == set(LANGUAGES) == set(NAMES)
    for language in LANGUAGES:
        assert WORDS[language].keys() == WORDS["en"].keys()
        assert all(word.strip() for word in WORDS[language].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_heading_and_sentence_begin_with_the_same_word(language: str) -> None:
    for overall in ("valid", "not-valid", "cannot-tell"):
        assert TEXTS[language][overall].startswith(WORDS[language][overall])


def test_no_template_says_a_word_of_its_own() -> None:
    folder = files("exchange.web.public").joinpath("templates")
    for template in folder.iterdir():
        if not template.name.endswith(".html"):
            continue
        text = re.sub(r"{[{%].*?[%}]}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        said = re.sub(r"<[^>]*>", " ", text)
        assert re.findall(r"[A-Za-z]{2,}", said) == [], template.name


@pytest.mark.parametrize("language", LANGUAGES)
async def test_form_is_a_whole_page_in_every_language(anyone: Caller, language: str) -> None:
    answer, text = await page(anyone, "/", lang=language)
    reader = read(text)

    assert answer.status == 200
    assert answer.headers["Content-Language"] == language
    assert WORDS[language]["lead"] in text
    (html,) = [given for tag, given in reader.tags if tag == "html"]
    assert html == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    labelled = {given["for"] for tag, given in reader.tags if tag == "label"}
    fields = {
        given["id"]
        for tag, given in reader.tags
        if tag in {"input", "select"} and given.get("type") != "hidden"
    }
    assert fields == labelled


async def test_language_of_the_browser_is_used_where_none_is_asked_for(anyone: Caller) -> None:
    answer = await anyone.ask("GET", "/", headers={**HTML, "Accept-Language": "de, ar;q=0.7"})
    assert answer.headers["Content-Language"] == "ar"


async def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(anyone: Caller) -> None:
    answer, text = await page(anyone, "/")
    reader = read(text)
    policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script" not in {tag for tag, _ in reader.tags}
    assert not [
        one for _, given in reader.tags for one in given if one.startswith("on") and one != "on"
    ]
    for _, given in reader.tags:
        for name in ("href", "src", "action"):
            assert (given.get(name) or "/").startswith(("/", "#"))
    assert "Set-Cookie" not in answer.headers
    style = await anyone.ask("GET", "/page.css")
    assert b"url(" not in style.body
    again = await anyone.ask("GET", "/page.css", headers={"If-None-Match": style.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("language", LANGUAGES)
async def test_public_certificate_is_shown_with_its_seven_verdicts(
    anyone: Caller, issuer: Caller, language: str
) -> None:
    await declare(issuer, "public")
    answer, text = await page(anyone, "/verify", number=NUMBER, lang=language)
    read(text)

    assert answer.status == 200
    assert 'class="answer valid"' in text
    assert text.count('class="question"') == 7
    assert WORDS[language]["valid"] in text
    assert HOLDER in text


async def test_holder_is_not_shown_by_number_but_compared(anyone: Caller, issuer: Caller) -> None:
    await declare(issuer, "number")
    _, right = await page(anyone, "/verify", number=NUMBER, holder=HOLDER)
    _, wrong = await page(anyone, "/verify", number=NUMBER, holder="Another Company Ltd")

    assert WORDS["en"]["match"] in right
    assert WORDS["en"]["mismatch"] in wrong
    for text in (right, wrong):
        # Links repeat what was asked, so that it can be asked again.
        shown = re.sub(r"<[^>]*>", " ", text)
        assert "Haijia" not in shown


@pytest.mark.usefixtures("issuer")
async def test_qr_address_opens_a_page_in_a_browser_and_data_elsewhere(
    house: Running, anyone: Caller
) -> None:
    written = await address(house)
    answer, text = await page(anyone, f"/q/{written}")
    data = await anyone.ask("GET", f"/q/{written}")

    assert answer.headers["Content-Type"].startswith("text/html")
    assert HOLDER in text
    assert data.json["overall"] in {"valid", "cannot-tell"}
    link = re.search(r'href="(/v1/q/[^"]+)"', text)
    assert link is not None
    signed = await anyone.ask("GET", link[1].replace("&amp;", "&"))
    assert signed.headers["Content-Type"].startswith("application/xml")


async def test_signed_answer_can_be_had_from_the_page(anyone: Caller, issuer: Caller) -> None:
    await declare(issuer, "public")
    _, text = await page(anyone, "/verify", number=NUMBER, issuer="CN-CB-0103")
    link = re.search(r'href="(/v1/certificates/[^"]+)"', text)
    assert link is not None
    signed = await anyone.ask("GET", link[1].replace("&amp;", "&"))
    assert signed.status == 200
    assert b"<Verification " in signed.body


@pytest.mark.parametrize(
    ("rule", "fonts"),
    [
        ("html {", ("PingFang SC", "Noto Sans SC", "Microsoft YaHei", "Geeza Pro", "Tahoma")),
        ("html:lang(zh)", ("PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei")),
        ("html:lang(ar)", ("Geeza Pro", "Noto Sans Arabic", "Noto Naskh Arabic", "Tahoma")),
    ],
)
async def test_style_names_fonts_that_phones_have_and_loads_none(
    anyone: Caller, rule: str, fonts: tuple[str, ...]
) -> None:
    style = (await anyone.ask("GET", "/page.css")).body.decode()
    said = style.partition(f"\n{rule}")[2].partition("}")[0]

    assert said.index("system-ui") < min(said.index(font) for font in fonts)
    assert said.index("sans-serif") > max(said.index(font) for font in fonts)
    assert "url(" not in style
    assert "@font-face" not in style


async def test_uploaded_file_is_answered(anyone: Caller, issuer: Caller) -> None:
    answer = await upload(anyone, issuer.world.attestation(), "certificate.xml")
    text = answer.body.decode()
    read(text)

    assert answer.status == 200
    assert NUMBER in text


async def test_answer_says_what_stands_what_to_do_and_in_which_zone(
    anyone: Caller, issuer: Caller
) -> None:
    await declare(issuer, "public")
    words = WORDS["ru"]
    asked = {"number": NUMBER, "lang": "ru", "on": "2020-01-01"}
    _, valid = await page(anyone, "/verify", number=NUMBER, lang="ru")
    _, before = await page(anyone, "/verify", **asked)
    _, unknown = await page(anyone, "/verify", number="X-1", lang="ru")

    assert words["do-valid"] in valid
    assert f"{words['in-force']} · {words['since']} \u20662026-03-18\u2069" in valid
    assert "2026-11-22 09:00:00 UTC" in valid
    assert "Asia/Shanghai" in valid
    assert words["do-not-valid"] in before
    assert words["do-try-again"] in unknown
    # What is said in the language of the reader is not said in another beside it.
    assert 'class="note"' not in before


@pytest.mark.parametrize(
    "data", [b"", b"MZ\x90\x00 not a document", b"%PDF-1.7 broken", b"<a>" * 9, b"\x00" * 9000]
)
async def test_file_that_is_no_certificate_gets_a_page_that_says_so(
    anyone: Caller, data: bytes
) -> None:
    answer = await upload(anyone, data, "certificate.pdf")
    text = answer.body.decode()
    read(text)

    assert answer.status in {200, 400, 422}
    assert 'class="answer valid"' not in text
    assert "verification" in text or 'class="fault"' in text


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("fr", "Certification de systèmes de management"),
        ("es", "Certificación de sistemas de gestión"),
    ],
)
async def test_scheme_is_named_in_the_language_of_the_page(
    anyone: Caller, issuer: Caller, language: str, name: str
) -> None:
    await declare(issuer, "public")
    _, answer = await page(anyone, "/verify", number=NUMBER, lang=language)
    _, found = await page(anyone, "/search", q="Haijia", lang=language)

    for text in (answer, found):
        assert name in text
        assert "Certification of management systems" not in text


@pytest.mark.parametrize("second", ["file", "other"])
@pytest.mark.parametrize("first", ["file", "other"])
async def test_form_with_several_files_is_refused_whichever_field_they_are_in(
    anyone: Caller, issuer: Caller, first: str, second: str
) -> None:
    data = issuer.world.attestation()
    answer = await post_form(
        anyone, (first, "one.xml", data), ("lang", "", b"en"), (second, "two.xml", b"<a/>")
    )
    text = answer.body.decode()
    read(text)

    assert answer.status == 400
    assert "refused.several-files" in text
    assert "send one file at a time" in text
    assert NUMBER not in text


async def test_fields_that_are_no_files_do_not_count(anyone: Caller, issuer: Caller) -> None:
    answer = await post_form(
        anyone,
        ("lang", "", b"en"),
        ("file", "one.xml", issuer.world.attestation()),
        ("note", "", b"several"),
    )

    assert answer.status == 200
    assert NUMBER in answer.body.decode()


async def upload(caller: Caller, data: bytes, name: str) -> Answer:
    return await post_form(caller, ("file", name, data))


async def post_form(caller: Caller, *parts: tuple[str, str, bytes]) -> Answer:
    """Send a form as a browser does: names of fields, names of files or none, octets."""
    mark = "a-form-of-a-browser"
    body = b""
    for field, name, data in parts:
        named = f'; filename="{name}"' if name or field == "file" else ""
        body += (
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"{named}\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        body += data + b"\r\n"
    body += f"--{mark}--\r\n".encode()
    return await caller.ask(
        "POST",
        "/verify",
        data=body,
        headers={**HTML, "Content-Type": f"multipart/form-data; boundary={mark}"},
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}{% include 'page.html' %}",
        "\u202egnp.exe",
        "' OR 1=1 --",
        "a" * 301,
        "\x00\x01",
    ],
)
async def test_what_is_typed_never_becomes_markup(anyone: Caller, hostile: str) -> None:
    for path, name in (("/verify", "number"), ("/verify", "holder"), ("/search", "q")):
        query = {"number": "1", name: hostile} if path == "/verify" else {name: hostile}
        answer, text = await page(anyone, path, **query)
        reader = read(text)
        assert answer.status in {200, 400, 429, 503}, (path, name, answer.body)
        assert "script" not in {tag for tag, _ in reader.tags}
        assert "img" not in {tag for tag, _ in reader.tags}
        assert text.count("<!DOCTYPE") == 1


async def test_search_shows_public_certificates_only(anyone: Caller, issuer: Caller) -> None:
    await declare(issuer, "number")
    _, hidden = await page(anyone, "/search", q="Haijia")
    assert WORDS["en"]["none"] in hidden
    issuer.world.clock.forward(timedelta(minutes=6))
    await declare(issuer, "public")
    _, text = await page(anyone, "/search", q="haijia")
    reader = read(text)

    assert HOLDER in text
    links = [given["href"] for tag, given in reader.tags if tag == "a" and given.get("href")]
    (found,) = [one for one in links if one and one.startswith("/verify")]
    answer = await anyone.ask("GET", found, headers=HTML)
    assert 'class="answer valid"' in answer.body.decode()


async def test_another_language_keeps_what_was_asked(anyone: Caller, issuer: Caller) -> None:
    await declare(issuer, "public")
    _, text = await page(anyone, "/verify", number=NUMBER, lang="en")
    reader = read(text)
    (other,) = [given["href"] for tag, given in reader.tags if given.get("hreflang") == "zh"]
    assert other is not None
    answer = await anyone.ask("GET", other, headers=HTML)
    assert WORDS["zh"]["valid"] in answer.body.decode()


async def test_number_of_any_script_is_kept_in_links(anyone: Caller) -> None:
    number = "ЕАЭС N RU Д-RU.РА01.В.00001/24"
    _, text = await page(anyone, "/verify", number=number)
    link = re.search(r'href="(/v1/certificates/[^"]+)"', text)
    assert link is not None
    assert quote("Д", safe="") in link[1]
    answer = await anyone.ask("GET", link[1].replace("&amp;", "&").replace("form=xml", "form=json"))
    assert answer.json["asked"]["number"] == number
