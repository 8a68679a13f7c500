"""Certificates on which a certificate depends: what took its place, and what it is a part of.

- A certificate whose latest revision another one replaces (Header/Replaces) is superseded from
  the arrival of that one, whoever asks by which number. Nothing follows that.
- A sub-certificate stands while its parent does (REL-01): one whose parent does not stand is not
  valid, and one of whose parent nobody can tell is not known either. On a day that is asked about
  it stood if both did.

Both are read from the signed octets of the other certificate, never from a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from exchange.codes.verification import StandingCode
from exchange.core.certificates import KeptStatement
from exchange.core.entry import NewAttestation
from exchange.core.life import Life, Standing, Told
from exchange.core.lifecycle import STATUS
from exchange.core.model import Status
from exchange.core.projection import project
from exchange.core.rules.judge import Accepted
from exchange.core.snapshot import Snapshot
from exchange.core.verification import (
    Evidence,
    EvidenceKind,
    Overall,
    Question,
    Result,
    Verdict,
    Verification,
    overall,
)
from exchange.core.verification_standing import BY_STATUS
from exchange.errors import ExchangeError

_DOWN: Final = frozenset(Status) - {Status.ACTIVE}


def replacement(
    life: Life,
    revisions: Iterable[tuple[KeptStatement, Accepted | ExchangeError | None]],
    snapshot: Snapshot,
) -> Told | None:
    """Return the first revision of another certificate that took the place of this one.

    Args:
        life: Of this certificate.
        revisions: Of the other one, with what the gates gave.
        snapshot: By which they judged.
    """
    for kept, ending in revisions:
        if not isinstance(ending, Accepted) or not life.ordered:
            continue
        claim = project(ending, snapshot.trust).claim
        before = life.at(kept.received_at)
        if (
            isinstance(claim, NewAttestation)
            and before is not None
            and before.latest in {digest for _, digest in claim.replaces}
            and Status.SUPERSEDED in STATUS[before.status]
        ):
            return Told(
                content_digest=kept.content_digest, received_at=kept.received_at, claim=claim
            )
    return None


def superseded(
    stands: Standing | None, replaced: Told | None, instant: datetime
) -> Standing | None:
    """Return how a certificate stands at an instant, with what took its place."""
    if stands is None or replaced is None or instant < replaced.received_at:
        return stands
    return replace(
        stands,
        status=Status.SUPERSEDED,
        since=replaced.received_at,
        by=replaced.content_digest,
        change=None,
        reasons=(),
        suspension_end=None,
        successor=replaced.content_digest,
    )


def under_parents(found: Verification, parents: Sequence[Verification]) -> Verification:
    """Return the answer about a sub-certificate, with what stands of its parents.

    Args:
        found: About the sub-certificate alone.
        parents: The answers about its parents.
    """
    stands = next(one for one in found.verdicts if one.question is Question.STANDING)
    # Of a parent that stands, and did not on the day that is asked about, the day is told.
    faults = [
        one for one in parents if one.overall is not Overall.VALID and one.because != ("then",)
    ]
    fell = next((one.then for one in parents if one.then and one.then.status in _DOWN), None)
    if fell is not None and found.then is not None and found.then.status is Status.ACTIVE:
        found = replace(found, then=replace(fell, reasons=(), is_reduced=found.then.is_reduced))
        if found.overall is Overall.VALID:
            code = BY_STATUS[fell.status]
            found = replace(found, overall=Overall.NOT_VALID, because=("then",), code=code)
    if not faults or stands.result is Result.FAILED:
        return found
    worst = next((one for one in faults if one.overall is Overall.NOT_VALID), faults[0])
    if stands.result is Result.UNKNOWN and worst.overall is not Overall.NOT_VALID:
        return found
    why = next((one for one in worst.verdicts if one.code == worst.code), stands)
    code = StandingCode.PARENT
    verdict = Verdict(
        question=Question.STANDING,
        result=Result.FAILED if worst.overall is Overall.NOT_VALID else Result.UNKNOWN,
        code=code,
        message=f"{code.summary}: {worst.code.summary}",
        since=why.since,
        permanence=why.permanence,
        evidence=(
            *(
                Evidence(kind=EvidenceKind.STATEMENT, value=one.hex())
                for one in (worst.content_digest,)
                if one is not None
            ),
            *stands.evidence,
        ),
    )
    return decided(found, stands, verdict)


def decided(found: Verification, stands: Verdict, verdict: Verdict) -> Verification:
    """Return the answer with another verdict, and what it comes to then.

    Args:
        found: The answer.
        stands: The verdict in it.
        verdict: What takes its place.
    """
    verdicts = tuple(verdict if one is stands else one for one in found.verdicts)
    ending, because = overall(
        verdicts,
        economy=found.asked.economy,
        goods=found.goods,
        stood=found.then is None or found.then.status is Status.ACTIVE,
    )
    deciding = next((one.code for one in verdicts if one.question.value == because[0]), found.code)
    return replace(found, overall=ending, because=because, code=deciding, verdicts=verdicts)
