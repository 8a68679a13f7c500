"""What a description of trust lists says, as values: bodies whose keys have no certificates yet.

How such a description is written stands in `exchange.service.trust_description`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from exchange.core.certificate import KeyCertificate
from exchange.core.competence import Accreditation, Scope
from exchange.core.model import BodyId, BodyRole, Custody, Economy, Fingerprint, KeyRole
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    Capability,
    FormerName,
    KeyEntry,
    KeyPeriod,
    LegalBasis,
    Operator,
    Place,
)
from exchange.vault.vault import KeyKind, KeyName


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedKey:
    """One key of a body, without its certificate."""

    name: KeyName
    role: KeyRole
    custody: Custody
    kept_by: BodyId
    kind: KeyKind
    hosts: tuple[str, ...]
    certificate: str | None
    """File name of the key certificate, PEM; `None` to take it from the vault."""
    periods: tuple[KeyPeriod, ...]
    signs_until: datetime
    accepted_until: datetime
    scope: Scope
    legal: LegalBasis | None = None
    issuers: tuple[str, ...] = ()
    """File names of the certification authorities above the key certificate, PEM, its issuer
    first; none for one that rests on the list alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedBody:
    """One body, with keys that have no certificates yet."""

    id: BodyId
    roles: frozenset[BodyRole]
    names: Mapping[str, str]
    economy: Economy
    serves: frozenset[Economy]
    time_zone: str
    approval_number: str | None
    cab_code: str | None
    history: tuple[BodyPeriod, ...]
    accreditations: tuple[Accreditation, ...]
    capabilities: tuple[Capability, ...]
    place: Place
    endpoint: str | None
    forbids_hub_custody: bool
    keys: tuple[DescribedKey, ...]
    former_names: tuple[FormerName, ...] = ()
    predecessors: frozenset[BodyId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedList:
    """One list: whose it is and who signs it."""

    territory: Economy
    signer: KeyName
    operator: Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Everything that the lists of a hub say."""

    root: DescribedList
    """The list of lists."""
    location: str
    """Where the lists are found; a file name is appended."""
    valid_for: timedelta
    history_period: timedelta
    lists: tuple[DescribedList, ...]
    bodies: tuple[DescribedBody, ...]
    pinned: Fingerprint | None = None
    """The off-line root that delegates to the signer of the list of lists, if one does."""


def assembled(
    described: DescribedBody,
    certificates: Sequence[KeyCertificate],
    paths: Mapping[KeyName, tuple[KeyCertificate, ...]] = MappingProxyType({}),
) -> Body:
    """Return the entry of a described body with the certificates of its keys.

    Args:
        described: The body.
        certificates: One for each of its keys, in their order.
        paths: The certification authorities above them, by the name of the key.
    """
    return Body(
        id=described.id,
        roles=described.roles,
        names=described.names,
        economy=described.economy,
        economies=described.serves,
        time_zone=described.time_zone,
        approval_number=described.approval_number,
        cab_code=described.cab_code,
        history=described.history,
        accreditations=described.accreditations,
        capabilities=described.capabilities,
        place=described.place,
        endpoint=described.endpoint,
        forbids_hub_custody=described.forbids_hub_custody,
        keys=tuple(
            KeyEntry(
                body=described.id,
                role=key.role,
                custody=key.custody,
                certificate=certificate,
                names=MappingProxyType({"en": f"{described.id} {key.role.value}"}),
                periods=key.periods,
                scope=key.scope,
                signs_until=key.signs_until,
                accepted_until=key.accepted_until,
                legal=key.legal,
                path=paths.get(key.name, ()),
            )
            for key, certificate in zip(described.keys, certificates, strict=True)
        ),
        former_names=described.former_names,
        predecessors=described.predecessors,
    )
