"""Of what a scope consists, in the words by which a status change adds and removes (STC-07).

- A part is a product (its model, or what stands for it), a site or a sector, written as its kind
  and its name: `product YH-K1701`, `site S1`, `sector IAF-ID1 3`.
- The register keeps the parts of the latest revision and what changes have left of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.core.document.attestation import Attestation
from exchange.core.document.status_change import StatusChange
from exchange.core.document.values import Code


def kind_of(part: str) -> str:
    """Return the kind of a part."""
    return part.partition(" ")[0]


def parts_of(document: Attestation) -> frozenset[str]:
    """Return of what the scope of an attestation consists."""
    parts = {f"site {site.site_id}" for site in document.sites}
    system = document.object.management_system
    if system is not None:
        parts.update(map(_sector, system.sector_codes))
    for product in document.object.products:
        parts.update(f"product {name}" for name in product.models or product.specifications)
    return frozenset(parts)


def changed_parts(document: StatusChange, *, added: bool) -> frozenset[str]:
    """Return what a status change brings into the scope, or takes out of it."""
    return frozenset(_named(document, added))


def _named(document: StatusChange, added: bool) -> Iterator[str]:  # noqa: FBT001
    for change in document.scope_changes:
        if change.is_added is not added:
            continue
        if change.product is not None:
            yield f"product {change.product}"
        if change.site is not None:
            yield f"site {change.site}"
        if change.sector is not None:
            yield _sector(change.sector)


def _sector(code: Code) -> str:
    return f"sector {code.list_id} {code.value}"
