"""Acknowledge: the addressee's signed word on what became of a delivery.

Rules:
 1. it is a receipt that passes the gates, signed with a receipt key of the caller;
 2. its stage is *acknowledged*: a hub's receipt is no addressee's;
 3. it is about the octets that were delivered, and follows from the hub's receipt of them;
 4. the first one counts: the same outcome again is answered with the first, another is refused.

Rules 3 and 4 are decided by the store, inside the transaction. A late acknowledgement, after
its lease ended, is as good as any.
"""

from __future__ import annotations

import structlog

from exchange.codes.service import RefusedCode
from exchange.core.deliveries import Acknowledged, Acknowledgement
from exchange.core.entry import DeliveryId, ReceiptRecord
from exchange.core.model import BodyId
from exchange.core.receipt import Receipted, read_receipt
from exchange.core.receipt_document import Stage
from exchange.errors import Finding, RefusedError, RejectedError
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.pace import paced
from exchange.service.receive import require_signing

_log = structlog.get_logger(__name__)


async def acknowledge(
    hub: Hub, caller: Caller, delivery_id: DeliveryId, data: bytes
) -> Acknowledged:
    """Take an addressee's acknowledgement and return the one that counts.

    Args:
        hub: The hub.
        caller: The addressee.
        delivery_id: As the lease gave it.
        data: The signed receipt, byte-exact.

    Raises:
        RefusedError: It is not a valid acknowledgement of this delivery.
        UndecidedError: The trust lists are too old to say.
    """
    require_signing(hub)
    at = hub.clock()
    try:
        receipted = await paced(len(data), read_receipt, data, hub.snapshot, at)  # 1
    except RejectedError as error:
        raise RefusedError(
            Finding(code=RefusedCode.ACKNOWLEDGEMENT, message=str(error)[:500]), *error.findings
        ) from error
    _require_acknowledgement(receipted, caller.id)  # 1, 2
    acknowledged = await hub.store.acknowledge(
        Acknowledgement(
            delivery_id=delivery_id,
            addressee=caller.id,
            receipt=receipt_record(receipted, data),
            at=at,
        )
    )
    _log.info(
        "acknowledged",
        action="acknowledge",
        addressee=caller.id,
        delivery=delivery_id,
        outcome=acknowledged.outcome,
        repeated=acknowledged.repeated,
    )
    return acknowledged


def receipt_record(receipted: Receipted, data: bytes) -> ReceiptRecord:
    """Return what the store keeps of somebody else's receipt."""
    receipt = receipted.receipt
    return ReceiptRecord(
        receipt_id=receipt.receipt_id,
        stage=receipt.stage.value,
        outcome=receipt.outcome.value,
        issuer=receipt.issuer,
        produced_at=receipt.produced_at,
        data=data,
        message_digest=receipt.message_digest,
        content_digest=receipt.content_digest,
        previous=receipt.previous,
    )


def _require_acknowledgement(receipted: Receipted, caller: BodyId) -> None:
    receipt = receipted.receipt
    if receipt.issuer != caller:
        raise _refused("/Receipt/Issuer", f"expected {caller}, found {receipt.issuer}")
    if receipt.stage is not Stage.ACKNOWLEDGED:
        raise _refused(
            "/Receipt/Stage", f"expected {Stage.ACKNOWLEDGED.value}, found {receipt.stage.value}"
        )


def _refused(path: str, message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.ACKNOWLEDGEMENT, path=path, message=message))
