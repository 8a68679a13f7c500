"""Administrators over the interface: who gets in, what each sees, what becomes of what is said."""

from __future__ import annotations

import base64
import ssl
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exchange.core.actions.effects import Effect, shown_digest
from exchange.core.actions.history import verify_history
from exchange.core.actions.moves import What
from exchange.core.actions.values import (
    Action,
    Activation,
    AdministratorChange,
    AdministratorRole,
    Approve,
    Propose,
    Reject,
    Word,
)
from exchange.core.actions.writing import write_action
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import BodyId, ContentDigest, DocumentId, Fingerprint
from exchange.core.trust_values import KeyStatus
from exchange.service.hub import Hub
from tests.administered import (
    CB,
    CNAS,
    Administered,
    delegated,
    key_of,
    make_administered,
    suspension,
    with_status,
)
from tests.founded import Person, make_person, sign
from tests.running import Answer, Caller, Running, client_context, write_pair
from tests.world import HUB, catalogue_and_lists

BOARDS = (
    "/v1/trust/state",
    f"/v1/trust/bodies/{HUB}",
    "/v1/trust/proposals",
    "/v1/trust/history",
    "/v1/trust/freshness",
    "/v1/trust/expiring",
    "/v1/trust/suspensions",
)
"""Everything that is read and needs no name of a thing."""


@dataclass(slots=True, kw_only=True)
class Office:
    """A running hub that administers trust, and people who call it."""

    administered: Administered
    running: Running
    stack: AsyncExitStack

    async def caller(self, person: Person, *, base: str | None = None) -> Caller:
        """Return a person as a caller, with their own key in the connection."""
        running = self.running
        context = client_context(running.world, running.folder, None)
        pair = (person.administrator.certificate.der,)
        name = person.id.replace("/", "-")
        context.load_cert_chain(*write_pair(running.folder, name, person.key, pair))
        session = await self.stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
        )
        return Caller(
            world=running.world,
            body=person.id,
            base=base or running.addresses.partners,
            session=session,
        )

    async def say(self, caller: Caller, data: bytes) -> Answer:
        """Send an action."""
        return await caller.ask(
            "POST", "/v1/trust/actions", data=data, headers={"Content-Type": "application/xml"}
        )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Return a hub that was founded an instant ago, with its listeners."""
    administered = make_administered()
    async with AsyncExitStack() as stack, administered.running(tmp_path) as running:
        yield Office(administered=administered, running=running, stack=stack)
        await stack.aclose()


async def test_a_proposal_and_its_approval_are_made_over_the_interface(office: Office) -> None:
    people = office.administered
    li, anna = await office.caller(people.li), await office.caller(people.anna)
    change = people.admission(CNAS)
    activation = Activation(at=people.world.clock.now, when_fetched=False)
    word = Propose(changes=(change,), activation=activation, reason="letter 118")

    proposed = await office.say(li, people.say(people.li, word))
    assert proposed.status == 201
    digest = proposed.json["content_digest"]
    assert proposed.headers["Location"] == f"/v1/statements/{digest}"
    shown = (await anna.ask("GET", f"/v1/trust/proposals/{digest}")).json
    assert (shown["state"], shown["proposer"]) == ("open", people.li.id)
    assert shown["changes"][0]["subject"] == CNAS
    approved = await office.say(
        anna,
        people.say(
            people.anna,
            Approve(proposal=ContentDigest(bytes.fromhex(digest)), shown=_shown(shown)),
        ),
    )

    assert approved.status == 201
    entry = (await li.ask("GET", f"/v1/trust/bodies/{CNAS}")).json
    assert entry["history"][0]["events"][0]["persons"] == [people.li.id, people.anna.id]
    assert (await li.ask("GET", f"/v1/trust/proposals/{digest}")).json["state"] == "active"
    sealed = await li.ask("GET", f"/v1/statements/{digest}")
    assert sealed.body == base64.b64decode(proposed.json["statement"])


def _shown(values: dict[str, Any]) -> bytes:
    """Compute the digest of what was shown from the answer, as a client does."""
    digest = shown_digest(
        [
            Effect(
                what=What(one["what"]),
                body=None if one["body"] is None else BodyId(one["body"]),
                key=None if one["key"] is None else Fingerprint(bytes.fromhex(one["key"])),
                before=one["before"],
                after=one["after"],
                sentence=one["sentence"],
            )
            for one in values["effects"]
        ]
    )
    assert digest.hex() == values["shown"]
    return digest


async def test_the_same_action_again_is_answered_with_its_first_receipt(office: Office) -> None:
    people = office.administered
    li = await office.caller(people.li)
    data = people.say(
        people.li,
        Propose(
            changes=(people.admission(CNAS),),
            activation=Activation(at=people.world.clock.now),
            reason="once",
        ),
    )
    first, again = await office.say(li, data), await office.say(li, data)
    assert (first.status, again.status) == (201, 200)
    assert first.json["receipt"] == again.json["receipt"]


async def test_a_refused_action_of_a_known_person_has_a_signed_receipt(office: Office) -> None:
    people = office.administered
    li = await office.caller(people.li)
    unknown = Reject(proposal=ContentDigest(bytes(32)), reason="no")
    answer = await office.say(li, people.say(people.li, unknown))
    assert (answer.status, answer.code) == (422, "action.proposal-unknown")
    assert base64.b64decode(answer.json["receipt"]).startswith(b"<?xml")
    assert answer.json["remedy"]


async def test_a_stranger_is_refused_and_leaves_no_trace(office: Office) -> None:
    people = office.administered
    anyone = await office.running.caller(None, base=office.running.addresses.public)
    stranger = make_person("somebody")
    size = await office.running.hub.store.tree_size()
    answer = await office.say(anyone, people.say(stranger, suspension(HUB)))
    assert (answer.status, answer.code) == (403, "action.person-unknown")
    assert await office.running.hub.store.tree_size() == size


async def test_a_forged_signature_is_refused(office: Office) -> None:
    people = office.administered
    anyone = await office.running.caller(None, base=office.running.addresses.public)
    forged = people.say(replace(people.anna, administrator=people.li.administrator), suspension(CB))
    answer = await office.say(anyone, forged)
    assert (answer.status, answer.code) == (403, "action.person-signature")


async def test_a_person_suspends_without_any_client_certificate(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    await people.admit(hub, CNAS, CB)
    key = key_of(hub, CB)
    zhang = make_person("zhang-min", CB)
    await people.enrol(hub, zhang)
    anyone = await office.running.caller(None, base=office.running.addresses.public)
    answer = await office.say(anyone, people.say(zhang, suspension(CB, key.fingerprint)))
    assert answer.status == 201
    li = await office.caller(people.li)
    (one,) = (await li.ask("GET", "/v1/trust/suspensions")).json["suspensions"]
    assert (one["person"], one["key"], one["ended_at"]) == (zhang.id, key.fingerprint.hex(), None)


async def test_whoever_is_enrolled_sees_every_board(office: Office) -> None:
    people = office.administered
    ann = make_person("ann", role=AdministratorRole.AUDITOR)
    await people.enrol(office.running.hub, ann)
    caller = await office.caller(ann)
    assert {path: (await caller.ask("GET", path)).status for path in BOARDS} == dict.fromkeys(
        BOARDS, 200
    )


async def test_a_transport_key_is_no_administrator(office: Office) -> None:
    await office.administered.admit(office.running.hub, CNAS)
    body = await office.running.caller(CNAS)
    answers = [await body.ask("GET", path) for path in BOARDS]
    assert {(one.status, one.code) for one in answers} == {(403, "refused.no-administrator")}


async def test_an_administrator_is_no_partner(office: Office) -> None:
    li = await office.caller(office.administered.li)
    headers = {"Content-Type": "application/json"}
    for method, path in (("GET", "/v1/dead-letters"), ("POST", "/v1/leases")):
        answer = await li.ask(method, path, data=b"{}", headers=headers)
        assert (answer.status, answer.code) == (403, "refused.not-entitled")


async def test_an_administrator_reads_actions_and_no_other_statement(office: Office) -> None:
    people = office.administered
    await people.admit(office.running.hub, CNAS, CB)
    issuer = await office.running.caller(CB)
    sent = await issuer.submit(people.world.attestation())
    assert sent.status == 201, sent.body
    li = await office.caller(people.li)
    answer = await li.ask("GET", sent.headers["Location"])
    assert (answer.status, answer.code) == (404, "refused.not-found")


async def test_a_person_who_was_removed_is_refused_on_the_open_connection(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    ann = make_person("ann", role=AdministratorRole.OPERATOR)
    await people.enrol(hub, ann)
    caller = await office.caller(ann)
    assert (await caller.ask("GET", "/v1/trust/state")).status == 200
    await people.change(hub, AdministratorChange(administrator=ann.administrator, removed=True))
    answer = await caller.ask("GET", "/v1/trust/state")
    assert (answer.status, answer.code) == (403, "refused.unknown-key")


async def test_a_person_whose_key_has_ended_is_refused(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    ann = make_person("ann", role=AdministratorRole.OPERATOR)
    await people.enrol(hub, ann)
    caller = await office.caller(ann)
    assert (await caller.ask("GET", "/v1/trust/state")).status == 200
    people.world.clock.forward(ann.administrator.certificate.not_after - people.world.clock.now)
    answer = await caller.ask("GET", "/v1/trust/state")
    assert (answer.status, answer.code) == (403, "refused.key-not-active")


async def test_a_stranger_does_not_even_finish_the_handshake(office: Office) -> None:
    caller = await office.caller(make_person("somebody"))
    with pytest.raises((aiohttp.ClientError, OSError, ssl.SSLError)):
        await caller.ask("GET", "/v1/trust/state")


async def test_the_history_that_is_served_verifies_under_the_root(office: Office) -> None:
    people = office.administered
    await people.admit(office.running.hub, CNAS)
    li = await office.caller(people.li)
    records: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = (await li.ask("GET", f"/v1/trust/history?after={after}&limit=2")).json
        records += page["actions"]
        after = page["after"]
    assert [one["number"] for one in records] == [1, 2, 3]
    history = verify_history(
        [
            (base64.b64decode(one["statement"]), datetime.fromisoformat(one["received_at"]))
            for one in records
        ],
        root=people.root,
        catalogue=catalogue_and_lists()[0],
        limits=Limits(),
        algorithms=ALGORITHMS,
    )
    assert history.actions[-1].persons == (people.li.id, people.anna.id)


async def test_a_rehearsal_names_what_would_change_and_changes_nothing(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    await people.admit(hub, CNAS, CB)
    li = await office.caller(people.li)
    issuer = await office.running.caller(CB)
    assert (await issuer.submit(people.world.attestation())).status == 201
    size = await hub.store.tree_size()
    draft = _revocation(people, hub)
    answer = await li.ask("POST", "/v1/trust/rehearsals", json={"draft": draft})
    assert answer.status == 200, answer.body
    assert [one["after"] for one in answer.json["verdicts"]] == ["trust.key-revoked"]
    assert (answer.json["judged"], answer.json["complete"]) == (1, True)
    assert await hub.store.tree_size() == size


def _revocation(people: Administered, hub: Hub) -> str:
    """Return a draft that nobody has signed, which revokes a key."""
    change = with_status(hub, key_of(hub, CB).fingerprint, KeyStatus.REVOKED)
    now = people.world.clock.now
    word = Propose(changes=(change,), activation=Activation(at=now), reason="rehearsal")
    return _draft(people, word)


def _draft(people: Administered, word: Word, person: Person | None = None) -> str:
    action = Action(
        action_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
        hub=HUB,
        made_at=people.world.clock.now,
        word=word,
        person=None,
        key=None,
        signature=None,
    )
    signed = action if person is None else sign(action, person)
    return base64.b64encode(write_action(signed)).decode()


async def test_a_proposal_that_waits_is_rehearsed_by_its_digest(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    proposal = await people.propose(hub, people.li, people.admission(CNAS))
    li = await office.caller(people.li)
    answer = await li.ask("POST", "/v1/trust/rehearsals", json={"proposal": proposal.hex()})
    assert answer.status == 200, answer.body
    shown = (await li.ask("GET", f"/v1/trust/proposals/{proposal.hex()}")).json["shown"]
    assert answer.json["shown"] == shown


async def test_what_a_person_has_signed_is_not_rehearsed(office: Office) -> None:
    people = office.administered
    li = await office.caller(people.li)
    signed = _draft(people, suspension(HUB), people.li)
    answer = await li.ask("POST", "/v1/trust/rehearsals", json={"draft": signed})
    assert (answer.status, answer.code) == (400, "refused.body")


async def test_a_rehearsal_of_nothing_is_refused(office: Office) -> None:
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({}, 400, "refused.body"),
        ({"draft": "AAAA", "proposal": "00"}, 400, "refused.body"),
        ({"draft": 1}, 400, "refused.body"),
        ({"draft": "AAAA"}, 422, "xml.encoding"),
        ({"proposal": "0" * 64}, 404, "refused.not-found"),
        ({"proposal": "F" * 64}, 400, "refused.body"),
        ({"wish": "all"}, 400, "refused.body"),
    ]
    li = await office.caller(office.administered.li)
    for body, status, code in cases:
        answer = await li.ask("POST", "/v1/trust/rehearsals", json=body)
        assert (answer.status, answer.code) == (status, code), body


async def test_a_draft_that_proposes_nothing_is_not_rehearsed(office: Office) -> None:
    people = office.administered
    li = await office.caller(people.li)
    answer = await li.ask(
        "POST", "/v1/trust/rehearsals", json={"draft": _draft(people, suspension(HUB))}
    )
    assert (answer.status, answer.code) == (400, "refused.body")


async def test_a_change_that_cannot_be_made_names_what_is_in_the_way(office: Office) -> None:
    people, hub = office.administered, office.running.hub
    change = people.admission(CB)
    word = Propose(
        changes=(change,), activation=Activation(at=people.world.clock.now), reason="too early"
    )
    li = await office.caller(people.li)
    answer = await li.ask("POST", "/v1/trust/rehearsals", json={"draft": _draft(people, word)})
    assert (answer.status, answer.code) == (422, "action.authority-unknown")
    assert await hub.store.tree_size() == 1


async def test_lists_are_published_by_the_operators_staff_alone(office: Office) -> None:
    cases = [
        (AdministratorRole.OPERATOR, HUB, 200),
        (AdministratorRole.TRUST_OFFICER, HUB, 200),
        (AdministratorRole.AUDITOR, HUB, 403),
        (AdministratorRole.TRUST_OFFICER, CNAS, 403),
    ]
    people, hub = office.administered, office.running.hub
    await people.admit(hub, CNAS)
    for number, (role, body, status) in enumerate(cases):
        one = make_person(f"person-{number}", body, role)
        await people.enrol(hub, one)
        caller = await office.caller(one)
        answer = await caller.ask("POST", "/v1/trust/publications", json={})
        assert answer.status == status, role
        if status == 200:
            assert {one["name"] for one in answer.json["lists"]} >= {"root.xml", "CN.xml"}


async def test_a_newer_delegation_is_published(office: Office) -> None:
    people = office.administered
    li = await office.caller(people.li)
    newer = delegated(people.world, at=people.world.clock.now, previous=people.delegation)
    document = {"delegation": base64.b64encode(newer).decode()}
    answer = await li.ask("POST", "/v1/trust/publications", json=document)
    assert answer.status == 200, answer.body
    (root,) = [one for one in answer.json["lists"] if one["name"] == "root.xml"]
    assert (root["sequence"], root["is_new"]) == (2, True)
    older = {"delegation": base64.b64encode(people.delegation).decode()}
    answer = await li.ask("POST", "/v1/trust/publications", json=older)
    assert (answer.status, answer.code) == (409, "refused.delegation-old")
    forged = {"delegation": base64.b64encode(newer.replace(b"Demo City", b"Demo Town")).decode()}
    answer = await li.ask("POST", "/v1/trust/publications", json=forged)
    assert (answer.status, answer.code) == (422, "signature.digest-mismatch")


async def test_a_hub_that_administers_no_trust_says_so(house: Running) -> None:
    caller = await house.caller("CN-CB-0103")
    for path in (*BOARDS, f"/v1/trust/proposals/{'0' * 64}"):
        answer = await caller.ask("GET", path)
        assert (answer.status, answer.code) == (404, "refused.not-administered"), path


async def test_an_action_is_sent_to_a_hub_that_administers_no_trust_in_vain(
    house: Running,
) -> None:
    anyone = await house.caller(None, base=house.addresses.public)
    answer = await anyone.ask(
        "POST", "/v1/trust/actions", data=b"<a/>", headers={"Content-Type": "application/xml"}
    )
    assert (answer.status, answer.code) == (404, "refused.not-administered")


async def test_an_address_about_trust_that_makes_no_sense_is_refused(office: Office) -> None:
    cases = [
        ("/v1/trust/bodies/ZZ-CB-0000", 404, "refused.not-found"),
        ("/v1/trust/bodies/%00", 404, "refused.not-found"),
        (f"/v1/trust/proposals/{'0' * 64}", 404, "refused.not-found"),
        ("/v1/trust/proposals/short", 404, "refused.not-found"),
        ("/v1/trust/proposals?state=wanted", 400, "refused.parameter"),
        ("/v1/trust/history?after=-1", 400, "refused.parameter"),
        ("/v1/trust/history?limit=0", 400, "refused.parameter"),
    ]
    li = await office.caller(office.administered.li)
    for path, status, code in cases:
        answer = await li.ask("GET", path)
        assert (answer.status, answer.code) == (status, code), path


async def test_what_is_no_action_is_refused(office: Office) -> None:
    cases = [
        (b"", 422, "xml.empty"),
        (b"<a/>", 422, "schema.unknown-document"),
        (b"<!DOCTYPE a><a/>", 422, "xml.doctype"),
    ]
    anyone = await office.running.caller(None, base=office.running.addresses.public)
    for data, status, code in cases:
        answer = await office.say(anyone, data)
        assert (answer.status, answer.code) == (status, code), data[:20]


async def test_a_document_is_no_action(office: Office) -> None:
    anyone = await office.running.caller(None, base=office.running.addresses.public)
    answer = await office.say(anyone, office.administered.world.attestation())
    assert (answer.status, answer.code) == (400, "refused.body")
