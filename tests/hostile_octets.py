"""The table of hostile octets: what gate 1 refuses before anyone looks at a signature."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from exchange.codes import Code
from exchange.codes.gates import XMLCode as X
from tests.hostile_material import LIMITS, Material


def _before(prefix: bytes) -> Callable[[Material], bytes]:
    return lambda m: prefix + m.signed.partition(b"?>\n")[2]


def _replaced(old: bytes, new: bytes) -> Callable[[Material], bytes]:
    def build(m: Material) -> bytes:
        assert old in m.signed
        return m.signed.replace(old, new, 1)

    return build


def _encoded(encoding: str, declared: str | None = None) -> Callable[[Material], bytes]:
    def build(m: Material) -> bytes:
        text = m.signed.decode()
        return text.replace("UTF-8", declared or encoding, 1).encode(encoding, "xmlcharrefreplace")

    return build


_BOMB = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
_ENTITY_IN_ATTRIBUTE = b"<!DOCTYPE m:Attestation [<!ENTITY i 'doc'>]>"

OCTETS: tuple[tuple[str, int, Code, Callable[[Material], bytes]], ...] = (
    ("nothing at all", 1, X.EMPTY, lambda _: b""),
    ("larger than the limit", 1, X.TOO_LARGE, lambda m: m.signed + b" " * LIMITS.max_bytes),
    ("gzip", 1, X.COMPRESSED, lambda m: gzip.compress(m.signed)),
    ("zip", 1, X.COMPRESSED, lambda m: b"PK\x03\x04" + m.signed),
    ("document type", 2, X.DOCTYPE, _before(b"<!DOCTYPE m:Attestation>")),
    ("entities that multiply", 2, X.DOCTYPE, _before(_BOMB)),
    ("external entity", 2, X.DOCTYPE, _before(b'<!DOCTYPE a SYSTEM "file:///etc/passwd">')),
    ("entity inside an Id", 2, X.DOCTYPE, _before(_ENTITY_IN_ATTRIBUTE)),
    ("entity without declaration", 2, X.SYNTAX, _replaced(b">100<", b">&big;<")),
    ("UTF-16 with mark", 4, X.ENCODING, _encoded("utf-16")),
    ("UTF-16 without mark", 4, X.ENCODING, _encoded("utf-16-le")),
    ("UTF-16 big end first", 4, X.ENCODING, _encoded("utf-16-be")),
    ("UTF-32", 4, X.ENCODING, _encoded("utf-32-le")),
    ("Latin-1", 4, X.ENCODING, _encoded("iso-8859-1")),
    ("UTF-7", 4, X.ENCODING, _encoded("utf-8", "UTF-7")),
    ("EBCDIC", 4, X.ENCODING, lambda m: b"\x4c\x6f\xa7\x94" + m.signed),
    ("octets that are not UTF-8", 4, X.ENCODING, _replaced(b">100<", b">\xe9\xff<")),
    ("octet zero", 4, X.ENCODING, _replaced(b">100<", b">1\x0000<")),
    ("byte order mark", 4, X.ENCODING, lambda m: b"\xef\xbb\xbf" + m.signed),
    ("XML 1.1", 4, X.VERSION, _replaced(b'version="1.0"', b'version="1.1"')),
    ("cut in the middle", 3, X.SYNTAX, lambda m: m.signed[: len(m.signed) // 2]),
    ("two roots", 3, X.SYNTAX, lambda m: m.signed + b"<m/>"),
    ("a word and no document", 3, X.SYNTAX, lambda _: b"hello"),
    ("comment inside text", 5, X.COMMENT, _replaced(b">100<", b">1<!-- -->00<")),
    (
        "comment inside a digest",
        5,
        X.COMMENT,
        _replaced(b"<ds:DigestValue>", b"<ds:DigestValue><!---->"),
    ),
    ("comment behind the root", 5, X.COMMENT, lambda m: m.signed + b"<!-- -->"),
    (
        "instruction before the root",
        5,
        X.PROCESSING_INSTRUCTION,
        _before(b'<?xml-stylesheet href="x"?>'),
    ),
    ("instruction behind the root", 5, X.PROCESSING_INSTRUCTION, lambda m: m.signed + b"<?x y?>"),
    ("CDATA", 5, X.CDATA, _replaced(b">100<", b"><![CDATA[100]]><")),
    (
        "33 attributes of one element",
        6,
        X.TOO_MANY_ATTRIBUTES,
        _replaced(
            b"<m:Amount>", b"<m:Amount " + b" ".join(b'a%d=""' % i for i in range(33)) + b">"
        ),
    ),
    (
        "60,000 attributes of one element",
        6,
        X.TOO_MANY_ATTRIBUTES,
        _replaced(
            b"<m:Amount>", b"<m:Amount " + b" ".join(b'a%d=""' % i for i in range(60000)) + b">"
        ),
    ),
    (
        "300 namespaces",
        6,
        X.TOO_MANY_NAMESPACES,
        _replaced(
            b"<m:Amount>",
            b"<m:Amount " + b" ".join(b'xmlns:n%d="u"' % i for i in range(300)) + b">",
        ),
    ),
    (
        "50,001 elements",
        6,
        X.TOO_MANY_ELEMENTS,
        _replaced(b"<m:Amount>", b"<m:Amount>" + b"<a/>" * 50_001),
    ),
    ("65 levels", 6, X.TOO_DEEP, _replaced(b">100<", b">" + b"<a>" * 65 + b"</a>" * 65 + b"<")),
    (
        "5,000 levels",
        6,
        X.TOO_DEEP,
        _replaced(b">100<", b">" + b"<a>" * 5000 + b"</a>" * 5000 + b"<"),
    ),
    (
        "xml:base",
        6,
        X.FOREIGN_ATTRIBUTE,
        _replaced(b"<m:Amount>", b'<m:Amount xml:base="http://x/">'),
    ),
    ("xml:id", 6, X.FOREIGN_ATTRIBUTE, _replaced(b"<m:Amount>", b'<m:Amount xml:id="n">')),
    (
        "xsi:schemaLocation",
        6,
        X.FOREIGN_ATTRIBUTE,
        _replaced(
            b"<m:Amount>",
            b'<m:Amount xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
            b'i:schemaLocation="a b">',
        ),
    ),
    (
        "xsi:type under an escaped namespace name",
        6,
        X.FOREIGN_ATTRIBUTE,
        _replaced(
            b"<m:Amount>",
            b'<m:Amount xmlns:i="http://www.w3.org/2001/XMLSchema&#45;instance" i:type="a">',
        ),
    ),
    ("the same Id twice", 10, X.DUPLICATE_ID, _replaced(b"<m:Amount>", b'<m:Amount Id="doc">')),
    ("the same Id as ID", 10, X.DUPLICATE_ID, _replaced(b"<m:Amount>", b'<m:Amount ID="doc">')),
    (
        "the same Id escaped",
        10,
        X.DUPLICATE_ID,
        _replaced(b"<m:Amount>", b'<m:Amount id="&#100;oc">'),
    ),
    (
        "the same Id in a namespace",
        10,
        X.DUPLICATE_ID,
        _replaced(b"<m:Amount>", b'<m:Amount m:Id="doc">'),
    ),
)
