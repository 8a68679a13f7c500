"""What administrators ask for that takes a while: a rehearsal, and publishing now."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.limits import MIB
from exchange.core.model import ContentDigest
from exchange.core.trust_records import PublishedList
from exchange.errors import Finding, RefusedError
from exchange.service.administrators import require_publisher
from exchange.service.list_files import list_file
from exchange.service.publication import publish, require_keeper
from exchange.service.rehearse import rehearse
from exchange.service.rehearse_draft import drafted, proposed
from exchange.web.answers import JSON, as_json, read_body, read_json
from exchange.web.api.callers import administrator
from exchange.web.api.trust_documents import rehearsal_document
from exchange.web.application import HUB

_LONGEST: Final = 8 * MIB
"""Octets of a draft or a delegation at most, in base64."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


async def post_publication(request: web.Request) -> web.Response:
    """Publish the lists now, under a new delegation where one is given."""
    hub = request.app[HUB]
    keeper = require_keeper(hub)
    require_publisher(administrator(request), keeper.at(hub.clock()))
    document = await _document(request, {"delegation"})
    new = await publish(hub, _octets(document, "delegation"))
    fresh = {one.digest for one in new}
    return as_json(
        {"lists": [_published(one, is_new=one.digest in fresh) for one in keeper.published]}
    )


def _published(one: PublishedList, *, is_new: bool) -> dict[str, Any]:
    return {
        "name": list_file(one.type, one.territory),
        "territory": one.territory,
        "sequence": one.sequence,
        "next_update": one.next_update.isoformat(),
        "digest": one.digest.hex(),
        "is_new": is_new,
    }


async def post_rehearsal(request: web.Request) -> web.Response:
    """Say what would follow from a draft, or from a proposal that waits."""
    hub = request.app[HUB]
    keeper = require_keeper(hub)
    administrator(request)
    document = await _document(request, {"draft", "proposal"})
    draft, named = _octets(document, "draft"), document.get("proposal")
    if (draft is None) is (named is None):
        raise _refused("draft", "expected a draft or a proposal, and not both")
    if draft is not None:
        changes, activation = await drafted(hub, draft)
    else:
        changes, activation = proposed(keeper.at(hub.clock()), _digest(named))
    return as_json(rehearsal_document(await rehearse(hub, changes, activation)))


async def _document(request: web.Request, known: set[str]) -> Mapping[str, Any]:
    hub = request.app[HUB]
    data = await read_body(
        request, media_type=JSON, max_bytes=_LONGEST, seconds=hub.settings.body_seconds
    )
    document = read_json(data)
    unknown = sorted(document.keys() - known)
    if unknown:
        raise _refused(unknown[0][:60], f"expected some of {', '.join(sorted(known))}")
    return document


def _octets(document: Mapping[str, Any], name: str) -> bytes | None:
    """Return octets in base64, or `None` where there are none."""
    if name not in document:
        return None
    try:
        return base64.b64decode(document[name], validate=True)
    except (TypeError, ValueError, binascii.Error) as exc:
        raise _refused(name, "expected base64") from exc


def _digest(value: object) -> ContentDigest:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise _refused("proposal", "expected 64 lower-case hexadecimal digits")
    return ContentDigest(bytes.fromhex(value))


def _refused(path: str, message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.BODY, path=path, message=message))
