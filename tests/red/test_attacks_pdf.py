"""PDFs made to deceive or to exhaust: the answer is a word, in bounded time and memory."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Final

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from exchange.service.uploads_worker import find_xml

XML: Final = b'<?xml version="1.0"?><Attestation>genuine</Attestation>'
OTHER: Final = b'<?xml version="1.0"?><Attestation>another</Attestation>'
WORDS: Final = frozenset({b"encrypted", b"damaged", b"limits", b"none", b"several", b"xml"})


def made(*attached: tuple[str, bytes]) -> PdfWriter:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    for name, data in attached:
        writer.add_attachment(name, data)
    return writer


def octets(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def embedded(data: bytes, **more: object) -> StreamObject:
    stream = StreamObject()
    stream._data = data
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    for key, value in more.items():
        stream[NameObject(f"/{key}")] = value
    return stream


def associated(writer: PdfWriter, data: bytes) -> None:
    """Hang another file into /AF than into /EmbeddedFiles."""
    stream = writer._add_object(embedded(data))
    spec = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): stream}),
        }
    )
    writer.root_object[NameObject("/AF")] = ArrayObject([writer._add_object(spec)])


def updated(first: bytes, data: bytes, *, same_object: bool) -> bytes:
    """Append an update that replaces the embedded file, or adds another."""
    reader = PdfReader(io.BytesIO(first))
    number = max(reader.xref[0]) + 1
    if same_object:
        number = next(
            n
            for n in reader.xref[0]
            if isinstance(one := reader.get_object(n), StreamObject)
            and one.get("/Type") == "/EmbeddedFile"
        )
    start = first.rindex(b"startxref")
    before = int(first[start:].split()[1])
    place = len(first) + 1
    text = (
        b"\n%d 0 obj\n<</Type/EmbeddedFile/Length %d>>stream\n" % (number, len(data))
        + data
        + b"\nendstream\nendobj\n"
    )
    xref = len(first) + len(text)
    size = max(*reader.xref[0], number) + 1
    root = reader.trailer.raw_get("/Root").idnum
    tail = (
        b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n"
        % (
            number,
            place,
            size,
            root,
            before,
            xref,
        )
    )
    return first + text + tail + b"%%EOF\n"


def test_files_that_disagree_are_several() -> None:
    writer = made(("a.xml", XML))
    associated(writer, OTHER)

    assert find_xml(octets(writer)) == b"several"
    assert find_xml(octets(made(("a.xml", XML), ("b.xml", OTHER)))) == b"several"
    same = made(("a.xml", XML), ("b.xml", XML))
    associated(same, XML)
    assert find_xml(octets(same)) == b"xml\n" + XML


def test_update_that_adds_a_file_makes_several_and_one_that_replaces_it_counts() -> None:
    first = octets(made(("a.xml", XML)))

    assert find_xml(updated(first, OTHER, same_object=False)) == b"several"
    # As every reader shows it: what was replaced is not there any more.
    assert find_xml(updated(first, OTHER, same_object=True)) == b"xml\n" + OTHER


def test_encrypted_is_told_so() -> None:
    writer = made(("a.xml", XML))
    writer.encrypt("", "owner")

    assert find_xml(octets(writer)) == b"encrypted"


@pytest.mark.parametrize(
    "name", ["ASCIIHexDecode", "ASCII85Decode", "LZWDecode", "RunLengthDecode", "Crypt", "Fl"]
)
def test_file_behind_another_filter_beside_a_genuine_one_is_not_overlooked(name: str) -> None:
    """Else a viewer would show one file, and the answer would be about the other."""
    writer = made(("a.xml", XML))
    packed = OTHER.hex().encode() + b">" if name == "ASCIIHexDecode" else OTHER
    writer._add_object(embedded(packed, Filter=NameObject(f"/{name}")))

    assert find_xml(octets(writer)) == b"damaged"


def test_file_that_unpacks_to_more_than_is_read_ends() -> None:
    writer = made()
    bomb = zlib.compress(b"<" + b" " * (64 << 20), 9)
    writer._add_object(embedded(bomb, Filter=NameObject("/FlateDecode")))

    assert find_xml(octets(writer)) == b"limits"


def looped_xref() -> bytes:
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Prev 9>>\n"
    return b"%PDF-1.7\n" + table + b"startxref\n9\n%%EOF"


def huge_xref() -> bytes:
    return (
        b"%PDF-1.7\nxref\n0 4000000000\n"
        + b"0000000000 65535 f \n" * 200_000
        + b"trailer\n<</Size 4000000000/Root 1 0 R>>\nstartxref\n9\n%%EOF"
    )


def looped_objects() -> bytes:
    body = b"%PDF-1.7\n1 0 obj\n2 0 R\nendobj\n2 0 obj\n1 0 R\nendobj\n"
    body += b"3 0 obj\n<</EF 3 0 R/F 3 0 R/Length 3 0 R>>\nendobj\n"
    return body + b"trailer\n<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF"


def deep_array() -> bytes:
    deep = b"[" * 100_000
    return (
        b"%PDF-1.7\n1 0 obj\n" + deep + b"\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
    )


def object_streams() -> bytes:
    """Streams of objects, each of which says that it holds a million."""
    body = b"%PDF-1.7\n"
    packed = zlib.compress(b"1 0 " * 1_000_000 + b"<<>>")
    for number in range(1, 30):
        body += b"%d 0 obj\n<</Type/ObjStm/N 1000000/First 4000000/Filter/FlateDecode" % number
        body += b"/Extends %d 0 R/Length %d>>stream\n" % (number % 29 + 1, len(packed))
        body += packed + b"\nendstream\nendobj\n"
    return body + b"trailer\n<</Root 1 0 R/Size 30>>\nstartxref\n0\n%%EOF"


def many_objects() -> bytes:
    body = b"".join(b"%d 0 obj\n<<>>\nendobj\n" % n for n in range(1, 200_000))
    return b"%PDF-1.7\n" + body + b"trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"


def names_only() -> bytes:
    return b"%PDF-1.7\n" + b"startxref\n" * 500_000


EXHAUSTING: Final[tuple[Callable[[], bytes], ...]] = (
    looped_xref,
    huge_xref,
    looped_objects,
    deep_array,
    object_streams,
    many_objects,
    names_only,
)


@pytest.mark.parametrize("make", EXHAUSTING, ids=lambda one: one.__name__)
def test_exhausting_files_end_in_a_process_of_their_own(make: Callable[[], bytes]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exchange.service.uploads_worker"],
        input=make(),
        capture_output=True,
        timeout=120,
        check=False,
    )

    # A process that reached its limit says nothing.
    assert done.stdout.partition(b"\n")[0] in WORDS or (done.returncode and not done.stdout)


def test_mutated_files_are_never_answered_with_octets_that_are_not_in_them() -> None:
    dice = random.Random(20261122)  # noqa: S311
    first = octets(made(("a.xml", XML)))
    words = set()
    for _ in range(500):
        data = bytearray(first)
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[place] = dice.randrange(256)
                case 1:
                    del data[place : place + dice.randint(1, 40)]
                case 2:
                    data[place:place] = data[place : place + dice.randint(1, 40)]
                case _:
                    data[place:place] = str(dice.choice((-1, 0, 2**31, 2**63))).encode()
        found = find_xml(bytes(data))
        words.add(found.partition(b"\n")[0])

    assert words <= WORDS
    assert len(words) > 1
