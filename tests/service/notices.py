"""Notices as a recipient finds them, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from exchange.core.deliveries import Leased
from exchange.core.document.cursor import Cursor, words_of
from exchange.core.document.notice import Notice, notice
from exchange.core.model import BodyId, Kind, MessageDigest, MessageId
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.xml import parse
from exchange.service.addressees import Addressees
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.receive import Submission, Submitted, submit
from tests.world import issuer_of


async def submit_to(
    hub: Hub, data: bytes, number: int, addressees: Iterable[str] = ()
) -> Submitted:
    """Submit a document of its issuer, and make sure that it is accepted."""
    submitted = await send(hub, data, number, addressees)
    assert not submitted.is_refused, submitted.committed.receipt.decode()
    return submitted


async def send(hub: Hub, data: bytes, number: int, addressees: Iterable[str] = ()) -> Submitted:
    """Submit a document of its issuer."""
    body = hub.trust.bodies[BodyId(issuer_of(data.decode()))]
    return await submit(
        hub,
        Submission(
            caller=Caller(body=body, key=body.keys[0].fingerprint),
            message_id=MessageId(str(uuid.UUID(int=number, version=4))),
            digest=MessageDigest(sha256(data).digest()),
            addressees=Addressees(names=tuple(sorted(addressees))),
            data=data,
        ),
    )


async def leased(hub: Hub, addressee: str, *kinds: Kind) -> tuple[Leased, ...]:
    """Take what waits for a body."""
    at = hub.clock()
    return await hub.store.lease(
        BodyId(addressee), limit=100, kinds=kinds, at=at, until=at + timedelta(minutes=5)
    )


def read_notice(hub: Hub, data: bytes) -> Notice:
    """Return what a sealed notice says, its signature checked."""
    snapshot = hub.snapshot
    conforming = conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits)
    return notice(Cursor(words_of(verify(conforming, snapshot.algorithms).content)))


async def notices_for(hub: Hub, addressee: str) -> tuple[Notice, ...]:
    """Return the notices that wait for a body, in their order."""
    return tuple(read_notice(hub, one.data) for one in await leased(hub, addressee, Kind.NOTICE))
