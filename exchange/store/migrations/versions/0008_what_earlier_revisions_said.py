"""What earlier revisions said is found as well: the index of the search is made again.

It is empty after the step and filled in the background, as it was when it was introduced.
"""

from __future__ import annotations

from alembic import op

from exchange.store.search_tables import MAKE, WORDS

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    _make_again(2)


def downgrade() -> None:
    """Take the step back; an index of the edition before is made again as well."""
    _make_again(1)


def _make_again(edition: int) -> None:
    op.execute(f"DROP TABLE {WORDS}")
    for clause in MAKE[op.get_bind().dialect.name]:
        op.execute(clause)
    op.execute(
        f"UPDATE search_progress SET edition = {edition}, next = 0, "  # noqa: S608  a number
        "until = (SELECT coalesce(max(sequence) + 1, 0) FROM statements)"
    )
