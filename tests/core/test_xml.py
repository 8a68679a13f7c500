"""Gate 1: whatever octets arrive, they are a document that we read or are refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.codes import Code
from exchange.codes.gates import XMLCode
from exchange.core.limits import Limits
from exchange.core.xml import FOREIGN_READING, STRICT_READING, Parsed, canonical, parse
from exchange.errors import MalformedError
from tests.hostile_material import DRAFT, LIMITS, Material, material
from tests.hostile_octets import OCTETS

_SIGNED = material().signed


@pytest.mark.parametrize("row", OCTETS, ids=lambda row: row[0])
def test_parse_hostile_octets_are_refused(
    row: tuple[str, int, Code, Callable[[Material], bytes]],
) -> None:
    _, _, code, build = row
    with pytest.raises(MalformedError) as refused:
        parse(build(material()), LIMITS)

    assert refused.value.code is code


def test_parse_every_code_of_gate_one_is_in_the_hostile_table() -> None:
    assert {code for _, _, code, _ in OCTETS} == set(XMLCode)


def _ending(data: bytes) -> object:
    """Return how parsing ends: a document or a code."""
    try:
        return parse(data, LIMITS)
    except MalformedError as exc:
        return exc.code


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_parse_any_octets_end_in_a_document_or_in_malformed(data: bytes) -> None:
    assert isinstance(_ending(data), Parsed | XMLCode)


@given(st.data())
def test_parse_a_broken_document_ends_in_a_document_or_in_malformed(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(_SIGNED)))
    junk = data.draw(
        st.sampled_from([b"<", b">", b"&", b"<!", b"<?", b"\xff", b"\0", b'"', b" xml:id='a'"])
        | st.binary(max_size=5)
    )
    length = data.draw(st.integers(0, 40))
    assert isinstance(_ending(_SIGNED[:at] + junk + _SIGNED[at + length :]), Parsed | XMLCode)


@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        " \r\n\t<a/>\n",
        "<?xml version='1.0'?><a/>",
        "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<a/>",
        '<a xml:lang="zh">质量!</a>',
        '<a xmlns:idx="u" idx:width="1"/>',
        '<a Id="1"><b Id="2" ID="3" id="4"/></a>',
        "<a>what? 100 % &amp; &#65; &lt;!</a>",
        "<a " + " ".join(f'b{i}=""' for i in range(32)) + "/>",
        "<a>" * 64 + "</a>" * 64,
    ],
)
def test_parse_harmless_documents_are_read(text: str) -> None:
    assert parse(text.encode(), LIMITS).data == text.encode()


def test_parse_limits_are_exact() -> None:
    limits = Limits(max_bytes=100, max_elements=4, max_depth=2, max_attributes=1)

    assert parse(b"<a><b/><b/><b/></a>", limits).root.tag == "a"
    for text, code in (
        (b"<a><b/><b/><b/><b/></a>", XMLCode.TOO_MANY_ELEMENTS),
        (b"<a><b><c/></b></a>", XMLCode.TOO_DEEP),
        (b'<a><b c="" d=""/></a>', XMLCode.TOO_MANY_ATTRIBUTES),
        (b"<a>" + b" " * 94 + b"</a>", XMLCode.TOO_LARGE),
    ):
        with pytest.raises(MalformedError) as refused:
            parse(text, limits)
        assert refused.value.code is code


def test_parse_namespaces_of_foreign_documents_are_many_and_their_prefixes_few() -> None:
    limits = replace(LIMITS, max_namespaces=1000)
    again = b"".join(b'<b xmlns:c%d="u:u"/>' % (number % 256) for number in range(1000))
    other = b"".join(b'<b xmlns:c%d="u:u"/>' % number for number in range(1000))

    assert len(parse(b"<a>" + again + b"</a>", limits).root) == 1000
    with pytest.raises(MalformedError) as refused:
        parse(b"<a>" + other + b"</a>", limits)
    assert refused.value.code is XMLCode.TOO_MANY_NAMESPACES


@pytest.mark.parametrize(
    "declaration",
    [
        b'xmlns:b="NAME"',
        b"xmlns:b='NAME'",
        b'xmlns:b\n=\t"NAME"',
        b"xmlns:" + b"c" * 400 + b"='u:u' d='>' xmlns:b='NAME'",
    ],
)
def test_parse_name_that_canonicalisation_would_repeat_is_short(declaration: bytes) -> None:
    def using(length: int) -> bytes:
        start = declaration.replace(b"NAME", b"u:" + b"u" * (length - 2))
        return b"<a " + start + b">" + b"<b:b/>" * 5000 + b"</a>"

    assert len(canonical(parse(using(200), LIMITS).root)) > 5000 * 200
    with pytest.raises(MalformedError) as refused:
        parse(using(201), LIMITS)
    assert refused.value.code is XMLCode.TOO_MANY_NAMESPACES


@pytest.mark.parametrize("text", [b"xmlns:", b"xmlns='", b"xmlns=", b"xmlns=\"xmlns='", b"xmlns "])
def test_parse_text_that_looks_like_declarations_is_read_once(text: bytes) -> None:
    """Where it is read again and again, this test takes many minutes."""
    data = b"<a>" + text * 300_000 + b"</a>"
    limits = replace(LIMITS, max_bytes=len(data), max_namespaces=len(data), max_prefixes=1)

    with suppress(MalformedError):
        assert parse(data, limits).data == data


def test_parse_identifiers_of_every_spelling_cost_what_those_of_one_cost() -> None:
    """Where the work is quadratic, this test takes half an hour and not a second."""
    many = b"".join(b'<b Id="%d" ID="%d." id="%d-"/>' % (n, n, n) for n in range(200_000))
    limits = replace(LIMITS, max_bytes=len(many) + 7, max_elements=200_001)

    assert len(parse(b"<a>" + many + b"</a>", limits).root) == 200_000


def test_parse_foreign_reading_admits_mark_and_schema_location_and_no_more() -> None:
    xsi = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    located = b"\xef\xbb\xbf<a " + xsi + b' xsi:schemaLocation="a b"/>'

    assert parse(located, LIMITS, reading=FOREIGN_READING).root.tag == "a"
    for text in (b"<a " + xsi + b' xsi:type="b"/>', b'<a xml:base="b"/>', b'<a xml:id="b"/>'):
        with pytest.raises(MalformedError) as refused:
            parse(text, LIMITS, reading=FOREIGN_READING)
        assert refused.value.code is XMLCode.FOREIGN_ATTRIBUTE
    with pytest.raises(MalformedError):
        parse(located, LIMITS, reading=STRICT_READING)


def test_parse_faults_name_line_and_never_the_document() -> None:
    secret = b"<a>\n" + b"confidential " * 100 + b"</b>"

    with pytest.raises(MalformedError) as refused:
        parse(secret, LIMITS)

    finding = refused.value.findings[0]
    assert finding.path == "line 2"
    assert "confidential" not in finding.message


def test_canonical_relative_namespace_is_refused_instead_of_empty() -> None:
    root = etree.fromstring(b'<r:a xmlns:r="relative"/>')

    with pytest.raises(MalformedError):
        canonical(root)


def test_canonical_is_the_exclusive_form_without_comments() -> None:
    root = etree.fromstring(b'<a  xmlns:u="urn:u" b="1" a="2"><!-- c --><u:b/></a>')

    assert canonical(root) == b'<a a="2" b="1"><u:b xmlns:u="urn:u"></u:b></a>'


def test_parse_in_several_threads_gives_what_one_gives() -> None:
    found: list[bytes] = []

    def work() -> None:
        found.extend(canonical(parse(DRAFT, LIMITS).root) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 200
    assert set(found) == {canonical(parse(DRAFT, LIMITS).root)}


def test_parse_document_of_fifty_megabytes_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(MalformedError) as refused:
        parse(b"<a>" * 17_000_000, replace(LIMITS, max_bytes=1024))

    assert refused.value.code is XMLCode.TOO_LARGE
