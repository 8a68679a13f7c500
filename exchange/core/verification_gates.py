"""Questions 1 to 5: what the five gates say of an attestation, and what has changed since.

- Each gate is one question. Gate 4 is two: whether the key was trusted, and whether the body may
  attest this; to the latter belongs gate 5 as well, since whoever is bound by the rules of a
  scheme is entitled to nothing that breaks them.
- A gate that was not passed ends the walk: what comes behind it is unknown, never passed.
- The gates judge at the proof time. Then today's snapshot is laid over: a key, a body or an
  accreditation that was stopped since marks what rests on it. What was stopped for the time
  being makes the answer *unknown*, what was stopped for ever makes it *failed*.
- A key that was retired in order marks nothing: it was trusted when it signed.

Source: ETSI EN 319 102-1, clause 5.3, for judging at the time of existence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from exchange.codes import Code
from exchange.codes.trust import TrustCode
from exchange.codes.verification import PassedCode, SinceCode, UnknownCode
from exchange.core.competence import AccreditationState
from exchange.core.document.attestation import Attestation
from exchange.core.interruptions import Stopped
from exchange.core.model import BodyId
from exchange.core.periods import day_in, in_zulu
from exchange.core.revocation import judge_revocation
from exchange.core.rules.judge import Accepted
from exchange.core.snapshot import Snapshot
from exchange.core.trust import Trusted
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus, ListType
from exchange.core.verification import (
    Evidence,
    EvidenceKind,
    Permanence,
    Question,
    Result,
    Verdict,
)
from exchange.errors import (
    ExchangeError,
    MalformedError,
    SchemaError,
    SignatureError,
    TrustError,
    UndecidedError,
)

GATES: Final = (
    Question.WELL_FORMED,
    Question.SCHEMA,
    Question.SIGNATURE,
    Question.KEY,
    Question.ISSUER,
)
"""The questions that the gates answer, in their order."""

_PASSED: Final = {
    Question.WELL_FORMED: PassedCode.WELL_FORMED,
    Question.SCHEMA: PassedCode.SCHEMA,
    Question.SIGNATURE: PassedCode.SIGNATURE,
    Question.KEY: PassedCode.KEY_TRUSTED,
    Question.ISSUER: PassedCode.ISSUER_ENTITLED,
}
_GATE_OF: Final = {
    Question.WELL_FORMED: "parse",
    Question.SCHEMA: "schema",
    Question.SIGNATURE: "signature",
    Question.KEY: "trust",
    Question.ISSUER: "rules",
}
_PLAIN: Final = {
    question: Verdict(
        question=question,
        result=Result.PASSED,
        code=_PASSED[question],
        message=_PASSED[question].summary,
        evidence=(Evidence(kind=EvidenceKind.GATE, value=_GATE_OF[question]),),
    )
    for question in GATES
}
"""The words of a gate that was passed, which are the same for every certificate."""
_OF_ISSUER: Final[frozenset[Code]] = frozenset({TrustCode.KEY_OUT_OF_SCOPE, TrustCode.BODY_ROLE})
"""What gate 4 refuses because of what is attested, not because of the key."""
_PASSING: Final[frozenset[Code]] = frozenset({TrustCode.KEY_SUSPENDED})
"""What gate 4 refuses only for the time being."""
_MESSAGE: Final = 600
"""Characters of a finding that a verdict repeats."""


def stopped_at(error: ExchangeError) -> Question:
    """Return the question that an ending of the gates answers with no."""
    match error:
        case MalformedError():
            return Question.WELL_FORMED
        case SchemaError():
            return Question.SCHEMA
        case SignatureError():
            return Question.SIGNATURE
        case TrustError() | UndecidedError() if error.code not in _OF_ISSUER:
            return Question.KEY
        case _:
            return Question.ISSUER


def gate_verdicts(
    ending: Accepted | ExchangeError, snapshot: Snapshot, at: datetime, received_at: datetime
) -> tuple[Verdict, ...]:
    """Return the answers to the first five questions.

    Args:
        ending: What the gates gave at the proof time.
        snapshot: By which they judged, and which is laid over.
        at: Now, aware UTC.
        received_at: The proof time.
    """
    if isinstance(ending, ExchangeError):
        return tuple(_stopped(ending))
    trusted = ending.trusted
    since = f"at {in_zulu(received_at)}"
    evidence = _evidence_of(trusted, snapshot)
    return (
        _passed(Question.WELL_FORMED),
        _passed(Question.SCHEMA),
        _passed(
            Question.SIGNATURE,
            (Evidence(kind=EvidenceKind.STATEMENT, value=trusted.signed.content_digest.hex()),),
        ),
        _worst(key_since(trusted, snapshot, at), evidence)
        or _passed(Question.KEY, evidence, f"{PassedCode.KEY_TRUSTED.summary}, {since}"),
        _issuer(ending, snapshot, at),
    )


def _stopped(error: ExchangeError) -> Iterator[Verdict]:
    end = GATES.index(stopped_at(error))
    for question in GATES[:end]:
        yield _passed(question)
    finding = error.findings[0]
    code = finding.code
    waits = isinstance(error, UndecidedError)
    yield Verdict(
        question=GATES[end],
        result=Result.UNKNOWN if waits else Result.FAILED,
        code=code,
        message=f"{code.summary}: {finding.message}"[:_MESSAGE],
        permanence=Permanence.TEMPORARY if waits or code in _PASSING else Permanence.FINAL,
        evidence=(
            Evidence(kind=EvidenceKind.GATE, value=_GATE_OF[GATES[end]]),
            *(
                Evidence(kind=EvidenceKind.RULE, value=one.code.value)
                for one in error.findings[:20]
            ),
        ),
    )
    for question in GATES[end + 1 :]:
        yield not_reached(question)


def not_reached(question: Question) -> Verdict:
    """Return the answer to a question behind one that was not passed."""
    return Verdict(
        question=question,
        result=Result.UNKNOWN,
        code=UnknownCode.NOT_REACHED,
        message=UnknownCode.NOT_REACHED.summary,
    )


def _passed(
    question: Question, evidence: Sequence[Evidence] = (), message: str | None = None
) -> Verdict:
    plain = _PLAIN[question]
    if not evidence and message is None:
        return plain
    return Verdict(
        question=question,
        result=Result.PASSED,
        code=plain.code,
        message=message or plain.message,
        evidence=(*plain.evidence, *evidence),
    )


def _evidence_of(trusted: Trusted, snapshot: Snapshot) -> tuple[Evidence, ...]:
    listed = snapshot.trust.by_fingerprint[trusted.key.fingerprint]
    return (
        Evidence(kind=EvidenceKind.KEY, value=trusted.key.fingerprint.hex()),
        *(_list_evidence(one) for one in snapshot.trust.lists if _is_of(one, listed.territory)),
    )


def _is_of(one: TrustList, territory: str) -> bool:
    return one.type is ListType.ECONOMY and one.territory == territory


def _list_evidence(one: TrustList) -> Evidence:
    return Evidence(
        kind=EvidenceKind.LIST, value=f"{one.territory} {one.sequence}", digest=one.digest.hex()
    )


def _worst(marks: Iterator[Verdict], evidence: Sequence[Evidence]) -> Verdict | None:
    """Return what weighs most of what has changed since, with the evidence of the question."""
    found = sorted(marks, key=lambda one: one.result is not Result.FAILED)
    if not found:
        return None
    first = found[0]
    return Verdict(
        question=first.question,
        result=first.result,
        code=first.code,
        message=first.message,
        since=first.since,
        permanence=first.permanence,
        evidence=(*first.evidence, *evidence),
    )


def _marked(
    question: Question, code: Code, what: str, since: datetime | None, *, final: bool
) -> Verdict:
    told = f" since {in_zulu(since)}" if since is not None else ""
    return Verdict(
        question=question,
        result=Result.FAILED if final else Result.UNKNOWN,
        code=code,
        message=f"{code.summary}: {what}{told}"[:_MESSAGE],
        since=since,
        permanence=Permanence.FINAL if final else Permanence.TEMPORARY,
    )


def key_since(trusted: Trusted, snapshot: Snapshot, at: datetime) -> Iterator[Verdict]:
    """Yield what has happened to the key since, as far as it touches what it signed.

    Args:
        trusted: What the key has signed.
        snapshot: What is laid over.
        at: Now, aware UTC.
    """
    return key_marks(trusted.key, snapshot, at)


def key_marks(key: KeyEntry, snapshot: Snapshot, at: datetime) -> Iterator[Verdict]:
    """Yield what has happened to a listed key since it signed something."""
    listed = snapshot.trust.by_fingerprint[key.fingerprint]
    name = f"key of {key.body}"
    if not at < listed.decides_until:
        yield _marked(
            Question.KEY,
            TrustCode.LIST_EXPIRED,
            f"list of {listed.territory}",
            listed.decides_until,
            final=False,
        )
    period = next((one for one in key.periods if one.not_before <= at), None)
    if period is not None and period.status is KeyStatus.SUSPENDED:
        yield _marked(Question.KEY, SinceCode.KEY_SUSPENDED, name, period.not_before, final=False)
    if period is not None and period.status is KeyStatus.REVOKED:
        yield _marked(Question.KEY, SinceCode.KEY_REVOKED, name, period.not_before, final=True)
    stop = snapshot.interruptions.key_at(key.fingerprint, at)
    if stop is not None:
        final = stop.what is Stopped.REVOKED
        code = SinceCode.KEY_REVOKED if final else SinceCode.KEY_SUSPENDED
        yield _marked(Question.KEY, code, name, stop.since, final=final)
    if not at < key.certificate.not_after:
        return  # An authority says nothing any more of a key certificate that has ended in order.
    try:
        judge_revocation(key, snapshot.revocation, at)
    except TrustError as error:
        yield _marked(Question.KEY, error.code, error.findings[0].message, None, final=True)
    except UndecidedError as error:
        yield _marked(Question.KEY, error.code, error.findings[0].message, None, final=False)


def _issuer(accepted: Accepted, snapshot: Snapshot, at: datetime) -> Verdict:
    evidence = tuple(_accreditation_evidence(accepted, at))
    marks = [*body_marks(accepted.trusted.body, snapshot, at)]
    if isinstance(accepted.document, Attestation):
        marks += accreditation_marks(accepted.document, accepted.trusted.body, at)
    return _worst(iter(marks), evidence) or _passed(Question.ISSUER, evidence)


def body_marks(body: Body, snapshot: Snapshot, at: datetime) -> Iterator[Verdict]:
    """Yield what has happened to a body since it certified something."""
    period = next((one for one in body.history if one.since <= at), None)
    name = _name(body.id)
    if period is not None and period.state is BodyState.SUSPENDED:
        yield _marked(Question.ISSUER, SinceCode.BODY_SUSPENDED, name, period.since, final=False)
    if period is not None and period.state is BodyState.ENDED:
        yield _marked(Question.ISSUER, SinceCode.BODY_ENDED, name, period.since, final=True)
    stop = snapshot.interruptions.body_at(body.id, at)
    if stop is not None:
        final = stop.what is Stopped.REVOKED
        code = SinceCode.BODY_ENDED if final else SinceCode.BODY_SUSPENDED
        yield _marked(Question.ISSUER, code, name, stop.since, final=final)


def _name(body: BodyId) -> str:
    return f"body {body}"


_STATES: Final = {
    AccreditationState.SUSPENDED: (SinceCode.ACCREDITATION_SUSPENDED, False),
    AccreditationState.WITHDRAWN: (SinceCode.ACCREDITATION_WITHDRAWN, True),
    None: (SinceCode.ACCREDITATION_ENDED, False),
}


def _named(
    document: Attestation, body: Body, at: datetime
) -> Iterator[tuple[str, AccreditationState | None]]:
    """Yield the accreditations that the attestation names, with their state today."""
    today = day_in(body.time_zone, at)
    for named in document.authorisations:
        for one in body.accreditations:
            if (one.authority, one.standard, one.number) == (
                named.authority,
                named.standard,
                named.number,
            ):
                yield f"{one.authority} {one.number}", one.state_on(today)


def accreditation_marks(document: Attestation, body: Body, at: datetime) -> Iterator[Verdict]:
    """Yield what has happened since to the accreditations that an attestation names."""
    for name, state in _named(document, body, at):
        if state is not AccreditationState.ACTIVE:
            code, final = _STATES[state]
            yield _marked(Question.ISSUER, code, name, None, final=final)


def _accreditation_evidence(accepted: Accepted, at: datetime) -> Iterator[Evidence]:
    if not isinstance(accepted.document, Attestation):
        return
    for name, state in _named(accepted.document, accepted.trusted.body, at):
        said = "ended" if state is None else state.value
        yield Evidence(kind=EvidenceKind.ACCREDITATION, value=f"{name}: {said}")
