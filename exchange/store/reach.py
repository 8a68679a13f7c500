"""Who has received a certificate, and is told what becomes of it: status notices by the road.

- A status change and a later revision go to everybody who received any statement about the
  certificate, beside their own addressees, in the same transaction. What an attestation replaces
  changes too, so those who received that are told as well.
- An authority that changes a status tells the body that issued the certificate.
- Whoever receives a certificate later than its changes gets these too, in the order in which they
  entered.
- In place of what was removed by order they get the notice that says so: no hole is left, and
  whoever was on the way to receive it when it was removed gets the notice too.
- Nobody gets the same statement twice, and what waits for its turn is told when its turn comes.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, and_, exists, select, union_all

from exchange.core.entry import DeliveryId, Entry, NewDelivery
from exchange.core.lifecycle import Mode
from exchange.core.model import BodyId, Kind
from exchange.store.batch import Batch, Sent
from exchange.store.deliveries import POSITIONS
from exchange.store.notice_tables import REMOVALS
from exchange.store.tables import DELIVERIES, HOLDS, STATEMENTS, HoldState

_NAMES: Final = uuid.UUID("5f1d0d5e-6a1c-4d0e-9d0e-8f3a54c1c0de")
"""The name space of deliveries that nobody asked for; with the digest of a receipt of this hub in
it, a name is known to nobody before."""

# A name of its own, so that it stands beside a question about all holds.
_IDLE: Final = HOLDS.alias("idle")
_IN_VAIN: Final = (
    exists()
    .where(
        and_(
            _IDLE.c.message == STATEMENTS.c.sequence,
            _IDLE.c.state.in_((HoldState.WAITING, HoldState.REFUSED)),
        )
    )
    .correlate(STATEMENTS)
)


def _about(keys: Collection[int]) -> Select[*tuple[int, ...]]:
    """Return the numbers of the statements about certificates that count, with the certificate."""
    return union_all(  # type: ignore[return-value]
        select(STATEMENTS.c.sequence.label("certificate"), STATEMENTS.c.sequence).where(
            STATEMENTS.c.sequence.in_(keys)
        ),
        select(STATEMENTS.c.subject.label("certificate"), STATEMENTS.c.sequence).where(
            STATEMENTS.c.subject.in_(keys),
            STATEMENTS.c.subject != STATEMENTS.c.sequence,
            ~_IN_VAIN,
        ),
    )


@dataclass(slots=True)
class Reach:
    """Who has received what, with what this transaction has handed out so far."""

    batch: Batch
    delivered: set[tuple[int, str]] = field(default_factory=set)
    """Statements and addressees, of those that are sent again."""
    received: dict[int, set[str]] = field(default_factory=dict)
    """By the number of a certificate."""

    def gather(self, connection: Connection, *, keys: set[int], repeated: set[int]) -> None:
        """Read who has received these certificates, and who has these statements."""
        if keys:
            about = _about(keys).subquery()
            rows = connection.execute(
                select(about.c.certificate, DELIVERIES.c.addressee)
                .join(DELIVERIES, DELIVERIES.c.statement == about.c.sequence)
                .distinct()
            )
            for row in rows:
                self.received.setdefault(row.certificate, set()).add(row.addressee)
        if repeated:
            rows = connection.execute(
                select(DELIVERIES.c.statement, DELIVERIES.c.addressee).where(
                    DELIVERIES.c.statement.in_(repeated)
                )
            )
            self.delivered.update((row.statement, row.addressee) for row in rows)

    def hand_out(
        self,
        sent: Sent,
        new: Sequence[NewDelivery],
        *,
        place: int,
        at: datetime,
        hold_until: datetime | None = None,
    ) -> None:
        """Add deliveries of a statement, and remember who gets it."""
        self.batch.add_deliveries(sent, new, place=place, at=at, hold_until=hold_until)
        self.delivered.update((sent.statement, one.addressee) for one in new)
        if sent.certificate is not None and hold_until is None:
            received = self.received.setdefault(sent.certificate, set())
            received.update(one.addressee for one in new)

    def told(
        self, sent: Sent, entry: Entry, certificates: Iterable[int], also: Iterable[str] = ()
    ) -> tuple[NewDelivery, ...]:
        """Return deliveries to everybody who received these certificates and has not this.

        Args:
            sent: What they are told.
            entry: By whose message; its receipt names the deliveries, its terms say who is pushed.
            certificates: The numbers of those that it changes.
            also: Others who have to know.
        """
        names = {name for key in certificates for name in self.received.get(key, ())} | set(also)
        return tuple(
            _delivery(sent, entry, name)
            for name in sorted(names)
            if (sent.statement, name) not in self.delivered
        )

    def removed(
        self, connection: Connection, sent: Sent, entry: Entry, statement: int, place: int
    ) -> None:
        """Hand out the notice of a removal to everybody else who was to receive what goes.

        Whoever asked for the notice looked before the transaction began; a delivery may have
        been added since.
        """
        held = connection.execute(
            select(DELIVERIES.c.addressee).where(DELIVERIES.c.statement == statement)
        ).scalars()
        names = set(held) | {name for which, name in self.delivered if which == statement}
        new = [
            _delivery(sent, entry, name)
            for name in sorted(names)
            if (sent.statement, name) not in self.delivered
        ]
        self.hand_out(sent, new, place=place, at=entry.message.received_at)

    def catch_up(
        self,
        connection: Connection,
        first: Sent,
        entry: Entry,
        late: Collection[str],
        place: int,
    ) -> int:
        """Hand out what has become of a certificate to those who receive it only now.

        Returns:
            How many deliveries that were.
        """
        if first.certificate is None or not late:
            return 0
        count = 0
        going = {row["statement"]: row["notice"] for row in self.batch.removals}
        for sent in _later(connection, first, going):
            missing = [n for n in sorted(late) if (sent.statement, n) not in self.delivered]
            known = _holders(connection, sent.statement, missing)
            new = [_delivery(sent, entry, name) for name in missing if name not in known]
            self.hand_out(sent, new, place=place + count, at=entry.message.received_at)
            count += len(new)
        return count


def _holders(connection: Connection, statement: int, names: Sequence[str]) -> set[str]:
    """Return who of these has a delivery of the statement already."""
    found = connection.execute(
        select(DELIVERIES.c.addressee).where(
            DELIVERIES.c.statement == statement, DELIVERIES.c.addressee.in_(names)
        )
    ).scalars()
    return set(found)


def _later(connection: Connection, first: Sent, going: Mapping[int, int]) -> Iterable[Sent]:
    """Yield the statements about a certificate behind one, in the order in which they entered.

    Args:
        connection: Inside the transaction.
        first: The one.
        going: What this transaction removes, with the notices.
    """
    rows = connection.execute(
        select(
            STATEMENTS.c.sequence,
            STATEMENTS.c.kind,
            STATEMENTS.c.scheme,
            HOLDS.c.place,
            REMOVALS.c.notice,
        )
        .outerjoin(HOLDS, HOLDS.c.message == STATEMENTS.c.sequence)
        .outerjoin(REMOVALS, REMOVALS.c.statement == STATEMENTS.c.sequence)
        .where(
            STATEMENTS.c.subject == first.certificate,
            STATEMENTS.c.subject != STATEMENTS.c.sequence,
            STATEMENTS.c.sequence > first.statement,
            ~_IN_VAIN,
        )
    ).all()
    for row in sorted(rows, key=lambda row: row.place or row.sequence * POSITIONS):
        notice = going.get(row.sequence, row.notice)
        entered = row.sequence if notice is None else notice
        yield Sent(
            statement=entered,
            message=entered,
            kind=row.kind if notice is None else Kind.NOTICE.value,
            scheme=row.scheme if notice is None else None,
            order_key=first.order_key,
            certificate=first.certificate,
        )


def _delivery(sent: Sent, entry: Entry, name: str) -> NewDelivery:
    deadline = entry.pushed.get(BodyId(name))
    named = f"{entry.receipt.digest.hex()}/{sent.statement}/{name}"
    return NewDelivery(
        delivery_id=DeliveryId(str(uuid.uuid5(_NAMES, named))),
        addressee=BodyId(name),
        mode=Mode.PULL if deadline is None else Mode.PUSH,
        next_at=entry.message.received_at,
        deadline=deadline,
    )


def order_key(issuer: str, attestation_id: str) -> str:
    """Return the key under which everything about a certificate keeps its order."""
    return f"{issuer}/{attestation_id}"
