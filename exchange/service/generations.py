"""Generations: lists, snapshot, examiners and the hub's own receipt key, begun together.

- A generation is started whole before it is put in force; whoever began with the one before
  ends with it.
- What administrators have stopped, and what certification authorities say, is laid over the
  new generation as it lay over the old one: a new list never lifts a suspension by itself.
- The receipt key is chosen from the lists of the generation, so it rotates with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from exchange.core.model import KeyRole
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import TrustList
from exchange.service.examination import Materials, build_snapshot
from exchange.service.examiner import Examiner
from exchange.service.own_keys import OwnKey, own_key
from exchange.settings import Settings
from exchange.vault.vault import Vault


async def begin_generation(
    settings: Settings,
    materials: Materials,
    vault: Vault,
    *,
    at: datetime,
    previous: Sequence[TrustList] = (),
    over: Snapshot | None = None,
) -> Examiner:
    """Return a started generation of examiners.

    Args:
        settings: How many examiners there are to be.
        materials: The lists to judge by; their receipt certificates are chosen here.
        vault: Keeps the receipt keys.
        at: Now.
        previous: The lists in force before, so that none can be rolled back.
        over: The snapshot whose interruptions and revocation facts are taken over.

    Raises:
        RejectedError: A trust list cannot be used.
        VaultError: There is no receipt key.
    """
    snapshot = await asyncio.to_thread(build_snapshot, materials, previous)
    if over is not None:
        snapshot = laid_over(snapshot, over)
    receipt = await receipt_key(vault, snapshot, at)
    examiner = Examiner(
        snapshot=snapshot,
        materials=replace(materials, receipt_certificates=receipt.certificates),
        workers=settings.workers,
        seconds=settings.examination_seconds,
        max_waiting=settings.max_waiting,
    )
    await examiner.start()
    return examiner


def laid_over(snapshot: Snapshot, over: Snapshot) -> Snapshot:
    """Return a snapshot with the interruptions and revocation facts of another one."""
    return snapshot.with_interruptions(over.interruptions).with_revocation(over.revocation)


async def receipt_key(vault: Vault, snapshot: Snapshot, at: datetime) -> OwnKey:
    """Return the key that signs the hub's receipts now.

    Raises:
        VaultError: The vault has no receipt key.
    """
    return await own_key(
        vault,
        snapshot.hub,
        KeyRole.RECEIPT,
        listed=snapshot.trust.bodies.get(snapshot.hub),
        at=at,
        interruptions=snapshot.interruptions,
    )
