"""What stands beside a certificate that a search has found: what is stopped behind it.

- A hit is no verdict: nothing is examined for it. But where a verification would mark the key,
  the body or an accreditation that a certificate rests on, a hit is marked as well, by the same
  functions, the same trust lists and the same overlay (`exchange.core.verification_gates`).
- A certificate in force whose body is late with its confirmation is *unknown since* that time ran
  out, by the same arithmetic as in a verification.
- A key or body that is on no list any more is a mark, too.

Example:
    >>> [mark.text for mark in marks(document, issuer, signer, snapshot, at)]
    ['rests on a suspended body: body CN-CB-0103 since 2026-11-22T09:00:00Z']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from exchange.codes import Code
from exchange.codes.trust import TrustCode
from exchange.codes.verification import SinceCode, StandingCode
from exchange.core.declarations import Declared
from exchange.core.document.attestation import Attestation
from exchange.core.model import BodyId, Fingerprint
from exchange.core.periods import in_zulu
from exchange.core.sentences import TEXTS
from exchange.core.snapshot import Snapshot
from exchange.core.verification import Permanence, Question, Verdict
from exchange.core.verification_gates import accreditation_marks, body_marks, key_marks
from exchange.core.verification_standing import lapses_at

_RESTS_ON: Final[Mapping[Code, str]] = {
    SinceCode.KEY_SUSPENDED: "a suspended key",
    SinceCode.KEY_REVOKED: "a revoked key",
    SinceCode.BODY_SUSPENDED: "a suspended body",
    SinceCode.BODY_ENDED: "a body that has ended",
    SinceCode.ACCREDITATION_SUSPENDED: "a suspended accreditation",
    SinceCode.ACCREDITATION_WITHDRAWN: "a withdrawn accreditation",
    SinceCode.ACCREDITATION_ENDED: "an accreditation that has run out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that a verification of the certificate would say as well."""

    code: Code
    text: str
    """One sentence in English."""
    question: Question
    """The question of a verification that it is about."""
    since: datetime | None = None
    is_final: bool = False

    def said(self, language: str) -> str:
        """Return the sentence in a language, in the words of the verification."""
        texts = TEXTS[language]
        key = self.code.value if self.code.value in texts else f"question-{self.question}-unknown"
        if self.since is None and f"{key}-undated" in texts:
            key = f"{key}-undated"
        day = "" if self.since is None else self.since.astimezone(UTC).date().isoformat()
        return texts[key].format_map({"since": day, "number": "", "issuer": "", "economy": ""})


def marks(
    document: Attestation | None,
    issuer: BodyId,
    signer: Fingerprint | None,
    snapshot: Snapshot,
    at: datetime,
) -> Iterator[Mark]:
    """Yield what is stopped behind a certificate.

    Args:
        document: The latest revision; `None` when its octets were removed.
        issuer: The body that signed it.
        signer: The key certificate that signed it, where that is known.
        snapshot: The lists in force, with what is laid over them.
        at: Now, aware UTC.
    """
    if signer is not None:
        listed = snapshot.trust.by_fingerprint.get(signer)
        if listed is None:
            code = TrustCode.KEY_UNKNOWN
            yield Mark(code=code, text=f"rests on a key of {issuer}: {code.summary}",
                       question=Question.KEY)  # fmt: skip
        else:
            yield from map(_mark, key_marks(listed.key, snapshot, at))
    body = snapshot.trust.body(issuer)
    if body is not None:
        yield from map(_mark, body_marks(body, snapshot, at))
        if document is not None:
            yield from map(_mark, accreditation_marks(document, body, at))


def unconfirmed(heard_at: datetime, declared: Declared | None, at: datetime) -> Iterator[Mark]:
    """Yield that nobody has confirmed for too long that a certificate is still in force.

    Args:
        heard_at: When the last statement about it arrived.
        declared: What its body has declared last about the scheme.
        at: Now, aware UTC.
    """
    lapses = lapses_at([heard_at], declared)
    if at >= lapses:
        code = StandingCode.UNCONFIRMED
        yield Mark(
            code=code,
            text=f"unknown since {in_zulu(lapses)}: {code.summary}",
            question=Question.STANDING,
            since=lapses,
        )


def _mark(verdict: Verdict) -> Mark:
    told = verdict.message.removeprefix(f"{verdict.code.summary}: ")
    what = _RESTS_ON.get(verdict.code, verdict.code.summary)
    return Mark(
        code=verdict.code,
        text=f"rests on {what}: {told}" if verdict.code in _RESTS_ON else f"cannot tell: {what}",
        question=verdict.question,
        since=verdict.since,
        is_final=verdict.permanence is Permanence.FINAL,
    )
