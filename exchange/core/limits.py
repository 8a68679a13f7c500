"""What we are willing to read from a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from exchange.core.model import Kind

KIB: Final = 1024
MIB: Final = 1024 * KIB


def _bytes_per_kind() -> Mapping[Kind, int]:
    return MappingProxyType(
        {
            Kind.ATTESTATION: MIB,
            Kind.STATUS_CHANGE: 256 * KIB,
            Kind.RECEIPT: 256 * KIB,
            Kind.TRUST_LIST: 32 * MIB,
            Kind.ACTION: MIB,
            Kind.DECLARATION: 256 * KIB,
            Kind.NOTICE: MIB,
            Kind.VERIFICATION: MIB,
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes beyond which a document is refused, with their units."""

    max_bytes: int = MIB
    """Largest document read at all, in bytes, before anything is parsed."""
    max_bytes_per_kind: Mapping[Kind, int] = field(default_factory=_bytes_per_kind)
    """Largest document of each kind, in bytes, once the root element is known."""
    max_elements: int = 10_000
    """Elements in one statement; the largest real attestation seen has about 400. A list of keys
    has a limit of its own. Explaining why a document is invalid is quadratic in them."""
    max_depth: int = 64
    """Deepest element nesting; the deepest real attestation seen has 14."""
    max_attributes: int = 32
    """Attributes of one element. Canonicalisation is quadratic in them."""
    max_namespaces: int = 256
    """Namespace declarations in one document."""
    max_prefixes: int = 256
    """Different prefixes declared in one document: what can be in scope of one element.
    Inclusive canonicalisation, which lists of others use, is quadratic in those."""
    max_namespace_bytes: int = 200
    """Longest name of a namespace, in bytes; real ones have up to 100. Exclusive canonicalisation
    repeats it at every element that uses it, so that the form is at most 40 times as long."""
