"""Who examines: worker processes when there are any, the hub's own process otherwise.

- Requests that wait while all workers are busy travel together, which spreads the cost of
  crossing to another process; a large document travels alone.
- A worker that does not answer in time, or dies, is replaced. What it held is sent again one
  by one, so that only the document that did it is answered with *come back later*.
- A worker wears out: libxml2 never forgets a name that it has read, so hostile documents make
  it grow. It is replaced when it has read so much; it works on until the next one is ready.
- What administrators stop, and what certification authorities say, is laid over the snapshot
  without starting a worker again: a worker that judges by another overlay than a job names is
  told before it gets the job. So a suspension holds for the first document after it, and a
  document that was received before it ends with what it began with.
- Without workers a small document is examined in the loop and a large one in a thread, so
  that the loop never stands still.
- Threads do not make it faster (measured: two threads 0.92 of one); processes do (1.93).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog

from exchange.codes.service import RefusedCode
from exchange.core.limits import MIB
from exchange.core.model import SnapshotId
from exchange.core.snapshot import Snapshot
from exchange.core.verification import Verification
from exchange.errors import Finding, RefusedError, UndecidedError
from exchange.service.examination import Failed, Job, Materials, Passed, run
from exchange.service.frames import Explain
from exchange.service.pace import SMALL, paced
from exchange.service.verify_jobs import (
    Inquired,
    JudgedUpload,
    Upload,
    judge_uploads,
    run_inquiries,
)
from exchange.service.waiting import Waiting, size_of, take_next
from exchange.service.worker import answer
from exchange.service.worker_process import Worker, start_worker

_log = structlog.get_logger(__name__)

EXPLAINED: Final = 20
"""Findings of xmlschema that a refusal quotes at most."""
EXPLAIN_SECONDS: Final = 5.0
"""How long xmlschema may take to explain a refusal that lxml decided."""
MAX_LOSSES: Final = 2
"""Workers that one document may cost before it is answered with *come back later*."""
WORN: Final = 32 * MIB
"""Octets after which a worker is replaced; of a document that passed an eighth counts. Measured:
a refused document can leave 1.4 times its own size behind, one that passes a thirtieth."""
_PASSED_WEIGHS: Final = 8
_BUSY: Final = timedelta(seconds=2)
_RECENT: Final = 64
"""Overlays that a job may still name; a job is made and handed over without waiting."""


@dataclass(slots=True, eq=False)
class Examiner:
    """One generation of examiners: all with the same lists, whatever is laid over them."""

    snapshot: Snapshot
    """What the next document is judged by."""
    materials: Materials
    workers: int
    seconds: float
    """How long one batch may take."""
    max_waiting: int
    worn: int = WORN
    """Octets after which a worker is replaced."""
    _queue: deque[Waiting] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _runners: list[asyncio.Task[None]] = field(default_factory=list)
    _serving: set[Worker] = field(default_factory=set)
    _closed: bool = False
    _recent: dict[SnapshotId, Snapshot] = field(default_factory=dict)
    _built: SnapshotId = field(init=False)
    """What a worker has before anything is laid over it."""

    def __post_init__(self) -> None:
        """Know the first snapshot, and what workers build by themselves."""
        self._built = self.snapshot.bare().id
        self._recent[self.snapshot.id] = self.snapshot

    def interrupt(self, snapshot: Snapshot) -> None:
        """Judge by other interruptions or revocation facts from the next document on.

        Nothing is started or built again. Whoever keeps verdicts has kept the parts of the
        snapshot before.

        Raises:
            ValueError: The snapshot is of another generation: other lists, or other software.
        """
        if snapshot.bare().id != self._built:
            raise ValueError("expected a snapshot of this generation, found another one")
        self._recent.pop(snapshot.id, None)
        self._recent[snapshot.id] = snapshot
        while len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        self.snapshot = snapshot

    async def start(self) -> None:
        """Start the worker processes, if there are to be any."""
        outcomes = await asyncio.gather(
            *(start_worker(self.materials, self._built) for _ in range(self.workers)),
            return_exceptions=True,
        )
        started = [outcome for outcome in outcomes if isinstance(outcome, Worker)]
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                await asyncio.gather(*(worker.close() for worker in started))
                raise outcome
        self._runners = [asyncio.create_task(self._serve(worker)) for worker in started]

    async def close(self) -> None:
        """Finish what waits, then let the workers go."""
        self._closed = True
        self._wake.set()
        await asyncio.gather(*self._runners)

    @property
    def processes(self) -> tuple[asyncio.subprocess.Process, ...]:
        """The worker processes that serve now."""
        return tuple(worker.process for worker in self._serving)

    async def examine(self, job: Job) -> Passed | Failed:
        """Return the verdict on one document.

        Raises:
            RefusedError: Too many documents wait already.
            RuntimeError: The job names a snapshot that this generation never had.
            UndecidedError: The examination did not end, twice.
        """
        snapshot = self._recent.get(job.snapshot_id)
        if snapshot is None:
            raise RuntimeError("a job names a snapshot that this generation does not have")
        if not self.workers:
            certificates = self.materials.receipt_certificates
            return (await paced(len(job.data), run, (job,), snapshot, certificates))[0]
        verdict = await self._ask(job, snapshot)
        if not isinstance(verdict, Passed | Failed):
            raise TypeError(f"expected a verdict, found {type(verdict).__name__}")
        return verdict

    async def examine_all(self, jobs: Sequence[Job]) -> list[Passed | Failed]:
        """Return the verdict on each of several documents that arrived together.

        They wait behind those that are here already, and never for a place in the line: whoever
        calls this has only so many batches under way. A document whose examination does not end
        gets *come back later* and holds up no other one.

        Raises:
            RuntimeError: A job names a snapshot that this generation never had.
        """
        snapshots = [self._recent.get(job.snapshot_id) for job in jobs]
        if None in snapshots:
            raise RuntimeError("a job names a snapshot that this generation does not have")
        if not self.workers:
            return [await self.examine(job) for job in jobs]
        loop = asyncio.get_running_loop()
        line = [
            Waiting(
                request=job,
                snapshot=snapshot,
                answer=loop.create_future(),
                alone=len(job.data) > SMALL,
            )
            for job, snapshot in zip(jobs, snapshots, strict=True)
            if snapshot is not None
        ]
        self._queue.extend(line)
        self._wake.set()
        verdicts: list[Passed | Failed] = []
        for waiting in line:
            try:
                verdicts.append(await waiting.answer)
            except UndecidedError as error:
                verdicts.append(
                    Failed(
                        ending=UndecidedError,
                        findings=error.findings,
                        retry_after=error.retry_after,
                    )
                )
        return verdicts

    async def verify(self, asked: Inquired) -> Verification:
        """Return the answer to an inquiry about a certificate.

        Raises:
            RefusedError: Too many documents wait already.
            UndecidedError: The examination did not end, twice.
        """
        snapshot = self._recent[asked.snapshot_id]
        if not self.workers:
            return (await paced(asked.size, run_inquiries, (asked,), snapshot))[0]
        found: Verification = await self._ask(asked, snapshot)
        return found

    async def judge_upload(self, upload: Upload) -> JudgedUpload:
        """Return what the gates say of octets that somebody holds up.

        Raises:
            RefusedError: Too many documents wait already.
            UndecidedError: The examination did not end, twice.
        """
        snapshot = self._recent[upload.snapshot_id]
        if not self.workers:
            return (await paced(len(upload.data), judge_uploads, (upload,), snapshot))[0]
        found: JudgedUpload = await self._ask(upload, snapshot)
        return found

    async def explain(self, data: bytes) -> tuple[Finding, ...]:
        """Return a readable account of what gate 2 found, or nothing when it takes too long."""
        request = Explain(data=data, max_bytes=SMALL, max_findings=EXPLAINED)
        if len(data) > SMALL:
            return ()
        try:
            async with asyncio.timeout(EXPLAIN_SECONDS):
                if self.workers:
                    return tuple(await self._ask(request, self.snapshot))
                certificates = self.materials.receipt_certificates
                return tuple(await asyncio.to_thread(answer, request, self.snapshot, certificates))
        except (TimeoutError, RefusedError, UndecidedError):
            return ()

    async def _ask(self, request: Job | Explain | Inquired | Upload, snapshot: Snapshot) -> Any:
        if len(self._queue) >= self.max_waiting:
            raise RefusedError(
                Finding(
                    code=RefusedCode.BUSY,
                    message=f"expected fewer than {self.max_waiting} documents waiting",
                )
            )
        waiting = Waiting(
            request=request,
            snapshot=snapshot,
            answer=asyncio.get_running_loop().create_future(),
        )
        waiting.alone = isinstance(request, Explain) or size_of(request) > SMALL
        self._queue.append(waiting)
        self._wake.set()
        return await waiting.answer

    async def _serve(self, worker: Worker) -> None:
        """Give one worker its work, and replace it when it fails or is worn out."""
        fresh: asyncio.Task[Worker] | None = None
        try:
            while True:
                self._serving.add(worker)
                if worker.worn >= self.worn and fresh is None:
                    fresh = asyncio.create_task(self._replacement())
                    fresh.add_done_callback(lambda _: self._wake.set())
                if fresh is not None and fresh.done():
                    self._serving.discard(worker)
                    await worker.close()
                    worker, fresh = fresh.result(), None
                    _log.info("worker-renewed", process=worker.process.pid)
                    continue
                batch = take_next(self._queue, self.workers)
                if batch:
                    worker = await self._work(worker, batch)
                    continue
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
        finally:
            if fresh is not None:
                fresh.cancel()
                with suppress(asyncio.CancelledError):
                    await (await fresh).close()
            await worker.close()

    async def _work(self, worker: Worker, batch: Sequence[Waiting]) -> Worker:
        """Answer one batch; return the worker for the next one."""
        jobs = tuple(waiting.request for waiting in batch)
        explaining = isinstance(jobs[0], Explain)
        try:
            async with asyncio.timeout(self.seconds):
                await worker.judge_by(batch[0].snapshot)
                answers = await worker.ask(jobs[0] if explaining else jobs)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as exc:
            _log.error("worker-lost", jobs=len(batch), cause=type(exc).__name__)
            worker.kill()
            self._serving.discard(worker)
            await worker.process.wait()
            self._again(batch)
            return await self._replacement()
        for waiting, given in zip(batch, [answers] if explaining else answers, strict=True):
            passed = isinstance(given, Passed | Verification)
            worker.worn += size_of(waiting.request) // (_PASSED_WEIGHS if passed else 1)
            if not waiting.answer.done():
                waiting.answer.set_result(given)
        return worker

    async def _replacement(self) -> Worker:
        """Start another worker, however often it takes."""
        while True:
            try:
                return await start_worker(self.materials, self._built)
            except (TimeoutError, asyncio.IncompleteReadError, OSError, RuntimeError) as exc:
                _log.error("worker-not-started", cause=str(exc))
                await asyncio.sleep(1)

    def _again(self, batch: Sequence[Waiting]) -> None:
        """Send what a lost worker held again, one by one; give up on what was alone."""
        for waiting in reversed(batch):
            if waiting.answer.done():
                continue
            waiting.losses += 1
            if waiting.losses > MAX_LOSSES:
                waiting.answer.set_exception(_unfinished())
            else:
                waiting.alone = True
                self._queue.appendleft(waiting)
        self._wake.set()


def _unfinished() -> UndecidedError:
    return UndecidedError(
        Finding(code=RefusedCode.EXAMINATION, message="the examination did not end in time"),
        retry_after=_BUSY,
    )
