"""The register of attestations: gathers facts for a batch, and keeps what was decided.

Everything that a batch needs is read with a handful of queries, whatever its size, into a `View`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from exchange.core.certificates import CertificateKey
from exchange.core.entry import (
    NewAttestation,
    NewStatusChange,
    Statement,
)
from exchange.core.entry import Sequence as Number
from exchange.core.model import BodyId, ContentDigest, DocumentId, Status
from exchange.core.register import KnownStatement, RegisterRecord
from exchange.core.turns import Place
from exchange.store.engine import Record
from exchange.store.rows import write_rows
from exchange.store.tables import FORMER_NUMBERS, REGISTER, STATEMENTS
from exchange.store.view import View, related

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
    REGISTER.c.predecessor,
    REGISTER.c.gap,
)
_KNOWN: Final = (
    STATEMENTS.c.sequence,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.document_id,
    STATEMENTS.c.issuer,
    STATEMENTS.c.subject,
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

_THOSE_FORMER: Final = select(
    FORMER_NUMBERS.c.certificate_number, FORMER_NUMBERS.c.certificate
).where(FORMER_NUMBERS.c.certificate_number.in_(bindparam("numbers", expanding=True)))


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
        predecessor=None if row.predecessor is None else CertificateKey(row.predecessor),
        gap=None if row.gap is None else _read_place(row.gap),
    )


def _write_place(place: Place) -> str:
    return json.dumps(
        [place.status, place.since.isoformat(), place.sequence, sorted(place.parts)],
        ensure_ascii=False,
    )


def _read_place(written: str) -> Place:
    status, since, sequence, parts = json.loads(written)
    return Place(
        status=Status(status),
        since=datetime.fromisoformat(since),
        sequence=sequence,
        parts=frozenset(parts),
    )


def _known(row: Record) -> KnownStatement:
    return KnownStatement(
        sequence=Number(row.sequence),
        content_digest=ContentDigest(row.content_digest),
        document_id=DocumentId(row.document_id),
        issuer=BodyId(row.issuer),
    )


def gather(
    connection: Connection, statements: Sequence[Statement], view: View | None = None
) -> View:
    """Read everything that decisions about these statements need.

    Args:
        connection: Inside a transaction that has locked the ledger.
        statements: Of the whole batch, or what waits for them.
        view: What was read before, as long as nothing was decided; without, nothing was.
    """
    view = View() if view is None else view
    claims = [s.claim for s in statements if s.claim is not None]
    documents = {s.document_id for s in statements}
    documents.update(document for claim in claims for document, _ in claim.replaces)
    replaced: set[int] = set()
    wanted = {document for claim in claims for document, _ in claim.replaces}
    digests: set[bytes] = {s.content_digest for s in statements}
    digests |= {digest for claim in claims for digest in related(claim)}
    for row in connection.execute(
        _THOSE_KNOWN, {"documents": list(documents), "digests": list(digests)}
    ):
        view.know(_known(row))
        if row.document_id in wanted:
            replaced.add(row.sequence)
        if row.subject is not None:
            view.subjects[row.content_digest] = row.subject
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
        if view.subjects:
            keys = set(view.subjects.values())
            found = [*found, *_records(connection, REGISTER.c.first.in_(keys))]
        for row in found:
            view.put(_record(row), row.statement)
        _former(connection, view, claims)
    return view


def _former(
    connection: Connection, view: View, claims: Sequence[NewAttestation | NewStatusChange]
) -> None:
    """Let numbers that were corrected lead to their certificates."""
    numbers = {claim.certificate_number for claim in claims if isinstance(claim, NewAttestation)}
    if not numbers:
        return
    rows = connection.execute(_THOSE_FORMER, {"numbers": list(numbers)}).all()
    missing = {row.certificate for row in rows} - view.by_key.keys()
    if missing:
        for row in _records(connection, REGISTER.c.first.in_(missing)):
            view.put(_record(row), row.statement)
    for row in rows:
        view.by_number[row.certificate_number].add(view.by_key[row.certificate])


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
            "predecessor": record.predecessor,
            "gap": None if record.gap is None else _write_place(record.gap),
        }
        for key, record in view.changed.items()
    ]
    write_rows(connection, _KEEP[connection.dialect.name], rows)
    if view.former:
        connection.execute(
            _KEEP_FORMER[connection.dialect.name],
            [{"certificate_number": one, "certificate": key} for one, key in view.former],
        )


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
# A number may come back to the certificate that had it before.
_KEEP_FORMER: Final[Mapping[str, Insert]] = {
    "sqlite": sqlite.insert(FORMER_NUMBERS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(FORMER_NUMBERS).on_conflict_do_nothing(),
}


def forget_gap(connection: Connection, statement: int) -> None:
    """Forget the parts of the scope at the gap of the certificate whose latest revision this is."""
    latest = REGISTER.c.statement == statement
    written = connection.execute(select(REGISTER.c.gap).where(latest)).scalar_one_or_none()
    if written is not None:
        bare = replace(_read_place(written), parts=frozenset())
        connection.execute(update(REGISTER).where(latest).values(gap=_write_place(bare)))


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
