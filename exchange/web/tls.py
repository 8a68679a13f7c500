"""TLS 1.2 and 1.3 for the listeners, with the trust lists as the only certification authority.

- The partners' listener demands a client certificate. Its trust store holds exactly the
  transport certificates on the trust lists, each an anchor by itself (partial chains), so
  certificates may be self-signed or of any authority.
- When the lists change, the next handshake uses a new context; connections that are open
  already are looked up by fingerprint on every request (`exchange.service.identify`).
- The public listener shows the same certificate and asks for none.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable


def server_context(present: Callable[[ssl.SSLContext], None]) -> ssl.SSLContext:
    """Return a context that shows the hub's certificate and asks for none.

    Args:
        present: Loads the hub's transport key into a context.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # TLS 1.2: forward secrecy and authenticated encryption only; 1.3 has nothing else.
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    present(context)
    return context


def partner_context(
    present: Callable[[ssl.SSLContext], None], clients: Iterable[bytes]
) -> ssl.SSLContext:
    """Return a context that demands one of these client certificates.

    Args:
        present: Loads the hub's transport key into a context.
        clients: DER octets of the transport certificates in force; none means nobody gets in.
    """
    context = server_context(present)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    anchors = b"".join(clients)
    if anchors:
        context.load_verify_locations(cadata=anchors)
    return context


class RenewedContext:
    """The context of a listener whose trust store can be exchanged while it listens."""

    def __init__(self, first: ssl.SSLContext) -> None:
        self._current = first
        self._first = first
        # The callback runs in every handshake, whether or not the client names a server;
        # the context that it sets brings its own trust store.
        first.sni_callback = self._choose

    @property
    def listening(self) -> ssl.SSLContext:
        """The context to open the listener with."""
        return self._first

    def renew(self, context: ssl.SSLContext) -> None:
        """Use this context for every handshake from now on."""
        self._current = context

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _: ssl.SSLContext) -> None:
        if self._current is not self._first:
            connection.context = self._current
