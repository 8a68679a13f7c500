"""The two applications: what partners may ask for, and what anyone may."""

from __future__ import annotations

from aiohttp import web

from exchange.service.hub import Hub
from exchange.service.list_serving import ServedLists
from exchange.web.api.callers import Source, callers
from exchange.web.api.deliveries import (
    get_dead_letters,
    post_lease,
    post_resend,
    put_acknowledgement,
)
from exchange.web.api.intakes import intake_places, post_intake
from exchange.web.api.messages import (
    get_receipt,
    post_examination,
    put_issuance,
    put_message,
)
from exchange.web.api.notices import get_notices, put_removal
from exchange.web.api.statements import (
    get_partners,
    get_proof,
    get_receipts,
    get_statement,
)
from exchange.web.api.trust import (
    get_body,
    get_expiring,
    get_freshness,
    get_history,
    get_proposal,
    get_proposals,
    get_state,
    get_suspensions,
    post_action,
)
from exchange.web.api.trust_work import post_publication, post_rehearsal
from exchange.web.application import HUB, endings
from exchange.web.metrics import get_metrics_as_operator
from exchange.web.public.html import get_address, page_routes
from exchange.web.public.pages import public_routes
from exchange.web.public.trust_lists import SERVED
from exchange.web.public.verification import get_qr_code, verification_routes


def partner_application(hub: Hub, source: Source) -> web.Application:
    """Return what partners may ask for.

    Args:
        hub: The open hub.
        source: Where the caller's certificate comes from.
    """
    application = web.Application(middlewares=[endings, callers(source)])
    application[HUB] = hub
    application[SERVED] = ServedLists()
    place, count = intake_places()
    application[place] = count
    application.add_routes(
        [
            web.put("/v1/messages/{message_id}", put_message),
            web.get("/v1/messages/{message_id}/receipt", get_receipt),
            web.put("/v1/issuances/{message_id}", put_issuance),
            web.post("/v1/examinations", post_examination),
            web.post("/v1/intakes", post_intake),
            web.get("/v1/partners", get_partners),
            web.post("/v1/leases", post_lease),
            web.put("/v1/deliveries/{delivery_id}/acknowledgement", put_acknowledgement),
            web.get("/v1/statements/{content_digest}", get_statement),
            web.get("/v1/statements/{content_digest}/receipts", get_receipts),
            web.get("/v1/statements/{content_digest}/proof", get_proof),
            web.put("/v1/statements/{content_digest}/removal", put_removal),
            web.get("/v1/notices", get_notices),
            web.get("/v1/certificates/{number}/qr", get_qr_code),
            web.get("/v1/dead-letters", get_dead_letters),
            web.post("/v1/dead-letters/{delivery_id}/resend", post_resend),
            web.get("/metrics", get_metrics_as_operator),
            web.get("/v1/trust/state", get_state),
            web.get("/v1/trust/bodies/{body_id}", get_body),
            web.get("/v1/trust/proposals", get_proposals),
            web.get("/v1/trust/proposals/{content_digest}", get_proposal),
            web.post("/v1/trust/rehearsals", post_rehearsal),
            web.get("/v1/trust/history", get_history),
            web.get("/v1/trust/freshness", get_freshness),
            web.get("/v1/trust/expiring", get_expiring),
            web.get("/v1/trust/suspensions", get_suspensions),
            web.post("/v1/trust/publications", post_publication),
            *_for_anyone(),
        ]
    )
    return application


def public_application(hub: Hub) -> web.Application:
    """Return what anyone may ask for."""
    application = web.Application(middlewares=[endings])
    application[HUB] = hub
    application[SERVED] = ServedLists()
    application.add_routes([*_for_anyone(), *page_routes()])
    return application


def _for_anyone() -> list[web.RouteDef]:
    # An action is authenticated by the person's signature inside it: whoever has lost every
    # other key can still stop what has to be stopped.
    return [
        *public_routes(),
        *verification_routes(),
        web.get("/q/{address}", get_address),
        web.post("/v1/trust/actions", post_action),
    ]
