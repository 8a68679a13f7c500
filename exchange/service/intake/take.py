"""Intake: rows or documents of a body, judged in a dry run, or signed and sent, in batches.

Steps for each batch:
 1. rows become drafts; what cannot is refused with its reason, and its neighbours go on;
 2. the body's own key signs each draft;
 3. dry run: all five gates, by the reader's own trust lists, and nothing leaves; in earnest:
    the batch is made durable, sent in one archive, and its answers are noted;
 4. what became of each row is handed back, in the order of the file.

What only the register of a hub knows (is this number taken?) is not asked in a dry run.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Final

from exchange.codes.gates import SchemaCode
from exchange.codes.intake import IntakeCode
from exchange.core.explain import explain
from exchange.core.model import DocumentId
from exchange.core.snapshot import Snapshot
from exchange.errors import ExchangeError, Finding, RejectedError, Severity, UndecidedError
from exchange.peer.intake import Answered
from exchange.service.examination import Failed, Job, run
from exchange.service.intake.draft import Drafter
from exchange.service.intake.journal import Journal, Pending
from exchange.service.intake.mapping import SheetMapping
from exchange.service.intake.outcome import Became, Outcome, Told, became_of
from exchange.service.intake.rows import Row
from exchange.service.intake.signing import RowSigner

BATCH: Final = 96
"""Rows that are worked on together."""
MAX_TRIES: Final = 5
"""How often what nobody could decide is sent again before the intake pauses."""
_LATER: Final = timedelta(seconds=5)
_EXPLAINED: Final = 64 * 1024
_NUMBER: Final = re.compile(rb"<(?:\w+:)?CertificateNumber>([^<]{1,200})<")
_SIGNED: Final = re.compile(rb"</(?:\w+:)?Signature>\s*</(?:\w+:)?Attestation>\s*\Z")

Send = Callable[[Sequence[bytes]], Awaitable[list[Answered]]]
"""Sends signed documents to a hub."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """One row, or one document, on its way."""

    row: int
    number: str = ""
    document_id: str = ""
    data: bytes | None = None
    """A draft, and then the signed document; `None` when there is none."""
    told: tuple[Told, ...] = ()


@dataclass(slots=True, kw_only=True)
class RowUnits:
    """Makes units of rows."""

    drafter: Drafter
    seen: set[int] = field(default_factory=set)
    """Certificate numbers with their revisions, as short digests: 8 octets each."""

    def each(self, rows: Iterable[Row]) -> Iterator[Unit]:
        """Yield a unit for each row."""
        for row in rows:
            drafted = self.drafter.draft(row)
            findings = list(drafted.findings)
            key = f"{drafted.number}\n{drafted.revision}".encode()
            digest = int.from_bytes(sha256(key).digest()[:8])
            if drafted.number and digest in self.seen:
                findings.append(
                    Finding(
                        code=IntakeCode.REPEATED,
                        path=f"row {row.number}",
                        message=f"expected {drafted.number} once, found it again",
                    )
                )
            self.seen.add(digest)
            mapping = self.drafter.mapping
            told = tuple(Told.of(one, _column(mapping, one.path)) for one in findings)
            is_refused = any(one.severity is Severity.FATAL for one in findings)
            yield Unit(
                row=row.number,
                number=drafted.number,
                document_id=drafted.document_id,
                data=None if is_refused else drafted.data,
                told=told,
            )


def document_units(documents: Iterable[tuple[str, bytes]]) -> Iterator[Unit]:
    """Yield a unit for each document of a series."""
    for place, (name, data) in enumerate(documents, 1):
        found = _NUMBER.search(data)
        unit = Unit(row=place, number=found[1].decode("utf-8", "replace") if found else name)
        if found is None or b"Attestation" not in data:
            finding = Finding(
                code=IntakeCode.DOCUMENT, path=name[:200], message="expected an attestation"
            )
            unit.told = (Told.of(finding),)
        else:
            unit.data = data
        yield unit


def _column(mapping: SheetMapping | None, path: str) -> str:
    columns = () if mapping is None else mapping.columns_of(path)
    return ", ".join(columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What an intake works with."""

    signer: RowSigner
    snapshot: Snapshot
    clock: Callable[[], datetime]
    mapping: SheetMapping | None = None

    async def check(self, units: Iterable[Unit], done: Callable[[Outcome], None]) -> None:
        """Judge every unit by all five gates; nothing leaves and nothing is kept."""
        while batch := list(islice(units, BATCH)):
            await self._sign(batch)
            for outcome in await asyncio.to_thread(self._judged, batch):
                done(outcome)

    async def run(
        self,
        units: Iterable[Unit],
        journal: Journal,
        send: Send,
        done: Callable[[Outcome], None],
    ) -> None:
        """Sign and send every unit behind the last one that is done.

        Raises:
            UndecidedError: Nobody could decide a batch, several times; resume later.
            PeerError: The hub cannot be reached; resume later.
            RefusedError: The hub refuses the caller, not a document.
        """
        pending, settled = journal.pending()
        for outcome in await self._sent(pending, journal, send, settled):
            done(outcome)
        rest = (unit for unit in units if unit.row > journal.last)
        while batch := list(islice(rest, BATCH)):
            await self._sign(batch)
            settled = tuple(
                Outcome(row=unit.row, became=Became.REFUSED, number=unit.number, told=unit.told)
                for unit in batch
                if unit.data is None
            )
            pending = tuple(
                Pending(
                    row=unit.row,
                    number=unit.number,
                    document_id=unit.document_id,
                    data=unit.data,
                    told=unit.told,
                )
                for unit in batch
                if unit.data is not None
            )
            if pending:
                journal.announce(pending, settled)
            for outcome in await self._sent(pending, journal, send, settled):
                done(outcome)

    async def _sign(self, batch: Sequence[Unit]) -> None:  # 2
        for unit in batch:
            if unit.data is None or _SIGNED.search(unit.data):
                continue
            try:
                unit.data = await self.signer.sign(unit.data)
            except RejectedError as error:
                unit.data = None
                unit.told = (*unit.told, *(Told.of(one) for one in error.findings))

    def _judged(self, batch: Sequence[Unit]) -> list[Outcome]:
        at = self.clock()
        jobs = [
            Job(
                snapshot_id=self.snapshot.id,
                data=unit.data,
                message=None,
                at=at,
                receipt_id=DocumentId(""),
                produced_at=at,
            )
            for unit in batch
            if unit.data is not None
        ]
        verdicts = iter(run(jobs, self.snapshot, ()))
        outcomes = []
        for unit in batch:
            told = unit.told
            if unit.data is not None:
                verdict = next(verdicts)
                failed = isinstance(verdict, Failed)
                findings = verdict.findings if isinstance(verdict, Failed) else verdict.warnings
                if failed and findings[0].code is SchemaCode.INVALID:
                    findings = (*findings, *self._explained(unit.data))
                told += tuple(Told.of(one, _column(self.mapping, one.path)) for one in findings)
            outcomes.append(
                Outcome(
                    row=unit.row,
                    became=became_of(told),
                    number=unit.number,
                    told=told,
                    document_id=unit.document_id,
                )
            )
        return outcomes

    def _explained(self, data: bytes) -> tuple[Finding, ...]:
        return explain(data, self.snapshot.catalogue, max_bytes=_EXPLAINED, max_findings=5)

    async def _sent(
        self,
        pending: Sequence[Pending],
        journal: Journal,
        send: Send,
        settled: Sequence[Outcome] = (),
    ) -> list[Outcome]:
        """Step 3: return what became of a batch, noted in the journal."""
        found = {one.row: one for one in settled}
        waiting = list(pending)
        for tried in range(1, MAX_TRIES + 1):
            if not waiting:
                break
            answers = await _patiently(send, [one.data for one in waiting])
            for one, answer in zip(waiting, answers, strict=True):
                if answer.verdict != "undecided":
                    found[one.row] = self._outcome(one, answer)
            undecided = [
                one
                for one, answer in zip(waiting, answers, strict=True)
                if answer.verdict == "undecided"
            ]
            if undecided and tried == MAX_TRIES:
                raise _pause(answers)
            if undecided:
                wait = max(one.retry_after or timedelta() for one in answers)
                await asyncio.sleep(min(wait.total_seconds(), _LATER.total_seconds()))
            waiting = undecided
        ordered = [found[row] for row in sorted(found)]
        await asyncio.to_thread(journal.note, ordered)
        return ordered

    def _outcome(self, one: Pending, answer: Answered) -> Outcome:
        told = one.told + tuple(
            Told(**finding, column=_column(self.mapping, finding["path"]) or finding["path"])
            for finding in answer.findings
        )
        became = became_of(told)
        if answer.verdict == "held":
            became = Became.HELD
        elif answer.verdict != "accepted":
            became = Became.REFUSED
        return Outcome(
            row=one.row,
            became=became,
            number=one.number,
            told=told,
            document_id=one.document_id,
            message_id=answer.message_id,
            receipt_digest="" if answer.receipt is None else sha256(answer.receipt).hexdigest(),
            qr_address=answer.qr_address if became is not Became.REFUSED else "",
        )


async def _patiently(send: Send, documents: Sequence[bytes]) -> list[Answered]:
    """Send, and again when the hub is busy."""
    for _ in range(1, MAX_TRIES):
        try:
            return await send(documents)
        except UndecidedError as error:
            await asyncio.sleep(min(error.retry_after, _LATER).total_seconds())
    return await send(documents)


def _pause(answers: Sequence[Answered]) -> ExchangeError:
    undecided = next(one for one in answers if one.verdict == "undecided")
    message = undecided.findings[0]["message"] if undecided.findings else "it was not decided"
    return UndecidedError(
        Finding(code=IntakeCode.PAUSED, message=message),
        retry_after=undecided.retry_after or _LATER,
    )
