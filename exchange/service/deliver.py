"""Deliver: statements are pushed to partners that offer an endpoint, until they acknowledge.

- The first attempt comes right after the commit; every try has the same message id (the id
  of the delivery) and the same octets, so that a receipt of any try proves the first.
- Success is only a receipt of that partner, signed with its receipt key, about these octets:
  positive or negative. A success without one is a failure that is tried again.
- What fails is tried again at growing distances until the deadline; then it is a dead letter,
  with a signed receipt of its own that says so.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from exchange.codes.service import PeerCode
from exchange.core.backoff import PushPolicy, next_attempt
from exchange.core.deliveries import Acknowledgement, Failure, PushClaim
from exchange.core.model import BodyId, SnapshotId
from exchange.core.receipt import Receipted, read_receipt
from exchange.core.receipt_document import Outcome, Receipt, Stage, report
from exchange.errors import (
    Finding,
    PeerError,
    RefusedError,
    RejectedError,
    StoreError,
    UndecidedError,
)
from exchange.peer.partner import PartnerClient, Push, client_context
from exchange.service.acknowledge import receipt_record
from exchange.service.examination import draft
from exchange.service.hub import Hub
from exchange.service.identify import transport_keys
from exchange.service.pace import paced
from exchange.settings import Settings

_log = structlog.get_logger(__name__)

_IDLE_SECONDS: Final = 5.0
"""How often the outbox is looked at when nothing announces work."""
_CLAIM_SLACK: Final = timedelta(seconds=30)
"""How much longer than one push a claim lasts: a hub that dies gives its claims back."""


def policy(settings: Settings) -> PushPolicy:
    """Return how pushing is repeated."""
    return PushPolicy(
        first=timedelta(seconds=settings.push_first_delay_seconds),
        cap=timedelta(seconds=settings.push_max_delay_seconds),
        deadline=timedelta(seconds=settings.push_deadline_seconds),
    )


@dataclass(slots=True, eq=False)
class Pusher:
    """Pushes what is due, several at a time."""

    hub: Hub
    client: PartnerClient
    _contexts: dict[tuple[SnapshotId, BodyId], ssl.SSLContext] = field(default_factory=dict)
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Push until the hub drains; then finish what is under way."""
        hub = self.hub
        try:
            while not hub.draining.is_set():
                mark = hub.store.mark(None)
                try:
                    pause = await self._turn()
                except StoreError as error:
                    _log.error("outbox-unavailable", action="push", cause=str(error))
                    pause = _IDLE_SECONDS
                await _work_or_drain(hub, pause, mark)
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=hub.settings.push_seconds)

    async def _turn(self) -> float:
        """Begin what is due and return how long nothing else will be, in seconds."""
        hub = self.hub
        at = hub.clock()
        free = hub.settings.push_concurrency - len(self._under_way)
        if free <= 0:
            self._free.clear()
            await self._free.wait()
            return 0.0
        until = at + timedelta(seconds=hub.settings.push_seconds) + _CLAIM_SLACK
        claims = await hub.store.claim_pushes(limit=free, at=at, until=until)
        for claim in claims:
            task = asyncio.create_task(self._attempt(claim))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        if len(claims) == free:
            return 0.0
        due = await hub.store.next_push_at()
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, (due - hub.clock()).total_seconds()))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._free.set()
        if not task.cancelled() and task.exception() is not None:
            _log.error("push-broken", action="push", exc_info=task.exception())

    async def _attempt(self, claim: PushClaim) -> None:
        """Push once and note what came of it."""
        hub = self.hub
        try:
            receipted, data = await self._push(claim)
        except PeerError as error:
            await self._failed(claim, error)
            return
        try:
            await hub.store.acknowledge(
                Acknowledgement(
                    delivery_id=claim.delivery_id,
                    addressee=claim.addressee,
                    receipt=receipt_record(receipted, data),
                    at=hub.clock(),
                )
            )
        except RefusedError as error:
            _log.warning(
                "acknowledgement-refused",
                action="push",
                delivery=claim.delivery_id,
                code=error.code.value,
            )
            return
        _log.info(
            "pushed",
            action="push",
            delivery=claim.delivery_id,
            addressee=claim.addressee,
            outcome=receipted.receipt.outcome.value,
            attempts=claim.attempts,
        )

    async def _push(self, claim: PushClaim) -> tuple[Receipted, bytes]:
        """Return the partner's receipt, checked."""
        hub = self.hub
        body = hub.trust.bodies.get(claim.addressee)
        if body is None or body.endpoint is None:
            raise _fault(PeerCode.NO_ENDPOINT, f"{claim.addressee} has no endpoint on the lists")
        data = await self.client.push(
            Push(
                partner=claim.addressee,
                endpoint=body.endpoint,
                message_id=claim.delivery_id,
                digest=claim.message_digest,
                data=claim.data,
            ),
            self._context(claim.addressee),
        )
        try:
            receipted = await paced(
                len(data),
                read_receipt,
                data,
                hub.snapshot,
                hub.clock(),
                message_digest=claim.message_digest,
            )
        except (RejectedError, UndecidedError) as error:
            raise _fault(PeerCode.BAD_RECEIPT, str(error)[:500]) from error
        receipt = receipted.receipt
        if receipt.issuer != claim.addressee or str(receipt.message_id) != claim.delivery_id:
            raise _fault(
                PeerCode.BAD_RECEIPT,
                f"expected {claim.addressee} about {claim.delivery_id}, "
                f"found {receipt.issuer} about {receipt.message_id}",
            )
        if receipt.stage is Stage.FAILED:
            raise _fault(PeerCode.BAD_RECEIPT, "expected an acceptance or a refusal, found failed")
        return receipted, data

    def _context(self, partner: BodyId) -> ssl.SSLContext:
        """Return the TLS context for one partner; made once per snapshot."""
        hub = self.hub
        name = (hub.snapshot.id, partner)
        context = self._contexts.get(name)
        if context is None:
            if any(snapshot != hub.snapshot.id for snapshot, _ in self._contexts):
                self._contexts.clear()
            keys = transport_keys(hub.snapshot, hub.clock(), partner)
            context = client_context(hub.present, (key.certificate.der for key in keys))
            self._contexts[name] = context
        return context

    async def _failed(self, claim: PushClaim, error: PeerError) -> None:
        """Put a failed push off, or give it up aloud."""
        hub = self.hub
        at = hub.clock()
        then = next_attempt(
            policy(hub.settings),
            attempts=claim.attempts,
            at=at,
            deadline=claim.deadline,
            jitter=hub.dice(),
        )
        _log.warning(
            "push-failed",
            action="push",
            delivery=claim.delivery_id,
            addressee=claim.addressee,
            attempts=claim.attempts,
            code=error.code.value,
            cause=error.findings[0].message,
            next_at=then.isoformat() if then else None,
        )
        if then is not None:
            await hub.store.attempted(claim.delivery_id, at=at, next_at=then, code=error.code.value)
            return
        drafted = draft(_given_up(claim, error, hub, at), hub.certificates)
        try:
            await hub.store.fail(
                Failure(
                    delivery_id=claim.delivery_id,
                    receipt=drafted.record(await hub.sign(drafted)),
                    at=at,
                    code=error.code.value,
                )
            )
        except RefusedError:
            # A late acknowledgement has ended it meanwhile, which is better.
            return


def _given_up(claim: PushClaim, error: PeerError, hub: Hub, at: datetime) -> Receipt:
    """Return what the hub says about a delivery that it gives up."""
    return Receipt(
        receipt_id=hub.new_document_id(),
        stage=Stage.FAILED,
        outcome=Outcome.REJECTED,
        issuer=hub.id,
        message_id=claim.message_id,
        sender=claim.sender,
        addressees=(claim.addressee,),
        message_digest=claim.message_digest,
        kind=claim.kind,
        content_digest=claim.content_digest,
        previous=claim.receipt_digest,
        received_at=claim.created_at,
        produced_at=at,
        snapshot_id=hub.snapshot.id,
        findings=report(error.findings),
    )


async def _work_or_drain(hub: Hub, seconds: float, mark: int) -> None:
    """Wait until a commit announces work, the time is over, or the hub drains."""
    waits = [
        asyncio.ensure_future(hub.store.wait_for_work(None, timedelta(seconds=seconds), mark)),
        asyncio.ensure_future(hub.draining.wait()),
    ]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _fault(code: PeerCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
