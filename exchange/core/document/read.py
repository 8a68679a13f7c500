"""The one reader of signed documents: from the signed content to typed values.

- It reads the words of `Signed.content` and nothing else: the canonical octets that the signature
  covers, never the octets that arrived, and no tree that was made of either.
- A trust list is refused here: it is read by `exchange.core.trustlist`, under a pinned key.

Example:
    >>> document = read(signed.kind, words_of(signed.content))
    >>> document.header.document_id
    'urn:uuid:…'
"""

from __future__ import annotations

from exchange.core.actions.document import action_of
from exchange.core.actions.values import Action
from exchange.core.document.attestation import Attestation
from exchange.core.document.cursor import Cursor, Words
from exchange.core.document.declaration import RegisterDeclaration, register_declaration
from exchange.core.document.kinds import not_a_message
from exchange.core.document.notice import Notice, notice
from exchange.core.document.read_attestation import attestation
from exchange.core.document.read_parts import header
from exchange.core.document.status_change import (
    AttestationRef,
    Reason,
    ScopeChange,
    StatusChange,
    SuccessorRef,
)
from exchange.core.model import Kind
from exchange.core.receipt_document import Receipt, receipt

Document = Attestation | StatusChange | Receipt | Action | RegisterDeclaration | Notice
"""What a statement is once it was read."""


def read(kind: Kind, words: Words) -> Document:
    """Return the document that was signed, as values.

    Args:
        kind: Which document it is.
        words: What was read from the canonical octets that were signed.

    Raises:
        RuleError: It is a trust list, or an action that cannot be values.
        SchemaError: A day or instant lies outside the years that we read.
    """
    cursor = Cursor(words)
    match kind:
        case Kind.ATTESTATION:
            found: Document = attestation(cursor)
        case Kind.STATUS_CHANGE:
            found = status_change(cursor)
        case Kind.RECEIPT:
            found = receipt(cursor)
        case Kind.ACTION:
            return action_of(words.content)[0]
        case Kind.DECLARATION:
            found = register_declaration(cursor)
        case Kind.NOTICE:
            found = notice(cursor)
        case Kind.TRUST_LIST | Kind.VERIFICATION:
            raise not_a_message(kind)
    cursor.end()
    return found


def status_change(cursor: Cursor) -> StatusChange:
    """Take a status change that is valid under its schema."""
    cursor.enter("StatusChange")
    return StatusChange(
        header(cursor),
        _reference(cursor),
        cursor.count("Sequence"),
        cursor.word("PreviousStatus"),
        cursor.word("NewStatus"),
        cursor.word("ChangeType"),
        _reasons(cursor),
        cursor.optional_day("RequestDate"),
        cursor.day("DecisionDate"),
        cursor.instant("EffectiveDateTime"),
        cursor.optional_day("SuspensionEnd"),
        cursor.optional_day("NextSurveillanceDue"),
        _scope_changes(cursor),
        _successor(cursor),
        cursor.identifiers("NotifyParties"),
        cursor.optional_day("AppealUntil"),
        cursor.languages(),
    )


def _reference(cursor: Cursor) -> AttestationRef:
    cursor.enter("AttestationRef")
    return AttestationRef(
        cursor.word("AttestationID"),
        cursor.word("CertificateNumber"),
        cursor.word("SchemeID"),
        cursor.digest("Digest"),
    )


def _successor(cursor: Cursor) -> SuccessorRef | None:
    if not cursor.sees("Successor"):
        return None
    cursor.enter("Successor")
    return SuccessorRef(
        cursor.identifier("Issuer"),
        cursor.word("AttestationID"),
        cursor.word("CertificateNumber"),
        cursor.digest("Digest"),
    )


def _reasons(cursor: Cursor) -> tuple[Reason, ...]:
    found = []
    while cursor.sees("Reason"):
        cursor.enter("Reason")
        found.append(Reason(cursor.word("Code"), cursor.local_names("Text")))
    return tuple(found)


def _scope_changes(cursor: Cursor) -> tuple[ScopeChange, ...]:
    found = []
    while cursor.sees("ScopeChange"):
        cursor.enter("ScopeChange")
        is_added = cursor.sees("Added")
        cursor.enter("Added" if is_added else "Removed")
        found.append(
            ScopeChange(
                is_added,
                cursor.optional_word("Product"),
                cursor.optional_word("Site"),
                cursor.code("Sector") if cursor.sees("Sector") else None,
            )
        )
    return tuple(found)
