"""The administration of trust: actions, published lists, and what they entail."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import Instant, Number, Octets, String

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BEFORE: Final = "'attestation', 'status-change', 'receipt', 'trust-list'"
_SINCE: Final = f"{_BEFORE}, 'action'"


def upgrade() -> None:
    """Apply the step."""
    _change_kinds(_BEFORE, _SINCE)
    op.create_table(
        "actions",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("statement", Number, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("actions_number_counts")),
        sa.CheckConstraint("length(digest) = 32", name=op.f("actions_digest_length")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("actions_statement_exists")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("actions_key")),
        sqlite_strict=True,
    )
    op.create_index("actions_statement_unique", "actions", ["statement"], unique=True)
    op.create_table(
        "published_lists",
        sa.Column("type", String, nullable=False),
        sa.Column("territory", String, nullable=False),
        sa.Column("sequence", Number, autoincrement=False, nullable=False),
        sa.Column("actions", Number, nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("next_update", Instant, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("published_lists_sequence_counts")),
        sa.CheckConstraint(
            "type IN ('urn:mrhub:trust:list-type:economy', "
            "'urn:mrhub:trust:list-type:list-of-lists', "
            "'urn:mrhub:trust:list-type:delegation')",
            name=op.f("published_lists_type_known"),
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["blobs.digest"], name=op.f("published_lists_digest_exists")
        ),
        sa.PrimaryKeyConstraint("type", "territory", "sequence", name=op.f("published_lists_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "list_fetches",
        sa.Column("partner", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("sequence", Number, nullable=False),
        sa.Column("keys", Number, nullable=False),
        sa.Column("fetched_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("partner", "name", name=op.f("list_fetches_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refused_under_suspension",
        sa.Column("message", Number, nullable=False),
        sa.Column("body", String, nullable=False),
        sa.Column("key", Octets, nullable=True),
        sa.Column("code", String, nullable=False),
        sa.Column("told_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.sequence"], name=op.f("refused_under_suspension_message_exists")
        ),
        sa.PrimaryKeyConstraint("message", name=op.f("refused_under_suspension_key")),
        sqlite_strict=True,
    )
    op.create_index(
        "refused_under_suspension_body", "refused_under_suspension", ["body"], unique=False
    )
    op.create_table(
        "revocation_data",
        sa.Column("url", String, nullable=False),
        sa.Column("body", Octets, nullable=False),
        sa.Column("fetched_at", Instant, nullable=False),
        sa.Column("next_update", Instant, nullable=True),
        sa.PrimaryKeyConstraint("url", name=op.f("revocation_data_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "warnings_sent",
        sa.Column("subject", String, nullable=False),
        sa.Column("days", Number, autoincrement=False, nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("subject", "days", name=op.f("warnings_sent_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE revocation_data ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Take the step back, unless an action has been committed: history is never dropped."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM actions")).scalar_one():
        raise RuntimeError("expected a database without actions, found some")
    for table in (
        "warnings_sent",
        "revocation_data",
        "refused_under_suspension",
        "list_fetches",
        "published_lists",
        "actions",
    ):
        op.drop_table(table)
    _change_kinds(_SINCE, _BEFORE)


def _change_kinds(before: str, since: str) -> None:
    """Let the statements be of other kinds, without copying a table that may be large."""
    if op.get_bind().dialect.name == "postgresql":
        name = op.f("statements_kind_known")
        op.drop_constraint(name, "statements", type_="check")
        op.create_check_constraint(name, "statements", f"kind IN ({since})")
        return
    # SQLite cannot alter a constraint. A change that leaves the rows as they are may be made in
    # the schema's text (https://sqlite.org/lang_altertable.html, section 7, the simpler steps).
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) "
        "WHERE type = 'table' AND name = 'statements' AND instr(sql, ?)",
        (f"kind IN ({before})", f"kind IN ({since})", f"kind IN ({before})"),
    ).rowcount
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")
    if changed != 1:
        raise RuntimeError("expected the constraint on the kinds of statements, found another")
