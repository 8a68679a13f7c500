"""Archives: what a ZIP or TAR would unpack to, known before anything of it is unpacked.

- The directory of an archive is read first: number of entries, sizes, ratio, names. What would
  grow beyond all measure, or lies about its size, is refused whole.
- Every entry shows its first octets, so that a program under the name of a document, an archive
  inside an archive, or a link is found before the first document is read.
- Nothing is ever written to disk.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from exchange.codes.intake import IntakeCode
from exchange.core.limits import KIB, MIB
from exchange.service.intake.rows import refused

MAX_ENTRIES: Final = 200_000
"""Entries of an archive, at most."""
MAX_UNPACKED: Final = 4096 * MIB
"""Octets of all entries together, at most."""
MAX_RATIO: Final = 100
"""How many times its packed size an entry may have; small ones may have more."""
SMALL: Final = 256 * KIB
"""Entries up to this size are never bombs by themselves."""
_HEAD: Final = 8

_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"\0asm",
)
"""How programs begin: DOS and Windows, ELF, Mach-O, Java, scripts, WebAssembly."""
_PACKED: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
)
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of the old office programs begin, and protected new ones."""

DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""What the libraries raise about archives that are damaged, protected or of another kind."""


def require_no_program(head: bytes, name: str) -> None:
    """Let pass what does not begin like a program.

    Raises:
        RefusedError: It does.
    """
    if head.startswith(_PROGRAMS):
        raise refused(IntakeCode.EXECUTABLE, name[:200], "expected a document, found a program")


@contextmanager
def opened_zip(path: Path, *, entries: int = MAX_ENTRIES) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP archive whose directory promises nothing unreasonable.

    Raises:
        RefusedError: It does, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _require_measure(archive, path, entries)
            yield archive
    except DAMAGED as exc:
        raise refused(IntakeCode.ARCHIVE, path.name, f"it cannot be read: {exc}") from exc


def _require_measure(archive: zipfile.ZipFile, path: Path, entries: int) -> None:
    infos = archive.infolist()
    if len(infos) > entries:
        raise _bomb(path.name, f"expected at most {entries} entries, found {len(infos)}")
    packed = sum(info.compress_size for info in infos)
    if packed > path.stat().st_size:
        raise _bomb(path.name, "entries lie over one another")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED:
        raise _bomb(
            path.name,
            f"expected at most {MAX_UNPACKED >> 20} MiB unpacked, found {unpacked >> 20}",
        )
    for info in infos:
        if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
            raise _bomb(
                info.filename[:200],
                f"expected at most {MAX_RATIO} times the packed size, found "
                f"{info.file_size // max(1, info.compress_size)} times",
            )
        if info.flag_bits & 1:
            raise refused(IntakeCode.ARCHIVE, info.filename[:200], "it is protected by a password")
        _require_name(info.filename)


def _require_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise refused(
            IntakeCode.ARCHIVE, name[:200], "expected a place inside the archive, found one outside"
        )


def zip_documents(path: Path, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and octets of every document of a ZIP archive.

    Raises:
        RefusedError: The archive is refused; if so, before the first document.
    """
    with opened_zip(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        for info in infos:
            with archive.open(info) as entry:
                _require_document(entry.read(_HEAD), info.filename, info.file_size, max_bytes)
        for info in infos:
            yield info.filename, archive.read(info)


def _require_document(head: bytes, name: str, size: int, max_bytes: int) -> None:
    require_no_program(head, name)
    if head.startswith((*_PACKED, OLE, b"%PDF")):
        raise refused(IntakeCode.ARCHIVE, name[:200], "expected an XML document, found a file")
    if size > max_bytes:
        raise refused(
            IntakeCode.TOO_LARGE,
            name[:200],
            f"expected at most {max_bytes} octets, found {size}",
        )


def tar_documents(path: Path, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and octets of every document of a TAR archive, packed or not.

    Raises:
        RefusedError: The archive is refused; if so, before the first document.
    """
    try:
        with _opened_tar(path) as archive:
            most = max(SMALL, MAX_RATIO * path.stat().st_size)
            count = octets = 0
            while (member := archive.next()) is not None:
                count, octets = count + 1, octets + max(member.size, 0)
                if count > MAX_ENTRIES:
                    raise _bomb(path.name, f"expected at most {MAX_ENTRIES} entries, found more")
                if octets > min(most, MAX_UNPACKED):
                    raise _bomb(path.name, f"expected at most {MAX_RATIO} times the packed size")
                _require_member(archive, member, max_bytes)
                archive.members = []  # type: ignore[attr-defined]  # what was seen is not kept
        with _opened_tar(path) as archive:
            while (member := archive.next()) is not None:
                source = archive.extractfile(member) if member.isreg() else None
                if source is not None:
                    yield member.name, source.read()
                archive.members = []  # type: ignore[attr-defined]
    except DAMAGED as exc:
        raise refused(IntakeCode.ARCHIVE, path.name, f"it cannot be read: {exc}") from exc


def _opened_tar(path: Path) -> tarfile.TarFile:
    return tarfile.open(path, mode="r:*")


def _require_member(archive: tarfile.TarFile, member: tarfile.TarInfo, max_bytes: int) -> None:
    _require_name(member.name)
    if member.isdir():
        return
    if not member.isreg():
        raise refused(IntakeCode.ARCHIVE, member.name[:200], "expected a file, found a link")
    source: IO[bytes] | None = archive.extractfile(member)
    head = b"" if source is None else source.read(_HEAD)
    _require_document(head, member.name, member.size, max_bytes)


def is_zip(head: bytes) -> bool:
    """Tell whether octets begin like a ZIP archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _bomb(name: str, message: str) -> Exception:
    return refused(IntakeCode.ARCHIVE_BOMB, name, message)
