"""The tables, the same on both engines.

- The number of a message is the position of its first receipt in the ledger. The ledger is
  dense and grows under one lock, so no other counter is needed.
- `ledger` has one row: its size and right edge. Whoever writes locks this row first, so
  commits follow each other, and what one reads about the register is still true when it
  writes.
- Octets are compressed with zstandard; a frame names its dictionary, and the dictionaries are
  rows too, so a back-up is complete.
- An identifier is kept as 16 octets, and nothing is kept twice that a join gives: the digest of
  a statement's octets is that of its first message.
- A digest is always 32 octets, a state always one of its enumeration: CHECK constraints say
  so to both engines.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    TextClause,
    text,
)

from exchange.core.entry import Verdict
from exchange.core.lifecycle import FINAL, Delivery, Mode
from exchange.core.model import Kind, Status
from exchange.store.columns import (
    DocumentKey,
    Instant,
    MessageKey,
    Number,
    Octets,
    String,
    has_length,
    is_one_of,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_unique",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_exists",
        "pk": "%(table_name)s_key",
    }
)


class HoldState(StrEnum):
    """What became of a status change that had to wait."""

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"
    """Its turn came, or its time ran out, and it could not enter."""
    AHEAD = "ahead"
    """A restriction that took effect at once; the one before it is still missing."""


LEDGER: Final = Table(
    "ledger",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("size", Number, nullable=False),
    Column("frontier", Octets, nullable=False),
    CheckConstraint("id = 1", name="single"),
    CheckConstraint("size >= 0", name="size_counts"),
    sqlite_strict=True,
)

NODES: Final = Table(
    "ledger_nodes",
    METADATA,
    Column("level", Number, primary_key=True, autoincrement=False),
    Column("place", Number, primary_key=True, autoincrement=False),
    Column("hash", Octets, nullable=False),
    has_length("hash", 32),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

CHECKPOINTS: Final = Table(
    "checkpoints",
    METADATA,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("root", Octets, nullable=False),
    Column("note", Octets, nullable=False),
    Column("signed_at", Instant, nullable=False),
    has_length("root", 32),
    sqlite_strict=True,
)

DICTIONARIES: Final = Table(
    "dictionaries",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("subject", String, nullable=False),
    Column("samples", Number, nullable=False),
    Column("body", Octets, nullable=False),
    sqlite_strict=True,
)

STATEMENTS: Final = Table(
    "statements",
    METADATA,
    # Of the message that brought it first.
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("content_digest", Octets, nullable=False),
    Column("document_id", DocumentKey, nullable=False),
    Column("kind", String, nullable=False),
    Column("issuer", String, nullable=False),
    Column("scheme", String),
    Column("size", Number, nullable=False),
    # Empty once the document was removed by order.
    Column("body", Octets),
    # The certificate that it is about, by its `CertificateKey`.
    Column("subject", Number),
    Column("signer", Number),
    # The first statement of a certificate is found by its own number.
    Index(
        "statements_subject",
        "subject",
        sqlite_where=text("subject <> sequence"),
        postgresql_where=text("subject <> sequence"),
    ),
    Index("statements_signer", "signer"),
    Index("statements_content_digest_unique", "content_digest", unique=True),
    Index("statements_document_id_unique", "document_id", unique=True),
    has_length("content_digest", 32),
    is_one_of("kind", Kind),
    sqlite_strict=True,
)

MESSAGES: Final = Table(
    "messages",
    METADATA,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    Column("sender", String, nullable=False),
    Column("message_id", MessageKey, nullable=False),
    Column("digest", Octets, nullable=False),
    Column("addressees", String, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("verdict", String, nullable=False),
    Column("statement", Number, ForeignKey("statements.sequence")),
    Index("messages_message_id_sender_unique", "message_id", "sender", unique=True),
    Index("messages_statement", "statement"),
    has_length("digest", 32),
    has_length("message_id", 16),
    is_one_of("verdict", Verdict),
    sqlite_strict=True,
)

KEPT: Final = Table(
    "kept",
    METADATA,
    # What else belongs to a message: the octets of a refused one, the authorisation on which
    # the hub signed.
    Column("message", Number, ForeignKey("messages.sequence"), primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("body", Octets, nullable=False),
    CheckConstraint("purpose IN ('refused', 'evidence')", name="purpose_known"),
    sqlite_strict=True,
)

RECEIPTS: Final = Table(
    "receipts",
    METADATA,
    # Its position in the ledger.
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("leaf_kind", Number, nullable=False),
    # Empty when it is that of the statement: `exchange.store.ledger.CONTENT` is what counts.
    Column("content_digest", Octets),
    Column("digest", Octets, nullable=False),
    Column("receipt_id", DocumentKey, nullable=False),
    Column("stage", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("issuer", String, nullable=False),
    Column("produced_at", Instant, nullable=False),
    Column("message", Number, ForeignKey("messages.sequence"), nullable=False),
    Column("statement", Number, ForeignKey("statements.sequence")),
    Column("delivery_id", MessageKey),
    Column("previous", Octets),
    Column("body", Octets, nullable=False),
    Index("receipts_statement", "statement"),
    has_length("content_digest", 32),
    has_length("digest", 32),
    sqlite_strict=True,
)

SIGNERS: Final = Table(
    "signers",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("fingerprint", Octets, nullable=False),
    Column("issuer", String, nullable=False),
    Index("signers_fingerprint_issuer_unique", "fingerprint", "issuer", unique=True),
    has_length("fingerprint", 32),
    sqlite_strict=True,
)

REGISTER: Final = Table(
    "register",
    METADATA,
    # `CertificateKey`: the sequence of its first statement.
    Column("first", Number, primary_key=True, autoincrement=False),
    Column("attestation_id", DocumentKey, nullable=False),
    Column("issuer", String, nullable=False),
    Column("certificate_number", String, nullable=False),
    Column("scheme", String, nullable=False),
    Column("revision", Number, nullable=False),
    # Of the latest revision.
    Column("statement", Number, ForeignKey("statements.sequence"), nullable=False),
    Column("status", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("changes", Number, nullable=False),
    Column("taken_over", Number, nullable=False),
    # A list in JSON; empty for what was registered before parts were noted.
    Column("parts", String, nullable=False, server_default="[]"),
    Column("token", Octets, nullable=False),
    # The certificate that took its place.
    Column("successor", Number),
    # The certificate of another body that it took over.
    Column("predecessor", Number),
    # While a restriction stands ahead of its turn: what stands where a number is missing.
    Column("gap", String),
    Index("register_attestation_id_issuer_unique", "attestation_id", "issuer", unique=True),
    Index("register_certificate_number", "certificate_number"),
    Index("register_token_unique", "token", unique=True),
    has_length("token", 16),
    is_one_of("status", Status),
    CheckConstraint("taken_over IN (0, 1)", name="taken_over_known"),
    sqlite_strict=True,
)

FORMER_NUMBERS: Final = Table(
    "former_numbers",
    METADATA,
    # Numbers that a correction has replaced; none of them is ever given to another certificate.
    Column("certificate_number", String, primary_key=True),
    Column("certificate", Number, ForeignKey("register.first"), primary_key=True),
    Index("former_numbers_certificate", "certificate"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

HOLDS: Final = Table(
    "holds",
    METADATA,
    Column("message", Number, ForeignKey("messages.sequence"), primary_key=True),
    Column("issuer", String, nullable=False),
    Column("attestation_id", DocumentKey, nullable=False),
    Column("waiting_for", Number, nullable=False),
    # The claim as it will be judged when its turn comes.
    Column("claim", String, nullable=False),
    Column("until", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("fault", String),
    # Where it stands in the order of what is handed out, once it was released.
    Column("place", Number),
    Index("holds_attestation_id", "attestation_id", "state"),
    is_one_of("state", HoldState),
    sqlite_strict=True,
)

FINAL_STATES: Final = ", ".join(f"'{state}'" for state in sorted(FINAL))
"""As SQL. The planners use a partial index only for a condition with these very words."""
_OPEN: Final = text(f"state NOT IN ({FINAL_STATES})")


def _open(mode: Mode) -> TextClause:
    return text(f"mode = '{mode}' AND state NOT IN ({FINAL_STATES})")


DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("delivery_id", MessageKey, primary_key=True),
    Column("position", Number, nullable=False),
    Column("message", Number, ForeignKey("messages.sequence"), nullable=False),
    Column("statement", Number, ForeignKey("statements.sequence"), nullable=False),
    Column("kind", String, nullable=False),
    Column("scheme", String),
    Column("addressee", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("state", String, nullable=False),
    Column("order_key", String, nullable=False),
    Column("attempts", Number, nullable=False),
    Column("next_at", Instant),
    Column("deadline", Instant),
    Column("last_code", String),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("deliveries_statement_addressee_unique", "statement", "addressee", unique=True),
    Index(
        "deliveries_turn",
        "addressee",
        "order_key",
        "position",
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(
        "deliveries_pull",
        "addressee",
        "position",
        sqlite_where=_open(Mode.PULL),
        postgresql_where=_open(Mode.PULL),
    ),
    Index(
        "deliveries_push",
        "next_at",
        sqlite_where=_open(Mode.PUSH),
        postgresql_where=_open(Mode.PUSH),
    ),
    Index(
        "deliveries_dead",
        "position",
        sqlite_where=text(f"state = '{Delivery.ABANDONED}'"),
        postgresql_where=text(f"state = '{Delivery.ABANDONED}'"),
    ),
    has_length("delivery_id", 16),
    is_one_of("state", Delivery),
    is_one_of("mode", Mode),
    # Nothing that is open is ever forgotten: it has a next action time, and only it has one.
    CheckConstraint(f"(next_at IS NULL) = (state IN ({FINAL_STATES}))", name="next_action"),
    sqlite_strict=True,
)

BLOBS: Final = Table(
    "blobs",
    METADATA,
    Column("digest", Octets, primary_key=True),
    Column("body", Octets, nullable=False),
    has_length("digest", 32),
    sqlite_strict=True,
)

SNAPSHOTS: Final = Table(
    "snapshots",
    METADATA,
    Column("snapshot_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("digest", Octets, ForeignKey("blobs.digest"), nullable=False),
    Column("kept_at", Instant, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
