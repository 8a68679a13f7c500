"""Deliveries that end: with the addressee's acknowledgement, or with the hub giving up.

Both bring a signed receipt that continues the chain of the message and gets a leaf of its own.
The first acknowledgement counts; the same answer again is answered with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from exchange.codes.service import RefusedCode
from exchange.core.deliveries import Acknowledged, Acknowledgement, Failure
from exchange.core.entry import DeliveryId, ReceiptRecord
from exchange.core.ledger import LeafKind
from exchange.core.lifecycle import Act, Delivery, Mode, sources, target
from exchange.errors import Finding, RefusedError
from exchange.store.batch import PUSHES, Batch
from exchange.store.engine import Record
from exchange.store.statements import FIRST, Unpack
from exchange.store.tables import DELIVERIES, RECEIPTS, STATEMENTS

_DELIVERY: Final = (
    select(
        DELIVERIES.c.delivery_id,
        DELIVERIES.c.addressee,
        DELIVERIES.c.mode,
        DELIVERIES.c.state,
        DELIVERIES.c.message,
        DELIVERIES.c.statement,
        FIRST.c.digest.label("message_digest"),
        STATEMENTS.c.content_digest,
        RECEIPTS.c.digest.label("receipt_digest"),
    )
    .join(STATEMENTS, STATEMENTS.c.sequence == DELIVERIES.c.statement)
    .join(FIRST, FIRST.c.sequence == DELIVERIES.c.statement)
    .join(RECEIPTS, RECEIPTS.c.position == DELIVERIES.c.message)
)


@dataclass(slots=True)
class _Ending:
    """One delivery, with what this batch has changed so far."""

    row: Record
    state: Delivery
    answer: Acknowledged | None
    """The acknowledgement that counts."""
    last_receipt: bytes
    """Digest of the newest receipt of its chain."""


class Closer:
    """Decides acknowledgements and failures one after the other."""

    def __init__(self, endings: dict[DeliveryId, _Ending]) -> None:
        """Take what was gathered."""
        self._endings = endings

    @classmethod
    def gather(
        cls,
        connection: Connection,
        items: Sequence[Acknowledgement | Failure],
        unpack: Unpack,
    ) -> Closer:
        """Read the deliveries that are to end and the receipts that they have."""
        identifiers = {item.delivery_id for item in items}
        endings: dict[DeliveryId, _Ending] = {}
        if not identifiers:
            return cls(endings)
        for row in connection.execute(_DELIVERY.where(DELIVERIES.c.delivery_id.in_(identifiers))):
            endings[DeliveryId(row.delivery_id)] = _Ending(
                row, Delivery(row.state), None, row.receipt_digest
            )
        receipts = connection.execute(
            select(
                RECEIPTS.c.position,
                RECEIPTS.c.delivery_id,
                RECEIPTS.c.leaf_kind,
                RECEIPTS.c.outcome,
                RECEIPTS.c.digest,
                RECEIPTS.c.body,
            )
            .where(
                # The index leads through the statement; most receipts are about no delivery.
                RECEIPTS.c.statement.in_({ending.row.statement for ending in endings.values()}),
                RECEIPTS.c.delivery_id.in_(identifiers),
            )
            .order_by(RECEIPTS.c.position)
        )
        for found in receipts:
            ending = endings[DeliveryId(found.delivery_id)]
            ending.last_receipt = found.digest
            if found.leaf_kind == LeafKind.ACKNOWLEDGED:
                ending.answer = Acknowledged(
                    delivery_id=DeliveryId(found.delivery_id),
                    index=found.position,
                    receipt=unpack(found.body),
                    receipt_digest=found.digest,
                    outcome=found.outcome,
                    repeated=True,
                )
        return cls(endings)

    def close(self, item: Acknowledgement | Failure, body: bytes, batch: Batch) -> Acknowledged:
        """Decide one item and add its rows.

        Raises:
            RefusedError: There is no such delivery for this body, the receipt is about
                something else, or the delivery has ended in another way.
        """
        ending = self._endings.get(item.delivery_id)
        if ending is None or (
            isinstance(item, Acknowledgement) and ending.row.addressee != item.addressee
        ):
            raise _refused(RefusedCode.UNKNOWN_DELIVERY, "expected a delivery, found none")
        act = Act.ACKNOWLEDGE if isinstance(item, Acknowledgement) else Act.ABANDON
        if isinstance(item, Acknowledgement):
            _check(item.receipt, ending)
            if ending.answer is not None:
                return _repeated(item.receipt, ending.answer)
        if ending.state not in sources(act):
            raise _refused(
                RefusedCode.DELIVERY_STATE, f"a delivery that is {ending.state} cannot {act}"
            )
        index = batch.add_receipt(
            item.receipt,
            body,
            message=ending.row.message,
            statement=ending.row.statement,
            delivery_id=item.delivery_id,
            # A hub that was pushed to answers with its receipt for the submission, whose stage
            # is its own; here it is what ended the delivery.
            kind=LeafKind.ACKNOWLEDGED if act is Act.ACKNOWLEDGE else LeafKind.FAILED,
        )
        code = item.code if isinstance(item, Failure) else None
        batch.closings.setdefault(act, []).append((item.delivery_id, item.at, code))
        # The next one of the same certificate number may have been waiting for this.
        batch.woken.add(PUSHES if ending.row.mode == Mode.PUSH else ending.row.addressee)
        answer = Acknowledged(
            delivery_id=item.delivery_id,
            index=index,
            receipt=item.receipt.data,
            receipt_digest=item.receipt.digest,
            outcome=str(item.receipt.outcome),
        )
        ending.state = target(act)
        ending.last_receipt = item.receipt.digest
        if act is Act.ACKNOWLEDGE:
            ending.answer = answer
        return answer


def _check(receipt: ReceiptRecord, ending: _Ending) -> None:
    """The receipt is about what was delivered, and continues its chain."""
    if receipt.message_digest != ending.row.message_digest or (
        receipt.content_digest not in (None, ending.row.content_digest)
    ):
        raise _refused(
            RefusedCode.ACKNOWLEDGEMENT_DIGEST,
            f"expected {ending.row.message_digest.hex()}, found {receipt.message_digest.hex()}",
        )
    # What the addressee saw was the hub's receipt; a failure noted meanwhile it could not know.
    if receipt.previous not in (None, ending.row.receipt_digest, ending.last_receipt) and (
        ending.answer is None
    ):
        raise _refused(
            RefusedCode.ACKNOWLEDGEMENT_CHAIN,
            f"expected {ending.row.receipt_digest.hex()}, found {receipt.previous.hex()}",
        )


def _repeated(receipt: ReceiptRecord, answer: Acknowledged) -> Acknowledged:
    if receipt.digest != answer.receipt_digest and str(receipt.outcome) != answer.outcome:
        raise _refused(
            RefusedCode.ACKNOWLEDGEMENT_CONFLICT,
            f"expected {answer.outcome}, found {receipt.outcome}",
        )
    return Acknowledged(
        delivery_id=answer.delivery_id,
        index=answer.index,
        receipt=answer.receipt,
        receipt_digest=answer.receipt_digest,
        outcome=answer.outcome,
        repeated=True,
    )


def _refused(code: RefusedCode, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))
