"""A partner's side of bulk intake: one archive of signed statements, one answer for each.

Source: `POST /v1/intakes` of the interface that `GET /v1/openapi.yaml` describes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from exchange.peer.calls import Calls, as_object, broken, good, octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one document, in the words of the hub."""

    message_id: str
    verdict: str
    """accepted, rejected or held; of undecided and not-taken nothing was committed."""
    findings: tuple[Mapping[str, str], ...]
    receipt: bytes | None = None
    qr_address: str = ""
    retry_after: timedelta | None = None


async def take_in(
    calls: Calls, documents: Sequence[bytes], addressees: Sequence[str]
) -> list[Answered]:
    """Send documents in one archive and return what became of each, in their order.

    Raises:
        RefusedError: The caller is at fault; nothing was taken.
        UndecidedError: The hub is busy; send the same again later.
        PeerError: The hub could not be reached, or answered with a failure.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for place, data in enumerate(documents):
            member = tarfile.TarInfo(f"{place}.xml")
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    headers = {
        "Content-Type": "application/x-tar",
        "Exchange-Addressees": ", ".join(f'"{name}"' for name in addressees),
    }
    reply = good(await calls.call("POST", "/v1/intakes", archive.getvalue(), headers))
    answers = as_object(reply).get("documents")
    if not isinstance(answers, list) or len(answers) != len(documents):
        raise broken(f"expected {len(documents)} answers, found something else")
    return [_answered(one) for one in answers]


def _answered(values: Any) -> Answered:
    try:
        wait = values.get("retry_after_seconds")
        return Answered(
            message_id=str(values["message_id"]),
            verdict=str(values["verdict"]),
            findings=tuple(
                {name: str(one.get(name, "")) for name in _FINDING} for one in values["findings"]
            ),
            receipt=octets(values, "receipt") if "receipt" in values else None,
            qr_address=str(values.get("qr_address", "")),
            retry_after=None if wait is None else timedelta(seconds=float(wait)),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise broken(f"an answer lacks {exc}") from exc


_FINDING = ("code", "severity", "path", "message", "remedy")
