"""Verification by number with full recomputation, in a register of adjustable size.

The callers stand in the hub's own process, without a socket; examination is in the workers.

The floor is what no answer can do without: the rows of the certificate, and one signature
verification with schema validation (`tests.bench.floor`) on each processor.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import uvloop

from exchange.core.certificates import CertificateKey
from exchange.core.model import BodyId
from exchange.core.verification import Overall
from exchange.service.addressees import Addressees
from exchange.service.bulk import take_in
from exchange.service.footprint import settle
from exchange.service.hub import Hub
from exchange.service.identify import Caller, transport_keys
from exchange.service.verify import Viewer, verify_number
from exchange.settings import Settings
from exchange.vault.files import FileVault
from tests.bench.bench_submit import variants
from tests.bench.corpus import HUB, PASS_PHRASE, Corpus
from tests.bench.figures import Row, percentile, say

AIM: Final = 1_000
"""Verifications a second that are wanted on two processors."""
AT_ONCE: Final = 48
"""Callers that ask without a pause, for the rate."""
CALM: Final = 8
"""Callers for the latency."""
_RUN: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    per_second: float
    p50: float
    p99: float
    hub_seconds: float
    """Processor time of the hub's process for one, the callers included."""
    rows_per_second: float
    """Certificates that are read, and nothing else, one after the other."""


def measure(
    corpus: Corpus, engine: str, store_url: str, *, size: int, number: int, floor: float
) -> list[Row]:
    """Return the rows about verification by number.

    Args:
        corpus: Keys, lists and drafts.
        engine: Name of the engine.
        store_url: A database of its own.
        size: Certificates in the register.
        number: Verifications that are measured.
        floor: Microseconds of one signature verification with schema validation alone.
    """
    say(f"verifying in a register of {size} on {engine}")
    vault = asyncio.run(FileVault.open(corpus.folder / "vault", PASS_PHRASE))
    documents = list(variants(corpus, size, vault, _RUN))
    found = uvloop.run(_measured(corpus, documents, store_url, number))
    processors = os.cpu_count() or 1
    best = 1e6 / (1e6 / found.rows_per_second + floor / processors)
    return [
        Row(
            what=f"verification by number, {size} certificates, {engine}",
            figure=f"{found.per_second:.0f}/s",
            remark=f"{processors} processors, aim {AIM}/s; {found.per_second / best:.0%} of "
            f"reading the rows and one signature verification ({best:.0f}/s); "
            f"{found.hub_seconds * 1e6:.0f} µs of processor time in the hub's own process",
        ),
        Row(
            what=f"its time with {CALM} callers, {engine}",
            figure=f"p99 {found.p99 * 1e3:.1f} ms",
            remark=f"median {found.p50 * 1e3:.1f} ms, aim p99 20 ms",
        ),
    ]


async def _measured(
    corpus: Corpus, documents: list[bytes], store_url: str, number: int
) -> _Verified:
    settings = Settings(
        hub=BodyId(HUB),
        data_dir=corpus.folder / f"verify-{os.getpid()}",
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
        keys = [
            CertificateKey(taken.committed.sequence)
            async for taken in take_in(
                hub, _stream(documents), caller=caller, addressees=Addressees(names=())
            )
            if taken.committed is not None
        ]
        if len(keys) < len(documents):
            refused = len(documents) - len(keys)
            raise RuntimeError(f"expected {len(documents)} certificates, {refused} were refused")
        dice = random.Random(1)  # noqa: S311  (figures, not keys)
        asked = await _some(hub, dice.sample(keys, min(number, len(keys))))

        async def read(one: tuple[CertificateKey, str, BodyId]) -> None:
            await hub.store.certificate(one[0])

        async def verify(one: tuple[CertificateKey, str, BodyId]) -> None:
            # The issuer sees its own certificates whatever it has declared.
            found = await verify_number(hub, one[1], one[2], viewer=Viewer(body=one[2]))
            if found.overall is not Overall.VALID:
                raise RuntimeError(f"expected a valid certificate, found {found.code}")

        await _timed(verify, asked[:AT_ONCE], AT_ONCE)
        begun = time.perf_counter()
        await _timed(read, asked, 1)
        rows = len(asked) / (time.perf_counter() - begun)
        begun, used = time.perf_counter(), time.process_time()
        await _timed(verify, asked, AT_ONCE)
        rate = len(asked) / (time.perf_counter() - begun)
        hub_seconds = (time.process_time() - used) / len(asked)
        calm = await _timed(verify, asked, CALM)
        return _Verified(
            per_second=rate,
            p50=percentile(calm, 0.5),
            p99=percentile(calm, 0.99),
            hub_seconds=hub_seconds,
            rows_per_second=rows,
        )


async def _stream(documents: list[bytes]) -> AsyncIterator[bytes]:
    for data in documents:
        yield data


async def _some(hub: Hub, keys: list[CertificateKey]) -> list[tuple[CertificateKey, str, BodyId]]:
    found = [await hub.store.certificate(key) for key in keys]
    return [(one.key, one.certificate_number, one.issuer) for one in found if one is not None]


async def _timed(
    work: Callable[[tuple[CertificateKey, str, BodyId]], Awaitable[None]],
    asked: list[tuple[CertificateKey, str, BodyId]],
    at_once: int,
) -> list[float]:
    """Return how long each took, asked by so many callers without a pause."""
    todo: Iterator[tuple[CertificateKey, str, BodyId]] = iter(asked)
    taken: list[float] = []

    async def ask() -> None:
        for one in todo:
            begun = time.perf_counter()
            await work(one)
            taken.append(time.perf_counter() - begun)

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return taken
