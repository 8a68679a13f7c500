"""The register notes of what a scope consists (STC-07)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from exchange.store.columns import String

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("register", sa.Column("parts", String, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("register", "parts")
