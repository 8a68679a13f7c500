"""Act: what an administrator says is examined, decided, committed with its receipt, and enforced.

Steps:
 1. the octets are an unsealed action of the catalogue, for this hub;
 2. the person who says it is enrolled, and has signed exactly this word; a stranger is refused
    here and leaves no trace;
 3. the same action again is answered with its first receipt;
 4. the hub seals it with its receipt key: from the signing time of the seal it counts;
 5. the five gates, like every statement; then the state of trust decides whether it follows;
 6. statement, receipt, ledger leaf and number are committed together, as the next action after
    those that it was decided on, or the decision is made again; a refusal is committed as well;
 7. what it stops is stopped in this process before the answer, and in every other one within
    a second; lists that show it are published behind the answer.

Actions are rare and decided one after the other; documents do not wait for them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC
from hashlib import sha256
from typing import Final

import structlog

from exchange.codes import Code
from exchange.codes.actions import ActionCode
from exchange.codes.service import RefusedCode
from exchange.codes.store import StoreCode
from exchange.core.actions.document import action_of
from exchange.core.actions.fold import apply
from exchange.core.actions.person import verify_person
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import Action, Administrator, Word
from exchange.core.actions.writing import write_action
from exchange.core.entry import Committed, Entry, Message, StoredMessage, Verdict
from exchange.core.model import ContentDigest, Kind, MessageDigest
from exchange.core.receipt_document import Outcome, Receipt, Stage, report
from exchange.core.schema import conform
from exchange.core.snapshot import Snapshot
from exchange.core.xml import canonical, parse
from exchange.errors import (
    ExchangeError,
    Finding,
    RefusedError,
    RejectedError,
    RuleError,
    StoreError,
)
from exchange.service.enforcement import enforce, keep_ahead
from exchange.service.examination import Failed, Job, draft
from exchange.service.hub import Hub
from exchange.service.pace import paced
from exchange.service.publication import require_keeper
from exchange.service.receive import repeat, require_signing
from exchange.service.sealing import Said, message_id_of, sealed_with, to_seal
from exchange.service.trust_keeper import TrustKeeper, read_sealed

_ATTEMPTS: Final = 20
"""How often an action is decided again because another process was faster."""

_OVERTAKEN: Final = frozenset({StoreCode.OVERTAKEN, RefusedCode.MESSAGE_ID_CONFLICT})
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What became of an action; the same for every repetition."""

    committed: Committed
    number: int | None
    """Its number among the actions; `None` when it was refused."""
    statement: bytes | None
    """The sealed statement, byte-exact; `None` when it was refused."""
    digest: ContentDigest
    """Content digest of the sealed statement: how other actions name it."""
    findings: tuple[Finding, ...] = ()
    """Why it was refused; of a repetition they stand in its receipt only."""

    @property
    def receipt(self) -> bytes:
        """The first receipt, byte-exact."""
        return self.committed.receipt

    @property
    def repeated(self) -> bool:
        """Whether the same action was there before."""
        return self.committed.repeated

    @property
    def is_refused(self) -> bool:
        """Whether the receipt is a negative one."""
        return self.committed.verdict is Verdict.REJECTED


async def act(hub: Hub, data: bytes) -> Acted:
    """Do what an administrator says, or say why not.

    Args:
        hub: Administers trust.
        data: The unsealed action, signed by the person; `exchange.core.actions.writing` writes it.

    Returns:
        What was committed; ask `is_refused`.

    Raises:
        RefusedError: This hub administers no trust, or nobody who is enrolled has said this.
        RejectedError: The octets are no action.
        StoreError: Nothing was committed; the same octets can be sent again.
        VaultError: The receipt key cannot be used.
    """
    keeper = require_keeper(hub)
    require_signing(hub)
    action, word_digest = await paced(len(data), read_unsealed, data, hub.snapshot)  # 1
    person = _authenticated(keeper.at(hub.clock()), action, word_digest)  # 2
    said = Said(octets=data, action=action, sender=person.body, message_id=message_id_of(action))
    async with keeper.turn:
        return await _decided(hub, keeper, said)


async def note(hub: Hub, word: Word) -> Acted:
    """Commit what the hub notes by itself: that a change which waited for its partners is active.

    Raises:
        RefusedError: This hub administers no trust, or it was noted before.
        StoreError: Nothing was committed.
        VaultError: The receipt key cannot be used.
    """
    keeper = require_keeper(hub)
    require_signing(hub)
    action = Action(
        action_id=hub.new_document_id(),
        hub=hub.id,
        made_at=hub.clock().astimezone(UTC).replace(microsecond=0),
        word=word,
        person=None,
        key=None,
        signature=None,
    )
    said = Said(
        octets=write_action(action), action=action, sender=hub.id, message_id=message_id_of(action)
    )
    async with keeper.turn:
        return await _decided(hub, keeper, said)


def read_unsealed(data: bytes, snapshot: Snapshot) -> tuple[Action, bytes]:
    """Return an unsealed action and the digest of its word: step 1."""
    conforming = conform(parse(data, snapshot.limits), snapshot.catalogue, snapshot.limits)
    root = conforming.parsed.root
    if conforming.kind is not Kind.ACTION:
        raise _refused(RefusedCode.BODY, f"expected an action, found {conforming.kind.value}")
    if root[-1].tag == _SIGNATURE:
        raise _refused(RefusedCode.SIGNED_DRAFT, "expected no seal yet, found one")
    return action_of(canonical(root))


def _authenticated(state: TrustState, action: Action, word_digest: bytes) -> Administrator:
    """Return the person who says it: step 2."""
    known = None if action.person is None else state.administrators.get(action.person)
    if known is None:
        raise _refused(
            ActionCode.PERSON_UNKNOWN,
            f"expected a person enrolled at {state.hub}, found {action.person or 'none'}",
        )
    try:
        verify_person(action, known, word_digest)
    except RuleError as error:
        # Whoever it is has not shown to be anybody: the caller is at fault, not a document.
        raise RefusedError(*error.findings) from error
    return known


async def _decided(hub: Hub, keeper: TrustKeeper, said: Said) -> Acted:
    """Seal, examine, decide and commit: steps 4 to 7."""
    for _ in range(_ATTEMPTS):
        changed, before = await asyncio.gather(
            keeper.catch_up(),
            hub.store.find_message(said.sender, said.message_id),  # 3
        )
        if changed:
            # What another process has stopped holds here too, whatever becomes of this action.
            await enforce(hub)
        if before is not None:
            return await _again(hub, said, before)
        # Actions are counted in the order of the ledger, and their times never go back.
        at = max(hub.clock(), keeper.state.at)
        to_sign = await to_seal(hub, said, at)
        sealed = await sealed_with(hub, to_sign)  # 4
        message = Message(
            sender=said.sender,
            message_id=said.message_id,
            digest=MessageDigest(sha256(sealed).digest()),
            received_at=at,
        )
        digest = ContentDigest(to_sign.content_digest)
        try:
            try:
                entry, state = await _judged(hub, keeper, sealed, message)  # 5
                # Not what the keeper holds by now, but what this was decided on.
                committed = await hub.store.commit(replace(entry, actions=state.count - 1))  # 6
            except RejectedError as error:
                if said.action.person is None:
                    # What the hub notes, another process may have noted a moment ago.
                    raise RefusedError(*error.findings) from error
                return await _refusal(hub, message, digest, error)
        except (StoreError, RefusedError) as error:
            # Another process has committed an action meanwhile, this very one perhaps.
            if error.code in _OVERTAKEN:
                continue
            raise
        keeper.adopt(state)
        keeper.dirty.set()
        try:
            await enforce(hub)  # 7
        except ExchangeError as error:
            # It is committed, so its person is told so. What is stopped is stopped; that another
            # key is taken into use is tried again with every publication.
            _log.error("not-enforced", action="act", code=error.code.value, cause=str(error))
        _log.info(
            "acted",
            action="act",
            word=type(said.action.word).__name__.lower(),
            person=said.action.person,
            number=state.count,
            digest=digest.hex(),
        )
        return Acted(committed=committed, number=state.count, statement=sealed, digest=digest)
    raise StoreError(Finding(code=StoreCode.OVERTAKEN, message="other processes are faster"))


async def _judged(
    hub: Hub, keeper: TrustKeeper, sealed: bytes, message: Message
) -> tuple[Entry, TrustState]:
    """Return what is to be committed, and the state that follows; the gates speak first."""
    try:
        state = apply(keeper.state, read_sealed(sealed, keeper.release))
    except RejectedError:
        await _examined(hub, sealed, message)
        raise
    # What verdicts will depend on is kept meanwhile, so that nothing waits for it afterwards.
    entry, _ = await asyncio.gather(_examined(hub, sealed, message), keep_ahead(hub, state))
    return entry, state


async def _examined(hub: Hub, sealed: bytes, message: Message) -> Entry:
    """Return what is to be committed about an action that passes the five gates."""
    examiner = hub.examiner
    verdict = await examiner.examine(
        Job(
            snapshot_id=examiner.snapshot.id,
            data=sealed,
            message=message,
            at=message.received_at,
            receipt_id=hub.new_document_id(),
            produced_at=message.received_at,
        )
    )
    if isinstance(verdict, Failed):
        raise verdict.error()
    if verdict.receipt is None:
        raise TypeError("an accepted message comes with its receipt")
    data = await hub.sign(verdict.receipt)
    return Entry(
        message=message,
        statement=verdict.statement,
        data=sealed,
        receipt=verdict.receipt.record(data),
    )


async def _refusal(
    hub: Hub, message: Message, digest: ContentDigest, error: RejectedError
) -> Acted:
    """Commit that somebody who is known has said what cannot be done, and say why."""
    drafted = draft(
        Receipt(
            receipt_id=hub.new_document_id(),
            stage=Stage.REJECTED,
            outcome=Outcome.REJECTED,
            issuer=hub.id,
            message_id=message.message_id,
            sender=message.sender,
            message_digest=message.digest,
            kind=Kind.ACTION,
            content_digest=digest,
            received_at=message.received_at,
            produced_at=message.received_at,
            snapshot_id=hub.snapshot.id,
            findings=report(error.findings),
        ),
        hub.certificates,
    )
    committed = await hub.store.commit(
        Entry(
            message=message,
            verdict=Verdict.REJECTED,
            receipt=drafted.record(await hub.sign(drafted)),
        )
    )
    _log.info(
        "refused",
        action="act",
        sender=message.sender,
        message_id=message.message_id,
        code=error.code.value,
    )
    return Acted(
        committed=committed,
        number=None,
        statement=None,
        digest=digest,
        findings=error.findings,
    )


async def _again(hub: Hub, said: Said, before: StoredMessage) -> Acted:
    """Return what the same action got before.

    Raises:
        RefusedError: Its identifier was used for another action.
    """
    to_sign = await to_seal(hub, said, before.message.received_at)
    digest = ContentDigest(to_sign.content_digest)
    if before.content_digest != digest:
        raise _refused(
            RefusedCode.MESSAGE_ID_CONFLICT,
            f"expected content {(before.content_digest or b'').hex()}, found {digest.hex()}",
        )
    committed = repeat(before, before.message).committed
    kept = None
    if before.verdict is not Verdict.REJECTED:
        kept = await hub.store.statement(digest)
    return Acted(
        committed=committed,
        number=await hub.store.action_number(digest),
        statement=None if kept is None else kept.data,
        digest=digest,
    )


def _refused(code: Code, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))
