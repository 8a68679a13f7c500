"""How an officer changes an entry: each verb makes the entry as it shall stand, whole.

- Nothing is decided here: what is proposed, two persons and the rules of actions decide. Only
  what makes no sense as a wish is refused: a key that is not there, a key that there is twice.
- Histories are not written: a verb states the new status and its beginning, and the fold over
  the actions writes what becomes of the earlier ones.
- A key is named by its fingerprint, or by so much of its beginning as no other key shares.

Example:
    >>> retired(body, find_key(body, "5b0c21aa"), signs_until=friday, accepted_until=spring)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.certificate import KeyCertificate
from exchange.core.competence import Accreditation, AccreditationPeriod, AccreditationState, Scope
from exchange.core.model import BodyId, KeyRole
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    BodyState,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
)
from exchange.errors import Finding, SettingsError

SHORTEST_BEGINNING: Final = 8
"""Hexadecimal digits of a fingerprint that are enough where they name one key only."""


def find_key(body: Body, beginning: str) -> KeyEntry:
    """Return the key of a body whose fingerprint begins so.

    Raises:
        SettingsError: None does, or more than one.
    """
    digits = beginning.replace(":", "").lower()
    found = [key for key in body.keys if key.fingerprint.hex().startswith(digits)]
    if len(digits) < SHORTEST_BEGINNING:
        raise _fault(
            body.id,
            f"expected at least {SHORTEST_BEGINNING} digits of a fingerprint, found {digits!r}",
        )
    if len(found) != 1:
        listed = ", ".join(f"{k.role.value} {k.fingerprint.hex()[:16]}…" for k in body.keys)
        count = "no key" if not found else f"{len(found)} keys"
        raise _fault(
            body.id, f"expected one key that begins with {digits}, found {count}; it has {listed}"
        )
    return found[0]


def only_key(body: Body, role: KeyRole, at: datetime) -> KeyEntry:
    """Return the one key of a body that counts for a role now.

    Raises:
        SettingsError: There is none, or more than one.
    """
    found = [
        key for key in body.keys if key.role is role and key.status_at(at) is KeyStatus.GRANTED
    ]
    if len(found) != 1:
        raise _fault(body.id, f"expected one {role.value} key that is granted, found {len(found)}")
    return found[0]


def admitted(body: Body, key: KeyEntry) -> Body:
    """Return the entry with one more key.

    Raises:
        SettingsError: The key is there already.
    """
    if any(known.fingerprint == key.fingerprint for known in body.keys):
        raise _fault(body.id, f"key {key.fingerprint.hex()[:16]}… is on the entry already")
    return replace(body, keys=(*body.keys, key))


def successor_of(
    old: KeyEntry,
    certificate: KeyCertificate,
    *,
    begins: datetime,
    signs_until: datetime | None = None,
    accepted_until: datetime | None = None,
) -> KeyEntry:
    """Return the entry of a key that takes the place of another: same role, scope and custody.

    Args:
        old: Whose place it takes.
        certificate: The new key certificate.
        begins: From when on it signs.
        signs_until: How long; by default until its key certificate ends.
        accepted_until: How long what it signed is taken; by default as long after its last
            signature as with the old key.
    """
    last = signs_until or certificate.not_after
    return replace(
        old,
        certificate=certificate,
        periods=(KeyPeriod(status=KeyStatus.GRANTED, not_before=begins, not_after=None),),
        signs_until=last,
        accepted_until=accepted_until or last + (old.accepted_until - old.signs_until),
        path=(),
    )


def retired(body: Body, key: KeyEntry, *, signs_until: datetime, accepted_until: datetime) -> Body:
    """Return the entry on which a key signs until an instant and late arrivals until another."""
    return _with(body, replace(key, signs_until=signs_until, accepted_until=accepted_until))


def rotated(
    body: Body, old: KeyEntry, new: KeyEntry, *, signs_until: datetime, accepted_until: datetime
) -> Body:
    """Return the entry on which a new key takes the place of an old one, with an overlap."""
    changed = retired(body, old, signs_until=signs_until, accepted_until=accepted_until)
    return admitted(changed, new)


def marked(body: Body, key: KeyEntry, status: KeyStatus, since: datetime) -> Body:
    """Return the entry on which a key has another status since an instant."""
    earlier = tuple(period for period in key.periods if period.not_before < since)
    first = KeyPeriod(status=status, not_before=since, not_after=None)
    if earlier:
        earlier = (replace(earlier[0], not_after=since), *earlier[1:])
    return _with(body, replace(key, periods=(first, *earlier)))


def rescoped(body: Body, key: KeyEntry, scope: Scope) -> Body:
    """Return the entry on which a key has another scope."""
    return _with(body, replace(key, scope=scope))


def renamed(body: Body, names: Mapping[str, str]) -> Body:
    """Return the entry of a body that is called otherwise, in some languages or in all."""
    return replace(body, names={**body.names, **names})


def standing(body: Body, state: BodyState, since: datetime) -> Body:
    """Return the entry of a body that is active, suspended or ended since an instant."""
    earlier = tuple(period for period in body.history if period.since < since)
    return replace(body, history=(BodyPeriod(state=state, since=since), *earlier))


def succeeding(body: Body, predecessor: BodyId) -> Body:
    """Return the entry of a body that took the place of another.

    Raises:
        SettingsError: A body cannot take its own place.
    """
    if predecessor == body.id:
        raise _fault(body.id, "expected another body as its predecessor, found itself")
    return replace(body, predecessors=body.predecessors | {predecessor})


def accredited(body: Body, accreditation: Accreditation) -> Body:
    """Return the entry with an accreditation, in place of that with the same number."""
    kept = tuple(one for one in body.accreditations if not _is_same(one, accreditation))
    return replace(body, accreditations=(*kept, accreditation))


def reaccredited(body: Body, number: str, state: AccreditationState, since: date) -> Body:
    """Return the entry on which an accreditation is active, suspended or withdrawn.

    Raises:
        SettingsError: The body has no such accreditation, or two.
    """
    found = [one for one in body.accreditations if one.number == number]
    if len(found) != 1:
        listed = ", ".join(one.number for one in body.accreditations) or "none"
        raise _fault(body.id, f"expected one accreditation {number!r}, it has {listed}")
    (one,) = found
    earlier = tuple(period for period in one.history if period.since < since)
    history = (AccreditationPeriod(state=state, since=since), *earlier)
    changed = replace(one, history=history)
    return replace(
        body,
        accreditations=tuple(changed if known is one else known for known in body.accreditations),
    )


def _with(body: Body, key: KeyEntry) -> Body:
    return replace(
        body,
        keys=tuple(key if known.fingerprint == key.fingerprint else known for known in body.keys),
    )


def _is_same(one: Accreditation, other: Accreditation) -> bool:
    return (one.authority, one.number) == (other.authority, other.number)


def _fault(body: BodyId, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CHANGE, path=body, message=message))
