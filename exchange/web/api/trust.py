"""Trust: what administrators say, and the boards on which they see what follows.

- An action is authenticated by the person's signature inside it, so it is taken on both
  listeners and with any client certificate; everything else is for administrators alone.
- Boards show; nothing that is read here changes anything.
"""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.actions.effects import effects
from exchange.core.actions.life import ProposalState
from exchange.core.actions.state import Proposal, TrustState
from exchange.core.limits import Limits
from exchange.core.model import BodyId, ContentDigest, Kind
from exchange.core.trust_records import StoredAction
from exchange.errors import Finding, RefusedError, RuleError
from exchange.service.act import act
from exchange.service.expiry import ending_soon
from exchange.service.find import nothing
from exchange.service.freshness import freshness
from exchange.service.hub import Hub
from exchange.service.publication import require_keeper
from exchange.service.receive import read_own
from exchange.web.answers import XML, as_json, content_digest, parameter, read_body
from exchange.web.api.callers import administrator
from exchange.web.api.trust_documents import (
    effects_document,
    entry_document,
    expiring_document,
    findings_document,
    freshness_document,
    proposal_document,
    refused_document,
    state_document,
    suspension_document,
)
from exchange.web.application import HUB
from exchange.web.problems import as_problem, refusal

_MOST: Final = 2**53
_REFUSED: Final = 1000
"""Documents refused under a suspension that one answer lists."""


async def post_action(request: web.Request) -> web.Response:
    """Take an action that a person has signed; the hub seals, judges and commits it."""
    hub = request.app[HUB]
    require_keeper(hub)
    data = await read_body(
        request,
        media_type=XML,
        max_bytes=Limits().max_bytes_per_kind.get(Kind.ACTION, Limits().max_bytes),
        seconds=hub.settings.body_seconds,
    )
    acted = await act(hub, data)
    if acted.number is None or acted.statement is None:
        answer = refusal(read_own(acted.receipt), acted.receipt, instance=request.rel_url.raw_path)
        return as_problem(answer)
    return as_json(
        {
            "number": acted.number,
            "content_digest": acted.digest.hex(),
            "statement": _base64(acted.statement),
            "receipt": _base64(acted.receipt),
        },
        status=HTTPStatus.OK if acted.repeated else HTTPStatus.CREATED,
        headers={"Location": f"/v1/statements/{acted.digest.hex()}"},
    )


async def get_state(request: web.Request) -> web.Response:
    """Return who may act, who is trusted, and what waits."""
    hub, state = _administered(request)
    return as_json(state_document(state, administrator(request), hub.clock()))


async def get_body(request: web.Request) -> web.Response:
    """Return the entry of a body, with the history of its keys."""
    hub, state = _administered(request)
    name = request.match_info["body_id"]
    body = state.bodies.get(BodyId(name))
    if body is None:
        raise nothing(f"no entry of {name[:40]}")
    return as_json(entry_document(state, body, hub.clock()))


async def get_proposals(request: web.Request) -> web.Response:
    """Return proposals, all or those in one state."""
    _, state = _administered(request)
    wanted = _proposal_state(request)
    found = sorted(state.proposals.values(), key=lambda one: (one.at, one.digest))
    return as_json(
        {"proposals": [proposal_document(one) for one in found if wanted in {None, one.state}]}
    )


async def get_proposal(request: web.Request) -> web.Response:
    """Return a proposal with what will change, as an approver is shown it."""
    hub, state = _administered(request)
    proposal = _proposal(state, content_digest(request))
    return as_json({**proposal_document(proposal), **_shown(hub, state, proposal)})


async def get_history(request: web.Request) -> web.Response:
    """Return sealed actions, in the order of the ledger."""
    hub, _ = _administered(request)
    most = parameter(request, "limit", default=100, least=1, most=1000)
    after = parameter(request, "after", default=0, least=0, most=_MOST)
    found = await hub.store.actions(after=after, limit=most)
    return as_json(
        {
            "actions": [_action(one) for one in found],
            "after": found[-1].number if len(found) == most else None,
        }
    )


async def get_freshness(request: web.Request) -> web.Response:
    """Return which partner holds which version of the lists."""
    hub, _ = _administered(request)
    return as_json({"partners": [freshness_document(one) for one in await freshness(hub)]})


async def get_expiring(request: web.Request) -> web.Response:
    """Return what ends soon."""
    hub, _ = _administered(request)
    return as_json({"expiring": [expiring_document(one) for one in await ending_soon(hub)]})


async def get_suspensions(request: web.Request) -> web.Response:
    """Return emergency suspensions, and the documents that were refused meanwhile."""
    hub, state = _administered(request)
    refused = await hub.store.refused_under_suspension(limit=_REFUSED)
    return as_json(
        {
            "suspensions": [suspension_document(one) for one in state.suspensions.values()],
            "refused": [refused_document(one) for one in refused],
        }
    )


def _administered(request: web.Request) -> tuple[Hub, TrustState]:
    """Return the state of trust now, for an administrator.

    Raises:
        RefusedError: This hub administers no trust, or no administrator calls.
    """
    hub = request.app[HUB]
    keeper = require_keeper(hub)
    administrator(request)
    return hub, keeper.at(hub.clock())


def _proposal(state: TrustState, digest: ContentDigest) -> Proposal:
    found = state.proposals.get(digest)
    if found is None:
        raise nothing(f"no proposal {digest.hex()}")
    return found


def _proposal_state(request: web.Request) -> ProposalState | None:
    text = request.query.get("state")
    if text is None:
        return None
    try:
        return ProposalState(text)
    except ValueError as exc:
        known = ", ".join(one.value for one in ProposalState)
        raise RefusedError(
            Finding(
                code=RefusedCode.PARAMETER,
                message=f"state: expected one of {known}, found {text[:30]!r}",
            )
        ) from exc


def _shown(hub: Hub, state: TrustState, proposal: Proposal) -> dict[str, Any]:
    """Return what an approval would do now; of a decided proposal nothing is shown."""
    nothing_shown: dict[str, Any] = {"shown": None, "effects": [], "obstacles": []}
    if proposal.state is not ProposalState.OPEN:
        return nothing_shown
    try:
        found = effects(state, proposal.changes, proposal.activation, hub.clock())
    except RuleError as error:
        return {**nothing_shown, "obstacles": findings_document(error.findings)}
    return {**effects_document(found), "obstacles": []}


def _action(one: StoredAction) -> dict[str, Any]:
    return {
        "number": one.number,
        "content_digest": one.digest.hex(),
        "received_at": one.received_at.isoformat(),
        "statement": _base64(one.data),
        "receipt": _base64(one.receipt),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
