"""What proves that a document existed: requests for time-stamps, and receipts of the hub."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import new as new_digest
from typing import Any

from asn1crypto import tsp

from exchange.core.receipt_document import Outcome, Receipt, Stage, write
from tests.world import HUB, START, World

DOCUMENT = b"<Attestation/>"


def request(document: bytes = DOCUMENT, digest: str = "sha256") -> bytes:
    """Return a request for a time-stamp."""
    asked: bytes = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": digest},
                "hashed_message": new_digest(digest, document).digest(),
            },
            "nonce": 7,
            "cert_req": True,
        }
    ).dump()
    return asked


def receipt(world: World, document: bytes, at: datetime = START, **changes: Any) -> bytes:
    """Return the hub's receipt of a document that arrived at an instant."""
    sha256 = new_digest("sha256", document).digest()
    made = Receipt(
        receipt_id="urn:uuid:00000000-0000-4000-8000-000000000001",  # type: ignore[arg-type]
        stage=Stage.ACCEPTED,
        outcome=Outcome.ACCEPTED,
        issuer=HUB,
        message_id="00000000-0000-4000-8000-000000000002",  # type: ignore[arg-type]
        sender=HUB,
        addressees=(),
        message_digest=sha256,  # type: ignore[arg-type]
        kind=None,
        content_digest=None,
        custody=None,
        received_at=at,
        produced_at=at,
        snapshot_id=world.snapshot.id,
        signature=None,
        findings=(),
    )
    return world.sign(write(replace(made, **changes)), at=at)
