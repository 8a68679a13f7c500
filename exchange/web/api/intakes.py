"""Intakes: many signed statements in one request, each a message with a receipt of its own.

- The body is a TAR archive of plain files, one statement each; nothing is packed, so nothing
  can be a bomb, and the answer is given when everything in it is durable.
- A document that is refused holds up no other one; what nobody can decide yet is told as such,
  and the same archive sent again doubles nothing.
- Whoever has more sends the next archive on the same connection. Only a few are worked on at a
  time: the others are told to come back, and that is the back-pressure.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import AsyncIterator
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from exchange.codes.service import RefusedCode
from exchange.core.limits import MIB, Limits
from exchange.core.qr_address import address_of
from exchange.core.receipt import known_code
from exchange.core.receipt_document import ReportedFinding
from exchange.errors import Finding, RefusedError, UndecidedError
from exchange.service.addressees import Addressees
from exchange.service.bulk import Taken, take_in
from exchange.service.examination_report import finding_document
from exchange.service.receive import read_own
from exchange.web.answers import addressee_names, as_json, read_body
from exchange.web.api.callers import caller
from exchange.web.application import HUB

TAR: Final = "application/x-tar"
MAX_BYTES: Final = 32 * MIB
"""Octets of one archive, at most."""
MAX_DOCUMENTS: Final = 1_000
"""Documents of one archive, at most."""
MAX_AT_ONCE: Final = 4
"""Archives that are worked on at the same time; each has a place in memory."""
_AT_WORK: Final = web.AppKey("intakes-at-work", list[int])
_LIMITS: Final = Limits()


async def post_intake(request: web.Request) -> web.Response:
    """Submit every statement of an archive."""
    hub = request.app[HUB]
    addressees = Addressees.read(addressee_names(request))
    at_work = request.app[_AT_WORK]
    if at_work[0] >= MAX_AT_ONCE:
        raise RefusedError(
            Finding(
                code=RefusedCode.BUSY, message=f"expected fewer than {MAX_AT_ONCE} intakes at work"
            )
        )
    at_work[0] += 1
    try:
        body = await read_body(
            request, media_type=TAR, max_bytes=MAX_BYTES, seconds=hub.settings.body_seconds
        )
        documents = read_archive(body)
        del body
        taken = [
            one
            async for one in take_in(
                hub,
                _each([data for _, data in documents]),
                caller=caller(request),
                addressees=addressees,
            )
        ]
    finally:
        at_work[0] -= 1
    digests = [
        one.committed.content_digest
        for one in taken
        if one.committed is not None and one.committed.content_digest is not None
    ]
    tokens = await hub.store.tokens_of(digests)
    answers = []
    for (name, _), one in zip(documents, taken, strict=True):
        digest = None if one.committed is None else one.committed.content_digest
        token = None if digest is None else tokens.get(digest)
        answers.append(_answer(name, one, token))
    return as_json({"documents": answers}, status=HTTPStatus.OK)


def intake_places() -> tuple[web.AppKey[list[int]], list[int]]:
    """Return where an application counts the intakes at work, and the count."""
    return _AT_WORK, [0]


def read_archive(body: bytes) -> list[tuple[str, bytes]]:
    """Return name and octets of every document of a TAR archive.

    Raises:
        RefusedError: It is none, holds something else than files, or too many of them.
    """
    found: list[tuple[str, bytes]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as archive:
            for member in archive:
                source = archive.extractfile(member) if member.isreg() else None
                if source is None:
                    raise _refused(f"{member.name[:100]!r}: expected a file, found something else")
                if member.size > _LIMITS.max_bytes:
                    raise _refused(f"{member.name[:100]!r}: expected {_LIMITS.max_bytes} octets")
                if len(found) >= MAX_DOCUMENTS:
                    raise _refused(f"expected at most {MAX_DOCUMENTS} documents, found more")
                data = source.read()
                if len(data) != member.size:
                    raise _refused(f"{member.name[:100]!r}: it is cut off")
                found.append((member.name, data))
    except (tarfile.TarError, ValueError, OSError) as exc:
        raise _refused("expected a TAR archive, not packed") from exc
    if not found:
        raise _refused("expected documents, found an empty archive")
    return found


async def _each(documents: list[bytes]) -> AsyncIterator[bytes]:
    for document in documents:
        yield document


def _answer(name: str, taken: Taken, token: bytes | None) -> dict[str, Any]:
    committed = taken.committed
    answer: dict[str, Any] = {"name": name, "message_id": taken.message_id}
    if committed is None:
        error = taken.error
        answer["verdict"] = "undecided" if isinstance(error, UndecidedError) else "not-taken"
        answer["findings"] = [finding_document(one) for one in error.findings] if error else []
        if isinstance(error, UndecidedError):
            answer["retry_after_seconds"] = int(error.retry_after.total_seconds())
        return answer
    receipt = read_own(committed.receipt)
    answer |= {
        "verdict": committed.verdict.value,
        "repeated": committed.repeated,
        "receipt": base64.b64encode(committed.receipt).decode("ascii"),
        "receipt_digest": sha256(committed.receipt).hexdigest(),
        "findings": [_reported(one) for one in receipt.findings],
    }
    if committed.content_digest is not None:
        answer["content_digest"] = committed.content_digest.hex()
    if token is not None:
        answer["qr_address"] = address_of(token)
    return answer


def _reported(finding: ReportedFinding) -> dict[str, str]:
    code = known_code(finding)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": finding.message,
        "remedy": "" if code is None else code.remedy,
    }


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.BODY, message=message))
