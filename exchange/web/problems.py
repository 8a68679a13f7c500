"""The only file that knows status codes: every error becomes one RFC 9457 problem.

- Whose fault it is decides the class of the status; the table below refines it.
- `retry` says whether the very same request can succeed later, and after how many seconds.
- Our own faults say nothing of their cause; that stands in the log under the request id.

Source: RFC 9457 (problem details), RFC 9110 (status codes).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from exchange.codes import Code
from exchange.codes.actions import ActionCode
from exchange.codes.service import HubCode, RefusedCode
from exchange.codes.verification import DisclosureCode
from exchange.core.receipt import known_code
from exchange.core.receipt_document import Receipt, ReportedFinding
from exchange.errors import (
    ExchangeError,
    Finding,
    PeerError,
    RefusedError,
    RejectedError,
    SettingsError,
    StoreError,
    UndecidedError,
    VaultError,
)
from exchange.service.examination_report import finding_document
from exchange.web.answers import compact

MEDIA_TYPE: Final = "application/problem+json"
SHORT: Final = timedelta(seconds=5)
"""How long a caller waits after a fault of ours, or when too many wait."""

STATUS: Final[Mapping[Code, HTTPStatus]] = {
    RefusedCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RefusedCode.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    RefusedCode.MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RefusedCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RefusedCode.SLOW: HTTPStatus.REQUEST_TIMEOUT,
    RefusedCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    RefusedCode.DRAINING: HTTPStatus.SERVICE_UNAVAILABLE,
    RefusedCode.NO_CERTIFICATE: HTTPStatus.UNAUTHORIZED,
    RefusedCode.UNKNOWN_KEY: HTTPStatus.FORBIDDEN,
    RefusedCode.KEY_NOT_ACTIVE: HTTPStatus.FORBIDDEN,
    RefusedCode.NOT_ENTITLED: HTTPStatus.FORBIDDEN,
    RefusedCode.CUSTODY: HTTPStatus.FORBIDDEN,
    RefusedCode.AUTHORISATION: HTTPStatus.FORBIDDEN,
    RefusedCode.ADDRESSEE_UNKNOWN: HTTPStatus.CONFLICT,
    RefusedCode.ADDRESSEE_DOES_NOT_TAKE: HTTPStatus.CONFLICT,
    RefusedCode.UNKNOWN_DELIVERY: HTTPStatus.NOT_FOUND,
    RefusedCode.ACKNOWLEDGEMENT_CONFLICT: HTTPStatus.CONFLICT,
    RefusedCode.DELIVERY_STATE: HTTPStatus.CONFLICT,
    RefusedCode.MESSAGE_ID_CONFLICT: HTTPStatus.CONFLICT,
    RefusedCode.NOT_ADMINISTERED: HTTPStatus.NOT_FOUND,
    RefusedCode.NO_ADMINISTRATOR: HTTPStatus.FORBIDDEN,
    RefusedCode.DELEGATION_OLD: HTTPStatus.CONFLICT,
    ActionCode.PERSON_MISSING: HTTPStatus.FORBIDDEN,
    ActionCode.PERSON_UNKNOWN: HTTPStatus.FORBIDDEN,
    ActionCode.PERSON_KEY: HTTPStatus.FORBIDDEN,
    ActionCode.PERSON_SIGNATURE: HTTPStatus.FORBIDDEN,
    DisclosureCode.TOO_MANY_GUESSES: HTTPStatus.TOO_MANY_REQUESTS,
    HubCode.FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Endings whose status does not follow from whose fault they are."""

FAMILIES: Final[tuple[tuple[type[ExchangeError], HTTPStatus], ...]] = (
    (RejectedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UndecidedError, HTTPStatus.SERVICE_UNAVAILABLE),
    (RefusedError, HTTPStatus.BAD_REQUEST),
    (PeerError, HTTPStatus.BAD_GATEWAY),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
    (VaultError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ExchangeError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""What follows from whose fault it is."""

_RETRIED: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE})


def status_of(error: ExchangeError) -> HTTPStatus:
    """Return the status code that stands for an error."""
    if error.code in STATUS:
        return STATUS[error.code]
    return next(status for family, status in FAMILIES if isinstance(error, family))


def retry_after(error: ExchangeError) -> timedelta | None:
    """Return when the same request is worth sending again; `None` means never."""
    if isinstance(error, UndecidedError):
        return error.retry_after
    return SHORT if status_of(error) in _RETRIED else None


def fault() -> StoreError:
    """Return the error that stands for an exception that nobody expected."""
    return StoreError(Finding(code=HubCode.FAULT, message=HubCode.FAULT.summary))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The answer to an error."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str]


def as_problem(answer: Problem) -> web.Response:
    """Return the answer as a response of the server."""
    return web.Response(
        status=answer.status, body=answer.body, content_type=MEDIA_TYPE, headers=answer.headers
    )


def problem(error: ExchangeError, *, instance: str) -> Problem:
    """Return the answer to an error.

    Args:
        error: What went wrong.
        instance: The path of the request.
    """
    status = status_of(error)
    code = error.code
    ours = isinstance(error, StoreError | VaultError | SettingsError)
    wait = retry_after(error)
    document: dict[str, Any] = {
        "type": f"urn:mrhub:problem:{code.value}",
        "title": code.summary,
        "status": int(status),
        "detail": code.summary if ours else error.findings[0].message,
        "instance": instance,
        "code": code.value,
        "remedy": code.remedy,
        "retry": wait is not None,
        "findings": [] if ours else [finding_document(finding) for finding in error.findings],
    }
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if wait is not None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        document["retry_after_seconds"] = seconds
        headers["Retry-After"] = str(seconds)
    return Problem(status=status, body=compact(document), headers=headers)


def refusal(receipt: Receipt, data: bytes, *, instance: str) -> Problem:
    """Return the answer to a refused message; the same whenever it is asked for.

    Args:
        receipt: What the signed negative receipt says.
        data: The receipt, byte-exact.
        instance: The path of the request.
    """
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    first = receipt.findings[0]
    known = known_code(first)
    document = {
        "type": f"urn:mrhub:problem:{first.code}",
        "title": known.summary if known is not None else first.message,
        "status": int(status),
        "detail": first.message,
        "instance": instance,
        "code": first.code,
        "remedy": known.remedy if known is not None else "",
        "retry": False,
        "findings": [_reported(finding) for finding in receipt.findings],
        "receipt": base64.b64encode(data).decode("ascii"),
    }
    return Problem(status=status, body=compact(document), headers={"Cache-Control": "no-store"})


def _reported(finding: ReportedFinding) -> dict[str, str]:
    known = known_code(finding)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": finding.message,
        "remedy": known.remedy if known is not None else "",
    }
