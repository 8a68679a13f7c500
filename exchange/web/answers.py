"""The shapes of answers and the reading of requests: the borrowed half of every handler.

- A body is read in pieces, against a limit of size and of time, before anything else
  happens to it; a body of another media type or a compressed one is refused unread.
- Digests travel as `Content-Digest` (RFC 9530), lists as structured fields (RFC 9651).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.model import ContentDigest, MessageDigest, MessageId
from exchange.errors import Finding, RefusedError

XML: Final = "application/xml"
JSON: Final = "application/json"
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# RFC 9530, section 2: a dictionary whose member for SHA-256 is a byte sequence.
_SHA_256: Final = re.compile(r"(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]*):")
# RFC 9651, section 3.1: a list of strings or tokens, without parameters.
_MEMBER: Final = re.compile(r'[ \t]*(?:"([A-Za-z0-9-]{1,60})"|([A-Za-z][A-Za-z0-9-]{0,59}))[ \t]*')


def compact(document: Any) -> bytes:
    """Return a JSON document as UTF-8, without spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def as_json(
    document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with a JSON document."""
    return web.Response(
        status=status,
        body=compact(document),
        content_type=JSON,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def as_xml(
    data: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Answer with a signed document, byte-exact, with its digest."""
    return web.Response(
        status=status,
        body=data,
        content_type=XML,
        headers={"Content-Digest": content_digest_header(data), **(headers or {})},
    )


def content_digest_header(data: bytes) -> str:
    """Return the value of `Content-Digest` for these octets."""
    return f"sha-256=:{base64.b64encode(sha256(data).digest()).decode('ascii')}:"


async def read_body(
    request: web.Request, *, media_type: str, max_bytes: int, seconds: float
) -> bytes:
    """Return the body, read within limits of size and time.

    Raises:
        RefusedError: Another media type, compressed, too large, too slow or cut off.
    """
    # The library reads a media type with its parser of mail, which the usual spelling spares.
    if request.headers.get("Content-Type") != media_type and request.content_type != media_type:
        raise _refused(
            RefusedCode.MEDIA_TYPE, f"expected {media_type}, found {request.content_type[:60]}"
        )
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise _refused(RefusedCode.MEDIA_TYPE, f"expected no encoding, found {encoding[:40]}")
    declared = request.content_length
    if declared is not None and declared > max_bytes:
        raise _too_large(max_bytes)
    pieces: list[bytes] = []
    size = 0
    try:
        # A body that is here already needs no timer.
        async with asyncio.timeout(None if request.content.is_eof() else seconds):
            async for piece in request.content.iter_any():
                size += len(piece)
                if size > max_bytes:
                    raise _too_large(max_bytes)
                pieces.append(piece)
    except TimeoutError as exc:
        raise _refused(RefusedCode.SLOW, f"expected the body within {seconds:g} s") from exc
    except web.RequestPayloadError as exc:
        raise _refused(RefusedCode.BODY, "the body is cut off or badly framed") from exc
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_json(data: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a body.

    Raises:
        RefusedError: Not UTF-8, not JSON, or no object.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise _refused(RefusedCode.BODY, "expected a JSON object in UTF-8") from exc
    if not isinstance(document, dict):
        raise _refused(RefusedCode.BODY, "expected a JSON object")
    return document


def message_id(request: web.Request) -> MessageId:
    """Return the message id of the address.

    Raises:
        RefusedError: It is not a UUID in lower case.
    """
    text = request.match_info["message_id"]
    if not _UUID.fullmatch(text):
        raise _refused(
            RefusedCode.MESSAGE_ID, f"expected a UUID in lower case, found {text[:60]!r}"
        )
    return MessageId(text)


def content_digest(request: web.Request) -> ContentDigest:
    """Return the content digest of the address; what is no digest names nothing.

    Raises:
        RefusedError: Not 64 lower-case hexadecimal digits.
    """
    text = request.match_info["content_digest"]
    if not _HEX.fullmatch(text):
        raise _refused(RefusedCode.NOT_FOUND, "expected 64 lower-case hexadecimal digits")
    return ContentDigest(bytes.fromhex(text))


def declared_digest(request: web.Request) -> MessageDigest:
    """Return the SHA-256 digest that the caller declares for the body.

    Raises:
        RefusedError: It is missing or is no digest.
    """
    found = _SHA_256.search(request.headers.get("Content-Digest", ""))
    if found is None:
        raise _refused(RefusedCode.DIGEST_MISSING, "expected Content-Digest: sha-256=:…:")
    try:
        digest = base64.b64decode(found[1], validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != sha256().digest_size:
        raise _refused(RefusedCode.DIGEST_MISSING, "expected 32 octets in base64 between colons")
    return MessageDigest(digest)


def addressee_names(request: web.Request) -> tuple[str, ...]:
    """Return the members of `Exchange-Addressees`.

    Raises:
        RefusedError: The field is missing or is no list of names.
    """
    names: list[str] = []
    for part in ",".join(request.headers.getall("Exchange-Addressees", [])).split(","):
        found = _MEMBER.fullmatch(part)
        if found is None:
            raise _refused(
                RefusedCode.ADDRESSEES, f"expected a list of names, found {part.strip()[:40]!r}"
            )
        names.append(found[1] or found[2])
    return tuple(names)


def parameter(request: web.Request, name: str, *, default: int, least: int, most: int) -> int:
    """Return a number from the query.

    Raises:
        RefusedError: It is no number, or outside of its bounds.
    """
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16 and least <= int(text) <= most):  # noqa: PLR2004
        raise _refused(
            RefusedCode.PARAMETER, f"{name}: expected {least} to {most}, found {text[:30]!r}"
        )
    return int(text)


def _refused(code: RefusedCode, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))


def _too_large(max_bytes: int) -> RefusedError:
    return _refused(RefusedCode.TOO_LARGE, f"expected at most {max_bytes} octets, found more")
