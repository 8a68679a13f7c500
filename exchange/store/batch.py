"""The rows of one transaction, collected while items are decided and written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, update

from exchange.core.certificates import TOKEN_BYTES
from exchange.core.declarations import Declared
from exchange.core.deliveries import Acknowledgement, Failure
from exchange.core.entry import (
    Entry,
    Message,
    NewAttestation,
    NewDelivery,
    ReceiptRecord,
    Statement,
    Verdict,
)
from exchange.core.hold import Lapse
from exchange.core.ledger import NO_CONTENT, Frontier, Leaf, LeafKind, leaf_kind
from exchange.core.lifecycle import Act, Delivery, Mode, sources, target
from exchange.core.trust_records import Notice
from exchange.errors import ExchangeError
from exchange.store import declarations, deliveries, holds, ledger, register, removals, search
from exchange.store.columns import Instant, Number
from exchange.store.compression import Codec, Subject
from exchange.store.deliveries import Closing
from exchange.store.engine import FAULTS, translated
from exchange.store.holds import Ended
from exchange.store.notice_tables import NOTICES
from exchange.store.notify import notify
from exchange.store.rows import write_rows
from exchange.store.statements import Unpack, addressees
from exchange.store.tables import (
    DELIVERIES,
    HOLDS,
    KEPT,
    MESSAGES,
    RECEIPTS,
    SIGNERS,
    STATEMENTS,
)
from exchange.store.trust_tables import ACTIONS, REFUSED_UNDER_SUSPENSION
from exchange.store.view import View

PUSHES: Final = ""
"""The name under which the pusher is woken; a body's own name wakes its long polls."""
ACTIONS_BELL: Final = "/actions"
"""The name under which those are woken who follow the actions; no body is called so."""
LISTS: Final = "/lists"
"""The name under which those are woken who put published lists in force."""

Item = Entry | Acknowledgement | Failure | Lapse | Notice
"""What can be committed."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The compressed bodies of one entry."""

    data: bytes
    receipt: bytes
    evidence: bytes | None


def pack(codec: Codec, item: Item) -> Bodies | ExchangeError:
    """Compress what an item brings; what cannot be is its own fault only."""
    try:
        receipt = codec.pack(item.receipt.data, Subject.RECEIPT)
        if not isinstance(item, Entry):
            return Bodies(data=b"", receipt=receipt, evidence=None)
        if item.receipt.message_digest != item.message.digest:
            raise ValueError("the receipt is about another message")
        if _begins(item) and len(item.token) != TOKEN_BYTES:
            raise ValueError(f"expected a token of {TOKEN_BYTES} octets, found another")
        return Bodies(
            data=codec.pack(item.data, Subject.STATEMENT),
            receipt=receipt,
            evidence=None if item.evidence is None else codec.pack(item.evidence, Subject.OTHER),
        )
    except FAULTS as exc:
        return translated(exc)


def _begins(entry: Entry) -> bool:
    """Whether a certificate may begin with it."""
    return entry.statement is not None and isinstance(entry.statement.claim, NewAttestation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A statement that is handed out."""

    statement: int
    message: int
    """The message whose receipt goes with it."""
    kind: str
    scheme: str | None
    order_key: str
    """Statements with the same one reach each addressee in their order."""
    certificate: int | None = None
    """The certificate that it is about."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction will write."""

    frontier: Frontier
    unpack: Unpack
    """Gives octets that were kept before."""
    words: dict[int, str] = field(default_factory=dict)
    """What the search finds attestations by, by the position of their statement."""
    leaves: list[Leaf] = field(default_factory=list)
    signers: list[Row] = field(default_factory=list)
    statements: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)
    suspended: list[Row] = field(default_factory=list)
    declarations: list[Row] = field(default_factory=list)
    entering: list[Declared] = field(default_factory=list)
    """What is declared in this batch, before it stands in a table."""
    notices: list[Row] = field(default_factory=list)
    removals: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    released: list[tuple[int, int, datetime]] = field(default_factory=list)
    refused: list[tuple[int, str, datetime]] = field(default_factory=list)
    revived: list[tuple[int, datetime]] = field(default_factory=list)
    """Statements that waited in vain and have entered after all."""
    closings: dict[Act, list[Closing]] = field(default_factory=dict)
    woken: set[str] = field(default_factory=set)

    @property
    def position(self) -> int:
        """The position in the ledger that the next receipt gets."""
        return self.frontier.size + len(self.leaves)

    def add_receipt(
        self,
        record: ReceiptRecord,
        body: bytes,
        *,
        message: int,
        statement: int | None,
        kind: LeafKind | None = None,
        delivery_id: str | None = None,
        stated: bytes | None = None,
    ) -> int:
        """Add a receipt and its leaf, whose kind is the stage's own unless given.

        Args:
            record: The receipt.
            body: Its octets, compressed.
            message: What it is about.
            statement: What the message brought.
            kind: Of its leaf.
            delivery_id: When it is about one delivery.
            stated: The content digest of the statement, which then is not kept twice.

        Returns:
            Its position.
        """
        position = self.position
        content = record.content_digest or NO_CONTENT
        leaf = Leaf(
            kind=kind or leaf_kind(record.stage),
            content_digest=content,
            receipt_digest=record.digest,
        )
        self.receipts.append(
            {
                "position": position,
                "leaf_kind": leaf.kind.value,
                "content_digest": None if statement is not None and content == stated else content,
                "digest": record.digest,
                "receipt_id": record.receipt_id,
                "stage": str(record.stage),
                "outcome": str(record.outcome),
                "issuer": record.issuer,
                "produced_at": record.produced_at,
                "message": message,
                "statement": statement,
                "delivery_id": delivery_id,
                "previous": record.previous,
                "body": body,
            }
        )
        self.leaves.append(leaf)
        return position

    def add_message(self, message: Message, verdict: Verdict, statement: int | None) -> None:
        """Add a message under the next position."""
        self.messages.append(
            {
                "sequence": self.position,
                "sender": message.sender,
                "message_id": message.message_id,
                "digest": message.digest,
                "addressees": addressees(message.addressees),
                "received_at": message.received_at,
                "verdict": verdict.value,
                "statement": statement,
            }
        )

    def add_statement(
        self,
        statement: Statement,
        entry: Entry,
        body: bytes,
        *,
        subject: int | None,
        signer: int | None,
    ) -> None:
        """Add a statement under the next position, about a certificate, by a signer."""
        if isinstance(statement.claim, NewAttestation):
            self.words[self.position] = statement.claim.words
        self.statements.append(
            {
                "sequence": self.position,
                "content_digest": statement.content_digest,
                "document_id": statement.document_id,
                "kind": statement.kind.value,
                "issuer": statement.issuer,
                "scheme": statement.scheme,
                "size": len(entry.data),
                "body": body,
                "subject": subject,
                "signer": signer,
            }
        )

    def add_kept(self, purpose: str, body: bytes) -> None:
        """Keep something else with the message at the next position."""
        self.kept.append({"message": self.position, "purpose": purpose, "body": body})

    def add_deliveries(
        self,
        sent: Sent,
        new: Sequence[NewDelivery],
        *,
        place: int,
        at: datetime,
        hold_until: datetime | None,
    ) -> None:
        """Add deliveries of a statement, from a place on in the order of handing out."""
        for ordinal, delivery in enumerate(new):
            self.deliveries.append(
                {
                    "delivery_id": delivery.delivery_id,
                    "position": place + ordinal,
                    "message": sent.message,
                    "statement": sent.statement,
                    "kind": sent.kind,
                    "scheme": sent.scheme,
                    "addressee": delivery.addressee,
                    "mode": delivery.mode.value,
                    "state": (Delivery.READY if hold_until is None else Delivery.HELD).value,
                    "order_key": sent.order_key,
                    "attempts": 0,
                    "next_at": delivery.next_at if hold_until is None else hold_until,
                    "deadline": delivery.deadline,
                    "last_code": None,
                    "created_at": at,
                    "changed_at": at,
                }
            )
            self.woken.add(PUSHES if delivery.mode is Mode.PUSH else delivery.addressee)

    def write(self, connection: Connection, view: View) -> None:
        """Write everything; the order is that of the foreign keys."""
        for table, rows in (
            (SIGNERS, self.signers),
            (STATEMENTS, self.statements),
            (MESSAGES, self.messages),
            (RECEIPTS, self.receipts),
            (KEPT, self.kept),
            (HOLDS, self.holds),
            (DELIVERIES, self.deliveries),
            (ACTIONS, self.actions),
            (REFUSED_UNDER_SUSPENSION, self.suspended),
            (NOTICES, self.notices),
        ):
            if rows:
                write_rows(connection, _INSERTS[table], rows)
        register.keep(connection, view)
        search.keep(connection, view, self.words, self.unpack)
        holds.end(connection, self.ended)
        # These are rare, and a list of states cannot be bound once for many rows.
        for which, place, then in self.released:
            connection.execute(_RELEASE, {"which": which, "place": place, "then": then})
        for which, why, then in self.refused:
            connection.execute(_ABANDON, {"which": which, "why": why, "then": then})
        for which, then in self.revived:
            connection.execute(_REVIVE, {"which": which, "then": then})
        for act, closings in self.closings.items():
            deliveries.close(connection, act, closings)
        if self.leaves:
            ledger.append(connection, self.frontier, self.leaves)
        if self.actions:
            self.woken.add(ACTIONS_BELL)
        if self.declarations:
            declarations.keep(connection, self.declarations)
            self.woken.add(declarations.BELL)
        removals.carry_out(connection, self.removals, self.unpack)
        notify(connection, self.woken)


_INSERTS: Final = {
    table: insert(table)
    for table in (
        SIGNERS,
        STATEMENTS,
        MESSAGES,
        RECEIPTS,
        KEPT,
        HOLDS,
        DELIVERIES,
        ACTIONS,
        REFUSED_UNDER_SUSPENSION,
        NOTICES,
    )
}

# Whoever got the first of two also gets the second behind it: its place is counted anew from
# the message that released it.
_RELEASE: Final = (
    update(DELIVERIES)
    .where(DELIVERIES.c.message == bindparam("which"), DELIVERIES.c.state.in_(sources(Act.RELEASE)))
    .values(
        state=target(Act.RELEASE),
        position=bindparam("place", type_=Number)
        + DELIVERIES.c.position
        - DELIVERIES.c.message * deliveries.POSITIONS,
        next_at=bindparam("then", type_=Instant),
        changed_at=bindparam("then", type_=Instant),
    )
)
_REVIVE: Final = (
    update(DELIVERIES)
    .where(
        DELIVERIES.c.statement == bindparam("which"),
        DELIVERIES.c.state.in_(sources(Act.RESEND)),
    )
    .values(
        state=target(Act.RELEASE),
        next_at=bindparam("then", type_=Instant),
        last_code=None,
        changed_at=bindparam("then", type_=Instant),
    )
)
_ABANDON: Final = (
    update(DELIVERIES)
    .where(DELIVERIES.c.message == bindparam("which"), DELIVERIES.c.state == Delivery.HELD)
    .values(
        state=target(Act.ABANDON),
        next_at=None,
        last_code=bindparam("why"),
        changed_at=bindparam("then", type_=Instant),
    )
)
