"""A status change as values: what happens to an attestation after it was issued.

Source: `schemas/status-change/status-change-1.xsd`; documents and rules, section 7.3.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from exchange.core.document.values import Code, Digest, Header, Identifier, LocalName


class AttestationRef(NamedTuple):
    """The attestation that changes, by the content digest of its last revision."""

    attestation_id: str
    certificate_number: str
    scheme_id: str
    digest: Digest


class SuccessorRef(NamedTuple):
    """The attestation that takes the place of a transferred one."""

    issuer: Identifier
    attestation_id: str
    certificate_number: str
    digest: Digest


class Reason(NamedTuple):
    """Why the status changes."""

    code: str
    texts: tuple[LocalName, ...]


class ScopeChange(NamedTuple):
    """One thing that is added to the scope or removed from it."""

    is_added: bool
    product: str | None
    site: str | None
    sector: Code | None


class StatusChange(NamedTuple):
    """Everything that a status change states."""

    header: Header
    attestation: AttestationRef
    sequence: int
    previous_status: str
    new_status: str
    change_type: str
    reasons: tuple[Reason, ...]
    request_date: date | None
    decision_date: date
    effective_at: datetime
    suspension_end: date | None
    """Last day of the suspension, inclusive, in the issuer's zone."""
    next_surveillance_due: date | None
    """From this change on, the last day for the next surveillance, inclusive."""
    scope_changes: tuple[ScopeChange, ...]
    successor: SuccessorRef | None
    notify_parties: tuple[Identifier, ...]
    appeal_until: date | None
    text_languages: frozenset[tuple[str, ...]]
    """The languages that texts are given in: those of one group of texts stand together."""
