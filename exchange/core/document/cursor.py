"""A cursor over the elements of a validated document, in document order.

- The document is valid under its schema, so what follows what is known: a reader takes the
  elements one after the other and never searches. Each take names the element that it expects;
  if another stands there, schema and reader disagree, and the document is refused.
- Tags and texts are fetched once for the whole tree, and white space is collapsed in all texts
  at once. Tokens have it collapsed by their type (XML Schema part 2, clause 4.3.6), and no rule
  depends on the white space of prose.
- A text of nothing but blanks, of whatever script, is refused as empty (SYN-03).
- Days and instants outside the years 1900 to 2999 are refused as invalid, at their path: no
  certificate has them, and arithmetic with them fails in some time zone.

This stands on the road of every document: walking the same tree child by child takes twice as
long.

Example:
    >>> cursor = Cursor(root)
    >>> cursor.enter("Attestation")
    >>> header(cursor).document_id
    'urn:uuid:…'
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from exchange.codes.gates import SchemaCode
from exchange.core.document.blanks import SEPARATOR, blank_text
from exchange.core.document.values import Code, Digest, Identifier, LocalName, Measure
from exchange.core.lexical import BLANKS, collapsed, octets
from exchange.errors import Finding, SchemaError

Element = etree._Element
Choice = TypeVar("Choice", bound=StrEnum)

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2999
_YEARS: Final = f"a day of the years {_FIRST_YEAR} to {_LAST_YEAR}"

_FAULTS: Final = ("\n", "\t", "\r", "  ", f" {SEPARATOR}")
"""What no text has whose white space is collapsed."""


class _LocalNames(dict[object, str]):
    """Element names without their namespace; only those of valid documents get here."""

    def __missing__(self, tag: object) -> str:
        name = sys.intern(str(tag).rpartition("}")[2])
        self[tag] = name
        return name


_LOCAL: Final = _LocalNames()


def _texts(elements: list[Element]) -> list[str]:
    """Return the text of each element with its white space collapsed, and an empty one behind.

    What stands between the children of an element begins with a blank and becomes empty. Of the
    rest hardly any has a blank too many, so all of them together are searched for one first.

    Raises:
        SchemaError: A text has only characters that show nothing (SYN-03).
    """
    texts = [
        text if (text := element.text) and text[0] > " " else (text or "").strip(BLANKS)
        for element in elements
    ]
    texts.append("")
    joined = SEPARATOR.join(texts)
    blank = blank_text(joined)
    if blank is not None:
        raise _refusal(
            path_of(elements[blank]), "expected a text that can be seen, found blanks only"
        )
    for fault in _FAULTS:
        if fault in joined:
            return [collapsed(text) for text in texts]
    return texts


class Cursor:
    """The place in a document up to which it has been read."""

    __slots__ = ("_at", "_elements", "_names", "_texts")

    def __init__(self, root: Element) -> None:
        """Stand before the root element.

        Raises:
            SchemaError: A text has only characters that show nothing (SYN-03).
        """
        self._elements = list(root.iter(etree.Element))
        self._names = [_LOCAL[element.tag] for element in self._elements]
        self._names.append("")
        self._texts = _texts(self._elements)
        self._at = 0

    def sees(self, name: str) -> bool:
        """Say whether the next element has this name."""
        return self._names[self._at] == name

    def tag(self) -> str:
        """Return the name of the next element in Clark notation, without taking it."""
        return str(self._elements[self._at].tag)

    def name(self) -> str:
        """Return the local name of the next element, without taking it."""
        return self._names[self._at]

    def enter(self, name: str) -> None:
        """Take an element that has children; they follow.

        Raises:
            SchemaError: Another element stands here.
        """
        at = self._at
        if self._names[at] != name:
            raise self._surprise(name)
        self._at = at + 1

    def skip(self, name: str) -> None:
        """Take all elements of this name with everything inside; there may be none."""
        while self._names[self._at] == name:
            self._at += sum(1 for _ in self._elements[self._at].iter(etree.Element))

    def word(self, name: str) -> str:
        """Take an element and return its text.

        Raises:
            SchemaError: Another element stands here.
        """
        at = self._at
        if self._names[at] != name:
            raise self._surprise(name)
        self._at = at + 1
        return self._texts[at]

    def optional_word(self, name: str) -> str | None:
        """Take an element if it is here and return its text."""
        at = self._at
        if self._names[at] != name:
            return None
        self._at = at + 1
        return self._texts[at]

    def words(self, name: str) -> tuple[str, ...]:
        """Take all elements of this name and return their texts."""
        first = at = self._at
        names = self._names
        while names[at] == name:
            at += 1
        self._at = at
        return tuple(self._texts[first:at])

    def count(self, name: str) -> int:
        """Take an element and return its whole number."""
        return int(self.word(name))

    def optional_count(self, name: str) -> int | None:
        """Take an element if it is here and return its whole number."""
        return int(self.word(name)) if self._names[self._at] == name else None

    def flag(self, name: str) -> bool:
        """Take an element and return its truth value."""
        return self.word(name) in {"true", "1"}

    def attribute(self, name: str) -> str:
        """Return an attribute of the next element, without taking it."""
        return collapsed(self._elements[self._at].get(name))

    def day(self, name: str) -> date:
        """Take an element and return its calendar day.

        Raises:
            SchemaError: The day lies outside the years that we read.
        """
        try:
            found = date.fromisoformat(self.word(name))
        except ValueError as exc:
            raise self._unusual(_YEARS) from exc
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise self._unusual(_YEARS)
        return found

    def optional_day(self, name: str) -> date | None:
        """Take an element if it is here and return its calendar day."""
        return self.day(name) if self._names[self._at] == name else None

    def instant(self, name: str) -> datetime:
        """Take an element and return its instant, aware UTC.

        Raises:
            SchemaError: The instant lies outside the years that we read, or is 24:00:00, which
                XML Schema allows and the clock does not have.
        """
        try:
            # The schema wants a `Z` at the end.
            found = datetime.fromisoformat(self.word(name)[:-1]).replace(tzinfo=UTC)
        except ValueError as exc:
            raise self._unusual(f"{_YEARS}, 00:00:00 to 23:59:59") from exc
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise self._unusual(_YEARS)
        return found

    def local_names(self, name: str) -> tuple[LocalName, ...]:
        """Take all elements of this name: one text in its languages."""
        at = self._at
        names, texts, elements = self._names, self._texts, self._elements
        found = []
        while names[at] == name:
            found.append(LocalName(texts[at], collapsed(elements[at].get(_LANG))))
            at += 1
        self._at = at
        return tuple(found)

    def identifier(self, name: str) -> Identifier:
        """Take an identifier with its scheme."""
        element = self._elements[self._at]
        scheme, agency = element.get("schemeID"), element.get("schemeAgencyID")
        return Identifier(self.word(name), collapsed(scheme), agency and collapsed(agency))

    def identifiers(self, name: str) -> tuple[Identifier, ...]:
        """Take all identifiers of this name."""
        found = []
        while self._names[self._at] == name:
            found.append(self.identifier(name))
        return tuple(found)

    def code(self, name: str) -> Code:
        """Take a code with its list."""
        element = self._elements[self._at]
        list_id, version = element.get("listID"), element.get("listVersionID")
        return Code(self.word(name), collapsed(list_id), version and collapsed(version))

    def codes(self, name: str) -> tuple[Code, ...]:
        """Take all codes of this name."""
        found = []
        while self._names[self._at] == name:
            found.append(self.code(name))
        return tuple(found)

    def measure(self, name: str) -> Measure:
        """Take an amount with its unit."""
        element = self._elements[self._at]
        return Measure(Decimal(self.word(name)), collapsed(element.get("unitCode")))

    def optional_measure(self, name: str) -> Measure | None:
        """Take an amount if it is here."""
        return self.measure(name) if self._names[self._at] == name else None

    def digest(self, name: str) -> Digest:
        """Take a digest; its value is octets.

        Raises:
            SchemaError: There is something else in it than Base64.
        """
        algorithm = self.attribute("algorithm")
        return Digest(self.octets(name), algorithm)

    def octets(self, name: str) -> bytes:
        """Take an element and return the octets that it holds in Base64.

        Raises:
            SchemaError: There is something else in it, which libxml2 reads past.
        """
        try:
            return octets(self.word(name))
        except ValueError as exc:
            raise self._unusual("Base64 and nothing else") from exc

    def optional_octets(self, name: str) -> bytes | None:
        """Take an element if it is here and return its octets."""
        return self.octets(name) if self._names[self._at] == name else None

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """Take an element and return which of a closed set its text is.

        Raises:
            SchemaError: It is none of them; the schema may leave room for later ones.
        """
        try:
            return choices(self.word(name))
        except ValueError as exc:
            raise self._unusual(f"one of {', '.join(choices)}") from exc

    def optional_choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """Take an element if it is here and return which of a closed set its text is."""
        return self.choice(name, choices) if self._names[self._at] == name else None

    def end(self) -> None:
        """Make sure that everything has been read.

        Raises:
            SchemaError: There is more.
        """
        if self._at != len(self._elements):
            raise self._surprise("the end of the document")

    def _surprise(self, expected: str) -> SchemaError:
        path = path_of(self._elements[self._at]) if self._names[self._at] else "/"
        return _refusal(path, f"expected {expected}, found {self._names[self._at] or 'the end'}")

    def _unusual(self, expected: str) -> SchemaError:
        at = self._at - 1
        return _refusal(
            path_of(self._elements[at]), f"expected {expected}, found “{self._texts[at][:40]}”"
        )


def _refusal(path: str, message: str) -> SchemaError:
    return SchemaError(Finding(code=SchemaCode.INVALID, path=path, message=message))


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
