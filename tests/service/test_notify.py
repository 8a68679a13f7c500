"""When what certificates rest on is stopped, everybody who received them is told, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.core.document.cursor import Cursor, words_of
from exchange.core.document.notice import (
    AccreditationCause,
    BodyCause,
    Duration,
    KeyCause,
    Notice,
    Standing,
    notice,
)
from exchange.core.examine import examine
from exchange.core.model import BodyId, KeyRole, Kind
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
