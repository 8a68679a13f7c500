"""Notify: when a key, a body or an accreditation is stopped, everybody who rests on it is told.

Steps:
 1. how it stands with all of them is compared with what was written down last; each difference
    is written down as a cause, once, with the size of the ledger then; what stands still is
    written down once more when somebody has received a certificate that rests on it since;
 2. an open cause is claimed, and who received anything about a certificate that rests on it is
    found;
 3. each of them gets one notice with its own certificates, or several parts of one; a notice
    that another process has committed meanwhile is left as it is;
 4. when everybody was told, the cause is closed. A process that stops in between leaves an
    open cause, which the next one takes up when the claim has run out.

What is compared are the lists in force and what administrators have stopped, so it does not
matter whether this hub administers trust or reads the lists of others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from exchange.codes.service import RefusedCode
from exchange.core.actions.state import TrustState
from exchange.core.algorithms import SHA256_URI
from exchange.core.document.notice import BodyCause, KeyCause, NoticedCertificate
from exchange.core.document.values import Digest
from exchange.core.entry import Committed, Told
from exchange.core.grounds import Ground, changes, standings
from exchange.core.limits import KIB
from exchange.core.model import BodyId, ContentDigest
from exchange.core.notice_writing import NewNotice, size_of
from exchange.core.notices import Recipient, StoredCause
from exchange.errors import ExchangeError
from exchange.service.hub import Hub
from exchange.service.notices import Draft, make_entries
from exchange.service.switch import endpoints, switch_modes

MOST_CERTIFICATES: Final = 500
"""Certificates in one notice; more are told in parts."""
MOST_OCTETS: Final = 600 * KIB
"""Octets of the certificates in one notice: whoever chooses long identifiers gets more parts."""
_TOGETHER: Final = 8
"""Notices that are sealed and committed together: the first one does not wait for the last."""
_CLAIM: Final = timedelta(seconds=20)
"""How long another process leaves a cause to the one that has claimed it."""
_LOOK_SECONDS: Final = 5.0
"""How often it is compared without anybody having said so: some periods begin by the clock."""

_FASTER: Final = RefusedCode.MESSAGE_ID_CONFLICT
"""Another process has told it, under a seal of its own."""

_log = structlog.get_logger(__name__)


async def follow_grounds(hub: Hub) -> None:
    """Tell recipients whenever something is stopped or lifted, until the hub drains."""
    drained = asyncio.create_task(hub.draining.wait())
    pushed, looked = endpoints(hub), 0
    try:
        while not hub.draining.is_set():
            hub.stops.clear()
            try:
                await notice_changes(hub)
                looked = await notice_late(hub, looked)
                await tell_recipients(hub)
                if (now := endpoints(hub)) != pushed:
                    await switch_modes(hub)
                    pushed = now
            except ExchangeError as error:
                _log.error("duty-failed", action="notify", code=error.code.value, cause=str(error))
            waiting = asyncio.create_task(hub.stops.wait())
            await asyncio.wait(
                {waiting, drained}, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
    finally:
        drained.cancel()


async def notice_changes(hub: Hub) -> int:
    """Write down what stands otherwise than was written down last: step 1.

    Returns:
        How many causes are new.

    Raises:
        StoreError: They cannot be written down; the next turn finds them again.
    """
    at = hub.clock()
    keeper = hub.keeper
    # First the number, then what it stands for: this may be newer, and never older.
    counted = 0 if keeper is None else keeper.enforced
    state = None if keeper is None else keeper.state
    snapshot = hub.snapshot
    known = await hub.store.known_grounds()
    found = [
        replace(one, actions=counted, action=_reason(state, one))
        for one in standings(snapshot.trust, snapshot.interruptions, at)
    ]
    new = list(changes(found, known))
    if not new:
        return 0
    noted = await hub.store.note_causes(new, at=at)
    for one in new if noted else ():
        _log.warning(
            "ground-changed",
            action="notify",
            subject=one.subject,
            standing=one.standing.value if one.standing else "lifted",
            since=one.since.isoformat(),
        )
    return noted


async def notice_late(hub: Hub, looked: int = 0) -> int:
    """Write down anew what stands, for whoever was handed something about it since.

    What was examined before a stop, and what is sent on to somebody else while it lasts, reaches
    recipients who were not there when the cause was written down.

    Args:
        hub: Open.
        looked: Up to which position of the ledger everything was looked at.

    Returns:
        The position now.

    Raises:
        StoreError: It could not be looked at; the next turn looks from the same position.
    """
    noted, looked = await hub.store.note_late(looked, at=hub.clock())
    if noted:
        _log.warning("recipients-late", action="notify", causes=noted)
    return looked


def _reason(state: TrustState | None, ground: Ground) -> ContentDigest | None:
    """Return the administrators' action that is the reason, where the state of trust knows it."""
    if state is None:
        return None
    match ground.cause:
        case KeyCause():
            record = state.keys.get(ground.cause.fingerprint)
            return None if record is None else record.events[-1].action
        case BodyCause():
            body = ground.cause.body
            of_body = [
                one for one in state.open_suspensions() if one.key is None and one.body == body
            ]
            return of_body[-1].digest if of_body else _decision(state, body)
        case _:
            return _decision(state, ground.cause.body)


def _decision(state: TrustState, body: BodyId) -> ContentDigest | None:
    """Return the approval that changed the entry of a body last."""
    decided = [
        (one.active_at, one.decision)
        for one in state.proposals.values()
        if one.active_at is not None and one.decision is not None and one.touches(body)
    ]
    return max(decided)[1] if decided else None


async def tell_recipients(hub: Hub) -> int:
    """Tell everybody who rests on an open cause, all causes one after the other: steps 2 to 4.

    Returns:
        How many notices this process has committed.

    Raises:
        ExchangeError: A notice could not be made or written; the cause stays open.
    """
    told = 0
    while not hub.draining.is_set():
        at = hub.clock()
        cause = await hub.store.claim_cause(at=at, until=at + _CLAIM)
        if cause is None:
            break
        told += await _tell(hub, cause, await hub.store.recipients(cause))
        await hub.store.finish_cause(cause.number, at=hub.clock())
    return told


async def _tell(hub: Hub, cause: StoredCause, recipients: Sequence[Recipient]) -> int:
    before = await hub.store.told(cause.number)
    committed, waiting = 0, []
    for recipient in recipients:
        parts = await _parts(hub, cause, recipient.addressee)
        for number, certificates in enumerate(parts, 1):
            if (recipient.addressee, number) in before:
                continue
            told = Told(
                cause=cause.number, addressee=recipient.addressee, part=number, parts=len(parts)
            )
            waiting.append(_draft(hub, cause, told, certificates))
            # The first is not kept waiting for anybody.
            if len(waiting) >= _TOGETHER or not committed:
                committed += await _commit(hub, waiting)
                waiting = []
    committed += await _commit(hub, waiting)
    _log.info(
        "recipients-told",
        action="notify",
        cause=cause.number,
        recipients=len(recipients),
        notices=committed,
    )
    return committed


async def _parts(
    hub: Hub, cause: StoredCause, addressee: BodyId
) -> tuple[tuple[NoticedCertificate, ...], ...]:
    found: list[NoticedCertificate] = []
    after = -1
    while page := await hub.store.resting(cause, addressee, after=after, limit=1000):
        found += (
            NoticedCertificate(
                one.attestation_id,
                one.certificate_number,
                one.issuer,
                one.scheme,
                Digest(one.content_digest, SHA256_URI),
            )
            for one in page
        )
        after = page[-1].key
    return tuple(cut(found))


def cut(found: Sequence[NoticedCertificate]) -> Iterator[tuple[NoticedCertificate, ...]]:
    """Yield the certificates of each part: so many, and so many octets, at most."""
    part: list[NoticedCertificate] = []
    octets = 0
    for one in found:
        size = size_of(one)
        if part and (len(part) == MOST_CERTIFICATES or octets + size > MOST_OCTETS):
            yield tuple(part)
            part, octets = [], 0
        part.append(one)
        octets += size
    if part:
        yield tuple(part)


def _draft(
    hub: Hub, cause: StoredCause, told: Told, certificates: tuple[NoticedCertificate, ...]
) -> Draft:
    return Draft(
        notice=NewNotice(
            document_id=hub.new_document_id(),
            hub=hub.id,
            # Where the clock of this process is behind the one that stopped it.
            issued_at=_later(hub.clock(), cause.since),
            cause=cause.cause,
            standing=cause.standing,
            since=cause.since,
            addressee=told.addressee,
            action=cause.action,
            part=told.part,
            parts=told.parts,
            certificates=certificates,
        ),
        name=f"cause/{cause.number}/{told.addressee}/{told.part}",
        told=told,
        addressees=(told.addressee,),
    )


def _later(one: datetime, other: datetime) -> datetime:
    return max(one, other)


async def _commit(hub: Hub, drafts: Sequence[Draft]) -> int:
    """Commit notices together; what another process has committed is left as it is."""
    if not drafts:
        return 0
    results = await hub.store.commit_all(await make_entries(hub, drafts))
    committed = 0
    for result in results:
        if isinstance(result, Committed):
            committed += not result.repeated
        elif isinstance(result, ExchangeError) and result.code is not _FASTER:
            raise result
    return committed
