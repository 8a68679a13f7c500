"""All trust lists in force, as one immutable index.

- A list is a `TrustList` only when `exchange.core.trustlist` has read and checked it.
- Across lists: a body stands on one of them, and a key belongs to one body and one role
  (rules TSL-07 and TSL-09).
- A list decides until its own next update and those of the lists above it, the delegation of
  the root included, whichever comes first.
- A look-up costs one dictionary access, however many keys are listed; key certificates
  were parsed when their list was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from exchange.codes.trust import TrustCode
from exchange.core.model import BodyId, Economy, Fingerprint, KeyId, KeyRole
from exchange.core.trust_values import POLICY, Body, KeyEntry, ListType, Operator
from exchange.errors import Finding, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Another list that a list names, with the key certificates that may sign it."""

    location: str
    type: ListType
    territory: Economy
    signers: frozenset[Fingerprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """A list that was read, whose signer was pinned or announced, and which keeps the rules."""

    type: ListType
    territory: Economy
    version: int
    sequence: int
    issued_at: datetime
    next_update: datetime
    history_period: timedelta
    """How long withdrawn keys stay listed."""
    operator: Operator
    bodies: tuple[Body, ...]
    pointers: tuple[Pointer, ...]
    announces: frozenset[Fingerprint]
    """Key certificates that may sign the list after this one (the pivot of rule TSL-02)."""
    signer: Fingerprint
    signed_at: datetime
    data: bytes
    """The octets of the list, to be kept with every snapshot."""
    digest: bytes
    """SHA-256 of `data`."""
    findings: tuple[Finding, ...]
    """Warnings that do not keep the list from being used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One key with its body and the instant until which its list decides."""

    key: KeyEntry
    body: Body
    territory: Economy
    decides_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Every list in force, by key certificate and by body."""

    lists: tuple[TrustList, ...]
    bodies: Mapping[BodyId, Body]
    by_fingerprint: Mapping[Fingerprint, Listed]
    digest: str
    """Hexadecimal SHA-256 over the digests of the lists, whatever their order."""

    @classmethod
    def build(cls, lists: Iterable[TrustList]) -> Trust:
        """Return the index of the lists.

        Args:
            lists: Lists that were read with `read_list` or `read_lists`, lists of lists
                included: their next update bounds that of the lists they name. No list at
                all makes an index in which nobody is trusted.

        Raises:
            TrustError: Two lists contradict each other (`trust.duplicate-body`,
                `trust.key-shared`, `trust.duplicate-pointer`).
        """
        given = tuple(lists)
        ends = _decides_until(given)
        bodies: dict[BodyId, Body] = {}
        by_fingerprint: dict[Fingerprint, Listed] = {}
        owners: dict[KeyId, KeyEntry] = {}
        for one in given:
            for body in one.bodies:
                if body.id in bodies:
                    raise _contradiction(TrustCode.DUPLICATE_BODY, f"{body.id} stands on two lists")
                bodies[body.id] = body
                for key in body.keys:
                    claim_key(owners, key)
                    by_fingerprint[key.fingerprint] = Listed(
                        key=key, body=body, territory=one.territory, decides_until=ends[one.digest]
                    )
        return cls(
            lists=given,
            bodies=MappingProxyType(bodies),
            by_fingerprint=MappingProxyType(by_fingerprint),
            digest=sha256(b"".join(sorted(one.digest for one in given))).hexdigest(),
        )

    def body(self, body_id: BodyId) -> Body | None:
        """Return the body of this id, if it is listed."""
        return self.bodies.get(body_id)

    def keys(self, body_id: BodyId, role: KeyRole) -> tuple[KeyEntry, ...]:
        """Return the keys that a body has for one role, whatever their status."""
        body = self.bodies.get(body_id)
        return () if body is None else tuple(key for key in body.keys if key.role is role)

    def same_key(self, fingerprint: Fingerprint) -> frozenset[Fingerprint]:
        """Return every listed key certificate of the public key that this one is for."""
        listed = self.by_fingerprint.get(fingerprint)
        if listed is None:
            return frozenset()
        # A public key belongs to one body (rule TSL-09), so nowhere else is looked.
        wanted = listed.key.key_id
        return frozenset(key.fingerprint for key in listed.body.keys if key.key_id == wanted)


def claim_key(owners: dict[KeyId, KeyEntry], key: KeyEntry) -> None:
    """Note who a public key belongs to, and refuse a second body or role (rule TSL-09).

    A renewed certificate for the same key stays possible: same body, same role.

    Raises:
        TrustError: The key is another body's, or has another role (`trust.key-shared`).
    """
    owner = owners.setdefault(key.key_id, key)
    if owner.body != key.body or owner.role is not key.role:
        raise _contradiction(
            TrustCode.KEY_SHARED,
            f"key {key.key_id.hex()[:16]}… stands for {owner.body} ({owner.role.value}) "
            f"and for {key.body} ({key.role.value})",
        )


def _decides_until(lists: tuple[TrustList, ...]) -> Mapping[bytes, datetime]:
    """Return for each list, by digest, the instant at which it stops deciding."""
    seen: set[tuple[ListType, Economy]] = set()
    bounds: dict[tuple[ListType, Economy], datetime] = {}
    for one in lists:
        name = (one.type, one.territory)
        if name in seen:
            raise _contradiction(
                TrustCode.DUPLICATE_POINTER, f"two lists of {one.territory} are given"
            )
        seen.add(name)
        bounds[name] = one.next_update
    # What stands above bounds what stands below, step by step down to the economies; instants
    # only move back, so that this ends whatever the pointers say.
    moved = True
    while moved:
        moved = False
        for one in lists:
            end = bounds[(one.type, one.territory)]
            for pointer in one.pointers:
                target = (pointer.type, pointer.territory)
                if bounds.get(target, end) > end:
                    bounds[target] = end
                    moved = True
    return {one.digest: bounds[(one.type, one.territory)] + POLICY.grace for one in lists}


def _contradiction(code: TrustCode, message: str) -> TrustError:
    return TrustError(Finding(code=code, message=message))
