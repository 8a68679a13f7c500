"""What the store knows: every question, and none that changes anything.

Each answer is read from one consistent state of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from exchange.core.checkpoint import Checkpoint, may_sign
from exchange.core.deliveries import DeliveryRecord
from exchange.core.entry import (
    DeliveryId,
    Sequence,
    StoredCheckpoint,
    StoredMessage,
    StoredReceipt,
    StoredStatement,
)
from exchange.core.hold import Hold
from exchange.core.ledger import Digest, Leaf
from exchange.core.model import BodyId, ContentDigest, MessageId, SnapshotId
from exchange.core.register import RegisterRecord
from exchange.store import (
    dead_letters,
    deliveries,
    dictionaries,
    figures,
    lapses,
    ledger,
    register,
    snapshots,
    statements,
)
from exchange.store.compression import Codec
from exchange.store.engine import T
from exchange.store.figures import Figures
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.statements import Unpack


class Reader:
    """The half of the store that only reads."""

    _database: SQLite | PostgreSQL
    _codec: Codec

    async def find_message(self, sender: BodyId, message_id: MessageId) -> StoredMessage | None:
        """Return a message of this sender with its first receipt."""
        key = (sender, message_id)
        found = await self._read(lambda c, unpack: statements.find_messages(c, [key], unpack))
        return found.get(key)

    async def statement(self, content_digest: ContentDigest) -> StoredStatement | None:
        """Return a statement with its octets; ask `visible_to` before showing it."""
        return await self._read(lambda c, u: statements.find_statement(c, content_digest, u))

    async def visible_to(self, content_digest: ContentDigest, body: BodyId) -> bool:
        """Tell whether the body submitted it, issued it or is an addressee of it."""
        return await self._database.read(lambda c: statements.visible_to(c, content_digest, body))

    async def receipts(self, content_digest: ContentDigest) -> tuple[StoredReceipt, ...]:
        """Return all receipts about a statement, in the order of the ledger."""
        return await self._read(lambda c, u: statements.find_receipts(c, content_digest, u))

    async def evidence(self, message: Sequence) -> bytes | None:
        """Return the authorisation that was kept with a message."""
        return await self._read(lambda c, u: statements.find_kept(c, message, "evidence", u))

    async def refused_octets(self, message: Sequence) -> bytes | None:
        """Return the octets of a refused message, if they were kept."""
        return await self._read(lambda c, u: statements.find_kept(c, message, "refused", u))

    async def register(self, attestation_id: str) -> tuple[RegisterRecord, ...]:
        """Return what the register says, one record for each issuer that uses the identifier."""
        return await self._database.read(lambda c: register.find(c, attestation_id))

    async def register_number(
        self, issuer: BodyId, certificate_number: str
    ) -> tuple[RegisterRecord, ...]:
        """Return the attestations of an issuer with this certificate number."""
        return await self._database.read(
            lambda c: register.find_number(c, issuer, certificate_number)
        )

    async def overdue(self, *, at: datetime, limit: int) -> tuple[DeliveryRecord, ...]:
        """Return deliveries whose deadline has passed, to be given up with `fail`."""
        return await self._database.read(lambda c: deliveries.overdue(c, at, limit))

    async def delivery(self, delivery_id: DeliveryId) -> DeliveryRecord | None:
        """Return the state of a delivery."""
        return await self._database.read(lambda c: deliveries.find(c, delivery_id))

    async def deliveries(self, content_digest: ContentDigest) -> tuple[DeliveryRecord, ...]:
        """Return the deliveries of a statement, by addressee."""
        return await self._database.read(lambda c: deliveries.of_statement(c, content_digest))

    async def dead_letters(
        self, *, after: int = -1, limit: int = 100
    ) -> tuple[DeliveryRecord, ...]:
        """Return dead letters in pages, oldest first.

        Args:
            after: The `position` of the last one of the page before.
            limit: How many at most.
        """
        return await self._database.read(lambda c: dead_letters.dead_letters(c, after, limit))

    async def next_push_at(self) -> datetime | None:
        """Return when the pusher has to wake, `None` when nothing is open."""
        return await self._database.read(deliveries.next_push_at)

    async def lapsed_holds(self, *, at: datetime, limit: int) -> tuple[Hold, ...]:
        """Return status changes that have waited for their predecessor in vain."""
        return await self._database.read(lambda c: lapses.lapsed(c, at, limit))

    async def untold_holds(self, *, limit: int) -> tuple[Hold, ...]:
        """Return status changes that were refused at their turn and have no receipt of that."""
        return await self._database.read(lambda c: lapses.untold(c, limit))

    async def tree_size(self) -> int:
        """Return the number of leaves."""
        return await self._database.read(ledger.size)

    async def root(self, size: int) -> Digest:
        """Return the root of the first leaves.

        Raises:
            IndexError: There are fewer.
        """
        return await self._database.read(lambda c: ledger.root(c, size))

    async def leaves(self, start: int, end: int) -> tuple[Leaf, ...]:
        """Return the public records of a range."""
        return await self._database.read(lambda c: ledger.leaves(c, start, end))

    async def inclusion_proof(self, index: int, size: int) -> tuple[Digest, ...]:
        """Return the audit path of a leaf in the tree of a size.

        Raises:
            IndexError: There is no such leaf, or no such tree yet.
        """
        return await self._database.read(lambda c: ledger.inclusion_proof(c, index, size))

    async def consistency_proof(self, first: int, second: int) -> tuple[Digest, ...]:
        """Return the proof that a later tree begins with an earlier one.

        Raises:
            IndexError: The sizes are not in that order, or the tree has not grown so far.
        """
        return await self._database.read(lambda c: ledger.consistency_proof(c, first, second))

    async def check_checkpoint(self, kept: Checkpoint | None) -> None:
        """Check that a checkpoint may be signed, given the one kept outside the database.

        Raises:
            StoreError: The ledger does not contain what was promised, or nobody can tell.
        """

        def look(connection: Connection) -> tuple[int, bytes | None, bool]:
            size = ledger.size(connection)
            then = None
            if kept is not None and kept.size <= size:
                then = ledger.root(connection, kept.size)
            return size, then, ledger.latest_checkpoint(connection) is not None

        size, root_then, signed_before = await self._database.read(look)
        may_sign(kept, size=size, root_then=root_then, signed_before=signed_before)

    async def latest_checkpoint(self) -> StoredCheckpoint | None:
        """Return the signed checkpoint of the largest tree."""
        return await self._database.read(ledger.latest_checkpoint)

    async def snapshot(self, snapshot_id: SnapshotId) -> Mapping[str, bytes]:
        """Return the parts of a snapshot by name; of an unknown one there are none."""
        return await self._read(lambda c, u: snapshots.find(c, snapshot_id, u))

    async def newest_parts(self, prefix: str) -> tuple[bytes, ...]:
        """Return the parts of the snapshot that was kept last whose names begin so, by name."""
        return await self._read(lambda c, u: snapshots.newest(c, prefix, u))

    async def statistics(self) -> Figures:
        """Return how much is kept."""
        octets = await self._database.size()
        return await self._database.read(lambda c: figures.count(c, octets))

    async def _read(self, work: Callable[[Connection, Unpack], T]) -> T:
        return await self._database.read(lambda c: work(c, dictionaries.unpacker(c, self._codec)))
