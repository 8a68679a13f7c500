"""What a signed statement says it is about, as far as gate 4 needs to know.

- Read from `Signed.root`, which was made from the canonical signed octets; never from the
  octets that arrived.
- A few elements only, by their place in the schema: the typed view is gate 5's.
- Nothing is judged here; a group that the document leaves out stays empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from exchange.core.lexical import collapsed
from exchange.core.model import BodyId, Economy, Kind
from exchange.core.signature import Signed
from exchange.core.trust_values import ScopeCode

_COMMON: Final = "{urn:mrhub:common:1}"
_ATTESTATION: Final = "{urn:mrhub:attestation:1}"
_PARTS: Final = tuple(
    f"{_ATTESTATION}{name}"
    for name in ("Header", "Scheme", "Holder", "Object", "Requirement", "SchemeParticulars")
)
"""Children of an attestation that this gate looks into."""
_STATUS_CHANGE: Final = "{urn:mrhub:status-change:1}"
_CODED: Final = (
    f"{_ATTESTATION}SectorCode",
    f"{_ATTESTATION}CommodityCode",
    f"{_ATTESTATION}ServiceClass",
    "{urn:mrhub:scheme:ccc:1}ProductClass",
)
"""Elements of the object and of the particulars that say by a code list what is attested."""


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


def read_claim(signed: Signed) -> Claim:
    """Return what the statement claims to be about."""
    root = signed.root
    match signed.kind:
        case Kind.RECEIPT:
            return Claim(
                issuer=BodyId(_text(root, "{urn:mrhub:receipt:1}Issuer")),
                issuer_path="/Receipt/Issuer",
            )
        case Kind.STATUS_CHANGE:
            return _status_change(root)
        case Kind.ATTESTATION:
            return _attestation(root)
        case Kind.TRUST_LIST:
            # A list has no issuer by our ids: it is read by `read_list`, never by gate 4.
            return Claim(issuer=BodyId(""), issuer_path="/TrustServiceStatusList")


def _attestation(root: etree._Element) -> Claim:
    scheme = ""
    issuer = ""
    standards: list[str] = []
    codes: list[ScopeCode] = []
    economies: tuple[Economy, ...] = ()
    # Filtering by tag happens inside libxml2: only what is needed becomes an object here.
    for child in root.iterchildren(*_PARTS):
        match child.tag:
            case "{urn:mrhub:attestation:1}Requirement":
                standards.append(_text(child, f"{_ATTESTATION}Number"))
            case "{urn:mrhub:attestation:1}Object" | "{urn:mrhub:attestation:1}SchemeParticulars":
                codes += [
                    ScopeCode(list_id=collapsed(coded.get("listID")), code=collapsed(coded.text))
                    for coded in child.iter(*_CODED)
                ]
            case "{urn:mrhub:attestation:1}Header":
                issuer = _text(child, f"{_COMMON}Issuer")
            case "{urn:mrhub:attestation:1}Scheme":
                scheme = _text(child, f"{_ATTESTATION}SchemeID")
            case _:
                for address in child.iterchildren(f"{_COMMON}Address"):
                    economies = (Economy(_text(address, f"{_COMMON}Economy")),)
    return Claim(
        issuer=BodyId(issuer),
        issuer_path="/Attestation/Header/Issuer",
        scheme=scheme,
        standards=tuple(standards),
        product_groups=tuple(codes),
        economies=economies,
    )


def _status_change(root: etree._Element) -> Claim:
    """The schema fixes the places: the header first, the reference to the attestation second."""
    header, reference = root[0], root[1]
    return Claim(
        issuer=BodyId(_text(header, f"{_COMMON}Issuer")),
        issuer_path="/StatusChange/Header/Issuer",
        scheme=_text(reference, f"{_STATUS_CHANGE}SchemeID"),
    )


def _text(parent: etree._Element, tag: str) -> str:
    """Return the text of the first child of this name; empty where there is none."""
    for child in parent.iterchildren(tag):
        return collapsed(child.text)
    return ""
