"""Gate 4: is this key entitled to say this, at this instant?

The instant is the *proof time*: when the document is known to have existed. On arrival that
is now; afterwards it is the time of the hub's first receipt. A signing time is only a claim.

Rules, in order (ETSI EN 319 102-1, clause 5.2.6; rules SIG-06 and SIG-07):
 1. there are trust lists, and the key certificate is on one of them;
 2. that list, and the list of lists that names it, are not past their next update at `at`;
    if they are, the answer is `UndecidedError`, not no;
 3. the key belongs to the body that the document names as its issuer;
 4. the role of the key fits the kind of document;
 5. a body of this role issues this kind of document, and it was active at `at`;
 6. the key was granted at `at`: listed, not withdrawn, not suspended, not revoked; nor had
    administrators stopped it, or its body (rule 5), since the list was published;
 7. the claimed signing time is not after `at`, clocks differing by five minutes at most,
    and lies in the period in which the key signs;
 8. `at` lies before the instant until which documents of the key are accepted;
 9. where the key certificate names a certification authority, neither it nor one above it
    was revoked at `at`; if that is not known, the policy of the role decides between
    `UndecidedError` and a warning (`exchange.core.revocation`);
10. the body does not forbid the custody in which the key is kept;
11. what the document is about is inside the scope of the key, and an empty scope allows
    nothing: scheme, standards, product groups and economy of the holder for an attestation,
    the scheme for a status change (its attestation was judged before, and rule STC-09 binds
    the two). What a receipt is about was judged when its message was.

The first fault ends the gate. Deliberately not here: the validity period of a key certificate
that rests on the list alone (gate 3 holds the signing time against it, and rule 8 ends its
use), and whether the accreditation held on the day of the decision (rules AUT-01 to AUT-05,
gate 5).

Example:
    >>> trusted = establish(signed, snapshot, at)
    >>> trusted.body.id, trusted.key.custody
    ('CN-CB-0103', <Custody.OWN: 'own'>)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from exchange.codes.trust import TrustCode
from exchange.core.claim import Claim, read_claim
from exchange.core.competence import ANY, Scope, spans
from exchange.core.document.start_tags import StartTags, start_tags
from exchange.core.interruptions import Interruptions, Stopped, stopped
from exchange.core.model import BodyRole, Custody, KeyRole, Kind
from exchange.core.periods import covers, in_zulu
from exchange.core.revocation import judge_revocation
from exchange.core.signature import Signed
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import POLICY, Body, BodyState, KeyEntry, KeyStatus
from exchange.errors import Finding, TrustError, UndecidedError

KEY_ROLE_OF: Final[Mapping[Kind, KeyRole]] = MappingProxyType(
    {
        Kind.ATTESTATION: KeyRole.ATTESTATION,
        Kind.STATUS_CHANGE: KeyRole.STATUS,
        Kind.RECEIPT: KeyRole.RECEIPT,
        Kind.TRUST_LIST: KeyRole.LIST,
        # The hub vouches that it received the person's word, as for every message.
        Kind.ACTION: KeyRole.RECEIPT,
        # What a body says about its register is of the same weight as a change in it.
        Kind.DECLARATION: KeyRole.STATUS,
        Kind.NOTICE: KeyRole.RECEIPT,
        Kind.VERIFICATION: KeyRole.RECEIPT,
    }
)
"""Which key signs which kind of statement."""

ISSUERS_OF: Final[Mapping[Kind, frozenset[BodyRole]]] = MappingProxyType(
    {
        Kind.ATTESTATION: frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY}),
        # An accreditation body or an authority changes a status by legal act (rule STC-09).
        Kind.STATUS_CHANGE: frozenset(
            {
                BodyRole.CERTIFICATION_BODY,
                BodyRole.LABORATORY,
                BodyRole.ACCREDITATION_BODY,
                BodyRole.RECOGNITION_AUTHORITY,
            }
        ),
        Kind.RECEIPT: frozenset(BodyRole),
        Kind.TRUST_LIST: frozenset({BodyRole.HUB_OPERATOR, BodyRole.ACCREDITATION_BODY}),
        Kind.ACTION: frozenset({BodyRole.HUB_OPERATOR}),
        Kind.DECLARATION: frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY}),
        Kind.NOTICE: frozenset({BodyRole.HUB_OPERATOR}),
        Kind.VERIFICATION: frozenset({BodyRole.HUB_OPERATOR}),
    }
)
"""Which bodies issue which kind of statement."""

_NOT_GRANTED: Final[Mapping[KeyStatus | None, TrustCode]] = MappingProxyType(
    {
        None: TrustCode.KEY_NOT_YET_GRANTED,
        KeyStatus.WITHDRAWN: TrustCode.KEY_WITHDRAWN,
        KeyStatus.SUSPENDED: TrustCode.KEY_SUSPENDED,
        KeyStatus.REVOKED: TrustCode.KEY_REVOKED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A signed statement whose key was entitled to make it."""

    signed: Signed
    tags: StartTags
    """What was signed, element by element; scope and rules read the same."""
    body: Body
    """The issuer, as its list describes it."""
    key: KeyEntry
    claim: Claim
    """What the statement says it is about, as far as this gate had to read it."""
    findings: tuple[Finding, ...] = ()
    """Warnings that travel with the document; nothing fatal."""


def establish(signed: Signed, snapshot: Snapshot, at: datetime) -> Trusted:
    """Return the statement with the body and the key that it is trusted by.

    Args:
        signed: A statement whose signature was verified.
        snapshot: Everything beside the document that the verdict depends on.
        at: The proof time, aware UTC.

    Raises:
        TrustError: The key is not entitled; one of the codes of `TrustCode`.
        UndecidedError: The list is past its next update, or nobody has said lately whether the
            key certificate is revoked.
    """
    trust = snapshot.trust
    if not trust.by_fingerprint:
        # An empty list means no: with nobody listed, nobody is trusted.
        raise _refusal(TrustCode.NO_LIST, "", "expected signed trust lists, found none")
    listed = trust.by_fingerprint.get(signed.certificate.fingerprint)  # 1
    if listed is None:
        raise _refusal(
            TrustCode.KEY_UNKNOWN,
            "",
            f"key certificate {signed.certificate.fingerprint.hex()} is on none of "
            f"{len(trust.lists)} lists with {len(trust.by_fingerprint)} keys",
        )
    if not at < listed.decides_until:  # 2
        raise UndecidedError(
            Finding(
                code=TrustCode.LIST_EXPIRED,
                message=f"list of {listed.territory}: expected a next update after "
                f"{in_zulu(at)}, found {in_zulu(listed.decides_until)}",
            ),
            retry_after=POLICY.retry_after,
        )
    body, key = listed.body, listed.key
    tags = start_tags(signed.content)
    claim = read_claim(signed.kind, tags)
    _belongs(signed, claim, body, key)
    _active(signed, body, at)
    _granted(key, at)
    if snapshot.interruptions:
        _not_stopped(body, key, snapshot.interruptions, at)
    _in_time(signed, key, at)
    warnings = judge_revocation(key, snapshot.revocation, at)  # 9
    _in_custody(body, key)
    if signed.kind is Kind.ATTESTATION:
        _in_scheme("/Attestation/Scheme/SchemeID", claim, key.scope)
        _in_scope(claim, key.scope)
    elif signed.kind is Kind.STATUS_CHANGE:
        _in_scheme("/StatusChange/AttestationRef/SchemeID", claim, key.scope)
    return Trusted(signed=signed, tags=tags, body=body, key=key, claim=claim, findings=warnings)


def _refusal(code: TrustCode, path: str, message: str) -> TrustError:
    return TrustError(Finding(code=code, path=path, message=message))


def _belongs(signed: Signed, claim: Claim, body: Body, key: KeyEntry) -> None:
    """Rules 3 and 4."""
    if claim.issuer != body.id:
        raise _refusal(
            TrustCode.KEY_OF_ANOTHER_BODY,
            claim.issuer_path,
            f"expected the body that the key is listed for, {body.id}, found {claim.issuer[:40]}",
        )
    expected = KEY_ROLE_OF[signed.kind]
    if key.role is not expected:
        raise _refusal(
            TrustCode.KEY_ROLE,
            "",
            f"expected a key for {expected.value}, found one for {key.role.value}",
        )


def _active(signed: Signed, body: Body, at: datetime) -> None:
    """Rule 5."""
    if not body.roles & ISSUERS_OF[signed.kind]:
        raise _refusal(
            TrustCode.BODY_ROLE,
            "",
            f"{body.id} is {', '.join(sorted(body.roles))}, which issues no {signed.kind.value}",
        )
    state = body.state_at(at)
    if state is not BodyState.ACTIVE:
        found = "not yet listed" if state is None else state.value
        raise _refusal(
            TrustCode.BODY_NOT_ACTIVE,
            "",
            f"{body.id} at {in_zulu(at)}: expected active, found {found}",
        )


def _granted(key: KeyEntry, at: datetime) -> None:
    """Rule 6."""
    status = key.status_at(at)
    if status is not KeyStatus.GRANTED:
        found = "not yet listed" if status is None else status.name.lower()
        raise _refusal(
            _NOT_GRANTED[status],
            "",
            f"key of {key.body} at {in_zulu(at)}: expected granted, found {found}",
        )


def _not_stopped(body: Body, key: KeyEntry, interruptions: Interruptions, at: datetime) -> None:
    """Rules 5 and 6: what the published list does not show yet."""
    stop = interruptions.body_at(body.id, at)
    if stop is not None:
        raise _refusal(TrustCode.BODY_NOT_ACTIVE, "", stopped(body.id, stop))
    stop = interruptions.key_at(key.fingerprint, at)
    if stop is not None:
        suspended = stop.what is Stopped.SUSPENDED
        code = TrustCode.KEY_SUSPENDED if suspended else TrustCode.KEY_REVOKED
        raise _refusal(code, "", stopped(f"key of {body.id}", stop))


def _in_time(signed: Signed, key: KeyEntry, at: datetime) -> None:
    """Rules 7 and 8."""
    if signed.signed_at > at + POLICY.clock_tolerance:
        raise _refusal(
            TrustCode.SIGNED_IN_FUTURE,
            "SigningTime",
            f"expected at most {in_zulu(at + POLICY.clock_tolerance)}, "
            f"found {in_zulu(signed.signed_at)}",
        )
    if not covers(key.signs_from, key.signs_until, signed.signed_at):
        raise _refusal(
            TrustCode.SIGNED_OUTSIDE_PERIOD,
            "SigningTime",
            f"expected from {in_zulu(key.signs_from)} until {in_zulu(key.signs_until)}, "
            f"found {in_zulu(signed.signed_at)}",
        )
    if not at < key.accepted_until:
        raise _refusal(
            TrustCode.NO_LONGER_ACCEPTED,
            "",
            f"expected a proof of existence before {in_zulu(key.accepted_until)}, "
            f"found {in_zulu(at)}",
        )


def _in_custody(body: Body, key: KeyEntry) -> None:
    """Rule 10."""
    if body.forbids_hub_custody and key.custody is Custody.HUB:
        raise _refusal(
            TrustCode.CUSTODY_FORBIDDEN,
            "",
            f"{body.id} forbids custody by a hub, and this key is kept by one",
        )


def _in_scheme(path: str, claim: Claim, scope: Scope) -> None:
    """Rule 11: every statement of an issuer belongs to a scheme."""
    if scope.is_empty:
        raise _refusal(
            TrustCode.KEY_OUT_OF_SCOPE, path, "the scope of the key is empty, which allows nothing"
        )
    if claim.scheme not in scope.schemes:
        raise _outside(path, "schemes", claim.scheme, scope.schemes)


def _in_scope(claim: Claim, scope: Scope) -> None:
    """Rule 11: the first thing that is outside, in the order of the document."""
    if not claim.standards or not claim.product_groups or not claim.economies:
        raise _refusal(
            TrustCode.KEY_OUT_OF_SCOPE,
            "/Attestation",
            "expected requirements, sector or product codes, and the economy of the holder; "
            "what names nothing is inside no scope",
        )
    for standard in claim.standards:
        if standard not in scope.standards and ANY not in scope.standards:
            raise _outside(
                "/Attestation/Requirement/Number", "standards", standard, scope.standards
            )
    for code in claim.product_groups:
        if not spans(scope.product_groups, code):
            raise _outside(
                "/Attestation/Object",
                "product groups",
                f"{code.list_id} {code.code}",
                (f"{c.list_id} {c.code}" for c in scope.product_groups),
            )
    for economy in claim.economies:
        if economy not in scope.economies and ANY not in scope.economies:
            raise _outside(
                "/Attestation/Holder/Address/Economy", "economies", economy, scope.economies
            )


def _outside(path: str, what: str, found: str, allowed: Iterable[str]) -> TrustError:
    names = sorted(allowed)
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")  # noqa: PLR2004
    return _refusal(
        TrustCode.KEY_OUT_OF_SCOPE,
        path,
        f"expected one of the {what} of the key ({shown or 'none'}), found {found[:80]}",
    )
