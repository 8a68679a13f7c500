"""Bulk intake: full examination, signed receipts and durable commit of a long stream, in-process.

The documents are signed beforehand and lie in one file, so that the memory of this process is
that of the hub alone. Nothing else is left out: five gates in worker processes, one receipt and
one ledger leaf for each document, `synchronous=FULL`.
"""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from exchange.core.entry import Verdict
from exchange.core.model import BodyId
from exchange.service.addressees import Addressees
from exchange.service.bulk import take_in
from exchange.service.footprint import settle
from exchange.service.hub import Hub
from exchange.service.identify import Caller, transport_keys
from exchange.settings import Settings
from exchange.vault.files import FileVault
from tests.bench.bench_submit import variants
from tests.bench.corpus import HUB, PASS_PHRASE, Corpus
from tests.bench.figures import Row, resident_bytes, say

AIM = 1_500
"""Documents a second that are wanted on two processors."""
LEAD = 1_000
"""Documents after which caches of a fixed size are full, and time and memory are taken."""
_LENGTH = struct.Struct("!I")
_RUN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    seconds: float
    own: float
    """Processor time of the hub's own process, in seconds."""
    others: float
    """Processor time of its workers, in seconds."""
    before: int
    after: int
    size: int
    """Octets of the database."""


def measure(corpus: Corpus, engine: str, store_url: str, *, number: int, floor: float) -> list[Row]:
    """Return the rows about taking in a stream.

    Args:
        corpus: Keys, lists and drafts.
        engine: Name of the engine.
        store_url: A database of its own.
        number: Documents that are measured, after some that are not.
        floor: Microseconds of one signature verification with schema validation alone.
    """
    place = corpus.folder / f"intake-{engine}.documents"
    vault = asyncio.run(FileVault.open(corpus.folder / "vault", PASS_PHRASE))
    say(f"signing {number + LEAD} documents for the intake to {engine}")
    with place.open("wb") as out:
        for data in variants(corpus, number + LEAD, vault, _RUN):
            out.write(_LENGTH.pack(len(data)) + data)
    say(f"taking in {number} documents to {engine}")
    taken = uvloop.run(_take(corpus, place, store_url))
    place.unlink()
    rate = number / taken.seconds
    processors = os.cpu_count() or 1
    return [
        Row(
            what=f"bulk intake with full examination, {engine}",
            figure=f"{rate:.0f}/s",
            remark=f"{processors} processors, aim {AIM}/s; "
            f"{rate * floor / processors / 1e6:.0%} of what they could parse, validate and verify "
            f"at best; processor time of each: {taken.own / number * 1e6:.0f} µs in the hub's own "
            f"process, {taken.others / number * 1e6:.0f} µs in its workers",
        ),
        Row(
            what=f"memory of the hub and its workers over {number} documents, {engine}",
            figure=f"{taken.after / taken.before - 1:+.1%}",
            remark=f"from {taken.before / 2**20:.0f} to {taken.after / 2**20:.0f} MiB",
        ),
        Row(
            what=f"octets on disk for each attestation, {engine}",
            figure=f"{taken.size / (number + LEAD) / 1024:.2f} KiB",
            remark="statement, receipt, ledger, register and every index",
        ),
    ]


async def _take(corpus: Corpus, place: Path, store_url: str) -> _Taken:
    settings = Settings(
        hub=BodyId(HUB),
        data_dir=corpus.folder / f"intake-{os.getpid()}",
        store_url=store_url,
        vault_dir=corpus.folder / "vault",
        vault_passphrase=PASS_PHRASE,
        trust_dir=corpus.folder / "trust",
        trust_pins=(corpus.built.root.hex(),),
        partner_port=0,
        public_port=0,
        workers=os.cpu_count() or 1,
    )
    settings.data_dir.mkdir(exist_ok=True)
    async with Hub.open(settings) as hub:
        settle()
        body = hub.trust.bodies[BodyId(HUB)]
        (key, *_) = transport_keys(hub.snapshot, hub.clock(), body.id)
        caller = Caller(body=body, key=key.fingerprint)
        begun, own, others, before, count = 0.0, 0.0, 0.0, 0, 0
        async for taken in take_in(
            hub, _documents(place), caller=caller, addressees=Addressees(names=())
        ):
            if taken.verdict is not Verdict.ACCEPTED:
                raise RuntimeError(f"expected every document accepted, found {taken}")
            count += 1
            if count == LEAD:
                begun, own, before = time.perf_counter(), time.process_time(), _resident(hub)
                others = _others(hub)
        return _Taken(
            seconds=time.perf_counter() - begun,
            own=time.process_time() - own,
            others=_others(hub) - others,
            before=before,
            after=_resident(hub),
            size=await hub.store._database.size(),
        )


def _resident(hub: Hub) -> int:
    return resident_bytes() + sum(resident_bytes(one.pid) for one in hub.examiner.processes)


def _others(hub: Hub) -> float:
    """Return the processor time that the workers have taken, in seconds."""
    ticks = 0
    for one in hub.examiner.processes:
        fields = Path(f"/proc/{one.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        user, system = fields.split()[11:13]
        ticks += int(user) + int(system)
    return ticks / os.sysconf("SC_CLK_TCK")


async def _documents(place: Path) -> AsyncIterator[bytes]:
    for data in _read(place):
        yield data


def _read(place: Path) -> Iterator[bytes]:
    with place.open("rb") as source:
        while head := source.read(_LENGTH.size):
            yield source.read(_LENGTH.unpack(head)[0])
