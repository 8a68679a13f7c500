"""Whoever is handed a certificate while what it rests on is stopped is told as well, once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.document.notice import AccreditationCause, KeyCause, Standing
from exchange.core.entry import Entry, Message
from exchange.core.model import BodyId, KeyRole, MessageDigest, MessageId
from exchange.service import receive
from exchange.service.addressees import Addressees
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.notify import notice_changes, notice_late, tell_recipients
from exchange.service.publication import publish
from exchange.service.receive import Submission
from exchange.service.verify import Viewer, verify_number
from tests.administered import CB, Administered, changed_body, key_of, make_administered, state_of
from tests.living import begun
from tests.service.notices import notices_for, send, submit_to
from tests.service.test_notify import KZ, SG, admitted

QMS = "urn:mrhub:scheme:management-systems"
SAC = BodyId("SG-AB-SAC")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    return str(request.getfixturevalue("postgres_url"))


async def turn(hub: Hub) -> int:
    """Do what the duty does in one turn of a process that has just begun."""
    await notice_changes(hub)
    await notice_late(hub)
    return await tell_recipients(hub)


async def examined(hub: Hub, data: bytes, number: int, addressees: Iterable[str]) -> Entry:
    """Return what a submission commits, just before it does."""
    body = hub.trust.bodies[CB]
    submission = Submission(
        caller=Caller(body=body, key=body.keys[0].fingerprint),
        message_id=MessageId(str(uuid.UUID(int=number, version=4))),
        digest=MessageDigest(sha256(data).digest()),
        addressees=Addressees(names=tuple(sorted(addressees))),
        data=data,
    )
    message = Message(
        sender=CB,
        message_id=submission.message_id,
        digest=submission.digest,
        addressees=submission.addressees.names,
        received_at=hub.clock(),
    )
    entry, _ = await receive._examined(hub, submission, message, hub.snapshot)
    return entry


async def accreditation(administered: Administered, hub: Hub, state: AccreditationState) -> None:
    """Let the operator's two change the standing of the accreditation for this scheme."""
    since = hub.clock().date()
    changed = tuple(
        replace(one, history=(AccreditationPeriod(state=state, since=since), *one.history))
        if QMS in one.schemes
        else one
        for one in state_of(hub).bodies[CB].accreditations
    )
    await administered.change(
        hub,
        changed_body(hub, CB, accreditations=changed),
        shrinking=state is not AccreditationState.ACTIVE,
    )
    await publish(hub)


@pytest.mark.parametrize("before", [(), (KZ,)])
async def test_what_was_examined_before_a_stop_and_committed_after_it_is_told(
    tmp_path: Path, store_url: str, before: tuple[BodyId, ...]
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path, store_url=store_url) as hub:
        await admitted(administered, hub)
        first = begun(administered.world, 1)
        if before:
            await submit_to(hub, first.data, 1, before)
        entry = await examined(hub, first.data, 2, [KZ, SG])
        administered.world.clock.forward(timedelta(minutes=1))
        fingerprint = key_of(hub, CB).fingerprint
        await administered.suspend(hub, administered.li, CB, fingerprint)
        assert await turn(hub) == len(before)
        looked = await notice_late(hub)

        await hub.store.commit(entry)
        looked = await notice_late(hub, looked)

        assert await tell_recipients(hub) == 2 - len(before)
        assert await turn(hub) == 0
        assert await notice_late(hub, looked) >= looked
        for body in (KZ, SG):
            (found,) = await notices_for(hub, body)
            assert found.cause == KeyCause(fingerprint, CB)
            assert found.standing is Standing.SUSPENDED
            assert [one.certificate_number for one in found.certificates] == [first.number]
        said = await verify_number(hub, first.number, CB, viewer=Viewer(body=SG))
        assert said.overall.value == "cannot-tell"
        assert said.code.value == "verification.key-suspended-since"


async def test_resubmission_while_an_accreditation_is_suspended_is_accepted_marked_and_told(
    tmp_path: Path, store_url: str
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path, store_url=store_url) as hub:
        await admitted(administered, hub)
        certificates = [begun(administered.world, number) for number in (1, 2)]
        for number, one in enumerate(certificates, 1):
            await submit_to(hub, one.data, number, [KZ])
        administered.world.clock.forward(timedelta(days=1))
        await accreditation(administered, hub, AccreditationState.SUSPENDED)
        assert await turn(hub) == 1
        first, second = certificates

        again = await submit_to(hub, first.data, 11, [KZ, SG])

        receipt = again.committed.receipt.decode()
        assert "accepted-with-warnings" in receipt
        assert "rule.AUT-07" in receipt
        assert await turn(hub) == 1
        assert await turn(hub) == 0
        (told,) = await notices_for(hub, SG)
        assert isinstance(told.cause, AccreditationCause)
        assert [one.certificate_number for one in told.certificates] == [first.number]
        assert len(await notices_for(hub, KZ)) == 1
        said = await verify_number(hub, first.number, CB, viewer=Viewer(body=SG))
        assert said.code.value == "verification.accreditation-suspended-since"

        # Another one later: a notice of its own, about that one only.
        await submit_to(hub, second.data, 12, [SG])
        assert await turn(hub) == 1
        assert await turn(hub) == 0

        # When it is lifted everybody is told, and nobody comes late to what counts.
        administered.world.clock.forward(timedelta(days=1))
        await accreditation(administered, hub, AccreditationState.ACTIVE)
        assert await turn(hub) == 2
        await submit_to(hub, first.data, 13, [SAC])
        assert await turn(hub) == 0


async def test_resubmission_under_a_suspended_key_is_refused_and_told_to_nobody(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        first = begun(administered.world, 1)
        await submit_to(hub, first.data, 1, [KZ])
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        assert await turn(hub) == 1

        assert (await send(hub, first.data, 2, [SG])).is_refused

        assert await turn(hub) == 0
        assert await notices_for(hub, SG) == ()


async def test_certificate_that_rests_on_a_stopped_key_only_now_is_told_to_its_holders(
    tmp_path: Path,
) -> None:
    """The key for status changes is stopped while one of its changes is on the way."""
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        first = begun(administered.world, 1)
        await submit_to(hub, first.data, 1, [KZ])
        administered.world.clock.forward(timedelta(minutes=1))
        entry = await examined(hub, first.change("maintain", 1), 2, [])
        key = key_of(hub, CB, KeyRole.STATUS).fingerprint
        await administered.suspend(hub, administered.li, CB, key)
        assert await turn(hub) == 0

        await hub.store.commit(entry)

        assert await turn(hub) == 1
        assert await turn(hub) == 0
