"""Who calls, taken from where the connection says it: TLS itself, or a trusted proxy.

- On the partners' listener the certificate is that of the TLS connection, and a `Client-Cert`
  header is refused: whoever sends it believes to be behind a proxy, or pretends to be.
- A transport key stands for a body, an administrator's own key for a person; no key for both.
- On the listener behind a proxy the header is believed, and only from a trusted address.

Source: RFC 9440 (Client-Cert), RFC 9651, section 3.3.5 (byte sequence).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from exchange.codes.service import RefusedCode
from exchange.core.actions.values import Administrator
from exchange.core.model import BodyId
from exchange.errors import Finding, RefusedError
from exchange.service.administrators import identify_administrator
from exchange.service.hub import Hub
from exchange.service.identify import Caller, identify
from exchange.web.application import HUB, Handler

_CALLER: Final = web.RequestKey("caller", Caller)
_ADMINISTRATOR: Final = web.RequestKey("administrator", Administrator)
CLIENT_CERT: Final = "Client-Cert"
_CHAIN: Final = "Client-Cert-Chain"
_BYTES: Final = re.compile(r"[ ]*:([A-Za-z0-9+/=]{1,16384}):[ ]*")

Source = Callable[[web.Request], bytes | None]
"""Returns the DER octets of the caller's certificate, if there is one."""


def from_connection(request: web.Request) -> bytes | None:
    """Return the certificate of the TLS connection.

    Raises:
        RefusedError: The request claims to come through a proxy.
    """
    if CLIENT_CERT in request.headers or _CHAIN in request.headers:
        raise _refused("expected no such header on this listener")
    transport = request.transport
    connection = None if transport is None else transport.get_extra_info("ssl_object")
    certificate = None if connection is None else connection.getpeercert(binary_form=True)
    return certificate if isinstance(certificate, bytes) else None


def from_proxy(trusted: Sequence[str]) -> Source:
    """Return a source that believes the header of proxies in these networks.

    Args:
        trusted: Networks such as `10.0.0.0/24`.
    """
    networks = tuple(ip_network(one) for one in trusted)

    def source(request: web.Request) -> bytes | None:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer is None or not any(ip_address(peer[0]) in network for network in networks):
            raise _refused("expected a trusted proxy at the other end")
        given = request.headers.getall(CLIENT_CERT, [])
        if not given:
            return None
        found = _BYTES.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            raise _refused("expected one byte sequence of RFC 9651")
        try:
            return base64.b64decode(found[1], validate=True)
        except ValueError as exc:
            raise _refused("expected base64 between colons") from exc

    return source


def callers(source: Source) -> Middleware:
    """Return a middleware that finds the caller of every request anew."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        hub = request.app[HUB]
        certificate = source(request)
        try:
            request[_CALLER] = identify(hub.snapshot, certificate, hub.clock())
        except RefusedError as error:
            # Partners are the many, so they are looked up first.
            person = _administrator(hub, certificate)
            if error.code is not RefusedCode.UNKNOWN_KEY or person is None:
                raise
            request[_ADMINISTRATOR] = person
        return await handler(request)

    return middleware


def caller(request: web.Request) -> Caller:
    """Return the body that a request comes from.

    Raises:
        RefusedError: A person calls, who is no partner.
    """
    if _CALLER not in request:
        raise RefusedError(
            Finding(
                code=RefusedCode.NOT_ENTITLED,
                message="expected a transport key, found the key of "
                f"{administrator(request).person}",
            )
        )
    return request[_CALLER]


def calling_body(request: web.Request) -> BodyId | None:
    """Return the body that a request comes from, if it comes from one."""
    return request[_CALLER].id if _CALLER in request else None


def is_administrator(request: web.Request) -> bool:
    """Tell whether a person calls, and no body."""
    return _ADMINISTRATOR in request


def administrator(request: web.Request) -> Administrator:
    """Return the person that a request comes from.

    Raises:
        RefusedError: A body calls, which is no person.
    """
    if _ADMINISTRATOR not in request:
        code = RefusedCode.NO_ADMINISTRATOR
        raise RefusedError(Finding(code=code, message=code.summary))
    return request[_ADMINISTRATOR]


def _administrator(hub: Hub, certificate: bytes | None) -> Administrator | None:
    if certificate is None or hub.keeper is None:
        return None
    at = hub.clock()
    return identify_administrator(hub.keeper.at(at), certificate, at)


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.CLIENT_CERT_HEADER, message=message))
