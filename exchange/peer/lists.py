"""Fetching the trust lists that another hub serves: conditional, compressed, limited in size.

- What comes back are octets with no verdict on them: whoever asked verifies the lists.
- A list that the caller holds already is not sent again (`If-None-Match`).
- Every request for a list says what the caller holds, so that the other hub's freshness board
  is true: the number of this list, and how many keys from all lists.
- Compressed answers are taken apart here, and never beyond the largest list that is read.

    async with ListClient.open(address, context) as client:
        for offer in await client.offers():
            data = await client.fetch(offer, holding)      # None: nothing new
"""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

import zstandard

from exchange.codes.outside import ListFetchCode
from exchange.core.limits import Limits
from exchange.core.model import Kind
from exchange.errors import Finding, PeerError
from exchange.peer.calls import Calls, Reply, as_object, good

MAX_LIST: Final = Limits().max_bytes_per_kind[Kind.TRUST_LIST]
"""Octets of a list that are read at most, whatever it was compressed to."""
MAX_OFFERS: Final = 500
"""Lists in one index; there are about 250 economies."""
_FILE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}\.xml", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ENCODINGS: Final = "zstd, gzip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One list that the other hub says it serves."""

    file: str
    """Its file name, such as `CN.xml`; never with a path."""
    sequence: int
    digest: bytes
    """SHA-256 of its octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the caller has of a list, and in all."""

    digest: bytes | None
    """SHA-256 of its octets; `None` when it has none."""
    sequence: int
    """0 when it has none."""
    keys: int
    """How many keys it holds from all lists."""


class ListClient:
    """Connections to one hub that serves lists."""

    def __init__(self, calls: Calls) -> None:
        """Keep what `open` made; call that instead."""
        self._calls = calls

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, context: ssl.SSLContext, *, seconds: float = 60.0
    ) -> AsyncIterator[ListClient]:
        """Open a client; connections are made when they are needed.

        Args:
            address: Base address of a listener, `https://…`.
            context: Whom to believe at the other end, and our own transport key.
            seconds: How long one request may take.
        """
        async with Calls.open(address, context, seconds=seconds, connections=4) as calls:
            yield cls(calls)

    async def offers(self) -> tuple[Offer, ...]:
        """Return what the other hub serves.

        Raises:
            ExchangeError: It could not be reached, or answers with something else.
        """
        listed = as_object(await self._calls.get("/v1/trust-lists")).get("trust_lists")
        if not isinstance(listed, list) or not 0 < len(listed) <= MAX_OFFERS:
            raise _fault(ListFetchCode.INDEX, f"expected 1 to {MAX_OFFERS} lists")
        offers = tuple(_offer(one) for one in listed)
        if len({one.file for one in offers}) != len(offers):
            raise _fault(ListFetchCode.INDEX, "expected every list once")
        return offers

    async def fetch(self, offer: Offer, held: Held) -> bytes | None:
        """Return the octets of a list, or `None` when the caller has them.

        Raises:
            ExchangeError: It could not be fetched, or is not the list of the index.
        """
        headers = {
            "Accept-Encoding": _ENCODINGS,
            "Trust-List-Sequence": str(held.sequence),
            "Trust-Keys-Held": str(held.keys),
        }
        if held.digest is not None:
            headers["If-None-Match"] = f'"{held.digest.hex()}"'
        reply = await self._calls.call("GET", f"/v1/trust-lists/{offer.file}", None, headers)
        if reply.status is HTTPStatus.NOT_MODIFIED and held.digest is not None:
            if held.digest != offer.digest:
                raise _other(offer, held.digest)
            return None
        data = decoded(good(reply))
        if (found := sha256(data).digest()) != offer.digest:
            raise _other(offer, found)
        return data


def decoded(reply: Reply) -> bytes:
    """Return the body of an answer, taken apart as far as a list may be large.

    Raises:
        PeerError: It is too large, or is not what its encoding says.
    """
    try:
        match reply.encoding.strip().lower():
            case "" | "identity":
                data = reply.body
            case "gzip":
                data = _from_gzip(reply.body)
            case "zstd":
                data = _from_zstd(reply.body)
            case other:
                raise _fault(ListFetchCode.ENCODING, f"expected {_ENCODINGS}, found {other[:40]!r}")
    except (zlib.error, zstandard.ZstdError) as exc:
        raise _fault(ListFetchCode.ENCODING, "expected a whole compressed answer") from exc
    if len(data) > MAX_LIST:
        raise _fault(ListFetchCode.TOO_LARGE, f"expected at most {MAX_LIST} octets, found more")
    return data


def _from_gzip(body: bytes) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    data = reader.decompress(body, MAX_LIST + 1)
    if len(data) <= MAX_LIST and not reader.eof:
        raise zlib.error("cut off")
    return data


def _from_zstd(body: bytes) -> bytes:
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_LIST).stream_reader(body)
    with reader:
        data = reader.read(MAX_LIST + 1)
    if not data:
        raise zstandard.ZstdError("cut off")
    return data


def _offer(values: Any) -> Offer:
    if not isinstance(values, Mapping):
        raise _fault(ListFetchCode.INDEX, "expected lists, found something else")
    file, sequence, digest = (values.get(name) for name in ("file", "sequence", "digest"))
    if not (
        isinstance(file, str)
        and _FILE.fullmatch(file)
        and isinstance(sequence, int)
        and isinstance(digest, str)
        and _DIGEST.fullmatch(digest)
    ):
        raise _fault(
            ListFetchCode.INDEX, "expected file, sequence and digest of a list, found others"
        )
    return Offer(file=file, sequence=sequence, digest=bytes.fromhex(digest))


def _other(offer: Offer, found: bytes) -> PeerError:
    return _fault(
        ListFetchCode.DIGEST,
        f"{offer.file}: expected digest {offer.digest.hex()[:16]}…, found {found.hex()[:16]}…",
    )


def _fault(code: ListFetchCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
