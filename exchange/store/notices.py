"""Notices in the database: causes, who rests on them, whom they were told, and what came of it.

- A cause is written down once, whoever notices it: the ledger's lock is held meanwhile.
- Who rests on a cause follows from statements and deliveries alone, up to the size that the
  ledger had then, so that every process finds the same recipients in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union,
    update,
)

from exchange.core.document.notice import AccreditationCause, BodyCause, KeyCause, Standing
from exchange.core.entry import DeliveryId, Told
from exchange.core.entry import Sequence as Position
from exchange.core.grounds import Ground, Known, changes, read_ground, write_ground
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.core.notices import Recipient, Resting, StoredCause, Tracked
from exchange.store import ledger
from exchange.store.bell import Bell
from exchange.store.engine import Record
from exchange.store.notice_tables import CAUSES, NOTICES
from exchange.store.notify import notify
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.tables import DELIVERIES, FINAL_STATES, REGISTER, SIGNERS, STATEMENTS

BELL: Final = "/causes"
"""The name under which those are woken who tell recipients; no body is called so."""

_CAUSE: Final = select(
    CAUSES.c.number,
    CAUSES.c.cause,
    CAUSES.c.standing,
    CAUSES.c.since,
    CAUSES.c.action,
    CAUSES.c.up_to,
    CAUSES.c.noted_at,
)
_LAST: Final = (
    select(func.max(CAUSES.c.number).label("number")).group_by(CAUSES.c.subject).subquery()
)


class NoticeStore:
    """The part of the store that is about notices."""

    _database: SQLite | PostgreSQL
    _bell: Bell

    async def known_grounds(self) -> dict[str, Known]:
        """Return the standing that was written down last about each subject."""
        return await self._database.read(_standings)

    async def note_causes(self, found: Sequence[Ground], *, at: datetime) -> int:
        """Write down what stands otherwise than was written down last.

        Args:
            found: How it stands, of what may have changed.
            at: Now.

        Returns:
            How many causes are new: of several processes one writes each of them.
        """
        noted = await self._database.write(lambda c: _note(c, found, at))
        if noted:
            self._bell.ring((BELL,))
        return noted

    async def claim_cause(self, *, at: datetime, until: datetime) -> StoredCause | None:
        """Return the first cause that is not told to everybody; nobody else gets it before then."""
        # To look costs no turn of the writer, and there is hardly ever one.
        if not await self._database.read(_is_open):
            return None
        return await self._database.write(lambda c: _claim(c, at, until))

    async def finish_cause(self, number: int, *, at: datetime) -> None:
        """Remember that everybody who rests on a cause was told."""
        await self._database.write(
            lambda c: c.execute(
                update(CAUSES)
                .where(CAUSES.c.number == number, CAUSES.c.finished_at.is_(None))
                .values(finished_at=at, claimed_until=None)
            )
        )

    async def recipients(self, cause: StoredCause) -> tuple[Recipient, ...]:
        """Return everybody who received something about a certificate that rests on a cause."""
        return await self._database.read(lambda c: _recipients(c, cause))

    async def resting(
        self, cause: StoredCause, addressee: BodyId, *, after: int = -1, limit: int
    ) -> tuple[Resting, ...]:
        """Return certificates that rest on a cause and that one recipient received, in pages."""
        return await self._database.read(lambda c: _resting(c, cause, addressee, after, limit))

    async def told(self, cause: int) -> frozenset[tuple[BodyId, int]]:
        """Return whom a cause was told, and which parts."""
        return await self._database.read(
            lambda c: frozenset(
                (BodyId(row.addressee), int(row.part))
                for row in c.execute(
                    select(NOTICES.c.addressee, NOTICES.c.part).where(NOTICES.c.cause == cause)
                )
            )
        )

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
            late_since: Only those that are open and were made at this instant or before.
            after: The `position` of the last one of the page before.
            limit: How many at most.
        """
        return await self._database.read(lambda c: _tracked(c, issuer, late_since, after, limit))

    async def count_late(self, *, at: datetime) -> int:
        """Return how many tracked deliveries made at this instant or before are open."""
        return await self._database.read(lambda c: _count_late(c, at))


def told_row(told: Told, statement: int) -> dict[str, Any]:
    """Return the row of a notice of this hub."""
    return {
        "statement": statement,
        "cause": told.cause,
        "addressee": told.addressee,
        "part": told.part,
        "parts": told.parts,
    }


def _standings(connection: Connection) -> dict[str, Known]:
    rows = connection.execute(
        select(CAUSES.c.subject, CAUSES.c.standing, CAUSES.c.list_sequence, CAUSES.c.actions).join(
            _LAST, _LAST.c.number == CAUSES.c.number
        )
    )
    return {
        row.subject: Known(
            standing=Standing(row.standing), sequence=row.list_sequence, actions=row.actions
        )
        for row in rows
    }


def _note(connection: Connection, found: Iterable[Ground], at: datetime) -> int:
    up_to = ledger.lock(connection).size
    new = list(changes(found, _standings(connection)))
    if not new:
        return 0
    last = connection.execute(select(func.max(CAUSES.c.number))).scalar_one() or 0
    connection.execute(
        insert(CAUSES),
        [
            {
                "number": last + place,
                "subject": ground.subject,
                "cause": write_ground(ground.cause, ground.schemes),
                "body": ground.cause.body,
                "standing": (ground.standing or Standing.LIFTED).value,
                "since": ground.since,
                "action": ground.action,
                "list_sequence": ground.sequence,
                "actions": ground.actions,
                "up_to": up_to,
                "noted_at": at,
                "claimed_until": None,
                "finished_at": None,
            }
            for place, ground in enumerate(new, 1)
        ],
    )
    notify(connection, (BELL,))
    return len(new)


def _is_open(connection: Connection) -> bool:
    found = select(CAUSES.c.number).where(CAUSES.c.finished_at.is_(None)).limit(1)
    return connection.execute(found).one_or_none() is not None


def _claim(connection: Connection, at: datetime, until: datetime) -> StoredCause | None:
    free = or_(CAUSES.c.claimed_until.is_(None), CAUSES.c.claimed_until <= at)
    number = connection.execute(
        select(CAUSES.c.number)
        .where(CAUSES.c.finished_at.is_(None), free)
        .order_by(CAUSES.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if number is None:
        return None
    connection.execute(update(CAUSES).where(CAUSES.c.number == number).values(claimed_until=until))
    row = connection.execute(_CAUSE.where(CAUSES.c.number == number)).one()
    cause, schemes = read_ground(row.cause)
    return StoredCause(
        number=row.number,
        cause=cause,
        schemes=schemes,
        standing=Standing(row.standing),
        since=row.since,
        action=None if row.action is None else ContentDigest(row.action),
        up_to=row.up_to,
        noted_at=row.noted_at,
    )


def _rests(cause: StoredCause) -> ColumnElement[bool]:
    """Return the condition that a certificate of the register rests on a cause."""
    what = cause.cause
    match what:
        case KeyCause():
            signers = select(SIGNERS.c.id).where(SIGNERS.c.fingerprint == what.fingerprint)
            signed = STATEMENTS.alias("signed")
            return REGISTER.c.first.in_(
                select(signed.c.subject).where(
                    signed.c.signer.in_(signers), signed.c.sequence < cause.up_to
                )
            )
        case BodyCause():
            return REGISTER.c.issuer == what.body
        case AccreditationCause():
            return and_(
                REGISTER.c.issuer == what.body, REGISTER.c.scheme.in_(sorted(cause.schemes))
            )


def _pairs(cause: StoredCause, addressee: BodyId | None = None) -> Subquery:
    """Return which certificates that rest on a cause somebody has received anything about."""
    resting = select(REGISTER.c.first).where(_rests(cause)).cte("resting")
    chosen = [DELIVERIES.c.message < cause.up_to]
    if addressee is not None:
        chosen.append(DELIVERIES.c.addressee == addressee)
    pair = select(resting.c.first, DELIVERIES.c.addressee).select_from(resting)
    # Two questions, since the first statement of a certificate and the later ones are found by
    # an index of their own.
    return union(
        pair.join(DELIVERIES, DELIVERIES.c.statement == resting.c.first).where(*chosen),
        pair.join(
            STATEMENTS,
            and_(
                STATEMENTS.c.subject == resting.c.first,
                STATEMENTS.c.subject != STATEMENTS.c.sequence,
            ),
        )
        .join(DELIVERIES, DELIVERIES.c.statement == STATEMENTS.c.sequence)
        .where(*chosen),
    ).subquery("pairs")


def _recipients(connection: Connection, cause: StoredCause) -> tuple[Recipient, ...]:
    pairs = _pairs(cause)
    rows = connection.execute(
        select(pairs.c.addressee, func.count().label("certificates"))
        .group_by(pairs.c.addressee)
        .order_by(pairs.c.addressee)
    )
    return tuple(
        Recipient(addressee=BodyId(row.addressee), certificates=row.certificates) for row in rows
    )


def _resting(
    connection: Connection, cause: StoredCause, addressee: BodyId, after: int, limit: int
) -> tuple[Resting, ...]:
    pairs = _pairs(cause, addressee)
    page = (
        select(pairs.c.first)
        .where(pairs.c.first > after)
        .order_by(pairs.c.first)
        .limit(limit)
        .subquery("page")
    )
    rows = connection.execute(
        select(
            REGISTER.c.first,
            REGISTER.c.attestation_id,
            REGISTER.c.certificate_number,
            REGISTER.c.issuer,
            REGISTER.c.scheme,
            STATEMENTS.c.content_digest,
        )
        .join(page, page.c.first == REGISTER.c.first)
        .join(STATEMENTS, STATEMENTS.c.sequence == REGISTER.c.statement)
        .order_by(REGISTER.c.first)
    )
    return tuple(
        Resting(
            key=row.first,
            attestation_id=row.attestation_id,
            certificate_number=row.certificate_number,
            issuer=BodyId(row.issuer),
            scheme=row.scheme,
            content_digest=ContentDigest(row.content_digest),
        )
        for row in rows
    )


# Following what was told.

_CERTIFICATE: Final = REGISTER.alias("certificate")
_ABOUT: Final = func.coalesce(CAUSES.c.body, _CERTIFICATE.c.issuer, STATEMENTS.c.issuer)
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
    .where(_CHANGES)
)
_UNANSWERED: Final = and_(
    # In the words of the partial indexes.
    text(f"deliveries.state NOT IN ({FINAL_STATES})"),
    # What is held has not begun its way.
    DELIVERIES.c.state != Delivery.HELD,
)


def _tracked(
    connection: Connection,
    issuer: BodyId | None,
    late_since: datetime | None,
    after: int,
    limit: int,
) -> tuple[Tracked, ...]:
    query = _TRACKED.where(DELIVERIES.c.position > after)
    if issuer is not None:
        query = query.where(literal(issuer) == _ABOUT)
    if late_since is not None:
        query = query.where(_UNANSWERED, DELIVERIES.c.created_at <= late_since)
    rows = connection.execute(query.order_by(DELIVERIES.c.position).limit(limit))
    return tuple(map(_follow, rows))


def _count_late(connection: Connection, at: datetime) -> int:
    late = _TRACKED.where(_UNANSWERED, DELIVERIES.c.created_at <= at).subquery()
    return int(connection.execute(select(func.count()).select_from(late)).scalar_one())


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
