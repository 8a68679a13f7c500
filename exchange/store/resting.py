"""Who rests on a cause: which certificates, and who was handed anything about them.

- It follows from statements and deliveries alone, up to the size that the ledger had then, so
  that every process finds the same recipients in the same order. What counts is when something was
  handed out: what waits for its turn was not.
- A cause that says again how it stands is about those who came *late*: who was handed something
  after it was written down last, and nothing before. Whoever examined a document, or sent it on,
  could not know better; its recipients are told all the same, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    func,
    insert,
    or_,
    select,
    union_all,
)

from exchange.core.document.notice import AccreditationCause, BodyCause, KeyCause, Standing
from exchange.core.lifecycle import Delivery
from exchange.core.model import BodyId
from exchange.core.notices import StoredCause
from exchange.store import causes, ledger
from exchange.store.deliveries import POSITIONS
from exchange.store.notice_tables import CAUSES
from exchange.store.notify import notify
from exchange.store.tables import DELIVERIES, MESSAGES, REGISTER, SIGNERS, STATEMENTS

_LAST: Final = select(func.max(CAUSES.c.number)).group_by(CAUSES.c.subject)
_COPIED: Final = ("subject", "cause", "body", "standing", "since", "action")


def pairs(
    cause: StoredCause, addressee: BodyId | None = None, *, since: int | None = None
) -> Subquery:
    """Return which certificates that rest on a cause somebody was handed anything about.

    Args:
        cause: Of one that says something again, only the pairs that are new since.
        addressee: Only its own.
        since: Only certificates about which something was brought since this position.
    """
    rests = _rests(cause)
    since = cause.told_up_to if since is None else since
    if since:
        rests = and_(rests, REGISTER.c.first.in_(_touched(since)))
    resting = select(REGISTER.c.first).where(rests).cte("resting")
    # What is held may never be handed out, and has its place only then.
    chosen = [
        DELIVERIES.c.position < cause.up_to * POSITIONS,
        DELIVERIES.c.state != Delivery.HELD,
    ]
    if addressee is not None:
        chosen.append(DELIVERIES.c.addressee == addressee)
    pair: Select[Any] = select(
        resting.c.first, DELIVERIES.c.addressee, DELIVERIES.c.position
    ).select_from(resting)
    # Two questions, since the first statement of a certificate and the later ones are found by
    # an index of their own.
    found = union_all(
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
    ).subquery("handed")
    each = select(found.c.first, found.c.addressee).group_by(found.c.first, found.c.addressee)
    if cause.told_up_to:
        late: ColumnElement[bool] = func.min(found.c.position) >= cause.told_up_to * POSITIONS
        if isinstance(cause.cause, KeyCause):
            # What the key has signed only now rests on it only now, whoever had it before.
            late = or_(late, found.c.first.not_in(_signed(cause.cause, cause.told_up_to)))
        each = each.having(late)
    return each.subquery("pairs")


def note_late(connection: Connection, after: int, at: datetime) -> tuple[int, int]:
    """Write down anew what stands and was not told to those who came late.

    Args:
        connection: Inside a transaction that may write.
        after: Everything before this position of the ledger was looked at.
        at: Now.

    Returns:
        How many causes were written down, and what is looked at now.
    """
    up_to = ledger.lock(connection).size
    late = list(_late(connection, after, up_to))
    last = connection.execute(select(func.max(CAUSES.c.number))).scalar_one() or 0
    if late:
        connection.execute(
            insert(CAUSES),
            [
                {
                    **row,
                    "number": last + place,
                    "up_to": up_to,
                    "noted_at": at,
                    "claimed_until": None,
                    "finished_at": None,
                }
                for place, row in enumerate(late, 1)
            ],
        )
        notify(connection, (causes.BELL,))
    return len(late), up_to


def look_for_late(connection: Connection, after: int) -> tuple[bool, int]:
    """Return whether anybody came late since a position of the ledger, and what is looked at."""
    size = ledger.size(connection)
    found = size > after and next(_late(connection, after, size), None) is not None
    return found, size


def _late(connection: Connection, after: int, size: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of causes that stand and were not told to somebody who came late."""
    rows = connection.execute(
        select(CAUSES).where(CAUSES.c.number.in_(_LAST), CAUSES.c.standing != Standing.LIFTED)
    ).all()
    for row in rows:
        if size <= row.up_to:
            continue
        again = replace(causes.stored(row), told_up_to=row.up_to, up_to=size)
        found = pairs(again, since=max(after, row.up_to))
        if connection.execute(select(found.c.first).limit(1)).first() is not None:
            kept = row._mapping
            yield {name: kept[name] for name in (*_COPIED, "list_sequence", "actions")}


def _touched(after: int) -> Select[Any]:
    """Return the certificates about which anything was brought since a position of the ledger."""
    return (
        select(STATEMENTS.c.subject)
        .join(MESSAGES, MESSAGES.c.statement == STATEMENTS.c.sequence)
        .where(MESSAGES.c.sequence >= after, STATEMENTS.c.subject.is_not(None))
    )


def _signed(what: KeyCause, before: int) -> Select[Any]:
    signers = select(SIGNERS.c.id).where(SIGNERS.c.fingerprint == what.fingerprint)
    signed = STATEMENTS.alias("signed")
    return select(signed.c.subject).where(
        signed.c.signer.in_(signers), signed.c.sequence < before, signed.c.subject.is_not(None)
    )


def _rests(cause: StoredCause) -> ColumnElement[bool]:
    """Return the condition that a certificate of the register rests on a cause."""
    what = cause.cause
    match what:
        case KeyCause():
            return REGISTER.c.first.in_(_signed(what, cause.up_to))
        case BodyCause():
            return REGISTER.c.issuer == what.body
        case AccreditationCause():
            return and_(
                REGISTER.c.issuer == what.body, REGISTER.c.scheme.in_(sorted(cause.schemes))
            )
