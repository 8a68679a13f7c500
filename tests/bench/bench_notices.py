"""How long it takes until recipients have the notice that a key was revoked.

- A key has signed 500 documents, each of which 12 partners have received: 6,000 deliveries. Two
  persons revoke it. Counted is from the second person's word, so what it takes to examine,
  decide and commit the action is inside, until the notice is in the hands of each partner, who
  waits for it with a long poll, as `exchange pull` does.
- One hub with all its duties, in this process, on the engine that is named.

    python -m tests.bench.bench_notices
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from exchange.core.model import BodyId, Kind
from exchange.core.trust_values import KeyStatus
from exchange.service.duties import on_duty
from exchange.service.hub import Hub
from tests.administered import CB, CNAS, Administered, key_of, make_administered, with_status
from tests.bench.figures import Row, say, table
from tests.postgres import running_server
from tests.service.notices import read_notice, submit_to

DOCUMENTS: Final = 500
PARTNERS: Final = 12
FIRST: Final = 1.0
"""Seconds until the first partner has its notice, at most."""
ALL: Final = 5.0
"""Seconds until all of them have, at most."""
_ENOUGH: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was measured, in seconds after the word."""

    answered: float
    told: tuple[float, ...]
    """When each partner had its notice, in order."""


def measure(engine: str, store_url: str, *, documents: int = DOCUMENTS) -> list[Row]:
    """Return the figures about notices on one engine."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = asyncio.run(_measured(store_url, Path(folder), documents))
    return [
        Row(
            what=f"{engine}: a key with {documents} documents at {PARTNERS} partners is revoked: "
            "the first partner has its notice",
            figure=f"{found.told[0] * 1000:.0f} ms",
            remark=f"at most {FIRST * 1000:.0f} ms; the revocation was answered after "
            f"{found.answered * 1000:.0f} ms",
        ),
        Row(
            what=f"{engine}: all {PARTNERS} have theirs, each with {documents} certificates",
            figure=f"{found.told[-1] * 1000:.0f} ms",
            remark=f"at most {ALL * 1000:.0f} ms",
        ),
    ]


async def _measured(store_url: str, folder: Path, documents: int) -> Told:
    administered = make_administered(issuers=PARTNERS)
    partners = [BodyId(f"CN-CB-{9000 + place}") for place in range(PARTNERS)]
    async with administered.open(folder, store_url=store_url) as hub:
        await administered.admit(hub, CNAS, CB, *partners)
        async with on_duty(hub):
            say(f"submitting {documents} documents to {PARTNERS} partners")
            for number in range(1, documents + 1):
                data = administered.world.attestation(number=number)
                await submit_to(hub, data, number, partners)
            return await _revoked(administered, hub, partners, documents)


async def _revoked(
    administered: Administered, hub: Hub, partners: list[BodyId], documents: int
) -> Told:
    administered.world.clock.forward(timedelta(seconds=1))
    change = with_status(hub, key_of(hub, CB).fingerprint, KeyStatus.REVOKED)
    proposal = await administered.propose(hub, administered.li, change)
    waiting = [asyncio.create_task(_wait(hub, one, documents)) for one in partners]
    # Until all of them wait.
    await asyncio.sleep(0.5)
    began = time.monotonic()
    acted = await administered.approve(hub, administered.anna, proposal, shrinking=True)
    answered = time.monotonic() - began
    if acted.is_refused:
        raise RuntimeError(str(acted.findings))
    ended = await asyncio.gather(*waiting)
    return Told(answered=answered, told=tuple(sorted(at - began for at in ended)))


async def _wait(hub: Hub, partner: BodyId, documents: int) -> float:
    """Return when a partner has a notice with every certificate."""
    async with asyncio.timeout(_ENOUGH):
        while True:
            mark = hub.store.mark(partner)
            at = hub.clock()
            leased = await hub.store.lease(
                partner, limit=1, kinds=(Kind.NOTICE,), at=at, until=at + timedelta(minutes=5)
            )
            now = time.monotonic()
            if leased:
                found = read_notice(hub, leased[0].data)
                if len(found.certificates) != documents:
                    raise RuntimeError(f"{partner} was told of {len(found.certificates)}")
                return now
            await hub.store.wait_for_work(partner, timedelta(seconds=1), mark)


def main() -> int:
    """Measure on both engines and print the table."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_server() as server:
        rows = [
            *measure("SQLite", f"sqlite:///{folder}/notices.sqlite3"),
            *measure("PostgreSQL", server.create()),
        ]
    sys.stdout.write(table("Notices", rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
