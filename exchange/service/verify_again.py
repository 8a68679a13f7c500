"""Verify again what everything rests on: every hour, as at the start and on every change.

- The lists in force are built into a snapshot once more, from their octets, under the pins; an
  administering hub also folds every action again from its octets.
- Memory and disks decay, and rows are edited: what does not come out the same stops the hub from
  signing until an operator has understood it, and what was published stands.
"""

from __future__ import annotations

import asyncio

import structlog

from exchange.codes.store import StoreCode
from exchange.errors import ExchangeError, Finding, StoreError
from exchange.service.examination import build_snapshot
from exchange.service.hub import Hub

_log = structlog.get_logger(__name__)


async def verify_again(hub: Hub) -> None:
    """Hold everything that trust rests on against what is believed.

    Raises:
        StoreError: Something is not what it was.
    """
    try:
        materials, snapshot = hub.examiner.materials, hub.snapshot
        again = await asyncio.to_thread(build_snapshot, materials)
        if again.bare().id != snapshot.bare().id:
            raise StoreError(
                Finding(
                    code=StoreCode.DAMAGED,
                    message=f"expected snapshot {snapshot.bare().id[:16]}…, "
                    f"found {again.bare().id[:16]}…",
                )
            )
        if hub.keeper is not None:
            await hub.keeper.verify()
    except ExchangeError as error:
        if error.code is not StoreCode.UNAVAILABLE:
            hub.refuses_to_sign = error.findings
            _log.error("refuses-to-sign", action="verify", cause=str(error))
        raise
    _log.info(
        "verified",
        action="verify",
        lists=len(materials.lists),
        actions=0 if hub.keeper is None else hub.keeper.state.count,
    )
