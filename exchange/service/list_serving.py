"""Trust lists as they are served: under which names, in which encodings, and to whom noted.

- A list answers to the name of its file (`CN.xml`, as pointers give it) and to its short name
  (`cn`, `lotl`, `root`).
- Compressed octets are made once for each version of a list, aside from the loop, and forgotten
  when the list is not in force any more. What is signed is what comes out of them.
- Partners are taken at their word about what they hold. One that says nothing is taken to hold
  what it was given.

Example:
    >>> served = await serving.octets(find_served(hub.trust, "CN.xml"), Encoding.ZSTD)
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog
import zstandard

from exchange.core.model import BodyId
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import ListType
from exchange.errors import StoreError
from exchange.service.find import nothing
from exchange.service.hub import Hub
from exchange.service.list_files import digest_file, list_file

_ZSTD_LEVEL: Final = 9
_GZIP_LEVEL: Final = 6
_SHORT: Final = {ListType.LIST_OF_LISTS: "lotl", ListType.DELEGATION: "root"}

_log = structlog.get_logger(__name__)


class Encoding(StrEnum):
    """How the octets of a list may travel, best first (RFC 9110, section 8.4.1; RFC 8878)."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a partner says that it holds."""

    sequence: int | None
    """Number of the list that it asks for; `None` when it does not say."""
    keys: int | None
    """How many keys it holds from all lists; `None` when it does not say."""


@dataclass(slots=True, eq=False)
class ServedLists:
    """Compressed octets of the lists in force."""

    _made: dict[tuple[bytes, Encoding], bytes] = field(default_factory=dict)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def octets(self, trust: Trust, one: TrustList, encoding: Encoding) -> bytes:
        """Return a list in an encoding.

        Args:
            trust: The lists in force; what is of none of them is forgotten.
            one: The list.
            encoding: How it shall travel.
        """
        if encoding is Encoding.IDENTITY:
            return one.data
        key = (one.digest, encoding)
        async with self._making:
            found = self._made.get(key)
            if found is None:
                found = await asyncio.to_thread(_encoded, one.data, encoding)
                current = {each.digest for each in trust.lists}
                self._made = {k: v for k, v in self._made.items() if k[0] in current}
                self._made[key] = found
        return found


def names_of(one: TrustList) -> tuple[str, str]:
    """Return the names that a list answers to: that of its file, and the short one."""
    short = _SHORT.get(one.type, one.territory.lower())
    return list_file(one.type, one.territory), short


def find_served(trust: Trust, name: str) -> TrustList:
    """Return the list of a name.

    Raises:
        RefusedError: There is none.
    """
    for one in trust.lists:
        if name in names_of(one):
            return one
    raise nothing(f"no trust list {name[:40]}")


def find_digest(trust: Trust, name: str) -> TrustList | None:
    """Return the list that a digest file is beside; `None` when the name is that of none."""
    for one in trust.lists:
        if name == digest_file(names_of(one)[0]):
            return one
    return None


async def note_holding(hub: Hub, partner: BodyId, one: TrustList, said: Holding) -> None:
    """Remember what a partner holds of a list, for the freshness board.

    A partner gets its list even where that cannot be kept: it will ask again, and say it again.
    """
    if partner == hub.id:
        return
    try:
        await hub.store.note_fetch(
            partner,
            names_of(one)[0],
            one.sequence if said.sequence is None else said.sequence,
            len(hub.trust.by_fingerprint) if said.keys is None else said.keys,
            hub.clock(),
        )
    except StoreError as error:
        _log.warning("not-noted", partner=partner, code=error.code.value, cause=str(error))


def preferred(accepted: Iterable[str]) -> Encoding:
    """Return the best encoding among those that a caller takes.

    Args:
        accepted: Names of encodings in lower case that were not given a weight of zero.
    """
    names = set(accepted)
    return next((one for one in Encoding if one.value in names), Encoding.IDENTITY)


def _encoded(data: bytes, encoding: Encoding) -> bytes:
    if encoding is Encoding.ZSTD:
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)
    # No time stamp, so that every process serves the same octets under the same tag.
    return gzip.compress(data, compresslevel=_GZIP_LEVEL, mtime=0)
