"""Following what earlier recipients were told: notices, status changes, later revisions.

- Whose certificates a delivery is about follows from what it tells: the body of a cause, the issuer
  of what was removed, the issuer of the certificate that changes.
- Late is what was not acknowledged, whether the hub still tries or has given up: a partner that
  was away for days is late, and not forgotten because the tries have ended. What was removed by
  order, or never entered, is nobody's to acknowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, literal, or_, select, text

from exchange.core.entry import DeliveryId
from exchange.core.entry import Sequence as Position
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.core.notices import Tracked
from exchange.store import dead_letters
from exchange.store.engine import Record
from exchange.store.notice_tables import CAUSES, NOTICES, REMOVALS
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.tables import DELIVERIES, FINAL_STATES, REGISTER, STATEMENTS


class TrackingStore:
    """The part of the store that follows what was told."""

    _database: SQLite | PostgreSQL

    async def tracked(
        self,
        *,
        issuer: BodyId | None = None,
        late_since: datetime | None = None,
        after: int = -1,
        limit: int = 100,
    ) -> tuple[Tracked, ...]:
        """Return deliveries that tell earlier recipients of a change, in pages, oldest first.

        Args:
            issuer: Only what is about certificates of this body; `None` asks for all.
            late_since: Only those that are not acknowledged and were made at this instant or
                before.
            after: The `position` of the last one of the page before.
            limit: How many at most.
        """
        return await self._database.read(lambda c: _tracked(c, issuer, late_since, after, limit))

    async def count_late(self, *, at: datetime) -> int:
        """Return how many tracked deliveries made at this instant or before are unanswered."""
        return await self._database.read(lambda c: _count_late(c, at))


_CERTIFICATE: Final = REGISTER.alias("certificate")
_REMOVED: Final = STATEMENTS.alias("removed")
_OF_REMOVED: Final = REGISTER.alias("of_removed")
_ABOUT: Final = func.coalesce(
    CAUSES.c.body,
    # A status change may be an authority's, and the certificate is not.
    _OF_REMOVED.c.issuer,
    _REMOVED.c.issuer,
    _CERTIFICATE.c.issuer,
    STATEMENTS.c.issuer,
)
_CHANGES: Final = or_(
    DELIVERIES.c.kind.in_((Kind.NOTICE.value, Kind.STATUS_CHANGE.value)),
    and_(
        DELIVERIES.c.kind == Kind.ATTESTATION.value, STATEMENTS.c.subject != STATEMENTS.c.sequence
    ),
)
_TRACKED: Final = (
    select(
        DELIVERIES.c.delivery_id,
        DELIVERIES.c.position,
        DELIVERIES.c.message,
        STATEMENTS.c.content_digest,
        STATEMENTS.c.kind,
        STATEMENTS.c.issuer,
        _ABOUT.label("about"),
        STATEMENTS.c.scheme,
        DELIVERIES.c.addressee,
        DELIVERIES.c.mode,
        DELIVERIES.c.state,
        DELIVERIES.c.created_at,
        DELIVERIES.c.changed_at,
        DELIVERIES.c.last_code,
        NOTICES.c.cause,
    )
    .join(STATEMENTS, STATEMENTS.c.sequence == DELIVERIES.c.statement)
    .outerjoin(NOTICES, NOTICES.c.statement == STATEMENTS.c.sequence)
    .outerjoin(CAUSES, CAUSES.c.number == NOTICES.c.cause)
    .outerjoin(_CERTIFICATE, _CERTIFICATE.c.first == STATEMENTS.c.subject)
    .outerjoin(REMOVALS, REMOVALS.c.notice == STATEMENTS.c.sequence)
    .outerjoin(_REMOVED, _REMOVED.c.sequence == REMOVALS.c.statement)
    .outerjoin(_OF_REMOVED, _OF_REMOVED.c.first == _REMOVED.c.subject)
    .where(_CHANGES)
)
_UNANSWERED: Final = and_(
    # In the words of the partial indexes.
    text(f"deliveries.state NOT IN ({FINAL_STATES})"),
    # What is held has not begun its way.
    DELIVERIES.c.state != Delivery.HELD,
)
_GIVEN_UP: Final = and_(
    text(f"deliveries.state = '{Delivery.ABANDONED}'"), dead_letters.MAY_BE_SENT_AGAIN
)


def _late(at: datetime) -> Iterator[Select[*tuple[Any, ...]]]:
    """Yield what was made at an instant or before and is not acknowledged.

    Two questions, since what is open and what was given up are found by an index of their own.
    """
    for unanswered in (_UNANSWERED, _GIVEN_UP):
        yield _TRACKED.where(unanswered, DELIVERIES.c.created_at <= at)


def _tracked(
    connection: Connection,
    issuer: BodyId | None,
    late_since: datetime | None,
    after: int,
    limit: int,
) -> tuple[Tracked, ...]:
    found: list[Tracked] = []
    for query in (_TRACKED,) if late_since is None else _late(late_since):
        behind = query.where(DELIVERIES.c.position > after)
        if issuer is not None:
            behind = behind.where(literal(issuer) == _ABOUT)
        rows = connection.execute(behind.order_by(DELIVERIES.c.position).limit(limit))
        found += map(_follow, rows)
    return tuple(sorted(found, key=lambda one: one.position)[:limit])


def _count_late(connection: Connection, at: datetime) -> int:
    return sum(
        int(connection.execute(select(func.count()).select_from(one.subquery())).scalar_one())
        for one in _late(at)
    )


def _follow(row: Record) -> Tracked:
    return Tracked(
        delivery_id=DeliveryId(row.delivery_id),
        position=row.position,
        message=Position(row.message),
        content_digest=ContentDigest(row.content_digest),
        kind=Kind(row.kind),
        issuer=BodyId(row.issuer),
        about=BodyId(row.about),
        scheme=row.scheme,
        addressee=BodyId(row.addressee),
        mode=Mode(row.mode),
        state=Delivery(row.state),
        created_at=row.created_at,
        changed_at=row.changed_at,
        last_code=row.last_code,
        cause=row.cause,
    )
