"""What administrators say to a hub: examined, decided, committed, enforced."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from exchange.codes import Code
from exchange.codes.actions import ActionCode
from exchange.codes.gates import SchemaCode, XMLCode
from exchange.codes.service import RefusedCode
from exchange.codes.store import StoreCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.history import verify_history
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.values import (
    Action,
    Activate,
    Activation,
    Approve,
    Propose,
    Reject,
)
from exchange.core.actions.writing import write_action
from exchange.core.model import (
    BodyId,
    DocumentId,
    Economy,
    KeyRole,
    Kind,
    MessageDigest,
    MessageId,
)
from exchange.core.receipt_document import Stage
from exchange.core.trust_values import KeyStatus, ListType
from exchange.errors import ExchangeError, RefusedError, StoreError
from exchange.service.act import act
from exchange.service.addressees import Addressees
from exchange.service.hub import Hub
from exchange.service.identify import Caller, identify
from exchange.service.publication import publish
from exchange.service.receive import Submission, read_own, submit
from exchange.service.trust_history import export_line, history, read_export
from exchange.service.verify_again import verify_again
from tests.administered import (
    CB,
    CNAS,
    Administered,
    key_of,
    make_administered,
    state_of,
    suspension,
    with_status,
)
from tests.founded import make_person, sign
from tests.running import running
from tests.world import HUB, make_world


async def submitted(hub: Hub, data: bytes, number: int = 1) -> tuple[str, tuple[str, ...]]:
    """Return what a hub decides about a document by CN-CB-0103, and the codes of its receipt."""
    found = await submit(
        hub,
        Submission(
            caller=Caller(
                body=hub.trust.bodies[CB], key=key_of(hub, CB, KeyRole.TRANSPORT).fingerprint
            ),
            message_id=MessageId(f"00000000-0000-4000-8000-{number:012}"),
            digest=MessageDigest(sha256(data).digest()),
            addressees=Addressees(names=()),
            data=data,
        ),
    )
    receipt = read_own(found.committed.receipt)
    return found.committed.verdict.value, tuple(one.code for one in receipt.findings)


async def refused(hub: Hub, data: bytes) -> ExchangeError:
    """Return the error with which octets are sent away."""
    with pytest.raises(ExchangeError) as error:
        await act(hub, data)
    return error.value


async def test_a_body_is_admitted_by_two_and_its_documents_are_accepted(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        document = administered.world.attestation()
        await administered.admit(hub, CNAS, CB)

        assert CB in hub.trust.bodies
        assert state_of(hub).count == 3
        assert (await submitted(hub, document))[0] == "accepted"


async def test_nothing_changes_on_the_word_of_one(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.propose(hub, administered.li, administered.admission(CNAS))

        assert await publish(hub) == ()
        assert CNAS not in state_of(hub).bodies


async def test_a_stranger_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    administered = make_administered()
    stranger = make_person("mallory")
    word = suspension(HUB, administered.bodies[HUB].keys[0].fingerprint)
    named_li = replace(stranger, administrator=administered.li.administrator)
    said = administered.say(administered.li, word)
    async with administered.open(tmp_path) as hub:
        size = await hub.store.tree_size()
        for data, code in (
            (administered.say(stranger, word), ActionCode.PERSON_UNKNOWN),
            (administered.say(named_li, word), ActionCode.PERSON_SIGNATURE),
            (said.replace(b">lost<", b">lust<"), ActionCode.PERSON_SIGNATURE),
        ):
            error = await refused(hub, data)
            assert isinstance(error, RefusedError)
            assert error.code is code
        assert await hub.store.tree_size() == size


async def test_what_is_no_action_is_sent_away(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        acted = await administered.do(
            hub,
            administered.li,
            Propose(
                changes=(administered.admission(CNAS),),
                activation=_now(administered),
                reason="because",
            ),
        )
        assert acted.statement is not None
        cases: tuple[tuple[bytes, Code], ...] = (
            (b"no XML", XMLCode.SYNTAX),
            (b"<Action xmlns='urn:mrhub:action:1' schemaVersion='1.0'/>", SchemaCode.INVALID),
            (b"<Action xmlns='urn:mrhub:action:9'/>", SchemaCode.UNKNOWN_DOCUMENT),
            (administered.world.draft(), RefusedCode.BODY),
            (acted.statement, RefusedCode.SIGNED_DRAFT),
        )
        for data, code in cases:
            assert (await refused(hub, data)).code is code
        size = await hub.store.tree_size()
        # A sealed action that comes back as a partner's document changes nothing.
        await administered.approve(hub, administered.anna, acted.digest)
        await administered.admit(hub, CB)
        with pytest.raises(RefusedError):
            await submitted(hub, acted.statement)
        assert await hub.store.tree_size() == size + 3


async def test_a_refusal_of_somebody_known_is_committed_and_receipted(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        proposal = await administered.propose(hub, administered.li, administered.admission(CNAS))
        said = administered.say(administered.li, administered.approval(hub, proposal))
        size = await hub.store.tree_size()

        acted = await act(hub, said)

        assert acted.is_refused
        assert [one.code for one in acted.findings] == [ActionCode.SAME_PERSON]
        receipt = read_own(acted.receipt)
        assert receipt.stage is Stage.REJECTED
        assert receipt.kind is Kind.ACTION
        assert receipt.content_digest == acted.digest
        assert [one.code for one in receipt.findings] == [ActionCode.SAME_PERSON.value]
        assert await hub.store.tree_size() == size + 1
        assert await hub.store.count_actions() == 2

        again = await act(hub, said)
        assert again.repeated
        assert again.is_refused
        assert again.receipt == acted.receipt
        assert await hub.store.tree_size() == size + 1


async def test_the_same_action_again_is_answered_with_its_first_receipt(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        word = Propose(
            changes=(administered.admission(CNAS),),
            activation=_now(administered),
            reason="because",
        )
        said = administered.say(administered.li, word)
        first = await act(hub, said)
        administered.world.clock.forward(timedelta(minutes=3))

        second = await act(hub, said)

        assert second.repeated
        assert (second.receipt, second.statement) == (first.receipt, first.statement)
        assert (second.number, second.digest) == (2, first.digest)
        # The same identifier for another word is a fault of its sender.
        other = said.replace(b">because<", b">whatever<")
        assert (await refused(hub, other)).code is ActionCode.PERSON_SIGNATURE


async def test_an_identifier_is_used_for_one_action_only(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        proposal = await administered.propose(hub, administered.li, administered.admission(CNAS))
        first = administered.say(administered.anna, Reject(proposal=proposal, reason="no"))
        await act(hub, first)
        identifier = first.split(b"ActionID>")[1].split(b"<")[0].decode()
        word = Reject(proposal=proposal, reason="another")
        action = replace(administered_action(administered, identifier), word=word)
        other = write_action(sign(action, administered.anna))

        assert (await refused(hub, other)).code is RefusedCode.MESSAGE_ID_CONFLICT


async def test_two_approvals_race_and_exactly_one_counts(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        proposal = await administered.propose(hub, administered.li, administered.admission(CNAS))
        approval = administered.approval(hub, proposal)

        results = await asyncio.gather(
            act(hub, administered.say(administered.anna, approval)),
            act(hub, administered.say(administered.omar, approval)),
        )

        won = [one for one in results if not one.is_refused]
        (lost,) = [one for one in results if one.is_refused]
        assert len(won) == 1
        assert lost.findings[0].code is ActionCode.PROPOSAL_DECIDED
        assert state_of(hub).proposals[proposal].state is ProposalState.ACTIVE


async def test_two_processes_race_on_postgresql_and_exactly_one_counts(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        administered.open(tmp_path / "one", store_url=postgres_url) as one,
        administered.open(tmp_path / "two", store_url=postgres_url) as two,
    ):
        assert await one.store.count_actions() == 1
        await administered.admit(one, CNAS)
        proposal = await administered.propose(one, administered.li, administered.admission(CB))
        assert two.keeper is not None
        await two.keeper.catch_up()
        approval = administered.approval(two, proposal)

        results = await asyncio.gather(
            act(one, administered.say(administered.anna, approval)),
            act(two, administered.say(administered.omar, approval)),
        )

        (lost,) = [each for each in results if each.is_refused]
        assert lost.findings[0].code is ActionCode.PROPOSAL_DECIDED
        await asyncio.gather(*(hub.keeper.catch_up() for hub in (one, two) if hub.keeper))
        assert state_of(one).last == state_of(two).last
        assert state_of(one).count == 5
        # The same octets by way of two processes count once as well.
        said = administered.say(
            administered.li, suspension(CB, administered.bodies[CB].keys[0].fingerprint)
        )
        twice = await asyncio.gather(act(one, said), act(two, said))
        assert twice[0].receipt == twice[1].receipt
        assert sorted(each.repeated for each in twice) == [False, True]


async def test_a_process_that_hears_of_a_suspension_by_its_repetition_enforces_it(
    tmp_path: Path, postgres_url: str
) -> None:
    administered = make_administered()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        administered.open(tmp_path / "one", store_url=postgres_url) as one,
        administered.open(tmp_path / "two", store_url=postgres_url) as two,
    ):
        await administered.admit(one, CNAS, CB)
        key = administered.bodies[CB].keys[0].fingerprint
        said = administered.say(administered.li, suspension(CB, key))

        first = await act(one, said)
        again = await act(two, said)

        assert again.receipt == first.receipt
        assert key in two.snapshot.interruptions.keys


async def test_a_suspension_holds_at_once_and_ends_with_two(tmp_path: Path) -> None:
    administered = make_administered()
    world = administered.world
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB).fingerprint
        world.clock.forward(timedelta(hours=1))

        await administered.suspend(hub, administered.omar, CB, key)

        # No list shows it yet, and the document is refused already.
        assert hub.trust.by_fingerprint[key].key.status is KeyStatus.GRANTED
        data = world.attestation(number=1)
        assert await submitted(hub, data, 2) == ("rejected", (TrustCode.KEY_SUSPENDED.value,))
        await publish(hub)
        assert hub.trust.by_fingerprint[key].key.status is KeyStatus.SUSPENDED
        assert await submitted(hub, data, 3) == ("rejected", (TrustCode.KEY_SUSPENDED.value,))

        world.clock.forward(timedelta(hours=1))
        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        # Until the list says so nothing is lifted: a mistake is made on the safe side.
        assert (await submitted(hub, data, 4))[0] == "rejected"
        await publish(hub)
        assert (await submitted(hub, data, 5))[0] == "accepted"
        assert state_of(hub).key_state(key, world.clock.now) is KeyState.ACTIVE


async def test_a_suspended_transport_key_is_refused_on_connections_already_open(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB, KeyRole.TRANSPORT)
        assert identify(hub.snapshot, key.certificate.der, hub.clock()).id == CB

        await administered.suspend(hub, administered.li, CB, key.fingerprint)

        with pytest.raises(RefusedError) as error:
            identify(hub.snapshot, key.certificate.der, hub.clock())
        assert error.value.code is RefusedCode.KEY_NOT_ACTIVE


async def test_a_body_suspends_its_own_key_by_one_person_and_as_often_as_it_must(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    wang = make_person("wang-fang", CB)
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        await administered.enrol(hub, wang)

        for key in administered.bodies[CB].keys:
            await administered.suspend(hub, wang, CB, key.fingerprint)

        assert len(state_of(hub).open_suspensions()) == 4
        stopped = hub.snapshot.interruptions
        assert all(
            stopped.key_at(key.fingerprint, hub.clock()) for key in administered.bodies[CB].keys
        )


async def test_an_administrator_of_another_hub_is_told_where_to_go(tmp_path: Path) -> None:
    administered = make_administered()
    async with running(make_world(), tmp_path) as one:
        error = await refused(one.hub, administered.say(administered.li, suspension(HUB)))

        assert error.code is RefusedCode.NOT_ADMINISTERED


async def test_a_note_of_the_hub_comes_from_nobody_else(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        proposal = await administered.propose(hub, administered.li, administered.admission(CNAS))

        acted = await act(hub, administered.say(administered.li, Activate(proposal=proposal)))

        assert acted.is_refused


async def test_history_is_verified_by_a_stranger_from_an_export(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        lines = [export_line(one) async for one in history(hub)]
        received = [one.received_at async for one in history(hub)]
        state = state_of(hub)

    world = administered.world
    verified = verify_history(
        zip(read_export(lines), received, strict=True),
        root=administered.root,
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
    )

    assert verified.state.last == state.last
    assert verified.state.bodies == state.bodies
    with pytest.raises(RefusedError):
        list(read_export([b"{}\n"]))


async def test_an_edited_row_stops_the_hub_from_signing(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        await verify_again(hub)
        assert not hub.refuses_to_sign
        await _edit(hub, number=3, by=2)

        with pytest.raises(StoreError) as damaged:
            await verify_again(hub)

        assert damaged.value.code is StoreCode.DAMAGED
        assert hub.refuses_to_sign
        with pytest.raises(StoreError):
            await administered.suspend(hub, administered.li, CB)

    with pytest.raises(StoreError) as again:
        async with administered.open(tmp_path):
            pass
    assert again.value.code is StoreCode.DAMAGED


async def test_an_edited_list_stops_the_hub_from_signing(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        await _forget_list(hub)

        with pytest.raises(StoreError) as damaged:
            await verify_again(hub)
        assert damaged.value.code is StoreCode.DAMAGED


async def test_a_hub_opens_again_with_what_was_decided_and_published(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB).fingerprint
        await administered.suspend(hub, administered.li, CB, key)
        before = state_of(hub)

    async with administered.open(tmp_path) as hub:
        assert state_of(hub).last == before.last
        # The suspension was committed and not published when the hub went down.
        assert hub.snapshot.interruptions.key_at(key, hub.clock()) is not None
        assert hub.trust.by_fingerprint[key].key.status is KeyStatus.SUSPENDED
        found = await hub.store.published_list(ListType.ECONOMY, Economy("CN"), 2)
        assert found is not None


async def test_approval_of_something_else_than_what_was_shown_is_refused(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        proposal = await administered.propose(hub, administered.li, administered.admission(CNAS))
        word = Approve(proposal=proposal, shown=bytes(32))

        acted = await act(hub, administered.say(administered.anna, word))

        assert [one.code for one in acted.findings] == [ActionCode.SHOWN_OUTDATED]
        assert BodyId("CN-AB-CNAS") not in state_of(hub).bodies


def _now(administered: Administered) -> Activation:
    return Activation(at=administered.world.clock.now)


def administered_action(administered: Administered, identifier: str) -> Action:
    """Return an action with an identifier that is given, unsigned."""
    return Action(
        action_id=DocumentId(identifier),
        hub=HUB,
        made_at=administered.world.clock.now,
        word=suspension(HUB),
        person=None,
        key=None,
        signature=None,
    )


async def _edit(hub: Hub, *, number: int, by: int) -> None:
    """Let the row of one action name the statement of another, as an intruder would."""

    def work(connection: Connection) -> None:
        rows = connection.execute(text("SELECT number, statement FROM actions")).all()
        statements = {row.number: row.statement for row in rows}
        connection.execute(
            text(
                "UPDATE statements SET body = (SELECT body FROM statements WHERE sequence = :by) "
                "WHERE sequence = :which"
            ),
            {"which": statements[number], "by": statements[by]},
        )

    await hub.store._database.write(work)


async def _forget_list(hub: Hub) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("DELETE FROM published_lists WHERE territory = 'CN'"))

    await hub.store._database.write(work)
