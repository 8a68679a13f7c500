"""The addressee's side: kept in its own database before it is acknowledged, and only once."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from exchange.core.model import BodyId, DocumentId, Kind, MessageDigest, MessageId
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Outcome, Receipt, ReportedFinding, Stage, write
from exchange.errors import PeerError, Severity, UndecidedError
from exchange.service.take_over import Addressee, Delivered, TakenOver, take_over
from exchange.store.store import Store
from tests.world import HUB, ISSUER, World

PARTNER = BodyId("SG-AB-SAC")


@pytest.fixture
async def addressee(world: World, tmp_path: Path) -> AsyncIterator[Addressee]:
    """Return a partner with an empty database."""
    async with Store.open(f"sqlite:///{tmp_path}/inbox.sqlite3") as store:
        yield Addressee(body=PARTNER, store=store, vault=world.vault, snapshot=world.snapshot)


def _receipt(world: World, data: bytes, **changes: object) -> bytes:
    """Return what the hub would say about a message."""
    said = {
        "receipt_id": DocumentId(f"urn:uuid:{uuid.uuid4()}"),
        "stage": Stage.ACCEPTED,
        "outcome": Outcome.ACCEPTED,
        "issuer": HUB,
        "message_id": MessageId(str(uuid.uuid4())),
        "sender": ISSUER,
        "addressees": (PARTNER,),
        "message_digest": MessageDigest(sha256(data).digest()),
        "kind": Kind.ATTESTATION,
        "received_at": world.clock.now,
        "produced_at": world.clock.now,
        "snapshot_id": world.snapshot.id,
        **changes,
    }
    return world.sign(write(Receipt(**said)), body=str(said["issuer"]))  # type: ignore[arg-type]


def _delivered(world: World, data: bytes, **changes: object) -> Delivered:
    return Delivered(
        delivery_id=MessageId(str(uuid.uuid4())),
        statement=data,
        receipt=_receipt(world, data, **changes),
    )


async def _take(world: World, addressee: Addressee, delivered: Delivered) -> TakenOver:
    fresh = DocumentId(f"urn:uuid:{uuid.uuid4()}")
    return await take_over(addressee, delivered, at=world.clock.now, receipt_id=fresh)


@pytest.mark.parametrize(
    "changes",
    [
        {"message_digest": MessageDigest(bytes(32))},
        {"issuer": BodyId("CN-CB-0103"), "outcome": Outcome.REJECTED},
        {
            "stage": Stage.REJECTED,
            "outcome": Outcome.REJECTED,
            "findings": (
                ReportedFinding(
                    code="xml.empty", severity=Severity.FATAL, path="", message="nothing"
                ),
            ),
        },
    ],
    ids=["about other octets", "says two things", "is a refusal"],
)
async def test_a_receipt_that_proves_nothing_keeps_nothing(
    world: World, addressee: Addressee, changes: dict[str, object]
) -> None:
    delivered = _delivered(world, world.attestation(), **changes)
    with pytest.raises(PeerError):
        await _take(world, addressee, delivered)
    assert await addressee.store.tree_size() == 0


async def test_what_is_in_order_is_kept_and_acknowledged(
    world: World, addressee: Addressee
) -> None:
    data = world.attestation()
    delivered = _delivered(world, data)
    taken = await _take(world, addressee, delivered)
    assert taken.outcome is Outcome.ACCEPTED
    receipted = read_receipt(
        taken.acknowledgement,
        world.snapshot,
        world.clock.now,
        message_digest=MessageDigest(sha256(data).digest()),
        previous=sha256(delivered.receipt).digest(),
    )
    assert receipted.receipt.stage is Stage.ACKNOWLEDGED
    assert receipted.receipt.issuer == PARTNER
    kept = await addressee.store.statement(world.examine(data).trusted.signed.content_digest)
    assert kept is not None
    assert kept.data == data


async def test_the_same_delivery_again_gets_the_same_octets(
    world: World, addressee: Addressee
) -> None:
    delivered = _delivered(world, world.attestation())
    first = await _take(world, addressee, delivered)
    world.clock.forward(timedelta(hours=1))
    again = await _take(world, addressee, delivered)
    assert again.acknowledgement == first.acknowledgement
    assert (first.repeated, again.repeated) == (False, True)


async def test_what_the_own_lists_do_not_cover_is_acknowledged_as_rejected(
    world: World, addressee: Addressee
) -> None:
    data = world.attestation().replace(b"<Revision>0", b"<Revision>1", 1)
    taken = await _take(world, addressee, _delivered(world, data))
    assert taken.outcome is Outcome.REJECTED
    assert [finding.code.value for finding in taken.findings] == ["signature.digest-mismatch"]
    receipted = read_receipt(taken.acknowledgement, world.snapshot, world.clock.now)
    assert [one.code for one in receipted.receipt.findings] == ["signature.digest-mismatch"]


async def test_what_is_no_document_is_acknowledged_as_unreadable(
    world: World, addressee: Addressee
) -> None:
    taken = await _take(world, addressee, _delivered(world, b"<not xml"))
    assert taken.outcome is Outcome.UNREADABLE


async def test_lists_that_have_ended_decide_nothing_and_keep_nothing(
    world: World, addressee: Addressee
) -> None:
    world.clock.forward(timedelta(days=365))
    delivered = _delivered(world, world.attestation())
    with pytest.raises(UndecidedError):
        await _take(world, addressee, delivered)
    assert await addressee.store.tree_size() == 0
