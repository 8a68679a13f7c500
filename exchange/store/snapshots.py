"""Snapshots: everything that verdicts depended on, kept once, so that any can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select

from exchange.core.model import SnapshotId
from exchange.store import ledger
from exchange.store.compression import Codec
from exchange.store.published import keep_blobs
from exchange.store.statements import Unpack
from exchange.store.tables import BLOBS, SNAPSHOTS


def keep(
    connection: Connection,
    codec: Codec,
    snapshot_id: SnapshotId,
    parts: Mapping[str, bytes],
    at: datetime,
) -> bool:
    """Keep the parts of a snapshot; parts that others share are stored once.

    Returns:
        Whether the snapshot is new.
    """
    # Two processes may start with the same snapshot; one after the other.
    ledger.lock(connection)
    if not parts or is_kept(connection, snapshot_id):
        return False
    keep_blobs(connection, codec, parts.values())
    connection.execute(
        insert(SNAPSHOTS),
        [
            {
                "snapshot_id": snapshot_id,
                "name": name,
                "digest": sha256(part).digest(),
                "kept_at": at,
            }
            for name, part in parts.items()
        ],
    )
    return True


def is_kept(connection: Connection, snapshot_id: SnapshotId) -> bool:
    """Tell whether the parts of a snapshot are there."""
    known = connection.execute(
        select(SNAPSHOTS.c.name).where(SNAPSHOTS.c.snapshot_id == snapshot_id).limit(1)
    ).one_or_none()
    return known is not None


def find(connection: Connection, snapshot_id: SnapshotId, unpack: Unpack) -> dict[str, bytes]:
    """Return the parts of a snapshot by name; of an unknown one there are none."""
    rows = connection.execute(
        select(SNAPSHOTS.c.name, BLOBS.c.body)
        .join(BLOBS, BLOBS.c.digest == SNAPSHOTS.c.digest)
        .where(SNAPSHOTS.c.snapshot_id == snapshot_id)
        .order_by(SNAPSHOTS.c.name)
    )
    return {row.name: unpack(row.body) for row in rows}


def newest(connection: Connection, prefix: str, unpack: Unpack) -> tuple[bytes, ...]:
    """Return the parts of the snapshot that was kept last whose names begin so, by name."""
    last = select(func.max(SNAPSHOTS.c.kept_at)).scalar_subquery()
    rows = connection.execute(
        select(SNAPSHOTS.c.name, BLOBS.c.body)
        .join(BLOBS, BLOBS.c.digest == SNAPSHOTS.c.digest)
        .where(SNAPSHOTS.c.kept_at == last, SNAPSHOTS.c.name.startswith(prefix, autoescape=True))
        .order_by(SNAPSHOTS.c.name)
    )
    # Several snapshots may have been kept in one instant, with mostly the same parts.
    return tuple(dict.fromkeys(unpack(row.body) for row in rows))
