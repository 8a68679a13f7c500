"""The form of the page: one file, in the field that is named so; several are refused.

An answer is about one document. A form with several would be answered about one of them without
saying which, so whoever sends it is told to send one at a time.
"""

from __future__ import annotations

import asyncio

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from exchange.codes.service import RefusedCode
from exchange.errors import Finding, RefusedError
from exchange.service.uploads import MAX_UPLOAD
from exchange.web.application import HUB


async def uploaded(request: web.Request) -> bytes:
    """Return the octets of the one file of a form, as far as they are looked at.

    Raises:
        RefusedError: It is no form with one file, or it did not arrive in time.
    """
    if not request.content_type.startswith("multipart/"):
        raise _no_file(RefusedCode.MEDIA_TYPE, f"found {request.content_type[:60]}")
    try:
        async with asyncio.timeout(request.app[HUB].settings.body_seconds):
            found = await _only_file(await request.multipart())
    except TimeoutError as exc:
        raise _no_file(RefusedCode.SLOW, "the file did not arrive in time") from exc
    except (ValueError, AssertionError, HttpProcessingError) as exc:
        # What the reader of forms raises for a form that is none.
        raise _no_file(RefusedCode.REQUEST, "found a form that cannot be read") from exc
    if found is None:
        raise _no_file(RefusedCode.REQUEST, "found none")
    return found


async def _only_file(form: MultipartReader) -> bytes | None:
    """Return the file of a form; one that is too large is not read to its end.

    Raises:
        RefusedError: There is another file, in whatever field: nobody could tell which one the
            answer is about.
    """
    found: bytes | None = None
    other = False
    async for part in form:
        is_ours = isinstance(part, BodyPartReader) and part.name == "file"
        is_file = is_ours or not isinstance(part, BodyPartReader) or bool(part.filename)
        if is_file and (other or found is not None):
            raise _no_file(RefusedCode.SEVERAL_FILES, "found several")
        if is_ours and isinstance(part, BodyPartReader):
            found = await _read(part)
            if len(found) > MAX_UPLOAD:
                break
        other = other or (is_file and not is_ours)
    return found


async def _read(part: BodyPartReader) -> bytes:
    found = bytearray()
    while len(found) <= MAX_UPLOAD and (octets := await part.read_chunk()):
        found += octets
    return bytes(found[: MAX_UPLOAD + 1])


def _no_file(code: RefusedCode, found: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=f"expected a form with one file, {found}"))
