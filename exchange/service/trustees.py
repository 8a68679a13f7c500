"""The trust lists on disk: read at the start, and again whenever they change.

- Files are read whole; what a file says is believed only after `read_lists` has checked it.
- Lists that cannot be used stop the start. While the hub runs they are refused aloud, and
  those in force stay in force: a broken file must not shut every partner out.
- A list that is older than the one in force is refused (rule TSL-02).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from exchange.codes.service import SettingsCode
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint, Kind
from exchange.errors import ExchangeError, Finding, SettingsError
from exchange.service.examination import Materials
from exchange.service.list_folder import finish_lists
from exchange.settings import Settings

_log = structlog.get_logger(__name__)

MAX_LISTS: Final = 500
"""Files in the folder; there are about 250 economies."""


def look_at_lists(settings: Settings) -> object:
    """Return what tells whether any file in the folder has changed, without reading one."""
    try:
        return tuple(
            (path.name, found.st_mtime_ns, found.st_size, found.st_ino)
            for path in sorted(settings.trust_dir.glob("*.xml"))
            for found in (path.stat(),)
        )
    except OSError as exc:
        raise _unusable(str(exc).lower()) from exc


def read_lists_on_disk(settings: Settings) -> tuple[bytes, ...]:
    """Return the octets of every list in the folder, by file name.

    Raises:
        SettingsError: No list, too many, too large, or not readable.
    """
    limit = Limits().max_bytes_per_kind[Kind.TRUST_LIST]
    try:
        finish_lists(settings.trust_dir)
        paths = sorted(settings.trust_dir.glob("*.xml"))
        if not 0 < len(paths) <= MAX_LISTS:
            raise _unusable(f"expected 1 to {MAX_LISTS} lists, found {len(paths)}")
        for path in paths:
            if path.stat().st_size > limit:
                raise _unusable(f"{path.name}: expected at most {limit} octets")
        return tuple(path.read_bytes() for path in paths)
    except OSError as exc:
        raise _unusable(str(exc).lower()) from exc


def read_materials(settings: Settings, at: datetime) -> Materials:
    """Return everything that a snapshot is built from, with the lists on disk.

    Raises:
        SettingsError: The lists are not there, or nothing is pinned.
    """
    pins = pinned(settings)
    return materials_of(settings, read_lists_on_disk(settings), pins, at)


def pinned(settings: Settings) -> frozenset[Fingerprint]:
    """Return the fingerprints of the keys that may sign the uppermost list.

    Raises:
        SettingsError: There are none: nobody would be trusted.
    """
    if not settings.trust_pins:
        raise SettingsError(
            Finding(
                code=SettingsCode.TRUST,
                path="trust_pins",
                message="expected the fingerprint of a list key, found none",
            )
        )
    return frozenset(Fingerprint(bytes.fromhex(pin)) for pin in settings.trust_pins)


def materials_of(
    settings: Settings, lists: tuple[bytes, ...], pins: frozenset[Fingerprint], at: datetime
) -> Materials:
    """Return everything that a snapshot is built from; the receipt key is chosen later."""
    return Materials(
        hub=settings.hub,
        production=settings.production,
        lists=lists,
        pins=pins,
        read_at=at,
        receipt_certificates=(),
    )


async def changed_materials(
    settings: Settings, current: Materials, at: datetime
) -> Materials | None:
    """Return the materials with the lists on disk, or `None` when nothing has changed.

    Raises:
        SettingsError: The lists on disk cannot be read.
    """
    lists = await asyncio.to_thread(read_lists_on_disk, settings)
    return None if lists == current.lists else replace(current, lists=lists, read_at=at)


def refuse_unusable(error: ExchangeError) -> SettingsError:
    """Return what the operator is told about lists that cannot be used at the start."""
    return SettingsError(
        Finding(code=SettingsCode.TRUST, path="trust_dir", message=f"{error.code}: {error}"),
        *error.findings,
    )


def _unusable(message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.TRUST, path="trust_dir", message=message))
