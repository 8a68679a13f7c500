"""The only file that knows status codes: every error becomes one RFC 9457 problem.

- Whose fault it is decides the class of the status; the table below refines it.
- `retry` says whether the very same request can succeed later, and after how many seconds.
- Our own faults say nothing of their cause; that stands in the log under the request id.

Source: RFC 9457 (problem details), RFC 9110 (status codes).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from exchange.codes import Code
from exchange.codes.service import RefusedCode
from exchange.web.answers import compact
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
}
"""Refusals that are not simply a bad request."""

_RETRIED: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE})


def status_of(error: ExchangeError) -> HTTPStatus:
    """Return the status code that stands for an error."""
    match error:
        case RejectedError():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case UndecidedError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case RefusedError():
            return STATUS.get(error.code, HTTPStatus.BAD_REQUEST)
        case PeerError():
            return HTTPStatus.BAD_GATEWAY
        case StoreError() | VaultError():
            return STATUS.get(error.code, HTTPStatus.SERVICE_UNAVAILABLE)
        case SettingsError():
            return HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after(error: ExchangeError) -> timedelta | None:
    """Return when the same request is worth sending again; `None` means never."""
    if isinstance(error, UndecidedError):
        return error.retry_after
    return SHORT if status_of(error) in _RETRIED else None


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": finding.message,
        "remedy": finding.code.remedy,
    }


def findings_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings as they stand in every answer."""
    return [_finding(finding) for finding in findings]


def problem(
    error: ExchangeError, *, instance: str, receipt: bytes | None = None
) -> tuple[HTTPStatus, bytes, Mapping[str, str]]:
    """Return status, body and headers of the answer to an error.

    Args:
        error: What went wrong.
        instance: The path of the request.
        receipt: The signed negative receipt, where one was committed.
    """
    status = status_of(error)
    code = error.code
    ours = isinstance(error, StoreError | VaultError | SettingsError) and code not in STATUS
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
        "findings": [] if ours else findings_json(error.findings),
    }
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if wait is not None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        document["retry_after_seconds"] = seconds
        headers["Retry-After"] = str(seconds)
    if receipt is not None:
        document["receipt"] = base64.b64encode(receipt).decode("ascii")
    return status, compact(document), headers
