"""What a verification says of octets that are not in this register: the gates, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import PassedCode, StandingCode
from exchange.core.model import BodyId
from exchange.core.snapshot import Snapshot
from exchange.core.verification import (
    Asked,
    Overall,
    Question,
    Result,
    Verdict,
    Verification,
    overall,
)
from exchange.core.verification_gates import not_reached
from exchange.core.verification_standing import recognition
from exchange.service.verify_jobs import JudgedUpload

LONGEST_NUMBER: Final = 120
"""Characters of a number that are looked for and repeated."""


def passed_the_gates(judged: JudgedUpload) -> bool:
    """Tell whether octets passed all five gates."""
    return all(one.result is Result.PASSED for one in judged.verdicts)


def unregistered(
    judged: JudgedUpload,
    asked: Asked,
    *,
    snapshot: Snapshot,
    hub: BodyId,
    at: datetime,
    notes: tuple[Code, ...],
) -> Verification:
    """Return the answer about octets that are not in this register.

    Args:
        judged: What the gates say.
        asked: What somebody wants to know.
        snapshot: By which they were judged.
        hub: Who answers.
        at: Now, aware UTC.
        notes: What else is to be said.
    """
    passed = passed_the_gates(judged)
    verdicts = (*judged.verdicts, _standing(passed=passed), recognition(asked.economy))
    goods = judged.goods if passed else ()
    ending, because = overall(verdicts, economy=asked.economy, goods=goods)
    code: Code = PassedCode.IN_FORCE
    if ending is not Overall.VALID:
        code = next(
            (one.code for one in verdicts if one.question.value == because[0]),
            StandingCode.NOT_REGISTERED,
        )
    body = None if judged.issuer is None else snapshot.trust.body(judged.issuer)
    return Verification(
        hub=hub,
        at=at,
        snapshot_id=snapshot.id,
        overall=ending,
        because=because,
        code=code,
        verdicts=verdicts,
        asked=replace(asked, number=judged.number[:LONGEST_NUMBER], issuer=judged.issuer),
        content_digest=judged.content_digest,
        certificate=judged.certificate,
        goods=goods,
        holder=judged.holder,
        notes=notes,
        zone="UTC" if body is None else body.time_zone,
    )


def _standing(*, passed: bool) -> Verdict:
    unknown = not_reached(Question.STANDING)
    if not passed:
        return unknown
    code = StandingCode.NOT_REGISTERED
    return replace(unknown, code=code, message=code.summary)
