"""One push to one partner: a submit to its hub, over mutual TLS, and what came back.

- The connection is secured by the partner's transport keys on the trust list: each is an
  anchor by itself, no other authority counts, and host names decide nothing.
- What comes back is octets that claim to be a receipt, with no verdict on them; whoever
  asked checks the signature. Anything else is one `PeerError`, to be tried again.
- Every wait has an end, every answer a limit of size.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp

from exchange.codes.service import PeerCode
from exchange.core.limits import MIB
from exchange.core.model import BodyId, MessageDigest
from exchange.errors import Finding, PeerError

MAX_ANSWER: Final = MIB
"""Octets of an answer that are read at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One document on its way to one partner; the same on every try."""

    partner: BodyId
    endpoint: str
    """Base address of the partner's hub, `https://…`."""
    message_id: str
    digest: MessageDigest
    data: bytes


def client_context(
    present: Callable[[ssl.SSLContext], None], anchors: Iterable[bytes]
) -> ssl.SSLContext:
    """Return a context that trusts these certificates and nothing else.

    Args:
        present: Loads our own transport key into a context.
        anchors: DER octets of the partner's transport certificates in force.

    Raises:
        PeerError: There is none, so nobody could be at the other end.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    octets = b"".join(anchors)
    if not octets:
        raise _fault(PeerCode.TLS, "expected a transport key in force, found none")
    context.load_verify_locations(cadata=octets)
    present(context)
    return context


class PartnerClient:
    """Keeps connections to partners open between pushes."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=4, keepalive_timeout=30),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def push(self, push: Push, context: ssl.SSLContext) -> bytes:
        """Send one document and return the receipt that the partner answered with.

        Returns:
            Octets that claim to be a receipt, positive or negative.

        Raises:
            PeerError: No answer, no receipt, or a failure that is worth another try.
        """
        if not push.endpoint.startswith("https://"):
            raise _fault(PeerCode.TLS, f"{push.partner}: expected an https endpoint")
        headers = {
            "Content-Type": "application/xml",
            "Content-Digest": f"sha-256=:{base64.b64encode(push.digest).decode('ascii')}:",
            "Exchange-Addressees": f'"{push.partner}"',
        }
        url = f"{push.endpoint.rstrip('/')}/v1/messages/{push.message_id}"
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._session.put(
                    url, data=push.data, headers=headers, ssl=context, allow_redirects=False
                ) as response,
            ):
                body = await _read(response)
                return _receipt(HTTPStatus(response.status), response.content_type, body)
        except TimeoutError as exc:
            raise _fault(
                PeerCode.TIMEOUT, f"{push.partner}: no answer within {self._seconds:g} s"
            ) from exc
        except aiohttp.ClientSSLError as exc:
            raise _fault(PeerCode.TLS, f"{push.partner}: {type(exc).__name__}") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _fault(PeerCode.UNREACHABLE, f"{push.partner}: {type(exc).__name__}") from exc


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces = bytearray()
    async for piece in response.content.iter_any():
        pieces += piece
        if len(pieces) > MAX_ANSWER:
            raise _fault(PeerCode.NO_RECEIPT, f"expected at most {MAX_ANSWER} octets, found more")
    return bytes(pieces)


def _receipt(status: HTTPStatus, media_type: str, body: bytes) -> bytes:
    """Return the receipt in an answer: the body of a success, a member of a refusal."""
    if status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        if media_type != "application/xml" or not body:
            raise _fault(PeerCode.NO_RECEIPT, f"status {status.value} without a receipt")
        return body
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:
        try:
            return base64.b64decode(json.loads(body)["receipt"], validate=True)
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise _fault(PeerCode.NO_RECEIPT, "a refusal without a receipt") from exc
    raise _fault(PeerCode.STATUS, f"status {status.value}")


def _fault(code: PeerCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
