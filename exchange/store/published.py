"""Published lists, who holds which of them, fetched revocation data, and warnings given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, Insert, Table, and_, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from exchange.core.model import BodyId, Economy
from exchange.core.trust_records import Fetch, PublishedList, RevocationData
from exchange.core.trust_values import ListType
from exchange.store import ledger
from exchange.store.compression import Codec, Subject
from exchange.store.engine import Record
from exchange.store.statements import Unpack
from exchange.store.tables import BLOBS
from exchange.store.trust_tables import (
    LIST_FETCHES,
    PUBLISHED_LISTS,
    REVOCATION_DATA,
    WARNINGS_SENT,
)

_LIST: Final = select(
    PUBLISHED_LISTS.c.type,
    PUBLISHED_LISTS.c.territory,
    PUBLISHED_LISTS.c.sequence,
    PUBLISHED_LISTS.c.actions,
    PUBLISHED_LISTS.c.issued_at,
    PUBLISHED_LISTS.c.next_update,
    BLOBS.c.body,
).join(BLOBS, BLOBS.c.digest == PUBLISHED_LISTS.c.digest)

_NEWEST: Final = (
    select(
        PUBLISHED_LISTS.c.type,
        PUBLISHED_LISTS.c.territory,
        func.max(PUBLISHED_LISTS.c.sequence).label("sequence"),
    )
    .group_by(PUBLISHED_LISTS.c.type, PUBLISHED_LISTS.c.territory)
    .subquery("newest")
)


def _list(row: Record, unpack: Unpack) -> PublishedList:
    return PublishedList(
        type=ListType(row.type),
        territory=Economy(row.territory),
        sequence=row.sequence,
        issued_at=row.issued_at,
        next_update=row.next_update,
        actions=row.actions,
        data=unpack(row.body),
    )


def newest(connection: Connection, unpack: Unpack) -> tuple[PublishedList, ...]:
    """Return the newest version of every list, by type and territory."""
    rows = connection.execute(
        _LIST.join(
            _NEWEST,
            and_(
                _NEWEST.c.type == PUBLISHED_LISTS.c.type,
                _NEWEST.c.territory == PUBLISHED_LISTS.c.territory,
                _NEWEST.c.sequence == PUBLISHED_LISTS.c.sequence,
            ),
        ).order_by(PUBLISHED_LISTS.c.type, PUBLISHED_LISTS.c.territory)
    )
    return tuple(_list(row, unpack) for row in rows)


def version(connection: Connection) -> tuple[tuple[str, str, int], ...]:
    """Return which version of every list is the newest; cheap enough to ask every second."""
    rows = connection.execute(
        select(_NEWEST.c.type, _NEWEST.c.territory, _NEWEST.c.sequence).order_by(
            _NEWEST.c.type, _NEWEST.c.territory
        )
    )
    return tuple((row.type, row.territory, row.sequence) for row in rows)


def find(
    connection: Connection, kind: ListType, territory: Economy, sequence: int, unpack: Unpack
) -> PublishedList | None:
    """Return one version of a list, however old."""
    row = connection.execute(
        _LIST.where(
            PUBLISHED_LISTS.c.type == kind.value,
            PUBLISHED_LISTS.c.territory == territory,
            PUBLISHED_LISTS.c.sequence == sequence,
        )
    ).one_or_none()
    return None if row is None else _list(row, unpack)


def announced_by(connection: Connection, territory: Economy, actions: int) -> int | None:
    """Return the first version of an economy's list that shows so many actions, if any does."""
    found = connection.execute(
        select(func.min(PUBLISHED_LISTS.c.sequence)).where(
            PUBLISHED_LISTS.c.type == ListType.ECONOMY.value,
            PUBLISHED_LISTS.c.territory == territory,
            PUBLISHED_LISTS.c.actions >= actions,
        )
    ).scalar_one_or_none()
    return None if found is None else int(found)


def publish(connection: Connection, codec: Codec, lists: Sequence[PublishedList]) -> bool:
    """Keep new versions of lists, all of them or none.

    Returns:
        Whether each of them follows the version before it; another process may have published
        meanwhile, and then nothing was written.
    """
    ledger.lock(connection)
    known = {(kind, territory): number for kind, territory, number in version(connection)}
    for one in lists:
        before = known.get((one.type.value, one.territory))
        # The first version may have any number: the operator may go on from lists made by hand.
        if before is not None and one.sequence <= before:
            return False
    keep_blobs(connection, codec, [one.data for one in lists])
    if lists:
        connection.execute(
            insert(PUBLISHED_LISTS),
            [
                {
                    "type": one.type.value,
                    "territory": one.territory,
                    "sequence": one.sequence,
                    "actions": one.actions,
                    "issued_at": one.issued_at,
                    "next_update": one.next_update,
                    "digest": one.digest,
                }
                for one in lists
            ],
        )
    return True


def keep_blobs(connection: Connection, codec: Codec, octets: Iterable[bytes]) -> None:
    """Keep octets that are named by their digest, each once; the ledger is locked."""
    bodies = {sha256(part).digest(): part for part in octets}
    stored = set(
        connection.execute(select(BLOBS.c.digest).where(BLOBS.c.digest.in_(bodies))).scalars()
    )
    missing = [
        {"digest": digest, "body": codec.pack(body, Subject.OTHER)}
        for digest, body in bodies.items()
        if digest not in stored
    ]
    if missing:
        connection.execute(insert(BLOBS), missing)


def _replacing(table: Table) -> Mapping[str, Insert]:
    """Return the same clause for both dialects: what is there already gives way."""
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in key]
    lite, post = sqlite.insert(table), postgresql.insert(table)
    return {
        "sqlite": lite.on_conflict_do_update(
            index_elements=key, set_={name: lite.excluded[name] for name in others}
        ),
        "postgresql": post.on_conflict_do_update(
            index_elements=key, set_={name: post.excluded[name] for name in others}
        ),
    }


_FETCH: Final = _replacing(LIST_FETCHES)
_REVOCATION: Final = _replacing(REVOCATION_DATA)


def note_fetch(connection: Connection, fetch: Fetch) -> None:
    """Remember what a partner holds; its newest word counts."""
    connection.execute(
        _FETCH[connection.dialect.name],
        {
            "partner": fetch.partner,
            "name": fetch.name,
            "sequence": fetch.sequence,
            "keys": fetch.keys,
            "fetched_at": fetch.at,
        },
    )


def fetches(connection: Connection) -> tuple[Fetch, ...]:
    """Return what every partner holds, by partner and list."""
    rows = connection.execute(
        select(
            LIST_FETCHES.c.partner,
            LIST_FETCHES.c.name,
            LIST_FETCHES.c.sequence,
            # A row has a method `keys` already.
            LIST_FETCHES.c["keys"].label("held"),
            LIST_FETCHES.c.fetched_at,
        ).order_by(LIST_FETCHES.c.partner, LIST_FETCHES.c.name)
    )
    return tuple(
        Fetch(
            partner=BodyId(row.partner),
            name=row.name,
            sequence=row.sequence,
            keys=row.held,
            at=row.fetched_at,
        )
        for row in rows
    )


def put_revocation(connection: Connection, codec: Codec, data: RevocationData) -> None:
    """Keep what was fetched in place of what was fetched before."""
    connection.execute(
        _REVOCATION[connection.dialect.name],
        {
            "url": data.url,
            "body": codec.pack(data.data, Subject.OTHER),
            "fetched_at": data.fetched_at,
            "next_update": data.next_update,
        },
    )


def revocation_data(connection: Connection, unpack: Unpack) -> tuple[RevocationData, ...]:
    """Return everything that was fetched, by address."""
    rows = connection.execute(
        select(
            REVOCATION_DATA.c.url,
            REVOCATION_DATA.c.body,
            REVOCATION_DATA.c.fetched_at,
            REVOCATION_DATA.c.next_update,
        ).order_by(REVOCATION_DATA.c.url)
    )
    return tuple(
        RevocationData(
            url=row.url,
            data=unpack(row.body),
            fetched_at=row.fetched_at,
            next_update=row.next_update,
        )
        for row in rows
    )


def warned(connection: Connection, subject: str, days: int) -> bool:
    """Tell whether a warning was given."""
    found = connection.execute(
        select(WARNINGS_SENT.c.subject).where(
            WARNINGS_SENT.c.subject == subject, WARNINGS_SENT.c.days == days
        )
    ).one_or_none()
    return found is not None


def note_warning(connection: Connection, subject: str, days: int, at: datetime) -> bool:
    """Remember that a warning is given now.

    Returns:
        Whether it is the first time; of several processes one gives it.
    """
    ledger.lock(connection)
    if warned(connection, subject, days):
        return False
    connection.execute(insert(WARNINGS_SENT).values(subject=subject, days=days, sent_at=at))
    return True
