"""Decides the entries of one transaction, one after the other, on one view of the register.

- What an entry changes is seen by the next one; rows are only collected here.
- Behind every change of a certificate those get their turn that waited for it, and everybody who
  received the certificate is told (`exchange.store.reach`).
- A change that waited in vain and is sent again is judged again: the same octets may enter once
  the missing one is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from exchange.codes.rules import RuleCode
from exchange.codes.service import RefusedCode
from exchange.core.admission import Admission, Decision, decide
from exchange.core.entry import (
    Committed,
    Entry,
    NewAttestation,
    NewStatusChange,
    Statement,
    StoredMessage,
    Verdict,
)
from exchange.core.entry import Sequence as Number
from exchange.core.hold import Hold
from exchange.core.model import BodyId, MessageId
from exchange.errors import Finding, RefusedError, RuleError, UndecidedError
from exchange.store import actions, declarations, holds, notices, register, removals
from exchange.store.batch import PUSHES, Batch, Bodies, Sent
from exchange.store.compression import Codec
from exchange.store.deliveries import POSITIONS
from exchange.store.dictionaries import unpacker
from exchange.store.holds import Ended, Waiting
from exchange.store.reach import Reach, order_key
from exchange.store.signers import Signers
from exchange.store.statements import addressees, find_messages
from exchange.store.tables import DELIVERIES, HOLDS, HoldState
from exchange.store.view import Key, View

COME_BACK: Final = timedelta(minutes=5)
"""When it is worth sending a status change again whose predecessor is missing."""

_BEHIND: Final = POSITIONS // 2
"""Half-way between two messages, so behind all addressees of the first."""
_MOST_ADDRESSEES: Final = 1 << 12


class Entries:
    """Decides entries one after the other, on one view of the register."""

    def __init__(self, connection: Connection, batch: Batch, view: View) -> None:
        """Begin with what was gathered."""
        self._connection = connection
        self._batch = batch
        self.view = view
        self._known: dict[tuple[BodyId, MessageId], StoredMessage] = {}
        self._waiting: dict[Key, list[Waiting]] = {}
        self._refused: set[int] = set()
        self._reach = Reach(batch)
        self._signers = Signers()

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

    def _gather_waiting(self, statements: Sequence[Statement]) -> None:
        """Read what waits, or is ahead of its turn, about certificates that may change."""
        identifiers = {
            s.claim.attestation_id for s in statements if isinstance(s.claim, NewStatusChange)
        } | {record.attestation_id for record in self.view.records.values() if record.gap}
        if not identifiers:
            return
        for one in holds.waiting(self._connection, identifiers):
            claim = one.statement.claim
            key = self.view.by_key.get(-1 if one.subject is None else one.subject)
            if claim is None:
                continue
            about = key or (one.statement.issuer, claim.attestation_id)
            if one.is_ahead and isinstance(claim, NewStatusChange):
                self.view.restrict(about, one.message, claim)
            else:
                self._waiting.setdefault(about, []).append(one)

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
            return _again(entry, known)
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

    def forget(self, hold: Hold) -> None:
        """Let a statement wait no more whose waiting was ended in this transaction."""
        for waiting in self._waiting.values():
            waiting[:] = [one for one in waiting if one.message != hold.sequence]

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
        facts = self.view.facts(statement, entry.message.received_at)
        known = facts.same_content
        if known is None:
            return self._accept(entry, statement, decide(facts, statement), bodies, None)
        if known.sequence not in self._refused:
            return self._duplicate(entry, statement, bodies, int(known.sequence))
        anew = replace(facts, same_content=None, same_document=None)
        decision = decide(anew, statement)
        return self._accept(entry, statement, decision, bodies, int(known.sequence))

    def _duplicate(
        self, entry: Entry, statement: Statement, bodies: Bodies, first: int
    ) -> Committed:
        """Receipt what is there already; new addressees get it, and what has become of it."""
        batch, at = self._batch, entry.message.received_at
        removals.refuse_again(self._connection, statement.content_digest)
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
            place, until = first * POSITIONS + _MOST_ADDRESSEES, waits.until
            self._reach.hand_out(sent, new, place=place, at=at, hold_until=until)
        else:
            self._reach.hand_out(sent, new, place=place, at=at)
            late = {delivery.addressee for delivery in new}
            self._reach.catch_up(self._connection, sent, entry, late, place + len(new))
        committed = self._receipted(entry, bodies, Verdict.ACCEPTED, statement=first)
        return replace(
            committed,
            content_digest=statement.content_digest,
            duplicate=True,
            deliveries=tuple(delivery.delivery_id for delivery in new),
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
            raise _gap(statement, decision)
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
            others = self._tell(sent, decision, entry, place + len(new))
            if decision.admission is Admission.AHEAD or again is not None:
                self._settle(statement, decision, entry, first, again is not None)
            self._release(decision, entry, position, len(new) + len(others))
        committed = self._receipted(entry, bodies, verdict, statement=first)
        return replace(
            committed,
            content_digest=statement.content_digest,
            deliveries=tuple(delivery.delivery_id for delivery in new),
        )

    def _about(self, statement: Statement) -> Key | None:
        """Return the certificate that a known statement is about."""
        first = self.view.subjects.get(statement.content_digest)
        return None if first is None else self.view.by_key.get(first)

    def _sent(self, statement: Statement, about: Key | None, first: int, message: int) -> Sent:
        record = None if about is None else self.view.records.get(about)
        return Sent(
            statement=first,
            message=message,
            kind=statement.kind.value,
            scheme=statement.scheme,
            order_key=statement.order_key if about is None else order_key(*about),
            certificate=None if record is None else record.first,
        )

    def _admit(self, statement: Statement, decision: Decision, first: int, token: bytes) -> None:
        """Take over what a statement changes in the register."""
        self.view.admit(statement, decision.records, first, token)
        if decision.about is None:
            return
        if decision.former_number is not None:
            self.view.correct(decision.former_number, decision.about)
        for one in self.view.caught_up(decision.about):
            self._batch.ended.append(Ended(message=one.message, state=HoldState.RELEASED))

    def _tell(self, sent: Sent, decision: Decision, entry: Entry, place: int) -> Sequence[object]:
        """Tell everybody who received a certificate that changes."""
        keys = [int(r.first) for r in decision.records if r.first is not None]
        keys += [] if sent.certificate is None else [sent.certificate]
        about, statement = decision.about, entry.statement
        also = set()
        if about is not None and statement is not None and statement.issuer != about[0]:
            also.add(about[0])
        told = self._reach.told(sent, entry, keys, also)
        self._reach.hand_out(sent, told, place=place, at=entry.message.received_at)
        return told

    def _settle(
        self,
        statement: Statement,
        decision: Decision,
        entry: Entry,
        first: int,
        again: bool,  # noqa: FBT001
    ) -> None:
        """Note that a statement stands ahead of its turn, or entered after all."""
        ahead = decision.admission is Admission.AHEAD
        state = HoldState.AHEAD if ahead else HoldState.RELEASED
        claim, about = statement.claim, decision.about
        if ahead and about is not None and isinstance(claim, NewStatusChange):
            self.view.restrict(about, first, claim)
        if again:
            place = self._batch.position * POSITIONS
            self._batch.ended.append(Ended(message=first, state=state, place=place))
            self._batch.revived.append((first, entry.message.received_at))
            self._refused.discard(first)
        elif claim is not None and entry.hold_until is not None:
            waiting_for = decision.waiting_for or 0
            self._batch.holds.append(
                holds.new_row(first, statement, claim, waiting_for, entry.hold_until, state)
            )

    def _hold(
        self,
        statement: Statement,
        decision: Decision,
        until: datetime,
        first: int,
        again: bool,  # noqa: FBT001
    ) -> None:
        """Let a statement wait."""
        claim, about = statement.claim, decision.about
        if claim is None or about is None:
            return
        if again:
            ended = Ended(message=first, state=HoldState.WAITING, until=until)
            self._batch.ended.append(ended)
            self._refused.discard(first)
        else:
            waiting_for = decision.waiting_for or 0
            self._batch.holds.append(holds.new_row(first, statement, claim, waiting_for, until))
        subject = self.view.records[about].first
        self._waiting.setdefault(about, []).append(
            Waiting(message=first, statement=statement, subject=subject, until=until)
        )

    def _release(self, decision: Decision, entry: Entry, position: int, used: int) -> None:
        """Let those enter that waited for this statement, and those that waited for them."""
        waiting = self._waiting.get(decision.about, []) if decision.about is not None else []
        at = entry.message.received_at
        # Behind everybody who is told of this one.
        place = position * POSITIONS + max(_BEHIND, used)
        while (ready := self._next(waiting, at)) is not None:
            held, found = ready
            waiting.remove(held)
            if isinstance(found, RuleError):
                code = str(found.code)
                ended = Ended(message=held.message, state=HoldState.REFUSED, fault=code)
                self._batch.ended.append(ended)
                self._batch.refused.append((held.message, code, at))
                self._refused.add(held.message)
                continue
            self._admit(held.statement, found, held.message, b"")
            place += _MOST_ADDRESSEES
            self._batch.ended.append(
                Ended(message=held.message, state=HoldState.RELEASED, place=place)
            )
            self._batch.released.append((held.message, place, at))
            own = self._everybody(held.message)
            self._batch.woken.update({PUSHES, *own})
            sent = self._sent(held.statement, found.about, held.message, held.message)
            self._reach.delivered.update((held.message, name) for name in own)
            self._tell(sent, found, replace(entry, statement=held.statement), place + len(own))
            if sent.certificate is not None:
                self._reach.received.setdefault(sent.certificate, set()).update(own)

    def _next(
        self, waiting: Sequence[Waiting], at: datetime
    ) -> tuple[Waiting, Decision | RuleError] | None:
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
        """Whoever is an addressee of a held message, in this transaction or an earlier one."""
        rows = self._connection.execute(
            select(DELIVERIES.c.addressee).where(DELIVERIES.c.statement == message)
        )
        mine = {name for statement, name in self._reach.delivered if statement == message}
        return mine | {row.addressee for row in rows}

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


def _gap(statement: Statement, decision: Decision) -> UndecidedError:
    claim = statement.claim
    if isinstance(claim, NewAttestation):
        path, found = "/Attestation/Revision", f"revision {claim.revision}"
    else:
        path, found = "/StatusChange/Sequence", f"{claim.sequence if claim else 'none'}"
    if decision.admission is Admission.AHEAD:
        found += ", which takes effect at once"
    return UndecidedError(
        Finding(
            code=RuleCode.STC_02,
            path=path,
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
