"""Who calls: the body whose transport key the connection shows.

Rules, in order; they are asked on every request, so that a key suspended on the list, or by
an administrator a moment ago, is refused on a connection that is already open:
 1. there is a client certificate;
 2. exactly this certificate (SHA-256 of its DER octets) is on a trust list;
 3. its key has the role *transport*;
 4. the key is granted now, and neither of its periods has ended;
 5. the body that it belongs to is active now;
 6. no administrator has stopped the key or the body since the list was published;
 7. where its certificate names a certification authority, that has not revoked it. Whoever
    calls while no authority answers is let in: the policy of this role is soft.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from exchange.codes.service import RefusedCode
from exchange.core.interruptions import stopped
from exchange.core.model import BodyId, BodyRole, Fingerprint, KeyRole
from exchange.core.revocation import judge_revocation
from exchange.core.snapshot import Snapshot
from exchange.core.trust_values import Body, BodyState, KeyEntry, KeyStatus
from exchange.errors import Finding, RefusedError, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The body that a request comes from."""

    body: Body
    key: Fingerprint

    @property
    def id(self) -> BodyId:
        """The body's id."""
        return self.body.id


def identify(snapshot: Snapshot, certificate: bytes | None, at: datetime) -> Caller:
    """Return the body that a client certificate stands for at this instant.

    Args:
        snapshot: The trust lists in force, and what is stopped.
        certificate: DER octets, or `None` when the connection showed none.
        at: Now.

    Raises:
        RefusedError: The certificate stands for nobody now.
    """
    if certificate is None:  # 1
        raise _refused(RefusedCode.NO_CERTIFICATE, "expected a client certificate, found none")
    fingerprint = Fingerprint(sha256(certificate).digest())
    listed = snapshot.trust.by_fingerprint.get(fingerprint)  # 2
    if listed is None or listed.key.role is not KeyRole.TRANSPORT:  # 3
        raise _refused(
            RefusedCode.UNKNOWN_KEY,
            f"certificate {fingerprint.hex()} is no transport key on the trust lists",
        )
    _in_force(listed.body, listed.key, snapshot, at)
    return Caller(body=listed.body, key=fingerprint)


def _in_force(body: Body, key: KeyEntry, snapshot: Snapshot, at: datetime) -> None:
    """Rules 4 to 7."""
    status = key.status_at(at)
    if status is not KeyStatus.GRANTED:
        found = "not yet listed" if status is None else status.name.lower()
        raise _refused(
            RefusedCode.KEY_NOT_ACTIVE,
            f"transport key of {body.id}: expected granted, found {found}",
        )
    if not at < min(key.signs_until, key.accepted_until):
        raise _refused(RefusedCode.KEY_NOT_ACTIVE, f"transport key of {body.id} has run out")
    state = body.state_at(at)
    if state is not BodyState.ACTIVE:
        found = "not yet listed" if state is None else state.value
        raise _refused(RefusedCode.KEY_NOT_ACTIVE, f"{body.id}: expected active, found {found}")
    for what, stop in (
        (f"transport key of {body.id}", snapshot.interruptions.key_at(key.fingerprint, at)),
        (str(body.id), snapshot.interruptions.body_at(body.id, at)),
    ):
        if stop is not None:
            raise _refused(RefusedCode.KEY_NOT_ACTIVE, stopped(what, stop))
    try:
        judge_revocation(key, snapshot.revocation, at)
    except TrustError as error:
        raise RefusedError(
            Finding(
                code=RefusedCode.KEY_NOT_ACTIVE, message=f"{body.id}: {error.findings[0].message}"
            )
        ) from error


def transport_keys(
    snapshot: Snapshot, at: datetime, body: BodyId | None = None
) -> tuple[KeyEntry, ...]:
    """Return the transport keys in force, of one body or of all."""
    found: list[KeyEntry] = []
    for listed in snapshot.trust.by_fingerprint.values():
        if listed.key.role is not KeyRole.TRANSPORT or body not in (None, listed.body.id):
            continue
        try:
            _in_force(listed.body, listed.key, snapshot, at)
        except RefusedError:
            continue
        found.append(listed.key)
    return tuple(found)


def is_operator(caller: Caller, hub: BodyId) -> bool:
    """Tell whether the operator of this hub calls."""
    return caller.id == hub and BodyRole.HUB_OPERATOR in caller.body.roles


def require_operator(caller: Caller, hub: BodyId) -> None:
    """Let only the operator of this hub pass.

    Raises:
        RefusedError: Somebody else calls.
    """
    if not is_operator(caller, hub):
        raise _refused(RefusedCode.NOT_ENTITLED, f"expected {hub}, found {caller.id}")


def _refused(code: RefusedCode, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))
