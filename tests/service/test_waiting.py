"""What travels together to a worker: a little of a short line, much of a long one."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from exchange.core.certificates import CertificateKey, KeptCertificate
from exchange.core.model import BodyId, DocumentId
from exchange.core.verification import Asked
from exchange.core.verification_kept import Inquiry
from exchange.core.verification_shown import Sight
from exchange.service.examination import Job
from exchange.service.verify_jobs import Inquired
from exchange.service.waiting import BATCH, TOGETHER, Waiting, take_next
from tests.world import START, World


def _line(world: World, length: int) -> deque[Waiting]:
    job = Job(
        snapshot_id=world.snapshot.id,
        data=b"<a/>",
        message=None,
        at=START,
        receipt_id=DocumentId("urn:uuid:00000000-0000-8000-8000-000000000001"),
        produced_at=START,
    )
    loop = asyncio.get_running_loop()
    return deque(
        Waiting(
            request=replace(job, data=b"%d" % n),
            snapshot=world.snapshot,
            answer=loop.create_future(),
        )
        for n in range(length)
    )


@pytest.mark.parametrize(
    ("waiting", "taken"),
    [(0, 0), (5, 5), (BATCH, BATCH), (4 * BATCH, BATCH), (8 * BATCH, 2 * BATCH), (999, TOGETHER)],
)
async def test_the_longer_the_line_the_more_travel_together(
    world: World, waiting: int, taken: int
) -> None:
    line = _line(world, waiting)

    first = take_next(line, workers=2)

    assert [one.request.data for one in first] == [b"%d" % n for n in range(taken)]  # type: ignore[union-attr]
    assert len(line) == waiting - taken


async def test_what_is_to_travel_alone_does_and_who_is_gone_is_left_out(world: World) -> None:
    line = _line(world, 6)
    line[1].answer.cancel()
    line[3].alone = True

    turns = [take_next(line, workers=2) for _ in range(3)]

    assert [[one.request.data for one in turn] for turn in turns] == [  # type: ignore[union-attr]
        [b"0", b"2"], [b"3"], [b"4", b"5"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("waiting", "shares"), [(1, [1, 0]), (8, [4, 2, 1, 1]), (9, [5, 2]), (999, [BATCH, BATCH])]
)
async def test_inquiries_are_shared_among_the_workers(
    world: World, waiting: int, shares: list[int]
) -> None:
    kept = KeptCertificate(
        key=CertificateKey(1),
        issuer=BodyId("CN-CB-0103"),
        attestation_id="urn:uuid:00000000-0000-8000-8000-000000000001",
        certificate_number="1",
        scheme="",
        token=bytes(16),
    )
    inquiry = Inquiry(certificate=kept, declared=None, asked=Asked(), sight=Sight.NOTHING, at=START)
    line = _line(world, waiting)
    for one in line:
        one.request = Inquired(snapshot_id=world.snapshot.id, inquiry=inquiry)

    assert [len(take_next(line, workers=2)) for _ in shares] == shares
