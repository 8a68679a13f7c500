"""The values that every shared document is made of.

- They are named tuples and not dataclasses: as frozen and as small, and made four times faster,
  which matters where eighty of them are made for each document.
- The same thing has the same name in XML and here; a repeated element is a tuple in the plural.
- Texts have their white space collapsed as their schema type says; days are `date`, instants
  aware UTC, amounts `Decimal`.

Source: `schemas/common/common-1.xsd`; documents and rules, section 7.0.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from exchange.core.model import BodyId, DocumentId, Economy


class LocalName(NamedTuple):
    """A name or text in one language."""

    text: str
    language: str


class Identifier(NamedTuple):
    """A value and the register that gave it."""

    value: str
    scheme: str
    agency: str | None = None


class Code(NamedTuple):
    """A value of a code list."""

    value: str
    list_id: str
    version: str | None = None


class Measure(NamedTuple):
    """An amount with its unit (UN/ECE Recommendation 20)."""

    amount: Decimal
    unit: str


class Digest(NamedTuple):
    """A digest and its algorithm; the value is octets."""

    value: bytes
    algorithm: str


class DocumentRef(NamedTuple):
    """Another shared document, by its content digest."""

    document_id: DocumentId
    digest: Digest
    version: str | None = None


class SecureLink(NamedTuple):
    """A file somewhere else, held to its digest."""

    uri: str
    media_type: str
    size: int
    digest: Digest
    encryption: str | None
    descriptions: tuple[LocalName, ...]


class Mark(NamedTuple):
    """A mark of conformity that the object may carry."""

    code: str
    link: SecureLink | None


class HumanReadable(NamedTuple):
    """The certificate as a file for people."""

    link: SecureLink
    language: str


class Evidence(NamedTuple):
    """A file behind the certificate."""

    link: SecureLink
    kind: str
    confidentiality: str


class Address(NamedTuple):
    """Whole or in parts; the economy always."""

    full: tuple[LocalName, ...]
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    economy: Economy


class Party(NamedTuple):
    """Somebody with identifiers, names and an address."""

    ids: tuple[Identifier, ...]
    names: tuple[LocalName, ...]
    trading_names: tuple[LocalName, ...]
    address: Address
    role: str


class Actor(NamedTuple):
    """A person or body that acted: a staff number or a body's identifier."""

    actor_id: Identifier
    role: str


class Header(NamedTuple):
    """The first child of every document."""

    document_id: DocumentId
    document_type: Code
    function: str
    """UNCL1225: 9 original, 5 replace, 7 duplicate, 31 copy, 50 cancellation, 53 test."""
    issued_at: datetime
    languages: tuple[str, ...]
    """BCP 47; the first is the authoritative one."""
    issuer: BodyId
    is_test: bool
    replaces: tuple[DocumentRef, ...]

    @property
    def authoritative(self) -> str:
        """The language whose texts count where translations differ."""
        return self.languages[0]
