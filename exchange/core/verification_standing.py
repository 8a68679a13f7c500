"""Questions 6 and 7: does the certificate still stand, and is it recognised there?

- The standing is folded from signed statements (`exchange.core.life`), never read from a column.
- What does not stand *failed*, for the time being or for ever.
- What stands is *passed* only while somebody says so: the body has confirmed its register, or has
  made a statement about this very certificate, within `CONFIRMED_EVERY`. Else it is *unknown
  since* that time ran out.
- A later statement that does not pass the gates any more, one that was removed, or one under a
  key that was stopped since makes what would have passed *unknown*.
- Recognition is unknown until decisions are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import PassedCode, StandingCode, UnknownCode
from exchange.core.declarations import CONFIRMED_EVERY, Coverage, Declared
from exchange.core.life import Life
from exchange.core.life import Standing as Stands
from exchange.core.model import Economy, Status
from exchange.core.notices import Removal
from exchange.core.periods import in_zulu
from exchange.core.rules.judge import Accepted
from exchange.core.snapshot import Snapshot
from exchange.core.verification import (
    PERMANENCE,
    Evidence,
    EvidenceKind,
    Permanence,
    Question,
    Result,
    Verdict,
)
from exchange.core.verification_gates import key_since, not_reached
from exchange.errors import ExchangeError

BY_STATUS: Final[Mapping[Status, Code]] = {
    Status.DRAFT: StandingCode.DRAFT,
    Status.SUSPENDED: StandingCode.SUSPENDED,
    Status.WITHDRAWN: StandingCode.WITHDRAWN,
    Status.CANCELLED: StandingCode.CANCELLED,
    Status.EXPIRED: StandingCode.EXPIRED,
    Status.SUPERSEDED: StandingCode.SUPERSEDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What the answer to question 6 rests on."""

    life: Life
    """Everything accepted about the certificate."""
    changes: Sequence[Accepted | ExchangeError | None]
    """What the gates gave of each status change; `None` for one that was removed."""
    heard: Sequence[datetime]
    """When each statement about this certificate arrived; at least one."""
    declared: Declared | None
    """What the body has declared last about the scheme."""
    removals: Sequence[Removal] = ()
    """By which orders statements were removed."""
    is_older: bool = False
    """Whether the octets in question are not the newest revision."""


def standing_verdict(
    now: Stands | None, grounds: Grounds, snapshot: Snapshot, at: datetime
) -> Verdict:
    """Return the answer to question 6.

    Args:
        now: What stands; `None` where no revision passed the gates.
        grounds: What it was folded from, and who has confirmed it.
        snapshot: What is laid over.
        at: Now, aware UTC.
    """
    if now is None:
        removed = _removed(grounds.removals)
        return removed if grounds.removals else not_reached(Question.STANDING)
    evidence = tuple(_evidence(now, grounds, snapshot))
    if now.status is not Status.ACTIVE:
        code = BY_STATUS[now.status]
        return _verdict(
            Result.FAILED,
            code,
            f"{code.summary}, since {in_zulu(now.since)}",
            since=now.since,
            permanence=PERMANENCE[now.status],
            evidence=evidence,
        )
    if grounds.is_older:
        code = StandingCode.OLDER_REVISION
        return _verdict(
            Result.FAILED, code, code.summary, permanence=Permanence.FINAL, evidence=evidence
        )
    for ending in grounds.changes:
        doubt = _doubt(ending, grounds.removals, snapshot, at)
        if doubt is not None:
            return replace(doubt, evidence=(*doubt.evidence, *evidence))
    lapses = lapses_at(grounds.heard, grounds.declared)
    if at >= lapses:
        code = StandingCode.UNCONFIRMED
        return _verdict(
            Result.UNKNOWN,
            code,
            f"{code.summary}: unknown since {in_zulu(lapses)}",
            since=lapses,
            permanence=Permanence.TEMPORARY,
            evidence=evidence,
        )
    code = PassedCode.IN_FORCE
    return _verdict(
        Result.PASSED,
        code,
        f"{code.summary}: last at {in_zulu(lapses - CONFIRMED_EVERY)}",
        since=now.since,
        evidence=evidence,
    )


def known(
    stands: Stands | None, changes: Sequence[Accepted | ExchangeError | None]
) -> Stands | None:
    """Return how a certificate stands, unless that is known no more.

    A change that nobody can rely on any more may have been the one that ended it. What the others
    have taken away stays taken away; that it was in force is said of no day.
    """
    unsound = any(not isinstance(one, Accepted) for one in changes)
    return None if stands is not None and stands.is_valid and unsound else stands


def lapses_at(heard: Sequence[datetime], declared: Declared | None) -> datetime:
    """Return from when on nobody has confirmed that a certificate still stands.

    Args:
        heard: When statements about it arrived; at least one.
        declared: What its body has declared last about the scheme.
    """
    confirmed = max(heard)
    # A body that keeps nothing here confirms nothing that is here.
    if declared is not None and declared.coverage is not Coverage.NONE:
        confirmed = max(confirmed, declared.as_of)
    return confirmed + CONFIRMED_EVERY


def removal_words(removals: Sequence[Removal]) -> tuple[str, tuple[Evidence, ...]]:
    """Return how removals are told: a sentence with every order, and the signed notices."""
    orders = "; ".join(dict.fromkeys(one.order for one in removals))
    said = StandingCode.REMOVED.summary
    return f"{said}: {orders}" if orders else said, tuple(
        Evidence(kind=EvidenceKind.REMOVAL, value=one.order, digest=one.notice_digest.hex())
        for one in removals
    )


def _removed(removals: Sequence[Removal]) -> Verdict:
    message, evidence = removal_words(removals)
    return _verdict(
        Result.UNKNOWN,
        StandingCode.REMOVED,
        message,
        since=min((one.removed_at for one in removals), default=None),
        permanence=Permanence.FINAL,
        evidence=evidence,
    )


def _doubt(
    ending: Accepted | ExchangeError | None,
    removals: Sequence[Removal],
    snapshot: Snapshot,
    at: datetime,
) -> Verdict | None:
    """Return why a status change cannot be relied on, if so."""
    if ending is None:
        return _removed(removals)
    if isinstance(ending, ExchangeError):
        code = StandingCode.STATEMENT_UNSOUND
        return _verdict(Result.UNKNOWN, code, f"{code.summary}: {ending.findings[0].message}"[:600])
    mark = next(iter(key_since(ending.trusted, snapshot, at)), None)
    if mark is None:
        return None
    return replace(mark, question=Question.STANDING, result=Result.UNKNOWN)


def _verdict(
    result: Result,
    code: Code,
    message: str,
    *,
    since: datetime | None = None,
    permanence: Permanence | None = None,
    evidence: tuple[Evidence, ...] = (),
) -> Verdict:
    return Verdict(
        question=Question.STANDING,
        result=result,
        code=code,
        message=message,
        since=since,
        permanence=permanence,
        evidence=evidence,
    )


def _evidence(now: Stands, grounds: Grounds, snapshot: Snapshot) -> Iterator[Evidence]:
    life, declared = grounds.life, grounds.declared
    yield Evidence(kind=EvidenceKind.SNAPSHOT, value=snapshot.id)
    yield Evidence(kind=EvidenceKind.STATEMENT, value=now.latest.hex())
    for one in (*life.ordered, *life.early):
        if one.content_digest != now.latest:
            yield Evidence(
                kind=EvidenceKind.STATUS_STATEMENT,
                value=f"received {in_zulu(one.received_at)}",
                digest=one.content_digest.hex(),
            )
    if declared is not None:
        yield Evidence(
            kind=EvidenceKind.DECLARATION,
            value=f"as of {in_zulu(declared.as_of)}",
            digest=declared.statement.hex(),
        )


def recognition(economy: Economy | None) -> Verdict:
    """Return the answer to question 7, which nobody can answer yet."""
    code = UnknownCode.RECOGNITION_NOT_ASKED
    if economy is not None:
        code = UnknownCode.RECOGNITION_NOT_KEPT
    return Verdict(
        question=Question.RECOGNITION, result=Result.UNKNOWN, code=code, message=code.summary
    )
