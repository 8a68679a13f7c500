"""What the register says while one transaction is decided, with what it has changed so far.

What one item of a batch changes is seen by the next, since nothing is written before the whole
batch is decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.core.certificates import CertificateKey
from exchange.core.entry import NewAttestation, NewStatusChange, Statement
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest
from exchange.core.register import KnownStatement, RegisterFacts, RegisterRecord

Key = tuple[BodyId, str]
"""Issuer and AttestationID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """A restriction that stands ahead of its turn, with the message that brought it."""

    message: int
    claim: NewStatusChange


@dataclass(slots=True, kw_only=True)
class View:
    """What the register says, with what this batch has changed so far."""

    by_document: dict[str, KnownStatement] = field(default_factory=dict)
    by_content: dict[bytes, KnownStatement] = field(default_factory=dict)
    records: dict[Key, RegisterRecord] = field(default_factory=dict)
    statements: dict[Key, int] = field(default_factory=dict)
    """The statement behind the latest revision of each record."""
    by_identifier: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    by_number: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    by_key: dict[int, Key] = field(default_factory=dict)
    """Issuer and AttestationID by the number of the certificate."""
    subjects: dict[bytes, int] = field(default_factory=dict)
    """The certificate that a statement is about, by the digest of its content."""
    early: dict[Key, dict[int, Early]] = field(default_factory=lambda: defaultdict(dict))
    """Restrictions that stand ahead of their turn, by sequence number."""
    changed: dict[Key, RegisterRecord] = field(default_factory=dict)
    former: list[tuple[str, CertificateKey]] = field(default_factory=list)
    """Numbers that a correction has replaced."""

    def put(self, record: RegisterRecord, statement: int) -> None:
        """Take a record in, read or changed."""
        key = (record.issuer, record.attestation_id)
        self.records[key] = record
        self.statements[key] = statement
        self.by_identifier[record.attestation_id].add(key)
        self.by_number[record.certificate_number].add(key)
        if record.first is not None:
            self.by_key[record.first] = key

    def know(self, known: KnownStatement) -> None:
        """Take a statement in, read or about to be written."""
        self.by_document[known.document_id] = known
        self.by_content[known.content_digest] = known

    def facts(self, statement: Statement, at: datetime) -> RegisterFacts:
        """Return what there is to know about one statement."""
        claim = statement.claim
        same_document = self.by_document.get(statement.document_id)
        same_content = self.by_content.get(statement.content_digest)
        if claim is None:
            return RegisterFacts(at=at, same_document=same_document, same_content=same_content)
        replaced = tuple(self.by_document.get(document) for document, _ in claim.replaces)
        digests = {known.content_digest for known in replaced if known is not None}
        numbers = sorted(self.by_number.get(claim.certificate_number, ()))
        scheme = claim.scheme if isinstance(claim, NewAttestation) else None
        return RegisterFacts(
            at=at,
            same_document=same_document,
            same_content=same_content,
            same_identifier=tuple(
                self.records[key]
                for key in sorted(self.by_identifier.get(claim.attestation_id, ()))
            ),
            same_number=tuple(
                self.records[key]
                for key in numbers
                if key[0] == statement.issuer and self.records[key].scheme == scheme
            ),
            replaced=replaced,
            # Most name none; the records of the whole batch need not be looked at for them.
            replaced_records=tuple(
                record
                for record in (self.records.values() if digests else ())
                if record.content_digest in digests and record.issuer == statement.issuer
            ),
            related={
                digest: self.records[self.by_key[self.subjects[digest]]]
                for digest in related(claim)
                if digest in self.subjects
            },
            early={
                key: tuple(early[number].claim for number in sorted(early))
                for key in self.by_identifier.get(claim.attestation_id, ())
                if (early := self.early.get(key))
            },
        )

    def enter(self, statement: Statement, position: int) -> None:
        """Take over that there is such a statement."""
        self.know(
            KnownStatement(
                sequence=Number(position),
                content_digest=statement.content_digest,
                document_id=statement.document_id,
                issuer=statement.issuer,
            )
        )

    def admit(
        self,
        statement: Statement,
        records: Sequence[RegisterRecord],
        position: int,
        token: bytes = b"",
    ) -> None:
        """Take over what a statement changes; its own record is the last one.

        A certificate that begins with it gets the position as its number, and the token.
        """
        begun = [
            record.begun(CertificateKey(position), token) if record.first is None else record
            for record in records
        ]
        self.change(begun, statement, position)
        latest = begun[-1].first if begun else None
        if latest is not None:
            self.subjects[statement.content_digest] = latest
        # What another attestation replaces leads to that one.
        led = [replace(record, successor=latest) for record in begun[:-1]]
        self.change(led, statement, position)

    def correct(self, number: str, about: Key) -> None:
        """Keep the number that a correction replaces."""
        record = self.records[about]
        if record.first is not None:
            self.former.append((number, record.first))
        self.by_number[number].add(about)

    def restrict(self, about: Key, message: int, claim: NewStatusChange) -> None:
        """Note a restriction that stands ahead of its turn."""
        self.early[about][claim.sequence] = Early(message=message, claim=claim)

    def caught_up(self, about: Key) -> tuple[Early, ...]:
        """Return the restrictions whose turn has come, and forget them."""
        early = self.early.get(about)
        if not early:
            return ()
        place = self.records[about].place
        return tuple(early.pop(n) for n in sorted(early) if n <= place.sequence)

    def change(
        self, records: Iterable[RegisterRecord], statement: Statement, position: int
    ) -> None:
        """Take over changed records; the latest revision stays where it is, or is `position`."""
        for record in records:
            key = (record.issuer, record.attestation_id)
            latest = (
                position
                if record.content_digest == statement.content_digest
                else self.statements[key]
            )
            self.put(record, latest)
            self.changed[key] = record


def related(claim: NewAttestation | NewStatusChange) -> tuple[ContentDigest, ...]:
    """Return the statements about other certificates that a claim names by their digests."""
    if isinstance(claim, NewAttestation):
        return (*claim.parents, *claim.taken_from)
    return () if claim.successor is None else (claim.successor,)
