"""Trust lists in a folder, where readers fetch them: each file whole or not at all.

- A list stands under the name that pointers give it, and beside it a digest file (`.sha2`:
  hexadecimal SHA-256), so that readers can ask cheaply whether something changed.
- The lists above come last, so that no reader is pointed to a list that is not there.

Source: ETSI TS 119 612 v2.4.1, clause 6.1 (digest files).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, assert_never

from exchange.codes.service import SettingsCode
from exchange.core.model import Economy
from exchange.core.trust_values import ListType
from exchange.errors import Finding, SettingsError

ROOT_FILE: Final = "root.xml"
"""File name of the root's delegation."""
LIST_OF_LISTS: Final = "list-of-lists.xml"
"""File name of the list of lists."""
_LAST: Final = {LIST_OF_LISTS: 1, ROOT_FILE: 2}


def list_file(kind: ListType, territory: Economy) -> str:
    """Return the file name of a list."""
    match kind:
        case ListType.ECONOMY:
            return f"{territory}.xml"
        case ListType.LIST_OF_LISTS:
            return LIST_OF_LISTS
        case ListType.DELEGATION:
            return ROOT_FILE
        case _:
            assert_never(kind)


def digest_file(name: str) -> str:
    """Return the name of the digest file beside a list."""
    return f"{name.removesuffix('.xml')}.sha2"


def digest_octets(data: bytes) -> bytes:
    """Return what stands in the digest file of a list."""
    return sha256(data).hexdigest().encode() + b"\n"


async def write_lists(files: Mapping[str, bytes], folder: Path) -> None:
    """Put lists and their digest files into a folder, the lists of economies first.

    A list that is no more goes with its digest file, last of all: readers of the folder would
    find one that nobody names.

    Raises:
        SettingsError: The folder cannot be written.
    """
    await asyncio.to_thread(_write, files, folder)


async def read_folder(folder: Path) -> Mapping[str, bytes]:
    """Return the lists that a folder holds, by file name; none where there is no folder."""
    return await asyncio.to_thread(_read, folder)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(files, key=lambda name: (_LAST.get(name, 0), name)):
            data = files[name]
            for path, octets in (
                (folder / name, data),
                (folder / digest_file(name), digest_octets(data)),
            ):
                unfinished = path.with_name(f".{path.name}.{os.getpid()}")
                unfinished.write_bytes(octets)
                unfinished.replace(path)
        for path in folder.glob("*.xml"):
            if path.name not in files:
                path.unlink()
                path.with_name(digest_file(path.name)).unlink(missing_ok=True)
    except OSError as exc:
        raise _fault(folder, f"cannot be written: {exc.strerror}") from exc


def _read(folder: Path) -> Mapping[str, bytes]:
    try:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    except OSError as exc:
        raise _fault(folder, f"cannot be read: {exc.strerror}") from exc


def _fault(folder: Path, message: str) -> SettingsError:
    return SettingsError(
        Finding(code=SettingsCode.TRUST_DESCRIPTION, path=str(folder), message=message)
    )
