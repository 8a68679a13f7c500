"""Honest not-found: why there is no certificate to show, as exactly as may be said.

Rules, in order, for a number of a body that is named:
 1. the body is on the lists, else *unknown body*;
 2. some scheme of the body gives such numbers (form, and the body's own code inside), else
    *no certificate of this body can have this number*;
 3. of those schemes, one that is shown by QR address only hides whatever there may be: the answer
    is the same whether the number exists or not;
 4. all of them kept here whole and confirmed: *not issued*; kept whole, confirmed too long ago:
    *last confirmed*; none of them kept here: *does not publish here*; else *publishes some*.

Nothing here looks into the register, so nothing of it can be learned from the answer.
Only *not issued* and *no such number* are a no; everything else is *cannot tell*.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import NotFoundCode
from exchange.core.declarations import Coverage, Declarations, Declared, Disclosure
from exchange.core.model import BodyId, KeyRole
from exchange.core.numbers import strange_codes
from exchange.core.periods import in_zulu
from exchange.core.registers import SchemeEntry
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import Body
from exchange.core.verification import (
    Asked,
    Choice,
    Evidence,
    EvidenceKind,
    Overall,
    Permanence,
    Question,
    Result,
    Verdict,
    Verification,
)
from exchange.core.verification_standing import recognition

_NO: Final = frozenset({NotFoundCode.NOT_ISSUED, NotFoundCode.NUMBER_FORMAT})
"""What is an answer about the certificate, and not about us."""


def absent(
    number: str, issuer: BodyId | None, declarations: Declarations, snapshot: Snapshot, at: datetime
) -> tuple[Code, tuple[Declared, ...]]:
    """Return why no certificate is shown, and what the body has declared about it.

    Args:
        number: As it was asked for.
        issuer: The body that was named, if any was.
        declarations: What bodies have declared last.
        snapshot: Trust lists and the register of schemes.
        at: Now, aware UTC.
    """
    if issuer is None:
        return NotFoundCode.NUMBER_UNKNOWN, ()
    body = snapshot.trust.body(issuer)
    if body is None:  # 1
        return NotFoundCode.UNKNOWN_BODY, ()
    schemes = _schemes(body, declarations)
    fitting = sorted(
        {
            entry.id
            for entry in snapshot.code_lists.schemes()
            if entry.id in schemes and _fits(entry, number, body)
        }
    )
    if schemes and not fitting:  # 2
        return NotFoundCode.NUMBER_FORMAT, ()
    found = [declarations.of_scheme(issuer, scheme) for scheme in fitting]
    declared = tuple(one for one in found if one is not None)
    hidden = len(declared) < len(found) or any(
        one.disclosure is Disclosure.TOKEN for one in declared
    )
    if hidden or not declared:  # 3
        return NotFoundCode.ONLY_BY_ADDRESS, ()
    return _uncovered(declared, at), declared  # 4


def _uncovered(declared: tuple[Declared, ...], at: datetime) -> Code:
    """Return why a number is not among those that a body keeps here."""
    coverages = {one.coverage for one in declared}
    if coverages == {Coverage.NONE}:
        return NotFoundCode.DOES_NOT_PUBLISH
    if coverages != {Coverage.ALL}:
        return NotFoundCode.PUBLISHES_SOME
    if any(at >= one.lapses_at for one in declared):
        return NotFoundCode.LAST_CONFIRMED
    return NotFoundCode.NOT_ISSUED


def _schemes(body: Body, declarations: Declarations) -> frozenset[str]:
    """Return the schemes that the body issues under, or has declared."""
    keyed = {
        scheme
        for key in body.keys
        if key.role is KeyRole.ATTESTATION
        for scheme in key.scope.schemes
    }
    return frozenset(keyed | {one.scheme for one in declarations.of_body(body.id)})


def _fits(entry: SchemeEntry, number: str, body: Body) -> bool:
    """Tell whether the scheme gives such numbers to certificates of the body."""
    if entry.number_pattern is None:
        # Certificates older than the hub may have numbers of another form, so only a code tells.
        match = re.fullmatch(entry.national_numbers.get(body.economy, ""), number)
        return match is None or not strange_codes(match, body)
    match = re.fullmatch(entry.number_pattern, number)
    if match is None:
        return False
    code = match.groupdict().get("cab")
    return code is None or body.cab_code is None or code == body.cab_code


def nothing_found(
    code: Code,
    *,
    snapshot: Snapshot,
    at: datetime,
    asked: Asked,
    declared: tuple[Declared, ...] = (),
    notes: tuple[Code, ...] = (),
    choices: tuple[Choice, ...] = (),
) -> Verification:
    """Return the answer where there is no certificate to judge."""
    named = "; ".join(f"{one.issuer} under {one.scheme}" for one in choices)
    is_no = code in _NO
    evidence = (
        Evidence(kind=EvidenceKind.SNAPSHOT, value=snapshot.id),
        *(
            Evidence(
                kind=EvidenceKind.DECLARATION,
                value=f"{one.scheme} as of {in_zulu(one.as_of)}",
                digest=one.statement.hex(),
            )
            for one in declared
        ),
    )
    since = min((one.as_of for one in declared), default=None)
    body = None if asked.issuer is None else snapshot.trust.body(asked.issuer)
    return Verification(
        hub=snapshot.hub,
        at=at,
        snapshot_id=snapshot.id,
        overall=Overall.NOT_VALID if is_no else Overall.CANNOT_TELL,
        because=(Question.ISSUER.value,) if is_no else tuple(_unanswered()),
        code=code,
        verdicts=(
            *(
                Verdict(
                    question=question,
                    result=Result.FAILED
                    if is_no and question is Question.ISSUER
                    else Result.UNKNOWN,
                    code=code,
                    message=f"{code.summary}: {named}" if named else code.summary,
                    since=since if code is NotFoundCode.LAST_CONFIRMED else None,
                    # What was not issued by today may be issued tomorrow.
                    permanence=Permanence.FINAL if code is NotFoundCode.NUMBER_FORMAT else None,
                    evidence=evidence if question is Question.ISSUER else (),
                )
                for question in Question
                if question is not Question.RECOGNITION
            ),
            recognition(asked.economy),
        ),
        asked=asked,
        notes=notes,
        choices=choices,
        zone="UTC" if body is None else body.time_zone,
    )


def _unanswered() -> Iterator[str]:
    return (one.value for one in Question if one is not Question.RECOGNITION)
