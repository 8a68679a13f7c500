"""Administrators who come, change and go: one human, one name, one key.

- A person is one name, one key of their own and one identity document; whoever comes with the
  key or the document of another is that other, whatever name they give.
- A person's own key signs actions and opens connections; it is never a key of a body.
- The operator keeps three trust officers, so that one can be lost and replaced by two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from exchange.codes.actions import ActionCode
from exchange.core.actions.state import FEWEST_OFFICERS, TrustState
from exchange.core.actions.values import (
    Administrator,
    AdministratorChange,
    AdministratorRole,
    PersonId,
)
from exchange.core.certificate import KeyPolicy, signing_certificate
from exchange.core.model import BodyId
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body
from exchange.errors import ExchangeError, Finding

_KEYS: Final = KeyPolicy(client_purpose=True)
"""What a person's key certificate must be: a signer's, that may open connections too."""


def person_findings(
    state: TrustState,
    changes: Sequence[AdministratorChange],
    settled: Mapping[BodyId, Body],
    at: datetime,
) -> Iterator[Finding]:
    """Yield what is wrong with the persons whom a proposal enrols or removes."""
    after = dict(state.administrators)
    for change in changes:
        one = change.administrator
        if change.removed:
            if after.pop(one.person, None) != one:
                yield _fault(one, ActionCode.PERSON_UNKNOWN, "expected a person as enrolled")
            continue
        if change.replaces is not None and after.pop(change.replaces, None) is None:
            yield _fault(
                one,
                ActionCode.PERSON_UNKNOWN,
                f"expected an enrolled person to replace, found {change.replaces}",
            )
        # Whoever may enrol persons of one body removes none of another by it.
        if change.replaces is not None and not change.replaces.startswith(f"{one.body}/"):
            yield _fault(
                one,
                ActionCode.PERSON_BODY,
                f"expected a person of {one.body} to replace, found {change.replaces}",
            )
        if state.administrators.get(one.person) == one:
            yield _fault(one, ActionCode.NO_CHANGE, "expected a change, found none")
        if one.body not in settled and one.body not in state.bodies:
            yield _fault(one, ActionCode.PERSON_BODY, f"expected a listed body, found {one.body}")
        yield from usable_findings(one, at)
        yield from _another(one, after, state)
        after[one.person] = one
    if changes and _officers(after, state.hub) < FEWEST_OFFICERS:
        yield Finding(
            code=ActionCode.TOO_FEW_OFFICERS,
            path="/Action/Word",
            message=f"expected {FEWEST_OFFICERS} trust officers of {state.hub} or more, found "
            f"{_officers(after, state.hub)}",
        )


def usable_findings(one: Administrator, at: datetime) -> Iterator[Finding]:
    """Yield why a person could not act with a name and key certificate."""
    if not one.person.startswith(f"{one.body}/"):
        yield _fault(
            one, ActionCode.PERSON_BODY, f"expected a name of {one.body}, found {one.person}"
        )
    try:
        certificate = signing_certificate(one.certificate.der, _KEYS)
    except ExchangeError as exc:
        yield _fault(one, ActionCode.PERSON_CERTIFICATE, exc.findings[0].message)
        return
    if not isinstance(certificate.public_key, ec.EllipticCurvePublicKey):
        yield _fault(one, ActionCode.PERSON_CERTIFICATE, "expected a key on curve P-256 or P-384")
    if not certificate.not_before <= at <= certificate.not_after:
        yield _fault(
            one,
            ActionCode.PERSON_CERTIFICATE,
            f"expected a key certificate that is valid at {in_zulu(at)}, found one from "
            f"{in_zulu(certificate.not_before)} to {in_zulu(certificate.not_after)}",
        )


def same_human(one: Administrator, other: Administrator) -> bool:
    """Tell whether two enrolments are of one human: by name, by key or by identity document."""
    return (
        one.person == other.person
        or one.certificate.key_id == other.certificate.key_id
        or one.identity == other.identity
    )


def _another(
    one: Administrator, others: Mapping[PersonId, Administrator], state: TrustState
) -> Iterator[Finding]:
    for other in others.values():
        if other.person != one.person and same_human(one, other):
            yield _fault(
                one, ActionCode.PERSON_TWICE, f"has the key or identity document of {other.person}"
            )
    # A human may come back under another name, but not with a key that another name ever had.
    owner = state.person_keys.get(one.certificate.key_id, one.person)
    if owner != one.person:
        yield _fault(one, ActionCode.PERSON_TWICE, f"has a key that was {owner}'s")
    if one.certificate.key_id in state.owners:
        yield _fault(one, ActionCode.KEY_OF_PERSON, "has the key of a body")


def _officers(persons: Mapping[PersonId, Administrator], body: BodyId) -> int:
    return sum(
        one.body == body and one.role is AdministratorRole.TRUST_OFFICER for one in persons.values()
    )


def _fault(one: Administrator, code: ActionCode, message: str) -> Finding:
    return Finding(
        code=code,
        path=f"/Action/Word//Administrator[{one.person}]",
        message=f"{one.person}: {message}",
    )
