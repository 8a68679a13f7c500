"""What a suspension entails: refused documents are listed, their senders told, and it alarms."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import structlog

from exchange.codes.administration import AdministrationCode
from exchange.codes.trust import TrustCode
from exchange.core.model import KeyRole, MessageId
from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Stage
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from exchange.errors import Severity, UndecidedError
from exchange.service.examination import draft
from exchange.service.hub import Hub
from exchange.service.publication import publish
from exchange.service.receive import read_own
from exchange.service.suspensions import alarming, sound_alarms, tell_senders
from exchange.vault.vault import key_name
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_body,
    key_of,
    make_administered,
    state_of,
    with_status,
)
from tests.service.test_act import submitted
from tests.world import HUB

SECOND: Final = key_name(HUB, KeyRole.RECEIPT, "2027")


async def refused_meanwhile(administered: Administered, hub: Hub) -> None:
    """Admit a certification body, suspend its key, and let two documents of it be refused."""
    await administered.admit(hub, CNAS, CB)
    await administered.suspend(hub, administered.li, CB, key_of(hub, CB).fingerprint)
    for number in (1, 2):
        data = administered.world.attestation(number=number)
        assert await submitted(hub, data, number) == (
            "rejected",
            (TrustCode.KEY_SUSPENDED.value,),
        )


async def test_documents_refused_meanwhile_are_listed_with_their_senders(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await refused_meanwhile(administered, hub)
        wrong = administered.world.attestation(number=3).replace(b"</", b"<")
        assert (await submitted(hub, wrong, 3))[0] == "rejected"

        listed = await hub.store.refused_under_suspension()

        assert [one.message.sender for one in listed] == [CB, CB]
        assert {one.interrupted.key for one in listed} == {key_of(hub, CB).fingerprint}
        assert {one.interrupted.code for one in listed} == {TrustCode.KEY_SUSPENDED.value}
        # While it lasts there is nothing to tell.
        assert await tell_senders(hub) == 0


async def test_senders_are_told_when_two_have_lifted_it_and_the_lists_say_so(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    world = administered.world
    async with administered.open(tmp_path) as hub:
        await refused_meanwhile(administered, hub)
        await publish(hub)
        world.clock.forward(timedelta(hours=2))
        key = key_of(hub, CB).fingerprint
        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        assert await tell_senders(hub) == 0
        await publish(hub)

        assert await tell_senders(hub) == 2

        for one in await hub.store.refused_under_suspension():
            assert one.told_at == world.clock.now
            first, second = await hub.store.receipts_of_message(one.sequence)
            receipt = read_own(second[1])
            assert receipt.stage is Stage.REJECTED
            assert receipt.previous == one.receipt_digest
            assert receipt.message_id == one.message.message_id
            stopped, lifted = receipt.findings
            assert stopped.code == TrustCode.KEY_SUSPENDED.value
            assert lifted.code == AdministrationCode.SUSPENSION_LIFTED.value
            assert lifted.severity is Severity.INFORMATION
            # It is a signed statement like every receipt, and stands in the ledger.
            read_receipt(second[1], hub.snapshot, world.clock.now)
            assert second[0] > first[0]
            assert (await hub.store.leaves(second[0], second[0] + 1))[0].receipt_digest
        assert await tell_senders(hub) == 0
        assert (await submitted(hub, world.attestation(number=1), 11))[0] == "accepted"


@pytest.mark.parametrize("ending", ["key revoked", "body ended"])
async def test_senders_are_told_when_it_is_final(tmp_path: Path, ending: str) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await refused_meanwhile(administered, hub)
        administered.world.clock.forward(timedelta(hours=2))
        if ending == "key revoked":
            key = key_of(hub, CB).fingerprint
            change = with_status(hub, key, KeyStatus.REVOKED)
        else:
            change = changed_body(
                hub, CB, history=(BodyPeriod(state=BodyState.ENDED, since=hub.clock()),)
            )
        await administered.change(hub, change, shrinking=True)

        assert await tell_senders(hub) == 2

        listed = await hub.store.refused_under_suspension()
        receipts = await hub.store.receipts_of_message(listed[0].sequence)
        final = read_own(receipts[1][1]).findings[-1]
        assert final.code == AdministrationCode.SUSPENSION_FINAL.value


async def test_a_body_that_is_suspended_stops_with_everything(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        await administered.suspend(hub, administered.li, CB)

        assert await submitted(hub, administered.world.attestation(), 1) == (
            "rejected",
            (TrustCode.BODY_NOT_ACTIVE.value,),
        )
        (listed,) = await hub.store.refused_under_suspension(bodies=[CB])
        assert listed.interrupted.code == TrustCode.BODY_NOT_ACTIVE.value


async def test_an_unanswered_suspension_alarms_after_a_day_and_once(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        key = key_of(hub, CB).fingerprint
        await administered.suspend(hub, administered.li, CB, key)
        administered.world.clock.forward(timedelta(hours=24) - timedelta(seconds=1))
        with structlog.testing.capture_logs() as logs:
            assert await sound_alarms(hub) == ()
            administered.world.clock.forward(timedelta(seconds=1))
            (late,) = await sound_alarms(hub)
            assert late.key == key
            await sound_alarms(hub)

        assert [one["event"] for one in logs] == ["suspension-unanswered"]
        assert alarming(state_of(hub), hub.clock()) == (late,)
        await administered.change(hub, with_status(hub, key, KeyStatus.GRANTED))
        assert await sound_alarms(hub) == ()


async def test_a_receipt_that_was_drafted_before_its_key_was_stopped_is_not_signed(
    tmp_path: Path,
) -> None:
    administered = make_administered()
    async with administered.open(tmp_path, further=(SECOND,)) as hub:
        await administered.admit(hub, CNAS, CB)
        await submitted(hub, administered.world.attestation(), 1)
        before = await hub.store.find_message(CB, _first())
        assert before is not None
        drafted = draft(read_own(before.receipt), hub.certificates)
        await administered.change(hub, administered.bring(hub, HUB, KeyRole.RECEIPT, "2027"))
        await publish(hub)
        await administered.suspend(hub, administered.li, HUB, drafted.signer)

        with pytest.raises(UndecidedError) as later:
            await hub.sign(drafted)

        assert later.value.code is AdministrationCode.RECEIPT_KEY_STOPPED
        # The next key is in use already.
        assert hub.certificates == administered.world.vault.certificates_now(SECOND)
        assert (await submitted(hub, administered.world.attestation(number=2), 2))[0] == "accepted"


def _first() -> MessageId:
    return MessageId(f"00000000-0000-4000-8000-{1:012}")
