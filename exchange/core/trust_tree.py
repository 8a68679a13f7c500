"""Reading the small elements that lists and entries share: texts, names, places, codes.

- Reads trees that gate 2 has found valid; what the schema requires is there, and a tree
  without it is our own fault and not the list's.
- A list of thousands of keys is read within a second, so every look-up here is one step of
  the tree, without a path to interpret.

Source: ETSI TS 119 612 v2.4.1, clauses 5.1.4, 5.3.5 and 5.5.3; `schemas/trust-list/`.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def child(element: etree._Element, *tags: str) -> etree._Element:
    """Return the first child of this name, and the first of the next name in it, and so on."""
    for tag in tags:
        found = next(element.iterchildren(tag), None)
        if found is None:
            msg = f"{tag} is missing from a document that is valid under its schema"
            raise LookupError(msg)
        element = found
    return element


def text(element: etree._Element, *tags: str) -> str:
    """Return the text of the element that these names lead to."""
    return collapsed(child(element, *tags).text)


def texts(element: etree._Element, tag: str) -> list[str]:
    """Return the texts of all children of this name."""
    return [collapsed(one.text) for one in element.iterchildren(tag)]


def optional(element: etree._Element, tag: str) -> str | None:
    """Return the text of a child, or `None` where there is none."""
    found = next(element.iterchildren(tag), None)
    return None if found is None else collapsed(found.text)


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


def codes(element: etree._Element, tag: str) -> tuple[ScopeCode, ...]:
    """Return codes with the lists that they are from."""
    return tuple(
        _code(collapsed(one.get("listID")), collapsed(one.text))
        for one in element.iterchildren(tag)
    )


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
