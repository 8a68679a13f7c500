"""What the store keeps about notices: causes, who rests on them, and what became of each notice.

- A *cause* is one change of standing of a key, a body or an accreditation. It is written down
  before anybody is told, with the size of the ledger: whoever received something about a
  certificate before that is told. Who receives something later, while it stands, is told by a
  cause of its own, written down anew.
- A *tracked* delivery is one that tells an earlier recipient that something has changed: a
  notice, a status change, a later revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from exchange.core.document.notice import Standing
from exchange.core.entry import DeliveryId, Sequence
from exchange.core.grounds import Rested
from exchange.core.lifecycle import Delivery, Mode
from exchange.core.model import BodyId, ContentDigest, Kind

LATE_AFTER: Final = timedelta(hours=24)
"""How long a recipient has to acknowledge. Source: rule STC-08."""
TOLD_AFTER: Final = timedelta(hours=72)
"""When the recipient's accreditation authority is told as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCause:
    """A change of standing, as it was written down."""

    number: int
    cause: Rested
    schemes: frozenset[str]
    standing: Standing
    since: datetime
    action: ContentDigest | None
    up_to: int
    """Size of the ledger when it was written down."""
    noted_at: datetime
    told_up_to: int = 0
    """Size of the ledger when the same was written down before: who received something until then
    was told, and only whoever came later is told now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who received something about certificates that rest on a cause."""

    addressee: BodyId
    certificates: int
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A certificate that rests on a cause."""

    key: int
    """Its `CertificateKey`, and the cursor for paging."""
    attestation_id: str
    certificate_number: str
    issuer: BodyId
    scheme: str
    content_digest: ContentDigest
    """Of the latest revision."""


class Reached(StrEnum):
    """How far a tracked delivery has come."""

    OPEN = "open"
    """On its way, and not late."""
    LATE = "late"
    """Not acknowledged within 24 hours."""
    ACKNOWLEDGED = "acknowledged"
    DEAD = "dead"
    """The hub has given up; the operator can send it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A delivery that tells an earlier recipient that something has changed."""

    delivery_id: DeliveryId
    position: int
    """Order of handing out, and the cursor for paging."""
    message: Sequence
    content_digest: ContentDigest
    kind: Kind
    issuer: BodyId
    about: BodyId
    """Whose certificates it is about: the issuer of the statement, or the body of the cause."""
    scheme: str | None
    addressee: BodyId
    mode: Mode
    state: Delivery
    created_at: datetime
    changed_at: datetime
    last_code: str | None
    cause: int | None = None
    """Of a notice that tells that something was stopped: the number of its cause."""

    def reached(self, at: datetime) -> Reached:
        """Return how far it has come at an instant."""
        if self.state is Delivery.ACKNOWLEDGED:
            return Reached.ACKNOWLEDGED
        if self.state is Delivery.ABANDONED:
            return Reached.DEAD
        return Reached.LATE if at - self.created_at >= LATE_AFTER else Reached.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A statement that was removed by order, and the notice that says so."""

    content_digest: ContentDigest
    order: str
    removed_at: datetime
    notice_digest: ContentDigest
    notice: bytes
    """The signed notice, byte-exact."""
