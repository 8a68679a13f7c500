"""Receive: a signed statement is examined, committed with its receipt, and answered for.

Steps:
 1. the octets are those that the sender declared;
 2. the addressees stand on the trust lists;
 3. the examination: five gates, at the time of arrival;
 4. every addressee takes this kind and scheme;
 5. statement, receipt, ledger leaf and deliveries are committed together; what only the
    register knows is decided in there, and a refusal is committed as well;
 6. only then is the receipt released; the store wakes those who push and pull.

Whatever ends before a commit (a fault of the caller, *come back later*) is held against what
the same message got before: a message that was accepted once stays accepted, even when its
key is suspended meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

import structlog

from exchange.codes.gates import SchemaCode
from exchange.codes.service import RefusedCode
from exchange.core.entry import (
    Committed,
    Entry,
    Message,
    Statement,
    StoredMessage,
    Verdict,
)
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Kind, MessageDigest, MessageId
from exchange.core.receipt_document import (
    Outcome,
    Receipt,
    Stage,
    read,
    report,
)
from exchange.core.snapshot import Snapshot
from exchange.core.xml import canonical, parse
from exchange.errors import (
    Finding,
    MalformedError,
    RefusedError,
    RejectedError,
    RuleError,
    Severity,
    StoreError,
    UndecidedError,
)
from exchange.service.addressees import REGISTER_ONLY, Addressees, require_known, resolve
from exchange.service.declarations import counted
from exchange.service.examination import Failed, Job, Learned, Passed, draft
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.interrupted import interrupted_by
from exchange.service.outgoing import deliveries_to, pushed_to

_log = structlog.get_logger(__name__)

HOLD: Final = timedelta(hours=24)
"""How long a status change waits for the one before it. Source: rule STC-02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A message as it arrived."""

    caller: Caller
    message_id: MessageId
    digest: MessageDigest
    """As the sender declared it."""
    addressees: Addressees
    data: bytes
    evidence: bytes | None = None
    """The authorisation, when the hub signed the statement itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a message; the same for every repetition."""

    committed: Committed

    @property
    def is_refused(self) -> bool:
        """Whether the receipt is a negative one."""
        return self.committed.verdict is Verdict.REJECTED


async def submit(hub: Hub, submission: Submission) -> Submitted:
    """Examine a message, commit it and return its receipt.

    Raises:
        RefusedError: The caller is at fault, or the message id names another message.
        UndecidedError: Nothing was committed; the same message can be sent again later.
        StoreError: The same.
    """
    at = hub.clock()
    message = Message(
        sender=submission.caller.id,
        message_id=submission.message_id,
        digest=submission.digest,
        addressees=submission.addressees.names,
        received_at=at,
    )
    require_signing(hub)
    _require_digest(submission)  # 1
    # What is judged by now stands in the receipt, whatever is in force when that is made.
    snapshot = hub.snapshot
    try:
        require_known(hub.trust, submission.addressees)  # 2
        entry, learned = await _examined(hub, submission, message, snapshot)  # 3, 4
    except (RefusedError, UndecidedError):
        before = await hub.store.find_message(message.sender, message.message_id)
        if before is None:
            raise
        return repeat(before, message)
    try:
        committed = await _committed(hub, entry)  # 5
    except RuleError as error:
        refused = await _refused(hub, submission, message, error, learned, snapshot)
        committed = await hub.store.commit(refused)
    _log.info(  # 6
        "committed",
        action="receive",
        sender=message.sender,
        message_id=message.message_id,
        verdict=committed.verdict.value,
        sequence=committed.sequence,
        repeated=committed.repeated,
    )
    return Submitted(committed=committed)


def require_signing(hub: Hub) -> None:
    """Let pass only when the hub may sign.

    Raises:
        StoreError: The ledger has forgotten something that was signed; an operator decides.
    """
    if hub.refuses_to_sign:
        raise StoreError(*hub.refuses_to_sign)


def _require_digest(submission: Submission) -> None:
    found = sha256(submission.data).digest()
    if found != submission.digest:
        raise RefusedError(
            Finding(
                code=RefusedCode.DIGEST_MISMATCH,
                message=f"expected {submission.digest.hex()}, found {found.hex()}",
            )
        )


async def _examined(
    hub: Hub, submission: Submission, message: Message, snapshot: Snapshot
) -> tuple[Entry, Learned | None]:
    """Return what is to be committed about a message, accepted or refused."""
    examiner = hub.examiner
    verdict = await examiner.examine(
        Job(
            snapshot_id=snapshot.id,
            data=submission.data,
            message=message,
            at=message.received_at,
            receipt_id=hub.new_document_id(),
            produced_at=hub.clock(),
        )
    )
    if isinstance(verdict, Failed):
        error = verdict.error()
        if not isinstance(error, RejectedError):
            raise error
        if error.code is SchemaCode.INVALID:
            error = type(error)(*error.findings, *await examiner.explain(submission.data))
        refused = await _refused(hub, submission, message, error, verdict.learned, snapshot)
        return refused, verdict.learned
    return await _accepted(hub, submission, message, verdict), verdict.learned


async def _accepted(hub: Hub, submission: Submission, message: Message, verdict: Passed) -> Entry:
    statement = verdict.statement
    _require_for_partners(hub, submission.caller, statement)
    if statement.kind is Kind.NOTICE:
        # Nobody has to declare that it takes what another hub has to tell it.
        names = map(BodyId, submission.addressees.names)
        takers = tuple(hub.trust.bodies[one] for one in names if one in hub.trust.bodies)
    else:
        takers = resolve(
            hub.trust,
            submission.addressees,
            statement.kind,
            statement.scheme or "",
            message.received_at,
        )
    if verdict.receipt is None:
        raise TypeError("an accepted message comes with its receipt")
    receipt = verdict.receipt
    if statement.declared:
        receipt = await counted(hub, statement, receipt, message.received_at)
    data = await hub.sign(receipt)
    return Entry(
        message=message,
        statement=statement,
        data=submission.data,
        receipt=receipt.record(data),
        deliveries=tuple(deliveries_to(hub, takers, message.received_at)),
        evidence=submission.evidence,
        pushed=pushed_to(hub, message.received_at),
        token=hub.tokens() if statement.kind is Kind.ATTESTATION else b"",
    )


def _require_for_partners(hub: Hub, caller: Caller, statement: Statement) -> None:
    """Let pass what partners say, and notices that another hub brings itself.

    A hub seals its own actions and notices. Those of another hub change nothing here: a notice is
    kept, receipted and handed on to the partner that this hub works for.

    Raises:
        RefusedError: It is something else.
    """
    is_notice = statement.kind is Kind.NOTICE
    if is_notice and statement.issuer == caller.id and caller.id != hub.id:
        return
    if is_notice or statement.kind is Kind.ACTION:
        raise RefusedError(
            Finding(
                code=RefusedCode.BODY,
                message=f"expected a document for partners, found a hub's own {statement.kind}",
            )
        )


async def _refused(
    hub: Hub,
    submission: Submission,
    message: Message,
    error: RejectedError,
    learned: Learned | None,
    snapshot: Snapshot,
) -> Entry:
    """Return the refusal of a message with its signed negative receipt."""
    unreadable = isinstance(error, MalformedError)
    drafted = draft(
        Receipt(
            receipt_id=hub.new_document_id(),
            stage=Stage.REJECTED,
            outcome=Outcome.UNREADABLE if unreadable else Outcome.REJECTED,
            issuer=hub.id,
            message_id=message.message_id,
            sender=message.sender,
            addressees=message.addressees,
            message_digest=message.digest,
            kind=learned.kind if learned else None,
            content_digest=learned.content_digest if learned else None,
            custody=learned.custody if learned else None,
            received_at=message.received_at,
            produced_at=hub.clock(),
            snapshot_id=snapshot.id,
            signature=learned.signature if learned else None,
            findings=report(error.findings),
        ),
        hub.certificates,
    )
    data = await hub.sign(drafted)
    _log.info(
        "refused",
        action="receive",
        sender=message.sender,
        message_id=message.message_id,
        code=error.code.value,
    )
    return Entry(
        message=message,
        verdict=Verdict.REJECTED,
        receipt=drafted.record(data),
        evidence=submission.evidence,
        interrupted=interrupted_by(error, learned, snapshot),
    )


def repeat(before: StoredMessage, message: Message) -> Submitted:
    """Return what the same message got before.

    Raises:
        RefusedError: The id was used for another message; both digests are named.
    """
    first = before.message
    if first.digest != message.digest or set(first.addressees) != set(message.addressees):
        raise RefusedError(
            Finding(
                code=RefusedCode.MESSAGE_ID_CONFLICT,
                message=f"expected {first.digest.hex()} to {_names(first)}, "
                f"found {message.digest.hex()} to {_names(message)}",
            )
        )
    return Submitted(
        committed=Committed(
            sequence=before.sequence,
            verdict=before.verdict,
            receipt=before.receipt,
            receipt_digest=before.receipt_digest,
            content_digest=before.content_digest,
            repeated=True,
        )
    )


def _names(message: Message) -> str:
    return ", ".join(sorted(message.addressees)) or REGISTER_ONLY


async def _committed(hub: Hub, entry: Entry) -> Committed:
    """Commit; what comes across a gap is offered again with a receipt that names the gap."""
    try:
        return await hub.store.commit(entry)
    except UndecidedError as error:
        return await hub.store.commit(await _across_gap(hub, entry, error))


async def _across_gap(hub: Hub, entry: Entry, error: UndecidedError) -> Entry:
    """Return a statement with a receipt that says which status change is missing before it.

    A restriction takes effect all the same; anything else is held until the missing one comes.

    Source: rule STC-02.
    """
    before = read_own(entry.receipt.data)
    waiting = tuple(replace(finding, severity=Severity.WARNING) for finding in error.findings)
    drafted = draft(
        replace(
            before,
            receipt_id=hub.new_document_id(),
            outcome=Outcome.ACCEPTED_WITH_WARNINGS,
            produced_at=hub.clock(),
            findings=(*before.findings, *report(waiting)),
        ),
        hub.certificates,
    )
    return replace(
        entry,
        verdict=Verdict.HELD,
        receipt=drafted.record(await hub.sign(drafted)),
        hold_until=entry.message.received_at + HOLD,
    )


def read_own(receipt: bytes) -> Receipt:
    """Return what a receipt of this hub says; it was signed here, so it is only read."""
    root = parse(receipt, Limits()).root
    root.remove(root[-1])
    return read(canonical(root))
