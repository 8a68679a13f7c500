"""Remove: the octets of a statement are deleted by order, and a signed notice takes their place.

Steps:
 1. the operator of the hub asks, and names the order: court or authority, number, date;
 2. the hub seals a notice that names the order and the digest, and nothing of the content;
 3. the notice is committed and the octets are deleted in one transaction; whoever received the
    statement, and its issuer, gets the notice;
 4. what the engine has deleted is overwritten, as far as it can while the hub runs.

Receipts, proofs and checkpoints stay: they are over digests. Only certificates and their status
changes can be removed; what trust and notices rest on stays readable.
"""

from __future__ import annotations

import re
from typing import Final

import structlog

from exchange.codes.service import RefusedCode
from exchange.core.document.notice import RemovalCause, Standing
from exchange.core.entry import NewRemoval
from exchange.core.model import ContentDigest, Kind
from exchange.core.notice_writing import NewNotice
from exchange.core.notices import Removal
from exchange.errors import Finding, RefusedError, StoreError
from exchange.service.find import nothing
from exchange.service.hub import Hub
from exchange.service.identify import Caller, require_operator
from exchange.service.notices import Draft, make_entries

MAX_ORDER: Final = 300
"""Characters of an order."""
_REMOVABLE: Final = frozenset({Kind.ATTESTATION, Kind.STATUS_CHANGE})
_ORDER: Final = re.compile(r"[^\x00-\x1f\x7f<>\u202a-\u202e\u2066-\u2069]+")

_log = structlog.get_logger(__name__)


async def remove(hub: Hub, caller: Caller, digest: ContentDigest, order: str) -> Removal:
    """Delete the octets of a statement by order; a repetition returns the first notice.

    Args:
        hub: Keeps the statement.
        caller: The operator of the hub.
        digest: Content digest of the statement.
        order: Court or authority, number and date, as people cite it.

    Raises:
        RefusedError: Somebody else calls, the order says nothing, or there is no such statement.
        StoreError: Nothing was removed.
        VaultError: The notice cannot be sealed.
    """
    require_operator(caller, hub.id)  # 1
    words = " ".join(order.split())
    if not (words and len(words) <= MAX_ORDER and _ORDER.fullmatch(words)):
        raise _refused(f"expected an order of 1 to {MAX_ORDER} characters, found another")
    before = await hub.store.removal(digest)
    if before is not None:
        return before
    statement = await hub.store.statement(digest)
    if statement is None:
        raise nothing(f"no statement {digest.hex()}")
    if statement.kind not in _REMOVABLE:
        raise _refused(f"expected an attestation or a status change, found a {statement.kind}")
    at = hub.clock()
    received = {one.addressee for one in await hub.store.deliveries(digest)}
    draft = Draft(  # 2
        notice=NewNotice(
            document_id=hub.new_document_id(),
            hub=hub.id,
            issued_at=at,
            cause=RemovalCause(words, digest),
            standing=Standing.REMOVED,
            since=at,
        ),
        name=f"removal/{digest.hex()}",
        removal=NewRemoval(statement=digest, order=words, at=at),
        addressees=tuple(sorted(received | {statement.issuer})),
    )
    (entry,) = await make_entries(hub, [draft])
    try:
        await hub.store.commit(entry)  # 3
    except RefusedError as error:
        # Another process was faster; its notice is the one that counts.
        if error.code is not RefusedCode.MESSAGE_ID_CONFLICT:
            raise
    _log.warning("removed", action="remove", statement=digest.hex(), order=words)
    try:
        await hub.store.scrub()  # 4
    except StoreError as error:
        _log.error("not-scrubbed", action="remove", code=error.code.value, cause=str(error))
    removal = await hub.store.removal(digest)
    if removal is None:
        raise TypeError("what was removed has its notice")
    return removal


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.BODY, message=message))
