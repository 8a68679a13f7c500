"""Decides the entries of one transaction, one after the other, on one view of the register.

- What an entry changes is seen by the next one; rows are only collected here.
- What waits, and who is told: `exchange.store.turns`.
- A change that waited in vain and is sent again is judged again: the same octets may enter once
  the missing one is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from exchange.core.admission import Admission, Decision, decide
from exchange.core.entry import (
    Committed,
    Entry,
    NewDelivery,
    Statement,
    StoredMessage,
    Verdict,
)
from exchange.core.entry import Sequence as Number
from exchange.store import actions, declarations, notices, register, removals
from exchange.store.answers import answer_again, gap
from exchange.store.batch import Batch, Bodies
from exchange.store.compression import Codec
from exchange.store.deliveries import POSITIONS
from exchange.store.dictionaries import unpacker
from exchange.store.signers import Signers
from exchange.store.statements import find_messages
from exchange.store.tables import HOLDS, HoldState
from exchange.store.turns import MOST_ADDRESSEES, Turns
from exchange.store.view import View


class Entries(Turns):
    """Decides entries one after the other, on one view of the register."""

    @classmethod
    def gather(
        cls, connection: Connection, codec: Codec, entries: Sequence[Entry], batch: Batch
    ) -> Entries:
        """Read what the decisions need."""
        if not entries:
            return cls(connection, batch, View())
        statements = [e.statement for e in entries if e.statement is not None]
        made = cls(connection, batch, register.gather(connection, statements))
        made._known = find_messages(
            connection,
            [(e.message.sender, e.message.message_id) for e in entries],
            unpacker(connection, codec),
        )
        made._signers = Signers.gather(connection, statements)
        made._unpack = unpacker(connection, codec)
        made._gather_waiting(statements)
        view = made.view
        repeated = {
            int(view.by_content[s.content_digest].sequence)
            for s in statements
            if s.content_digest in view.by_content
        }
        if repeated:
            made._refused = set(
                connection.execute(
                    select(HOLDS.c.message).where(
                        HOLDS.c.message.in_(repeated), HOLDS.c.state == HoldState.REFUSED
                    )
                ).scalars()
            )
        # Whoever received any certificate that is there already may have to be told.
        keys = {int(r.first) for r in view.records.values() if r.first is not None}
        made._reach.gather(connection, keys=keys, repeated=repeated)
        return made

    def commit(self, entry: Entry, bodies: Bodies) -> Committed:
        """Decide one entry and add its rows.

        Raises:
            RuleError: The register does not admit it.
            UndecidedError: It has to wait, or goes ahead of its turn, and was not offered so.
            RefusedError: The message id is taken.
            StoreError: An action was overtaken by others.
        """
        message = entry.message
        key = (message.sender, message.message_id)
        known = self._known.get(key)
        if known is not None:
            return answer_again(entry, known)
        statement = entry.statement
        if entry.verdict is Verdict.REJECTED or statement is None:
            committed = self._reject(entry, bodies)
        else:
            committed = self._enter(entry, statement, bodies)
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

    def _enter(self, entry: Entry, statement: Statement, bodies: Bodies) -> Committed:
        """Decide about an acceptable statement."""
        facts = self._facts(statement, entry.message.received_at)
        known = facts.same_content
        if known is None:
            return self._accept(entry, statement, decide(facts, statement), bodies, None)
        if known.sequence not in self._refused:
            return self._duplicate(entry, statement, bodies, int(known.sequence))
        removals.refuse_again(self._connection, statement.content_digest, self._batch.removals)
        anew = replace(facts, same_content=None, same_document=None)
        decision = decide(anew, statement)
        return self._accept(entry, statement, decision, bodies, int(known.sequence))

    def _duplicate(
        self, entry: Entry, statement: Statement, bodies: Bodies, first: int
    ) -> Committed:
        """Receipt what is there already; new addressees get it, and what has become of it."""
        batch, at = self._batch, entry.message.received_at
        removals.refuse_again(self._connection, statement.content_digest, batch.removals)
        new = [d for d in entry.deliveries if (first, d.addressee) not in self._reach.delivered]
        about = self._about(statement)
        waiting = [] if about is None else self._waiting.get(about, [])
        waits = next((one for one in waiting if one.message == first), None)
        batch.add_message(entry.message, Verdict.ACCEPTED, first)
        self._keep(bodies)
        sent = self._sent(statement, about, first, first if waits else batch.position)
        place = batch.position * POSITIONS
        if waits is not None and waits.until is not None:
            # It is handed out with the others when its turn comes.
            place, until = first * POSITIONS + MOST_ADDRESSEES, waits.until
            self._reach.hand_out(sent, new, place=place, at=at, hold_until=until)
        else:
            self._reach.hand_out(sent, new, place=place, at=at)
            late = {delivery.addressee for delivery in new}
            self._reach.catch_up(self._connection, sent, entry, late, place + len(new))
        return self._receipted(
            entry, bodies, Verdict.ACCEPTED, statement=first, deliveries=new, duplicate=True
        )

    def _accept(
        self,
        entry: Entry,
        statement: Statement,
        decision: Decision,
        bodies: Bodies,
        again: int | None,
    ) -> Committed:
        """Take a statement in; `again` is the message that brought it in vain before."""
        batch = self._batch
        position, at = batch.position, entry.message.received_at
        held = decision.admission is Admission.HOLD
        early = held or decision.admission is Admission.AHEAD
        if early and (entry.verdict is not Verdict.HELD or entry.hold_until is None):
            raise gap(statement, decision)
        verdict = Verdict.HELD if held else Verdict.ACCEPTED
        if entry.actions is not None:
            actions.enter(self._connection, batch, entry.actions, statement.content_digest, at)
        self._note(entry, statement, position)
        first = position if again is None else again
        self.view.enter(statement, first)
        if not held:
            self._admit(statement, decision, first, entry.token)
        subject = None if decision.about is None else self.view.records[decision.about].first
        if subject is not None:
            self.view.subjects[statement.content_digest] = subject
        if again is None:
            signer = self._signers.number(statement, batch)
            batch.add_statement(statement, entry, bodies.data, subject=subject, signer=signer)
        batch.add_message(entry.message, verdict, first)
        self._keep(bodies)
        sent = self._sent(statement, decision.about, first, position)
        new = tuple(
            d for d in entry.deliveries if (first, d.addressee) not in self._reach.delivered
        )
        place = position * POSITIONS
        if held and entry.hold_until is not None:
            if again is not None:
                sent = replace(sent, message=again)
            self._reach.hand_out(sent, new, place=place, at=at, hold_until=entry.hold_until)
            self._hold(statement, decision, entry.hold_until, first, again is not None)
        else:
            self._reach.hand_out(sent, new, place=place, at=at)
            if entry.removal is not None:
                which = int(batch.removals[-1]["statement"])
                self._reach.removed(self._connection, sent, entry, which, place + len(new))
            others = self._tell(sent, decision, entry, place + len(new))
            if decision.admission is Admission.AHEAD or again is not None:
                self._settle(statement, decision, entry, first, again is not None)
            self._release(decision, entry, position, len(new) + len(others))
        return self._receipted(entry, bodies, verdict, statement=first, deliveries=new)

    def _keep(self, bodies: Bodies) -> None:
        if bodies.evidence is not None:
            self._batch.add_kept("evidence", bodies.evidence)

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
        self,
        entry: Entry,
        bodies: Bodies,
        verdict: Verdict,
        *,
        statement: int | None,
        deliveries: Sequence[NewDelivery] = (),
        duplicate: bool = False,
    ) -> Committed:
        content = None if entry.statement is None else entry.statement.content_digest
        position = self._batch.add_receipt(
            entry.receipt,
            bodies.receipt,
            message=self._batch.position,
            statement=statement,
            stated=content,
        )
        return Committed(
            sequence=Number(position),
            verdict=verdict,
            receipt=entry.receipt.data,
            receipt_digest=entry.receipt.digest,
            content_digest=entry.receipt.content_digest if statement is None else content,
            duplicate=duplicate,
            deliveries=tuple(delivery.delivery_id for delivery in deliveries),
        )
