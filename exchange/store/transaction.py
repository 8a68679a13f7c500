"""One transaction for many items: entries, acknowledgements, failures.

Steps:
 1. compress, outside the lock;
 2. lock the ledger: from here on nobody else writes, and what is read stays true;
 3. read what all items need, with a handful of queries;
 4. decide each item by itself; what it changes is seen by the next one;
 5. write everything, the ledger last.

An item that is refused leaves no trace and its neighbours are not touched. An item that the
database refuses in step 5 fails the transaction; the committer then finds it by halving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from exchange.codes.rules import RuleCode
from exchange.codes.service import RefusedCode
from exchange.core.admission import Admission, Decision, decide
from exchange.core.entry import (
    Acknowledged,
    Committed,
    Entry,
    NewStatusChange,
    Statement,
    StoredMessage,
    Verdict,
)
from exchange.core.entry import Sequence as Number
from exchange.core.hold import Hold, Lapse
from exchange.core.model import BodyId, MessageId
from exchange.core.trust_records import Notice
from exchange.errors import ExchangeError, Finding, RefusedError, RuleError, UndecidedError
from exchange.store import actions, declarations, holds, ledger, notices, register, removals
from exchange.store.batch import PUSHES, Batch, Bodies, Item, pack
from exchange.store.closings import Closer
from exchange.store.compression import Codec
from exchange.store.dictionaries import unpacker
from exchange.store.lapses import lapse
from exchange.store.signers import Signers
from exchange.store.statements import addressees, find_messages
from exchange.store.tables import DELIVERIES, HoldState

Result = Committed | Acknowledged | ExchangeError
"""What became of it."""

COME_BACK: Final = timedelta(minutes=5)
"""When it is worth sending a status change again whose predecessor is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a transaction did."""

    results: tuple[Result, ...]
    """One for each item, in order."""
    woken: frozenset[str]
    """For whom there is work now: addressees, or the pusher."""


def apply(connection: Connection, codec: Codec, items: Sequence[Item]) -> Applied:
    """Commit all items that can be committed."""
    packed = [pack(codec, item) for item in items]
    frontier = ledger.lock(connection)
    batch = Batch(frontier=frontier, unpack=unpacker(connection, codec))
    entries = [item for item in items if isinstance(item, Entry)]
    closer = Closer.gather(
        connection,
        [item for item in items if not isinstance(item, Entry | Lapse | Notice)],
        unpacker(connection, codec),
    )
    writer = _Entries.gather(connection, codec, entries, batch)
    results: list[Result] = []
    for item, bodies in zip(items, packed, strict=True):
        if isinstance(bodies, ExchangeError):
            results.append(bodies)
            continue
        try:
            if isinstance(item, Entry):
                results.append(writer.commit(item, bodies))
            elif isinstance(item, Lapse):
                results.append(lapse(connection, item, bodies.receipt, batch))
                writer.forget(item.hold)
            elif isinstance(item, Notice):
                results.append(actions.tell(connection, item, bodies.receipt, batch))
            else:
                results.append(closer.close(item, bodies.receipt, batch))
        except ExchangeError as exc:
            results.append(exc)
    batch.write(connection, writer.view)
    return Applied(results=tuple(results), woken=frozenset(batch.woken))


class _Entries:
    """Decides entries one after the other, on one view of the register."""

    def __init__(self, connection: Connection, batch: Batch, view: register.View) -> None:
        self._connection = connection
        self._batch = batch
        self.view = view
        self._known: dict[tuple[BodyId, MessageId], StoredMessage] = {}
        self._waiting: dict[str, list[holds.Waiting]] = {}
        self._delivered: set[tuple[int, str]] = set()
        self._signers = Signers()

    @classmethod
    def gather(
        cls, connection: Connection, codec: Codec, entries: Sequence[Entry], batch: Batch
    ) -> _Entries:
        """Read what the decisions need."""
        if not entries:
            return cls(connection, batch, register.View())
        statements = [e.statement for e in entries if e.statement is not None]
        made = cls(connection, batch, register.gather(connection, statements))
        made._known = find_messages(
            connection,
            [(e.message.sender, e.message.message_id) for e in entries],
            unpacker(connection, codec),
        )
        made._signers = Signers.gather(connection, statements)
        changes = {
            s.claim.attestation_id for s in statements if isinstance(s.claim, NewStatusChange)
        }
        if changes:
            for waiting in holds.waiting(connection, changes):
                made._waiting.setdefault(waiting.claim.attestation_id, []).append(waiting)
        repeated = {
            made.view.by_content[s.content_digest].sequence
            for s in statements
            if s.content_digest in made.view.by_content
        }
        if repeated:
            rows = connection.execute(
                select(DELIVERIES.c.statement, DELIVERIES.c.addressee).where(
                    DELIVERIES.c.statement.in_(repeated)
                )
            )
            made._delivered.update((row.statement, row.addressee) for row in rows)
        return made

    def commit(self, entry: Entry, bodies: Bodies) -> Committed:
        """Decide one entry and add its rows.

        Raises:
        XX be held, and was not offered as such.
                RefusedError: The message id is taken.
                StoreError: An action was overtaken by others.
        """
        message = entry.message
        key = (message.sender, message.message_id)
        known = self._known.get(key)
        if known is not None:
            return _again(entry, known)
        statement = entry.statement
        if entry.verdict is Verdict.REJECTED or statement is None:
            committed = self._reject(entry, bodies)
        else:
            decision = decide(self.view.facts(statement, message.received_at), statement)
            committed = self._accept(entry, statement, decision, bodies)
        self._known[key] = StoredMessage(
            sequence=committed.sequence,
            message=message,
            verdict=committed.verdict,
            receipt=committed.receipt,
            receipt_digest=committed.receipt_digest,
            content_digest=committed.content_digest,
        )
        return committed

    def _reject(self, entry: Entry, bodies: Bodies) -> Committed:
        batch = self._batch
        batch.add_message(entry.message, Verdict.REJECTED, None)
        if entry.interrupted is not None:
            batch.suspended.append(actions.suspended_row(batch.position, entry.interrupted))
        if entry.data:
            batch.add_kept("refused", bodies.data)
        return self._receipted(entry, bodies, Verdict.REJECTED, statement=None)

    def _accept(
        self, entry: Entry, statement: Statement, decision: Decision, bodies: Bodies
    ) -> Committed:
        batch = self._batch
        position, at = batch.position, entry.message.received_at
        held = decision.admission is Admission.HOLD
        duplicate = decision.admission is Admission.DUPLICATE
        if held and (entry.verdict is not Verdict.HELD or entry.hold_until is None):
            raise _gap(statement, decision)
        verdict = Verdict.HELD if held else Verdict.ACCEPTED
        first = position
        new = entry.deliveries
        if entry.actions is not None and not duplicate:
            actions.enter(self._connection, batch, entry.actions, statement.content_digest, at)
        if not duplicate:
            self._note(entry, statement, position)
        if duplicate:
            removals.refuse_again(self._connection, statement.content_digest)
            first = self.view.by_content[statement.content_digest].sequence
            new = tuple(d for d in new if (first, d.addressee) not in self._delivered)
        else:
            self.view.enter(statement, decision.records, position, entry.token)
            batch.add_statement(
                statement,
                entry,
                bodies.data,
                subject=None if decision.about is None else self.view.records[decision.about].first,
                signer=self._signers.number(statement, batch),
            )
        batch.add_message(entry.message, verdict, first)
        if bodies.evidence is not None:
            batch.add_kept("evidence", bodies.evidence)
        batch.add_deliveries(
            statement, new, first=first, at=at, hold_until=entry.hold_until if held else None
        )
        self._delivered.update((first, delivery.addressee) for delivery in new)
        committed = self._receipted(entry, bodies, verdict, statement=first)
        claim = statement.claim
        if held and entry.hold_until is not None and isinstance(claim, NewStatusChange):
            self._hold(statement, claim, decision, entry.hold_until, position)
        elif not duplicate and isinstance(claim, NewStatusChange):
            self._release(claim.attestation_id, position, at)
        return replace(
            committed,
            content_digest=statement.content_digest,
            duplicate=duplicate,
            deliveries=tuple(delivery.delivery_id for delivery in new),
        )

    def _note(self, entry: Entry, statement: Statement, position: int) -> None:
        """Note what a declaration or a notice says besides."""
        batch = self._batch
        if statement.declared:
            declarations.enter(self._connection, statement, batch.entering)
            batch.entering += statement.declared
            batch.declarations += [
                declarations.new_row(one, position) for one in statement.declared
            ]
        if entry.told is not None:
            batch.notices.append(notices.told_row(entry.told, position))
        if entry.removal is not None:
            batch.removals.append(
                removals.enter(self._connection, batch.removals, entry.removal, position)
            )

    def _receipted(
        self, entry: Entry, bodies: Bodies, verdict: Verdict, *, statement: int | None
    ) -> Committed:
        position = self._batch.add_receipt(
            entry.receipt, bodies.receipt, message=self._batch.position, statement=statement
        )
        return Committed(
            sequence=Number(position),
            verdict=verdict,
            receipt=entry.receipt.data,
            receipt_digest=entry.receipt.digest,
            content_digest=entry.receipt.content_digest,
        )

    def _hold(
        self,
        statement: Statement,
        claim: NewStatusChange,
        decision: Decision,
        until: datetime,
        position: int,
    ) -> None:
        waiting_for = decision.waiting_for or 0
        self._batch.holds.append(holds.new_row(position, statement, claim, waiting_for, until))
        self._waiting.setdefault(claim.attestation_id, []).append(
            holds.Waiting(message=position, statement=statement, claim=claim)
        )

    def _release(self, attestation_id: str, position: int, at: datetime) -> None:
        """Let those enter that waited for this change, and those that waited for them."""
        released = 0
        waiting = self._waiting.get(attestation_id, [])
        while (ready := self._next(waiting, at)) is not None:
            held, decision = ready
            waiting.remove(held)
            if isinstance(decision, RuleError):
                code = str(decision.code)
                self._batch.ended.append((held.message, HoldState.REFUSED, code))
                self._batch.refused.append((held.message, code, at))
                continue
            self.view.change(decision.records, held.statement, held.message)
            self._batch.ended.append((held.message, HoldState.RELEASED, None))
            released += 1
            # Half-way between two messages, so behind all addressees of this one.
            place = position * _PLACES + _PLACES // 2 + released * _MOST_ADDRESSEES
            self._batch.released.append((held.message, place, at))
            self._batch.woken.update(self._everybody(held.message))

    def forget(self, hold: Hold) -> None:
        """Let a status change wait no more whose waiting was ended in this transaction."""
        waiting = self._waiting.get(hold.attestation_id, [])
        waiting[:] = [held for held in waiting if held.message != hold.sequence]

    def _next(
        self, waiting: Sequence[holds.Waiting], at: datetime
    ) -> tuple[holds.Waiting, Decision | RuleError] | None:
        for held in waiting:
            facts = replace(
                self.view.facts(held.statement, at), same_content=None, same_document=None
            )
            try:
                decision = decide(facts, held.statement)
            except RuleError as exc:
                return held, exc
            if decision.admission is Admission.ADMIT:
                return held, decision
        return None

    def _everybody(self, message: int) -> set[str]:
        """Whoever is an addressee of a held message; the pusher is woken in any case."""
        rows = self._connection.execute(
            select(DELIVERIES.c.addressee).where(DELIVERIES.c.statement == message)
        )
        return {PUSHES, *(row.addressee for row in rows)}


_PLACES: Final = 1 << 20
_MOST_ADDRESSEES: Final = 1 << 12


def _gap(statement: Statement, decision: Decision) -> UndecidedError:
    claim = statement.claim
    found = claim.sequence if isinstance(claim, NewStatusChange) else None
    return UndecidedError(
        Finding(
            code=RuleCode.STC_02,
            path="/StatusChange/Sequence",
            message=f"expected sequence {decision.waiting_for} first, found {found}",
        ),
        retry_after=COME_BACK,
    )


def _again(entry: Entry, known: StoredMessage) -> Committed:
    """Answer a message that is there already."""
    same = known.message.digest == entry.message.digest and addressees(
        known.message.addressees
    ) == addressees(entry.message.addressees)
    if not same:
        raise message_id_conflict(known, entry)
    return Committed(
        sequence=known.sequence,
        verdict=known.verdict,
        receipt=known.receipt,
        receipt_digest=known.receipt_digest,
        content_digest=known.content_digest,
        repeated=True,
    )


def message_id_conflict(known: StoredMessage, entry: Entry) -> RefusedError:
    """Say what the message id was used for, to the sender who used it."""
    return RefusedError(
        Finding(
            code=RefusedCode.MESSAGE_ID_CONFLICT,
            message=f"expected digest {known.message.digest.hex()} "
            f"for {addressees(known.message.addressees)}, "
            f"found {entry.message.digest.hex()} for {addressees(entry.message.addressees)}",
        )
    )
