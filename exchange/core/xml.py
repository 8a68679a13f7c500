"""Gate 1: are these octets a document that we read?

Rules, in order, the numbers being those of the checklist of strict verifiers:

1. the octets are not empty, not compressed and not larger than the limit (1);
2. the encoding is UTF-8 and the version is XML 1.0, whatever the declaration pretends (4);
3. no document type, entity, comment, CDATA section or processing instruction (2, 5);
4. the parser expands nothing, fetches nothing and recovers from nothing (3);
5. elements, depth, attributes of one element and namespaces stay within the limits (6);
6. no attribute of the `xml` and `xsi` namespaces except `xml:lang` (6);
7. every identifier is unique, in whatever namespace and spelling (10).

A parser and its XPath expressions belong to one thread: two threads that share one parser
run at three quarters of the speed of one (measured).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import local
from typing import Final

from lxml import etree

from exchange.codes.gates import XMLCode
from exchange.core.limits import Limits
from exchange.errors import Finding, MalformedError

XML: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_DECLARATION: Final = re.compile(
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?P<version>"[^"<]*"|'[^'<]*')"""
    rb"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<encoding>"[^"<]*"|'[^'<]*'))?"""
    rb"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>"""
)
_DECLARATIONS: Final = (b"<?xml ", b"<?xml\t", b"<?xml\r", b"<?xml\n")
_COMPRESSED: Final = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_OTHER_ENCODINGS: Final = (
    b"\xfe\xff",
    b"\xff\xfe",
    b"\x00",
    b"<\x00",
    b"+/v",
    b"\x4c\x6f\xa7\x94",
)
_QUALIFIED: Final = re.compile(rb":(?:[Ii][Dd]|(?<=xml:)(?!lang=))")
"""A name that may be an identifier with a prefix, or one of `xml` other than `xml:lang`."""
_DECLARED: Final = re.compile(rb"""xmlns(:[^\s=]*+)?+(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'))?+""")
"""A declaration, or what looks like one: prefix and name. It always matches where it begins,
so that no text is read twice."""
_SMALL: Final = 16 * 1024
"""Octets in which no namespace can do harm, 10 MB at most."""
_SHORTEST_ELEMENT: Final = 4
"""Octets of `<a/>`."""
_PARSER_DEPTH_LIMIT: Final = "depth"
_LONGEST_QUOTE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What else than our own documents may contain is read; everything here is inert."""

    byte_order_mark: bool = False
    """Whether a UTF-8 byte order mark may precede the document. Default: no."""
    schema_location: bool = False
    """Whether `xsi:schemaLocation` may stand there; it is never followed. Default: no."""


STRICT_READING: Final = Reading()
"""How every gate of the road reads."""
FOREIGN_READING: Final = Reading(byte_order_mark=True, schema_location=True)
"""How lists and documents of other operators are read; the Finnish list has the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document that is safe to look at; nothing in it is believed yet."""

    data: bytes
    """The octets exactly as they arrived."""
    root: etree._Element
    """The root element of the only parse of those octets."""


class _Tools(local):
    """The parser and the compiled expressions of one thread."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="UTF-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            recover=False,
            remove_comments=False,
            remove_pis=False,
            strip_cdata=False,
            collect_ids=False,
        )
        # Asked one by one: a union of node sets is quadratic in them.
        self.identifiers = tuple(_xpath(f"/descendant::*/@{name}") for name in ("Id", "ID", "id"))
        self.every_identifier = _xpath(
            "//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']"
        )
        self.foreign = _xpath("boolean(//@xml:*[local-name() != 'lang'] | //@xsi:*)")
        self.foreign_but_location = _xpath(
            "boolean(//@xml:*[local-name() != 'lang'] | //@xsi:*["
            "local-name() != 'schemaLocation' and local-name() != 'noNamespaceSchemaLocation'])"
        )
        self.elements = _xpath("count(//*)")
        self._of_limits: dict[tuple[int, int], tuple[etree.XPath, etree.XPath]] = {}

    def of_limits(self, depth: int, attributes: int) -> tuple[etree.XPath, etree.XPath]:
        """Return the expressions that find too deep elements, and those or attributes."""
        found = self._of_limits.get((depth, attributes))
        if found is None:
            too_deep = f"boolean(/*{'/*' * depth})"
            too_many = f"boolean(/descendant::*/@*[{attributes + 1}])"
            # In this order libxml2 takes two thirds of the time (measured).
            found = (_xpath(too_deep), _xpath(f"{too_many} or {too_deep}"))
            self._of_limits[depth, attributes] = found
        return found


def _xpath(expression: str) -> etree.XPath:
    """Compile an expression that returns plain values."""
    return etree.XPath(expression, namespaces={"xsi": XSI}, smart_strings=False, regexp=False)


_TOOLS: Final = _Tools()


def parse(data: bytes, limits: Limits, *, reading: Reading = STRICT_READING) -> Parsed:
    """Return the document of some octets, or refuse them.

    Args:
        data: The octets exactly as they arrived.
        limits: Sizes beyond which a document is refused.
        reading: What else than our own documents may contain; strict unless told.

    Raises:
        MalformedError: The octets are not a document that we read.

    Source: XML 1.0, fifth edition; checklist points 1 to 6, 8 and 10.
    """
    _check_octets(data, limits, reading)
    try:
        root = etree.fromstring(data, _TOOLS.parser)
    except etree.XMLSyntaxError as exc:
        raise _syntax(exc) from exc
    except (etree.LxmlError, ValueError, MemoryError) as exc:
        raise _malformed(XMLCode.SYNTAX, "the parser gave up on the document") from exc
    _check_tree(data, root, limits, reading)
    return Parsed(data=data, root=root)


def canonical(element: etree._Element) -> bytes:
    """Return the exclusive canonical form of an element, without comments.

    Raises:
        MalformedError: The element has no canonical form.

    Source: Exclusive XML Canonicalization 1.0, W3C Recommendation of 2002.
    """
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except (etree.LxmlError, ValueError) as exc:
        # An empty canonical form that is carried on has broken other verifiers, so there
        # is no answer but refusal ("void canonicalization", checklist point 7).
        raise _malformed(XMLCode.SYNTAX, "the document has no canonical form") from exc


def read_canonical(content: bytes) -> etree._Element:
    """Return the root element of canonical octets that came out of a verified signature.

    Raises:
        MalformedError: They are not XML, which only a fault of ours can bring about.
    """
    try:
        return etree.fromstring(content, _TOOLS.parser)
    except (etree.LxmlError, ValueError) as exc:
        raise _malformed(XMLCode.SYNTAX, "the canonical form cannot be read again") from exc


def _check_octets(data: bytes, limits: Limits, reading: Reading) -> None:
    """Refuse what can be refused before anything is parsed."""
    if not data:
        raise _malformed(XMLCode.EMPTY, "expected an XML document, found nothing")
    if len(data) > limits.max_bytes:
        message = f"expected at most {limits.max_bytes} bytes, found {len(data)}"
        raise _malformed(XMLCode.TOO_LARGE, message)
    start = 0
    if not data.startswith(b"<"):
        start = _skip_prologue(data, reading)
    if data.startswith(_DECLARATIONS, start):
        start = _check_declaration(data, start)
    # One octet is looked for first because that is ten times faster than two.
    if data.find(b"!", start) >= 0 and (at := data.find(b"<!", start)) >= 0:
        raise _markup(data, at)
    if data.find(b"?", start) >= 0 and (at := data.find(b"<?", start)) >= 0:
        raise _malformed(
            XMLCode.PROCESSING_INSTRUCTION,
            "expected no processing instruction",
            path=_line(data, at),
        )
    if data.find(b"\x00") >= 0:
        raise _malformed(XMLCode.ENCODING, "expected UTF-8, found an octet of value zero")
    # Names cannot be escaped, so this is never less than the declarations there are.
    if (found := data.count(b"xmlns")) > limits.max_namespaces:
        raise _malformed(
            XMLCode.TOO_MANY_NAMESPACES,
            f"expected at most {limits.max_namespaces} namespace declarations, found {found}",
        )
    if len(data) > _SMALL:
        _check_declarations(data, limits)


def _check_declarations(data: bytes, limits: Limits) -> None:
    """Refuse namespaces that make much of little: canonicalisation repeats their names."""
    declared = _DECLARED.findall(data)
    longest = max((len(double or single) for _, double, single in declared), default=0)
    if longest > limits.max_namespace_bytes:
        message = f"expected names of at most {limits.max_namespace_bytes} bytes, found {longest}"
        raise _malformed(XMLCode.TOO_MANY_NAMESPACES, message)
    prefixes = len({prefix for prefix, _, _ in declared})
    if prefixes > limits.max_prefixes:
        message = f"expected at most {limits.max_prefixes} different prefixes, found {prefixes}"
        raise _malformed(XMLCode.TOO_MANY_NAMESPACES, message)


def _skip_prologue(data: bytes, reading: Reading) -> int:
    """Return where the document starts when it does not start with its first tag."""
    if data.startswith(_COMPRESSED):
        raise _malformed(XMLCode.COMPRESSED, "expected an XML document, found compressed data")
    if data.startswith(_OTHER_ENCODINGS):
        raise _malformed(XMLCode.ENCODING, "expected UTF-8, found another encoding")
    start = 0
    if data.startswith(_BYTE_ORDER_MARK):
        if not reading.byte_order_mark:
            raise _malformed(XMLCode.ENCODING, "expected no byte order mark, found one")
        start = len(_BYTE_ORDER_MARK)
    while data[start : start + 1] in (b" ", b"\t", b"\r", b"\n"):
        start += 1
    if not data.startswith(b"<", start):
        raise _malformed(XMLCode.SYNTAX, "expected the first octet to open a tag")
    if start > len(_BYTE_ORDER_MARK) and data.startswith(_DECLARATIONS, start):
        raise _malformed(XMLCode.SYNTAX, "expected the XML declaration to come first")
    return start


def _check_declaration(data: bytes, start: int) -> int:
    """Return where the XML declaration ends; it must say XML 1.0 and UTF-8."""
    declaration = _DECLARATION.match(data, start)
    if declaration is None:
        raise _malformed(XMLCode.VERSION, "expected an XML declaration of XML 1.0", path="line 1")
    if declaration["version"][1:-1] != b"1.0":
        raise _malformed(XMLCode.VERSION, "expected version 1.0", path="line 1")
    encoding = declaration["encoding"]
    if encoding is not None and encoding[1:-1].upper() != b"UTF-8":
        raise _malformed(XMLCode.ENCODING, "expected the encoding UTF-8", path="line 1")
    return declaration.end()


def _check_tree(data: bytes, root: etree._Element, limits: Limits, reading: Reading) -> None:
    """Refuse what only the parsed document shows."""
    tools = _TOOLS
    too_deep, too_deep_or_wide = tools.of_limits(limits.max_depth, limits.max_attributes)
    if too_deep_or_wide(root):
        if too_deep(root):
            message = f"expected at most {limits.max_depth} levels of elements"
            raise _malformed(XMLCode.TOO_DEEP, message)
        message = f"expected at most {limits.max_attributes} attributes of one element"
        raise _malformed(XMLCode.TOO_MANY_ATTRIBUTES, message)
    if len(data) > limits.max_elements * _SHORTEST_ELEMENT:
        elements = int(tools.elements(root))
        if elements > limits.max_elements:
            raise _malformed(
                XMLCode.TOO_MANY_ELEMENTS,
                f"expected at most {limits.max_elements} elements, found {elements}",
            )
    # Names and prefixes cannot be escaped, so octets that do not match need no second look;
    # a namespace name can be, with a character reference.
    qualified = _QUALIFIED.search(data) is not None
    escaped = data.find(b"&")
    if (
        qualified
        or b"XMLSchema-instance" in data
        or (escaped >= 0 and data.find(b"&#", escaped) >= 0)
    ):
        foreign = tools.foreign_but_location if reading.schema_location else tools.foreign
        if foreign(root):
            raise _malformed(
                XMLCode.FOREIGN_ATTRIBUTE, "expected no attribute of the xml and xsi namespaces"
            )
    finders = (tools.every_identifier,) if qualified else tools.identifiers
    identifiers = [value for find in finders for value in find(root)]
    if len(identifiers) > 1 and len(set(identifiers)) != len(identifiers):
        raise _malformed(XMLCode.DUPLICATE_ID, "expected every identifier only once")
    # Belt and braces: the octets were searched, and the parser must agree.
    if root.getroottree().docinfo.doctype or root.getprevious() is not None:
        raise _malformed(XMLCode.DOCTYPE, "expected nothing before the root element")


def _markup(data: bytes, at: int) -> MalformedError:
    """Say which markup declaration stands at an offset."""
    if data.startswith(b"<!--", at):
        code, message = XMLCode.COMMENT, "expected no comment"
    elif data.startswith(b"<![CDATA[", at):
        code, message = XMLCode.CDATA, "expected no CDATA section"
    else:
        code, message = XMLCode.DOCTYPE, "expected no document type or other declaration"
    return _malformed(code, message, path=_line(data, at))


def _syntax(exc: etree.XMLSyntaxError) -> MalformedError:
    """Translate the parser's complaint."""
    reason = (exc.msg or "not well-formed")[:_LONGEST_QUOTE]
    code = XMLCode.SYNTAX
    if _PARSER_DEPTH_LIMIT in reason:
        code = XMLCode.TOO_DEEP
    elif exc.code in _ENCODING_ERRORS:
        code = XMLCode.ENCODING
    return _malformed(code, f"not well-formed: {reason}", path=f"line {exc.lineno}")


_ENCODING_ERRORS: Final = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
    }
)


def _line(data: bytes, at: int) -> str:
    """Return the line of an offset, as the parser counts."""
    return f"line {data[:at].count(10) + 1}"


def _malformed(code: XMLCode, message: str, *, path: str = "") -> MalformedError:
    """Make the one error of this gate."""
    return MalformedError(Finding(code=code, path=path, message=message))
