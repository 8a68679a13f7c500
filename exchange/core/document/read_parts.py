"""Reading what all shared documents have in common: header, parties, links.

Source: `schemas/common/common-1.xsd`.
"""

from __future__ import annotations

from exchange.core.document.cursor import Cursor
from exchange.core.document.values import (
    Actor,
    Address,
    DocumentRef,
    Evidence,
    Header,
    HumanReadable,
    Mark,
    Party,
    SecureLink,
)
from exchange.core.model import BodyId, DocumentId, Economy


def header(cursor: Cursor) -> Header:
    """Take the header that every document begins with."""
    cursor.enter("Header")
    return Header(
        DocumentId(cursor.word("DocumentID")),
        cursor.code("DocumentType"),
        cursor.word("DocumentFunction"),
        cursor.instant("IssueDateTime"),
        cursor.words("Language"),
        BodyId(cursor.word("Issuer")),
        cursor.sees("TestIndicator") and cursor.flag("TestIndicator"),
        _references(cursor),
    )


def _references(cursor: Cursor) -> tuple[DocumentRef, ...]:
    found = []
    while cursor.sees("Replaces"):
        found.append(document_ref(cursor, "Replaces"))
    return tuple(found)


def document_ref(cursor: Cursor, name: str) -> DocumentRef:
    """Take a reference to another shared document."""
    cursor.enter(name)
    return DocumentRef(
        DocumentId(cursor.word("DocumentID")),
        cursor.digest("Digest"),
        cursor.optional_word("Version"),
    )


def party(cursor: Cursor, name: str) -> Party:
    """Take a party; where its type is extended, what was added follows."""
    cursor.enter(name)
    ids = cursor.identifiers("PartyID")
    names = cursor.local_names("Name")
    trading_names = cursor.local_names("TradingName")
    where = address(cursor)
    while cursor.sees("Contact"):
        cursor.enter("Contact")
        cursor.word("Kind")
        cursor.word("Value")
    return Party(ids, names, trading_names, where, cursor.word("Role"))


def parties(cursor: Cursor, name: str) -> tuple[Party, ...]:
    """Take all parties of this name."""
    found = []
    while cursor.sees(name):
        found.append(party(cursor, name))
    return tuple(found)


def address(cursor: Cursor) -> Address:
    """Take an address, whole or in parts."""
    cursor.enter("Address")
    return Address(
        cursor.local_names("Full"),
        cursor.optional_word("Street"),
        cursor.optional_word("City"),
        cursor.optional_word("Region"),
        cursor.optional_word("PostalCode"),
        Economy(cursor.word("Economy")),
    )


def actor(cursor: Cursor, name: str) -> Actor:
    """Take somebody who acted."""
    cursor.enter(name)
    return Actor(cursor.identifier("ActorID"), cursor.word("Role"))


def secure_link(cursor: Cursor, name: str) -> SecureLink:
    """Take a link with its digest."""
    cursor.enter(name)
    return SecureLink(
        cursor.word("Uri"),
        cursor.word("MediaType"),
        cursor.count("Size"),
        cursor.digest("Digest"),
        cursor.optional_word("Encryption"),
        cursor.local_names("Description"),
    )


def mark(cursor: Cursor) -> Mark:
    """Take what stands inside a mark of conformity."""
    return Mark(cursor.word("Code"), secure_link(cursor, "Link") if cursor.sees("Link") else None)


def human_readable(cursor: Cursor) -> HumanReadable:
    """Take what stands inside a file for people."""
    return HumanReadable(secure_link(cursor, "Link"), cursor.word("Language"))


def evidence(cursor: Cursor) -> Evidence:
    """Take what stands inside a file behind the certificate."""
    return Evidence(
        secure_link(cursor, "Link"), cursor.word("Kind"), cursor.word("Confidentiality")
    )
