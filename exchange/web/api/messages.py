"""Messages: submitting a signed statement, issuing a draft, and the dry run."""

from __future__ import annotations

import base64
from http import HTTPStatus

from aiohttp import web

from exchange.core.limits import Limits
from exchange.service.addressees import Addressees
from exchange.service.examination_report import as_document, dry_run
from exchange.service.find import find_message
from exchange.service.issue import Issuance, issue
from exchange.service.receive import Submission, Submitted, read_own, submit
from exchange.web.answers import (
    JSON,
    XML,
    addressee_names,
    as_json,
    as_xml,
    declared_digest,
    message_id,
    read_body,
    read_json,
)
from exchange.web.api.bodies import read_issuance
from exchange.web.api.callers import caller
from exchange.web.application import HUB
from exchange.web.problems import as_problem, refusal

LIMITS = Limits()


async def put_message(request: web.Request) -> web.Response:
    """Submit a signed statement."""
    hub = request.app[HUB]
    name = message_id(request)
    digest = declared_digest(request)
    addressees = Addressees.read(addressee_names(request))
    data = await read_body(
        request,
        media_type=XML,
        max_bytes=LIMITS.max_bytes,
        seconds=hub.settings.body_seconds,
    )
    submitted = await submit(
        hub,
        Submission(
            caller=caller(request),
            message_id=name,
            digest=digest,
            addressees=addressees,
            data=data,
        ),
    )
    if submitted.is_refused:
        return _refused(request, submitted)
    committed = submitted.committed
    status = HTTPStatus.OK if committed.repeated else HTTPStatus.CREATED
    return as_xml(committed.receipt, status=status, headers=_location(submitted))


def _location(submitted: Submitted) -> dict[str, str]:
    digest = submitted.committed.content_digest
    return {} if digest is None else {"Location": f"/v1/statements/{digest.hex()}"}


def _refused(request: web.Request, submitted: Submitted) -> web.Response:
    receipt = submitted.committed.receipt
    return as_problem(refusal(read_own(receipt), receipt, instance=request.rel_url.raw_path))


async def get_receipt(request: web.Request) -> web.Response:
    """Return the first receipt of a message, positive or negative."""
    found = await find_message(request.app[HUB], caller(request), message_id(request))
    return as_xml(found.receipt, headers={"Exchange-Verdict": found.verdict.value})


async def put_issuance(request: web.Request) -> web.Response:
    """Have a draft signed with the body's key in the vault, and submit it."""
    hub = request.app[HUB]
    name = message_id(request)
    body = await read_body(
        request,
        media_type=JSON,
        # Base64 makes four octets out of three; the rest is the authorisation.
        max_bytes=LIMITS.max_bytes * 4 // 3 + 16_384,
        seconds=hub.settings.body_seconds,
    )
    draft, names, authorisation = read_issuance(read_json(body))
    issued = await issue(
        hub,
        Issuance(
            caller=caller(request),
            message_id=name,
            addressees=Addressees.read(names),
            draft=draft,
            authorisation=authorisation,
        ),
    )
    if issued.statement is None:
        return _refused(request, issued.submitted)
    committed = issued.submitted.committed
    digest = committed.content_digest
    return as_json(
        {
            "verdict": committed.verdict.value,
            "content_digest": digest.hex() if digest is not None else None,
            "statement": base64.b64encode(issued.statement).decode("ascii"),
            "receipt": base64.b64encode(committed.receipt).decode("ascii"),
        },
        status=HTTPStatus.OK if committed.repeated else HTTPStatus.CREATED,
        headers=_location(issued.submitted),
    )


async def post_examination(request: web.Request) -> web.Response:
    """Examine a document as if it had been submitted; nothing is committed."""
    hub = request.app[HUB]
    data = await read_body(
        request,
        media_type=XML,
        max_bytes=LIMITS.max_bytes,
        seconds=hub.settings.body_seconds,
    )
    return as_json(as_document(await dry_run(hub, data)))
