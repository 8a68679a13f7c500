"""Was a key certificate revoked by its authority when the document is known to have existed?

For keys whose certificate names a certification authority, in addition to what the trust list
says. The facts were gathered before (`exchange.service.revocation`); nothing is asked here.

Rules, in order, for the key certificate and those above it but the anchor:
 1. a revocation that began at or before the proof time refuses, however old the answer is that
    said so; a hold refuses as a suspension does. There is no grace;
 2. a revocation that began after the proof time refuses nothing: the document is known to have
    existed before, and the hub's first receipt is such a proof;
 3. the path from the key certificate to its anchor holds; one that does not is no matter of
    waiting;
 4. the proof time lies in the validity of each: afterwards authorities forget revocations;
 5. the newest answer is fresh: it is younger than the policy of the role allows and not past
    its next update, both held against the proof time. An answer made after the proof time is
    always fresh: it tells what was before it;
 6. without a fresh answer the policy of the role decides: hard is *come back later*, soft is
    a warning that travels with the document.

Example:
    >>> judge_revocation(key, snapshot.revocation, at)
    ()

Source: ETSI EN 319 102-1, clauses 5.2.5 and 5.2.6.4; RFC 5280, section 6.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from exchange.codes.revocation import RevocationCode
from exchange.core.certificate import KeyCertificate
from exchange.core.model import KeyRole
from exchange.core.periods import covers, in_zulu
from exchange.core.revocation_facts import (
    CERTIFICATE_HOLD,
    RevocationFact,
    RevocationFacts,
    RevocationStatus,
)
from exchange.core.trust_values import KeyEntry
from exchange.errors import Finding, Severity, TrustError, UndecidedError


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationPolicy:
    """How fresh answers have to be for one role, and what happens when they are not."""

    hard: bool
    """Whether nothing is accepted without a fresh answer."""
    max_age: timedelta
    """How old the newest answer may be, counted from the time it speaks of."""
    retry_after: timedelta = timedelta(minutes=15)
    """When a caller should come back whom a missing answer has stopped."""


_WEEK: Final = timedelta(days=7)
_HARD: Final = RevocationPolicy(hard=True, max_age=_WEEK)
_SOFT: Final = RevocationPolicy(hard=False, max_age=_WEEK)
POLICIES: Final[Mapping[KeyRole, RevocationPolicy]] = MappingProxyType(
    {
        # What opens a market waits until it is known that the key was good.
        KeyRole.ATTESTATION: _HARD,
        KeyRole.RECOGNITION: _HARD,
        KeyRole.LIST: _HARD,
        # A withdrawal must not wait for a responder that is down.
        KeyRole.STATUS: _SOFT,
        # Receipts and checkpoints are evidence of what has happened already.
        KeyRole.RECEIPT: _SOFT,
        KeyRole.CHECKPOINT: _SOFT,
        # Who cannot connect cannot be told either; what is sent is signed by another key.
        KeyRole.TRANSPORT: _SOFT,
    }
)
"""The policy in force, by role."""


def judge_revocation(
    key: KeyEntry,
    facts: RevocationFacts,
    at: datetime,
    policies: Mapping[KeyRole, RevocationPolicy] = POLICIES,
) -> tuple[Finding, ...]:
    """Return the warnings about the revocation of a listed key at an instant.

    Args:
        key: A key on a list; one without path rests on the list alone.
        facts: What is known.
        at: The proof time, aware UTC.
        policies: What is demanded, by role.

    Raises:
        TrustError: It, or one above it, was revoked, on hold, or not valid.
        UndecidedError: That is not known, and the policy of the role is hard.
    """
    if not key.path:
        return ()
    policy = policies[key.role]
    asked = (key.certificate, *key.path[:-1])
    for number, certificate in enumerate(asked):
        fact = facts.by_certificate.get(certificate.fingerprint)
        if fact is not None and fact.status is RevocationStatus.REVOKED:  # 1, 2
            _not_revoked(_named(number, certificate), fact, at)
        if fact is not None and fact.problem and fact.problem.code is RevocationCode.PATH:  # 3
            raise _refusal(
                RevocationCode.PATH, f"{_named(number, certificate)}: {fact.problem.message}"
            )
    for number, certificate in enumerate(asked):  # 4
        if not covers(certificate.not_before, certificate.not_after, at):
            raise _refusal(
                RevocationCode.OUT_OF_VALIDITY,
                f"{_named(number, certificate)}: expected a proof of existence from "
                f"{in_zulu(certificate.not_before)} until {in_zulu(certificate.not_after)}, "
                f"found {in_zulu(at)}",
            )
    for number, certificate in enumerate(asked):  # 5
        fact = facts.by_certificate.get(certificate.fingerprint)
        if not _is_fresh(fact, certificate, policy, at):
            return _without_answer(_named(number, certificate), fact, policy, at)
    return ()


def _not_revoked(what: str, fact: RevocationFact, at: datetime) -> None:
    since = fact.revoked_at
    # Revoked without saying since when: since always.
    if since is not None and at < since:
        return
    code = RevocationCode.ON_HOLD if fact.reason == CERTIFICATE_HOLD else RevocationCode.REVOKED
    raise _refusal(
        code,
        f"{what}: expected a proof of existence before "
        f"{in_zulu(since) if since else 'its revocation'} ({fact.reason or 'no reason given'}), "
        f"found {in_zulu(at)}",
    )


def _is_fresh(
    fact: RevocationFact | None,
    certificate: KeyCertificate,
    policy: RevocationPolicy,
    at: datetime,
) -> bool:
    """Rule 5."""
    if fact is None or fact.status is RevocationStatus.UNKNOWN or fact.this_update is None:
        return False
    if at < fact.this_update:
        # An authority may leave out of its lists what has ended (RFC 5280, section 3.3).
        return fact.this_update < certificate.not_after
    in_date = fact.next_update is None or at < fact.next_update
    return in_date and at - fact.this_update <= policy.max_age


def _without_answer(
    what: str, fact: RevocationFact | None, policy: RevocationPolicy, at: datetime
) -> tuple[Finding, ...]:
    """Rule 6."""
    if fact is None:
        found = "none"
    elif fact.problem is not None:
        found = f"none: {fact.problem.code.value}, {fact.problem.message}"
    else:
        found = f"one of {in_zulu(fact.this_update)}" if fact.this_update else "none"
    message = f"{what}: expected an answer that is fresh at {in_zulu(at)}, found {found}"
    if policy.hard:
        raise UndecidedError(
            Finding(code=RevocationCode.NOT_KNOWN, path="KeyInfo/X509Data", message=message),
            retry_after=policy.retry_after,
        )
    return (
        Finding(
            code=RevocationCode.UNCHECKED,
            path="KeyInfo/X509Data",
            message=message,
            severity=Severity.WARNING,
        ),
    )


def _named(number: int, certificate: KeyCertificate) -> str:
    """Return how a finding names a link of the path."""
    what = f"authority {number} of the path" if number else "key certificate"
    return f"{what} {certificate.fingerprint.hex()[:16]}…"


def _refusal(code: RevocationCode, message: str) -> TrustError:
    return TrustError(Finding(code=code, path="KeyInfo/X509Data", message=message))
