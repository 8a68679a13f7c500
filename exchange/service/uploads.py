"""What was uploaded: recognised by its octets, never by its name; XML taken out of a PDF.

- Archives and programs are told what they are. Everything that is neither XML nor PDF is told
  that, too: nothing is guessed, nothing is unpacked.
- A PDF is opened in a process of its own that has an end: so much memory, so much processor
  time, so many seconds (`exchange.service.uploads_worker`). Whatever happens in there, the hub
  gets octets or a word.
- What the pages show is not looked at: they prove nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import UploadCode
from exchange.core.limits import MIB
from exchange.store.children import answered

MAX_UPLOAD: Final = 16 * MIB
"""Largest file that is taken from a stranger, in octets."""
PDF_SECONDS: Final = 10.0
"""How long the search in a PDF may take, the start of its process included."""
_AT_ONCE: Final = 2
"""Files that are searched at the same time; the others wait."""
_PDF_WITHIN: Final = 1024
"""Octets within which a PDF begins. Source: ISO 32000-1, annex H, implementation note 13."""
_TAR_AT: Final = 257

_ARCHIVES: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"\x1f\x8b",
    b"BZh",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"\x1f\x9d",
    b"LZIP",
    b"\x04\x22\x4d\x18",
    b"MSCF",
)
_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"#!",
    b"\xd0\xcf\x11\xe0",
    b"\x00asm",
    b"dex\n",
)
_XML: Final = (b"<", b"\xfe\xff", b"\xff\xfe")
_ANSWERS: Final = {
    b"encrypted": UploadCode.PDF_ENCRYPTED,
    b"damaged": UploadCode.PDF_DAMAGED,
    b"limits": UploadCode.PDF_LIMITS,
    b"none": UploadCode.PDF_WITHOUT_XML,
    b"several": UploadCode.PDF_SEVERAL_XML,
}
_searching = asyncio.Semaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The XML that was found, or why there is none."""

    xml: bytes | None
    code: Code | None = None
    """Why there is none."""
    from_pdf: bool = False
    """Whether it came in a PDF, whose pages prove nothing."""


async def open_upload(data: bytes) -> Opened:
    """Return the XML of an uploaded file, or the code that says why there is none."""
    code = _refusal(data)
    if code is not None:
        return Opened(xml=None, code=code)
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return await _open_pdf(data)
    return Opened(xml=data)


def _refusal(data: bytes) -> Code | None:
    if not data.strip():
        return UploadCode.EMPTY
    if data.startswith(_ARCHIVES) or data[_TAR_AT:].startswith(b"ustar"):
        return UploadCode.ARCHIVE
    if data.startswith(_PROGRAMS):
        return UploadCode.EXECUTABLE
    if b"%PDF-" in data[:_PDF_WITHIN] or is_xml(data):
        return None
    return UploadCode.UNKNOWN_FORMAT


def is_xml(data: bytes) -> bool:
    """Tell whether octets mean to be XML."""
    return data[:_PDF_WITHIN].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_XML)


async def _open_pdf(data: bytes) -> Opened:
    try:
        async with asyncio.timeout(PDF_SECONDS), _searching:
            answer, _ = await answered("exchange.service.uploads_worker", data, quiet=True)
    except (TimeoutError, OSError):
        return Opened(xml=None, code=UploadCode.PDF_LIMITS, from_pdf=True)
    word, _, xml = answer.partition(b"\n")
    if word == b"xml":
        return Opened(xml=xml, from_pdf=True)
    # A process that has reached one of its limits says nothing any more.
    return Opened(xml=None, code=_ANSWERS.get(word, UploadCode.PDF_LIMITS), from_pdf=True)
