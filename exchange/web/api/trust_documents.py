"""How the state of trust is written as JSON: people, entries, keys, proposals, suspensions.

Entries stand as they stand on the lists, in XML, because an officer's change starts from exactly
those octets; beside them is what a board shows.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never

from exchange.core.actions.effects import Effect, Effects
from exchange.core.actions.entries import key_state
from exchange.core.actions.state import KeyRecord, Proposal, Suspension, TrustState
from exchange.core.actions.values import (
    Administrator,
    AdministratorChange,
    BodyChange,
    Change,
    Evidence,
    ListChange,
)
from exchange.core.expiry import Expiring
from exchange.core.freshness import Freshness
from exchange.core.trust_records import RefusedMeanwhile
from exchange.core.trust_values import Body, KeyEntry
from exchange.core.trust_writing import write_entry
from exchange.core.xml import canonical
from exchange.errors import Finding
from exchange.service.examination_report import finding_document
from exchange.service.rehearse import Rehearsal


def state_document(state: TrustState, caller: Administrator, at: datetime) -> dict[str, Any]:
    """Return who may act, who is trusted, and what waits."""
    return {
        "hub": state.hub,
        "root": state.root.hex(),
        "actions": state.count,
        "last": state.last.hex(),
        "at": at.isoformat(),
        "caller": administrator_document(caller),
        "administrators": [administrator_document(one) for one in state.administrators.values()],
        "lists": sorted(state.lists),
        "bodies": [body_document(state, body, at) for _, body in sorted(state.bodies.items())],
        "waiting": len(state.waiting),
        "suspensions": len(state.open_suspensions()),
    }


def administrator_document(one: Administrator) -> dict[str, Any]:
    """Return a person who may act."""
    return {
        "person": one.person,
        "body": one.body,
        "role": one.role.value,
        "name": one.name,
        "key": one.fingerprint.hex(),
        "not_after": one.certificate.not_after.isoformat(),
        "certificate": _base64(one.certificate.der),
        "identity": one.identity.hex(),
    }


def body_document(state: TrustState, body: Body, at: datetime) -> dict[str, Any]:
    """Return a body with where each of its keys stands."""
    found = body.state_at(at)
    return {
        "id": body.id,
        "names": dict(body.names),
        "roles": sorted(role.value for role in body.roles),
        "economy": body.economy,
        "state": found.value if found is not None else "announced",
        "stopped": body.id in state.stopped_bodies,
        "digest": state.digests[body.id].hex(),
        "keys": [key_document(key, at) for key in body.keys],
    }


def key_document(key: KeyEntry, at: datetime) -> dict[str, Any]:
    """Return a key with where it stands."""
    return {
        "fingerprint": key.fingerprint.hex(),
        "role": key.role.value,
        "custody": key.custody.value,
        "state": key_state(key, at).value,
        "signs_from": key.signs_from.isoformat(),
        "signs_until": key.signs_until.isoformat(),
        "accepted_until": key.accepted_until.isoformat(),
        "legal_basis": (
            {"instrument": key.legal.instrument, "level": key.legal.level.value}
            if key.legal is not None
            else None
        ),
    }


def entry_document(state: TrustState, body: Body, at: datetime) -> dict[str, Any]:
    """Return an entry: its octets, the digest that a change of it names, and its keys' history."""
    return {
        **body_document(state, body, at),
        "entry": _base64(canonical(write_entry(body))),
        "history": [
            _record(state.keys[key.fingerprint])
            for key in body.keys
            if key.fingerprint in state.keys
        ],
    }


def _record(record: KeyRecord) -> dict[str, Any]:
    return {
        "fingerprint": record.fingerprint.hex(),
        "role": record.role.value,
        "evidence": evidence_document(record.evidence) if record.evidence is not None else None,
        "events": [
            {
                "state": event.state.value,
                "at": event.at.isoformat(),
                "action": event.action.hex(),
                "persons": list(event.persons),
                "reason": event.reason,
            }
            for event in record.events
        ],
    }


def evidence_document(evidence: Evidence) -> dict[str, Any]:
    """Return who sent a key and how its fingerprint was confirmed."""
    return {
        "document": evidence.document.hex(),
        "title": evidence.title,
        "sent_by": evidence.sent_by,
        "confirmed_by": evidence.confirmed_by,
        "confirmed_with": evidence.confirmed_with,
        "confirmed_at": evidence.confirmed_at.isoformat(),
        "channel": evidence.channel.value,
    }


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal with what became of it."""
    return {
        "digest": proposal.digest.hex(),
        "state": proposal.state.value,
        "proposer": proposal.proposer,
        "body": proposal.body,
        "at": proposal.at.isoformat(),
        "activation": {
            "at": proposal.activation.at.isoformat(),
            "when_fetched": proposal.activation.when_fetched,
        },
        "reason": proposal.reason,
        "changes": [change_document(proposal, change) for change in proposal.changes],
        "decided_by": proposal.decided_by,
        "decision": proposal.decision.hex() if proposal.decision is not None else None,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
        "objection": proposal.objection,
        "active_at": proposal.active_at.isoformat() if proposal.active_at else None,
    }


def change_document(proposal: Proposal, change: Change) -> dict[str, Any]:
    """Return what a change is about, and which keys come with it."""
    match change:
        case BodyChange():
            return {
                "what": "body",
                "subject": change.body.id,
                "arrivals": [
                    {
                        "fingerprint": arrival.fingerprint.hex(),
                        "evidence": (
                            evidence_document(evidence)
                            if (evidence := proposal.evidence_for(arrival)) is not None
                            else None
                        ),
                    }
                    for arrival in change.arrivals
                ],
            }
        case AdministratorChange():
            what = "removed-administrator" if change.removed else "administrator"
            return {"what": what, "subject": change.administrator.person, "arrivals": []}
        case ListChange():
            return {"what": "list", "subject": change.territory, "arrivals": []}
        case _:
            assert_never(change)


def effects_document(effects: Effects) -> dict[str, Any]:
    """Return what will change, and the digest by which an approval names it."""
    return {
        "shown": effects.digest.hex(),
        "effects": [_effect(one) for one in effects.effects],
    }


def findings_document(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return why something cannot be approved as it stands."""
    return [finding_document(one) for one in findings]


def _effect(one: Effect) -> dict[str, Any]:
    return {
        "what": one.what,
        "body": one.body,
        "key": one.key.hex() if one.key is not None else None,
        "before": one.before,
        "after": one.after,
        "sentence": one.sentence,
    }


def rehearsal_document(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return what would follow from a change."""
    return {
        "at": rehearsal.at.isoformat(),
        **effects_document(rehearsal.effects),
        "obstacles": [],
        "in_flight": [
            {
                "content_digest": one.content_digest.hex(),
                "kind": one.kind.value,
                "issuer": one.issuer,
                "key": one.key.hex(),
                "received_at": one.received_at.isoformat(),
                "addressee": one.addressee,
                "state": one.state,
            }
            for one in rehearsal.in_flight
        ],
        "behind": [
            {
                "partner": one.partner,
                "list": one.name,
                "held": one.held,
                "current": one.current,
            }
            for one in rehearsal.behind
        ],
        "verdicts": [
            {
                "content_digest": one.content_digest.hex(),
                "kind": one.kind.value,
                "issuer": one.issuer,
                "key": one.key.hex(),
                "received_at": one.received_at.isoformat(),
                "before": one.before,
                "after": one.after,
            }
            for one in rehearsal.verdicts
        ],
        "judged": rehearsal.judged,
        "complete": rehearsal.complete,
    }


def suspension_document(one: Suspension) -> dict[str, Any]:
    """Return an emergency suspension, open or lifted."""
    return {
        "digest": one.digest.hex(),
        "what": one.kind.value,
        "body": one.body,
        "key": one.key.hex() if one.key is not None else None,
        "person": one.person,
        "at": one.at.isoformat(),
        "reason": one.reason,
        "alarms_at": one.alarms_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at is not None else None,
        "ended_by": one.ended_by.hex() if one.ended_by is not None else None,
    }


def refused_document(one: RefusedMeanwhile) -> dict[str, Any]:
    """Return a document that was refused under a suspension."""
    stopped = one.interrupted
    return {
        "message_id": one.message.message_id,
        "sender": one.message.sender,
        "received_at": one.message.received_at.isoformat(),
        "body": stopped.body,
        "key": stopped.key.hex() if stopped.key is not None else None,
        "told_at": one.told_at.isoformat() if one.told_at is not None else None,
    }


def freshness_document(one: Freshness) -> dict[str, Any]:
    """Return what one partner holds of one list."""
    return {
        "partner": one.partner,
        "list": one.name,
        "held": one.sequence,
        "current": one.current,
        "keys": one.keys,
        "at": one.at.isoformat() if one.at is not None else None,
        "colour": one.colour.value,
        "reason": one.reason,
    }


def expiring_document(one: Expiring) -> dict[str, Any]:
    """Return one thing that ends soon."""
    return {
        "subject": one.subject.value,
        "name": one.name,
        "identity": one.identity,
        "body": one.body,
        "ends_at": one.ends_at.isoformat(),
        "end": one.end.value,
        "days_left": one.days_left,
        "threshold": one.threshold,
        "follower": one.follower.hex() if one.follower is not None else None,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
