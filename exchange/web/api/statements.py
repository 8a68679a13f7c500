"""Statements with their receipts and proofs, for those whom they concern; and partners."""

from __future__ import annotations

import base64
from typing import Any

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.entry import StoredReceipt
from exchange.core.trust_values import Body
from exchange.errors import Finding, RefusedError
from exchange.service.find import find_action, find_proof, find_receipts, find_statement, nothing
from exchange.service.partners import list_partners
from exchange.web.answers import as_json, as_xml, content_digest, parameter
from exchange.web.api.callers import caller, is_administrator
from exchange.web.api.notices import gone
from exchange.web.application import HUB

_LONGEST_ID = 40


async def get_statement(request: web.Request) -> web.Response:
    """Return a statement, byte-exact."""
    digest = content_digest(request)
    hub = request.app[HUB]
    found = (
        await find_action(hub, digest)
        if is_administrator(request)
        else await find_statement(hub, caller(request), digest)
    )
    if found.data is None:
        if (removed := await gone(request, digest)) is not None:
            return removed
        raise nothing("the octets of this statement were removed by order")
    return as_xml(
        found.data,
        headers={"Exchange-Kind": found.kind.value, "Exchange-Issuer": found.issuer},
    )


async def get_receipts(request: web.Request) -> web.Response:
    """Return every receipt about a statement, in the order of the ledger."""
    digest = content_digest(request)
    found = await find_receipts(request.app[HUB], caller(request), digest)
    return as_json({"receipts": [_receipt(one) for one in found]})


def _receipt(one: StoredReceipt) -> dict[str, Any]:
    return {
        "index": one.index,
        "receipt_id": one.receipt_id,
        "stage": one.stage,
        "outcome": one.outcome,
        "issuer": one.issuer,
        "addressee": one.addressee,
        "produced_at": one.produced_at.isoformat(),
        "digest": one.digest.hex(),
        "receipt": base64.b64encode(one.data).decode("ascii"),
    }


async def get_proof(request: web.Request) -> web.Response:
    """Return proofs that the receipts of a statement are in the ledger."""
    digest = content_digest(request)
    proof = await find_proof(request.app[HUB], caller(request), digest)
    return as_json(
        {
            "checkpoint": proof.checkpoint.note.decode(),
            "size": proof.checkpoint.size,
            "leaves": [
                {
                    "index": leaf.receipt.index,
                    "receipt_digest": leaf.receipt.digest.hex(),
                    "record": base64.b64encode(leaf.record).decode("ascii"),
                    "path": [base64.b64encode(step).decode("ascii") for step in leaf.path],
                }
                for leaf in proof.leaves
            ],
        }
    )


async def get_partners(request: web.Request) -> web.Response:
    """List who can be addressed, and what each takes."""
    hub = request.app[HUB]
    after = request.query.get("after", "")
    economy = request.query.get("economy")
    if len(after) > _LONGEST_ID or (economy is not None and len(economy) > _LONGEST_ID):
        raise RefusedError(
            Finding(code=RefusedCode.PARAMETER, message="expected an id or an economy")
        )
    page = list_partners(
        hub.trust,
        hub.clock(),
        after=after,
        most=parameter(request, "limit", default=100, least=1, most=1000),
        economy=economy,
    )
    return as_json({"partners": [_partner(body) for body in page.bodies], "after": page.after})


def _partner(body: Body) -> dict[str, Any]:
    return {
        "id": body.id,
        "names": dict(body.names),
        "roles": sorted(role.value for role in body.roles),
        "economy": body.economy,
        "economies": sorted(body.economies),
        "delivery": "pull" if body.endpoint is None else "push",
        "takes": [
            {
                "kind": capability.kind.value,
                "schema": capability.schema,
                "schemes": sorted(capability.schemes),
            }
            for capability in body.capabilities
        ],
    }
