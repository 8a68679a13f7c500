"""What a signed statement says it is about, as far as gate 4 needs to know.

- Taken from the values that were read from the signed content, so that what a key is entitled
  to and what the rules judge are the same words.
- Nothing is judged here; a group that the document leaves out stays empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from exchange.core.document.attestation import Attestation
from exchange.core.document.particulars import CCCParticulars
from exchange.core.document.read import Document
from exchange.core.document.status_change import StatusChange
from exchange.core.document.values import Code
from exchange.core.model import BodyId, Economy
from exchange.core.receipt_document import Receipt
from exchange.core.trust_values import ScopeCode


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


def claim_of(document: Document) -> Claim:
    """Return what the statement claims to be about."""
    match document:
        case Attestation():
            return Claim(
                issuer=document.header.issuer,
                issuer_path="/Attestation/Header/Issuer",
                scheme=document.scheme.scheme_id,
                standards=tuple([one.number for one in document.requirements]),
                product_groups=_product_groups(document),
                economies=(document.holder.address.economy,),
            )
        case StatusChange():
            return Claim(
                issuer=document.header.issuer,
                issuer_path="/StatusChange/Header/Issuer",
                scheme=document.attestation.scheme_id,
            )
        case Receipt():
            return Claim(issuer=document.issuer, issuer_path="/Receipt/Issuer")
        case _:
            assert_never(document)


def _product_groups(attestation: Attestation) -> tuple[ScopeCode, ...]:
    attested = attestation.object
    codes: list[Code] = []
    if attested.management_system is not None:
        codes += attested.management_system.sector_codes
    for product in attested.products:
        codes += product.commodity_codes
    codes += [service.service_class for service in attested.services]
    if isinstance(attestation.particulars, CCCParticulars):
        codes.append(attestation.particulars.product_class)
    return tuple([ScopeCode(list_id=code.list_id, code=code.value) for code in codes])
