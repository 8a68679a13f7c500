"""When what certificates rest on is stopped, everybody who received them is told, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.core.document.notice import BodyCause, Duration, KeyCause, Standing
from exchange.core.model import BodyId
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from exchange.service import notify
from exchange.service.hub import Hub
from exchange.service.notify import notice_changes, tell_recipients
from exchange.service.publication import publish
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_body,
    key_of,
    make_administered,
    with_status,
)
from tests.service.notices import notices_for, submit_to

KZ = BodyId("KZ-CB-0401")
SG = BodyId("SG-CB-0601")


async def told(hub: Hub) -> int:
    """Do what the duty does in one turn."""
    await notice_changes(hub)
    return await tell_recipients(hub)


async def admitted(administered: Administered, hub: Hub) -> None:
    await administered.admit(hub, CNAS, CB, "KZ-AB-NCA", KZ, "SG-AB-SAC", SG)
    await publish(hub)


async def test_each_recipient_of_a_suspended_key_gets_one_notice_with_its_own_certificates(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        assert await told(hub) == 0
        for number, addressees in ((1, (KZ,)), (2, (KZ, SG)), (3, ())):
            await submit_to(hub, administered.world.attestation(number=number), number, addressees)
        fingerprint = key_of(hub, CB).fingerprint
        suspended = await administered.suspend(hub, administered.li, CB, fingerprint)

        assert await told(hub) == 2
        assert await told(hub) == 0

        (for_kz,), (for_sg,) = await notices_for(hub, KZ), await notices_for(hub, SG)
        assert [len(one.certificates) for one in (for_kz, for_sg)] == [2, 1]
        for found in (for_kz, for_sg):
            assert found.cause == KeyCause(fingerprint, CB)
            assert found.standing is Standing.SUSPENDED
            assert found.duration is Duration.TEMPORARY
            assert found.action == suspended.digest
            assert found.since == hub.clock()
            assert [text.language for text in found.texts] == list(found.header.languages)
        assert for_sg.certificates[0].certificate_number in {
            one.certificate_number for one in for_kz.certificates
        }


@pytest.mark.parametrize(
    ("ending", "standing"),
    [("key", Standing.REVOKED), ("body", Standing.WITHDRAWN), ("lifted", Standing.LIFTED)],
)
async def test_what_two_persons_decide_is_told_with_their_approval(
    tmp_path: Path, ending: str, standing: Standing
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        await submit_to(hub, administered.world.attestation(number=1), 1, (KZ,))
        key = key_of(hub, CB).fingerprint
        if ending == "lifted":
            await administered.suspend(hub, administered.li, CB, key)
            assert await told(hub) == 1
            await publish(hub)
        administered.world.clock.forward(timedelta(hours=2))
        ended = (BodyPeriod(state=BodyState.ENDED, since=hub.clock()),)
        change = {
            "key": lambda: with_status(hub, key, KeyStatus.REVOKED),
            "body": lambda: changed_body(hub, CB, history=ended),
            "lifted": lambda: with_status(hub, key, KeyStatus.GRANTED),
        }[ending]()
        await administered.change(hub, change, shrinking=ending != "lifted")
        if ending == "lifted":
            # It counts again when the lists say so, and not before.
            assert await told(hub) == 0
            await publish(hub)

        assert await told(hub) == 1
        await publish(hub)
        assert await told(hub) == 0

        found = [one for one in await notices_for(hub, KZ) if one.standing is standing]
        waiting = await hub.store.tracked()
        if ending == "lifted":
            # Notices about one key follow each other; the first is not acknowledged yet.
            assert found == []
            assert len(waiting) == 2
        else:
            assert [one.duration for one in found] == [Duration.FINAL]
            assert found[0].action is not None
        assert {one.about for one in waiting} == {CB}


async def test_a_process_that_stopped_in_between_leaves_the_rest_to_the_next(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        for number, addressees in ((1, (KZ,)), (2, (KZ, SG))):
            await submit_to(hub, administered.world.attestation(number=number), number, addressees)
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        await notice_changes(hub)
        at = hub.clock()
        # It has claimed the cause, told one, and is gone.
        cause = await hub.store.claim_cause(at=at, until=at + timedelta(seconds=60))
        assert cause is not None
        recipients = await hub.store.recipients(cause)
        assert [one.addressee for one in recipients] == [KZ, SG]
        assert await notify._tell(hub, cause, recipients[:1]) == 1
        assert await tell_recipients(hub) == 0

        administered.world.clock.forward(timedelta(seconds=60))

        assert await tell_recipients(hub) == 1
        assert [len(await notices_for(hub, body)) for body in (KZ, SG)] == [1, 1]
        assert await hub.store.claim_cause(at=hub.clock(), until=hub.clock()) is None


async def test_two_that_tell_the_same_cause_at_once_tell_it_once(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        await submit_to(hub, administered.world.attestation(number=1), 1, (KZ, SG))
        await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
        assert await notice_changes(hub) == 1
        assert await notice_changes(hub) == 0
        at = hub.clock()
        cause = await hub.store.claim_cause(at=at, until=at)
        assert cause is not None
        recipients = await hub.store.recipients(cause)

        committed = await asyncio.gather(*(notify._tell(hub, cause, recipients) for _ in range(3)))

        assert sum(committed) == 2
        assert [len(await notices_for(hub, body)) for body in (KZ, SG)] == [1, 1]


async def test_many_certificates_are_told_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "MOST_CERTIFICATES", 2)
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await admitted(administered, hub)
        for number in range(1, 6):
            await submit_to(hub, administered.world.attestation(number=number), number, (KZ,))
        await administered.suspend(hub, administered.li, CB)

        assert await told(hub) == 3

        (first,) = await notices_for(hub, KZ)
        assert (first.cause, first.part, first.parts) == (BodyCause(CB), 1, 3)
        assert len(first.certificates) == 2
        assert len(await hub.store.tracked()) == 3
