"""The tables about trust: actions in their order, published lists, and what follows from them.

- The numbers of actions are dense, so whoever has read up to one knows what is missing.
- No row is the truth about trust: it is folded from the statements that actions are.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table

from exchange.core.trust_values import ListType
from exchange.store.columns import Instant, Number, Octets, String, has_length, is_one_of
from exchange.store.tables import METADATA

ACTIONS: Final = Table(
    "actions",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("statement", Number, ForeignKey("statements.sequence"), nullable=False),
    Column("digest", Octets, nullable=False),
    Column("received_at", Instant, nullable=False),
    Index("actions_statement_unique", "statement", unique=True),
    CheckConstraint("number > 0", name="number_counts"),
    has_length("digest", 32),
    sqlite_strict=True,
)

PUBLISHED_LISTS: Final = Table(
    "published_lists",
    METADATA,
    Column("type", String, primary_key=True),
    Column("territory", String, primary_key=True),
    Column("sequence", Number, primary_key=True, autoincrement=False),
    # How many actions the list shows.
    Column("actions", Number, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("next_update", Instant, nullable=False),
    Column("digest", Octets, ForeignKey("blobs.digest"), nullable=False),
    CheckConstraint("sequence > 0", name="sequence_counts"),
    is_one_of("type", ListType),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

LIST_FETCHES: Final = Table(
    "list_fetches",
    METADATA,
    Column("partner", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("sequence", Number, nullable=False),
    Column("keys", Number, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

REFUSED_UNDER_SUSPENSION: Final = Table(
    "refused_under_suspension",
    METADATA,
    Column("message", Number, ForeignKey("messages.sequence"), primary_key=True),
    Column("body", String, nullable=False),
    Column("key", Octets),
    Column("code", String, nullable=False),
    # Empty until the sender was told that the suspension was lifted.
    Column("told_at", Instant),
    Index("refused_under_suspension_body", "body"),
    sqlite_strict=True,
)

REVOCATION_DATA: Final = Table(
    "revocation_data",
    METADATA,
    Column("url", String, primary_key=True),
    Column("body", Octets, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("next_update", Instant),
    sqlite_strict=True,
)

WARNINGS_SENT: Final = Table(
    "warnings_sent",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("days", Number, primary_key=True, autoincrement=False),
    Column("sent_at", Instant, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
