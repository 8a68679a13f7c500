"""The lists that a hub had in force when it was last open: its next start is held against them.

- A rollback is noticed over a restart too: a folder that was put back from a back-up, or by
  somebody, would bring back keys that were suspended or revoked since.
- What was in force is kept with its snapshot. Only what today's pins lead to counts, so an
  operator who pins another root begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Final

from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import Economy, Fingerprint
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import ListType
from exchange.core.trustlist import read_again
from exchange.errors import RejectedError
from exchange.service.examination import Materials, release_parts
from exchange.store.store import Store

_LISTS: Final = "trust/"
"""What the names of those parts of a snapshot begin with that are lists."""


async def lists_before(store: Store, materials: Materials) -> tuple[TrustList, ...]:
    """Return the lists that were in force last; none where those at hand are the same.

    Raises:
        StoreError: What was kept cannot be read.
    """
    kept = await store.newest_parts(_LISTS)
    if set(kept) <= set(materials.lists):
        # So it is at nearly every start, and nothing is read twice.
        return ()
    return await asyncio.to_thread(_read, kept, materials.pins)


def _read(kept: Iterable[bytes], pins: Collection[Fingerprint]) -> tuple[TrustList, ...]:
    """Return those lists that the pins lead to, of each the newest."""
    catalogue, _ = release_parts()
    limits = Limits()
    signers = set(pins)
    found: dict[tuple[ListType, Economy], TrustList] = {}
    waiting = list(kept)
    progress = True
    while waiting and progress:
        later: list[bytes] = []
        for data in waiting:
            try:
                one = read_again(
                    data,
                    catalogue=catalogue,
                    limits=limits,
                    algorithms=ALGORITHMS,
                    pinned=signers,
                )
            except RejectedError:
                # Its signer may be named by a list that is read after it.
                later.append(data)
                continue
            signers.update(signer for pointer in one.pointers for signer in pointer.signers)
            known = found.get((one.type, one.territory))
            if known is None or known.sequence < one.sequence:
                found[one.type, one.territory] = one
        progress = len(later) < len(waiting)
        waiting = later
    return tuple(found.values())
