"""Reading the small elements that lists and entries share: texts, names, places, codes.

- Reads trees that gate 2 has found valid; what the schema requires is there, and a tree
  without it is our own fault and not the list's.
- A list of thousands of keys is read within a second, so every look-up here is one step of
  the tree, without a path to interpret.

Source: ETSI TS 119 612 v2.4.1, clauses 5.1.4, 5.3.5 and 5.5.3; `schemas/trust-list/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.competence import ScopeCode
from exchange.core.lexical import collapsed, octets
from exchange.core.model import Economy, Fingerprint
from exchange.core.periods import from_zulu
from exchange.core.trust_values import TRUST, TSL, Place
from exchange.errors import Finding, TrustError

T: Final = f"{{{TSL}}}"
"""Elements of the standard."""
E: Final = f"{{{TRUST}}}"
"""Elements of our extension."""
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_REMEMBERED: Final = 8192


class Parts:
    """The children of an element by name, looked through once."""

    __slots__ = ("_by_tag",)

    def __init__(self, element: etree._Element) -> None:
        by_tag: dict[str, list[etree._Element]] = {}
        for one in element:
            tag = str(one.tag)
            if tag in by_tag:
                by_tag[tag].append(one)
            else:
                by_tag[tag] = [one]
        self._by_tag = by_tag

    def all(self, tag: str) -> Sequence[etree._Element]:
        """Return all children of this name."""
        return self._by_tag.get(tag, ())

    def first(self, tag: str) -> etree._Element | None:
        """Return the first child of this name, if there is one."""
        found = self._by_tag.get(tag)
        return found[0] if found else None

    def one(self, tag: str) -> etree._Element:
        """Return the first child of this name, which the schema requires."""
        found = self._by_tag.get(tag)
        if not found:
            raise _missing(tag)
        return found[0]

    def text(self, tag: str) -> str:
        """Return the text of a child that the schema requires."""
        return collapsed(self.one(tag).text)

    def texts(self, tag: str) -> list[str]:
        """Return the texts of all children of this name."""
        return [collapsed(one.text) for one in self._by_tag.get(tag, ())]

    def optional(self, tag: str) -> str | None:
        """Return the text of a child, or `None` where there is none."""
        found = self._by_tag.get(tag)
        return collapsed(found[0].text) if found else None


def child(element: etree._Element, *tags: str) -> etree._Element:
    """Return the first child of this name, and the first of the next name in it, and so on."""
    for tag in tags:
        for one in element:
            if one.tag == tag:
                element = one
                break
        else:
            raise _missing(tag)
    return element


def text(element: etree._Element, *tags: str) -> str:
    """Return the text of the element that these names lead to."""
    return collapsed(child(element, *tags).text)


def _missing(tag: str) -> LookupError:
    return LookupError(f"{tag} is missing from a document that is valid under its schema")


@lru_cache(maxsize=_REMEMBERED)
def instant(written: str) -> datetime:
    """Return an instant that was written in UTC; lists repeat a few of them."""
    return from_zulu(written)


def names(element: etree._Element) -> Mapping[str, str]:
    """Return names by language."""
    return MappingProxyType({one.get(LANG, ""): collapsed(one.text) for one in element})


def place(address: etree._Element, information: etree._Element) -> Place:
    """Return the first postal address and the first links; further languages are for people."""
    postal = child(address, f"{T}PostalAddresses", f"{T}PostalAddress")
    return Place(
        street=text(postal, f"{T}StreetAddress"),
        locality=text(postal, f"{T}Locality"),
        economy=Economy(text(postal, f"{T}CountryName")),
        contact=text(address, f"{T}ElectronicAddress", f"{T}URI"),
        information=text(information, f"{T}URI"),
    )


def codes(elements: Iterable[etree._Element]) -> tuple[ScopeCode, ...]:
    """Return codes with the lists that they are from."""
    return tuple([_code(collapsed(one.get("listID")), collapsed(one.text)) for one in elements])


@lru_cache(maxsize=_REMEMBERED)
def _code(list_id: str, code: str) -> ScopeCode:
    return ScopeCode(list_id=list_id, code=code)


def base64_octets(element: etree._Element) -> bytes:
    """Return what an element holds in Base64.

    Raises:
        TrustError: It holds something else (`trust.key-certificate`).
    """
    try:
        return octets(element.text or "")
    except ValueError as exc:
        raise TrustError(
            Finding(
                code=TrustCode.KEY_CERTIFICATE,
                path=f"/TrustServiceStatusList//{etree.QName(element).localname}",
                message="expected Base64 and nothing else",
            )
        ) from exc


def fingerprint(element: etree._Element) -> Fingerprint:
    """Return who a key certificate is of; gate 3 judges the certificate when its key signs."""
    return Fingerprint(sha256(base64_octets(element)).digest())
