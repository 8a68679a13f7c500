"""The register of attestations: gathers facts for a batch, and keeps what was decided.

Everything that a batch needs is read with a handful of queries, whatever its size. What one
item of the batch changes is seen by the next (`View`), since nothing is written before the
whole batch is decided.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Insert, Select, and_, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from exchange.core.certificates import CertificateKey
from exchange.core.entry import (
    NewAttestation,
    Statement,
)
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, DocumentId, Status
from exchange.core.register import KnownStatement, RegisterFacts, RegisterRecord
from exchange.store.engine import Record
from exchange.store.tables import REGISTER, STATEMENTS

_RECORD: Final = (
    REGISTER.c.issuer,
    REGISTER.c.attestation_id,
    REGISTER.c.certificate_number,
    REGISTER.c.scheme,
    REGISTER.c.revision,
    REGISTER.c.statement,
    STATEMENTS.c.content_digest,
    REGISTER.c.status,
    REGISTER.c.since,
    REGISTER.c.expires_at,
    REGISTER.c.changes,
    REGISTER.c.taken_over,
    REGISTER.c.parts,
    REGISTER.c.first,
    REGISTER.c.token,
    REGISTER.c.successor,
)
_KNOWN: Final = (
    STATEMENTS.c.sequence,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.document_id,
    STATEMENTS.c.issuer,
)
"""Columns of `KnownStatement`."""

_RECORDS: Final = select(*_RECORD).join(STATEMENTS, STATEMENTS.c.sequence == REGISTER.c.statement)
# What every transaction asks is put into words once: that takes as long as asking.
_THOSE_KNOWN: Final = select(*_KNOWN).where(
    or_(
        STATEMENTS.c.document_id.in_(bindparam("documents", expanding=True)),
        STATEMENTS.c.content_digest.in_(bindparam("digests", expanding=True)),
    )
)
_THOSE_NAMED: Final = _RECORDS.where(
    or_(
        REGISTER.c.attestation_id.in_(bindparam("identifiers", expanding=True)),
        REGISTER.c.certificate_number.in_(bindparam("numbers", expanding=True)),
    )
)

Key = tuple[BodyId, str]
"""Issuer and AttestationID."""


def _record(row: Record) -> RegisterRecord:
    return RegisterRecord(
        issuer=BodyId(row.issuer),
        attestation_id=row.attestation_id,
        certificate_number=row.certificate_number,
        scheme=row.scheme,
        revision=row.revision,
        content_digest=ContentDigest(row.content_digest),
        status=Status(row.status),
        since=row.since,
        expires_at=row.expires_at,
        sequence=row.changes,
        taken_over=bool(row.taken_over),
        parts=frozenset(json.loads(row.parts)),
        first=CertificateKey(row.first),
        token=row.token,
        successor=None if row.successor is None else CertificateKey(row.successor),
    )


def _known(row: Record) -> KnownStatement:
    return KnownStatement(
        sequence=Number(row.sequence),
        content_digest=ContentDigest(row.content_digest),
        document_id=DocumentId(row.document_id),
        issuer=BodyId(row.issuer),
    )


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
    changed: dict[Key, RegisterRecord] = field(default_factory=dict)

    def put(self, record: RegisterRecord, statement: int) -> None:
        """Take a record in, read or changed."""
        key = (record.issuer, record.attestation_id)
        self.records[key] = record
        self.statements[key] = statement
        self.by_identifier[record.attestation_id].add(key)
        self.by_number[record.certificate_number].add(key)

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
            replaced_records=tuple(
                record
                for record in self.records.values()
                if record.content_digest in digests and record.issuer == statement.issuer
            ),
        )

    def enter(
        self,
        statement: Statement,
        records: Iterable[RegisterRecord],
        position: int,
        token: bytes = b"",
    ) -> None:
        """Take over what an admitted statement changes.

        A certificate that begins with it gets the position as its number, and the token.
        """
        self.know(
            KnownStatement(
                sequence=Number(position),
                content_digest=statement.content_digest,
                document_id=statement.document_id,
                issuer=statement.issuer,
            )
        )
        begun = (
            replace(record, first=CertificateKey(position), token=token)
            if record.first is None
            else record
            for record in records
        )
        self.change(begun, statement, position)

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


def gather(connection: Connection, statements: Sequence[Statement]) -> View:
    """Read everything that decisions about these statements need.

    Args:
        connection: Inside a transaction that has locked the ledger.
        statements: Of the whole batch.
    """
    view = View()
    claims = [s.claim for s in statements if s.claim is not None]
    documents = {s.document_id for s in statements}
    documents.update(document for claim in claims for document, _ in claim.replaces)
    replaced: set[int] = set()
    wanted = {document for claim in claims for document, _ in claim.replaces}
    digests = {s.content_digest for s in statements}
    for row in connection.execute(
        _THOSE_KNOWN, {"documents": list(documents), "digests": list(digests)}
    ):
        view.know(_known(row))
        if row.document_id in wanted:
            replaced.add(row.sequence)
    if claims:
        found: Sequence[Record] = connection.execute(
            _THOSE_NAMED,
            {
                "identifiers": list({claim.attestation_id for claim in claims}),
                "numbers": list(
                    {c.certificate_number for c in claims if isinstance(c, NewAttestation)}
                ),
            },
        ).all()
        if replaced:
            found = [*found, *_records(connection, REGISTER.c.first.in_(_subjects(replaced)))]
        for row in found:
            view.put(_record(row), row.statement)
    return view


def _subjects(statements: set[int]) -> Select[*tuple[Any, ...]]:
    return select(STATEMENTS.c.subject).where(STATEMENTS.c.sequence.in_(statements))


def _records(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Record]:
    return connection.execute(_RECORDS.where(condition)).all()


def refresh(connection: Connection, view: View, identifiers: set[str]) -> None:
    """Read more attestations into a view; what the batch has changed already stays."""
    missing = identifiers - view.by_identifier.keys()
    if missing:
        for row in _records(connection, REGISTER.c.attestation_id.in_(missing)):
            view.put(_record(row), row.statement)


def keep(connection: Connection, view: View) -> None:
    """Write what changed."""
    if not view.changed:
        return
    rows = [
        {
            "issuer": record.issuer,
            "attestation_id": record.attestation_id,
            "certificate_number": record.certificate_number,
            "scheme": record.scheme,
            "revision": record.revision,
            "statement": view.statements[key],
            "status": record.status.value,
            "since": record.since,
            "expires_at": record.expires_at,
            "changes": record.sequence,
            "taken_over": int(record.taken_over),
            "parts": json.dumps(sorted(record.parts), ensure_ascii=False),
            "first": record.first,
            "token": record.token,
            "successor": record.successor,
        }
        for key, record in view.changed.items()
    ]
    connection.execute(_KEEP[connection.dialect.name], rows)


def _keep() -> Mapping[str, Insert]:
    """Return the same clause for both dialects, which have no common construct for it."""
    key = ("first",)
    kept = [column.name for column in REGISTER.c if column.name not in key]
    lite, post = sqlite.insert(REGISTER), postgresql.insert(REGISTER)
    return {
        "sqlite": lite.on_conflict_do_update(
            index_elements=key, set_={name: lite.excluded[name] for name in kept}
        ),
        "postgresql": post.on_conflict_do_update(
            index_elements=key, set_={name: post.excluded[name] for name in kept}
        ),
    }


_KEEP: Final = _keep()


def find(connection: Connection, attestation_id: str) -> tuple[RegisterRecord, ...]:
    """Return the attestations with this identifier, by issuer."""
    rows = _records(connection, REGISTER.c.attestation_id == attestation_id)
    return tuple(sorted(map(_record, rows), key=lambda record: record.issuer))


def find_number(
    connection: Connection, issuer: BodyId, certificate_number: str
) -> tuple[RegisterRecord, ...]:
    """Return the attestations of one issuer with this certificate number, by identifier."""
    rows = _records(
        connection,
        and_(REGISTER.c.issuer == issuer, REGISTER.c.certificate_number == certificate_number),
    )
    return tuple(sorted(map(_record, rows), key=lambda record: record.attestation_id))
