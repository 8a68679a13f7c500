"""The main journey over TLS: submit, receipt, pull, acknowledge, and anyone can check."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from datetime import timedelta
from hashlib import sha256

import pytest

from exchange.core.checkpoint import verify_note
from exchange.core.ledger import leaf_hash, verify_inclusion
from exchange.core.model import KeyRole
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Outcome, Stage
from exchange.vault.vault import key_name
from tests.running import Caller, Running
from tests.world import HUB

TO_PARTNER = '"SG-AB-SAC"'


async def test_a_statement_is_submitted_pulled_and_acknowledged(either_house: Running) -> None:
    house = either_house
    issuer, partner = await house.caller("CN-CB-0103"), await house.caller("SG-AB-SAC")
    data = house.world.attestation()
    submitted = await issuer.submit(data, TO_PARTNER)
    assert submitted.status == 201, submitted.body
    (delivery,) = await partner.lease(max=10)
    assert base64.b64decode(delivery["statement"]) == data
    assert base64.b64decode(delivery["receipt"]) == submitted.body
    acknowledged = await partner.acknowledge(delivery)
    assert acknowledged.status == 201, acknowledged.body
    receipts = (await issuer.ask("GET", submitted.headers["Location"] + "/receipts")).json
    assert [one["stage"] for one in receipts["receipts"]] == ["accepted", "acknowledged"]
    assert await partner.lease(max=10) == []


async def test_the_receipt_is_a_statement_of_the_hub_that_passes_every_gate(
    house: Running, issuer: Caller
) -> None:
    data = house.world.attestation()
    answer = await issuer.submit(data, TO_PARTNER)
    receipt = read_receipt(answer.body, house.world.snapshot, house.world.clock.now).receipt
    assert receipt.issuer == HUB
    assert receipt.stage is Stage.ACCEPTED
    assert receipt.message_digest == sha256(data).digest()
    assert receipt.sender == "CN-CB-0103"
    assert receipt.addressees == ("SG-AB-SAC",)


async def test_the_same_message_again_is_answered_with_the_first_receipt(
    either_house: Running,
) -> None:
    issuer = await either_house.caller("CN-CB-0103")
    name, data = str(uuid.uuid4()), either_house.world.attestation()
    first = await issuer.submit(data, TO_PARTNER, message_id=name)
    again = await issuer.submit(data, TO_PARTNER, message_id=name)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    kept = await issuer.ask("GET", f"/v1/messages/{name}/receipt")
    assert kept.body == first.body


async def test_the_same_message_many_times_at_once_is_committed_once(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    name, data = str(uuid.uuid4()), house.world.attestation()
    answers = await asyncio.gather(
        *(issuer.submit(data, TO_PARTNER, message_id=name) for _ in range(12))
    )
    assert sorted(answer.status for answer in answers) == [200] * 11 + [201]
    assert len({answer.body for answer in answers}) == 1
    assert len(await partner.lease(max=10)) == 1


@pytest.mark.parametrize("other", ["octets", "addressees"])
async def test_a_message_id_for_another_message_is_a_conflict_that_names_both_digests(
    house: Running, issuer: Caller, other: str
) -> None:
    name, first = str(uuid.uuid4()), house.world.attestation()
    second = house.world.attestation(number=1) if other == "octets" else first
    await issuer.submit(first, TO_PARTNER, message_id=name)
    to = TO_PARTNER if other == "octets" else '"register-only"'
    answer = await issuer.submit(second, to, message_id=name)
    assert (answer.status, answer.code) == (409, "refused.message-id-conflict")
    assert sha256(first).hexdigest() in answer.json["detail"]
    assert sha256(second).hexdigest() in answer.json["detail"]


async def test_a_message_id_belongs_to_its_sender(house: Running, issuer: Caller) -> None:
    other = await house.caller("RU-CB-0201")
    name = str(uuid.uuid4())
    first = await issuer.submit(house.world.attestation(), TO_PARTNER, message_id=name)
    second = await other.submit(
        house.world.attestation("ru-qms-machinery"), TO_PARTNER, message_id=name
    )
    assert (first.status, second.status) == (201, 201)


async def test_a_refused_document_gets_a_signed_negative_receipt_the_same_every_time(
    either_house: Running,
) -> None:
    house = either_house
    issuer = await house.caller("CN-CB-0103")
    forged = house.world.attestation().replace(b"<c:City>", b"<c:City>New ", 1)
    name = str(uuid.uuid4())
    first = await issuer.submit(forged, TO_PARTNER, message_id=name)
    again = await issuer.submit(forged, TO_PARTNER, message_id=name)
    assert (first.status, first.code) == (422, "signature.digest-mismatch")
    assert first.json["retry"] is False
    assert again.body == first.body
    receipt = read_receipt(
        base64.b64decode(first.json["receipt"]), house.world.snapshot, house.world.clock.now
    ).receipt
    assert (receipt.stage, receipt.outcome) == (Stage.REJECTED, Outcome.REJECTED)
    assert receipt.findings[0].code == first.code


async def test_a_refusal_of_gate_2_is_explained_in_words(house: Running, issuer: Caller) -> None:
    draft = house.world.draft(changes={"<Revision>0</Revision>": "<Revision>none</Revision>"})
    answer = await issuer.submit(house.world.sign(draft), TO_PARTNER)
    assert (answer.status, answer.code) == (422, "schema.invalid")
    assert len(answer.json["findings"]) > 1


async def test_what_the_register_refuses_is_receipted_too(house: Running, issuer: Caller) -> None:
    first = house.world.attestation()
    second = house.world.sign(
        house.world.draft(changes={"<Revision>0</Revision>": "<Revision>5</Revision>"})
    )
    await issuer.submit(first)
    answer = await issuer.submit(second)
    assert answer.status == 422
    assert "receipt" in answer.json
    codes = {finding["code"] for finding in answer.json["findings"]}
    assert codes & {"rule.HDR-01", "rule.ATT-03"}


async def test_register_only_reaches_nobody(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    answer = await issuer.submit(house.world.attestation(), '"register-only"')
    assert answer.status == 201
    assert await partner.lease(max=10) == []


async def test_an_economy_stands_for_the_bodies_in_it_that_take_this(
    house: Running, issuer: Caller
) -> None:
    answer = await issuer.submit(house.world.attestation(), '"SG", "PT"')
    assert answer.status == 201, answer.body
    for body in ("SG-AB-SAC", "PT-AB-IPAC"):
        caller = await house.caller(body)
        assert len(await caller.lease(max=10)) == 1


async def test_a_lease_that_ran_out_comes_back_with_its_attempts(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    (first,) = await partner.lease(max=10, lease_seconds=60)
    assert await partner.lease(max=10) == []
    house.world.clock.forward(timedelta(seconds=61))
    (again,) = await partner.lease(max=10)
    assert again["delivery_id"] == first["delivery_id"]
    assert (first["attempts"], again["attempts"]) == (1, 2)


async def test_a_late_acknowledgement_is_taken(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    (delivery,) = await partner.lease(max=10, lease_seconds=1)
    house.world.clock.forward(timedelta(hours=2))
    assert (await partner.acknowledge(delivery)).status == 201


async def test_a_long_poll_ends_with_the_first_delivery(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    began = time.monotonic()
    waiting = asyncio.create_task(partner.lease(max=10, wait_seconds=20))
    await asyncio.sleep(0.2)
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    assert len(await waiting) == 1
    assert time.monotonic() - began < 10


async def test_a_long_poll_without_work_ends_empty_in_time(partner: Caller) -> None:
    began = time.monotonic()
    assert await partner.lease(max=1, wait_seconds=1) == []
    assert time.monotonic() - began >= 0.9


async def test_filters_narrow_what_is_leased(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    assert await partner.lease(max=10, kinds=["status-change"]) == []
    assert await partner.lease(max=10, schemes=["urn:mrhub:scheme:ccc"]) == []
    assert len(await partner.lease(max=10, kinds=["attestation"])) == 1


async def test_a_later_statement_of_a_certificate_waits_for_the_earlier_one(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    world = house.world
    attestation = world.attestation()
    content = world.signed(attestation).content_digest
    await issuer.submit(attestation, TO_PARTNER)
    named = base64.b64encode(content).decode()
    change = world.status_change(changes={"DMvDSfbojGqzboeo+495CTJJqKaAQwK9DScyg+RIzaA=": named})
    answer = await issuer.submit(change, TO_PARTNER)
    assert answer.status == 201, answer.body
    (first,) = await partner.lease(max=10)
    assert first["kind"] == "attestation"
    await partner.acknowledge(first)
    (second,) = await partner.lease(max=10)
    assert second["kind"] == "status-change"


async def test_acknowledging_twice_returns_the_first_and_another_outcome_is_refused(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    (delivery,) = await partner.lease(max=10)
    first = await partner.acknowledge(delivery)
    again = await partner.acknowledge(delivery)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    other = partner.acknowledgement(delivery, Outcome.REJECTED)
    answer = await partner.acknowledge(delivery, other)
    assert (answer.status, answer.code) == (409, "refused.acknowledgement-conflict")


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_every_outcome_can_be_acknowledged(
    house: Running, issuer: Caller, partner: Caller, outcome: Outcome
) -> None:
    submitted = await issuer.submit(house.world.attestation(), TO_PARTNER)
    (delivery,) = await partner.lease(max=10)
    answer = await partner.acknowledge(delivery, partner.acknowledgement(delivery, outcome))
    assert answer.status == 201, answer.body
    receipts = (await issuer.ask("GET", submitted.headers["Location"] + "/receipts")).json
    assert receipts["receipts"][1]["outcome"] == outcome.value


async def test_an_acknowledgement_of_somebody_else_is_refused(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    await issuer.submit(house.world.attestation(), TO_PARTNER)
    (delivery,) = await partner.lease(max=10)
    forged = issuer.acknowledgement(delivery)
    answer = await partner.acknowledge(delivery, forged)
    assert (answer.status, answer.code) == (400, "refused.acknowledgement")
    stranger = await issuer.acknowledge(delivery)
    assert (stranger.status, stranger.code) == (404, "refused.unknown-delivery")


async def test_proofs_hold_against_the_signed_checkpoint(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    submitted = await issuer.submit(house.world.attestation(), TO_PARTNER)
    (delivery,) = await partner.lease(max=10)
    await partner.acknowledge(delivery)
    answer = await partner.ask("GET", submitted.headers["Location"] + "/proof")
    proof = answer.json
    public = await house.world.vault.public_key(key_name(HUB, KeyRole.CHECKPOINT))
    checkpoint = verify_note(
        proof["checkpoint"].encode(), name="xx-hub-01/ledger", public_key=public
    )
    assert len(proof["leaves"]) == 2
    for leaf in proof["leaves"]:
        record = base64.b64decode(leaf["record"])
        assert record[34:].hex() == leaf["receipt_digest"]
        verify_inclusion(
            leaf_hash(record),
            index=leaf["index"],
            size=checkpoint.size,
            proof=[base64.b64decode(step) for step in leaf["path"]],
            root=checkpoint.root,
        )


@pytest.mark.parametrize("what", ["", "/receipts", "/proof"])
async def test_to_others_a_statement_does_not_exist(
    house: Running, issuer: Caller, partner: Caller, what: str
) -> None:
    submitted = await issuer.submit(house.world.attestation(), TO_PARTNER)
    path = submitted.headers["Location"] + what
    stranger = await house.caller("RU-CB-0201")
    hidden = await stranger.ask("GET", path)
    unknown = await stranger.ask("GET", f"/v1/statements/{'0' * 64}{what}")
    assert (hidden.status, hidden.code) == (404, "refused.not-found")
    assert hidden.json.keys() == unknown.json.keys()
    assert (await partner.ask("GET", path)).status == 200
    assert (await issuer.ask("GET", path)).status == 200
