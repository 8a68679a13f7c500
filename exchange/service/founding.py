"""The founding of an administering hub: what the ceremony made becomes its first action.

- The folder of the ceremony holds `founding.xml`, signed by the offline root, and `root.xml`,
  the root's delegation to the online list key. Both are believed only under a pinned root.
- The founding is committed once, with a receipt like every statement. Of several processes
  that start at once one commits it, and the others find it there.
- A newer delegation in the folder is taken over at the start; while the hub runs it is brought
  as any publication is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.codes.store import StoreCode
from exchange.core.entry import Entry, Message, Statement
from exchange.core.limits import Limits
from exchange.core.model import (
    DocumentId,
    Fingerprint,
    Indication,
    Kind,
    MessageDigest,
    MessageId,
    SnapshotId,
)
from exchange.core.receipt_document import Outcome, Receipt, SignatureResult, Stage
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import ListType
from exchange.errors import ExchangeError, Finding, SettingsError, StoreError
from exchange.service.examination import DraftedReceipt, draft, release_parts
from exchange.service.own_lists import read_delegation
from exchange.service.publish import Release
from exchange.service.trust_keeper import TrustKeeper, founded, read_sealed
from exchange.service.trustees import pinned
from exchange.settings import Settings
from exchange.store.store import Store

FOUNDING: Final = "founding.xml"
DELEGATION: Final = "root.xml"


def hub_release() -> Release:
    """Return schemas, code lists, limits and algorithms of this release."""
    catalogue, code_lists = release_parts()
    return Release(catalogue=catalogue, code_lists=code_lists, limits=Limits())


def pinned_root(settings: Settings) -> Fingerprint:
    """Return the one root under which this hub was founded.

    Raises:
        SettingsError: None is pinned, or several.
    """
    pins = pinned(settings)
    if len(pins) != 1:
        raise _unusable("trust_pins", f"expected the one root of this hub, found {len(pins)} pins")
    return next(iter(pins))


async def open_keeper(
    settings: Settings, store: Store, folder: Path
) -> tuple[TrustKeeper, bytes | None]:
    """Return the keeper of this hub's trust.

    Args:
        settings: Which root is pinned.
        store: Holds the actions.
        folder: Of the ceremony.

    Returns:
        The keeper, and the octets of the founding where it is not committed yet.

    Raises:
        SettingsError: The folder does not hold what the pinned root has signed.
        StoreError: What was committed does not verify.
    """
    release = await asyncio.to_thread(hub_release)
    root = pinned_root(settings)
    keeper = await TrustKeeper.open(store, root=root, release=release)
    data = None
    if keeper is None:
        data = await asyncio.to_thread(_read, folder / FOUNDING)
        try:
            state = await asyncio.to_thread(founded, data, root, release)
        except StoreError as exc:
            # Nothing is damaged: the operator has brought another file.
            raise SettingsError(
                Finding(code=SettingsCode.TRUST, path=FOUNDING, message=exc.findings[0].message),
                *exc.findings[1:],
            ) from exc
        keeper = TrustKeeper(store=store, release=release, root=root, state=state)
    if keeper.state.hub != settings.hub:
        raise _unusable(
            FOUNDING, f"expected the founding of {settings.hub}, found that of {keeper.state.hub}"
        )
    return keeper, data


async def newest_delegation(keeper: TrustKeeper, folder: Path) -> TrustList:
    """Return the root's newest delegation, from the folder or as it was published.

    Raises:
        SettingsError: There is none, or it is not one of this root.
    """
    found: list[TrustList] = []
    kept = keeper.list_in_force(ListType.DELEGATION)
    path = folder / DELEGATION
    octets = [] if kept is None else [kept.data]
    if kept is None or await asyncio.to_thread(path.exists):
        octets.append(await asyncio.to_thread(_read, path))
    for data in octets:
        try:
            one = await asyncio.to_thread(read_delegation, data, keeper.root, keeper.release)
        except ExchangeError as exc:
            raise SettingsError(
                Finding(code=SettingsCode.TRUST, path=DELEGATION, message=str(exc)[:500]),
                *exc.findings,
            ) from exc
        found.append(one)
    return max(found, key=lambda one: one.sequence)


async def commit_founding(
    keeper: TrustKeeper,
    data: bytes,
    *,
    receipt_id: DocumentId,
    snapshot_id: SnapshotId,
    at: datetime,
    certificates: tuple[bytes, ...],
    sign: Callable[[DraftedReceipt], Awaitable[bytes]],
) -> None:
    """Commit the founding as the first action, unless another process has done so.

    Args:
        keeper: Began with it.
        data: The octets of the founding.
        receipt_id: A fresh identifier.
        snapshot_id: What the hub judges by from now on.
        at: Now.
        certificates: Of the hub's receipt key.
        sign: Signs the receipt.

    Raises:
        StoreError: It could not be written, or the store holds another founding.
    """
    sealed = read_sealed(data, keeper.release)
    message = Message(
        sender=keeper.state.hub,
        message_id=MessageId(sealed.action.action_id.removeprefix("urn:uuid:")),
        digest=MessageDigest(sha256(data).digest()),
        received_at=at,
    )
    drafted = draft(
        Receipt(
            receipt_id=receipt_id,
            stage=Stage.ACCEPTED,
            outcome=Outcome.ACCEPTED,
            issuer=message.sender,
            message_id=message.message_id,
            sender=message.sender,
            message_digest=message.digest,
            kind=Kind.ACTION,
            content_digest=sealed.digest,
            received_at=at,
            produced_at=at,
            snapshot_id=snapshot_id,
            signature=SignatureResult(
                indication=Indication.TOTAL_PASSED, signed_at=sealed.at, key=sealed.sealed_by
            ),
        ),
        certificates,
    )
    entry = Entry(
        message=message,
        statement=Statement(
            content_digest=sealed.digest,
            document_id=sealed.action.action_id,
            kind=Kind.ACTION,
            issuer=message.sender,
        ),
        data=data,
        receipt=drafted.record(await sign(drafted)),
        actions=0,
    )
    try:
        await keeper.store.commit(entry)
    except StoreError as error:
        if error.code is not StoreCode.OVERTAKEN:
            raise
        (first,) = await keeper.store.actions(limit=1)
        if first.digest != sealed.digest:
            raise


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise _unusable(
            path.name, f"expected a file of the ceremony, found {exc.strerror}".lower()
        ) from exc


def _unusable(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.TRUST, path=path, message=message))
