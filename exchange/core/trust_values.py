"""What a trust list says, as values: bodies, keys, periods, capabilities.

- A key binds one key certificate to one body and one role; never two of either.
- Empty means *no*: a body without capability takes nothing.
- Every state has a history, so that any past instant can be judged again.
- Nothing here is ever decided by an acronym: a body is its `BodyId` and nothing else.

Source: ETSI TS 119 612 v2.4.1, clauses 5.4 to 5.6, for the shape; the extension schema
`urn:mrhub:trust:1` for what it carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from exchange.core.certificate import KeyCertificate
from exchange.core.competence import Accreditation, Scope
from exchange.core.model import (
    BodyId,
    BodyRole,
    Custody,
    Economy,
    Fingerprint,
    KeyId,
    KeyRole,
    Kind,
)
from exchange.core.periods import covers

TSL: Final = "http://uri.etsi.org/02231/v2#"
"""Namespace of TS 119 612 lists, annex C."""
TRUST: Final = "urn:mrhub:trust:1"
"""Namespace of our extension of those lists."""
TSL_TAG: Final = "http://uri.etsi.org/19612/TSLTag"
"""Clause 5.2.1: the tag by which a list is found."""
STATUS_APPROACH: Final = "urn:mrhub:trust:status-determination:active"
"""Clause 5.3.8: bodies are admitted before they are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicy:
    """What we demand of lists and of keys, with units."""

    known_versions: frozenset[int] = frozenset({6})
    """TSLVersionIdentifier values that we read; 6 is that of TS 119 612 v2.3.1 and later."""
    clock_tolerance: timedelta = timedelta(minutes=5)
    """How far in the future a claimed time may lie: clocks differ (rules HDR-02, SIG-06)."""
    longest_validity: timedelta = timedelta(days=184)
    """Longest span from issue to next update before a warning (rule TSL-04: six months)."""
    longest_delegation: timedelta = timedelta(days=90)
    """Longest span from issue to next update of a root's delegation."""
    grace: timedelta = timedelta(0)
    """How long after its next update a list still decides; none, so that silence is noticed."""
    retry_after: timedelta = timedelta(hours=1)
    """When a caller should come back who met a list past its next update."""
    max_list_elements: int = 2_000_000
    """Elements in one list; a body with four keys has about 250."""


POLICY: Final = TrustPolicy()
"""The policy in force; its values are part of every snapshot's identity."""


class ListType(StrEnum):
    """What a list lists. Source: TS 119 612, clause 5.3.3; these values are ours."""

    ECONOMY = "urn:mrhub:trust:list-type:economy"
    LIST_OF_LISTS = "urn:mrhub:trust:list-type:list-of-lists"
    DELEGATION = "urn:mrhub:trust:list-type:delegation"
    """The offline root's word on which key signs the list of lists, for at most 90 days."""


class KeyStatus(StrEnum):
    """Whether a listed key counts. Source: TS 119 612, clause 5.5.4; the last two are ours."""

    GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
    WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
    SUSPENDED = "urn:mrhub:trust:status:suspended"
    REVOKED = "urn:mrhub:trust:status:revoked"


class BodyState(StrEnum):
    """Whether a body may speak at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


def service_type(role: KeyRole) -> str:
    """Return the ServiceTypeIdentifier of a key role (TS 119 612, clause 5.5.1; ours)."""
    return f"urn:mrhub:trust:service:{role.value}"


class SignatureLevel(StrEnum):
    """What a law calls the signatures of a key (Regulation (EU) 910/2014, articles 26 and 3)."""

    BASIC = "basic"
    ADVANCED = "advanced"
    ADVANCED_QUALIFIED_CERTIFICATE = "advanced-on-qualified-certificate"
    QUALIFIED = "qualified"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """The legal instrument on which the signatures of a key count, and as what."""

    instrument: str
    """What people cite: a law, a treaty, an arrangement, an agreement between bodies."""
    level: SignatureLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPeriod:
    """One status of a key and the interval in which it held."""

    status: KeyStatus
    not_before: datetime
    not_after: datetime | None
    """Where the next status begins; `None` for the current one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One key certificate, bound to a body, a role, a scope and periods."""

    body: BodyId
    role: KeyRole
    custody: Custody
    certificate: KeyCertificate
    names: Mapping[str, str]
    """Service name for people, by language."""
    periods: tuple[KeyPeriod, ...]
    """Status history, newest first, without gap or overlap; at least one."""
    scope: Scope
    signs_until: datetime
    """A claimed signing time lies before this instant."""
    accepted_until: datetime
    """A document known to have existed before this instant can still be accepted."""
    legal: LegalBasis | None = None
    """On what its signatures count; `None` says aloud that no law gives them a level."""
    path: tuple[KeyCertificate, ...] = ()
    """Certification authorities above the key certificate, the issuer first and the anchor
    last; none for a key certificate that rests on the list alone."""

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the key certificate."""
        return self.certificate.fingerprint

    @property
    def key_id(self) -> KeyId:
        """SHA-256 of the public key: the same in a renewed certificate."""
        return self.certificate.key_id

    @property
    def status(self) -> KeyStatus:
        """The newest status on the list."""
        return self.periods[0].status

    @property
    def signs_from(self) -> datetime:
        """When the key was first on the list; no earlier signing time is believed."""
        return self.periods[-1].not_before

    def status_at(self, at: datetime) -> KeyStatus | None:
        """Return the status at an instant, or `None` before the key was listed."""
        for period in self.periods:
            if covers(period.not_before, period.not_after, at):
                return period.status
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One kind of document, for some schemes, that a body has declared it takes."""

    kind: Kind
    schema: str
    """Namespace of a registered schema version, such as `urn:mrhub:attestation:1`."""
    schemes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPeriod:
    """One state of a body and when it began."""

    state: BodyState
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerName:
    """What a body was called before it was renamed."""

    names: Mapping[str, str]
    """Names by language."""
    until: datetime
    """Documents made before this instant may carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an operator or a body is found, by post and on line (clauses 5.3.5 and 5.4.3)."""

    street: str
    locality: str
    economy: Economy
    contact: str
    """`mailto:` or `https:`."""
    information: str
    """Where people read about it: `https:`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who publishes a list (clauses 5.3.4 to 5.3.7)."""

    names: Mapping[str, str]
    """Names by language; one at least, the first is authoritative."""
    scheme_names: Mapping[str, str]
    """Names of the list itself, by language."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A participant: who it is, what it is accredited for, which keys speak for it."""

    id: BodyId
    roles: frozenset[BodyRole]
    names: Mapping[str, str]
    """Names by language; one at least, the first is authoritative."""
    economy: Economy
    economies: frozenset[Economy]
    """Every economy that the body serves, its own included."""
    time_zone: str
    """IANA name; dates without time in its documents run here."""
    approval_number: str | None
    cab_code: str | None
    history: tuple[BodyPeriod, ...]
    """States, newest first; at least one."""
    accreditations: tuple[Accreditation, ...]
    capabilities: tuple[Capability, ...]
    place: Place
    endpoint: str | None
    """Where documents are pushed to; `None` for a body that pulls."""
    forbids_hub_custody: bool
    keys: tuple[KeyEntry, ...]
    former_names: tuple[FormerName, ...] = ()
    """Newest first."""
    predecessors: frozenset[BodyId] = frozenset()
    """Bodies whose place it took: it may change the status of their attestations, and never
    sign as one of them."""

    def state_at(self, at: datetime) -> BodyState | None:
        """Return the state at an instant, or `None` before the body was listed."""
        for period in self.history:
            if period.since <= at:
                return period.state
        return None

    def takes(self, kind: Kind, scheme: str) -> bool:
        """Tell whether the body has declared that it takes this kind for this scheme.

        What belongs to no scheme, such as a declaration, it takes if it takes the kind at all.
        """
        return any(
            c.kind is kind and (not scheme or scheme in c.schemes) for c in self.capabilities
        )
