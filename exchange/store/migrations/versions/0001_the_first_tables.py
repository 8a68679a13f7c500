"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import Instant, Number, Octets, String

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "blobs",
        sa.Column("digest", Octets, nullable=False),
        sa.Column("body", Octets, nullable=False),
        sa.CheckConstraint("length(digest) = 32", name=op.f("blobs_digest_length")),
        sa.PrimaryKeyConstraint("digest", name=op.f("blobs_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", Number, autoincrement=False, nullable=False),
        sa.Column("root", Octets, nullable=False),
        sa.Column("note", Octets, nullable=False),
        sa.Column("signed_at", Instant, nullable=False),
        sa.CheckConstraint("length(root) = 32", name=op.f("checkpoints_root_length")),
        sa.PrimaryKeyConstraint("size", name=op.f("checkpoints_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "dictionaries",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("subject", String, nullable=False),
        sa.Column("samples", Number, nullable=False),
        sa.Column("body", Octets, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dictionaries_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("frontier", Octets, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ledger_single")),
        sa.CheckConstraint("size >= 0", name=op.f("ledger_size_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_nodes",
        sa.Column("level", Number, autoincrement=False, nullable=False),
        sa.Column("place", Number, autoincrement=False, nullable=False),
        sa.Column("hash", Octets, nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ledger_nodes_hash_length")),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("ledger_nodes_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statements",
        sa.Column("sequence", Number, autoincrement=False, nullable=False),
        sa.Column("content_digest", Octets, nullable=False),
        sa.Column("document_id", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("issuer", String, nullable=False),
        sa.Column("scheme", String, nullable=True),
        sa.Column("message_digest", Octets, nullable=False),
        sa.Column("size", Number, nullable=False),
        sa.Column("body", Octets, nullable=True),
        sa.CheckConstraint(
            "kind IN ('attestation', 'status-change', 'receipt', 'trust-list')",
            name=op.f("statements_kind_known"),
        ),
        sa.CheckConstraint(
            "length(content_digest) = 32", name=op.f("statements_content_digest_length")
        ),
        sa.CheckConstraint(
            "length(message_digest) = 32", name=op.f("statements_message_digest_length")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("statements_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "statements_content_digest_unique", "statements", ["content_digest"], unique=True
    )
    op.create_index("statements_document_id_unique", "statements", ["document_id"], unique=True)

    op.create_table(
        "messages",
        sa.Column("sequence", Number, autoincrement=False, nullable=False),
        sa.Column("sender", String, nullable=False),
        sa.Column("message_id", String, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("addressees", String, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("verdict", String, nullable=False),
        sa.Column("statement", Number, nullable=True),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'rejected', 'held')", name=op.f("messages_verdict_known")
        ),
        sa.CheckConstraint("length(digest) = 32", name=op.f("messages_digest_length")),
        sa.CheckConstraint("length(message_id) = 36", name=op.f("messages_message_id_length")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("messages_statement_exists")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("messages_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "messages_message_id_sender_unique", "messages", ["message_id", "sender"], unique=True
    )
    op.create_index("messages_statement", "messages", ["statement"], unique=False)

    op.create_table(
        "register",
        sa.Column("attestation_id", String, nullable=False),
        sa.Column("issuer", String, nullable=False),
        sa.Column("certificate_number", String, nullable=False),
        sa.Column("scheme", String, nullable=False),
        sa.Column("revision", Number, nullable=False),
        sa.Column("statement", Number, nullable=False),
        sa.Column("status", String, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=True),
        sa.Column("changes", Number, nullable=False),
        sa.Column("taken_over", Number, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'suspended', 'withdrawn', 'cancelled', "
            "'expired', 'superseded')",
            name=op.f("register_status_known"),
        ),
        sa.CheckConstraint("taken_over IN (0, 1)", name=op.f("register_taken_over_known")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("register_statement_exists")
        ),
        sa.PrimaryKeyConstraint("attestation_id", "issuer", name=op.f("register_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("register_certificate_number", "register", ["certificate_number"], unique=False)
    op.create_index("register_statement", "register", ["statement"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("kept_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blobs.digest"], name=op.f("snapshots_digest_exists")),
        sa.PrimaryKeyConstraint("snapshot_id", "name", name=op.f("snapshots_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", String, nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.Column("message", Number, nullable=False),
        sa.Column("statement", Number, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("scheme", String, nullable=True),
        sa.Column("addressee", String, nullable=False),
        sa.Column("mode", String, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("order_key", String, nullable=False),
        sa.Column("attempts", Number, nullable=False),
        sa.Column("next_at", Instant, nullable=True),
        sa.Column("deadline", Instant, nullable=True),
        sa.Column("last_code", String, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.CheckConstraint(
            "(next_at IS NULL) = (state IN ('abandoned', 'acknowledged'))",
            name=op.f("deliveries_next_action"),
        ),
        sa.CheckConstraint("mode IN ('pull', 'push')", name=op.f("deliveries_mode_known")),
        sa.CheckConstraint(
            "state IN ('held', 'ready', 'leased', 'acknowledged', 'abandoned')",
            name=op.f("deliveries_state_known"),
        ),
        sa.CheckConstraint("length(delivery_id) = 36", name=op.f("deliveries_delivery_id_length")),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.sequence"], name=op.f("deliveries_message_exists")
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("deliveries_statement_exists")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("deliveries_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "deliveries_dead",
        "deliveries",
        ["position"],
        unique=False,
        sqlite_where=sa.text("state = 'abandoned'"),
        postgresql_where=sa.text("state = 'abandoned'"),
    )
    op.create_index(
        "deliveries_pull",
        "deliveries",
        ["addressee", "position"],
        unique=False,
        sqlite_where=sa.text("mode = 'pull' AND state NOT IN ('abandoned', 'acknowledged')"),
        postgresql_where=sa.text("mode = 'pull' AND state NOT IN ('abandoned', 'acknowledged')"),
    )
    op.create_index(
        "deliveries_push",
        "deliveries",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("mode = 'push' AND state NOT IN ('abandoned', 'acknowledged')"),
        postgresql_where=sa.text("mode = 'push' AND state NOT IN ('abandoned', 'acknowledged')"),
    )
    op.create_index(
        "deliveries_statement_addressee_unique",
        "deliveries",
        ["statement", "addressee"],
        unique=True,
    )
    op.create_index(
        "deliveries_turn",
        "deliveries",
        ["addressee", "order_key", "position"],
        unique=False,
        sqlite_where=sa.text("state NOT IN ('abandoned', 'acknowledged')"),
        postgresql_where=sa.text("state NOT IN ('abandoned', 'acknowledged')"),
    )

    op.create_table(
        "holds",
        sa.Column("message", Number, nullable=False),
        sa.Column("issuer", String, nullable=False),
        sa.Column("attestation_id", String, nullable=False),
        sa.Column("waiting_for", Number, nullable=False),
        sa.Column("claim", String, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("fault", String, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'released', 'refused')", name=op.f("holds_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.sequence"], name=op.f("holds_message_exists")
        ),
        sa.PrimaryKeyConstraint("message", name=op.f("holds_key")),
        sqlite_strict=True,
    )
    op.create_index("holds_attestation_id", "holds", ["attestation_id", "state"], unique=False)

    op.create_table(
        "kept",
        sa.Column("message", Number, nullable=False),
        sa.Column("purpose", String, nullable=False),
        sa.Column("body", Octets, nullable=False),
        sa.CheckConstraint("purpose IN ('refused', 'evidence')", name=op.f("kept_purpose_known")),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.sequence"], name=op.f("kept_message_exists")
        ),
        sa.PrimaryKeyConstraint("message", "purpose", name=op.f("kept_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "receipts",
        sa.Column("position", Number, autoincrement=False, nullable=False),
        sa.Column("leaf_kind", Number, nullable=False),
        sa.Column("content_digest", Octets, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("receipt_id", String, nullable=False),
        sa.Column("stage", String, nullable=False),
        sa.Column("outcome", String, nullable=False),
        sa.Column("issuer", String, nullable=False),
        sa.Column("produced_at", Instant, nullable=False),
        sa.Column("message", Number, nullable=False),
        sa.Column("statement", Number, nullable=True),
        sa.Column("delivery_id", String, nullable=True),
        sa.Column("previous", Octets, nullable=True),
        sa.Column("body", Octets, nullable=False),
        sa.CheckConstraint(
            "length(content_digest) = 32", name=op.f("receipts_content_digest_length")
        ),
        sa.CheckConstraint("length(digest) = 32", name=op.f("receipts_digest_length")),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.sequence"], name=op.f("receipts_message_exists")
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("receipts_statement_exists")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("receipts_key")),
        sqlite_strict=True,
    )
    op.create_index("receipts_statement", "receipts", ["statement"], unique=False)

    op.execute(
        sa.text("INSERT INTO ledger (id, size, frontier) VALUES (1, 0, :none)").bindparams(
            sa.bindparam("none", b"", Octets)
        )
    )
    if op.get_bind().dialect.name == "postgresql":
        # Bodies arrive compressed: trying again costs time and gains nothing.
        for table in ("statements", "receipts", "kept", "blobs"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Take the step back."""
    for table in (
        "receipts",
        "kept",
        "holds",
        "deliveries",
        "snapshots",
        "register",
        "messages",
        "statements",
        "ledger_nodes",
        "ledger",
        "dictionaries",
        "checkpoints",
        "blobs",
    ):
        op.drop_table(table)
