"""What a signed statement says it is about, as far as gate 4 needs to know.

- Read from the start tags of the canonical octets that were signed, the same that gate 5 makes
  its values of.
- Names are told apart by their place: the schema is closed, and each of them stands for one
  thing behind the part that comes before it. Tests hold this against the values of gate 5.
- Nothing is judged here; a group that the document leaves out stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exchange.core.competence import ScopeCode
from exchange.core.document.kinds import not_a_message
from exchange.core.document.start_tags import StartTags, unescaped
from exchange.core.lexical import collapsed
from exchange.core.model import BodyId, Economy, Kind

_CODED: Final = frozenset(
    {"SectorCode", "CommodityCode", "ServiceClass", "ProductClass", "CatalogueItem"}
)
"""Elements that say by a code list what is attested; each stands in one place of the schemas."""


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
    """Sector, commodity, service, product class and catalogue codes, in document order."""
    economies: tuple[Economy, ...] = ()
    """Economy of the holder."""


_ISSUER_IN: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.RECEIPT: "/Receipt/Issuer",
        Kind.ACTION: "/Action/Hub",
        Kind.DECLARATION: "/RegisterDeclaration/Header/Issuer",
        Kind.NOTICE: "/Notice/Header/Issuer",
        Kind.VERIFICATION: "/Verification/Header/Issuer",
    }
)
"""Where the kinds that are about no scheme name who speaks."""


def read_claim(kind: Kind, tags: StartTags) -> Claim:
    """Return what the statement claims to be about.

    Args:
        kind: Which document it is.
        tags: Of the canonical octets of a document that is valid under its schema.

    Raises:
        RuleError: It is a trust list, which is read under a pinned key and never by gate 4.
    """
    match kind:
        case Kind.ATTESTATION:
            return _attestation(tags)
        case Kind.STATUS_CHANGE:
            return Claim(
                issuer=BodyId(_behind(tags, "Header", "Issuer")),
                issuer_path="/StatusChange/Header/Issuer",
                scheme=_behind(tags, "AttestationRef", "SchemeID"),
            )
        case Kind.TRUST_LIST:
            raise not_a_message(kind)
        case _:
            path = _ISSUER_IN[kind]
            _, *_, part, name = path.split("/")
            return Claim(issuer=BodyId(_behind(tags, part, name)), issuer_path=path)


def _attestation(tags: StartTags) -> Claim:
    standards: list[str] = []
    codes: list[ScopeCode] = []
    for at, name in enumerate(tags.names):
        if name in _CODED:
            list_id = tags.attributes[at].get("listID", "")
            codes.append(ScopeCode(list_id=list_id, code=_said(tags.texts[at])))
        elif name == "Requirement":
            standards.append(_said(tags.texts[tags.names.index("Number", at)]))
    return Claim(
        issuer=BodyId(_behind(tags, "Header", "Issuer")),
        issuer_path="/Attestation/Header/Issuer",
        scheme=_behind(tags, "Scheme", "SchemeID"),
        standards=tuple(standards),
        product_groups=tuple(codes),
        economies=(Economy(_behind(tags, "Holder", "Economy")),),
    )


def _behind(tags: StartTags, part: str, name: str) -> str:
    """Return the text of the first element of a name behind the first element of another."""
    names = tags.names
    return _said(tags.texts[names.index(name, names.index(part))])


def _said(text: str) -> str:
    """Return a text as its readers see it."""
    return collapsed(unescaped(text))
