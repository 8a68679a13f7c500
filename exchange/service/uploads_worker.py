"""A process that looks for XML in one PDF and ends.

    python -m exchange.service.uploads_worker < file.pdf     # one word, or `xml` and the octets

- Its memory and processor time are limited before anything is read, so that whatever a PDF
  does to the library, this process dies and nothing else.
- Every object is looked at, not only those that the catalogue names: embedded files hang in name
  trees, associated files, annotations and portfolios. Each counts once, by its content.
- Embedded files are unpacked here, with an end: the library is asked for none of it. One that
  cannot be makes the PDF a damaged one: it could be what its reader sees.

Source: ISO 32000-1, 7.11.4 (embedded file streams); ISO 32000-2, 14.13 (associated files).
"""

from __future__ import annotations

import io
import resource
import sys
import zlib
from collections.abc import Iterator
from typing import Final

from pypdf import PdfReader, apply_configuration
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

_MIB: Final = 1024 * 1024
MEMORY: Final = 512 * _MIB
"""Octets of memory that this process may have."""
CPU_SECONDS: Final = 6
"""Processor time that this process may use."""
MAX_OBJECTS: Final = 20_000
"""Objects in one PDF; a certificate of forty pages has about 600."""
MAX_XML: Final = 2 * _MIB
"""Octets of one embedded file, unpacked; the largest document that gate 1 takes."""
MAX_STREAM: Final = 8 * _MIB
"""Octets of one stream that the library unpacks, such as a table of objects."""
_FILTERS: Final = ({"/FlateDecode"}, set[str]())


class _TooMuchError(Exception):
    """More than is read from a stranger."""


def find_xml(data: bytes) -> bytes:
    """Return `xml` and the octets of the one XML in a PDF, or the word that says why not."""
    try:
        with apply_configuration(
            zlib_maximum_output_length=MAX_STREAM,
            lzw_maximum_output_length=MAX_STREAM,
            run_length_maximum_output_length=MAX_STREAM,
        ):
            reader = PdfReader(
                io.BytesIO(data), strict=False, xref_stream_maximum_entries=MAX_OBJECTS
            )
            if reader.is_encrypted:
                return b"encrypted"
            found = {xml for xml in _embedded(reader) if _is_xml(xml)}
    except (_TooMuchError, MemoryError, RecursionError, LimitReachedError):
        return b"limits"
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError):
        return b"damaged"
    if not found:
        return b"none"
    return b"several" if len(found) > 1 else b"xml\n" + found.pop()


def _embedded(reader: PdfReader) -> Iterator[bytes]:
    seen: set[int] = set()
    for stream in _streams(reader):
        if id(stream) not in seen:
            seen.add(id(stream))
            yield _unpacked(stream)


def _streams(reader: PdfReader) -> Iterator[StreamObject]:
    """Yield every stream that is an embedded file, or that a file specification names."""
    numbers = {number for one in reader.xref.values() for number in one} | set(reader.xref_objStm)
    if len(numbers) > MAX_OBJECTS:
        raise _TooMuchError
    for number in sorted(numbers):
        one = reader.get_object(number)
        if isinstance(one, StreamObject) and one.get("/Type") == "/EmbeddedFile":
            yield one
        if isinstance(one, DictionaryObject):
            yield from _named(one)


def _named(one: DictionaryObject) -> Iterator[StreamObject]:
    files = one.get("/EF")
    files = files.get_object() if files is not None else None
    if isinstance(files, DictionaryObject):
        for name in ("/UF", "/F", "/DOS", "/Mac", "/Unix"):
            found = files.get(name)
            found = found.get_object() if found is not None else None
            if isinstance(found, StreamObject):
                yield found


def _unpacked(stream: StreamObject) -> bytes:
    """Return the octets of an embedded file, unpacked up to the limit."""
    given = stream.get("/Filter")
    given = given.get_object() if given is not None else []
    names = {str(one) for one in (given if isinstance(given, list) else [given])}
    raw: bytes = stream._data  # Packed, since unpacking has to have an end.
    if names not in _FILTERS or (isinstance(given, list) and len(given) > 1):
        # It may be the very file that a viewer shows, so nothing is said about the others.
        raise ValueError("an embedded file is packed in another way than Flate")
    if not names:
        return _limited(raw)
    try:
        return _limited(zlib.decompressobj().decompress(raw, MAX_XML + 1))
    except zlib.error as exc:
        raise ValueError("an embedded file cannot be unpacked") from exc


def _limited(data: bytes) -> bytes:
    if len(data) > MAX_XML:
        raise _TooMuchError
    return data


def _is_xml(data: bytes) -> bool:
    return data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def main() -> None:
    """Read one PDF from standard input, and answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.buffer.write(find_xml(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
