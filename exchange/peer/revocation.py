"""Revocation lists and OCSP answers, fetched over plain HTTP from where authorities publish them.

- What comes back is octets with no verdict on them: an authority signs its answers, and
  whoever asked checks the signature. So neither TLS nor the name of the host proves anything.
- The addresses come from key certificates, so they are a stranger's: only `http` and `https`,
  no redirection, and no address of this machine or of a private network unless the operator
  allows it, wherever its name points at the moment of the call.
- Every wait has an end, every answer a limit of size, which is held before and while reading.

    async with RevocationClient.open(seconds=10) as client:
        octets = await client.revocation_list("http://crl.example.org/ca.crl")

Source: RFC 5280, section 4.2.1.13; RFC 6960, appendix A.1.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from exchange.codes.revocation import RevocationCode
from exchange.core.limits import KIB, MIB
from exchange.errors import Finding, PeerError

MAX_LIST: Final = 4 * MIB
"""Longest revocation list that is read, in bytes: about 100,000 revocations. An authority with
more divides its lists (RFC 5280, section 5.2.5) or answers by OCSP."""
MAX_ANSWER: Final = 64 * KIB
"""Longest OCSP answer that is read, in bytes; real ones have 0.5 to 5 KB."""


@dataclass(slots=True, eq=False)
class RevocationClient:
    """Asks authorities; one for the whole process."""

    _session: aiohttp.ClientSession
    _seconds: float
    _private: bool

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, seconds: float, private: bool = False
    ) -> AsyncIterator[RevocationClient]:
        """Open a client until the block ends.

        Args:
            seconds: How long one answer may take.
            private: Whether addresses of this machine and of private networks are called.
        """
        connector = aiohttp.TCPConnector(
            limit=16,
            limit_per_host=2,
            resolver=_Resolver(private=private),
            use_dns_cache=False,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
        ) as session:
            yield cls(session, seconds, private)

    async def revocation_list(self, url: str) -> bytes:
        """Return the octets that claim to be a revocation list.

        Raises:
            PeerError: There is no answer, or one that is too large.
        """
        return await self._ask("GET", url, None, MAX_LIST)

    async def answer(self, url: str, request: bytes) -> bytes:
        """Return the octets that claim to be the answer to an OCSP request.

        Raises:
            PeerError: There is no answer, or one that is too large.
        """
        return await self._ask("POST", url, request, MAX_ANSWER)

    async def _ask(self, method: str, url: str, body: bytes | None, most: int) -> bytes:
        headers = {} if body is None else {"Content-Type": "application/ocsp-request"}
        host = urlsplit(url).hostname or ""
        try:
            # A literal address is never resolved, so the resolver does not see it.
            if not self._private and _is_literal(host):
                _require_public(host)
            async with (
                asyncio.timeout(self._seconds),
                self._session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                if response.status != 200:  # noqa: PLR2004 - OK, and nothing else
                    raise _fault(RevocationCode.UNREACHABLE, f"{host}: status {response.status}")
                return await _read(response, most, host)
        except TimeoutError as exc:
            raise _fault(
                RevocationCode.UNREACHABLE, f"{host}: no answer within {self._seconds:g} s"
            ) from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            if isinstance(exc.__cause__, _ForbiddenAddressError):
                exc = exc.__cause__
            if isinstance(exc, _ForbiddenAddressError):
                raise _fault(RevocationCode.ADDRESS, str(exc)) from exc
            raise _fault(RevocationCode.UNREACHABLE, f"{host}: {type(exc).__name__}") from exc


async def _read(response: aiohttp.ClientResponse, most: int, host: str) -> bytes:
    announced = response.content_length
    pieces = bytearray()
    if announced is None or announced <= most:
        async for piece in response.content.iter_any():
            pieces += piece
            if len(pieces) > most:
                break
        else:
            return bytes(pieces)
    raise _fault(
        RevocationCode.TOO_LARGE,
        f"{host}: expected at most {most} octets, found {announced or 'more'}",
    )


class _ForbiddenAddressError(OSError):
    """The name points to an address that is not called."""


class _Resolver(AbstractResolver):
    """Resolves names, and refuses what points into this machine or a private network."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host, all of them public."""
        found = await self._resolver.resolve(host, port, family)
        if not self._private:
            for one in found:
                _require_public(one["host"])
        return found

    async def close(self) -> None:
        """Let the resolver go."""
        await self._resolver.close()


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _require_public(address: str) -> None:
    """Let pass an address of the public network.

    Raises:
        OSError: It is one of this machine, of a private network, or of a group.
    """
    found = ip_address(address.partition("%")[0])
    inside: Any = getattr(found, "ipv4_mapped", None) or found
    if not inside.is_global or inside.is_multicast:
        raise _ForbiddenAddressError(f"expected a public address, found {address}")


def _fault(code: RevocationCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
