"""What is kept once: identifiers as 16 octets, and digests where they belong.

- A UUID was a text of 36 or 45 octets, in its table and in its index.
- The digest of what arrived stands with the message, that of the content with the statement; a
  receipt keeps one only when no statement has it.
"""

# ruff: noqa: S608  the names are those below
from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import octets_of, text_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_URN: Final = "urn:uuid:"
_COLUMNS: Final = (
    ("statements", "document_id", _URN),
    ("messages", "message_id", ""),
    ("receipts", "receipt_id", _URN),
    ("receipts", "delivery_id", ""),
    ("register", "attestation_id", _URN),
    ("holds", "attestation_id", _URN),
    ("deliveries", "delivery_id", ""),
)
_INDEXES: Final = (
    ("statements_document_id_unique", "statements", ["document_id"], True),
    ("messages_message_id_sender_unique", "messages", ["message_id", "sender"], True),
    ("register_attestation_id_issuer_unique", "register", ["attestation_id", "issuer"], True),
    ("holds_attestation_id", "holds", ["attestation_id", "state"], False),
)
_LENGTHS: Final = (("messages", "message_id"), ("deliveries", "delivery_id"))
"""Identifiers that must be UUIDs."""
_HEX: Final = "[0-9a-f]"
_UUID: Final = "-".join(f"{_HEX}{{{count}}}" for count in (8, 4, 4, 4, 12))
_CONTENT: Final = "CONSTRAINT statements_content_digest_length CHECK (length(content_digest) = 32)"
_MESSAGE: Final = "CONSTRAINT statements_message_digest_length CHECK (length(message_digest) = 32)"
_BOTH: Final = f"{_CONTENT}, \n\t{_MESSAGE}"
_FORGET: Final = (
    "UPDATE receipts SET content_digest = NULL WHERE content_digest = "
    "(SELECT content_digest FROM statements WHERE sequence = receipts.statement)"
)
_REPEAT: Final = (
    "UPDATE receipts SET content_digest = (SELECT content_digest FROM statements "
    "WHERE sequence = receipts.statement) WHERE content_digest IS NULL"
)
_DIGEST: Final = (
    "UPDATE statements SET message_digest = "
    "(SELECT digest FROM messages WHERE messages.sequence = statements.sequence)"
)


def upgrade() -> None:
    """Apply the step."""
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
        return
    _functions()
    _without_indexes()
    for table, column, _ in _COLUMNS:
        _rewrite(table, f"\t{column} TEXT", f"\t{column} BLOB")
    for table, column in _LENGTHS:
        _rewrite(table, f"length({column}) = 36", f"length({column}) = 16")
    _rewrite("receipts", "content_digest BLOB NOT NULL", "content_digest BLOB")
    _rewrite("statements", _BOTH, _CONTENT)
    for table, column, prefix in _COLUMNS:
        op.execute(f"UPDATE {table} SET {column} = octets_of({column}, '{prefix}')")
    op.drop_column("statements", "message_digest")
    op.execute(_FORGET)
    _with_indexes()


def downgrade() -> None:
    """Take the step back."""
    if op.get_bind().dialect.name == "postgresql":
        _downgrade_postgresql()
        return
    _functions()
    _without_indexes()
    op.execute(_REPEAT)
    op.add_column("statements", sa.Column("message_digest", sa.LargeBinary))
    op.execute(_DIGEST)
    for table, column, _ in _COLUMNS:
        _rewrite(table, f"\t{column} BLOB", f"\t{column} TEXT")
    for table, column in _LENGTHS:
        _rewrite(table, f"length({column}) = 16", f"length({column}) = 36")
    _rewrite("receipts", "content_digest BLOB", "content_digest BLOB NOT NULL")
    _rewrite("statements", "message_digest BLOB", "message_digest BLOB NOT NULL")
    _rewrite("statements", _CONTENT, _BOTH)
    for table, column, prefix in _COLUMNS:
        op.execute(f"UPDATE {table} SET {column} = text_of({column}, '{prefix}')")
    _with_indexes()


# SQLite: types and constraints are changed in place, rows one by one.


def _functions() -> None:
    """Teach the connection what the store does in Python."""
    driver: Any = op.get_bind().connection.driver_connection
    for name, convert in (("octets_of", octets_of), ("text_of", text_of)):
        driver.create_function(
            name,
            2,
            lambda value, prefix, convert=convert: (
                None if value is None else convert(value, prefix)
            ),
            deterministic=True,
        )


def _without_indexes() -> None:
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)


def _with_indexes() -> None:
    for name, table, columns, unique in _INDEXES:
        op.create_index(name, table, columns, unique=unique)


def _rewrite(table: str, before: str, since: str) -> None:
    """Change how a table is described, without copying it: as in step 0004."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = ? AND instr(sql, ?)",
        (before, since, table, before),
    ).rowcount
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")
    if changed != 1:
        raise RuntimeError(f"expected {before!r} in {table}, found it not")


# PostgreSQL: it changes types itself, and the indexes with them.


def _upgrade_postgresql() -> None:
    for table, column in _LENGTHS:
        op.drop_constraint(op.f(f"{table}_{column}_length"), table, type_="check")
    for table, column, prefix in _COLUMNS:
        # Octets behind seventeen zeros are a text that is no UUID.
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea USING CASE "
            f"WHEN {column} ~ '^{prefix}{_UUID}$' THEN "
            f"decode(replace(substr({column}, {len(prefix) + 1}), '-', ''), 'hex') "
            f"ELSE decode(repeat('00', 17), 'hex') || convert_to({column}, 'UTF8') END"
        )
    for table, column in _LENGTHS:
        op.create_check_constraint(
            op.f(f"{table}_{column}_length"), table, f"length({column}) = 16"
        )
    op.alter_column("receipts", "content_digest", nullable=True)
    op.drop_column("statements", "message_digest")
    op.execute(_FORGET)


def _downgrade_postgresql() -> None:
    op.execute(_REPEAT)
    op.add_column("statements", sa.Column("message_digest", sa.LargeBinary))
    op.execute(_DIGEST)
    op.alter_column("statements", "message_digest", nullable=False)
    op.create_check_constraint(
        op.f("statements_message_digest_length"), "statements", "length(message_digest) = 32"
    )
    op.alter_column("receipts", "content_digest", nullable=False)
    for table, column in _LENGTHS:
        op.drop_constraint(op.f(f"{table}_{column}_length"), table, type_="check")
    for table, column, prefix in _COLUMNS:
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN {column} TYPE text USING CASE "
            f"WHEN length({column}) = 16 THEN '{prefix}' || encode({column}, 'hex')::uuid::text "
            f"ELSE convert_from(substr({column}, 18), 'UTF8') END"
        )
    for table, column in _LENGTHS:
        op.create_check_constraint(
            op.f(f"{table}_{column}_length"), table, f"length({column}) = 36"
        )
