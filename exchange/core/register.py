"""What the register knows: about attestations, and about documents that were accepted.

The register is what follows from all committed statements. `RegisterFacts` is the part of it
that one decision of `exchange.core.admission` needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.core.certificates import CertificateKey
from exchange.core.entry import NewStatusChange
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, DocumentId, Status
from exchange.core.turns import Place, standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRecord:
    """What the register says about one attestation; the key is issuer and identifier."""

    issuer: BodyId
    attestation_id: str
    certificate_number: str
    scheme: str
    revision: int
    content_digest: ContentDigest
    """Of the latest revision."""
    status: Status
    since: datetime
    expires_at: datetime | None
    sequence: int
    """Of the last status change; 0 when there was none."""
    taken_over: bool
    parts: frozenset[str] = frozenset()
    """What is left of its scope; none means that nobody noted them."""
    first: CertificateKey | None = None
    """Its number in this register; `None` until its first statement is committed."""
    token: bytes = b""
    """Of its QR address; empty until its first statement is committed."""
    successor: CertificateKey | None = None
    """The certificate that took its place, by a transfer or as a replacement."""
    predecessor: CertificateKey | None = None
    """The certificate of another body that it took over by a transfer."""
    gap: Place | None = None
    """What stands where a number is missing, while a restriction stands ahead of its turn;
    status, since and parts are then those with everything that is ahead."""

    @property
    def place(self) -> Place:
        """What the next change in turn starts from."""
        return self.gap or Place(
            status=self.status, since=self.since, sequence=self.sequence, parts=self.parts
        )

    def begun(self, first: CertificateKey, token: bytes) -> RegisterRecord:
        """Return the record with its number and its token, which every certificate gets once.

        Written out: `replace` takes four times as long, and each certificate comes by here.
        """
        return RegisterRecord(
            issuer=self.issuer,
            attestation_id=self.attestation_id,
            certificate_number=self.certificate_number,
            scheme=self.scheme,
            revision=self.revision,
            content_digest=self.content_digest,
            status=self.status,
            since=self.since,
            expires_at=self.expires_at,
            sequence=self.sequence,
            taken_over=self.taken_over,
            parts=self.parts,
            first=first,
            token=token,
            successor=self.successor,
            predecessor=self.predecessor,
            gap=self.gap,
        )

    def moved(self, place: Place, early: Sequence[NewStatusChange]) -> RegisterRecord:
        """Return the record with another place, and what stands ahead of it."""
        stands = standing_of(place, early)
        return replace(
            self,
            status=stands.status,
            since=stands.since,
            parts=stands.parts,
            sequence=place.sequence,
            gap=place if early else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStatement:
    """What the register remembers of a document that was accepted."""

    sequence: Number
    content_digest: ContentDigest
    document_id: DocumentId
    issuer: BodyId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFacts:
    """What only the database knows, gathered for one statement inside the transaction."""

    at: datetime
    same_document: KnownStatement | None = None
    """The statement that has this DocumentID, of whatever issuer."""
    same_content: KnownStatement | None = None
    """The statement that has this content digest."""
    same_identifier: tuple[RegisterRecord, ...] = ()
    """Attestations with this AttestationID, of whatever issuer."""
    same_number: tuple[RegisterRecord, ...] = ()
    """Attestations of this issuer and scheme that have, or had, this certificate number."""
    replaced: tuple[KnownStatement | None, ...] = ()
    """What Header/Replaces names, in its order; `None` for the unknown."""
    replaced_records: tuple[RegisterRecord, ...] = ()
    """Attestations whose latest revision is among them."""
    related: Mapping[ContentDigest, RegisterRecord] = field(default_factory=dict)
    """The attestations, of whatever issuer, to which other revisions named by digest belong."""
    early: Mapping[tuple[BodyId, str], tuple[NewStatusChange, ...]] = field(default_factory=dict)
    """Restrictions that stand ahead of their turn, by number, for each of these attestations."""
    suspended_by: frozenset[BodyId] = frozenset()
    """Who suspended what a status change restores or a revision renews, if several bodies spoke
    of it; nobody where it was not asked for or cannot be told."""
