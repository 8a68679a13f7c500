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
from exchange.service.examination import Materials, build_snapshot
from exchange.service.examiner import Examiner
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
        paths = sorted(settings.trust_dir.glob("*.xml"))
        if not 0 < len(paths) <= MAX_LISTS:
            raise _unusable(f"expected 1 to {MAX_LISTS} lists, found {len(paths)}")
        for path in paths:
            if path.stat().st_size > limit:
                raise _unusable(f"{path.name}: expected at most {limit} octets")
        return tuple(path.read_bytes() for path in paths)
    except OSError as exc:
        raise _unusable(str(exc).lower()) from exc


def read_materials(
    settings: Settings, receipt_certificates: tuple[bytes, ...], at: datetime
) -> Materials:
    """Return everything that a snapshot is built from.

    Raises:
        SettingsError: The lists are not there, or nothing is pinned.
    """
    if not settings.trust_pins:
        raise SettingsError(
            Finding(
                code=SettingsCode.TRUST,
                path="trust_pins",
                message="expected the fingerprint of a list key, found none",
            )
        )
    return Materials(
        hub=settings.hub,
        production=settings.production,
        lists=read_lists_on_disk(settings),
        pins=frozenset(Fingerprint(bytes.fromhex(pin)) for pin in settings.trust_pins),
        read_at=at,
        receipt_certificates=receipt_certificates,
    )


async def next_generation(settings: Settings, current: Examiner, at: datetime) -> Examiner | None:
    """Return started examiners with the lists on disk, or `None` when nothing has changed.

    Raises:
        ExchangeError: The lists on disk cannot be used.
    """
    lists = await asyncio.to_thread(read_lists_on_disk, settings)
    if lists == current.materials.lists:
        return None
    materials = replace(current.materials, lists=lists, read_at=at)
    snapshot = await asyncio.to_thread(build_snapshot, materials, current.snapshot.trust.lists)
    examiner = Examiner(
        snapshot=snapshot,
        materials=materials,
        workers=settings.workers,
        seconds=settings.examination_seconds,
        max_waiting=settings.max_waiting,
    )
    await examiner.start()
    return examiner


def refuse_unusable(error: ExchangeError) -> SettingsError:
    """Return what the operator is told about lists that cannot be used at the start."""
    return SettingsError(
        Finding(code=SettingsCode.TRUST, path="trust_dir", message=f"{error.code}: {error}"),
        *error.findings,
    )


def _unusable(message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.TRUST, path="trust_dir", message=message))
