"""Status changes that wait for the one before them (STC-02)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from exchange.core.entry import NewStatusChange, Statement
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, ContentDigest, DocumentId, Kind, Status
from exchange.store.engine import Record
from exchange.store.tables import HOLDS, STATEMENTS, HoldState


def write_claim(claim: NewStatusChange) -> str:
    """Return a claim as text."""
    return json.dumps(
        {
            "attestation_id": claim.attestation_id,
            "certificate_number": claim.certificate_number,
            "attestation_digest": claim.attestation_digest.hex(),
            "sequence": claim.sequence,
            "previous": claim.previous,
            "new": claim.new,
            "change": claim.change,
            "effective_at": claim.effective_at.isoformat(),
            "added": sorted(claim.added),
            "removed": sorted(claim.removed),
            "acts_for": sorted(claim.acts_for),
            "replaces": [[document, digest.hex()] for document, digest in claim.replaces],
        },
        ensure_ascii=False,
    )


def read_claim(written: str) -> NewStatusChange:
    """Return what `write_claim` was given."""
    claim = json.loads(written)
    return NewStatusChange(
        attestation_id=claim["attestation_id"],
        certificate_number=claim["certificate_number"],
        attestation_digest=ContentDigest(bytes.fromhex(claim["attestation_digest"])),
        sequence=claim["sequence"],
        previous=Status(claim["previous"]),
        new=Status(claim["new"]),
        change=Change(claim["change"]),
        effective_at=datetime.fromisoformat(claim["effective_at"]),
        added=frozenset(claim.get("added", ())),
        removed=frozenset(claim.get("removed", ())),
        acts_for=frozenset(map(BodyId, claim["acts_for"])),
        replaces=tuple(
            (DocumentId(document), ContentDigest(bytes.fromhex(digest)))
            for document, digest in claim["replaces"]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A status change whose turn may have come."""

    message: int
    statement: Statement
    claim: NewStatusChange


_HELD: Final = select(
    HOLDS.c.message,
    HOLDS.c.issuer,
    HOLDS.c.attestation_id,
    HOLDS.c.claim,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.document_id,
    STATEMENTS.c.kind,
    STATEMENTS.c.scheme,
).join(STATEMENTS, STATEMENTS.c.sequence == HOLDS.c.message)


def waiting(connection: Connection, identifiers: Iterable[str]) -> tuple[Waiting, ...]:
    """Return what waits about these attestations."""
    rows = connection.execute(
        _HELD.where(
            HOLDS.c.attestation_id.in_(set(identifiers)), HOLDS.c.state == HoldState.WAITING
        )
    )
    return tuple(map(_waiting, rows))


def _waiting(row: Record) -> Waiting:
    claim = read_claim(row.claim)
    return Waiting(
        message=row.message,
        claim=claim,
        statement=Statement(
            content_digest=ContentDigest(row.content_digest),
            document_id=DocumentId(row.document_id),
            kind=Kind(row.kind),
            issuer=BodyId(row.issuer),
            scheme=row.scheme,
            claim=claim,
        ),
    )


def end(connection: Connection, ended: Sequence[tuple[int, HoldState, str | None]]) -> None:
    """Note what became of holds."""
    if ended:
        connection.execute(
            update(HOLDS)
            .where(HOLDS.c.message == bindparam("which"))
            .values(state=bindparam("became"), fault=bindparam("why")),
            [{"which": which, "became": became, "why": why} for which, became, why in ended],
        )


def new_row(
    message: int, statement: Statement, claim: NewStatusChange, waiting_for: int, until: datetime
) -> dict[str, Any]:
    """Return the row of a new hold."""
    return {
        "message": message,
        "issuer": statement.issuer,
        "attestation_id": claim.attestation_id,
        "waiting_for": waiting_for,
        "claim": write_claim(claim),
        "until": until,
        "state": HoldState.WAITING,
        "fault": None,
    }
