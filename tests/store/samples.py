"""Entries as the service would make them, with documents that look like ours but mean nothing."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.deliveries import Acknowledgement, Leased
from exchange.core.entry import (
    DeliveryId,
    Entry,
    Message,
    NewAttestation,
    NewDelivery,
    NewStatusChange,
    ReceiptRecord,
    Statement,
    Verdict,
)
from exchange.core.hold import Hold, Lapse
from exchange.core.lifecycle import Change, Mode
from exchange.core.model import (
    BodyId,
    ContentDigest,
    DocumentId,
    Fingerprint,
    Kind,
    MessageDigest,
    MessageId,
    Status,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUER = BodyId("CN-CB-0103")
OTHER = BodyId("DE-CB-0042")
PULLER = BodyId("BR-RA-INMETRO")
PUSHED = BodyId("NO-RA-DSB")
HUB = BodyId("XX-HUB-01")
SCHEME = "urn:mrhub:scheme:management-systems"


def later(**durations: float) -> datetime:
    """Return an instant after `NOW`."""
    return NOW + timedelta(**durations)


@dataclass
class Samples:
    """Makes entries; the same seed makes the same ones."""

    seed: int = 1
    size: int = 2_000
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Seed the dice."""
        self.random = random.Random(self.seed)  # noqa: S311  names, not secrets

    def identifier(self) -> str:
        """Return a UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def document(self, number: str) -> bytes:
        """Return octets that compress about as well as our documents do."""
        words = ("<Requirement>ISO 9001:2015</Requirement>", "<Site>上海市浦东新区</Site>")
        lines = [f"<Attestation><CertificateNumber>{number}</CertificateNumber>"]
        while sum(map(len, lines)) < self.size:
            lines.append(self.random.choice(words))
            lines.append(f"<Value>{self.random.getrandbits(64):x}</Value>")
        return "".join([*lines, "</Attestation>"]).encode()

    def receipt(
        self, digest: bytes, content: bytes | None, stage: str, issuer: BodyId
    ) -> ReceiptRecord:
        """Return a receipt about a message."""
        identifier = self.identifier()
        outcome = "rejected" if stage in {"rejected", "failed"} else "accepted"
        data = (
            f"<Receipt><ReceiptID>urn:uuid:{identifier}</ReceiptID><Stage>{stage}</Stage>"
            f"<Issuer>{issuer}</Issuer><MessageDigest>{digest.hex()}</MessageDigest>"
            f"<Signature>{self.random.randbytes(64).hex()}</Signature></Receipt>"
        ).encode()
        return ReceiptRecord(
            receipt_id=DocumentId(f"urn:uuid:{identifier}"),
            stage=stage,
            outcome=outcome,
            issuer=issuer,
            produced_at=NOW,
            data=data,
            message_digest=MessageDigest(digest),
            content_digest=None if content is None else ContentDigest(content),
        )

    def attestation(
        self,
        *,
        pull: tuple[BodyId, ...] = (PULLER,),
        push: tuple[BodyId, ...] = (),
        issuer: BodyId = ISSUER,
        **claimed: object,
    ) -> Entry:
        """Return an entry with an attestation; `claimed` replaces what it says."""
        number = self.identifier()
        claim = replace(
            NewAttestation(
                attestation_id=f"urn:uuid:{self.identifier()}",
                certificate_number=number[:18],
                scheme=SCHEME,
                revision=0,
                status=Status.ACTIVE,
                since=NOW,
            ),
            **claimed,  # type: ignore[arg-type]
        )
        return self.entry(claim, self.document(number), issuer, pull, push)

    def revision(self, first: Entry, number: int, **claimed: object) -> Entry:
        """Return an entry with a later revision of an attestation."""
        assert first.statement is not None
        claim = first.statement.claim
        assert isinstance(claim, NewAttestation)
        kept = {
            name: getattr(claim, name)
            for name in ("attestation_id", "certificate_number", "scheme", "expires_at")
        }
        return self.attestation(**{**kept, "revision": number, **claimed})

    def status_change(
        self,
        of: Entry,
        sequence: int,
        previous: Status,
        new: Status,
        change: Change,
        **claimed: object,
    ) -> Entry:
        """Return an entry with a status change of an attestation."""
        statement = of.statement
        assert statement is not None
        assert isinstance(statement.claim, NewAttestation)
        claim = replace(
            NewStatusChange(
                attestation_id=statement.claim.attestation_id,
                certificate_number=statement.claim.certificate_number,
                attestation_digest=statement.content_digest,
                sequence=sequence,
                previous=previous,
                new=new,
                change=change,
                effective_at=NOW,
            ),
            **claimed,  # type: ignore[arg-type]
        )
        return self.entry(claim, self.document(str(sequence)), ISSUER, (PULLER,), ())

    def entry(
        self,
        claim: NewAttestation | NewStatusChange,
        data: bytes,
        issuer: BodyId,
        pull: tuple[BodyId, ...],
        push: tuple[BodyId, ...],
    ) -> Entry:
        """Return an accepted entry."""
        digest = MessageDigest(sha256(data).digest())
        content = ContentDigest(sha256(b"content of " + data).digest())
        kind = Kind.ATTESTATION if isinstance(claim, NewAttestation) else Kind.STATUS_CHANGE
        return Entry(
            message=Message(
                sender=issuer,
                message_id=MessageId(self.identifier()),
                digest=digest,
                addressees=(*pull, *push),
                received_at=NOW,
            ),
            statement=Statement(
                content_digest=content,
                document_id=DocumentId(f"urn:uuid:{self.identifier()}"),
                kind=kind,
                issuer=issuer,
                scheme=SCHEME,
                claim=claim,
                signer=Fingerprint(sha256(issuer.encode()).digest()),
            ),
            data=data,
            token=self.random.randbytes(16),
            receipt=self.receipt(digest, content, "accepted", HUB),
            deliveries=tuple(
                NewDelivery(
                    delivery_id=DeliveryId(self.identifier()),
                    addressee=addressee,
                    mode=mode,
                    next_at=NOW,
                    deadline=later(hours=72) if mode is Mode.PUSH else None,
                )
                for mode, addressees in ((Mode.PULL, pull), (Mode.PUSH, push))
                for addressee in addressees
            ),
        )

    def again(self, entry: Entry) -> Entry:
        """Return another message that brings the same document."""
        receipt = self.receipt(
            entry.message.digest,
            None if entry.statement is None else entry.statement.content_digest,
            "accepted",
            HUB,
        )
        return replace(
            entry,
            message=replace(entry.message, message_id=MessageId(self.identifier())),
            receipt=receipt,
            deliveries=tuple(
                replace(delivery, delivery_id=DeliveryId(self.identifier()))
                for delivery in entry.deliveries
            ),
        )

    def rejected(self, entry: Entry) -> Entry:
        """Return the refusal of an entry."""
        return replace(
            entry,
            verdict=Verdict.REJECTED,
            statement=None,
            deliveries=(),
            receipt=self.receipt(entry.message.digest, None, "rejected", HUB),
        )

    def lapse(self, hold: Hold) -> Lapse:
        """Return the end of a hold whose time ran out."""
        receipt = self.receipt(hold.message.digest, hold.content_digest, "failed", HUB)
        return Lapse(
            hold=hold,
            receipt=replace(receipt, previous=hold.receipt_digest),
            at=hold.until,
            code=StatusChangeCode.STC_02.value,
        )

    def acknowledgement(self, leased: Leased, **changed: object) -> Acknowledgement:
        """Return the addressee's answer to what it was handed."""
        receipt = replace(
            self.receipt(
                leased.message_digest, leased.content_digest, "acknowledged", leased.addressee
            ),
            previous=leased.receipt_digest,
        )
        return Acknowledgement(
            delivery_id=leased.delivery_id,
            addressee=leased.addressee,
            receipt=replace(receipt, **changed),  # type: ignore[arg-type]
            at=later(minutes=1),
        )
