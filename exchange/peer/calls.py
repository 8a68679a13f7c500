"""Calls to a hub over TLS: one request, one answer, and every way in which it can end badly.

- A problem of the hub becomes the error that it stands for, with the hub's own code where
  this release knows it.
- Every wait has an end, every answer a limit of size.
- What comes back are octets and values with no verdict on them.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from exchange.codes import every_code
from exchange.codes.service import PeerCode
from exchange.core.limits import MIB
from exchange.errors import (
    ExchangeError,
    Finding,
    PeerError,
    RefusedError,
    Severity,
    UndecidedError,
)

MAX_ANSWER: Final = 64 * MIB
"""Octets of an answer that are read at most: a lease can hold a hundred statements."""
XML: Final = "application/xml"
_RETRY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, read to its end."""

    status: HTTPStatus
    media_type: str
    body: bytes
    encoding: str = ""
    """How the body is encoded; nothing is, unless it was asked for."""


class Calls:
    """Connections to one hub."""

    def __init__(self, address: str, session: aiohttp.ClientSession, seconds: float) -> None:
        """Keep what `open` made; call that instead."""
        self._address = address.rstrip("/")
        self._session = session
        self._seconds = seconds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, context: ssl.SSLContext, *, seconds: float = 90.0, connections: int = 8
    ) -> AsyncIterator[Calls]:
        """Open a pool; connections are made when they are needed.

        Args:
            address: Base address of a listener, `https://…`.
            context: Presents our key and trusts the hub's; see `client_context`.
            seconds: How long one call may take, a long poll included.
            connections: Connections kept open at most.
        """
        connector = aiohttp.TCPConnector(limit=connections, ssl=context)
        async with aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            # The library would ask for encodings that nobody here takes apart.
            headers={"Accept-Encoding": "identity"},
        ) as session:
            yield cls(address, session, seconds)

    async def get(self, path: str) -> Reply:
        """Ask for something that has to be there.

        Raises:
            ExchangeError: It is not, or could not be reached.
        """
        return good(await self.call("GET", path, None, {}))

    async def json(self, method: str, path: str, document: Mapping[str, Any]) -> Reply:
        """Send a JSON document; what the answer says is not judged.

        Raises:
            PeerError: The hub could not be reached.
        """
        body = json.dumps(document, ensure_ascii=False).encode()
        return await self.call(method, path, body, {"Content-Type": "application/json"})

    async def call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        """Send one request; what the answer says is not judged.

        Raises:
            PeerError: The hub could not be reached, or did not answer in time.
        """
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._session.request(
                    method,
                    f"{self._address}{path}",
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                return Reply(
                    status=HTTPStatus(response.status),
                    media_type=response.content_type,
                    body=await _read(response),
                    encoding=response.headers.get("Content-Encoding", ""),
                )
        except TimeoutError as exc:
            raise _fault(PeerCode.TIMEOUT, f"no answer within {self._seconds:g} s") from exc
        except aiohttp.ClientSSLError as exc:
            raise _fault(PeerCode.TLS, f"{self._address}: {type(exc).__name__}") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _fault(PeerCode.UNREACHABLE, f"{self._address}: {type(exc).__name__}") from exc


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces = bytearray()
    async for piece in response.content.iter_any():
        pieces += piece
        if len(pieces) > MAX_ANSWER:
            raise broken(f"expected at most {MAX_ANSWER} octets, found more")
    return bytes(pieces)


def good(reply: Reply) -> Reply:
    """Let a success pass.

    Raises:
        ExchangeError: The answer is a problem: the error that it stands for.
    """
    if reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply
    try:
        problem = as_object(reply)
    except PeerError:
        problem = {}
    if "code" not in problem:
        raise _fault(PeerCode.STATUS, f"status {reply.status.value}")
    raise _error(reply.status, problem)


def _error(status: HTTPStatus, problem: Mapping[str, Any]) -> ExchangeError:
    known = {code.value: code for code in every_code()}
    given = problem.get("findings")
    stated = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    findings = tuple(
        Finding(
            code=known.get(str(one.get("code")), PeerCode.STATUS),
            path=str(one.get("path", ""))[:200],
            message=str(one.get("message", ""))[:500],
            severity=Severity.FATAL,
        )
        for one in (stated or [{**problem, "message": problem.get("detail", "")}])
    )
    if problem.get("retry") is True:
        seconds = problem.get("retry_after_seconds", _RETRY.total_seconds())
        wait = timedelta(seconds=seconds) if isinstance(seconds, int | float) else _RETRY
        return UndecidedError(*findings, retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PeerError(*findings)
    return RefusedError(*findings)


def as_object(reply: Reply) -> dict[str, Any]:
    """Return the JSON object of an answer.

    Raises:
        PeerError: It holds none.
    """
    try:
        values = json.loads(reply.body)
    except (ValueError, RecursionError) as exc:
        raise broken("expected JSON, found something else") from exc
    if not isinstance(values, dict):
        raise broken("expected a JSON object, found something else")
    return values


def octets(values: Mapping[str, Any], name: str) -> bytes:
    """Return the octets of a member in base64.

    Raises:
        PeerError: There is none.
    """
    try:
        return base64.b64decode(values[name], validate=True)
    except (KeyError, TypeError, ValueError) as exc:
        raise broken(f"expected base64 in {name}") from exc


def in_base64(data: bytes) -> str:
    """Return octets as JSON carries them."""
    return base64.b64encode(data).decode("ascii")


def broken(message: str) -> PeerError:
    """Return the error of an answer that is not what it should be."""
    return _fault(PeerCode.NO_RECEIPT, message)


def _fault(code: PeerCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
