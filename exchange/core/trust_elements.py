"""The small elements that lists and entries are written with: names, addresses, codes.

- Every function adds one element under its parent, in the order of the schema.
- `tsl` elements are those of the standard, `own` elements those of our extension.

Source: ETSI TS 119 612 v2.4.1, clauses 5.1.4, 5.3.5 and 5.5.9; `schemas/trust-list/`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Final

from lxml import etree

from exchange.core.competence import ScopeCode
from exchange.core.trust_values import TRUST, TSL, Place

_T: Final = f"{{{TSL}}}"
_E: Final = f"{{{TRUST}}}"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
PREFIXES: Final[dict[str | None, str]] = {None: TSL, "mrt": TRUST}
"""Namespace prefixes as every list and entry declares them."""


def add_certificate(parent: etree._Element, der: bytes) -> None:
    """Write the identity of a key certificate (clause 5.5.3)."""
    identity = add_tsl(add_tsl(parent, "ServiceDigitalIdentity"), "DigitalId")
    add_tsl(identity, "X509Certificate", base64_text(der))


def add_names(parent: etree._Element, tag: str, names: Mapping[str, str]) -> None:
    """Write names, one element for each language."""
    element = add_tsl(parent, tag)
    for language, text in names.items():
        add_tsl(element, "Name", text).set(LANG, language)


def add_address(parent: etree._Element, tag: str, place: Place) -> None:
    """Write where somebody is found, by post and on line (clause 5.3.5)."""
    element = add_tsl(parent, tag)
    postal = add_tsl(add_tsl(element, "PostalAddresses"), "PostalAddress")
    postal.set(LANG, "en")
    add_tsl(postal, "StreetAddress", place.street)
    add_tsl(postal, "Locality", place.locality)
    add_tsl(postal, "CountryName", place.economy)
    add_link(element, "ElectronicAddress", place.contact)


def add_link(parent: etree._Element, tag: str, location: str) -> None:
    """Write one link."""
    add_tsl(add_tsl(parent, tag), "URI", location).set(LANG, "en")


def add_extension(parent: etree._Element, tag: str) -> etree._Element:
    """Whoever does not know our extension must not use the entry (clause 5.5.9)."""
    extension = add_tsl(parent, "Extension")
    extension.set("Critical", "true")
    return add_own(extension, tag)


def add_codes(parent: etree._Element, tag: str, codes: Iterable[ScopeCode]) -> None:
    """Write codes with the lists that they are from."""
    for one in codes:
        add_own(parent, tag, one.code).set("listID", one.list_id)


def add_each(parent: etree._Element, tag: str, texts: Iterable[str]) -> None:
    """Write one element of our extension for each text."""
    for text in texts:
        add_own(parent, tag, text)


def add_tsl(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    """Write an element of the standard and return it."""
    element = etree.SubElement(parent, _T + tag)
    element.text = text
    return element


def add_own(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    """Write an element of our extension and return it."""
    element = etree.SubElement(parent, _E + tag)
    element.text = text
    return element


def base64_text(octets: bytes) -> str:
    """Return octets as Base64 in one line."""
    return base64.b64encode(octets).decode("ascii")
