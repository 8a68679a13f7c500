"""Notices of this hub: written, sealed, examined like every statement, and made ready to commit.

- A notice walks the road of every statement: five gates, a receipt, a leaf, deliveries.
- Its message id follows from what it tells, so that it enters once whoever tells it.
- It goes to its addressee whatever that has declared to take: who received a certificate has to
  hear what became of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.core.entry import DeliveryId, Entry, Message, NewDelivery, NewRemoval, Told
from exchange.core.lifecycle import Mode
from exchange.core.model import BodyId, MessageDigest, MessageId
from exchange.core.notice_writing import NewNotice, write_notice
from exchange.core.signing import complete, prepare
from exchange.service.examination import Failed, Job
from exchange.service.hub import Hub
from exchange.service.outgoing import deliveries_to, pushed_to
from exchange.service.pace import paced
from exchange.service.receive import require_signing

_NAMESPACE: Final = uuid.UUID("0a7c1f0e-93d4-5b1e-8b6e-5f0d1c2e7a44")
"""Of the message ids of notices; never changed, or somebody would be told twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice that is not sealed yet."""

    notice: NewNotice
    name: str
    """What it tells to whom; the message id follows from it."""
    told: Told | None = None
    removal: NewRemoval | None = None
    addressees: tuple[BodyId, ...] = ()


async def make_entries(hub: Hub, drafts: Sequence[Draft]) -> list[Entry]:
    """Return what is to be committed about notices, each sealed and examined.

    Raises:
        RejectedError: The hub would not accept its own notice; nothing is to be committed.
        StoreError: An operator has to decide before anything is signed.
        UndecidedError: The receipt key was stopped a moment ago.
        VaultError: The receipt key cannot be used.
    """
    require_signing(hub)
    snapshot = hub.snapshot
    jobs = []
    for draft in drafts:
        sealed = await _sealed(hub, draft.notice)
        message = Message(
            sender=hub.id,
            message_id=MessageId(str(uuid.uuid5(_NAMESPACE, f"{hub.id}/{draft.name}"))),
            digest=MessageDigest(sha256(sealed).digest()),
            addressees=tuple(sorted(draft.addressees)),
            received_at=hub.clock(),
        )
        jobs.append(
            Job(
                snapshot_id=snapshot.id,
                data=sealed,
                message=message,
                at=message.received_at,
                receipt_id=hub.new_document_id(),
                produced_at=message.received_at,
            )
        )
    verdicts = await hub.examiner.examine_all(jobs)
    entries = []
    for draft, job, verdict in zip(drafts, jobs, verdicts, strict=True):
        if isinstance(verdict, Failed):
            raise verdict.error()
        if verdict.receipt is None or job.message is None:
            raise TypeError("an accepted message comes with its receipt")
        entries.append(
            Entry(
                message=job.message,
                statement=verdict.statement,
                data=job.data,
                receipt=verdict.receipt.record(await hub.sign(verdict.receipt)),
                deliveries=tuple(_deliveries(hub, draft.addressees, job)),
                told=draft.told,
                removal=draft.removal,
                pushed=pushed_to(hub, job.at),
            )
        )
    return entries


async def _sealed(hub: Hub, notice: NewNotice) -> bytes:
    """Return a notice under the seal of the hub's receipt key."""
    octets = write_notice(notice)
    to_sign = await paced(
        len(octets), prepare, octets, certificates=hub.certificates, signed_at=notice.issued_at
    )
    name = await hub.receipt_name(to_sign.certificate.fingerprint)
    return complete(to_sign, await hub.vault.sign(name, to_sign.octets, to_sign.algorithm))


def _deliveries(hub: Hub, addressees: Iterable[BodyId], job: Job) -> Iterable[NewDelivery]:
    for addressee in addressees:
        body = hub.trust.bodies.get(addressee)
        if body is not None:
            yield from deliveries_to(hub, [body], job.at)
        else:
            # Whoever has left the lists may still come and fetch it.
            yield NewDelivery(
                delivery_id=DeliveryId(str(hub.identifiers())),
                addressee=addressee,
                mode=Mode.PULL,
                next_at=job.at,
            )
