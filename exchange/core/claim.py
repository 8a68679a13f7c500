"""What a signed statement says it is about, as far as gate 4 needs to know.

- Read from the canonical octets that were signed, of which a few elements are looked up: in
  canonical XML a `<` opens a tag and nothing else, and values stand in double quotes.
- Names are told apart by their place: the schema is closed, and each of them stands for one
  thing behind the part that comes before it. Tests hold this against the values of gate 5.
- Nothing is judged here; a group that the document leaves out stays empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from exchange.core.document.read import not_a_message
from exchange.core.document.start_tags import unescaped
from exchange.core.lexical import collapsed
from exchange.core.model import BodyId, Economy, Kind
from exchange.core.trust_values import ScopeCode

_CODED: Final = frozenset({"SectorCode", "CommodityCode", "ServiceClass", "ProductClass"})
"""Elements that say by a code list what is attested; each stands in one place of the schemas."""
_WANTED: Final = re.compile(
    '<(?:[^ ":>/]+:)?'
    "(Issuer|SchemeID|Holder|Economy|Requirement|Number|"
    "SectorCode|CommodityCode|ServiceClass|ProductClass)"
    '((?: [^ ="]+="[^"]*")*)>([^<]*)'
)
"""Start tags of the elements looked up, their attributes, and the text behind them."""
_LIST: Final = re.compile(' listID="([^"]*)"')

_Found = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The few things that a key's entitlement is held against."""

    issuer: BodyId
    issuer_path: str
    """Where the issuer stands, for findings."""
    scheme: str = ""
    standards: tuple[str, ...] = ()
    """Numbers of the requirements, without edition, in document order."""
    product_groups: tuple[ScopeCode, ...] = ()
    """Sector, commodity, service and product class codes, in document order."""
    economies: tuple[Economy, ...] = ()
    """Economy of the holder."""


def read_claim(kind: Kind, content: bytes) -> Claim:
    """Return what the statement claims to be about.

    Args:
        kind: Which document it is.
        content: Canonical octets of a document that is valid under its schema.

    Raises:
        RuleError: It is a trust list, which is read under a pinned key and never by gate 4.
    """
    if kind is Kind.TRUST_LIST:
        raise not_a_message(kind)
    found: _Found = _WANTED.findall(content.decode())
    issuer = BodyId(_first(found, "Issuer"))
    match kind:
        case Kind.ATTESTATION:
            return _attestation(issuer, found)
        case Kind.STATUS_CHANGE:
            return Claim(
                issuer=issuer,
                issuer_path="/StatusChange/Header/Issuer",
                scheme=_first(found, "SchemeID"),
            )
        case Kind.RECEIPT:
            return Claim(issuer=issuer, issuer_path="/Receipt/Issuer")


def _attestation(issuer: BodyId, found: _Found) -> Claim:
    standards: list[str] = []
    codes: list[ScopeCode] = []
    economies: list[Economy] = []
    part = ""
    for name, attributes, text in found:
        if name in _CODED:
            given = _LIST.search(attributes)
            list_id = _said(given[1]) if given else ""
            codes.append(ScopeCode(list_id=list_id, code=_said(text)))
        elif part == "Requirement" and name == "Number":
            standards.append(_said(text))
            part = ""
        elif part == "Holder" and name == "Economy":
            economies.append(Economy(_said(text)))
            part = ""
        elif name in ("Holder", "Requirement"):
            part = name
    return Claim(
        issuer=issuer,
        issuer_path="/Attestation/Header/Issuer",
        scheme=_first(found, "SchemeID"),
        standards=tuple(standards),
        product_groups=tuple(codes),
        economies=tuple(economies),
    )


def _first(found: _Found, wanted: str) -> str:
    """Return the text of the first element of a name; empty where there is none."""
    return next((_said(text) for name, _, text in found if name == wanted), "")


def _said(text: str) -> str:
    """Return a text as its readers see it."""
    return collapsed(unescaped(text))
