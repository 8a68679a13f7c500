"""Turns: what waits for a missing change, what stands ahead of it, and what is released.

Behind every change of a certificate those get their turn that waited for it, and everybody who
received the certificate is told (`exchange.store.reach`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from exchange.core.admission import Admission, Decision, decide
from exchange.core.admit_attestation import own_record, renews
from exchange.core.admit_change import lifts, subject
from exchange.core.entry import (
    Entry,
    NewAttestation,
    NewStatusChange,
    Statement,
    StoredMessage,
)
from exchange.core.hold import Hold
from exchange.core.model import BodyId, MessageId
from exchange.core.register import RegisterFacts
from exchange.core.suspender import NOBODY, suspenders
from exchange.errors import RuleError
from exchange.store import certificates, holds, register
from exchange.store.batch import PUSHES, Batch, Sent
from exchange.store.deliveries import POSITIONS
from exchange.store.holds import Ended, Waiting
from exchange.store.reach import Reach, order_key
from exchange.store.signers import Signers
from exchange.store.statements import Unpack
from exchange.store.tables import DELIVERIES, STATEMENTS, HoldState
from exchange.store.view import Key, View

_BEHIND: Final = POSITIONS // 2
"""Half-way between two messages, so behind all addressees of the first."""
MOST_ADDRESSEES: Final = 1 << 12


class Turns:
    """The certificates of one transaction, with what waits for its turn."""

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
        self._unpack: Unpack | None = None

    def _gather_waiting(self, statements: Sequence[Statement]) -> None:
        """Read what waits, or is ahead of its turn, about certificates that may change."""
        identifiers = {
            s.claim.attestation_id for s in statements if isinstance(s.claim, NewStatusChange)
        } | {record.attestation_id for record in self.view.records.values() if record.gap}
        if not identifiers:
            return
        found = holds.waiting(self._connection, identifiers)
        if found:
            # What a held statement names is decided when its turn comes, in this transaction.
            register.gather(self._connection, [one.statement for one in found], self.view)
        for one in found:
            claim = one.statement.claim
            key = self.view.by_key.get(-1 if one.subject is None else one.subject)
            if claim is None:
                continue
            about = key or (one.statement.issuer, claim.attestation_id)
            if one.is_ahead and isinstance(claim, NewStatusChange):
                self.view.restrict(about, one.message, claim)
            else:
                self._waiting.setdefault(about, []).append(one)

    def forget(self, hold: Hold) -> None:
        """Let a statement wait no more whose waiting was ended in this transaction."""
        for waiting in self._waiting.values():
            waiting[:] = [one for one in waiting if one.message != hold.sequence]

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
            place += MOST_ADDRESSEES
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

    def _facts(self, statement: Statement, at: datetime) -> RegisterFacts:
        """Return what there is to know; who suspended what is to be lifted, too."""
        facts, claim = self.view.facts(statement, at), statement.claim
        record = None
        if isinstance(claim, NewAttestation):
            own = own_record(facts, statement)
            record = own if own is not None and renews(own, claim, at) else None
        elif isinstance(claim, NewStatusChange) and lifts(claim):
            record = subject(facts, statement, claim)
        if record is None or record.first is None or self._unpack is None:
            return facts
        if not self._others_spoke(record.first, statement.issuer):
            return facts
        for row in self._batch.statements:
            if row["subject"] == record.first and row["issuer"] != statement.issuer:
                return replace(facts, suspended_by=frozenset({BodyId(row["issuer"])}))
        kept = certificates.find(self._connection, record.first, self._unpack)
        before = record.place.sequence + 1
        by = NOBODY if kept is None else suspenders(kept, before=before)
        return replace(facts, suspended_by=by)

    def _others_spoke(self, first: int, body: BodyId) -> bool:
        """Tell whether a body has company in what is said about a certificate."""
        if any(row["subject"] == first and row["issuer"] != body for row in self._batch.statements):
            return True
        found = select(STATEMENTS.c.sequence).where(
            STATEMENTS.c.subject == first, STATEMENTS.c.issuer != body
        )
        return self._connection.execute(found.limit(1)).first() is not None

    def _next(
        self, waiting: Sequence[Waiting], at: datetime
    ) -> tuple[Waiting, Decision | RuleError] | None:
        for held in waiting:
            facts = self._facts(held.statement, at)
            facts = replace(facts, same_content=None, same_document=None)
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
