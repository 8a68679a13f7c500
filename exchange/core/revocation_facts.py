"""What is known about the revocation of key certificates, as values.

- A fact is about one key certificate and comes from one CRL or OCSP answer whose signature,
  path and subject were checked when it was fetched. It is gathered ahead of need and judged
  when a document is (`exchange.core.revocation`).
- A fact that could not be had is a fact too: it says why, so that nobody has to guess.
- Facts are part of the snapshot, so that a verdict can be replayed with what was known.

Source: RFC 5280, section 5 (CRL); RFC 6960 (OCSP).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from exchange.codes.revocation import RevocationCode
from exchange.core.model import Fingerprint
from exchange.core.periods import in_zulu
from exchange.errors import Finding

CERTIFICATE_HOLD: Final = "certificate_hold"
"""The one reason that can be taken back. Source: RFC 5280, section 5.3.1."""


class RevocationStatus(StrEnum):
    """What a certification authority says of a key certificate (RFC 6960, section 2.2)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class RevocationSource(StrEnum):
    """Where it was said."""

    CRL = "crl"
    OCSP = "ocsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFact:
    """What one CRL or OCSP answer says of one key certificate, or why none does."""

    certificate: Fingerprint
    status: RevocationStatus
    source: RevocationSource | None = None
    """`None` when nothing was had."""
    this_update: datetime | None = None
    """From when the answer speaks; `None` when nothing was had."""
    next_update: datetime | None = None
    """When a newer one will be there; `None` where the source does not say."""
    revoked_at: datetime | None = None
    """From when it is revoked, or on hold."""
    reason: str | None = None
    """As RFC 5280, section 5.3.1, names it: `key_compromise`, `certificate_hold`, …"""
    digest: bytes | None = None
    """SHA-256 of the octets of the CRL or OCSP answer, which the store keeps."""
    problem: Finding | None = None
    """Why it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFacts:
    """Everything that is known, by key certificate."""

    by_certificate: Mapping[Fingerprint, RevocationFact]

    @classmethod
    def of(cls, facts: Iterable[RevocationFact]) -> RevocationFacts:
        """Return facts that nobody can change afterwards; the last about a certificate counts."""
        return cls(by_certificate=MappingProxyType({one.certificate: one for one in facts}))

    def __bool__(self) -> bool:
        """Tell whether anything is known at all."""
        return bool(self.by_certificate)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to a worker; a read-only view cannot be pickled."""
        return (RevocationFacts.of, (tuple(self.by_certificate.values()),))

    def octets(self) -> bytes:
        """Return what is kept with a snapshot: one JSON document, in order."""
        return json.dumps(
            {one.certificate.hex(): _plain(one) for one in self.by_certificate.values()},
            sort_keys=True,
            separators=(",", ":"),
        ).encode()


def says_something_new(before: RevocationFacts, after: RevocationFacts) -> bool:
    """Tell whether facts differ in more than how new they are."""
    return {name: _meaning(one) for name, one in before.by_certificate.items()} != {
        name: _meaning(one) for name, one in after.by_certificate.items()
    }


def ends_before(facts: RevocationFacts, at: datetime) -> bool:
    """Tell whether an answer is past its next update at an instant."""
    return any(
        one.next_update is not None and one.next_update <= at
        for one in facts.by_certificate.values()
    )


def marked_stale(fact: RevocationFact, at: datetime) -> RevocationFact:
    """Return a fact that says by itself when it is past its next update."""
    if fact.problem is not None or fact.next_update is None or at < fact.next_update:
        return fact
    found = in_zulu(fact.next_update)
    message = f"expected a next update after {in_zulu(at)}, found {found}"
    return replace(fact, problem=Finding(code=RevocationCode.STALE, message=message))


def _meaning(one: RevocationFact) -> tuple[object, ...]:
    problem = one.problem and one.problem.code
    return (one.status, one.revoked_at, one.reason, problem)


def _plain(one: RevocationFact) -> Mapping[str, str]:
    """Return the fields that are set, as text."""
    written = {
        "status": one.status.value,
        "source": one.source,
        "this_update": one.this_update and one.this_update.isoformat(),
        "next_update": one.next_update and one.next_update.isoformat(),
        "revoked_at": one.revoked_at and one.revoked_at.isoformat(),
        "reason": one.reason,
        "digest": one.digest and one.digest.hex(),
        "problem": one.problem and one.problem.code.value,
    }
    return {name: str(value) for name, value in written.items() if value is not None}


NOTHING_KNOWN: Final = RevocationFacts.of(())
"""Before the first answer was fetched, and for good where no key certificate names a CA."""


def settle(
    certificate: Fingerprint,
    answers: Iterable[RevocationFact],
    problem: Finding | None,
) -> RevocationFact:
    """Return the one fact that several answers about a key certificate make.

    A revocation is for ever, whoever says otherwise later; of several the earliest counts. A
    hold can be taken back, so about holds the newest answer counts.

    Args:
        certificate: The key certificate.
        answers: What is believed; none of them unknown.
        problem: Why some source said nothing, if one did.
    """
    oldest = datetime.min.replace(tzinfo=UTC)
    newest = sorted(answers, key=lambda one: one.this_update or oldest, reverse=True)
    final = [
        one
        for one in newest
        if one.status is RevocationStatus.REVOKED and one.reason != CERTIFICATE_HOLD
    ]
    if final:
        return min(final, key=lambda one: one.revoked_at or oldest)
    if newest:
        return replace(newest[0], problem=problem)
    return RevocationFact(certificate=certificate, status=RevocationStatus.UNKNOWN, problem=problem)
