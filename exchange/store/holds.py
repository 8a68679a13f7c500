"""What waits for the status change before it, and what took effect ahead of its turn (STC-02)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from exchange.codes.notices import NoticeCode
from exchange.core.entry import NewAttestation, NewStatusChange, Statement
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, ContentDigest, DocumentId, Kind, Status
from exchange.store.columns import Instant
from exchange.store.engine import Record
from exchange.store.tables import HOLDS, STATEMENTS, HoldState

Claim = NewAttestation | NewStatusChange
"""What can wait: a status change for the one before it, a revision for a gap to close."""


def write_claim(claim: Claim) -> str:
    """Return a claim as text."""
    common = {
        "attestation_id": claim.attestation_id,
        "certificate_number": claim.certificate_number,
        "next_surveillance": _day(claim.next_surveillance),
        "replaces": [[document, digest.hex()] for document, digest in claim.replaces],
    }
    if isinstance(claim, NewAttestation):
        own = {
            "scheme": claim.scheme,
            "revision": claim.revision,
            "status": claim.status,
            "since": claim.since.isoformat(),
            "expires_at": _instant(claim.expires_at),
            "parts": sorted(claim.parts),
            "taken_over": claim.taken_over,
            "words": claim.words,
            "parents": [digest.hex() for digest in claim.parents],
            "taken_from": [digest.hex() for digest in claim.taken_from],
        }
    else:
        own = {
            "attestation_digest": claim.attestation_digest.hex(),
            "sequence": claim.sequence,
            "previous": claim.previous,
            "new": claim.new,
            "change": claim.change,
            "effective_at": claim.effective_at.isoformat(),
            "added": sorted(claim.added),
            "removed": sorted(claim.removed),
            "acts_for": sorted(claim.acts_for),
            "vouches_for": sorted(claim.vouches_for),
            "reasons": claim.reasons,
            "suspension_end": _instant(claim.suspension_end),
            "successor": None if claim.successor is None else claim.successor.hex(),
        }
    return json.dumps(common | own, ensure_ascii=False)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def read_claim(written: str) -> Claim:
    """Return what `write_claim` was given; what an earlier version did not write is empty."""
    claim = json.loads(written)
    surveillance = claim.get("next_surveillance")
    common: dict[str, Any] = {
        "attestation_id": claim["attestation_id"],
        "certificate_number": claim["certificate_number"],
        "next_surveillance": None if surveillance is None else date.fromisoformat(surveillance),
        "replaces": tuple(
            (DocumentId(document), _digest(digest)) for document, digest in claim["replaces"]
        ),
    }
    if "sequence" not in claim:
        return NewAttestation(
            **common,
            scheme=claim["scheme"],
            revision=claim["revision"],
            status=Status(claim["status"]),
            since=datetime.fromisoformat(claim["since"]),
            expires_at=_read_instant(claim["expires_at"]),
            parts=frozenset(claim["parts"]),
            taken_over=claim["taken_over"],
            words=claim["words"],
            parents=tuple(map(_digest, claim["parents"])),
            taken_from=tuple(map(_digest, claim["taken_from"])),
        )
    successor = claim.get("successor")
    return NewStatusChange(
        **common,
        attestation_digest=_digest(claim["attestation_digest"]),
        sequence=claim["sequence"],
        previous=Status(claim["previous"]),
        new=Status(claim["new"]),
        change=Change(claim["change"]),
        effective_at=datetime.fromisoformat(claim["effective_at"]),
        added=frozenset(claim.get("added", ())),
        removed=frozenset(claim.get("removed", ())),
        acts_for=frozenset(map(BodyId, claim["acts_for"])),
        vouches_for=frozenset(map(BodyId, claim.get("vouches_for", ()))),
        reasons=tuple(claim.get("reasons", ())),
        suspension_end=_read_instant(claim.get("suspension_end")),
        successor=None if successor is None else _digest(successor),
    )


def _digest(text: str) -> ContentDigest:
    return ContentDigest(bytes.fromhex(text))


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A statement whose turn may have come, or that stands ahead of it."""

    message: int
    statement: Statement
    subject: int | None
    """The certificate that it is about."""
    until: datetime | None = None
    """When its waiting ends."""
    is_ahead: bool = False


_HELD: Final = select(
    HOLDS.c.message,
    HOLDS.c.state,
    HOLDS.c.claim,
    HOLDS.c.until,
    STATEMENTS.c.content_digest,
    STATEMENTS.c.document_id,
    STATEMENTS.c.kind,
    STATEMENTS.c.issuer,
    STATEMENTS.c.scheme,
    STATEMENTS.c.subject,
).join(STATEMENTS, STATEMENTS.c.sequence == HOLDS.c.message)


def waiting(connection: Connection, identifiers: Iterable[str]) -> tuple[Waiting, ...]:
    """Return what waits about these attestations, or stands ahead of its turn, as it came."""
    rows = connection.execute(
        _HELD.where(
            HOLDS.c.attestation_id.in_(set(identifiers)),
            HOLDS.c.state.in_((HoldState.WAITING, HoldState.AHEAD)),
        ).order_by(HOLDS.c.message)
    )
    return tuple(map(_waiting, rows))


def _waiting(row: Record) -> Waiting:
    return Waiting(
        message=row.message,
        subject=row.subject,
        until=row.until,
        is_ahead=row.state == HoldState.AHEAD,
        statement=Statement(
            content_digest=ContentDigest(row.content_digest),
            document_id=DocumentId(row.document_id),
            kind=Kind(row.kind),
            issuer=BodyId(row.issuer),
            scheme=row.scheme,
            claim=read_claim(row.claim),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a hold."""

    message: int
    state: HoldState
    fault: str | None = None
    """The code of the rule that refused it."""
    place: int | None = None
    """Where it stands in the order of what is handed out, once it is released."""
    until: datetime | None = None
    """For one that waits again: when that ends."""


def end(connection: Connection, ended: Sequence[Ended]) -> None:
    """Note what became of holds."""
    if ended:
        connection.execute(
            update(HOLDS)
            .where(HOLDS.c.message == bindparam("which"))
            .values(
                state=bindparam("became"),
                fault=bindparam("why"),
                place=bindparam("then"),
                until=func.coalesce(bindparam("end", type_=Instant), HOLDS.c.until),
            ),
            [
                {
                    "which": one.message,
                    "became": one.state,
                    "why": one.fault,
                    "then": one.place,
                    "end": one.until,
                }
                for one in ended
            ],
        )


def forget(connection: Connection, message: int) -> None:
    """Keep nothing of what a removed statement says of the scope; what waits, waits no more.

    A restriction that stands ahead of its turn keeps its place, so that it is never undone.
    """
    row = connection.execute(
        select(HOLDS.c.state, HOLDS.c.claim).where(HOLDS.c.message == message)
    ).one_or_none()
    if row is None:
        return
    values = {"claim": "{}"}
    if row.state == HoldState.AHEAD:
        claim = read_claim(row.claim)
        if isinstance(claim, NewStatusChange):
            bare = replace(claim, added=frozenset(), removed=frozenset(), reasons=())
            values["claim"] = write_claim(bare)
    elif row.state == HoldState.WAITING:
        values |= {"state": HoldState.REFUSED, "fault": NoticeCode.REMOVED.value}
    connection.execute(update(HOLDS).where(HOLDS.c.message == message).values(values))


def new_row(
    message: int,
    statement: Statement,
    claim: Claim,
    waiting_for: int,
    until: datetime,
    state: HoldState = HoldState.WAITING,
) -> dict[str, Any]:
    """Return the row of a new hold."""
    return {
        "message": message,
        "issuer": statement.issuer,
        "attestation_id": claim.attestation_id,
        "waiting_for": waiting_for,
        "claim": write_claim(claim),
        "until": until,
        "state": state,
        "fault": None,
    }
