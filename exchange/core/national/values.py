"""What a trust list of another operator says, as values; nothing here is trusted for anything.

- A service is granted or it is not: only the two granting statuses of the standard grant,
  whatever else a list invents.
- A service has no scope of ours, and none is guessed from its type.
- Territories are written as their operator writes them; `economy` is what we call them.

Source: ETSI TS 119 612 v2.1.1 to v2.4.1, clauses 5.3 to 5.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.core.certificate import KeyCertificate
from exchange.core.model import Economy, Fingerprint
from exchange.errors import Finding

GRANTING: Final = frozenset(
    {
        "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted",
        "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel",
    }
)
"""Statuses under which a service counts (clause 5.5.4); every other one is a no."""
TSL_SIGNING: Final = "0.4.0.2231.3.0"
"""Purpose of key certificates that sign lists, id-tsl-kp-tslSigning (clause 5.7.1)."""
_OTHER_CODES: Final[Mapping[str, str]] = {"UK": "GB", "EL": "GR"}
"""Territories that lists of the European Union call otherwise (clause 5.3.10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePeriod:
    """One status of a service and when it began."""

    status: str
    """As the list has it, a URI."""
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalService:
    """One trust service: what kind, whose keys, since when (clause 5.5)."""

    number: int
    """Its place on the list, from 1: how people point at it."""
    type: str
    """ServiceTypeIdentifier, a URI."""
    names: Mapping[str, str]
    periods: tuple[ServicePeriod, ...]
    """Newest first; at least one."""
    certificates: tuple[KeyCertificate, ...]
    """Those that could be read, in the order of the list."""
    unreadable: int
    """How many more key certificates stand there."""
    further: tuple[str, ...]
    """Additional service information, URIs such as `…/ForeSeals` (clause 5.5.9.4)."""
    unknown_critical: bool
    """Whether a critical extension is there that nothing here understands."""

    @property
    def status(self) -> str:
        """The newest status."""
        return self.periods[0].status

    @property
    def is_granted(self) -> bool:
        """Whether the service counts by its newest status, and is understood whole."""
        return self.status in GRANTING and not self.unknown_critical

    def status_at(self, at: datetime) -> str | None:
        """Return the status at an instant, or `None` before the first."""
        for period in self.periods:
            if period.since <= at:
                return period.status
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who provides services (clause 5.4)."""

    names: Mapping[str, str]
    services: tuple[NationalService, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalPointer:
    """Another list that this one names, and who may sign it (clause 5.3.13)."""

    location: str
    signers: frozenset[Fingerprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalList:
    """A list of another operator whose signer the reader has pinned."""

    type: str
    territory: str
    """As the list has it, such as `UK`."""
    version: int
    sequence: int
    operator_names: Mapping[str, str]
    scheme_names: Mapping[str, str]
    issued_at: datetime
    next_update: datetime
    pointers: tuple[NationalPointer, ...]
    providers: tuple[Provider, ...]
    signer: KeyCertificate
    signed_at: datetime
    data: bytes
    """The octets of the list, to be kept."""
    digest: bytes
    """SHA-256 of `data`."""
    findings: tuple[Finding, ...]
    """Warnings that do not keep the list from being used."""

    @property
    def economy(self) -> Economy:
        """The territory in the code of ISO 3166-1."""
        return Economy(_OTHER_CODES.get(self.territory, self.territory))

    @property
    def services(self) -> tuple[NationalService, ...]:
        """Every service, in the order of the list."""
        return tuple(one for provider in self.providers for one in provider.services)


def called(names: Mapping[str, str]) -> str:
    """Return the name for people: the English one where there is one, else the first."""
    return names.get("en") or next(iter(names.values()), "")
