"""A folder of trust lists that changes as a whole: all of the new lists, or all of the old.

Several files cannot be renamed at once, so the new ones are made ready beside the others:

1. everything is written and flushed into `.incoming`, with a table of contents;
2. `.incoming` becomes `.accepted`, in one step: from here on the new lists are those that count;
3. each file is moved into place, what the table does not name is removed, `.accepted` goes.

Whoever reads the folder first finishes what stands in `.accepted`, so that a hub that was ended
in the middle of step 3 begins with the new lists, and one ended before step 2 with the old ones.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from exchange.codes.outside import ListFetchCode
from exchange.errors import Finding, StoreError
from exchange.service.list_files import digest_file, digest_octets

_INCOMING: Final = ".incoming"
_ACCEPTED: Final = ".accepted"
_CONTENTS: Final = "contents"


def replace_lists(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put these lists, and no others, into a folder.

    Args:
        folder: Of the trust lists; it has to exist.
        files: Octets by file name, `CN.xml`.

    Raises:
        StoreError: It cannot be written; the lists there are those that were there.
    """
    incoming = folder / _INCOMING
    try:
        finish_lists(folder)
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir()
        for name, data in files.items():
            _write(incoming / name, data)
            _write(incoming / digest_file(name), digest_octets(data))
        _write(incoming / _CONTENTS, "\n".join(sorted(files)).encode())
        _flush(incoming)
        incoming.rename(folder / _ACCEPTED)
        _flush(folder)
        finish_lists(folder)
    except OSError as exc:
        raise StoreError(
            Finding(
                code=ListFetchCode.UNWRITABLE,
                path=folder.name,
                message=f"cannot be written: {(exc.strerror or str(exc)).lower()}",
            )
        ) from exc


def finish_lists(folder: Path) -> None:
    """Finish what was accepted and not wholly moved into place; nothing, as a rule.

    Raises:
        OSError: It cannot be finished.
    """
    accepted = folder / _ACCEPTED
    try:
        names = (accepted / _CONTENTS).read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return
    kept = {part for name in names for part in (name, digest_file(name))}
    for name in kept:
        # Somebody else may be finishing the same; what is moved is moved.
        with suppress(FileNotFoundError):
            (accepted / name).replace(folder / name)
    for path in (*folder.glob("*.xml"), *folder.glob("*.sha2")):
        if path.name not in kept:
            path.unlink(missing_ok=True)
    _flush(folder)
    shutil.rmtree(accepted, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
