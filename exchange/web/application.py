"""What both listeners share: the keys of the application, and one place for every ending.

- Every error becomes a problem here; nothing else in the shell catches broadly.
- Every request has an id, which stands in the log and in the answer.
- While the hub drains, what is under way is finished and what is new is sent away.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.errors import ExchangeError, Finding, RefusedError
from exchange.service.hub import Hub
from exchange.web.problems import as_problem, fault, problem

HUB: Final = web.AppKey("hub", Hub)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = structlog.get_logger(__name__)
_METHODS: Final = {
    HTTPStatus.NOT_FOUND: RefusedCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: RefusedCode.METHOD,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: RefusedCode.TOO_LARGE,
}


@web.middleware
async def endings(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a problem."""
    request_id = str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)
    try:
        _let_pass(request.app[HUB])
        response = await handler(request)
    except ExchangeError as error:
        response = _answer(request, error)
    except web.HTTPException as exc:
        code = _METHODS.get(HTTPStatus(exc.status), RefusedCode.REQUEST)
        response = _answer(request, RefusedError(Finding(code=code, message=code.summary)))
        if "Allow" in exc.headers:
            response.headers["Allow"] = exc.headers["Allow"]
    except ConnectionError:
        # The caller is gone: there is nobody to answer, and nothing was committed.
        raise
    except Exception:  # noqa: BLE001 - the one broad handler of this shell; the log has the cause
        _log.exception("fault", path=request.path)
        response = _answer(request, fault())
    response.headers["Exchange-Request"] = request_id
    return response


def _answer(request: web.Request, error: ExchangeError) -> web.Response:
    answer = problem(error, instance=request.rel_url.raw_path)
    _log.info(
        "refused-request",
        method=request.method,
        path=request.path,
        status=int(answer.status),
        code=error.code.value,
        cause=str(error) if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
    )
    response = as_problem(answer)
    if answer.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
        # The rest of the body is still on its way, and nobody will read it.
        response.force_close()
    return response


def _let_pass(hub: Hub) -> None:
    if hub.draining.is_set():
        code = RefusedCode.DRAINING
        raise RefusedError(Finding(code=code, message=code.summary))
