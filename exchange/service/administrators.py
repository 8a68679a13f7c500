"""Which administrator calls: the person whose own key the connection shows.

Rules, in order; they are asked on every request, so that a person who was removed is refused on
a connection that is already open:
 1. this hub administers trust at all;
 2. exactly this certificate (SHA-256 of its DER octets) is that of an enrolled person;
 3. the certificate has begun and not ended;
 4. the person's body has not ended: who was sent away reads nothing of the others any more.

Who may do what is not decided here: readers see everything, and every action carries the
person's own signature, which the rules of actions judge.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from exchange.codes.service import RefusedCode
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import Administrator, AdministratorRole
from exchange.core.model import Fingerprint
from exchange.core.periods import covers
from exchange.core.trust_values import BodyState
from exchange.errors import Finding, RefusedError


def identify_administrator(
    state: TrustState, certificate: bytes, at: datetime
) -> Administrator | None:
    """Return the person whom a client certificate stands for at this instant.

    Args:
        state: Who is enrolled.
        certificate: DER octets.
        at: Now.

    Returns:
        The person, or `None` when it is nobody's.

    Raises:
        RefusedError: It is a person's, and has not begun or has ended, or their body has.
    """
    found = state.administrator(Fingerprint(sha256(certificate).digest()))
    if found is None:
        return None
    own = found.certificate
    if not covers(own.not_before, own.not_after, at):
        raise RefusedError(
            Finding(
                code=RefusedCode.KEY_NOT_ACTIVE,
                message=f"key of {found.person}: expected one that counts now, found one from "
                f"{own.not_before:%Y-%m-%d} until {own.not_after:%Y-%m-%d}",
            )
        )
    body = state.bodies.get(found.body)
    if body is None or body.state_at(at) is BodyState.ENDED:
        raise RefusedError(
            Finding(
                code=RefusedCode.KEY_NOT_ACTIVE,
                message=f"key of {found.person}: expected one of a body that counts, found "
                f"{found.body}, which has ended",
            )
        )
    return found


def administrator_certificates(state: TrustState, at: datetime) -> tuple[bytes, ...]:
    """Return the certificates with which administrators may connect now, DER."""
    return tuple(
        one.certificate.der
        for one in state.administrators.values()
        if covers(one.certificate.not_before, one.certificate.not_after, at)
    )


def require_publisher(administrator: Administrator, state: TrustState) -> None:
    """Let only the operator's staff who may publish pass.

    Raises:
        RefusedError: It is another body's administrator, or an auditor.
    """
    if administrator.body != state.hub or administrator.role is AdministratorRole.AUDITOR:
        raise RefusedError(
            Finding(
                code=RefusedCode.NOT_ENTITLED,
                message=f"expected an operator or a trust officer of {state.hub}, "
                f"found {administrator.role.value} of {administrator.body}",
            )
        )
