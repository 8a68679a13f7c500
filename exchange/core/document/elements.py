"""Reading the common types of the shared schemas out of a validated tree.

- The tree was made from the canonical signed octets and is valid under its schema: what the
  schema requires is there and is not asked for again.
- White space is collapsed as the schema type says (XML Schema part 2, clause 4.3.6), since the
  schema judged the collapsed value.
- One pass over the children of each element: attributes and texts are fetched once. There is no
  XPath and no search here, because this stands on the road of every document.
- Days and instants outside the years 1900 to 2999 are refused as invalid, at their path: no
  certificate has them, and arithmetic with them fails in some time zone.
"""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from lxml import etree

from exchange.codes.gates import SchemaCode
from exchange.core.document.values import (
    Actor,
    Address,
    Code,
    Digest,
    DocumentRef,
    Header,
    Identifier,
    LocalName,
    Measure,
    Party,
    SecureLink,
)
from exchange.core.model import BodyId, DocumentId, Economy
from exchange.errors import Finding, SchemaError

Element = etree._Element
Children = dict[str, list[Element]]
"""Groups of children by local name."""

LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2999
_YEARS: Final = f"a day of the years {_FIRST_YEAR} to {_LAST_YEAR}"

_BLANKS: Final = re.compile("[ \t\n\r]+")


class _LocalNames(dict[object, str]):
    """Element names without their namespace; only those of valid documents get here."""

    def __missing__(self, tag: object) -> str:
        name = sys.intern(str(tag).rpartition("}")[2])
        self[tag] = name
        return name


_LOCAL: Final = _LocalNames()


def children(element: Element) -> Children:
    """Return the children by local name, each group in document order.

    The namespace can be left out: the schema has no type in which two children differ by it
    alone.
    """
    groups: Children = {}
    for child in element:
        name = _LOCAL[child.tag]
        if name in groups:
            groups[name].append(child)
        else:
            groups[name] = [child]
    return groups


def word(element: Element) -> str:
    """Return the text with its white space collapsed, as `xs:token` is read."""
    text = element.text or ""
    # Python's `split` also splits at the blanks of other scripts, which a token keeps.
    if text.isascii():
        return " ".join(text.split())
    return _BLANKS.sub(" ", text).strip(" ")


def words(elements: list[Element] | tuple[()]) -> tuple[str, ...]:
    """Return the texts of a repeated element."""
    return tuple([word(element) for element in elements])


def optional_word(groups: Children, name: str) -> str | None:
    """Return the text of an element that may be missing."""
    return word(groups[name][0]) if name in groups else None


def day(element: Element) -> date:
    """Return a calendar day.

    Raises:
        SchemaError: The day lies outside the years that we read.
    """
    try:
        found = date.fromisoformat(word(element))
    except ValueError as exc:
        raise _unusual(element, _YEARS) from exc
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _unusual(element, _YEARS)
    return found


def optional_day(groups: Children, name: str) -> date | None:
    """Return the day of an element that may be missing."""
    return day(groups[name][0]) if name in groups else None


def instant(element: Element) -> datetime:
    """Return an instant, aware UTC.

    Raises:
        SchemaError: The instant lies outside the years that we read, or is 24:00:00, which the
            schema allows and the clock does not have.
    """
    try:
        # The schema wants a `Z` at the end.
        found = datetime.fromisoformat(word(element)[:-1]).replace(tzinfo=UTC)
    except ValueError as exc:
        raise _unusual(element, f"{_YEARS}, 00:00:00 to 23:59:59") from exc
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _unusual(element, _YEARS)
    return found


def flag(element: Element) -> bool:
    """Return the value of `xs:boolean`."""
    return word(element) in {"true", "1"}


def _unusual(element: Element, expected: str) -> SchemaError:
    return SchemaError(
        Finding(
            code=SchemaCode.INVALID,
            path=path_of(element),
            message=f"expected {expected}, found “{word(element)[:40]}”",
        )
    )


def path_of(element: Element) -> str:
    """Return the readable path of an element; only for findings, since it climbs the tree."""
    names: list[str] = []
    node: Element | None = element
    while node is not None:
        parent = node.getparent()
        name = etree.QName(node).localname
        same = [] if parent is None else [child for child in parent if child.tag == node.tag]
        names.append(f"{name}[{same.index(node) + 1}]" if len(same) > 1 else name)
        node = parent
    return "/" + "/".join(reversed(names))


def local_names(elements: list[Element] | tuple[()]) -> tuple[LocalName, ...]:
    """Return a text in its languages."""
    return tuple([LocalName(word(element), element.get(LANG, "")) for element in elements])


def texts(elements: list[Element] | tuple[()]) -> tuple[LocalName, ...]:
    """Return prose in its languages, its white space as written."""
    return tuple([LocalName(element.text or "", element.get(LANG, "")) for element in elements])


def identifier(element: Element) -> Identifier:
    """Return an identifier with its scheme."""
    return Identifier(word(element), element.get("schemeID", ""), element.get("schemeAgencyID"))


def identifiers(elements: list[Element] | tuple[()]) -> tuple[Identifier, ...]:
    """Return the identifiers of a repeated element."""
    return tuple([identifier(element) for element in elements])


def code(element: Element) -> Code:
    """Return a code with its list."""
    return Code(word(element), element.get("listID", ""), element.get("listVersionID"))


def codes(elements: list[Element] | tuple[()]) -> tuple[Code, ...]:
    """Return the codes of a repeated element."""
    return tuple([code(element) for element in elements])


def measure(element: Element) -> Measure:
    """Return an amount with its unit."""
    return Measure(Decimal(word(element)), element.get("unitCode", ""))


def optional_measure(groups: Children, name: str) -> Measure | None:
    """Return the amount of an element that may be missing."""
    return measure(groups[name][0]) if name in groups else None


def digest(element: Element) -> Digest:
    """Return a digest as octets."""
    return Digest(b64decode(element.text or ""), element.get("algorithm", ""))


def document_ref(element: Element) -> DocumentRef:
    """Return a reference to another shared document."""
    groups = children(element)
    return DocumentRef(
        DocumentId(word(groups["DocumentID"][0])),
        digest(groups["Digest"][0]),
        optional_word(groups, "Version"),
    )


def secure_link(element: Element) -> SecureLink:
    """Return a link with its digest."""
    groups = children(element)
    return SecureLink(
        word(groups["Uri"][0]),
        word(groups["MediaType"][0]),
        int(groups["Size"][0].text or "0"),
        digest(groups["Digest"][0]),
        optional_word(groups, "Encryption"),
        local_names(groups.get("Description", ())),
    )


def address(element: Element) -> Address:
    """Return an address, whole or in parts."""
    groups = children(element)
    return Address(
        local_names(groups.get("Full", ())),
        optional_word(groups, "Street"),
        optional_word(groups, "City"),
        optional_word(groups, "Region"),
        optional_word(groups, "PostalCode"),
        Economy(word(groups["Economy"][0])),
    )


def party(element: Element) -> Party:
    """Return a party."""
    return party_of(children(element))


def party_of(groups: Children) -> Party:
    """Return the party in an element whose type extends it."""
    return Party(
        identifiers(groups["PartyID"]),
        local_names(groups["Name"]),
        local_names(groups.get("TradingName", ())),
        address(groups["Address"][0]),
        word(groups["Role"][0]),
    )


def actor(element: Element) -> Actor:
    """Return who acted."""
    groups = children(element)
    return Actor(identifier(groups["ActorID"][0]), word(groups["Role"][0]))


def header(element: Element) -> Header:
    """Return the header that every document begins with."""
    groups = children(element)
    return Header(
        DocumentId(word(groups["DocumentID"][0])),
        code(groups["DocumentType"][0]),
        word(groups["DocumentFunction"][0]),
        instant(groups["IssueDateTime"][0]),
        words(groups["Language"]),
        BodyId(word(groups["Issuer"][0])),
        "TestIndicator" in groups and flag(groups["TestIndicator"][0]),
        tuple([document_ref(one) for one in groups.get("Replaces", ())]),
    )
