"""The search of the register: its index, and how far older statements have been put into it.

What is there already is put into it in the background, in steps that are continued after a stop:
a register of a million certificates would keep a hub from starting for an hour.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import Number
from exchange.store.search_tables import MAKE, WORDS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    for clause in MAKE[op.get_bind().dialect.name]:
        op.execute(clause)
    op.create_table(
        "search_progress",
        sa.Column("id", Number, autoincrement=False, nullable=False),
        sa.Column("edition", Number, nullable=False),
        sa.Column("next", Number, nullable=False),
        sa.Column("until", Number, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("search_progress_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("search_progress_key")),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO search_progress (id, edition, next, until) "
        "SELECT 1, 1, 0, coalesce(max(sequence) + 1, 0) FROM statements"
    )


def downgrade() -> None:
    """Take the step back; everything in it can be made again."""
    op.drop_table("search_progress")
    op.execute(f"DROP TABLE {WORDS}")
