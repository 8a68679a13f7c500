"""The tables of what bodies declare, what recipients are told, and what was removed by order.

- `declarations` has the last word of a body about a scheme; the words before it are statements.
- A cause is closed when everybody who rests on it was told; an open one is told by whoever has
  claimed it, and by somebody else when the claim has run out.
- A notice is unique for its cause, addressee and part: nobody is told twice.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, text

from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.notice import Standing
from exchange.store.columns import Instant, Number, Octets, String, is_one_of
from exchange.store.tables import METADATA

DECLARATIONS: Final = Table(
    "declarations",
    METADATA,
    Column("issuer", String, primary_key=True),
    Column("scheme", String, primary_key=True),
    Column("disclosure", String, nullable=False),
    Column("coverage", String, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("certificates", Number),
    Column("statement", Number, ForeignKey("statements.sequence"), nullable=False),
    is_one_of("disclosure", Disclosure),
    is_one_of("coverage", Coverage),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_OPEN: Final = text("finished_at IS NULL")

CAUSES: Final = Table(
    "notice_causes",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("subject", String, nullable=False),
    # In JSON, see `exchange.core.grounds`.
    Column("cause", String, nullable=False),
    # Whose certificates rest on it.
    Column("body", String, nullable=False),
    Column("standing", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("action", Octets),
    # From which list it was read, and how many actions were counted.
    Column("list_sequence", Number, nullable=False),
    Column("actions", Number, nullable=False),
    Column("up_to", Number, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("claimed_until", Instant),
    Column("finished_at", Instant),
    Index("notice_causes_subject", "subject", "number"),
    Index("notice_causes_open", "number", sqlite_where=_OPEN, postgresql_where=_OPEN),
    is_one_of("standing", Standing),
    CheckConstraint("number > 0", name="number_counts"),
    sqlite_strict=True,
)

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("statement", Number, ForeignKey("statements.sequence"), primary_key=True),
    Column("cause", Number, ForeignKey("notice_causes.number"), nullable=False),
    Column("addressee", String, nullable=False),
    Column("part", Number, nullable=False),
    Column("parts", Number, nullable=False),
    Index("notices_cause_unique", "cause", "addressee", "part", unique=True),
    CheckConstraint("part > 0 AND part <= parts", name="part_counts"),
    sqlite_strict=True,
)

REMOVALS: Final = Table(
    "removals",
    METADATA,
    Column("statement", Number, ForeignKey("statements.sequence"), primary_key=True),
    Column("notice", Number, ForeignKey("statements.sequence"), nullable=False),
    # As the notice has it: court or authority, number and date.
    Column("by_order", String, nullable=False),
    Column("removed_at", Instant, nullable=False),
    sqlite_strict=True,
)
