"""A partner's side of the interface of a hub: every call, over mutual TLS.

- What comes back are octets and values with no verdict on them: whoever asked verifies the
  receipts, statements and proofs.
- A problem of the hub becomes the error that it stands for, with the hub's own code where
  this release knows it. A refused message is an answer, not an error: its negative receipt
  is in it.
- Every wait has an end, every answer a limit of size.

    async with HubClient.open(address, context) as client:
        answer = await client.submit(message_id, data, ("KZ-AB-NCA",))

Source: the interface that `GET /v1/openapi.yaml` describes.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from exchange.codes import every_code
from exchange.codes.service import PeerCode
from exchange.core.limits import MIB
from exchange.core.model import MessageId
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
_XML: Final = "application/xml"
_RETRY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a message, in the words of the hub's receipt."""

    receipt: bytes
    is_refused: bool
    is_repeated: bool
    statement: bytes | None = None
    """The statement that the hub signed, when it was asked to issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """A named person's word that a draft may be signed in the name of the body."""

    person: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One delivery on a lease."""

    delivery_id: str
    sender: str
    message_id: str
    issuer: str
    kind: str
    message_digest: bytes
    content_digest: bytes
    receipt: bytes
    statement: bytes
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    status: HTTPStatus
    media_type: str
    body: bytes


class HubClient:
    """One partner's connections to one hub."""

    def __init__(
        self, address: str, context: ssl.SSLContext, session: aiohttp.ClientSession, seconds: float
    ) -> None:
        """Keep what `open` made; call that instead."""
        self._address = address.rstrip("/")
        self._context = context
        self._session = session
        self._seconds = seconds

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, context: ssl.SSLContext, *, seconds: float = 90.0, connections: int = 8
    ) -> AsyncIterator[HubClient]:
        """Open a client; connections are made when they are needed.

        Args:
            address: Base address of the hub's partner listener, `https://…`.
            context: Presents our transport key and trusts the hub's; see `client_context`.
            seconds: How long one call may take, a long poll included.
            connections: Connections kept open at most.
        """
        connector = aiohttp.TCPConnector(limit=connections, ssl=context)
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            yield cls(address, context, session, seconds)

    async def submit(self, message_id: MessageId, data: bytes, addressees: Sequence[str]) -> Answer:
        """Submit a signed statement.

        Raises:
            RefusedError: The caller is at fault.
            UndecidedError: Nothing was committed; send the same message again later.
            PeerError: The hub could not be reached, or answered with a failure.
        """
        reply = await self._call(
            "PUT",
            f"/v1/messages/{message_id}",
            data,
            {
                "Content-Type": _XML,
                "Content-Digest": f"sha-256=:{_base64(sha256(data).digest())}:",
                "Exchange-Addressees": ", ".join(f'"{name}"' for name in addressees),
            },
        )
        return _answer(reply, is_issuance=False)

    async def issue(
        self,
        message_id: MessageId,
        draft: bytes,
        addressees: Sequence[str],
        authorisation: Authorisation,
    ) -> Answer:
        """Have a draft signed with the body's key in the hub's vault, and submitted.

        Raises:
            ExchangeError: As `submit`.
        """
        document = {
            "draft": _base64(draft),
            "addressees": list(addressees),
            "authorisation": {
                "person": authorisation.person,
                "role": authorisation.role,
                "authorised_at": authorisation.at.isoformat(),
                "draft_digest": sha256(draft).hexdigest(),
            },
        }
        reply = await self._json("PUT", f"/v1/issuances/{message_id}", document)
        return _answer(reply, is_issuance=True)

    async def receipt(self, message_id: MessageId) -> bytes:
        """Return the first receipt of a message of ours."""
        return (await self._get(f"/v1/messages/{message_id}/receipt")).body

    async def lease(
        self,
        *,
        most: int = 10,
        wait_seconds: int = 0,
        lease_seconds: int = 300,
        kinds: Sequence[str] = (),
        schemes: Sequence[str] = (),
    ) -> tuple[Handed, ...]:
        """Take deliveries on a lease; an empty answer is an answer."""
        document = {
            "max": most,
            "wait_seconds": wait_seconds,
            "lease_seconds": lease_seconds,
            "kinds": list(kinds),
            "schemes": list(schemes),
        }
        reply = _good(await self._json("POST", "/v1/leases", document))
        found = _object(reply).get("deliveries")
        if not isinstance(found, list):
            raise _broken("expected a list of deliveries")
        return tuple(_handed(one) for one in found)

    async def acknowledge(self, delivery_id: str, receipt: bytes) -> bytes:
        """Acknowledge a delivery; returns the acknowledgement that counts."""
        path = f"/v1/deliveries/{delivery_id}/acknowledgement"
        return _good(await self._call("PUT", path, receipt, {"Content-Type": _XML})).body

    async def statement(self, content_digest: bytes) -> bytes:
        """Return a statement that concerns us."""
        return (await self._get(f"/v1/statements/{content_digest.hex()}")).body

    async def receipts(self, content_digest: bytes) -> tuple[bytes, ...]:
        """Return every receipt about a statement, in the order of the ledger."""
        reply = await self._get(f"/v1/statements/{content_digest.hex()}/receipts")
        found = _object(reply).get("receipts")
        if not isinstance(found, list):
            raise _broken("expected a list of receipts")
        return tuple(_octets(one, "receipt") for one in found)

    async def proof(self, content_digest: bytes) -> bytes:
        """Return the proofs of a statement's receipts, as the hub wrote them."""
        return (await self._get(f"/v1/statements/{content_digest.hex()}/proof")).body

    async def verification(self) -> Mapping[str, Any]:
        """Return what the hub says its receipts and checkpoints are verified with."""
        return _object(await self._get("/v1/verification"))

    async def dead_letters(self, *, after: int | None = None) -> Mapping[str, Any]:
        """Return a page of what the hub gave up delivering; its operator only."""
        query = "" if after is None else f"?after={after}"
        return _object(await self._get(f"/v1/dead-letters{query}"))

    async def resend(self, delivery_id: str) -> Mapping[str, Any]:
        """Send a dead letter again; the hub's operator only."""
        path = f"/v1/dead-letters/{delivery_id}/resend"
        return _object(_good(await self._call("POST", path, b"", {})))

    async def _get(self, path: str) -> _Reply:
        return _good(await self._call("GET", path, None, {}))

    async def _json(self, method: str, path: str, document: Mapping[str, Any]) -> _Reply:
        body = json.dumps(document, ensure_ascii=False).encode()
        return await self._call(method, path, body, {"Content-Type": "application/json"})

    async def _call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> _Reply:
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
                return _Reply(
                    status=HTTPStatus(response.status),
                    media_type=response.content_type,
                    body=await _read(response),
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
            raise _broken(f"expected at most {MAX_ANSWER} octets, found more")
    return bytes(pieces)


def _answer(reply: _Reply, *, is_issuance: bool) -> Answer:
    """Return what became of a message, accepted or refused."""
    if reply.status is HTTPStatus.UNPROCESSABLE_ENTITY:
        values = _object(reply)
        if "receipt" in values:
            return Answer(receipt=_octets(values, "receipt"), is_refused=True, is_repeated=False)
    _good(reply)
    repeated = reply.status is HTTPStatus.OK
    if not is_issuance:
        return Answer(receipt=reply.body, is_refused=False, is_repeated=repeated)
    values = _object(reply)
    return Answer(
        receipt=_octets(values, "receipt"),
        is_refused=False,
        is_repeated=repeated,
        statement=_octets(values, "statement"),
    )


def _good(reply: _Reply) -> _Reply:
    """Let a success pass; a problem becomes the error that it stands for."""
    if reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return reply
    try:
        problem = _object(reply)
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


def _object(reply: _Reply) -> dict[str, Any]:
    try:
        values = json.loads(reply.body)
    except (ValueError, RecursionError) as exc:
        raise _broken("expected JSON, found something else") from exc
    if not isinstance(values, dict):
        raise _broken("expected a JSON object, found something else")
    return values


def _handed(values: Any) -> Handed:
    if not isinstance(values, dict):
        raise _broken("expected deliveries, found something else")
    try:
        return Handed(
            delivery_id=str(values["delivery_id"]),
            sender=str(values["sender"]),
            message_id=str(values["message_id"]),
            issuer=str(values["issuer"]),
            kind=str(values["kind"]),
            message_digest=bytes.fromhex(values["message_digest"]),
            content_digest=bytes.fromhex(values["content_digest"]),
            receipt=_octets(values, "receipt"),
            statement=_octets(values, "statement"),
            attempts=int(values["attempts"]),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise _broken(f"a delivery lacks {exc}") from exc


def _octets(values: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(values[name], validate=True)
    except (KeyError, TypeError, ValueError) as exc:
        raise _broken(f"expected base64 in {name}") from exc


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _broken(message: str) -> PeerError:
    return _fault(PeerCode.NO_RECEIPT, message)


def _fault(code: PeerCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
