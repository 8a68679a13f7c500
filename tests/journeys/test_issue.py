"""Issuing: the hub signs with a body's key, on the word of a named person, or not at all."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from exchange.codes.declarations import DeclarationCode
from exchange.codes.service import RefusedCode
from exchange.core.declaration_writing import write_declaration
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.declaration import DeclaredScheme
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import BodyId, Custody, DocumentId, KeyRole, MessageId
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Stage
from exchange.service.overlays import lay_over
from tests.running import Caller, Running, running
from tests.world import HUB, ISSUER, World, make_world

QMS = "urn:mrhub:scheme:management-systems"


@pytest.fixture
def keeping_world() -> World:
    """Return a world in which the hub keeps the keys of one issuer."""
    world = make_world()
    for role in (KeyRole.ATTESTATION, KeyRole.STATUS):
        world = world.with_key(ISSUER, role, custody=Custody.HUB, kept_by=HUB)
    return world


@pytest.fixture
async def house(keeping_world: World, tmp_path: Path) -> AsyncIterator[Running]:
    """Return a hub that keeps those keys."""
    async with running(keeping_world, tmp_path) as one:
        yield one


async def test_an_authorised_draft_is_signed_committed_and_delivered(
    house: Running, issuer: Caller, partner: Caller
) -> None:
    draft = house.world.draft()
    answer = await issuer.issue(draft, ["SG-AB-SAC"])
    assert answer.status == 201, answer.body
    statement = base64.b64decode(answer.json["statement"])
    accepted = house.world.examine(statement)
    assert accepted.trusted.key.custody is Custody.HUB
    assert accepted.trusted.signed.content_digest.hex() == answer.json["content_digest"]
    (delivery,) = await partner.lease(max=1)
    assert base64.b64decode(delivery["statement"]) == statement


async def test_the_receipt_of_an_issued_statement_says_that_the_hub_keeps_the_key(
    house: Running, issuer: Caller
) -> None:
    answer = await issuer.issue(house.world.draft(), ["register-only"])
    receipt = read_receipt(
        base64.b64decode(answer.json["receipt"]), house.world.snapshot, house.world.clock.now
    ).receipt
    assert (receipt.stage, receipt.custody) == (Stage.ACCEPTED, Custody.HUB)


async def test_the_authorisation_is_kept_as_evidence(house: Running, issuer: Caller) -> None:
    draft, name = house.world.draft(), str(uuid.uuid4())
    await issuer.issue(draft, ["register-only"], message_id=name)
    message = await house.hub.store.find_message(ISSUER, MessageId(name))
    assert message is not None
    kept = await house.hub.store.evidence(message.sequence)
    assert kept is not None
    evidence = json.loads(kept)
    assert (evidence["person"], evidence["body"]) == ("王芳", ISSUER)
    assert evidence["draft_digest"] == sha256(draft).hexdigest()


async def test_issuing_the_same_again_returns_the_same_statement_and_receipt(
    house: Running, issuer: Caller
) -> None:
    draft, name = house.world.draft(), str(uuid.uuid4())
    answers = await asyncio.gather(
        *(issuer.issue(draft, ["register-only"], message_id=name) for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    assert len({answer.body for answer in answers}) == 1


async def test_another_draft_under_the_same_message_id_is_a_conflict(
    house: Running, issuer: Caller
) -> None:
    name = str(uuid.uuid4())
    await issuer.issue(house.world.draft(), ["register-only"], message_id=name)
    answer = await issuer.issue(house.world.draft(number=1), ["register-only"], message_id=name)
    assert (answer.status, answer.code) == (409, "refused.message-id-conflict")


async def test_a_draft_that_breaks_rules_is_refused_with_a_receipt_the_same_every_time(
    house: Running, issuer: Caller
) -> None:
    broken = house.world.draft(changes={"<Revision>0</Revision>": "<Revision>7</Revision>"})
    name = str(uuid.uuid4())
    first = await issuer.issue(broken, ["register-only"], message_id=name)
    again = await issuer.issue(broken, ["register-only"], message_id=name)
    assert first.status == 422
    assert "receipt" in first.json
    assert again.body == first.body


async def test_a_draft_that_is_no_document_is_refused_before_anything_is_signed(
    house: Running, issuer: Caller
) -> None:
    answer = await issuer.issue(b"<Attestation/>", ["register-only"])
    assert (answer.status, answer.code) == (422, "schema.unknown-document")
    assert await house.hub.store.tree_size() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"draft_digest": "00" * 32}, "refused.authorisation"),
        ({"person": "  "}, "refused.authorisation"),
        ({"role": "\u0000"}, "refused.authorisation"),
        ({"authorised_at": "2026-11-01T00:00:00+00:00"}, "refused.authorisation"),
        ({"authorised_at": "2027-01-01T00:00:00+00:00"}, "refused.authorisation"),
        ({"authorised_at": "2026-11-22T09:00:00"}, "refused.body"),
        ({"person": None}, "refused.body"),
        ({"witness": "somebody"}, "refused.body"),
    ],
)
async def test_nothing_is_signed_without_a_word_for_exactly_this_draft(
    house: Running, issuer: Caller, changes: dict[str, Any], code: str
) -> None:
    answer = await issuer.issue(house.world.draft(), ["register-only"], **changes)
    assert answer.code == code
    assert await house.hub.store.tree_size() == 0


async def test_a_body_cannot_have_the_draft_of_another_signed(house: Running) -> None:
    other = await house.caller("RU-CB-0201")
    answer = await other.issue(house.world.draft(), ["register-only"])
    assert (answer.status, answer.code) == (403, "refused.not-entitled")


async def test_a_body_whose_key_is_not_with_the_hub_signs_itself(house: Running) -> None:
    other = await house.caller("RU-CB-0201")
    answer = await other.issue(house.world.draft("ru-qms-machinery"), ["register-only"])
    assert (answer.status, answer.code) == (403, "refused.custody")


async def test_a_body_that_forbids_custody_is_never_signed_for(house: Running) -> None:
    other = await house.caller("KZ-CB-0401")
    answer = await other.issue(house.world.draft("kz-qms-logistics"), ["register-only"])
    assert (answer.status, answer.code) == (403, "refused.custody")


async def test_a_signed_document_is_no_draft(house: Running, issuer: Caller) -> None:
    answer = await issuer.issue(house.world.attestation(), ["register-only"])
    assert (answer.status, answer.code) == (400, "refused.signed-draft")


async def test_an_authorisation_lasts_a_week(house: Running, issuer: Caller) -> None:
    at = house.world.clock.now - timedelta(days=6)
    answer = await issuer.issue(
        house.world.draft(), ["register-only"], authorised_at=at.isoformat()
    )
    assert answer.status == 201, answer.body


async def test_the_hub_does_not_sign_with_a_key_that_was_stopped_a_moment_ago(
    house: Running, issuer: Caller
) -> None:
    key = house.world.snapshot.trust.keys(ISSUER, KeyRole.ATTESTATION)[0].fingerprint
    stop = Interruption(what=Stopped.SUSPENDED, since=house.world.clock.now)
    stopped = Interruptions.of(keys={key: stop})

    assert (await issuer.issue(house.world.draft(), ["register-only"])).status == 201
    await lay_over(house.hub, lambda snapshot: snapshot.with_interruptions(stopped))
    refused = await issuer.issue(house.world.draft(number=1), ["register-only"])
    assert (refused.status, refused.json["code"]) == (403, RefusedCode.CUSTODY.value)

    await lay_over(house.hub, lambda snapshot: snapshot.bare())
    assert (await issuer.issue(house.world.draft(number=1), ["register-only"])).status == 201


async def test_a_connection_that_is_open_is_refused_once_its_body_is_stopped(
    house: Running, issuer: Caller
) -> None:
    stop = Interruption(what=Stopped.SUSPENDED, since=house.world.clock.now)
    stopped = Interruptions.of(bodies={ISSUER: stop})

    assert (await issuer.issue(house.world.draft(), ["register-only"])).status == 201
    await lay_over(house.hub, lambda snapshot: snapshot.with_interruptions(stopped))
    refused = await issuer.issue(house.world.draft(number=1), ["register-only"])
    assert refused.json["code"] == RefusedCode.KEY_NOT_ACTIVE.value


def _declaration(world: World, issuer: str = ISSUER) -> bytes:
    return write_declaration(
        document_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
        issuer=BodyId(issuer),
        issued_at=world.clock.now,
        as_of=world.clock.now,
        schemes=[DeclaredScheme(QMS, Disclosure.PUBLIC, Coverage.ALL, 7)],
    )


async def test_a_body_whose_keys_the_hub_keeps_confirms_its_register(
    house: Running, issuer: Caller
) -> None:
    draft, name = _declaration(house.world), str(uuid.uuid4())

    answer = await issuer.issue(draft, ["register-only"], message_id=name)
    again = await issuer.issue(draft, ["register-only"], message_id=name)

    assert (answer.status, again.status) == (201, 200), answer.body
    assert again.json["statement"] == answer.json["statement"]
    found = (await house.hub.store.declarations()).of_scheme(BodyId(ISSUER), QMS)
    assert found is not None
    assert (found.disclosure, found.coverage) == (Disclosure.PUBLIC, Coverage.ALL)
    assert found.as_of == house.world.clock.now
    accepted = house.world.examine(base64.b64decode(answer.json["statement"]))
    key = accepted.trusted.key
    assert (key.role, key.custody) == (KeyRole.STATUS, Custody.HUB)
    receipt = read_receipt(
        base64.b64decode(answer.json["receipt"]), house.world.snapshot, house.world.clock.now
    ).receipt
    # It counts otherwise than the register, which is a warning here as everywhere.
    assert [one.code for one in receipt.findings] == [DeclarationCode.DCL_05.value]
    message = await house.hub.store.find_message(ISSUER, MessageId(name))
    assert message is not None
    assert await house.hub.store.evidence(message.sequence) is not None


async def test_nobody_declares_for_another_or_with_a_key_that_the_hub_does_not_keep(
    house: Running, issuer: Caller
) -> None:
    other = await house.caller("RU-CB-0201")
    for caller, of, code in (
        (issuer, "RU-CB-0201", "refused.not-entitled"),
        (other, ISSUER, "refused.not-entitled"),
        (other, "RU-CB-0201", "refused.custody"),
    ):
        answer = await caller.issue(_declaration(house.world, of), ["register-only"])
        assert (answer.status, answer.code) == (403, code)
    assert await house.hub.store.tree_size() == 0


async def test_a_receipt_is_still_nothing_to_issue(house: Running, issuer: Caller) -> None:
    draft = house.world.draft("accepted", kind="receipt")
    answer = await issuer.issue(draft, ["register-only"])
    assert (answer.status, answer.code) == (400, "refused.body")
