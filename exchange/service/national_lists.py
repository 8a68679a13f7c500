"""Lists of other operators that were accepted: kept, so that an older one is noticed.

- A folder holds the newest accepted list of each territory, as `AT.xml`.
- A list that is refused changes nothing there. The list that is kept is replaced as a whole.

Example:
    >>> one = await accept_national_list(data, pinned={signer}, at=now, folder=Path("national"))
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.model import Fingerprint
from exchange.core.national.lists import read_national_again, read_national_list
from exchange.core.national.values import NationalList
from exchange.errors import Finding, RejectedError, SettingsError

_SUFFIX: Final = ".xml"


async def accept_national_list(
    data: bytes, *, pinned: Collection[Fingerprint], at: datetime, folder: Path | None = None
) -> NationalList:
    """Return another operator's list, and keep it in place of the one accepted before.

    Args:
        data: The octets of the list.
        pinned: Who may sign it.
        at: The instant at which it is judged.
        folder: Where accepted lists are kept; without one, an older list is not noticed.

    Raises:
        RejectedError: It is not believed, or older than the one that is kept.
        UndecidedError: It is past its next update.
        SettingsError: The folder cannot be used, or holds something else.
    """
    return await asyncio.to_thread(_accept, data, pinned, at, folder)


def _accept(
    data: bytes, pinned: Collection[Fingerprint], at: datetime, folder: Path | None
) -> NationalList:
    one = read_national_list(data, pinned=pinned, at=at)
    if folder is None:
        return one
    path = folder / f"{one.territory}{_SUFFIX}"
    try:
        former = path.read_bytes() if path.exists() else None
        if former is not None:
            previous = _previous(former, path)
            one = read_national_list(data, pinned=pinned, at=at, previous=previous)
        if former != data:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}.{os.getpid()}")
            unfinished.write_bytes(data)
            unfinished.replace(path)
    except OSError as exc:
        raise _fault(path, f"{(exc.strerror or str(exc)).lower()}") from exc
    return one


def _previous(data: bytes, path: Path) -> NationalList:
    try:
        return read_national_again(data)
    except RejectedError as exc:
        raise _fault(path, f"expected the list accepted before, found another: {exc}") from exc


def _fault(path: Path, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.FILE, path=path.name, message=message))
