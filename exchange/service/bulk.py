"""Bulk: many signed statements over one road, each examined and receipted as if it came alone.

Steps, for batches that follow each other without waiting:
 1. a batch is read from the stream: so many documents, or so many octets;
 2. the examination: five gates, in the worker processes, at the time of arrival;
 3. the receipts are signed;
 4. statements, receipts, ledger leaves and deliveries are committed in groups, in the order of
    the stream: a revision behind the first issue enters behind it;
 5. what became of each document is handed back, in the order of the stream.

- Each document is a message of its own. Its message id follows from sender, octets and
  addressees, so that a stream which broke off is sent again whole, and nothing is doubled.
- Only so many batches are under way, whatever the stream holds: memory stays flat, and whoever
  sends waits for whoever writes.
- A document that is refused, or that nobody can decide yet, holds up no other one.

Example:
    >>> async for taken in take_in(hub, documents, caller=caller, addressees=addressees):
    ...     print(taken.ordinal, taken.verdict)
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from exchange.core.entry import Committed, Entry, Message, Verdict
from exchange.core.limits import MIB
from exchange.core.model import BodyId, Kind, MessageDigest, MessageId
from exchange.errors import ExchangeError, RefusedError, UndecidedError
from exchange.service.addressees import REGISTER_ONLY, Addressees, require_known, resolve
from exchange.service.examination import Failed, Job, Passed
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.outgoing import deliveries_to, pushed_to
from exchange.service.receive import Submission, require_signing, submit

BATCH: Final = 96
"""Documents that are worked on together."""
BATCH_OCTETS: Final = 4 * MIB
"""Octets of a batch, roughly at most; a larger document is a batch of its own."""
UNDER_WAY: Final = 8
"""Batches that are worked on at the same time, at most."""
_NAMESPACE: Final = uuid.UUID("6b7c1f4e-2f0a-5d52-9d2e-0a1f6f0f7c11")
"""Of the message ids that this program chooses; never changed, or repetitions would double."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one document of a stream."""

    ordinal: int
    """Its place in the stream, from 0."""
    message_id: MessageId
    committed: Committed | None
    """`None` when nothing was committed; `error` says why."""
    error: ExchangeError | None = None
    """A fault of the caller, or *come back later*; the same document can be sent again."""

    @property
    def verdict(self) -> Verdict | None:
        """What the hub decided, if it did."""
        return None if self.committed is None else self.committed.verdict


def bulk_message_id(sender: BodyId, digest: MessageDigest, addressees: Addressees) -> MessageId:
    """Return the message id of a document that came in bulk, the same in every run."""
    names = addressees.names or (REGISTER_ONLY,)
    seed = "\n".join((sender, digest.hex(), *names))
    return MessageId(str(uuid.uuid5(_NAMESPACE, seed)))


@dataclass(slots=True, eq=False, kw_only=True)
class _Batch:
    """Documents that are worked on together."""

    first: int
    documents: Sequence[bytes]
    before: asyncio.Event
    """Set when the batch before this one stands in the line for the commit."""
    queued: asyncio.Event = field(default_factory=asyncio.Event)


async def take_in(
    hub: Hub,
    documents: AsyncIterable[bytes],
    *,
    caller: Caller,
    addressees: Addressees,
) -> AsyncIterator[Taken]:
    """Yield what became of each document, in the order of the stream, once it is committed.

    Args:
        hub: Open.
        documents: Signed statements, octets as they arrived; they may be endless.
        caller: Who sends them; not necessarily who signed them.
        addressees: For whom all of them are.

    Raises:
        RefusedError: The addressees are unknown: nothing was read.
        StoreError: The hub may not sign, or cannot write; what was yielded is committed.
    """
    require_signing(hub)
    require_known(hub.trust, addressees)
    under_way: deque[asyncio.Task[list[Taken]]] = deque()
    try:
        before = asyncio.Event()
        before.set()
        async for first, gathered in _gathered(documents):
            batch = _Batch(first=first, documents=gathered, before=before)
            before = batch.queued
            under_way.append(asyncio.create_task(_batch(hub, batch, caller, addressees)))
            while under_way and (len(under_way) >= UNDER_WAY or under_way[0].done()):
                for taken in await under_way.popleft():
                    yield taken
        while under_way:
            for taken in await under_way.popleft():
                yield taken
    finally:
        for task in under_way:
            task.cancel()
        for task in under_way:
            with suppress(asyncio.CancelledError, ExchangeError):
                await task


async def _gathered(documents: AsyncIterable[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Step 1: yield batches with the place of their first document."""
    first, octets = 0, 0
    gathered: list[bytes] = []
    async for document in documents:
        if gathered and (len(gathered) >= BATCH or octets + len(document) > BATCH_OCTETS):
            yield first, gathered
            first, octets, gathered = first + len(gathered), 0, []
        gathered.append(document)
        octets += len(document)
    if gathered:
        yield first, gathered


async def _batch(hub: Hub, batch: _Batch, caller: Caller, addressees: Addressees) -> list[Taken]:
    """Steps 2 to 5 for one batch; another one may be at any of them meanwhile."""
    try:
        messages = _messages(hub, batch, caller, addressees)
        snapshot = hub.snapshot
        verdicts = await hub.examiner.examine_all(
            [
                Job(
                    snapshot_id=snapshot.id,
                    data=data,
                    message=message,
                    at=message.received_at,
                    receipt_id=hub.new_document_id(),
                    produced_at=message.received_at,
                )
                for data, message in zip(batch.documents, messages, strict=True)
            ]
        )
        entries: list[Entry | None] = []
        # All of them arrived at one instant, so the partners that are pushed to are the same.
        pushed = pushed_to(hub, messages[0].received_at)
        for data, message, verdict in zip(batch.documents, messages, verdicts, strict=True):
            entries.append(await _entry(hub, addressees, data, message, verdict, pushed))
        await batch.before.wait()
    except BaseException:
        batch.queued.set()
        raise
    committing = hub.store.commit_all([entry for entry in entries if entry is not None])
    batch.queued.set()
    results = iter(await committing)
    found: list[Taken] = []
    for place, message in enumerate(messages):
        ordinal = batch.first + place
        committed = None if entries[place] is None else next(results)
        if isinstance(committed, Committed):
            found.append(Taken(ordinal=ordinal, message_id=message.message_id, committed=committed))
            continue
        # Rare: a refusal, a gap, a fault of the caller. Each walks the road of a single one,
        # which knows what to do about it.
        found.append(
            await _alone(hub, ordinal, message, batch.documents[place], caller, addressees)
        )
    return found


def _messages(hub: Hub, batch: _Batch, caller: Caller, addressees: Addressees) -> list[Message]:
    at = hub.clock()
    digests = [MessageDigest(sha256(data).digest()) for data in batch.documents]
    return [
        Message(
            sender=caller.id,
            message_id=bulk_message_id(caller.id, digest, addressees),
            digest=digest,
            addressees=addressees.names,
            received_at=at,
        )
        for digest in digests
    ]


async def _entry(
    hub: Hub,
    addressees: Addressees,
    data: bytes,
    message: Message,
    verdict: Passed | Failed,
    pushed: Mapping[BodyId, datetime],
) -> Entry | None:
    """Step 3: return what is to be committed, or nothing where it is no plain acceptance."""
    if isinstance(verdict, Failed) or verdict.receipt is None:
        return None
    statement = verdict.statement
    if statement.kind not in {Kind.ATTESTATION, Kind.STATUS_CHANGE}:
        return None
    try:
        takers = resolve(
            hub.trust, addressees, statement.kind, statement.scheme or "", message.received_at
        )
        receipt = await hub.sign(verdict.receipt)
    except (RefusedError, UndecidedError):
        return None
    return Entry(
        message=message,
        statement=statement,
        data=data,
        receipt=verdict.receipt.record(receipt),
        deliveries=tuple(deliveries_to(hub, takers, message.received_at)) if takers else (),
        pushed=pushed,
        token=hub.tokens() if statement.kind is Kind.ATTESTATION else b"",
    )


async def _alone(
    hub: Hub,
    ordinal: int,
    message: Message,
    data: bytes,
    caller: Caller,
    addressees: Addressees,
) -> Taken:
    submission = Submission(
        caller=caller,
        message_id=message.message_id,
        digest=message.digest,
        addressees=addressees,
        data=data,
    )
    try:
        submitted = await submit(hub, submission)
    except (RefusedError, UndecidedError) as error:
        return Taken(ordinal=ordinal, message_id=message.message_id, committed=None, error=error)
    return Taken(ordinal=ordinal, message_id=message.message_id, committed=submitted.committed)
