"""What bodies declare, what recipients are told, what was removed by order."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import Instant, Number, Octets, String

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES: Final = ("removals", "notices", "notice_causes", "declarations")
_OPEN: Final = sa.text("finished_at IS NULL")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "declarations",
        sa.Column("issuer", String, nullable=False),
        sa.Column("scheme", String, nullable=False),
        sa.Column("disclosure", String, nullable=False),
        sa.Column("coverage", String, nullable=False),
        sa.Column("as_of", Instant, nullable=False),
        sa.Column("certificates", Number, nullable=True),
        sa.Column("statement", Number, nullable=False),
        sa.CheckConstraint(
            "disclosure IN ('public', 'number', 'token')",
            name=op.f("declarations_disclosure_known"),
        ),
        sa.CheckConstraint(
            "coverage IN ('all', 'some', 'none')", name=op.f("declarations_coverage_known")
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("declarations_statement_exists")
        ),
        sa.PrimaryKeyConstraint("issuer", "scheme", name=op.f("declarations_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice_causes",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("subject", String, nullable=False),
        sa.Column("cause", String, nullable=False),
        sa.Column("body", String, nullable=False),
        sa.Column("standing", String, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("action", Octets, nullable=True),
        sa.Column("list_sequence", Number, nullable=False),
        sa.Column("actions", Number, nullable=False),
        sa.Column("up_to", Number, nullable=False),
        sa.Column("noted_at", Instant, nullable=False),
        sa.Column("claimed_until", Instant, nullable=True),
        sa.Column("finished_at", Instant, nullable=True),
        sa.CheckConstraint(
            "standing IN ('suspended', 'revoked', 'withdrawn', 'lifted', 'removed', 'late')",
            name=op.f("notice_causes_standing_known"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("notice_causes_number_counts")),
        sa.PrimaryKeyConstraint("number", name=op.f("notice_causes_key")),
        sqlite_strict=True,
    )
    op.create_index("notice_causes_subject", "notice_causes", ["subject", "number"])
    op.create_index(
        "notice_causes_open",
        "notice_causes",
        ["number"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "notices",
        sa.Column("statement", Number, nullable=False),
        sa.Column("cause", Number, nullable=False),
        sa.Column("addressee", String, nullable=False),
        sa.Column("part", Number, nullable=False),
        sa.Column("parts", Number, nullable=False),
        sa.CheckConstraint("part > 0 AND part <= parts", name=op.f("notices_part_counts")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("notices_statement_exists")
        ),
        sa.ForeignKeyConstraint(
            ["cause"], ["notice_causes.number"], name=op.f("notices_cause_exists")
        ),
        sa.PrimaryKeyConstraint("statement", name=op.f("notices_key")),
        sqlite_strict=True,
    )
    op.create_index("notices_cause_unique", "notices", ["cause", "addressee", "part"], unique=True)
    op.create_table(
        "removals",
        sa.Column("statement", Number, nullable=False),
        sa.Column("notice", Number, nullable=False),
        sa.Column("by_order", String, nullable=False),
        sa.Column("removed_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.sequence"], name=op.f("removals_statement_exists")
        ),
        sa.ForeignKeyConstraint(
            ["notice"], ["statements.sequence"], name=op.f("removals_notice_exists")
        ),
        sa.PrimaryKeyConstraint("statement", name=op.f("removals_key")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take the step back, unless something was said: history is never dropped."""
    for table in _TABLES:
        # The names are those above.
        question = sa.text(f"SELECT count(*) FROM {table}")  # noqa: S608
        if op.get_bind().execute(question).scalar_one():
            raise RuntimeError(f"expected a database without {table}, found some")
    for table in _TABLES:
        op.drop_table(table)
